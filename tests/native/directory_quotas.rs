//! Quotas of an organization (fault 32), and whose clients a client id names (fault 12).

use serde_json::{Value, json};

use crate::{
    oauth::sql,
    oauth_races::race,
    world::{Call, World},
};

/// The calls that make one object of each kind in `acme`.
fn makers(world: &World, number: usize) -> Vec<(&'static str, Call<'_>)> {
    let post = |path: &str, by: &str, body: Value| {
        world.post(&format!("/v1/iam/{path}")).of(by).json(&body)
    };
    let name = format!("n{number}");
    vec![
        ("applications", post("applications", "dave", json!({"owner": "acme", "name": name}))),
        ("users", post("users", "dave", json!({"owner": "acme", "name": name}))),
        ("keys", post("keys", "dave", json!({"owner": "acme", "name": name}))),
    ]
}

fn count(world: &World, table: &str) -> usize {
    let owner = if table == "applications" { "organization" } else { "owner" };
    let live = if table == "keys" { "AND state <> 'Revoked'" } else { "" };
    sql(world, &format!("SELECT id FROM {table} WHERE {owner} = 'acme' {live}")).len()
}

#[test]
fn creation_is_bounded_for_each_organization() {
    let mut world = World::demo();
    let quotas = &mut world.config_mut().limits.quotas;
    (quotas.applications, quotas.users, quotas.keys) = (3, 4, 5);
    for number in 0..6 {
        for (_, call) in makers(&world, number) {
            call.send();
        }
    }
    for (kind, quota) in [("applications", 3), ("users", 4), ("keys", 5)] {
        assert_eq!(count(&world, kind), quota, "{kind}");
    }
    for (kind, call) in makers(&world, 9) {
        let answer = call.send().refused(409);
        let why = format!(
            "the organization acme has as many {kind} as its quota allows: remove some, or ask the \
             platform to raise quotas.{kind}"
        );
        assert_eq!(answer["error"], why);
    }
    // another organization has its own; what is removed makes room
    world.post("/v1/iam/users").of("alice").json(&json!({"name": "zoe"})).send().ok();
    world.delete("/v1/iam/users/acme/n0").of("dave").send().ok();
    world.delete("/v1/iam/applications/acme/n0").of("dave").send().ok();
    world.delete("/v1/iam/keys/acme/n0").of("dave").send().ok();
    for (kind, call) in makers(&world, 9) {
        assert_eq!(call.send().status(), 200, "{kind}");
    }
}

#[test]
fn the_platform_gives_an_organization_a_quota_of_its_own() {
    let mut world = World::demo();
    world.config_mut().limits.quotas.users = 2;
    let organization = "/v1/iam/organizations/admin/acme";
    let user = |name: &str| world.post("/v1/iam/users").of("dave").json(&json!({"name": name}));
    user("a").send().refused(409);
    world.put(organization).of("dave").json(&json!({"quotas": {"users": 9}})).send().refused(403);
    for quotas in [json!({"user": 3}), json!({"users": -1}), json!({"users": "3"}), json!([3])] {
        let sent = json!({"quotas": quotas});
        world.put(organization).of("root").json(&sent).send().refused(400);
    }
    world.put(organization).of("root").json(&json!({"quotas": {"users": 3}})).send().ok();
    user("a").send().ok();
    user("b").send().refused(409);
    world.put(organization).of("root").json(&json!({"quotas": null})).send().ok();
    world.config_mut().limits.quotas.users = 9;
    let user = json!({"name": "b"});
    world.post("/v1/iam/users").of("dave").json(&user).send().ok();
}

/// Requests that all find room, step by step against each other: one takes it.
#[test]
fn parallel_creations_do_not_exceed_a_quota() {
    let mut world = World::demo();
    let quotas = &mut world.config_mut().limits.quotas;
    (quotas.applications, quotas.users, quotas.keys) = (2, 3, 3);
    let (applications, users, keys) =
        (count(&world, "applications"), count(&world, "users"), count(&world, "keys"));
    assert_eq!((applications, users, keys), (1, 2, 2));
    let database = std::rc::Rc::clone(&world.origin.database);
    world.origin.database = std::rc::Rc::new(crate::oauth_races::Yielding(database));
    for kind in 0..3 {
        let requests: Vec<_> =
            (0..4).map(|number| makers(&world, number).remove(kind).1.request).collect();
        let order: Vec<usize> = (0..400).map(|step| step % 4).collect();
        let statuses: Vec<u16> =
            race(&world, requests, &order).iter().map(|answer| answer.status().as_u16()).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 3, "{statuses:?}");
    }
    assert_eq!(
        (count(&world, "applications"), count(&world, "users"), count(&world, "keys")),
        (2, 3, 3)
    );
}

