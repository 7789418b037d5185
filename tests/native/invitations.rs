//! Invitations: who makes them, who accepts them, and when they end.

use std::rc::Rc;

use hanzo_iam::core::token::Role;
use serde_json::{Value, json};

use crate::{
    mailbox::Mailbox,
    oauth::{session_cookie, sql, subject},
    world::{Answer, World},
};

const INVITATIONS: &str = "/v1/iam/invitations";

fn invite(world: &World, by: &str, body: &Value) -> Answer {
    world.post(INVITATIONS).of(by).json(body).send()
}

/// The token of a person, by a session: what the portal has.
fn accept(world: &World, token: &str, body: &Value) -> Answer {
    world.post("/v1/iam/invitations/accept").bearer(token).json(body).send()
}

fn bob(world: &World) -> String {
    crate::oauth::tokens(world)["access_token"].as_str().unwrap().to_owned()
}

fn role_of(world: &World, owner: &str, name: &str, organization: &str) -> Option<String> {
    let id = subject(world, owner, name);
    let text = format!(
        "SELECT role FROM memberships WHERE user_id = '{id}' AND organization = '{organization}'"
    );
    sql(world, &text).first().map(|row| row["role"].as_str().unwrap().to_owned())
}

#[test]
fn an_invited_person_becomes_a_member_once() {
    let world = World::demo();
    let body = json!({"name": "for-bob", "role": "admin"});
    let made = invite(&world, "dave", &body).ok();
    let code = made["code"].as_str().unwrap().to_owned();
    assert_eq!((&made["state"], &made["quota"]), (&json!("Active"), &json!(1)));
    let token = bob(&world);
    let sent = json!({"owner": "acme", "code": code});
    let accepted = accept(&world, &token, &sent).ok();
    assert_eq!(accepted["data"]["role"], "admin");
    assert_eq!(role_of(&world, "hanzo", "bob", "acme").as_deref(), Some("admin"));
    let read = world.get("/v1/iam/invitations/acme/for-bob").of("dave").send();
    assert_eq!((&read.ok()["usedCount"], &read.ok()["code"]), (&json!(1), &json!("")));
    assert!(!read.text().contains(&code));
    assert_eq!(accept(&world, &token, &sent).refused(400)["code"], "already_member");
    // Used up, also for the same person again.
    world.delete("/v1/iam/memberships/acme/hanzo/bob").of("bob").send().ok();
    assert_eq!(accept(&world, &bob(&world), &sent).refused(400)["code"], "invitation_unknown");
    let list = world.get("/v1/iam/memberships?org=acme").of("dave").send().ok();
    assert_eq!(list["data"], json!([]));
}

/// The code is stored as a digest and written to no log.
#[test]
fn the_code_is_nowhere_in_the_database() {
    let world = World::demo();
    let made = invite(&world, "dave", &json!({"name": "x"})).ok();
    let code = made["code"].as_str().unwrap();
    for table in sql(&world, "SELECT name FROM sqlite_schema WHERE type = 'table'") {
        let rows = sql(&world, &format!("SELECT * FROM {}", table["name"].as_str().unwrap()));
        let text: String = rows.into_iter().map(|row| Value::Object(row).to_string()).collect();
        assert!(!text.contains(code), "{}", table["name"]);
    }
}

/// ATTACKS H-110
#[test]
fn an_invitation_gives_at_most_what_its_inviter_has_now() {
    let world = World::demo();
    invite(&world, "dave", &json!({"role": "owner"})).refused(403);
    invite(&world, "erin", &json!({})).refused(403);
    invite(&world, "alice", &json!({"owner": "acme"})).refused(403);
    invite(&world, "alice", &json!({"owner": "admin"})).refused(403);
    invite(&world, "reader", &json!({})).refused(403);
    let made = invite(&world, "dave", &json!({"name": "x", "role": "admin", "quota": 5})).ok();
    let sent = json!({"owner": "acme", "code": made["code"]});
    let token = bob(&world);
    // Dave is an administrator no longer: the invitation is worth nothing, and is again later.
    let admin = |value: bool| {
        let dave = "/v1/iam/users/acme/dave";
        world.put(dave).of("root").json(&json!({"isAdmin": value})).send().ok();
    };
    admin(false);
    assert_eq!(accept(&world, &token, &sent).refused(400)["code"], "invitation_unknown");
    admin(true);
    world.put("/v1/iam/users/acme/dave").of("root").json(&json!({"isForbidden": true})).send().ok();
    accept(&world, &token, &sent).refused(400);
    world
        .put("/v1/iam/users/acme/dave")
        .of("root")
        .json(&json!({"isForbidden": false}))
        .send()
        .ok();
    accept(&world, &token, &sent).ok();
}

