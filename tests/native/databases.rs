//! Two databases: where a request goes, what each has a copy of, and the move of an organization.

use std::{collections::BTreeSet, rc::Rc};

use hanzo_iam::{
    core::{
        encoding::digest,
        publication::key_record_name,
        revocation::{Feeds, Page, Sequence, Subject},
    },
    origin::{
        Databases,
        store::{
            moves::{PASSES, STAY},
            relays,
        },
    },
    platform::native::Sqlite,
    ports::{Database, Statement},
};
use serde_json::{Value, json};

use crate::{
    oauth::{self, allowed, code, is_active, payload, redeem, refresh, sql, subject, text, tokens},
    plans,
    world::{Answer, World},
};

fn all(database: &Sqlite, sql: &str) -> Vec<Value> {
    let rows = pollster::block_on(database.run(Statement::new(sql.to_owned()))).unwrap();
    rows.into_iter().map(|row| Value::Object(row.0)).collect()
}

pub fn count(database: &Sqlite, from: &str) -> i64 {
    all(database, &format!("SELECT count(*) AS count FROM {from}"))[0]["count"].as_i64().unwrap()
}

fn move_to(world: &World, organization: &str, database: usize) -> Answer {
    let path = format!("/v1/iam/organizations/admin/{organization}/database");
    world.put(&path).of("root").json(&json!({"database": database})).send()
}

/// One step of the move of hanzo, an operator's command, which walks through whole tables.
fn step(world: &World, to: usize) -> Value {
    step_of(world, "hanzo", to)
}

fn step_of(world: &World, organization: &str, to: usize) -> Value {
    plans::unobserved(|| move_to(world, organization, to).ok())
}

/// Moves hanzo, with `meanwhile` after each step.
pub fn moved(world: &World, to: usize, meanwhile: impl FnMut(&str)) {
    moved_of(world, "hanzo", to, meanwhile);
}

/// Moves an organization, with `meanwhile` after each step.
pub fn moved_of(world: &World, organization: &str, to: usize, mut meanwhile: impl FnMut(&str)) {
    for _ in 0..200 {
        let moved = step_of(world, organization, to);
        let state = moved["state"].as_str().unwrap();
        meanwhile(state);
        if state == "done" {
            return;
        }
        world.clock.advance(1);
    }
    unreachable!("the move does not end");
}

/// The demo with two databases, hanzo in the second.
fn divided() -> (World, Rc<Sqlite>) {
    let mut world = World::demo();
    let second = world.second_database();
    moved(&world, 1, |_| {});
    (world, second)
}

/// The feeds of all databases, as an edge reads them.
fn feeds(world: &World) -> Feeds {
    let mut feeds = Feeds::default();
    feeds.extend(2);
    for database in 0..2 {
        let path = format!("/internal/revocations?epoch=0&after=0&database={database}");
        let page = Page::from_bytes(world.get(&path).send().0.body()).unwrap();
        feeds.apply(database, &page, world.origin.clock.now());
    }
    feeds
}

/// Whether an edge refuses an access token of a person of hanzo.
fn refuses(feeds: &Feeds, token: &str) -> bool {
    let claims = payload(token);
    let issued = Sequence(claims["seq"].as_u64().unwrap_or_default());
    let departed = feeds.has_departed("hanzo", issued);
    let (jti, gid, sub) = (text(&claims, "jti"), text(&claims, "gid"), text(&claims, "sub"));
    let subjects = [
        Subject::Token(jti),
        Subject::Grant(gid),
        Subject::User(sub),
        Subject::Application(text(&claims, "azp")),
        Subject::Organization("hanzo"),
        Subject::Everything,
    ];
    !feeds.knows(issued)
        || subjects.into_iter().any(|subject| feeds.is_revoked(subject, issued, departed))
}

fn get_bob(world: &World, credential: &str) -> Answer {
    world.get("/v1/iam/users/hanzo/bob").bearer(credential).send()
}

fn create(world: &World, owner: &str, name: &str) -> Answer {
    let who = if owner == "hanzo" { "alice" } else { "dave" };
    world.post("/v1/iam/users").of(who).json(&json!({"owner": owner, "name": name})).send()
}

