//! The calls `mfa/*` of published clients (WIRE §4.5): they drive the same enrolments as the pages, and need the
//! same proof.

use std::rc::Rc;

use hanzo_iam::{
    core::{
        otp::{base32, totp::Totp},
        secret::Secret,
    },
    ports::Clock,
};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    account_pages::signed_in,
    browser::Browser,
    codes::with_codes,
    mailbox::Mailbox,
    oauth::{sql, subject},
    world::{Answer, CLOUD_SECRET, ISSUER, PASSWORD, World},
};

const INITIATE: &str = "/v1/iam/mfa/setup/initiate";
const VERIFY: &str = "/v1/iam/mfa/setup/verify";
const ENABLE: &str = "/v1/iam/mfa/setup/enable";
const LOGIN: &str = "/v1/iam/login?clientId=hanzo-app";

pub fn post(world: &World, browser: &mut Browser<'_>, path: &str, body: &Value) -> Answer {
    let call = world.post(path).json(body).header("cookie", &browser.cookie());
    let answer = browser.keep(call.header("origin", ISSUER).send());
    pollster::block_on(world.origin.send_outbox());
    answer
}

fn app_of(initiated: &Value) -> Totp {
    let secret = initiated["data"]["secret"].as_str().unwrap();
    Totp::new(Secret::new(base32::decode(secret).unwrap()))
}

pub fn code(world: &World, totp: &Totp) -> String {
    totp.code(totp.step(world.clock.now()).unwrap())
}