/// An administrator from elsewhere makes invitations, is removed, and comes back by none of them.
#[test]
fn the_invitations_of_a_member_who_is_removed_end_for_good() {
    let world = World::demo();
    world.join("hanzo", "alice", "acme", Role::Admin);
    let made = invite(&world, "alice", &json!({"owner": "acme", "name": "back", "quota": 9})).ok();
    world.delete("/v1/iam/memberships/acme/hanzo/alice").of("dave").send().ok();
    let token = bob(&world);
    let sent = json!({"owner": "acme", "code": made["code"]});
    assert_eq!(accept(&world, &token, &sent).refused(400)["code"], "invitation_unknown");
    let back = "/v1/iam/invitations/acme/back";
    assert_eq!(world.get(back).of("dave").send().ok()["state"], "Ended");
    world.put(back).of("dave").json(&json!({"state": "Active"})).send().refused(409);
    world.join("hanzo", "alice", "acme", Role::Admin);
    accept(&world, &token, &sent).refused(400);
}

#[test]
fn an_expired_suspended_deleted_or_foreign_invitation_is_unknown() {
    let world = World::demo();
    let token = bob(&world);
    let unknown = |sent: &Value| {
        assert_eq!(accept(&world, &token, sent).refused(400)["code"], "invitation_unknown");
    };
    unknown(&json!({"owner": "acme", "code": "inv-nothing"}));
    let made = invite(&world, "dave", &json!({"name": "x"})).ok();
    let sent = json!({"owner": "acme", "code": made["code"]});
    unknown(&json!({"owner": "hanzo", "code": made["code"]}));
    let path = "/v1/iam/invitations/acme/x";
    world.put(path).of("dave").json(&json!({"state": "Suspended"})).send().ok();
    unknown(&sent);
    world.put(path).of("dave").json(&json!({"state": "Active"})).send().ok();
    sql(&world, "UPDATE invitations SET expires_at = 1");
    unknown(&sent);
    world.delete(path).of("dave").send().ok();
    unknown(&sent);
}

#[test]
fn only_the_holder_of_the_invited_address_accepts() {
    let mut world = World::demo();
    let mailbox = Mailbox::of(&mut world);
    let token = bob(&world);
    let made = invite(&world, "dave", &json!({"name": "x", "email": "someone@else.example"})).ok();
    let sent = json!({"owner": "acme", "code": made["code"]});
    assert_eq!(accept(&world, &token, &sent).refused(403)["code"], "email_code_required");
    let message = mailbox.messages.borrow()[0].clone();
    assert_eq!((message.kind(), message.to().address()), ("address-proof", "someone@else.example"));
    let with = |code: &str| json!({"owner": "acme", "code": made["code"], "emailCode": code});
    assert_eq!(accept(&world, &token, &with("wrong")).refused(403)["code"], "email_code_invalid");
    accept(&world, &token, &with(&mailbox.last_code())).ok();
    // The code of the proof is used up with it.
    assert!(sql(&world, "SELECT 1 AS it FROM address_proofs").is_empty());
}

#[test]
fn the_code_that_proves_an_address_lasts_for_fifteen_minutes_and_its_account() {
    let mut world = World::demo();
    let mailbox = Mailbox::of(&mut world);
    let token = bob(&world);
    let made = invite(&world, "dave", &json!({"name": "x", "email": "someone@else.example"})).ok();
    let sent = json!({"owner": "acme", "code": made["code"]});
    accept(&world, &token, &sent).refused(403);
    world.clock.advance(901);
    let with = json!({"owner": "acme", "code": made["code"], "emailCode": mailbox.last_code()});
    assert_eq!(accept(&world, &token, &with).refused(403)["code"], "email_code_invalid");
}

#[test]
fn a_mail_service_that_is_absent_or_down_is_said_and_nothing_is_called_sent() {
    let mut world = World::demo();
    invite(&world, "dave", &json!({"name": "x", "email": "bob@hanzo.example"})).ok();
    let path = "/v1/iam/invitations/acme/x/send";
    let why =
        "no mail service is configured: set MAIL_SERVICE, or bind one to the origin worker as MAIL";
    assert_eq!(world.post(path).of("dave").send().refused(503)["error"], why);
    let token = bob(&world);
    let made = invite(&world, "dave", &json!({"name": "y", "email": "someone@else.example"})).ok();
    let sent = json!({"owner": "acme", "code": made["code"]});
    assert_eq!(accept(&world, &token, &sent).refused(503)["msg"], why);
    let mailbox = Mailbox::of(&mut world);
    mailbox.is_down.set(true);
    world.post(path).of("dave").send().refused(502);
    accept(&world, &token, &sent).refused(502);
    let read = world.get("/v1/iam/invitations/acme/x").of("dave").send().ok();
    assert_eq!(read.get("sentTime"), None);
}