#[test]
fn every_table_is_copied_to_each_database_or_moves_with_its_organization_or_stays() {
    let world = World::empty();
    let rows = sql(&world, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    let tables: BTreeSet<String> =
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    let placed: BTreeSet<String> = relays::copied()
        .chain(PASSES.iter().map(|pass| pass.table))
        .chain(STAY.iter().copied())
        .map(str::to_owned)
        .collect();
    let internal = |table: &&String| !table.starts_with("sqlite_");
    let missing: Vec<_> = tables.difference(&placed).filter(internal).collect();
    assert!(
        missing.is_empty(),
        "say in src/origin/store/moves.rs where the rows belong: {missing:?}"
    );
    let unknown: Vec<_> = placed.difference(&tables).collect();
    assert!(unknown.is_empty(), "there are no such tables: {unknown:?}");
}

#[test]
fn a_second_database_has_a_copy_of_what_all_need_and_of_no_person() {
    let mut world = World::demo();
    let second = world.second_database();
    for table in ["organizations", "applications", "signing_keys", "redirect_origins"] {
        assert_eq!(count(&second, table), count(&world.database, table), "{table}");
        assert!(count(&second, table) > 0, "{table}");
    }
    for table in ["users", "keys", "grants"] {
        assert_eq!(count(&second, table), 0, "{table}");
    }
}

#[test]
fn an_organization_lives_whole_in_its_database_after_a_move() {
    let mut world = World::demo();
    let second = world.second_database();
    let before = tokens(&world);
    let users = count(&world.database, "users WHERE owner = 'hanzo'");
    moved(&world, 1, |_| {});
    assert_eq!(count(&second, "users WHERE owner = 'hanzo'"), users);
    for of in
        ["users WHERE owner = 'hanzo'", "keys WHERE owner = 'hanzo'", "grants", "refresh_tokens"]
    {
        assert_eq!(count(&world.database, of), 0, "{of}");
    }
    // Keys, tokens, codes and passwords are found there.
    assert_eq!(get_bob(&world, &world.keys["alice"]).ok()["name"], "bob");
    assert!(is_active(&world, &before));
    let refreshed = refresh(&world, &before).ok();
    let claims = oauth::access_claims(&refreshed);
    assert_eq!(Sequence(claims["seq"].as_u64().unwrap()).database(), 1);
    create(&world, "hanzo", "ann").ok();
    assert_eq!(count(&second, "users WHERE name = 'ann'"), 1);
    // The platform's administrator, whose rows are in the other one, and the other organizations.
    assert_eq!(get_bob(&world, &world.keys["root"]).ok()["name"], "bob");
    create(&world, "acme", "zoe").ok();
    assert_eq!(count(&world.database, "users WHERE name = 'zoe'"), 1);
    get_bob(&world, &world.keys["dave"]).refused(403);
    let refused = world.get("/v1/iam/users/acme/erin").of("alice").send();
    refused.refused(403);
}

#[test]
fn a_person_signs_in_where_the_organization_lives() {
    let (world, second) = divided();
    let body = json!({
        "type": "code", "clientId": "hanzo-app", "redirectUri": crate::browser::CALLBACK,
        "scope": "openid", "code_challenge": crate::browser::CHALLENGE,
        "code_challenge_method": "S256", "username": "bob", "password": crate::world::PASSWORD,
    });
    let answer = world.post("/v1/iam/login").json(&body).send();
    assert_eq!(answer.ok()["status"], "ok", "{}", answer.text());
    assert_eq!(count(&second, "sessions"), 1);
    assert_eq!(count(&world.database, "sessions"), 0);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let account = world.get("/v1/iam/whoami").header("cookie", &cookie).send().ok();
    assert_eq!(account["status"], "ok");
    let code = answer.ok()["data"].as_str().unwrap().to_owned();
    redeem(&world, &code).ok();
    assert_eq!(count(&second, "grants"), 1);
}

/// Each write is either made or refused with the time to try again, and each read is answered.
#[test]
fn a_move_loses_nothing_under_traffic() {
    let mut world = World::demo();
    let second = world.second_database();
    sql(
        &world,
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 9000) \
         INSERT INTO users (id, owner, name, created_at, updated_at) \
         SELECT 'u-' || n, 'hanzo', 'person-' || n, 0, 0 FROM number",
    );
    let mut tokens = tokens(&world);
    let (mut made, mut waited, mut round, mut states) = (Vec::new(), 0, 0, BTreeSet::new());
    let mut traffic = |world: &World, state: &str| {
        states.insert(state.to_owned());
        assert_eq!(get_bob(world, &world.keys["alice"]).ok()["name"], "bob", "{state}");
        assert!(is_active(world, &tokens), "{state}");
        let name = format!("new-{round}");
        round += 1;
        let answer = create(world, "hanzo", &name);
        if answer.status() == 503 {
            assert_eq!(answer.header("retry-after"), Some("5"));
            waited += 1;
        } else {
            answer.ok();
            made.push(name);
        }
        // A refresh token is not used up by a refresh that had to wait.
        let answer = refresh(world, &tokens);
        if answer.status() != 503 {
            tokens = answer.ok();
        }
        // Others do not wait.
        create(world, "acme", &format!("other-{round}")).ok();
    };
    traffic(&world, "before");
    moved(&world, 1, |state| traffic(&world, state));
    traffic(&world, "after");
    assert!(waited > 3 && made.len() > 2, "{waited} waited, {made:?} were made");
    let expected = ["after", "before", "clearing", "copying", "done", "settling"];
    assert_eq!(states.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    for name in &made {
        assert_eq!(count(&second, &format!("users WHERE name = '{name}'")), 1, "{name}");
    }
    assert_eq!(count(&second, "users WHERE name LIKE 'person-%'"), 9000);
    assert_eq!(count(&world.database, "users WHERE owner = 'hanzo'"), 0);
    assert_eq!(all(&second, "PRAGMA foreign_key_check"), Vec::<Value>::new());
    refresh(&world, &tokens).ok();
}

#[test]
fn an_isolate_that_remembers_the_old_database_writes_nothing_there() {
    let mut world = World::demo();
    world.second_database();
    // Another isolate has just been asked about hanzo.
    let mut other = World::from_image(&world.image());
    let both: Vec<Rc<dyn Database>> = world.origin.everywhere().map(|at| at.database).collect();
    other.origin.databases = Rc::new(Databases::new(both.clone()));
    other.origin.database = Rc::clone(&both[0]);
    assert_eq!(get_bob(&other, &world.keys["alice"]).ok()["name"], "bob");
    // The clock of the other one stands still: it remembers.
    moved(&world, 1, |_| {});
    let late = other.post("/v1/iam/users").bearer(&world.keys["alice"]);
    let answer = late.json(&json!({"owner": "hanzo", "name": "late"})).send();
    assert!([401, 503].contains(&answer.status().as_u16()), "{}", answer.text());
    assert_eq!(count(&world.database, "users WHERE name = 'late'"), 0);
}

#[test]
fn a_move_there_and_back_changes_no_row() {
    let mut world = World::demo();
    let second = world.second_database();
    let issued = tokens(&world);
    let rows = |database: &Sqlite| {
        let read = |table: &str, key: &str| {
            all(database, &format!("SELECT * FROM {table} ORDER BY {key}"))
        };
        [
            read("users", "id"),
            read("keys", "id"),
            read("grants", "id"),
            read("refresh_tokens", "digest"),
        ]
    };
    let before = rows(&world.database);
    moved(&world, 1, |_| {});
    moved(&world, 0, |_| {});
    assert_eq!(rows(&world.database), before);
    assert_eq!(count(&second, "users"), 0);
    refresh(&world, &issued).ok();
}

#[test]
fn what_is_revoked_after_a_move_is_dead_at_the_edge_and_the_origin() {
    let mut world = World::demo();
    world.second_database();
    let of_bob = tokens(&world);
    let request = oauth::allowed(&world);
    let of_alice = {
        let user_id = subject(&world, "hanzo", "alice");
        let code = code(&world, hanzo_iam_code(request, user_id));
        redeem(&world, &code).ok()
    };
    moved(&world, 1, |_| {});
    let (bob, alice) = (text(&of_bob, "access_token"), text(&of_alice, "access_token"));
    let before = feeds(&world);
    assert!(!refuses(&before, bob) && !refuses(&before, alice));
    let body = json!({"isForbidden": true});
    world.put("/v1/iam/users/hanzo/bob").of("alice").json(&body).send().ok();
    let after = feeds(&world);
    assert!(refuses(&after, bob) && !refuses(&after, alice));
    assert!(!is_active(&world, &of_bob) && is_active(&world, &of_alice));
}

fn hanzo_iam_code(
    request: hanzo_iam::origin::domain::codes::CodeRequest,
    user_id: String,
) -> hanzo_iam::origin::domain::codes::CodeRequest {
    hanzo_iam::origin::domain::codes::CodeRequest { user_id, ..request }
}

#[test]
fn what_was_revoked_before_a_move_stays_dead() {
    let mut world = World::demo();
    world.second_database();
    let revoked = tokens(&world);
    let form = [("client_id", "hanzo-app"), ("token", text(&revoked, "access_token"))];
    world.post("/v1/iam/oauth/revoke").form(&form).send().ok();
    moved(&world, 1, |_| {});
    assert!(!is_active(&world, &revoked));
    assert!(refuses(&feeds(&world), text(&revoked, "access_token")));
}

#[test]
fn a_change_of_an_application_reaches_each_database_with_its_revocation() {
    let (world, second) = divided();
    let issued = redeem(&world, &code_in_second(&world)).ok();
    let edge = feeds(&world);
    assert!(!refuses(&edge, text(&issued, "access_token")));
    let body = json!({"isDisabled": true});
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&body).send().ok();
    assert_eq!(count(&second, "applications WHERE client_id = 'hanzo-app' AND is_disabled"), 1);
    assert!(refuses(&feeds(&world), text(&issued, "access_token")));
    assert_ne!(refresh(&world, &issued).status(), 200);
}