/// Enrols an app for the person of `browser`, and returns it with the recovery codes.
pub fn enrolled(world: &World, browser: &mut Browser<'_>) -> (Totp, Vec<String>) {
    let totp = app_of(&post(world, browser, INITIATE, &json!({"mfaType": "app"})).ok());
    let body = json!({"mfaType": "app", "passcode": code(world, &totp)});
    let done = post(world, browser, ENABLE, &body).ok();
    let codes = done["data"]["recoveryCodes"].as_array().unwrap();
    (totp, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

fn factors(world: &World) -> Vec<String> {
    let rows = sql(world, "SELECT kind FROM factors WHERE kind <> 'recovery' ORDER BY kind");
    rows.iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_app_is_enabled_by_its_first_code_and_the_client_s_secret_counts_nothing() {
    let world = World::demo();
    let mut bob = signed_in(&world, "bob");
    let begun = post(&world, &mut bob, INITIATE, &json!({"mfaType": "app", "name": "bob"})).ok();
    assert!(begun["data"]["url"].as_str().unwrap().starts_with("otpauth://totp/hanzo:bob?"));
    let (totp, planted) = (app_of(&begun), Totp::new(Secret::new(vec![7; 20])));
    let secret = base32::encode(&[7; 20]);
    let body = json!({"mfaType": "app", "secret": secret, "passcode": code(&world, &planted)});
    let refused = post(&world, &mut bob, ENABLE, &body).body();
    assert_eq!(refused["code"], "invalid_passcode");
    assert!(factors(&world).is_empty());
    let body = json!({"mfaType": "app", "secret": secret, "passcode": code(&world, &totp)});
    let done = post(&world, &mut bob, ENABLE, &body);
    assert_eq!(done.header("cache-control"), Some("no-store"));
    let done = done.ok();
    assert_eq!(done["data"]["recoveryCodes"].as_array().unwrap().len(), 10);
    assert_eq!(factors(&world), ["totp"]);
    // The setup is used up.
    assert_eq!(post(&world, &mut bob, ENABLE, &body).body()["code"], "invalid_passcode");
    let list = world.get("/v1/iam/mfa").header("cookie", &bob.cookie()).send().ok();
    assert_eq!(list["data"][0]["enabled"], true);
    assert_eq!(list["data2"]["recoveryCodesLeft"], 10);
    let text = list.to_string();
    assert!(!text.contains(begun["data"]["secret"].as_str().unwrap()), "{text}");
}

/// ATTACKS 94: a finish counts in the session of its start only, and in its time.
#[test]
fn a_setup_is_completed_in_its_own_session_and_time_only() {
    let world = World::demo();
    let (mut bob, mut again) = (signed_in(&world, "bob"), signed_in(&world, "bob"));
    let mut alice = signed_in(&world, "alice");
    let totp = app_of(&post(&world, &mut bob, INITIATE, &json!({"mfaType": "app"})).ok());
    let body =
        json!({"mfaType": "app", "passcode": code(&world, &totp), "owner": "hanzo", "name": "bob"});
    for other in [&mut again, &mut alice] {
        for path in [VERIFY, ENABLE] {
            let refused = post(&world, other, path, &body).body();
            assert_eq!(refused["code"], "invalid_passcode", "{path}");
        }
    }
    // Nothing was verified: `enable` without a code completes nothing.
    let refused = post(&world, &mut bob, ENABLE, &json!({"mfaType": "app"})).body();
    assert_eq!(refused["code"], "invalid_passcode");
    world.clock.advance(600);
    let body = json!({"mfaType": "app", "passcode": code(&world, &totp)});
    assert_eq!(post(&world, &mut bob, ENABLE, &body).body()["code"], "invalid_passcode");
    assert!(factors(&world).is_empty());
}

#[test]
fn five_wrong_codes_end_a_setup() {
    let world = World::demo();
    let mut bob = signed_in(&world, "bob");
    let totp = app_of(&post(&world, &mut bob, INITIATE, &json!({})).ok());
    for _ in 0..5 {
        post(&world, &mut bob, VERIFY, &json!({"passcode": "000000"}));
    }
    let body = json!({"passcode": code(&world, &totp)});
    assert_eq!(post(&world, &mut bob, ENABLE, &body).body()["code"], "invalid_passcode");
}

/// Casdoor's clients verify the code, and enable without it.
#[test]
fn the_calls_of_casdoor_verify_the_code_and_then_enable_the_factor() {
    let world = World::demo();
    let mut bob = signed_in(&world, "bob");
    let totp = app_of(&post(&world, &mut bob, "/api/mfa/setup/initiate", &json!({})).ok());
    let body = json!({"mfaType": "app", "passcode": code(&world, &totp), "secret": "x"});
    post(&world, &mut bob, "/api/mfa/setup/verify", &body).ok();
    assert!(factors(&world).is_empty());
    let body = json!({"mfaType": "app", "secret": "x"});
    post(&world, &mut bob, "/api/mfa/setup/enable", &body).ok();
    let preferred = post(&world, &mut bob, "/api/set-preferred-mfa", &body).ok();
    assert_eq!(preferred["data"][0]["isPreferred"], true);
    // The code is not accepted a second time (RFC 6238 §5.2).
    let mut other = Browser::new(&world);
    let credentials = json!({"type": "login", "username": "bob", "password": PASSWORD});
    assert_eq!(post(&world, &mut other, LOGIN, &credentials).ok()["data"], "NextMfa");
    let body = json!({"type": "login", "mfaType": "app", "passcode": code(&world, &totp)});
    assert_eq!(post(&world, &mut other, LOGIN, &body).body()["code"], "invalid_passcode");
    post(&world, &mut bob, "/v1/iam/mfa/disable", &json!({"owner": "hanzo", "name": "bob"})).ok();
    assert!(sql(&world, "SELECT * FROM factors").is_empty());
}

/// ATTACKS 94: no restart replaces a factor without a proof.
#[test]
fn every_change_needs_a_fresh_proof_by_the_second_factor_that_exists() {
    let world = World::demo();
    let mut bob = signed_in(&world, "bob");
    let (_, codes) = enrolled(&world, &mut bob);
    let renewed = post(&world, &mut bob, "/v1/iam/mfa/recovery-codes", &json!({})).ok();
    assert_ne!(renewed["data"]["recoveryCodes"][0], json!(codes[0]));
    let calls = [
        INITIATE,
        VERIFY,
        ENABLE,
        "/v1/iam/mfa/preferred",
        "/v1/iam/mfa/disable",
        "/v1/iam/mfa/recovery-codes",
    ];
    let refused = |browser: &mut Browser<'_>, why: &str| {
        for path in calls {
            let answer = post(&world, browser, path, &json!({"mfaType": "app", "passcode": "1"}));
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}: {why}");
            assert_eq!(answer.body()["code"], "insufficient_user_authentication", "{path}: {why}");
        }
    };
    world.clock.advance(601);
    refused(&mut bob, "the proof is too old");
    // Of another session of the same person that has proved the first factor only.
    sql(&world, "UPDATE sessions SET factors = '[{\"method\":\"pwd\",\"at\":0}]'");
    world.clock.advance(-601);
    refused(&mut bob, "the second factor is not proved");
    let stranger = Browser::new(&world).cookie();
    let call = world.post(INITIATE).json(&json!({})).header("cookie", &stranger);
    assert_eq!(call.header("origin", ISSUER).send().body()["code"], "login_required");
    let call = world.post(INITIATE).json(&json!({})).header("cookie", &bob.cookie());
    let foreign = call.header("origin", "https://evil.example").send();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    assert_eq!(factors(&world), ["totp"]);
}

/// Others may have a token or a key.
#[test]
fn no_token_key_or_client_changes_factors() {
    let world = World::demo();
    let mut bob = signed_in(&world, "bob");
    enrolled(&world, &mut bob);
    let token = crate::oauth::tokens(&world)["access_token"].as_str().unwrap().to_owned();
    for path in [INITIATE, VERIFY, ENABLE, "/v1/iam/mfa/preferred", "/v1/iam/mfa/disable"] {
        let body = json!({"mfaType": "app"});
        for call in [
            world.post(path).bearer(&token),
            world.post(path).of("bob"),
            world.post(path).basic("hanzo-cloud", CLOUD_SECRET),
            // With the cookie as well the credential counts.
            world.post(path).bearer(&token).header("cookie", &bob.cookie()),
        ] {
            let refused = call.json(&body).send();
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path}");
            assert_eq!(refused.body()["msg"], "this takes the browser's own sign-in", "{path}");
        }
    }
    assert_eq!(factors(&world), ["totp"]);
    let list = world.get("/v1/iam/mfa").bearer(&token).send().ok();
    assert_eq!(list["data"][0]["enabled"], true);
}

