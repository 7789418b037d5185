//! Organizations that people found, and the names that they may give them.

use serde_json::{Value, json};

use crate::{
    oauth::sql,
    world::{Answer, World},
};

fn found(world: &World, body: &Value) -> Answer {
    let token = crate::oauth::tokens(world)["access_token"].as_str().unwrap().to_owned();
    world.post("/v1/iam/onboard").bearer(&token).json(body).send()
}

#[test]
fn a_person_founds_an_organization_and_owns_it_and_stays_at_home() {
    let world = World::demo();
    let made = found(&world, &json!({"name": "Zoë & Friends, Inc."})).ok();
    assert_eq!(made["data"]["org"], "zo-friends-inc");
    assert_eq!(made["data"]["displayName"], "Zoë & Friends, Inc.");
    let own = world.get("/v1/iam/memberships").of("bob").send().ok();
    let names: Vec<&Value> = own["data"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["hanzo/bob|hanzo", "hanzo/bob|zo-friends-inc"]);
    let organization = "/v1/iam/organizations/admin/zo-friends-inc";
    assert_eq!(world.get(organization).of("bob").send().ok()["name"], "zo-friends-inc");
    world.get(organization).of("alice").send().refused(403);
    // What only the platform sets stays the platform's.
    let quotas = json!({"quotas": {"users": 1_000_000}});
    world.put(organization).of("bob").json(&quotas).send().refused(403);
    world.put(organization).of("bob").json(&json!({"displayName": "Z"})).send().ok();
    let entries = sql(&world, "SELECT kind FROM audit_entries WHERE owner = 'zo-friends-inc'");
    assert_eq!(entries[0]["kind"], "organization");
}

/// ATTACKS H-109, and names that would pass for another tenant.
#[test]
fn no_name_is_founded_that_is_or_was_anothers_or_lies_within_ones_names() {
    let world = World::demo();
    let create = |name: &str| {
        world.post("/v1/iam/organizations").of("root").json(&json!({"name": name})).send().ok()
    };
    create("buried");
    world.delete("/v1/iam/organizations/admin/buried").of("root").send().ok();
    for name in ["acme", "Acme Labs", "hanzo-cloud", "buried", "Buried Two", "admin", "iam"] {
        assert_eq!(found(&world, &json!({"name": name})).status(), 409, "{name}");
    }
    for name in ["", "é", "ab", "--", &"x".repeat(101)] {
        found(&world, &json!({"name": name})).refused(400);
    }
}

#[test]
fn a_person_founds_as_many_as_the_quota_allows_and_one_of_its_own() {
    let mut world = World::demo();
    std::rc::Rc::make_mut(&mut world.origin.config).limits.quotas.organizations = 2;
    found(&world, &json!({"personal": true})).ok();
    let second = found(&world, &json!({"personal": true, "name": "another"}));
    assert_eq!(second.status(), 409);
    found(&world, &json!({"name": "second"})).ok();
    found(&world, &json!({"name": "third"})).refused(409);
    assert!(
        sql(&world, "SELECT id FROM organizations WHERE name IN ('third', 'another')").is_empty()
    );
    assert!(sql(&world, "SELECT 1 AS it FROM memberships WHERE organization = 'third'").is_empty());
    // A deleted one makes room, but its name is not given again.
    world.delete("/v1/iam/organizations/admin/second").of("root").send().ok();
    found(&world, &json!({"name": "second"})).refused(409);
    found(&world, &json!({"name": "fourth"})).ok();
}

#[test]
fn a_key_founds_nothing() {
    let world = World::demo();
    let by_key = world.post("/v1/iam/onboard").of("bob").json(&json!({"name": "mine"})).send();
    assert_eq!(by_key.status(), 403);
}
