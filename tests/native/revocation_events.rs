//! What each event appends to the feed, in its own transaction, and which tokens die of it.

use hanzo_iam::{
    core::{
        revocation::{Sequence, Subject},
        token::Role,
    },
    ports::Statement,
};
use serde_json::{Value, json};

use crate::{
    internal::published,
    oauth::{
        access_claims, allowed, as_cloud, cloud_tokens, code, is_active, redeem, refresh,
        session_of_bob, sql, subject, text, tokens,
    },
    revocation::{entries, feed, is_refused},
    world::{ACME_SECRET, CLOUD_SECRET, World},
};

const REVOKE: &str = "/v1/iam/oauth/revoke";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

fn entry(kind: &str, id: &str, cause: &str) -> (String, String, String) {
    (kind.to_owned(), id.to_owned(), cause.to_owned())
}

fn put(world: &World, path: &str, body: &Value) {
    world.put(&format!("/v1/iam/{path}")).of("root").json(body).send().ok();
}

fn delete(world: &World, path: &str) {
    world.delete(&format!("/v1/iam/{path}")).of("root").send().ok();
}

fn claim(tokens: &Value, name: &str) -> String {
    access_claims(tokens)[name].as_str().unwrap().to_owned()
}

fn exchanged(world: &World, tokens: &Value) -> Value {
    let form = [
        ("grant_type", EXCHANGE),
        ("subject_token", text(tokens, "access_token")),
        ("subject_token_type", ACCESS_TOKEN),
    ];
    as_cloud(world, crate::oauth::TOKEN, &form).ok()
}

/// Dead at the origin and at every edge.
fn assert_dead(world: &World, tokens: &Value) {
    assert!(is_refused(world, tokens) && !is_active(world, tokens));
}

fn assert_alive(world: &World, tokens: &Value) {
    assert!(!is_refused(world, tokens) && is_active(world, tokens));
}

#[test]
fn a_revoked_access_token_is_one_entry() {
    let world = World::demo();
    let (given, other) = (tokens(&world), tokens(&world));
    let form = [("client_id", "hanzo-app"), ("token", text(&given, "access_token"))];
    world.post(REVOKE).form(&form).send().ok();
    world.post(REVOKE).form(&form).send().ok();
    assert_eq!(entries(&world), [entry("token", &claim(&given, "jti"), "")]);
    assert_dead(&world, &given);
    assert_alive(&world, &other);
}

#[test]
fn a_revoked_refresh_token_revokes_its_grant_and_exchanged_ones() {
    let world = World::demo();
    let (given, other) = (tokens(&world), tokens(&world));
    let exchanged = exchanged(&world, &given);
    let form = [("client_id", "hanzo-app"), ("token", text(&given, "refresh_token"))];
    world.post(REVOKE).form(&form).send().ok();
    let mut expected = [&given, &exchanged].map(|it| entry("grant", &claim(it, "gid"), ""));
    expected.sort();
    let mut told = entries(&world);
    told.sort();
    assert_eq!(told, expected);
    assert_dead(&world, &given);
    assert_dead(&world, &exchanged);
    assert_alive(&world, &other);
}

#[test]
fn a_code_and_a_refresh_token_that_come_back_end_their_grant() {
    let world = World::demo();
    let once = code(&world, allowed(&world));
    let first = redeem(&world, &once).ok();
    redeem(&world, &once).refused(400);
    let second = tokens(&world);
    refresh(&world, &second).ok();
    world.clock.advance(10); // the grace
    refresh(&world, &second).refused(400);
    let expected = [&first, &second].map(|it| entry("grant", &claim(it, "gid"), ""));
    assert_eq!(entries(&world), expected);
    assert_dead(&world, &first);
    assert_dead(&world, &second);
}