#[test]
fn a_sent_invitation_has_a_new_code_and_the_old_one_is_void() {
    let mut world = World::demo();
    let mailbox = Mailbox::of(&mut world);
    let made = invite(&world, "dave", &json!({"name": "x", "email": "bob@hanzo.example"})).ok();
    let path = "/v1/iam/invitations/acme/x/send";
    let sent = world.post(path).of("dave").send().ok();
    assert_eq!(sent, json!({"sent": true, "to": "bob@hanzo.example"}));
    let token = bob(&world);
    accept(&world, &token, &json!({"owner": "acme", "code": made["code"]})).refused(400);
    accept(&world, &token, &json!({"owner": "acme", "code": mailbox.last_code()})).ok();
    world.post(path).of("erin").send().refused(403);
    let none = invite(&world, "dave", &json!({"name": "open"})).ok();
    assert_eq!(none["email"], "");
    world.post("/v1/iam/invitations/acme/open/send").of("dave").send().refused(400);
    for _ in 0..4 {
        invite_again(&world);
    }
    world.post("/v1/iam/invitations/acme/y/send").of("dave").send().refused(429);
}

fn invite_again(world: &World) {
    let body = json!({"name": "y", "email": "bob@hanzo.example"});
    invite(world, "dave", &body);
    world.post("/v1/iam/invitations/acme/y/send").of("dave").send().ok();
}

#[test]
fn codes_are_not_guessed() {
    let world = World::demo();
    let token = bob(&world);
    let guess = json!({"owner": "acme", "code": "inv-guess"});
    for _ in 0..20 {
        accept(&world, &token, &guess).refused(400);
    }
    accept(&world, &token, &guess).refused(429);
}

/// Two people accept at the same time what one may accept.
#[test]
fn parallel_acceptances_do_not_exceed_the_quota() {
    let mut world = World::demo();
    let made = invite(&world, "dave", &json!({"name": "x"})).ok();
    let sent = json!({"owner": "acme", "code": made["code"]});
    let session = |owner: &str, name: &str| session_of(&world, &subject(&world, owner, name));
    let cookies = [session("hanzo", "bob"), session("hanzo", "alice")];
    let database = Rc::clone(&world.origin.database);
    world.origin.database = Rc::new(crate::oauth_races::Yielding(database));
    let requests = cookies
        .iter()
        .map(|cookie| {
            world
                .post("/v1/iam/invitations/accept")
                .header("cookie", cookie)
                .header("origin", crate::world::ISSUER)
                .json(&sent)
                .request
        })
        .collect();
    let order: Vec<usize> = (0..400).map(|step| step % 2).collect();
    let answers = crate::oauth_races::race(&world, requests, &order);
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    assert_eq!(sql(&world, "SELECT used_count FROM invitations")[0]["used_count"], 1);
    assert_eq!(sql(&world, "SELECT 1 AS it FROM memberships").len(), 1);
}

/// The cookie of a session of that user.
fn session_of(world: &World, user_id: &str) -> String {
    let value = session_cookie(user_id, "sid");
    let digest = hanzo_iam::core::encoding::digest(&value);
    sql(
        world,
        &format!(
            "INSERT INTO sessions (user_id, id, digest, authenticated_at, expires_at, created_at, \
             used_at) VALUES ('{user_id}', 'sid', '{digest}', {now}, {now} + 3600, {now}, {now})",
            now = crate::world::START.0
        ),
    );
    format!("hanzo_session={value}")
}

#[test]
fn an_invitation_is_changed_within_its_bounds() {
    let world = World::demo();
    invite(&world, "dave", &json!({"name": "x"})).ok();
    let put = |body: Value| world.put("/v1/iam/invitations/acme/x").of("dave").json(&body).send();
    put(json!({"code": "mine"})).refused(400);
    put(json!({"isRegexp": true})).refused(400);
    put(json!({"quota": 0})).refused(400);
    put(json!({"quota": 1001})).refused(400);
    put(json!({"state": "Ended"})).refused(400);
    put(json!({"expireTime": "2030-01-01T00:00:00Z"})).refused(400);
    put(json!({"role": "owner"})).refused(403);
    put(json!({"name": "y"})).refused(400);
    // What a client read is written back.
    let read = world.get("/v1/iam/invitations/acme/x").of("dave").send().ok();
    assert_eq!(put(read.clone()).ok()["name"], "x");
    assert_eq!(put(json!({"code": "***", "quota": 3})).ok()["quota"], 3);
    let list = world.get("/v1/iam/invitations?owner=acme").of("dave").send().ok();
    assert_eq!((&list["total"], &list["invitations"][0]["quota"]), (&json!(1), &json!(3)));
    invite(&world, "dave", &json!({"name": "x"})).refused(409);
}

