//! Users are created, read, replaced, changed and deleted.

use http::Method;
use serde_json::{Value, json};

use super::{BASE, ENTERPRISE, USER, call, created, error, get, id, patch, post, send, with_body};
use crate::world::{ISSUER, World};

fn babs() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "userName": "BJensen@Example.com",
        "externalId": "701984",
        "name": {"familyName": "Jensen", "givenName": "Barbara", "honorificPrefix": "Ms."},
        "displayName": "Babs Jensen", "nickName": "Babs", "title": "Tour Guide",
        "profileUrl": "https://login.example.com/bjensen", "userType": "Employee",
        "preferredLanguage": "en-US", "locale": "en-US", "timezone": "America/Los_Angeles",
        "active": true,
        "emails": [
            {"value": "bjensen@example.com", "type": "work", "primary": true},
            {"value": "Babs@jensen.org", "type": "home"},
        ],
        "phoneNumbers": [{"value": "555-555-5555", "type": "work"}],
        "ims": [{"value": "someaimhandle", "type": "aim"}],
        "photos": [{"value": "https://photos.example.com/profilephoto/F", "type": "photo"}],
        "addresses": [{"type": "work", "locality": "Hollywood", "primary": true}],
        "unknown": {"anything": 1},
        ENTERPRISE: {"employeeNumber": "701984", "department": "Tour Operations",
            "manager": {"value": "26118915-6090-4610-87e4-49d8ca9f808d"}},
    })
}

/// RFC 7644 §3.3; RFC 7643 §8.2.
#[test]
fn a_new_user_has_what_was_sent_and_what_the_service_gives() {
    let world = World::demo();
    let answer = post(&world, &babs());
    let user = answer.refused(201);
    assert_eq!(answer.header("content-type"), Some("application/scim+json"));
    let location = format!("{ISSUER}{BASE}/Users/{}", user["id"].as_str().unwrap());
    assert_eq!(answer.header("location"), Some(location.as_str()));
    // The headers do not depend on which attributes the body has.
    let sent = json!({"userName": "projected"});
    let answer = send(&world, Method::POST, "/Users?attributes=userName", &sent);
    let id = answer.refused(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("location"), Some(format!("{ISSUER}{BASE}/Users/{id}").as_str()));
    assert_eq!(answer.header("etag"), Some("W/\"0\""));
    assert_eq!(answer.header("etag"), Some("W/\"0\""));
    for (name, value) in babs().as_object().unwrap() {
        match name.as_str() {
            "unknown" => assert_eq!(user.get(name), None),
            ENTERPRISE => assert_eq!(user[name]["department"], value["department"]),
            _ => assert_eq!(&user[name], value, "{name}"),
        }
    }
    assert_eq!(
        user["meta"],
        json!({
            "resourceType": "User", "created": "2026-11-23T20:00:00Z",
            "lastModified": "2026-11-23T20:00:00Z", "location": location, "version": "W/\"0\"",
        })
    );
    let manager = format!("{ISSUER}{BASE}/Users/26118915-6090-4610-87e4-49d8ca9f808d");
    assert_eq!(user[ENTERPRISE]["manager"]["$ref"], manager);
    assert_eq!(get(&world, &format!("/Users/{}", user["id"].as_str().unwrap())).ok(), user);
}

#[test]
fn the_directory_has_what_provisioning_writes_and_the_other_way_round() {
    let world = World::demo();
    let id = created(&world, &babs());
    let path = "/v1/iam/users/hanzo/bjensen";
    let user = world.get(path).of("alice").send().ok();
    for (name, value) in [
        ("id", json!(id)),
        ("email", json!("bjensen@example.com")),
        ("emailVerified", json!(false)),
        ("phone", json!("555-555-5555")),
        ("displayName", json!("Babs Jensen")),
        ("firstName", json!("Barbara")),
        ("lastName", json!("Jensen")),
        ("externalId", json!("701984")),
        ("avatar", json!("https://photos.example.com/profilephoto/F")),
        ("isForbidden", json!(false)),
        ("isAdmin", json!(false)),
        ("type", json!("normal-user")),
    ] {
        assert_eq!(user[name], value, "{name}");
    }
    let change = json!({
        "email": "barbara@example.com", "phone": "", "title": "Guide", "isForbidden": true,
        "scim": {"key": "root", "userName": "root"},
    });
    world.put(path).of("alice").json(&change).send().ok();
    let user = get(&world, &format!("/Users/{id}")).ok();
    assert_eq!(user["emails"][0]["value"], "barbara@example.com");
    assert_eq!(user["emails"][1]["value"], "Babs@jensen.org");
    assert_eq!(
        (user.get("phoneNumbers"), &user["title"], &user["active"]),
        (None, &json!("Guide"), &json!(false))
    );
    assert_eq!(user["userName"], "BJensen@Example.com");
}

