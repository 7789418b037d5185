//! A backup of the database is restored: what was revoked since does not come back to life (ATTACKS H-120).

use std::{cell::Cell, rc::Rc};

use hanzo_iam::{
    core::{
        encoding::digest,
        publication::KeyRecord,
        revocation::{Feed, Sequence, Subject},
    },
    origin::domain::{codes::CodeRequest, feed::HEAD},
    platform::native::{MemorySnapshots, Sqlite},
};
use serde_json::{Value, json};

use crate::{
    internal::published,
    oauth::{
        allowed, as_cloud, cloud_tokens, code, is_active, post, redeem, refresh, session_of_bob,
        sql, subject, text, tokens,
    },
    oauth_races::{Yielding, race},
    revocation::{entries, feed, follow, is_refused, page, refuses},
    revocation_feed::Breakable,
    world::{CLOUD_SECRET, PASSWORD, World},
};

/// Puts the backup in the place of the database, under a new instance of the origin.
fn restore(world: &mut World, backup: Sqlite) {
    world.clock.advance(60);
    world.database = Rc::new(backup);
    world.origin.database = Rc::clone(&world.database) as _;
    world.origin.watch = std::rc::Rc::default();
}

fn put(world: &World, path: &str, body: &Value) {
    world.put(&format!("/v1/iam/{path}")).of("root").json(body).send().ok();
}

fn revoke(world: &World, tokens: &Value, name: &str) {
    let form = [("client_id", "hanzo-app"), ("token", text(tokens, name))];
    world.post("/v1/iam/oauth/revoke").form(&form).send().ok();
}

fn key_works(world: &World, name: &str) -> bool {
    world.get("/v1/iam/users").of(name).send().status().as_u16() == 200
}

fn record(world: &World, name: &str) -> KeyRecord {
    let path = format!("/internal/keys/{}", digest(&world.keys[name]));
    serde_json::from_value(world.get(&path).send().ok()).unwrap()
}

fn password_is_right(world: &World, user: &str, password: &str) -> bool {
    let form = [
        ("grant_type", "password"),
        ("username", user),
        ("password", password),
        ("scope", "openid"),
    ];
    as_cloud(world, crate::oauth::TOKEN, &form).status().as_u16() == 200
}

fn signed_in(world: &World, cookie: &str) -> bool {
    world.get("/v1/iam/account").header("cookie", cookie).send().ok()["status"] == "ok"
}

/// The numbers of every history but the first are above all times.
#[test]
fn a_database_that_was_restored_before_is_healed_as_well() {
    let mut world = World::demo();
    for name in ["hanzo/bob", "acme/erin"] {
        let backup = world.database.backup().unwrap();
        put(&world, &format!("users/{name}"), &json!({"isForbidden": true}));
        pollster::block_on(world.origin.scheduled()).unwrap();
        restore(&mut world, backup);
        pollster::block_on(world.origin.scheduled()).unwrap();
        let user = world.get(&format!("/v1/iam/users/{name}")).of("root").send().ok();
        assert_eq!(user["isForbidden"], true, "{name}");
    }
}

