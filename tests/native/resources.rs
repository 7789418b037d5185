//! Resources of an organization: create, read, change, delete, page, filter.

use serde_json::{Value, json};

use crate::world::{Answer, World};

/// What every resource has in common, on one of each.
const PLURALS: [&str; 6] = ["teams", "roles", "permissions", "workspaces", "projects", "providers"];

pub fn item(plural: &str, name: &str) -> String {
    match plural {
        "teams" => format!("/v1/iam/teams/{name}"),
        _ => format!("/v1/iam/{plural}/hanzo/{name}"),
    }
}

pub fn make(world: &World, plural: &str, body: &Value) -> Answer {
    world.post(&format!("/v1/iam/{plural}")).of("alice").json(body).send()
}

/// The object inside a reply: providers are wrapped.
fn inner(body: &Value) -> &Value {
    body.get("provider").unwrap_or(body)
}

#[test]
fn a_resource_is_created_read_changed_and_deleted() {
    for plural in PLURALS {
        let world = World::demo();
        let made = make(&world, plural, &json!({"name": "one", "displayName": "One"})).ok();
        assert_eq!(inner(&made)["owner"], "hanzo", "{plural}");
        let read = world.get(&item(plural, "one")).of("alice").send().ok();
        assert_eq!(inner(&read), inner(&made), "{plural}");
        let change = json!({"displayName": "Two"});
        let changed = world.put(&item(plural, "one")).of("alice").json(&change).send().ok();
        assert_eq!(inner(&changed)["displayName"], "Two", "{plural}");
        let list = world.get(&format!("/v1/iam/{plural}")).of("alice").send().ok();
        assert_eq!(list[plural][0]["displayName"], "Two", "{plural}");
        assert_eq!(list["cursor"], "", "{plural}");
        let gone = world.delete(&item(plural, "one")).of("alice").send().ok();
        assert!(gone["deleted"] == true || gone["affected"] == true, "{plural}: {gone}");
        world.get(&item(plural, "one")).of("alice").send().refused(404);
    }
}

#[test]
fn a_name_is_given_once_and_a_name_that_is_none_is_refused() {
    for plural in PLURALS {
        let world = World::demo();
        make(&world, plural, &json!({"name": "one"})).ok();
        let refused = make(&world, plural, &json!({"name": "one"})).refused(409);
        assert_eq!(refused["code"], "exists", "{plural}");
        for name in ["", "a/b", "-a", "a b"] {
            make(&world, plural, &json!({ "name": name })).refused(400);
        }
        let refused = make(&world, plural, &json!({"name": "a", "displayName": 1})).refused(400);
        assert_eq!(refused["code"], "invalid_value");
        assert_eq!(refused["field"], "displayName", "{plural}");
    }
}

#[test]
fn neither_owner_nor_name_can_be_changed() {
    for plural in PLURALS {
        let world = World::demo();
        make(&world, plural, &json!({"name": "one"})).ok();
        for change in [json!({"name": "two"}), json!({"owner": "acme"})] {
            world.put(&item(plural, "one")).of("alice").json(&change).send().refused(400);
        }
        let same = json!({"name": "one", "owner": "hanzo"});
        world.put(&item(plural, "one")).of("alice").json(&same).send().ok();
    }
}

/// ATTACKS H-112.
#[test]
fn a_quota_of_the_organization_bounds_each_resource() {
    for plural in PLURALS {
        let world = World::demo();
        let quotas = json!({"quotas": {plural: 1}});
        world.put("/v1/iam/organizations/admin/hanzo").of("root").json(&quotas).send().ok();
        make(&world, plural, &json!({"name": "one"})).ok();
        let refused = make(&world, plural, &json!({"name": "two"})).refused(409);
        assert_eq!(refused["code"], "quota_exceeded", "{plural}");
        assert!(refused["error"].as_str().unwrap().contains(&format!("quotas.{plural}")));
    }
}

