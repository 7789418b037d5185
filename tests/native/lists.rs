//! Lists of the directory: pages by cursor, filters, and what a caller sees.

use serde_json::{Value, json};

use crate::{
    oauth::sql,
    world::{Answer, World},
};

/// A world whose organization has more of everything.
fn world() -> World {
    let world = World::demo();
    for name in ["u1", "u2", "u3", "u4", "u5"] {
        let user = json!({"owner": "hanzo", "name": name, "displayName": name.to_uppercase()});
        world.post("/v1/iam/users").of("alice").json(&user).send().ok();
        let application = json!({"organization": "hanzo", "name": format!("hanzo-{name}")});
        world.post("/v1/iam/applications").of("root").json(&application).send().ok();
        world.post("/v1/iam/keys").of("alice").json(&json!({"name": name})).send().ok();
        let organization = json!({ "name": format!("org-{name}") });
        world.post("/v1/iam/organizations").of("root").json(&organization).send().ok();
        let invitation = json!({ "name": name });
        world.post("/v1/iam/invitations").of("alice").json(&invitation).send().ok();
        world.clock.advance(1);
    }
    // Keys of one name: all but one have been revoked.
    for _ in 0..3 {
        world.post("/v1/iam/keys").of("alice").json(&json!({"name": "again"})).send().ok();
        world.delete("/v1/iam/keys/hanzo/again").of("alice").send().ok();
    }
    world
}

fn entries(page: &Value) -> Vec<Value> {
    let object = page.as_object().unwrap();
    let list = object.values().find_map(Value::as_array).expect("a list");
    list.iter().map(|entry| entry["id"].clone()).collect()
}

const LISTS: [&str; 9] = [
    "/v1/iam/users?owner=hanzo",
    "/v1/iam/users?owner=hanzo&sort=-createdTime",
    "/v1/iam/organizations?owner=admin",
    "/v1/iam/applications?organization=hanzo",
    "/v1/iam/keys?owner=hanzo",
    "/v1/iam/keys?owner=hanzo&sort=-createdTime",
    "/v1/iam/users/hanzo/alice/keys?sort=name",
    "/v1/iam/invitations?owner=hanzo",
    "/v1/iam/users?sort=name",
];

fn get(world: &World, path: &str) -> Answer {
    world.get(path).of("root").send()
}

#[test]
fn the_pages_of_a_list_have_each_entry_once_and_in_its_order() {
    let world = world();
    for list in LISTS {
        let whole = entries(&get(&world, list).ok());
        assert!(whole.len() > 4, "{list}: {whole:?}");
        let (mut read, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = get(&world, &format!("{list}&limit=2{cursor}")).ok();
            read.extend(entries(&page));
            let next = page["cursor"].as_str().unwrap();
            if next.is_empty() {
                break;
            }
            cursor = format!("&cursor={next}");
        }
        assert_eq!(read, whole, "{list}");
    }
}

#[test]
fn a_page_goes_on_after_its_last_entry_while_others_come_and_go() {
    let world = world();
    let names = |page: &Value| -> Vec<String> {
        let users = page["users"].as_array().unwrap().iter();
        users.map(|user| user["name"].as_str().unwrap().to_owned()).collect()
    };
    let first = get(&world, "/v1/iam/users?owner=hanzo&q=u&limit=2").ok();
    assert_eq!(names(&first), ["u1", "u2"]);
    world.delete("/v1/iam/users/hanzo/u2").of("alice").send().ok();
    for name in ["u0", "u25"] {
        let user = json!({"owner": "hanzo", "name": name});
        world.post("/v1/iam/users").of("alice").json(&user).send().ok();
    }
    let cursor = first["cursor"].as_str().unwrap();
    let second = get(&world, &format!("/v1/iam/users?owner=hanzo&q=u&limit=2&cursor={cursor}"));
    assert_eq!(names(&second.ok()), ["u25", "u3"]);
}

#[test]
fn a_cursor_of_another_list_or_order_is_refused() {
    let world = world();
    let first = get(&world, "/v1/iam/users?owner=hanzo&limit=1").ok();
    let cursor = first["cursor"].as_str().unwrap();
    for list in [
        "/v1/iam/users?owner=hanzo&sort=-createdTime",
        "/v1/iam/keys?owner=hanzo",
        "/v1/iam/organizations?owner=admin",
        "/v1/iam/memberships?org=hanzo",
    ] {
        let refused = get(&world, &format!("{list}&cursor={cursor}")).refused(400);
        assert_eq!(refused["field"], "cursor", "{list}");
    }
}