fn by_email(world: &World, mailbox: &Rc<Mailbox>, bob: &mut Browser<'_>) {
    let begun = post(world, bob, INITIATE, &json!({"mfaType": "email"})).ok();
    assert_eq!(begun["data"]["dest"], "b•••@hanzo.example");
    assert_eq!(mailbox.last().to().address(), "bob@hanzo.example");
    let body = json!({"mfaType": "email", "passcode": mailbox.last_code()});
    assert_eq!(post(world, bob, ENABLE, &body).ok()["data"]["enabled"], true);
}

#[test]
fn codes_to_the_mailbox_are_a_second_factor_once_one_has_arrived() {
    let (world, mailbox) = with_codes();
    sql(&world, "UPDATE users SET email_verified = 0 WHERE name = 'bob'");
    let mut bob = signed_in(&world, "bob");
    post(&world, &mut bob, INITIATE, &json!({"mfaType": "email"})).ok();
    let wrong = json!({"mfaType": "email", "passcode": "000000"});
    assert_eq!(post(&world, &mut bob, ENABLE, &wrong).body()["code"], "invalid_passcode");
    let again = post(&world, &mut bob, INITIATE, &json!({"mfaType": "email"}));
    assert_eq!(again.status(), StatusCode::TOO_MANY_REQUESTS);
    world.clock.advance(61);
    by_email(&world, &mailbox, &mut bob);
    let row = sql(&world, "SELECT email_verified FROM users WHERE name = 'bob'").remove(0);
    assert_eq!(row["email_verified"], 1, "the code proved the address");
    assert_eq!(factors(&world), ["email"]);

    world.clock.advance(61);
    let mut other = Browser::new(&world);
    let credentials = json!({"type": "login", "username": "bob", "password": PASSWORD});
    let asks = post(&world, &mut other, LOGIN, &credentials).ok();
    assert_eq!((&asks["data"], &asks["data2"][0]["mfaType"]), (&json!("NextMfa"), &json!("email")));
    assert_eq!(asks["data2"][0]["dest"], "b•••@hanzo.example");
    let first = mailbox.last_code();
    // Another one, by either call; not at once.
    let resend = json!({"type": "login", "mfaType": "email"});
    let refused = post(&world, &mut other, LOGIN, &resend);
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    world.clock.advance(61);
    assert_eq!(post(&world, &mut other, LOGIN, &resend).ok()["data"], "NextMfa");
    assert_ne!(mailbox.last_code(), first);
    world.clock.advance(61);
    let count = mailbox.count();
    let send = json!({"clientId": "hanzo-app", "method": "mfaAuth", "type": "email", "dest": "eve@evil.example"});
    post(&world, &mut other, "/v1/iam/verification-codes", &send).ok();
    assert_eq!((mailbox.count(), mailbox.last().to().address()), (count + 1, "bob@hanzo.example"));
    let body = json!({"type": "login", "mfaType": "email", "passcode": first});
    assert_eq!(post(&world, &mut other, LOGIN, &body).body()["code"], "invalid_passcode");
    let body = json!({"type": "login", "mfaType": "email", "passcode": mailbox.last_code()});
    assert_eq!(post(&world, &mut other, LOGIN, &body).ok()["data"], "hanzo/bob");
    // Without a sign-in that waits no code is sent.
    let mut stranger = Browser::new(&world);
    let refused = post(&world, &mut stranger, "/v1/iam/verification-codes", &send).body();
    assert_eq!(refused["code"], "mfa_expired");
}