#[test]
fn a_user_of_the_directory_is_a_resource() {
    let world = World::demo();
    let bob = get(&world, &format!("/Users/{}", id(&world, "hanzo", "bob"))).ok();
    assert_eq!((&bob["userName"], &bob["active"]), (&json!("bob"), &json!(true)));
    assert_eq!(
        bob["emails"],
        json!([{"value": "bob@hanzo.example", "type": "work", "primary": true}])
    );
    assert_eq!(get(&world, "/Users/hanzo/bob").ok(), bob);
}

/// RFC 7644 §3.5.1.
#[test]
fn a_replacement_removes_what_it_does_not_say_but_enables_nobody() {
    let world = World::demo();
    let id = created(&world, &babs());
    patch(&world, &id, &json!([{"op": "replace", "path": "active", "value": false}])).ok();
    let path = format!("/Users/{id}");
    let sent =
        json!({"schemas": [USER], "id": "other", "userName": "barbara", "meta": {"version": "x"}});
    let user = send(&world, Method::PUT, &path, &sent).ok();
    assert_eq!(
        (&user["id"], &user["userName"], &user["active"]),
        (&json!(id), &json!("barbara"), &json!(false))
    );
    for name in [
        "externalId",
        "name",
        "displayName",
        "title",
        "emails",
        "phoneNumbers",
        "photos",
        ENTERPRISE,
    ] {
        assert_eq!(user.get(name), None, "{name}");
    }
    assert_eq!(world.get("/v1/iam/users/hanzo/bjensen").of("alice").send().ok()["email"], "");
    error(&send(&world, Method::PUT, &path, &json!({"active": true})), 400, Some("invalidValue"));
}

#[test]
fn a_user_name_is_unique_among_usernames_and_user_names() {
    let world = World::demo();
    let id = created(&world, &json!({"userName": "babs@example.com"}));
    for taken in ["bob", "BOB", "Babs@Example.com"] {
        error(&post(&world, &json!({"userName": taken})), 409, Some("uniqueness"));
    }
    // The username that is made of a userName gets an ending where it is taken.
    let other = post(&world, &json!({"userName": "bob@example.com"})).refused(201);
    let name = world.get(&format!("/v1/iam/users/hanzo/{}", other["id"].as_str().unwrap()));
    let name = name.of("alice").send().ok()["name"].as_str().unwrap().to_owned();
    assert!(name.starts_with("bob-"), "{name}");
    // Another client may not call a user as this one is called.
    patch(&world, &id, &json!([{"op": "replace", "path": "userName", "value": "zoe"}])).ok();
    world.post("/v1/iam/users").of("alice").json(&json!({"name": "zoe"})).send().refused(409);
    let rename = json!([{"op": "replace", "path": "userName", "value": "bob"}]);
    error(&patch(&world, &id, &rename), 409, Some("uniqueness"));
    // Another organization may.
    let elsewhere =
        world.post(&format!("{BASE}/Users")).of("dave").json(&json!({"userName": "bob"}));
    elsewhere.send().refused(201);
}

#[test]
fn an_external_id_and_an_address_are_unique_in_the_organization() {
    let world = World::demo();
    let body = |name: &str, external: &str, email: &str| json!({"userName": name, "externalId": external, "emails": [{"value": email}]});
    let id = created(&world, &body("a", "x-1", "a@x.example"));
    error(&post(&world, &body("b", "x-1", "b@x.example")), 409, Some("uniqueness"));
    error(&post(&world, &body("b", "x-2", "A@x.example")), 409, Some("uniqueness"));
    created(&world, &body("b", "X-1", "b@x.example"));
    let same = json!([{"op": "replace", "path": "externalId", "value": "X-1"}]);
    error(&patch(&world, &id, &same), 409, Some("uniqueness"));
    let elsewhere =
        world.post(&format!("{BASE}/Users")).of("dave").json(&body("a", "x-1", "a@x.example"));
    elsewhere.send().refused(201);
}