#[test]
fn a_key_does_not_accept_for_its_person() {
    let world = World::demo();
    let made = invite(&world, "dave", &json!({"name": "x"})).ok();
    let sent = json!({"owner": "acme", "code": made["code"]});
    let by_key = world.post("/v1/iam/invitations/accept").of("bob").json(&sent).send();
    assert_eq!(by_key.status(), 403);
}

fn run_schedule(world: &World) {
    pollster::block_on(world.origin.scheduled()).unwrap();
}

/// Moves the clock to the beginning of an hour, at least `seconds` from now: the purge is due.
fn advance_to_purge(world: &World, seconds: i64) {
    let then = world.origin.clock.now().0 + seconds;
    world.clock.advance(seconds + (3600 - then.rem_euclid(3600)) % 3600);
}

fn count(world: &World, table: &str) -> i64 {
    sql(world, &format!("SELECT count(*) AS count FROM {table}"))[0]["count"].as_i64().unwrap()
}

#[test]
fn the_schedule_removes_what_has_ended_and_keeps_an_ended_invitation_for_thirty_days() {
    const DAY: i64 = 24 * 3600;
    let mut world = World::demo();
    let _mailbox = Mailbox::of(&mut world);
    let token = bob(&world);
    let made = invite(&world, "dave", &json!({"name": "x", "email": "someone@else.example"})).ok();
    accept(&world, &token, &json!({"owner": "acme", "code": made["code"]})).refused(403);
    let ends = sql(&world, "SELECT expires_at FROM invitations")[0]["expires_at"].as_i64().unwrap();
    advance_to_purge(&world, 0);
    run_schedule(&world);
    assert_eq!((count(&world, "address_proofs"), count(&world, "invitations")), (1, 1));
    // The code that proves the address lasts for fifteen minutes.
    advance_to_purge(&world, 3600);
    run_schedule(&world);
    assert_eq!((count(&world, "address_proofs"), count(&world, "invitations")), (0, 1));
    advance_to_purge(&world, ends + 29 * DAY - world.origin.clock.now().0);
    run_schedule(&world);
    assert_eq!(count(&world, "invitations"), 1);
    advance_to_purge(&world, 2 * DAY);
    invite(&world, "dave", &json!({"name": "y"})).ok();
    run_schedule(&world);
    assert_eq!(sql(&world, "SELECT name FROM invitations")[0]["name"], "y");
    assert_eq!(count(&world, "invitations"), 1);
}

#[test]
fn a_run_of_the_schedule_removes_at_most_ten_thousand_rows_those_that_ended_first() {
    let world = World::demo();
    sql(
        &world,
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10003) \
         INSERT INTO invitations (id, owner, name, code_digest, role, inviter_id, inviter, expires_at, \
         created_at, updated_at) \
         SELECT 'i' || n, 'acme', 'i' || n, 'd' || n, 'member', 'x', 'acme/dave', n, 0, 0 FROM numbers",
    );
    sql(
        &world,
        "INSERT INTO address_proofs (invitation_id, user_id, digest, expires_at) \
         SELECT 'i10003', id, 'x', 1 FROM users",
    );
    for (left, proofs) in [(3, 0), (0, 0)] {
        advance_to_purge(&world, 3600);
        run_schedule(&world);
        assert_eq!((count(&world, "invitations"), count(&world, "address_proofs")), (left, proofs));
        if left > 0 {
            let kept = sql(&world, "SELECT min(expires_at) AS first FROM invitations");
            assert_eq!(kept[0]["first"], 10_001);
        }
        // Between two hours nothing of them is read.
        world.clock.advance(60);
        run_schedule(&world);
        assert_eq!(count(&world, "invitations"), left);
    }
}

#[test]
fn the_trail_of_an_invitation_masks_the_digest_of_its_code() {
    let world = World::demo();
    let body = json!({"name": "seen", "quota": 1});
    world.post("/v1/iam/invitations").of("alice").json(&body).send().ok();
    let trail = world.get("/v1/iam/audit-logs?owner=hanzo").of("alice").send().ok().to_string();
    assert!(trail.contains("inviterId") && !trail.contains("code_digest"), "{trail}");
}