#[test]
fn a_logout_ends_the_session_with_every_token_of_that_sign_in() {
    let world = World::demo();
    let cookie = session_of_bob(&world);
    let (here, there) = (tokens(&world), cloud_tokens(&world));
    let elsewhere = redeem(
        &world,
        &code(
            &world,
            hanzo_iam::origin::domain::codes::CodeRequest {
                session_id: Some("another".to_owned()),
                ..allowed(&world)
            },
        ),
    )
    .ok();
    let unused = code(&world, allowed(&world));
    let logout = || world.post("/v1/iam/oauth/logout").header("cookie", &cookie).json(&json!({}));
    logout().send().ok();
    logout().send().ok();
    assert_eq!(entries(&world), [entry("session", "session", "")]);
    assert_dead(&world, &here);
    assert_dead(&world, &there);
    refresh(&world, &here).refused(400);
    redeem(&world, &unused).refused(400);
    assert_alive(&world, &elsewhere);
}

#[test]
fn a_logout_for_a_client_ends_what_the_person_gave_it_in_other_sessions_too() {
    let world = World::demo();
    let cookie = session_of_bob(&world);
    let elsewhere = redeem(
        &world,
        &code(
            &world,
            hanzo_iam::origin::domain::codes::CodeRequest { session_id: None, ..allowed(&world) },
        ),
    )
    .ok();
    world
        .post("/v1/iam/oauth/logout")
        .header("cookie", &cookie)
        .json(&json!({"client_id": "hanzo-app"}))
        .send()
        .ok();
    let grant = claim(&elsewhere, "gid");
    let expected = [entry("session", "session", ""), entry("grant", &grant, "")];
    assert_eq!(entries(&world), expected);
    assert_dead(&world, &elsewhere);
}

#[test]
fn whatever_a_user_loses_ends_what_was_issued_to_the_user() {
    for (body, cause) in [
        (json!({"isForbidden": true}), "disabled"),
        (json!({"password": "another password"}), "password"),
        (json!({"isForbidden": true, "password": "another password"}), "password+disabled"),
        (json!({"isAdmin": false}), "role"),
    ] {
        let world = World::demo();
        sql(&world, "UPDATE users SET is_admin = 1 WHERE name = 'bob'");
        let (given, again) = (tokens(&world), exchanged(&world, &tokens(&world)));
        put(&world, "users/hanzo/bob", &body);
        let bob = subject(&world, "hanzo", "bob");
        assert_eq!(entries(&world), [entry("user", &bob, cause)], "{body}");
        assert_dead(&world, &given);
        assert_dead(&world, &again);
    }
    let world = World::demo();
    for body in [json!({"displayName": "Bob"}), json!({"isAdmin": true})] {
        put(&world, "users/hanzo/bob", &body);
    }
    assert_eq!(entries(&world), []);
}

#[test]
fn deleting_a_user_revokes_every_key() {
    let world = World::demo();
    let given = tokens(&world);
    let bob = subject(&world, "hanzo", "bob");
    let key = published(&world, &world.keys["bob"]).unwrap().id;
    delete(&world, "users/hanzo/bob");
    let expected = [entry("user", &bob, "deleted"), entry("key", &key, "revoked")];
    assert_eq!(entries(&world), expected);
    assert_dead(&world, &given);
}

#[test]
fn disabling_or_deleting_an_application_revokes_what_others_exchanged() {
    for (cause, end) in [
        (
            "disabled",
            (|world: &World| {
                put(world, "applications/admin/hanzo-app", &json!({"isDisabled": true}));
            }) as fn(&World),
        ),
        ("deleted", |world| delete(world, "applications/admin/hanzo-app")),
    ] {
        let world = World::demo();
        let (given, other) = (tokens(&world), cloud_tokens(&world));
        let exchanged = exchanged(&world, &given);
        end(&world);
        let grant = claim(&exchanged, "gid");
        let expected = [entry("application", "hanzo-app", cause), entry("grant", &grant, "")];
        assert_eq!(entries(&world), expected);
        assert_dead(&world, &given);
        assert_dead(&world, &exchanged);
        assert_alive(&world, &other);
    }
}