/// RFC 7644 §3.14.
#[test]
fn a_write_that_relies_on_another_version_is_refused() {
    let world = World::demo();
    let id = created(&world, &json!({"userName": "a"}));
    let path = format!("/Users/{id}");
    let put = |tag: &str, title: &str| {
        let body = json!({"userName": "a", "title": title});
        with_body(call(&world, Method::PUT, &path), &body).header("if-match", tag).send()
    };
    let answer = put("W/\"0\"", "x");
    assert_eq!(
        (answer.ok()["meta"]["version"].as_str(), answer.header("etag")),
        (Some("W/\"1\""), Some("W/\"1\""))
    );
    error(&put("W/\"0\"", "y"), 412, None);
    put("\"7\", W/\"1\"", "y").ok();
    put("*", "z").ok();
    let delete = call(&world, Method::DELETE, &path).header("if-match", "W/\"1\"").send();
    error(&delete, 412, None);
    let unchanged = call(&world, Method::GET, &path).header("if-none-match", "W/\"3\"").send();
    assert_eq!((unchanged.status().as_u16(), unchanged.text().as_str()), (304, ""));
    assert_eq!(unchanged.header("etag"), Some("W/\"3\""));
    call(&world, Method::GET, &path).header("if-none-match", "W/\"2\"").send().ok();
}

#[test]
fn a_change_that_changes_nothing_writes_nothing() {
    let world = World::demo();
    let bob = id(&world, "hanzo", "bob");
    let same = json!([{"op": "replace", "value": {"active": true, "userName": "bob", "nope": 1}}]);
    assert_eq!(patch(&world, &bob, &same).ok()["meta"]["version"], "W/\"0\"");
}

/// RFC 7644 §3.6.
#[test]
fn a_deleted_user_is_gone() {
    let world = World::demo();
    let bob = id(&world, "hanzo", "bob");
    let answer = call(&world, Method::DELETE, &format!("/Users/{bob}")).send();
    assert_eq!((answer.status().as_u16(), answer.text().as_str()), (204, ""));
    for method in [Method::GET, Method::DELETE] {
        error(&call(&world, method, &format!("/Users/{bob}")).send(), 404, None);
    }
    world.get("/v1/iam/users/hanzo/alice").of("bob").send().refused(401);
}

#[test]
fn a_user_is_created_without_a_display_name_from_the_parts_of_the_name() {
    let world = World::demo();
    let sent = json!({"userName": "a", "name": {"givenName": "Ada", "familyName": "Lovelace"}});
    assert_eq!(post(&world, &sent).refused(201)["displayName"], "Ada Lovelace");
}

#[test]
fn a_quota_holds_for_provisioning_too() {
    let world = World::demo();
    let quota = json!({"quotas": {"users": 3}});
    world.put("/v1/iam/organizations/admin/hanzo").of("root").json(&quota).send().ok();
    created(&world, &json!({"userName": "a"}));
    let refused = error(&post(&world, &json!({"userName": "b"})), 409, None);
    assert!(refused.contains("quota"), "{refused}");
}

#[test]
fn values_that_the_directory_cannot_hold_are_refused_with_their_name() {
    let world = World::demo();
    for (sent, detail) in [
        (json!({"userName": "a\nb"}), "userName"),
        (json!({"userName": "a", "emails": [{"value": "nonsense"}]}), "emails.value"),
        (json!({"userName": "a", "password": "short"}), "password"),
        (json!({"userName": "a", "displayName": "x".repeat(300)}), "displayName"),
        (json!({"userName": "a", "active": "maybe"}), "active"),
        (
            json!({"userName": "a", "addresses": vec![json!({"formatted": "x".repeat(2000)}); 1]
            .into_iter().chain((0..20).map(|n| json!({"formatted": format!("{n}{}", "x".repeat(1500))})))
            .collect::<Vec<_>>()}),
            "too many or too long",
        ),
        (json!({"schemas": ["urn:nope"], "userName": "a"}), "schemas"),
        (json!({}), "userName is required"),
    ] {
        let refused = error(&post(&world, &sent), 400, Some("invalidValue"));
        assert!(refused.contains(detail), "{refused}");
    }
}

/// An organization that keeps deleted users: gone for provisioning, restored by the directory.
#[test]
fn a_user_who_is_deleted_and_kept_is_gone_for_clients() {
    let world = World::demo();
    let keeps = json!({"enableSoftDeletion": true});
    world.put("/v1/iam/organizations/admin/hanzo").of("root").json(&keeps).send().ok();
    let bob = id(&world, "hanzo", "bob");
    let path = format!("/Users/{bob}");
    assert_eq!(call(&world, Method::DELETE, &path).send().status().as_u16(), 204);
    error(&get(&world, &path), 404, None);
    error(&call(&world, Method::DELETE, &path).send(), 404, None);
    for query in ["", "?filter=userName+eq+%22bob%22", "?filter=active+pr"] {
        let list = get(&world, &format!("/Users{query}")).ok();
        assert!(!list.to_string().contains("\"bob\""), "{list}");
    }
    let restore = json!({"isDeleted": false});
    world.put("/v1/iam/users/hanzo/bob").of("alice").json(&restore).send().ok();
    assert_eq!(get(&world, &path).ok()["active"], true);
}