/// A key in place of another takes no further room.
#[test]
fn a_key_that_replaces_another_fits_where_that_was() {
    let mut world = World::demo();
    let path = "/v1/iam/users/acme/erin/keys?type=secret";
    world.config_mut().limits.quotas.keys = 2;
    world.post(path).of("root").send().refused(409);
    world.config_mut().limits.quotas.keys = 3;
    for _ in 0..3 {
        world.post(path).of("root").send().ok();
    }
    assert_eq!(count(&world, "keys"), 3);
}

#[test]
fn memberships_are_bounded_too() {
    use hanzo_iam::{core::token::Role, origin::store::memberships};
    let world = World::demo();
    let join = |id: &str| {
        let now = world.origin.clock.now();
        let statement = memberships::join(id, "lux", Role::Member, now, 1);
        pollster::block_on(world.origin.database.run(statement)).unwrap().len()
    };
    let organization = json!({"name": "lux"});
    world.post("/v1/iam/organizations").of("root").json(&organization).send().ok();
    let (bob, erin) = (
        crate::oauth::subject(&world, "hanzo", "bob"),
        crate::oauth::subject(&world, "acme", "erin"),
    );
    assert_eq!((join(&bob), join(&erin)), (1, 0));
    // who is a member already may get another role
    assert_eq!(join(&bob), 1);
}

/// Fault 12: `acme-` begins `acme-corp-console` as well.
#[test]
fn a_tenant_registers_no_client_id_in_the_name_of_a_longer_organization() {
    let world = World::demo();
    let organization = |name: &str| {
        world.post("/v1/iam/organizations").of("root").json(&json!({"name": name})).send()
    };
    organization("acme-corp").ok();
    organization("acme-dead").ok();
    world.delete("/v1/iam/organizations/admin/acme-dead").of("root").send().ok();
    let register = |who: &str, sent: Value| {
        let mut body = json!({"owner": "acme", "organization": "acme"});
        body.as_object_mut().unwrap().extend(sent.as_object().unwrap().clone());
        world.post("/v1/iam/applications").of(who).json(&body).send()
    };
    for sent in [
        json!({"name": "console", "clientId": "acme-corp-console"}),
        json!({"name": "corp-console"}),
        json!({"name": "acme-corp-console"}),
        json!({"name": "old", "clientId": "acme-dead-console"}),
    ] {
        let why = register("dave", sent.clone()).refused(400)["error"].clone();
        assert!(why.as_str().unwrap().contains("name of the organization"), "{sent} {why}");
    }
    register("dave", json!({"name": "corporate"})).ok();
    register("dave", json!({"name": "console", "clientId": "acme-console"})).ok();
    // and the other way round: the client was there before the organization
    register("dave", json!({"name": "x", "clientId": "acme-labs-console"})).ok();
    let why = organization("acme-labs").refused(409)["error"].clone();
    assert!(why.as_str().unwrap().contains("acme-labs-"), "{why}");
    world.delete("/v1/iam/applications/acme/x").of("dave").send().ok();
    organization("acme-labs").ok();
    // the platform chooses freely
    register("root", json!({"name": "y", "clientId": "acme-corp-y"})).ok();
}

/// A revoked key leaves its row: making and revoking keys in turn is bounded as well.
#[test]
fn keys_that_are_made_and_revoked_in_turn_are_bounded() {
    let mut world = World::demo();
    world.config_mut().limits.quotas.keys = 3;
    let path = "/v1/iam/users/acme/erin/keys?type=secret";
    let mut made = 2; // by the seed
    loop {
        let answer = world.post(path).of("root").send();
        if answer.status() != 200 {
            let why = answer.refused(429)["error"].clone();
            assert!(why.as_str().unwrap().contains("too many keys"), "{why}");
            break;
        }
        made += 1;
    }
    assert_eq!(made, 30);
    world.clock.advance(24 * 3600);
    world.post(path).of("root").send().ok();
}