fn names(page: &Value, plural: &str) -> Vec<String> {
    let entries = page[plural].as_array().unwrap().iter();
    entries.map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn pages_are_stable_while_entries_come_and_go() {
    let world = World::demo();
    for name in ["b", "d", "f", "h", "j"] {
        make(&world, "roles", &json!({ "name": name })).ok();
    }
    let page = |cursor: &str| {
        let path = format!("/v1/iam/roles?limit=2&cursor={cursor}");
        world.get(&path).of("alice").send().ok()
    };
    let first = page("");
    assert_eq!(
        (names(&first, "roles"), &first["total"]),
        (vec!["b".into(), "d".into()], &5.into())
    );
    // before the cursor, at it, and after it
    make(&world, "roles", &json!({"name": "a"})).ok();
    world.delete(&item("roles", "d")).of("alice").send().ok();
    make(&world, "roles", &json!({"name": "e"})).ok();
    let second = page(first["cursor"].as_str().unwrap());
    assert_eq!(names(&second, "roles"), ["e", "f"]);
    let third = page(second["cursor"].as_str().unwrap());
    assert_eq!(
        (names(&third, "roles"), &third["cursor"]),
        (vec!["h".into(), "j".into()], &"".into())
    );
}

#[test]
fn a_full_last_page_has_no_cursor() {
    let world = World::demo();
    for name in ["a", "b"] {
        make(&world, "roles", &json!({ "name": name })).ok();
    }
    let page = world.get("/v1/iam/roles?limit=2").of("alice").send().ok();
    assert_eq!((page["roles"].as_array().unwrap().len(), &page["cursor"]), (2, &"".into()));
}

/// ATTACKS H-112.
#[test]
fn a_page_outside_the_bounds_is_refused() {
    let world = World::demo();
    for query in ["limit=0", "limit=-1", "limit=1001", "limit=x", "cursor=!", "isEnabled=maybe"] {
        let refused = world.get(&format!("/v1/iam/roles?{query}")).of("alice").send().refused(400);
        assert_eq!(refused["field"], query.split('=').next().unwrap());
    }
}

#[test]
fn q_finds_the_beginning_of_a_name_or_of_a_display_name() {
    let world = World::demo();
    for (name, display) in [("alpha", "Erste"), ("beta", "Alphabet"), ("gamma", "x%"), ("alp", "")]
    {
        make(&world, "teams", &json!({"name": name, "displayName": display})).ok();
    }
    for (q, found) in [
        ("alpha", vec!["alpha", "beta"]),
        ("alp", vec!["alp", "alpha", "beta"]),
        ("ALPHAB", vec!["beta"]),
        ("erst", vec!["alpha"]),
        ("x%25", vec!["gamma"]),
        ("%25", vec![]),
        ("lpha", vec![]),
    ] {
        let list = world.get(&format!("/v1/iam/teams?q={q}")).of("alice").send().ok();
        assert_eq!(names(&list, "teams"), found, "{q}");
        assert_eq!(list["total"], found.len(), "{q}");
    }
    // the platform, whose list is of all organizations, has to say which it searches
    let refused = world.get("/v1/iam/teams?q=alp").of("root").send().refused(400);
    assert_eq!(refused["field"], "q");
    let list = world.get("/v1/iam/teams?q=beta&owner=hanzo").of("root").send().ok();
    assert_eq!(names(&list, "teams"), ["beta"]);
}

#[test]
fn a_list_is_filtered_by_its_members() {
    let world = World::demo();
    make(&world, "teams", &json!({"name": "top", "users": ["hanzo/bob"]})).ok();
    make(&world, "teams", &json!({"name": "sub", "parent": "top", "isEnabled": false})).ok();
    for (query, found) in [
        ("isEnabled=true", vec!["top"]),
        ("isEnabled=false", vec!["sub"]),
        ("parent=top", vec!["sub"]),
        ("parent=none", vec![]),
        ("user=hanzo/bob", vec!["top"]),
        ("user=hanzo/alice", vec![]),
        ("user=bob", vec![]),
        ("user=hanzo/bob&isEnabled=false", vec![]),
    ] {
        let list = world.get(&format!("/v1/iam/teams?{query}")).of("alice").send().ok();
        assert_eq!(names(&list, "teams"), found, "{query}");
        assert_eq!(list["total"], found.len(), "{query}");
    }
}

#[test]
fn the_platform_lists_the_resources_of_all_organizations_by_cursor() {
    let world = World::demo();
    for (who, name) in [("dave", "a"), ("dave", "c"), ("alice", "b")] {
        world.post("/v1/iam/roles").of(who).json(&json!({ "name": name })).send().ok();
    }
    let mut cursor = String::new();
    let mut seen = Vec::new();
    loop {
        let path = format!("/v1/iam/roles?limit=1&cursor={cursor}");
        let page = world.get(&path).of("root").send().ok();
        seen.extend(names(&page, "roles"));
        page["cursor"].as_str().unwrap().clone_into(&mut cursor);
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["a", "c", "b"]);
}
