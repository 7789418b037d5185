//! Memberships: who adds, changes and removes them, and what ends with one.

use hanzo_iam::core::token::Role;
use serde_json::{Value, json};

use crate::{
    oauth::{sql, subject},
    world::{Call, World},
};

const MEMBERSHIPS: &str = "/v1/iam/memberships";

fn add<'a>(world: &'a World, by: &str, user: &str, org: &str, role: &str) -> Call<'a> {
    let body = json!({"user": user, "org": org, "role": role});
    world.post(MEMBERSHIPS).of(by).json(&body)
}

fn role_of(world: &World, owner: &str, name: &str, organization: &str) -> Option<String> {
    let id = subject(world, owner, name);
    let rows = sql(
        world,
        &format!(
            "SELECT role FROM memberships WHERE user_id = '{id}' AND organization = '{organization}'"
        ),
    );
    rows.first().map(|row| row["role"].as_str().unwrap().to_owned())
}

/// A world in which erin of acme owns hanzo, and bob of hanzo is a member of acme.
fn shared() -> World {
    let world = World::demo();
    world.join("acme", "erin", "hanzo", Role::Owner);
    world.join("hanzo", "bob", "acme", Role::Member);
    world
}

#[test]
fn an_administrator_adds_its_own_people_elsewhere_and_no_stranger() {
    let world = World::demo();
    world.join("hanzo", "alice", "acme", Role::Admin);
    let made = add(&world, "alice", "hanzo/bob", "acme", "member").send().ok();
    assert_eq!(made["data"]["name"], "hanzo/bob|acme");
    assert_eq!(made["data"]["role"], "member");
    // Dave administers acme, and not bob's home: bob is a member already, alice's people are not.
    add(&world, "dave", "hanzo/bob", "acme", "admin").send().ok();
    let stranger = add(&world, "alice", "admin/root", "acme", "member").send().refused(403);
    let nobody = add(&world, "alice", "admin/nobody", "acme", "member").send().refused(403);
    assert_eq!(stranger, nobody, "whether there is such an account");
    add(&world, "root", "acme/erin", "hanzo", "member").send().ok();
}

/// ATTACKS H-110: a role above one's own, one's own role, oneself into another organization.
#[test]
fn no_role_is_given_or_taken_that_the_caller_does_not_have() {
    let world = shared();
    add(&world, "dave", "hanzo/bob", "acme", "owner").send().refused(403);
    add(&world, "dave", "acme/dave", "acme", "owner").send().refused(403);
    add(&world, "dave", "acme/dave", "hanzo", "member").send().refused(403);
    add(&world, "dave", "acme/erin", "admin", "admin").send().refused(403);
    add(&world, "bob", "hanzo/bob", "acme", "admin").send().refused(403);
    // Alice administers hanzo; erin owns it.
    let erin = "/v1/iam/memberships/hanzo/acme/erin";
    world.put(erin).of("alice").json(&json!({"role": "member"})).send().refused(403);
    world.delete(erin).of("alice").send().refused(403);
    // An owner makes one.
    add(&world, "erin", "hanzo/alice", "hanzo", "owner").send().ok();
    world.delete(erin).of("alice").send().ok();
    assert_eq!(role_of(&world, "acme", "erin", "hanzo"), None);
}

#[test]
fn a_limited_key_of_an_administrator_adds_nobody() {
    let world = World::demo();
    add(&world, "reader", "hanzo/bob", "hanzo", "member").send().refused(403);
}

#[test]
fn the_last_owner_stays() {
    let world = shared();
    let erin = "/v1/iam/memberships/hanzo/acme/erin";
    let why = "the organization hanzo would have no owner: make another member an owner first";
    assert_eq!(world.delete(erin).of("erin").send().refused(409)["error"], why);
    let lower = json!({"role": "admin"});
    assert_eq!(world.put(erin).of("erin").json(&lower).send().refused(409)["error"], why);
    assert_eq!(world.put(erin).of("root").json(&lower).send().refused(409)["error"], why);
    assert_eq!(role_of(&world, "acme", "erin", "hanzo").as_deref(), Some("owner"));
    add(&world, "erin", "hanzo/alice", "hanzo", "owner").send().ok();
    // A disabled owner is no owner who can act.
    let disabled = |value: bool| {
        let alice = "/v1/iam/users/hanzo/alice";
        world.put(alice).of("root").json(&json!({"isForbidden": value})).send().ok();
    };
    disabled(true);
    world.delete(erin).of("erin").send().refused(409);
    disabled(false);
    world.delete(erin).of("erin").send().ok();
}

