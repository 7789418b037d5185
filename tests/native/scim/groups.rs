//! Groups are the teams of the organization.

use http::Method;
use serde_json::{Value, json};

use super::{BASE, call, created, error, get, id, patch, send, with_body};
use crate::world::{Answer, World};

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn group(world: &World, name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let body = json!({"schemas": [GROUP], "displayName": name, "members": members});
    send(world, Method::POST, "/Groups", &body).refused(201)
}

fn change(world: &World, id: &str, operation: &Value) -> Answer {
    let body = json!({"Operations": [operation]});
    send(world, Method::PATCH, &format!("/Groups/{id}"), &body)
}

fn members(group: &Value) -> Vec<&str> {
    let members = group["members"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut ids: Vec<_> = members.iter().map(|it| it["value"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids
}

fn sorted<'a>(ids: &[&'a str]) -> Vec<&'a str> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids
}

#[test]
fn a_group_is_a_team_and_its_members_have_it() {
    let world = World::demo();
    let (alice, bob) = (id(&world, "hanzo", "alice"), id(&world, "hanzo", "bob"));
    let made = group(&world, "Tour Guides", &[&bob]);
    let group_id = made["id"].as_str().unwrap();
    assert_eq!(made["meta"]["resourceType"], "Group");
    assert_eq!(made["members"][0]["display"], "hanzo/bob");
    let team = world.get("/v1/iam/teams/Tour-Guides").of("alice").send().ok();
    assert_eq!((&team["id"], &team["users"]), (&made["id"], &json!(["hanzo/bob"])));
    let user = get(&world, &format!("/Users/{bob}")).ok();
    assert_eq!(
        (&user["groups"][0]["value"], &user["groups"][0]["display"]),
        (&made["id"], &json!("Tour Guides"))
    );
    // Entra adds and removes members by value, Okta by a filter.
    let add = json!({"op": "Add", "path": "members", "value": [{"value": alice}]});
    assert_eq!(members(&change(&world, group_id, &add).ok()), sorted(&[&alice, &bob]));
    let remove = json!({"op": "Remove", "path": "members", "value": [{"value": bob}]});
    assert_eq!(members(&change(&world, group_id, &remove).ok()), [alice.as_str()]);
    let remove = json!({"op": "remove", "path": format!("members[value eq \"{alice}\"]")});
    assert!(members(&change(&world, group_id, &remove).ok()).is_empty());
    let rename = json!({"op": "replace", "value": {"id": group_id, "displayName": "Guides"}});
    assert_eq!(change(&world, group_id, &rename).ok()["displayName"], "Guides");
    let body = json!({"displayName": "All", "externalId": "g-1", "members": [{"value": bob}]});
    let put = send(&world, Method::PUT, &format!("/Groups/{group_id}"), &body);
    assert_eq!((members(&put.ok()), &put.ok()["externalId"]), (vec![bob.as_str()], &json!("g-1")));
    call(&world, Method::DELETE, &format!("/Groups/{group_id}")).send();
    error(&get(&world, &format!("/Groups/{group_id}")), 404, None);
    assert_eq!(get(&world, &format!("/Users/{bob}")).ok().get("groups"), None);
}

#[test]
fn groups_are_listed_filtered_and_paged() {
    let world = World::demo();
    let bob = id(&world, "hanzo", "bob");
    group(&world, "Alpha", &[&bob]);
    group(&world, "Alpha", &[]);
    group(&world, "Beta", &[]);
    let names = |query: &str| {
        let list = get(&world, &format!("/Groups{query}")).ok();
        let groups = list["Resources"].as_array().unwrap().clone();
        let names = groups.iter().map(|group| group["displayName"].as_str().unwrap());
        (names.collect::<Vec<_>>().join(" "), list["totalResults"].as_u64().unwrap())
    };
    assert_eq!(names(""), ("Alpha Alpha Beta".to_owned(), 3));
    assert_eq!(names("?startIndex=3&count=2"), ("Beta".to_owned(), 3));
    assert_eq!(names("?filter=displayName+eq+%22ALPHA%22"), ("Alpha Alpha".to_owned(), 2));
    assert_eq!(names(&format!("?filter=members+eq+%22{bob}%22")), ("Alpha".to_owned(), 1));
    assert_eq!(names("?sortBy=displayName&sortOrder=descending&count=1"), ("Beta".to_owned(), 3));
    let without = get(&world, "/Groups?excludedAttributes=members").ok();
    assert!(!without.to_string().contains(&bob));
    let search = json!({"filter": "displayName sw \"b\""});
    let found = send(&world, Method::POST, "/Groups/.search", &search).ok();
    assert_eq!(found["totalResults"], 1);
}