#[test]
fn a_phone_that_is_typed_becomes_the_account_s_with_its_code() {
    let (world, mailbox) = with_codes();
    sql(&world, "UPDATE users SET phone = '' WHERE name = 'bob'");
    let mut bob = signed_in(&world, "bob");
    let body = json!({"mfaType": "sms"});
    let refused = post(&world, &mut bob, INITIATE, &body).body();
    assert_eq!(refused["code"], "address_malformed");
    let body = json!({"mfaType": "sms", "dest": "+1 555 000 0042"});
    post(&world, &mut bob, INITIATE, &body).ok();
    let text = mailbox.last().text().to_owned();
    let body = json!({"mfaType": "sms", "passcode": text.lines().next().unwrap()});
    post(&world, &mut bob, ENABLE, &body).ok();
    let row = sql(&world, "SELECT phone FROM users WHERE name = 'bob'").remove(0);
    assert_eq!(row["phone"], "+15550000042");
    assert_eq!(factors(&world), ["sms"]);
}

/// Codes to one mailbox are not two factors, and would lock the person out.
#[test]
fn a_mailbox_that_begins_every_sign_in_is_no_second_factor() {
    let (world, _) = with_codes();
    let mut bob = signed_in(&world, "bob");
    sql(&world, "UPDATE users SET password_hash = NULL WHERE name = 'bob'");
    let refused = post(&world, &mut bob, INITIATE, &json!({"mfaType": "email"})).body();
    assert_eq!(refused["code"], "mailbox_only");
}

#[test]
fn a_sign_in_that_demands_a_factor_is_completed_by_its_setup() {
    let world = World::demo();
    let body = json!({"requireMfa": true});
    world.put("/v1/iam/organizations/admin/hanzo").of("root").json(&body).send().ok();
    let mut browser = Browser::new(&world);
    let credentials = json!({"type": "login", "username": "bob", "password": PASSWORD});
    let asks = post(&world, &mut browser, LOGIN, &credentials).ok();
    assert_eq!(asks["data"], "RequiredMfa");
    assert!(!browser.cookie().contains("hanzo_session"));
    let initiate = format!("{INITIATE}?clientId=hanzo-app");
    let enable = format!("{ENABLE}?clientId=hanzo-app");
    // Of a browser that has not signed in.
    let mut stranger = Browser::new(&world);
    let refused = post(&world, &mut stranger, &initiate, &json!({"name": "bob"})).body();
    assert_eq!(refused["code"], "login_required");
    let totp = app_of(&post(&world, &mut browser, &initiate, &json!({})).ok());
    let wrong = post(&world, &mut browser, &enable, &json!({"passcode": "000000"})).body();
    assert_eq!(wrong["code"], "invalid_passcode");
    let body = json!({"passcode": code(&world, &totp)});
    let done = post(&world, &mut browser, &enable, &body).ok();
    assert_eq!(done["data"]["recoveryCodes"].as_array().unwrap().len(), 10);
    assert!(browser.cookie().contains("hanzo_session"));
    let who = world.get("/v1/iam/whoami").header("cookie", &browser.cookie()).send().ok();
    assert_eq!(who["data"]["name"], "bob");
}

fn passkey(world: &World, name: &str) {
    let user_id = subject(world, "hanzo", name);
    sql(
        world,
        &format!(
            "INSERT INTO webauthn_credentials (id, owner, name, display_name, attributes, created_at, \
             updated_at, user_id, credential_id, public_key) VALUES ('p-{name}', 'hanzo', 'p-{name}', \
             'Laptop', '{{}}', 1, 1, '{user_id}', 'c-{name}', 'k')"
        ),
    );
}