/// What an edge can ask, and what a client can try, of everything that was revoked.
#[test]
fn nothing_that_was_revoked_since_comes_back_to_life() {
    let mut world = World::demo();
    let cookie = session_of_bob(&world);
    let (token, grant) = (tokens(&world), tokens(&world));
    let (signed, clients) = (tokens(&world), cloud_tokens(&world));
    let unused = code(&world, allowed(&world));
    let backup = world.database.backup().unwrap();

    world.clock.advance(10);
    revoke(&world, &token, "access_token");
    revoke(&world, &grant, "refresh_token");
    let rotated = tokens(&world);
    refresh(&world, &rotated).ok();
    world.post("/v1/iam/oauth/logout").header("cookie", &cookie).json(&json!({})).send().ok();
    put(&world, "users/hanzo/alice", &json!({"password": "a new password", "isAdmin": false}));
    put(&world, "users/acme/erin", &json!({"isForbidden": true}));
    put(&world, "keys/hanzo/reader", &json!({"scope": "read:models"}));
    put(&world, "applications/admin/hanzo-cloud", &json!({"clientSecret": "x".repeat(24)}));
    put(&world, "applications/admin/hanzo-app", &json!({"isDisabled": true}));
    world.delete("/v1/iam/keys/hanzo/bob").of("root").send().ok();
    world.delete("/v1/iam/users/acme/dave").of("root").send().ok();
    let mut followed = feed(&world);
    restore(&mut world, backup);
    assert_eq!(entries(&world), [], "the database knows nothing");

    // Whichever edge asks first, it asks after a number that was never given in this database.
    follow(&world, &mut followed);
    let fresh = feed(&world);
    assert_eq!((followed.position().0, fresh.position().0), (2, 2));
    for tokens in [&token, &grant, &signed, &clients] {
        let token = text(tokens, "access_token");
        assert!(refuses(&fresh, token) && refuses(&followed, token));
    }
    for key in ["bob", "erin", "dave", "reader"] {
        assert!(!key_works(&world, key), "{key}");
        assert!(!record(&world, key).active, "{key}");
        assert!(!published(&world, &world.keys[key]).unwrap().active, "{key}");
    }
    assert!(key_works(&world, "root"), "what nobody has revoked works on");
    assert!(!signed_in(&world, &cookie));
    for query in ["client_secret_digest = ''", "is_disabled = 1"] {
        let found = sql(&world, &format!("SELECT client_id FROM applications WHERE {query}"));
        assert_eq!(found.len(), 1, "{query}");
    }
    let alice = sql(&world, "SELECT * FROM users WHERE name = 'alice'");
    assert_eq!((&alice[0]["is_admin"], &alice[0]["password_hash"]), (&json!(0), &Value::Null));

    // The administrator looks the clients through, and lets them in again.
    put(&world, "applications/admin/hanzo-cloud", &json!({"clientSecret": CLOUD_SECRET}));
    put(&world, "applications/admin/hanzo-app", &json!({"isDisabled": false}));
    world.clock.advance(10);
    for tokens in [&token, &grant, &signed, &clients] {
        assert!(!is_active(&world, tokens));
    }
    for tokens in [&token, &grant, &signed, &rotated] {
        refresh(&world, tokens).refused(400);
    }
    redeem(&world, &unused).refused(400);
    assert!(!password_is_right(&world, "alice", PASSWORD));
    let request = CodeRequest { session_id: None, ..allowed(&world) };
    let new = redeem(&world, &code(&world, request)).ok();
    assert!(!is_refused(&world, &new) && is_active(&world, &new));
}

#[test]
fn a_token_of_the_second_in_which_a_backup_was_found_lives() {
    let mut world = World::demo();
    let before = tokens(&world);
    let backup = world.database.backup().unwrap();
    revoke(&world, &before, "access_token");
    restore(&mut world, backup);
    feed(&world);
    let after = tokens(&world);
    assert!(!is_refused(&world, &after) && is_active(&world, &after));
}

#[test]
fn the_schedule_finds_a_backup_before_it_publishes_anything() {
    let mut world = World::demo();
    let backup = world.database.backup().unwrap();
    world.delete("/v1/iam/keys/hanzo/bob").of("root").send().ok();
    restore(&mut world, backup);
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert!(!published(&world, &world.keys["bob"]).unwrap().active);
    assert!(!key_works(&world, "bob"));
    assert_eq!(page(&world, 1, 0).epoch, 2);
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert_eq!(page(&world, 1, 0).epoch, 2, "it is healed once");
}

#[test]
fn the_first_revocation_in_a_restored_database_finds_that_it_is_one() {
    let mut world = World::demo();
    let (dead, more) = (tokens(&world), tokens(&world));
    let backup = world.database.backup().unwrap();
    world.delete("/v1/iam/keys/hanzo/bob").of("root").send().ok();
    revoke(&world, &dead, "refresh_token");
    restore(&mut world, backup);
    revoke(&world, &more, "refresh_token");
    assert!(!key_works(&world, "bob"));
    assert_eq!(page(&world, 0, 0).epoch, 2);
    assert!(is_refused(&world, &dead) && is_refused(&world, &more));
}

/// The numbers of the old and the new entries meet before anybody looks.
#[test]
fn a_backup_is_found_although_its_numbers_have_caught_up() {
    let mut world = World::demo();
    let backup = world.database.backup().unwrap();
    world.delete("/v1/iam/keys/hanzo/bob").of("root").send().ok();
    restore(&mut world, backup);
    let inside = Rc::clone(&world.origin.snapshots);
    let breakable = Rc::new(Breakable { inside, broken: Cell::new(true) });
    world.origin.snapshots = Rc::clone(&breakable) as _;
    for _ in 0..3 {
        revoke(&world, &tokens(&world), "refresh_token");
    }
    assert!(key_works(&world, "bob"), "nobody can know yet");
    breakable.broken.set(false);
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert!(!key_works(&world, "bob"));
    assert_eq!(page(&world, 0, 0).epoch, 2);
}

#[test]
fn of_all_who_find_a_backup_at_once_one_heals_it() {
    let mut world = World::demo();
    let backup = world.database.backup().unwrap();
    world.delete("/v1/iam/keys/hanzo/bob").of("root").send().ok();
    restore(&mut world, backup);
    world.origin.database = Rc::new(Yielding(Rc::clone(&world.origin.database)));
    let request = || world.get("/internal/revocations?epoch=1&after=1").request;
    let answers = race(&world, vec![request(), request(), request()], &[0, 1, 2, 0, 1, 2]);
    assert!(answers.iter().all(|answer| answer.status().as_u16() == 200));
    let kinds: Vec<_> = entries(&world).into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds, ["everything", "key"]);
    assert_eq!(page(&world, 2, 0).epoch, 2);
}