/// A cursor says where a list goes on, and nothing about what it shows.
#[test]
fn a_cursor_of_another_organization_shows_nothing_of_it() {
    let world = world();
    let theirs = get(&world, "/v1/iam/users?owner=acme&limit=1").ok();
    let cursor = theirs["cursor"].as_str().unwrap();
    let page = world.get(&format!("/v1/iam/users?cursor={cursor}")).of("alice").send().ok();
    let users = page["users"].as_array().unwrap();
    assert!(!users.is_empty() && users.iter().all(|user| user["owner"] == "hanzo"));
    let own = world.get(&format!("/v1/iam/users?cursor={cursor}")).of("bob").send().ok();
    assert!(own["users"].as_array().unwrap().iter().all(|user| user["name"] == "bob"));
}

#[test]
fn filters_and_q_narrow_a_list() {
    let world = world();
    world.put("/v1/iam/users/hanzo/u1").of("root").json(&json!({"isAdmin": true})).send().ok();
    world.put("/v1/iam/users/hanzo/u2").of("root").json(&json!({"isForbidden": true})).send().ok();
    world.put("/v1/iam/users/hanzo/u3").of("root").json(&json!({"type": "x"})).send().ok();
    let alice =
        sql(&world, "SELECT count(*) AS n FROM keys WHERE owner = 'hanzo' AND state = 'Revoked'");
    assert_eq!(alice[0]["n"], 3);
    for (list, found) in [
        ("/v1/iam/users?owner=hanzo&q=u", "u1 u2 u3 u4 u5"),
        ("/v1/iam/users?owner=hanzo&q=U2", "u2"),
        ("/v1/iam/users?owner=hanzo&q=%25", ""),
        ("/v1/iam/users?owner=hanzo&isAdmin=true", "alice u1"),
        ("/v1/iam/users?owner=hanzo&isForbidden=true", "u2"),
        ("/v1/iam/users?owner=hanzo&isForbidden=false&q=u", "u1 u3 u4 u5"),
        ("/v1/iam/users?owner=hanzo&type=x", "u3"),
        ("/v1/iam/users?owner=hanzo&type=normal-user&q=u", "u1 u2 u4 u5"),
        ("/v1/iam/applications?organization=hanzo&q=ZO-U4", "hanzo-u4"),
        ("/v1/iam/keys?owner=hanzo&q=u", "u1 u2 u3 u4 u5"),
        ("/v1/iam/keys?owner=hanzo&state=Revoked", "again again again"),
        ("/v1/iam/keys?owner=hanzo&user=bob", "bob"),
        ("/v1/iam/users/hanzo/bob/keys", "bob"),
        ("/v1/iam/users/hanzo/alice/keys?state=Active&q=u", "u1 u2 u3 u4 u5"),
        ("/v1/iam/organizations?q=ORG-U3", "org-u3"),
    ] {
        let page = get(&world, list).ok();
        let entries = page.as_object().unwrap().values().find_map(Value::as_array).unwrap();
        let names: Vec<_> = entries.iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(names.join(" "), found, "{list}");
        if let Some(total) = page.get("total") {
            assert_eq!(*total, names.len(), "{list}");
        }
    }
    for refused in [
        "users?q=u",
        "users?sort=-createdTime",
        "users?owner=hanzo&isAdmin=maybe",
        "keys?user=bob",
        "keys?owner=hanzo&state=Gone",
    ] {
        get(&world, &format!("/v1/iam/{refused}")).refused(400);
    }
}

#[test]
fn the_keys_of_a_user_are_listed_without_their_text_to_those_who_may_see_them() {
    let world = world();
    let list = "/v1/iam/users/hanzo/bob/keys";
    for who in ["alice", "bob", "root"] {
        let answer = world.get(list).of(who).send();
        assert_eq!(answer.ok()["keys"][0]["name"], "bob", "{who}");
        assert!(!answer.text().contains(&world.keys["bob"]), "{who}");
        assert!(!answer.text().contains("digest") && !answer.text().contains("Digest"), "{who}");
    }
    world.get("/v1/iam/users/hanzo/alice/keys").of("bob").send().refused(403);
    world.get(list).of("dave").send().refused(403);
    world.get("/v1/iam/users/hanzo/nobody/keys").of("alice").send().refused(404);
}

#[test]
fn service_accounts_are_paged_in_their_envelope() {
    let world = World::demo();
    for name in ["a", "b", "c"] {
        let agent = json!({"organization": "hanzo", "name": name});
        world.post("/v1/iam/service-accounts").of("alice").json(&agent).send().ok();
    }
    let page = |cursor: &str| {
        let path = format!("/v1/iam/service-accounts?limit=2{cursor}");
        world.get(&path).of("alice").send().ok()
    };
    let first = page("");
    assert_eq!((first["data"].as_array().unwrap().len(), &first["data2"]), (2, &3.into()));
    let second = page(&format!("&cursor={}", first["data3"]["cursor"].as_str().unwrap()));
    assert_eq!(
        (second["data"].as_array().unwrap().len(), &second["data3"]["cursor"]),
        (1, &"".into())
    );
    assert_eq!(second["data"][0]["name"], "hanzo-c");
}