#[test]
fn another_secret_ends_the_tokens_and_what_was_given_can_be_refreshed() {
    let world = World::demo();
    let own = |secret: &str| {
        let form = [("grant_type", "client_credentials")];
        world.post(crate::oauth::TOKEN).basic("hanzo-cloud", secret).form(&form).send()
    };
    let (given, itself) = (cloud_tokens(&world), own(CLOUD_SECRET).ok());
    let new = "another secret of the tests";
    put(&world, "applications/admin/hanzo-cloud", &json!({"clientSecret": new}));
    assert_eq!(entries(&world), [entry("application", "hanzo-cloud", "secret")]);
    assert!(is_refused(&world, &given) && is_refused(&world, &itself));
    own(CLOUD_SECRET).refused(401);
    assert!(!is_refused(&world, &own(new).ok()), "of the same second");
    let form = [("grant_type", "refresh_token"), ("refresh_token", text(&given, "refresh_token"))];
    let refreshed = world.post(crate::oauth::TOKEN).basic("hanzo-cloud", new).form(&form).send();
    assert!(!is_refused(&world, &refreshed.ok()));
}

#[test]
fn suspending_an_organization_revokes_its_clients_and_its_tokens_for_good() {
    let world = World::demo();
    let form = [("grant_type", "client_credentials")];
    let token = || {
        let call = world.post(crate::oauth::TOKEN).basic("acme-app", ACME_SECRET);
        call.form(&form).send().ok()
    };
    let (hers, ours) = (token(), tokens(&world));
    put(&world, "organizations/admin/acme", &json!({"isDisabled": true}));
    let expected =
        [entry("organization", "acme", "disabled"), entry("application", "acme-app", "")];
    assert_eq!(entries(&world), expected);
    assert_dead(&world, &hers);
    assert_alive(&world, &ours);
    put(&world, "organizations/admin/acme", &json!({"isDisabled": false}));
    assert_eq!(entries(&world)[2..], [entry("organization", "acme", "")]);
    assert_dead(&world, &hers);
    assert!(!is_refused(&world, &token()));
}

#[test]
fn deleting_an_organization_revokes_its_keys_and_its_members() {
    let world = World::demo();
    world.post("/v1/iam/organizations").of("root").json(&json!({"name": "side"})).send().ok();
    let bob = subject(&world, "hanzo", "bob");
    world.join("hanzo", "bob", "side", Role::Admin);
    let key = world
        .post("/v1/iam/keys")
        .of("root")
        .json(&json!({"owner": "side", "type": "Organization", "name": "k"}))
        .send()
        .ok();
    let given = tokens(&world);
    delete(&world, "organizations/admin/side");
    let expected = [
        entry("organization", "side", "deleted"),
        entry("key", text(&key, "id"), "revoked"),
        entry("user", &bob, ""),
        entry("policy", "side", ""),
    ];
    assert_eq!(entries(&world), expected);
    assert_dead(&world, &given);
    assert_alive(&world, &refresh(&world, &given).ok());
}

#[test]
fn a_key_is_in_the_feed_when_it_ends_or_changes() {
    let world = World::demo();
    let id = published(&world, &world.keys["bob"]).unwrap().id;
    let path = "keys/hanzo/bob";
    for (body, cause) in [
        (json!({"rate": 10}), ""),
        (json!({"scope": "read:*"}), "narrowed"),
        (json!({"scope": ""}), ""),
        (json!({"expireTime": "2027-01-01T00:00:00Z"}), "narrowed"),
        (json!({"expireTime": ""}), ""),
        (json!({"state": "Disabled"}), "narrowed"),
        (json!({"state": "Active"}), ""),
    ] {
        let before = entries(&world).len();
        put(&world, path, &body);
        assert_eq!(entries(&world)[before..], [entry("key", &id, cause)], "{body}");
        // What is published afterwards is good: an edge believes it; what was before, no more.
        let record = published(&world, &world.keys["bob"]).unwrap();
        let feed = feed(&world);
        assert_eq!(record.active, body["state"] != "Disabled");
        assert!(!feed.is_revoked(Subject::Key(&id), record.sequence), "{body}");
        assert!(feed.is_revoked(Subject::Key(&id), Sequence(record.sequence.0 - 1)), "{body}");
    }
    let before = entries(&world).len();
    delete(&world, path);
    delete(&world, path);
    assert_eq!(entries(&world)[before..], [entry("key", &id, "revoked")]);
}