/// A code of bob, whose rows are in the second database.
fn code_in_second(world: &World) -> String {
    let body = json!({
        "type": "code", "clientId": "hanzo-app", "redirectUri": crate::browser::CALLBACK,
        "scope": "openid", "code_challenge": crate::browser::CHALLENGE,
        "code_challenge_method": "S256", "username": "bob", "password": crate::world::PASSWORD,
    });
    let answer = world.post("/v1/iam/login").json(&body).send().ok();
    answer["data"].as_str().unwrap().to_owned()
}

#[test]
fn a_signing_key_that_is_discarded_signs_in_no_database() {
    let (world, second) = divided();
    let kid =
        all(&second, "SELECT kid FROM signing_keys WHERE algorithm = 'ES256'")[0]["kid"].clone();
    let path = format!("/v1/iam/signing-keys/{}", kid.as_str().unwrap());
    world.delete(&path).of("root").send().ok();
    let of_kid = format!("signing_keys WHERE kid = '{}'", kid.as_str().unwrap());
    assert_eq!(count(&second, &of_kid), 0);
    assert_eq!(count(&second, "signing_keys"), count(&world.database, "signing_keys"));
    redeem(&world, &code_in_second(&world)).ok();
}

#[test]
fn keys_of_each_database_are_published_and_counted() {
    let (world, second) = divided();
    world.clock.advance(60);
    pollster::block_on(world.origin.scheduled()).unwrap();
    let record = |name: &str| {
        let path = format!("/internal/keys/{}", digest(&world.keys[name]));
        world.get(&path).send().ok()
    };
    let database =
        |record: &Value| Sequence(record["sequence"].as_u64().unwrap_or_default()).database();
    assert_eq!(database(&record("bob")), 1);
    assert_eq!(database(&record("dave")), 0);
    let published = pollster::block_on(
        world.origin.snapshots.get(&key_record_name(&digest(&world.keys["bob"]))),
    );
    let published: Value = serde_json::from_str(&published.unwrap().unwrap()).unwrap();
    assert_eq!((published["active"].clone(), database(&published)), (json!(true), 1));
    assert_eq!(count(&second, "publications WHERE is_written = 0"), 0);
}