#[test]
fn members_are_users_of_the_organization_and_nobody_else_changes_them() {
    let world = World::demo();
    let dave = id(&world, "acme", "dave");
    let body = json!({"displayName": "x", "members": [{"value": dave}]});
    error(&send(&world, Method::POST, "/Groups", &body), 400, Some("invalidValue"));
    let made = group(&world, "x", &[]);
    let group_id = made["id"].as_str().unwrap();
    let add = json!({"op": "add", "path": "members", "value": [{"value": dave}]});
    error(&change(&world, group_id, &add), 400, Some("invalidValue"));
    error(&send(&world, Method::POST, "/Groups", &json!({})), 400, Some("invalidValue"));
    error(
        &change(&world, group_id, &json!({"op": "remove", "path": "displayName"})),
        400,
        Some("mutability"),
    );
    let path = format!("{BASE}/Groups/{group_id}");
    error(&world.get(&path).of("dave").send(), 404, None);
    error(&world.delete(&path).of("dave").send(), 404, None);
    error(&world.get(&path).of("bob").send(), 403, None);
}

/// Teams decide what their members may do: a key for provisioning people does not.
#[test]
fn a_key_with_limits_reads_groups_and_does_not_write_them() {
    let world = World::demo();
    let made = group(&world, "x", &[]);
    let path = format!("{BASE}/Groups/{}", made["id"].as_str().unwrap());
    let key = json!({"name": "provisioner", "scope": "product:scim"});
    let key = world.post("/v1/iam/keys").of("alice").json(&key).send().ok();
    let key = key["accessSecret"].as_str().or(key["accessKey"].as_str()).unwrap();
    world.get(&path).bearer(key).send().ok();
    let bob = id(&world, "hanzo", "bob");
    let add = json!({"Operations": [{"op": "add", "path": "members", "value": [{"value": bob}]}]});
    let refused = with_body(world.call(Method::PATCH, &path).bearer(key), &add).send();
    error(&refused, 403, None);
    error(&world.delete(&path).bearer(key).send(), 403, None);
}

#[test]
fn a_bulk_request_makes_a_user_and_its_group() {
    let world = World::demo();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {
                "displayName": "Tour Guides", "members": [{"type": "User", "value": "bulkId:u"}]}},
            {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"userName": "Alicia"}},
        ],
    });
    let results = send(&world, Method::POST, "/Bulk", &body).ok();
    for operation in results["Operations"].as_array().unwrap() {
        assert_eq!(operation["status"], "201", "{results}");
    }
    let list = get(&world, "/Users?filter=userName+eq+%22alicia%22").ok();
    assert_eq!(list["Resources"][0]["groups"][0]["display"], "Tour Guides");
}

#[test]
fn a_write_of_a_group_that_relies_on_another_version_is_refused() {
    let world = World::demo();
    let user = created(&world, &json!({"userName": "a"}));
    let made = group(&world, "x", &[]);
    let path = format!("/Groups/{}", made["id"].as_str().unwrap());
    let put = |tag: &str| {
        let body = json!({"displayName": "x", "members": [{"value": user}]});
        with_body(call(&world, Method::PUT, &path), &body).header("if-match", tag).send()
    };
    assert_eq!(put("W/\"0\"").ok()["meta"]["version"], "W/\"1\"");
    error(&put("W/\"0\""), 412, None);
    patch(&world, &user, &json!([{"op": "replace", "path": "active", "value": false}])).ok();
    assert_eq!(put("W/\"1\"").ok()["meta"]["version"], "W/\"1\"");
}

/// RFC 7644 §3.4.2.1, §3.4.3: the users first; what a type does not have has no value.
#[test]
fn a_search_of_everything_finds_users_and_groups() {
    let world = World::demo();
    group(&world, "Alpha", &[]);
    group(&world, "Beta", &[]);
    let search = |body: Value| {
        let list = send(&world, Method::POST, "/.search", &body).ok();
        let found = list["Resources"].as_array().unwrap().clone();
        assert_eq!(list["itemsPerPage"], json!(found.len()));
        let name =
            |it: &Value| it["userName"].as_str().or(it["displayName"].as_str()).unwrap().to_owned();
        let names: Vec<String> = found.iter().map(name).collect();
        (names.join(" "), list["totalResults"].as_u64().unwrap())
    };
    assert_eq!(search(json!({})), ("alice bob Alpha Beta".to_owned(), 4));
    assert_eq!(search(json!({"count": 3})), ("alice bob Alpha".to_owned(), 4));
    assert_eq!(search(json!({"count": 1})), ("alice".to_owned(), 4));
    assert_eq!(search(json!({"startIndex": 2, "count": 2})), ("bob Alpha".to_owned(), 4));
    assert_eq!(search(json!({"startIndex": 4, "count": 9})), ("Beta".to_owned(), 4));
    assert_eq!(search(json!({"startIndex": 5})), (String::new(), 4));
    assert_eq!(search(json!({"count": 0})), (String::new(), 4));
    let either = json!({"filter": "userName eq \"bob\" or displayName eq \"beta\""});
    assert_eq!(search(either), ("bob Beta".to_owned(), 2));
    let users = json!({"filter": "userName pr and meta.resourceType eq \"User\""});
    assert_eq!(search(users), ("alice bob".to_owned(), 2));
    let sorted = json!({"sortBy": "displayName", "sortOrder": "descending", "startIndex": 3});
    assert_eq!(search(sorted), ("Beta Alpha".to_owned(), 4));
    let wrong = json!({"filter": "userName is \"bob\""});
    error(&send(&world, Method::POST, "/.search", &wrong), 400, Some("invalidFilter"));
}