#[test]
fn a_key_that_is_made_again_ends_the_one_before() {
    let world = World::demo();
    let make = || world.post("/v1/iam/users/hanzo/bob/keys?type=secret").of("root").send().ok();
    let first = make();
    let id = published(&world, text(&first["data"], "accessKey")).unwrap().id;
    make();
    assert_eq!(entries(&world), [entry("key", &id, "revoked")]);
}

#[test]
fn the_records_of_a_users_keys_are_newer_than_what_ended_the_user() {
    let world = World::demo();
    put(&world, "users/hanzo/alice", &json!({"password": "another password"}));
    let alice = subject(&world, "hanzo", "alice");
    let record = published(&world, &world.keys["alice"]).unwrap();
    let feed = feed(&world);
    assert!(record.active && record.subject == alice);
    assert!(!feed.is_revoked(Subject::User(&alice), record.sequence));
    assert!(feed.is_revoked(Subject::User(&alice), Sequence(record.sequence.0 - 1)));
}

/// An entry that cannot be written takes the change with it.
/// An edge remembers for a minute that a key is dead, unless the feed names its record.
#[test]
fn what_is_accepted_again_has_edges_read_the_records_of_its_dead_keys_again() {
    let world = World::demo();
    let create = |path: &str, body: Value| world.post(path).of("alice").json(&body).send().ok();
    create("/v1/iam/users", json!({"name": "sponsor", "isAdmin": true}));
    let account = json!({"organization": "hanzo", "name": "builder", "user": "sponsor"});
    let agent = create("/v1/iam/service-accounts", account);
    let bound = create("/v1/iam/keys", json!({"name": "bound", "application": "hanzo-app"}));
    for (path, member, key) in [
        ("users/hanzo/bob", "isForbidden", world.keys["bob"].as_str()),
        ("users/hanzo/bob", "isDeleted", &world.keys["bob"]),
        ("users/hanzo/sponsor", "isForbidden", text(&agent["data"], "accessSecret")),
        ("organizations/admin/acme", "isDisabled", &world.keys["dave"]),
        ("applications/admin/hanzo-app", "isDisabled", text(&bound, "accessSecret")),
    ] {
        put(&world, path, &json!({ member: true }));
        let dead = published(&world, key).unwrap();
        assert!(!dead.active, "{path} {member}");
        put(&world, path, &json!({ member: false }));
        let subjects = [
            Subject::Key(&dead.id),
            Subject::User(&dead.subject),
            Subject::Organization(&dead.owner),
            Subject::Application(&dead.client_id),
        ];
        let feed = feed(&world);
        let is_read_again = subjects.iter().any(|it| feed.is_revoked(*it, dead.sequence));
        assert!(is_read_again, "{path} {member}: the edge believes that the key is dead");
        let live = published(&world, key).unwrap();
        assert!(live.active, "{path} {member}");
        assert!(!feed.is_revoked(Subject::User(&live.subject), live.sequence));
    }
}

#[test]
fn there_is_no_change_without_its_entry() {
    let world = World::demo();
    let given = tokens(&world);
    sql(&world, "ALTER TABLE revocations RENAME TO away");
    let form = [("client_id", "hanzo-app"), ("token", text(&given, "refresh_token"))];
    world.post(REVOKE).form(&form).send().refused(500);
    world.put("/v1/iam/users/hanzo/bob").of("root").json(&json!({"isForbidden": true})).send();
    world.delete("/v1/iam/keys/hanzo/bob").of("root").send().refused(500);
    sql(&world, "ALTER TABLE away RENAME TO revocations");
    assert_alive(&world, &given);
    assert_alive(&world, &refresh(&world, &given).ok());
    let row = Statement::new("SELECT 1 FROM keys WHERE name = 'bob' AND state = 'Active'");
    assert_eq!(pollster::block_on(world.origin.database.run(row)).unwrap().len(), 1);
}