#[test]
fn a_restored_backup_of_one_database_is_healed_and_the_other_is_left_alone() {
    let (mut world, second) = divided();
    let backup = Rc::new(second.backup().unwrap());
    let body = json!({"isForbidden": true});
    world.put("/v1/iam/users/hanzo/bob").of("alice").json(&body).send().ok();
    pollster::block_on(world.origin.scheduled()).unwrap();
    let both: Vec<Rc<dyn Database>> =
        vec![Rc::clone(&world.database) as _, Rc::clone(&backup) as _];
    world.origin.databases = Rc::new(Databases::new(both));
    pollster::block_on(world.origin.scheduled()).unwrap();
    let epoch = |database: &Sqlite| {
        all(database, "SELECT epoch FROM revocation_history")[0]["epoch"].clone()
    };
    assert_eq!((epoch(&world.database), epoch(&backup)), (json!(1), json!(2)));
    assert_eq!(count(&backup, "users WHERE name = 'bob' AND is_forbidden"), 1);
    let newest =
        all(&backup, "SELECT max(seq) AS seq FROM revocations")[0]["seq"].as_u64().unwrap();
    assert_eq!(Sequence(newest).database(), 1);
    assert!(feeds(&world).is_revoked(Subject::Everything, Sequence::first_of(0, 1), false));
    assert!(!feeds(&world).is_revoked(Subject::Everything, Sequence(0), false));
}