/// The second place is lost as well: an edge that remembers is enough to end all that was issued.
#[test]
fn without_the_second_place_every_token_dies_all_the_same() {
    let mut world = World::demo();
    let (given, kept) = (tokens(&world), tokens(&world));
    let backup = world.database.backup().unwrap();
    revoke(&world, &given, "refresh_token");
    let mut edge = feed(&world);
    restore(&mut world, backup);
    world.origin.snapshots = Rc::new(MemorySnapshots::default());
    follow(&world, &mut edge);
    for tokens in [&given, &kept] {
        assert!(refuses(&edge, text(tokens, "access_token")) && !is_active(&world, tokens));
        refresh(&world, tokens).refused(400);
    }
    assert_eq!(edge.position().0, 2);
}

#[test]
fn a_key_that_the_backup_lacks_is_invalid() {
    let mut world = World::demo();
    let backup = world.database.backup().unwrap();
    let made = world.post("/v1/iam/keys").of("alice").json(&json!({"name": "late"})).send().ok();
    let late = text(&made, "accessSecret").to_owned();
    revoke(&world, &tokens(&world), "access_token");
    restore(&mut world, backup);
    let stale = |key: &str| {
        let record = published(&world, key).unwrap();
        feed(&world).is_revoked(Subject::Everything, record.sequence)
    };
    assert!(stale(&late), "its record is still there, and no edge believes it");
    world.get(&format!("/internal/keys/{}", digest(&late))).send().refused(404);
    let path = format!("/internal/keys/{}", digest(&world.keys["alice"]));
    let answer: KeyRecord = serde_json::from_value(world.get(&path).send().ok()).unwrap();
    assert!(answer.active && !feed(&world).is_revoked(Subject::Everything, answer.sequence));
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert!(stale(&late) && !stale(&world.keys["alice"]), "those that exist are published anew");
    world.clock.advance(40 * 24 * 3600);
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert!(stale(&late), "however much later");
}

#[test]
fn an_old_backup_can_be_restored_again() {
    let mut world = World::demo();
    let bob = subject(&world, "hanzo", "bob");
    let old = world.database.backup().unwrap();
    put(&world, "users/hanzo/bob", &json!({"isForbidden": true}));
    let young = world.database.backup().unwrap();
    world.delete("/v1/iam/keys/hanzo/alice").of("root").send().ok();
    restore(&mut world, young);
    assert_eq!(page(&world, 1, 1).epoch, 2);
    restore(&mut world, old);
    let mut edge = Feed::default();
    follow(&world, &mut edge);
    assert_eq!(edge.position().0, 3);
    assert!(edge.is_revoked(Subject::User(&bob), Sequence::default()));
    for key in ["alice", "bob"] {
        assert!(!key_works(&world, key), "{key}");
    }
}

/// What was given back before the backup was made is not taken again.
#[test]
fn what_the_backup_knows_is_left_as_it_is() {
    let mut world = World::demo();
    put(&world, "users/hanzo/bob", &json!({"isForbidden": true}));
    put(&world, "users/hanzo/bob", &json!({"isForbidden": false}));
    put(&world, "keys/hanzo/bob", &json!({"state": "Disabled"}));
    put(&world, "keys/hanzo/bob", &json!({"state": "Active"}));
    world.clock.advance(3 * 24 * 3600);
    pollster::block_on(world.origin.scheduled()).unwrap();
    let backup = world.database.backup().unwrap();
    revoke(&world, &tokens(&world), "access_token");
    restore(&mut world, backup);
    assert_eq!(page(&world, 1, 4).epoch, 2);
    assert!(key_works(&world, "bob"));
    let code = code(&world, allowed(&world));
    redeem(&world, &code).ok();
}

#[test]
fn a_database_that_has_moved_on_is_not_taken_for_an_old_one() {
    let world = World::demo();
    for count in 0..5 {
        revoke(&world, &tokens(&world), "refresh_token");
        if count == 2 {
            // A write of the head was lost, or has not arrived yet.
            pollster::block_on(world.origin.snapshots.delete(HEAD)).unwrap();
        }
        pollster::block_on(world.origin.scheduled()).unwrap();
    }
    world.clock.advance(7200);
    pollster::block_on(world.origin.scheduled()).unwrap();
    world.clock.advance(7200);
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert_eq!(page(&world, 1, 5).epoch, 1);
    assert_eq!(post(&world, &[]).status().as_u16(), 400);
}