#[test]
fn an_administrator_resets_lost_factors_which_ends_every_session_and_is_told_to_the_person() {
    let (world, mailbox) = with_codes();
    let mut bob = signed_in(&world, "bob");
    enrolled(&world, &mut bob);
    passkey(&world, "bob");
    let user = subject(&world, "hanzo", "bob");
    sql(
        &world,
        &format!(
            "INSERT INTO remembered_browsers (user_id, digest, owner, device, expires_at, created_at) \
             VALUES ('{user}', 'd', 'hanzo', '', 99999999999, 1)"
        ),
    );
    sql(&world, "UPDATE users SET email_verified = 1 WHERE name = 'bob'");
    let reset = world.delete("/v1/iam/users/hanzo/bob/second-factors").of("alice").send().ok();
    assert_eq!((&reset["reset"], &reset["id"]), (&json!(true), &json!(user)));
    for table in ["factors", "remembered_browsers", "webauthn_credentials"] {
        let left = sql(&world, &format!("SELECT * FROM {table} WHERE user_id = '{user}'"));
        assert!(left.is_empty(), "{table}");
    }
    assert!(crate::browser::location(&bob.get("/account")).starts_with("/login"));
    pollster::block_on(world.origin.send_outbox());
    let letter = mailbox.last();
    assert_eq!(letter.to().address(), "bob@hanzo.example");
    assert_eq!(letter.subject(), "Your second step was reset");
    let entry =
        sql(&world, "SELECT action FROM audit_entries ORDER BY number DESC LIMIT 1").remove(0);
    assert_eq!(entry["action"], "resetSecondFactors");
    // The password alone signs in, until a factor is enrolled.
    signed_in(&world, "bob");
}

/// As with a new password (ATTACKS H-110): the second factor of a person who administers more protects what
/// the administrator has not.
#[test]
fn no_administrator_resets_the_factors_of_a_person_who_administers_more() {
    let world = World::demo();
    let mut alice = signed_in(&world, "alice");
    enrolled(&world, &mut alice);
    let kept = || assert_eq!(factors(&world), ["totp"]);
    let reset = |target: &str, by: &str| {
        let path = format!("/v1/iam/users/{target}/second-factors");
        let direct = world.delete(&path).of(by).send().status();
        let (owner, name) = target.split_once('/').unwrap();
        let query = format!("owner={owner}&name={name}");
        let older = world.post(&format!("/api/delete-mfa?{query}")).of(by).send().status();
        let today = world.delete(&format!("/v1/iam/mfa?{query}")).of(by).send().status();
        let refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND];
        for status in [direct, older, today] {
            assert!(refused.contains(&status), "{target} by {by}: {status}");
        }
        kept();
    };
    // A member, an administrator of another organization, and one of the organization itself.
    reset("hanzo/alice", "bob");
    reset("hanzo/alice", "dave");
    reset("admin/root", "alice");
    // A member of hanzo who administers another organization is beyond its administrators.
    let body = json!({"user": "hanzo/bob", "organization": "acme", "role": "admin"});
    world.post("/v1/iam/memberships").of("root").json(&body).send().ok();
    reset("hanzo/bob", "alice");
    let own = world.delete("/v1/iam/users/hanzo/alice/second-factors").of("alice").send();
    assert_eq!(own.status(), StatusCode::FORBIDDEN);
    kept();
}

#[test]
fn casdoor_s_delete_mfa_is_the_administrator_s_reset() {
    let world = World::demo();
    let mut bob = signed_in(&world, "bob");
    enrolled(&world, &mut bob);
    let path = "/api/delete-mfa?owner=hanzo&name=bob";
    world.post(path).of("alice").send().ok();
    assert!(sql(&world, "SELECT * FROM factors").is_empty());
}

/// As the other calls of a person say it.
#[test]
fn a_credential_that_is_not_valid_is_told_in_the_envelope() {
    let world = World::demo();
    let reply = world.delete("/v1/iam/mfa?owner=hanzo&name=bob").bearer("hk-nothing").send();
    assert_eq!(reply.ok()["code"], "login_required");
}