#[test]
fn what_cannot_be_moved_is_refused() {
    let mut world = World::demo();
    move_to(&world, "hanzo", 1).refused(400);
    world.second_database();
    move_to(&world, "admin", 1).refused(400);
    move_to(&world, "nobody", 1).refused(404);
    step(&world, 1);
    move_to(&world, "hanzo", 0).refused(409);
    // A key that is another organization's person's needs both in one database.
    world.join("acme", "erin", "acme", hanzo_iam::core::token::Role::Member);
    sql(&world, "UPDATE keys SET owner = 'admin' WHERE name = 'erin'");
    move_to(&world, "acme", 1).refused(409);
}

#[test]
fn an_unused_code_of_the_old_database_is_redeemed_in_the_new_one() {
    let mut world = World::demo();
    world.second_database();
    let unused = code(&world, allowed(&world));
    moved(&world, 1, |_| {});
    redeem(&world, &unused).ok();
    redeem(&world, &unused).refused(400);
}

/// A key that only its maker knows of would be in a database where its organization does not look: it is
/// in no list, and outlives whoever is removed.
#[test]
fn nothing_is_written_where_its_organization_does_not_live() {
    let mut world = World::demo();
    let second = world.second_database();
    let mut request = oauth::allowed_to_cloud(&world);
    request.user_id = subject(&world, "hanzo", "alice");
    request.resource = Some("https://hanzo.id/v1/iam".to_owned());
    let tokens = oauth::cloud_tokens_of(&world, request);
    let alice = text(&tokens, "access_token");
    moved(&world, 1, |_| {});
    for (path, body) in [
        ("/v1/iam/keys?owner=acme", json!({"name": "hidden", "type": "Organization"})),
        ("/v1/iam/keys", json!({"name": "hidden", "type": "Organization", "org": "acme"})),
        ("/v1/iam/users?owner=acme", json!({"name": "hidden", "owner": "hanzo"})),
        ("/v1/iam/users?organization=acme", json!({"name": "hidden"})),
        ("/v1/iam/invitations?owner=acme", json!({"name": "hidden", "role": "admin"})),
        ("/v1/iam/roles?owner=acme", json!({"name": "hidden", "owner": "hanzo"})),
    ] {
        let refused = world.post(path).bearer(alice).json(&body).send().refused(400);
        let why = "the request names another organization than the one that it changes";
        assert_eq!(refused["error"], why, "{path}");
        for table in ["keys", "users", "invitations", "roles"] {
            let hidden = format!("{table} WHERE name = 'hidden'");
            assert_eq!(count(&world.database, &hidden) + count(&second, &hidden), 0, "{path}");
        }
    }
    let body = json!({"name": "known", "type": "Organization", "owner": "hanzo"});
    world.post("/v1/iam/keys?owner=hanzo").bearer(alice).json(&body).send().ok();
    assert_eq!(count(&second, "keys WHERE name = 'known'"), 1);
}

/// The rows of the caller's key are in another database than those of the organization.
#[test]
fn the_limits_of_a_key_count_in_each_database() {
    let (world, second) = divided();
    let admin = json!({"isAdmin": true});
    world.put("/v1/iam/users/hanzo/bob").of("root").json(&admin).send().ok();
    assert_eq!(count(&second, "users WHERE name = 'bob' AND is_admin"), 1);
    let metered = json!({
        "owner": "admin", "name": "metered", "platform": true, "rate": 50,
        "expireTime": "2026-11-30T00:00:00Z",
    });
    let made = world.post("/v1/iam/keys").of("root").json(&metered).send().ok();
    let eve = json!({"owner": "hanzo", "name": "eve", "isAdmin": true});
    let key = text(&made, "accessSecret");
    world.post("/v1/iam/users").bearer(key).json(&eve).send().refused(403);
}