/// Both find the other one owning: one of them leaves.
#[test]
fn two_last_owners_do_not_leave_at_the_same_time() {
    let mut world = shared();
    world.join("hanzo", "bob", "hanzo", Role::Owner);
    let database = std::rc::Rc::clone(&world.origin.database);
    world.origin.database = std::rc::Rc::new(crate::oauth_races::Yielding(database));
    let requests = vec![
        world.delete("/v1/iam/memberships/hanzo/acme/erin").of("erin").request,
        world
            .put("/v1/iam/memberships/hanzo/hanzo/bob")
            .of("bob")
            .json(&json!({"role": "member"}))
            .request,
    ];
    let order: Vec<usize> = (0..200).map(|step| step % 2).collect();
    let answers = crate::oauth_races::race(&world, requests, &order);
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[test]
fn a_member_leaves_by_itself_but_not_its_home() {
    let world = shared();
    world.delete("/v1/iam/memberships/acme/hanzo/bob").of("bob").send().ok();
    assert_eq!(role_of(&world, "hanzo", "bob", "acme"), None);
    world.delete("/v1/iam/memberships/acme/hanzo/bob").of("bob").send().refused(403);
    world.delete("/v1/iam/memberships/hanzo/hanzo/bob").of("bob").send().refused(409);
    let body = json!({"user": "hanzo/bob", "org": "hanzo"});
    world.post("/v1/iam/delete-membership").of("alice").json(&body).send().refused(409);
}

#[test]
fn what_a_member_held_ends_with_the_membership() {
    let world = shared();
    let bob = subject(&world, "hanzo", "bob");
    for sql_text in [
        "INSERT INTO teams (id, owner, name, created_at, updated_at) VALUES ('t', 'acme', 't', 1, 1)".to_owned(),
        format!("INSERT INTO team_members (team_id, kind, member_id, owner) VALUES ('t', 'user', '{bob}', 'acme')"),
        "INSERT INTO roles (id, owner, name, created_at, updated_at) VALUES ('r', 'acme', 'r', 1, 1)".to_owned(),
        format!("INSERT INTO role_members (role_id, kind, member_id, owner) VALUES ('r', 'user', '{bob}', 'acme')"),
        format!("INSERT INTO keys (id, owner, name, kind, user_id, digest, prefix, last_four, created_at, updated_at) \
                 VALUES ('k', 'acme', 'bobs', 'secret', '{bob}', 'd', 'sk-', 'abcd', 1, 1)"),
        format!("INSERT INTO grants (id, client_id, user_id, organization, scope, is_public, kind, expires_at, created_at) \
                 VALUES ('g', 'acme-app', '{bob}', 'acme', 'openid', 0, 'authorization_code', 9999999999, 1), \
                 ('h', 'hanzo-app', '{bob}', 'hanzo', 'openid', 0, 'authorization_code', 9999999999, 1)"),
    ] {
        sql(&world, &sql_text);
    }
    let body = json!({"user": "hanzo/bob", "org": "acme"});
    let ended = world.post("/v1/iam/delete-membership").of("dave").json(&body).send().ok();
    assert_eq!(ended["data"]["removed"], true);
    let left = sql(
        &world,
        "SELECT (SELECT count(*) FROM team_members) + (SELECT count(*) FROM role_members) AS places, \
         (SELECT state || ' ' || revoker FROM keys WHERE id = 'k') AS key, \
         (SELECT group_concat(id) FROM grants WHERE revoked_at IS NOT NULL) AS ended",
    );
    assert_eq!(
        Value::Object(left[0].clone()),
        json!({"places": 0, "key": "Revoked acme/dave", "ended": "g"})
    );
    let feed = sql(&world, "SELECT kind, id, cause FROM revocations ORDER BY seq DESC LIMIT 3");
    let mut feed: Vec<_> = feed.into_iter().map(Value::Object).collect();
    feed.reverse();
    assert_eq!(
        feed,
        [
            json!({"kind": "user", "id": bob, "cause": "left.acme"}),
            json!({"kind": "key", "id": "k", "cause": "revoked"}),
            json!({"kind": "policy", "id": "acme", "cause": ""}),
        ]
    );
}

/// The access token says `orgs`: it dies with the membership, at the edges within the bound of the
/// feed, and here at once.
#[test]
fn a_token_that_names_the_organization_dies_with_the_membership_or_the_role() {
    for change in ["leave", "lower"] {
        let world = shared();
        add(&world, "dave", "hanzo/bob", "acme", "admin").send().ok();
        let tokens = crate::oauth::tokens(&world);
        let token = tokens["access_token"].as_str().unwrap();
        let userinfo = || world.get("/v1/iam/oauth/userinfo").bearer(token).send();
        assert_eq!(userinfo().ok()["orgs"][1], json!({"org": "acme", "role": "admin"}));
        let path = "/v1/iam/memberships/acme/hanzo/bob";
        match change {
            "leave" => world.delete(path).of("dave").send().ok(),
            _ => world.put(path).of("dave").json(&json!({"role": "member"})).send().ok(),
        };
        userinfo().refused(401);
    }
}

/// ATTACKS H-120: a restored backup does not bring a membership or a role back.
#[test]
fn a_membership_that_ended_after_a_backup_is_not_restored() {
    let world = shared();
    world.join("hanzo", "alice", "acme", Role::Admin);
    let backup = world.database.backup().unwrap();
    world.delete("/v1/iam/memberships/acme/hanzo/bob").of("dave").send().ok();
    let alice = "/v1/iam/memberships/acme/hanzo/alice";
    world.put(alice).of("dave").json(&json!({"role": "member"})).send().ok();
    let mut restored = world;
    restored.origin.database = std::rc::Rc::new(backup);
    pollster::block_on(restored.origin.scheduled()).unwrap();
    assert_eq!(role_of(&restored, "hanzo", "bob", "acme"), None);
    assert_eq!(role_of(&restored, "hanzo", "alice", "acme").as_deref(), Some("member"));
}

#[test]
fn lists_show_what_the_caller_administers_or_its_own() {
    let world = shared();
    let names = |answer: Value| -> Vec<String> {
        let list = answer["data"].as_array().unwrap();
        list.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    let get = |by: &str, query: &str| world.get(&format!("{MEMBERSHIPS}{query}")).of(by).send();
    assert_eq!(names(get("bob", "").ok()), ["hanzo/bob|hanzo", "hanzo/bob|acme"]);
    assert_eq!(names(get("dave", "?org=acme").ok()), ["hanzo/bob|acme"]);
    assert_eq!(names(get("bob", "?org=acme").ok()), ["hanzo/bob|acme"]);
    assert_eq!(names(get("erin", "?org=acme").ok()), [""; 0]);
    // Alice administers bob's home, and not acme.
    assert_eq!(names(get("alice", "?user=hanzo/bob").ok()), ["hanzo/bob|hanzo"]);
    assert_eq!(names(get("root", "?user=hanzo/bob").ok()).len(), 2);
    get("alice", "?org=acme").refused(403);
    get("bob", "?user=hanzo/alice").refused(403);
    world.join("hanzo", "alice", "acme", Role::Member);
    let page = get("dave", "?org=acme&limit=1").ok();
    let cursor = page["data2"]["cursor"].as_str().unwrap().to_owned();
    let next = get("dave", &format!("?org=acme&limit=1&cursor={cursor}")).ok();
    assert_ne!(page["data"], next["data"]);
    assert_eq!(next["data"].as_array().unwrap().len(), 1);
}
