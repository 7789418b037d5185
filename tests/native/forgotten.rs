//! A forgotten password, on the pages and in `PUT /v1/iam/password` (ATTACKS G-97, G-98; WIRE §4.5).

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    browser::{Browser, form_token, without_nonces},
    codes::{allow_codes, at_page, page, step, with_codes},
    mailbox::Mailbox,
    oauth::sql,
    watched::Watched,
    world::{Answer, PASSWORD, World},
};

const NEW: &str = "a rather different passphrase";

fn login(world: &World, password: &str) -> Value {
    let body = json!({
        "type": "login", "application": "hanzo-app", "username": "bob", "password": password,
    });
    world.post("/v1/iam/login").json(&body).send().ok()
}

/// The page on which a new password is chosen, of `login`.
pub fn prove<'a>(world: &'a World, mailbox: &Mailbox, login: &str) -> (Browser<'a>, String) {
    let (mut browser, token) = at_page(world);
    let offered = browser.get(&page()).text();
    assert!(offered.contains("value=\"forgot\""), "{offered}");
    step(&mut browser, &token, "forgot", &[]);
    let sent = step(&mut browser, &token, "forgot-send", &[("username", login)]);
    assert_eq!(sent.status(), StatusCode::OK, "{}", sent.text());
    let form = [("username", login), ("code", &*mailbox.last_code())];
    let proven = step(&mut browser, &token, "forgot-verify", &form);
    assert!(proven.text().contains("autocomplete=\"new-password\""), "{}", proven.text());
    (browser, token)
}

pub fn save(browser: &mut Browser<'_>, token: &str, password: &str) -> Answer {
    step(browser, token, "forgot-save", &[("username", "bob"), ("password", password)])
}

#[test]
fn a_code_replaces_a_forgotten_password_and_the_person_is_told() {
    let (world, mailbox) = with_codes();
    let (mut browser, token) = prove(&world, &mailbox, "bob");
    let weak = save(&mut browser, &token, "password");
    assert_eq!(weak.status(), StatusCode::BAD_REQUEST, "{}", weak.text());
    let saved = save(&mut browser, &token, NEW);
    assert_eq!(saved.status(), StatusCode::OK, "{}", saved.text());
    assert_eq!(mailbox.last().subject(), "Your password was changed");
    // It begins no session: the person signs in next.
    assert_eq!(sql(&world, "SELECT 1 FROM sessions").len(), 0);
    assert_eq!(login(&world, PASSWORD)["code"], "invalid_credentials");
    assert_eq!(login(&world, NEW)["status"], "ok");
    let again = save(&mut browser, &token, "yet another passphrase");
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
}

#[test]
fn a_new_password_ends_the_lock_and_every_session_and_keeps_the_second_factor() {
    let (world, mailbox) = with_codes();
    login(&world, PASSWORD);
    sql(
        &world,
        "INSERT INTO factors (user_id, kind, owner, content, created_at) \
         SELECT id, 'email', owner, 'second@bob.example', 1 FROM users WHERE name = 'bob'",
    );
    for _ in 0..6 {
        login(&world, "wrong password");
    }
    assert_eq!(login(&world, PASSWORD)["code"], "signin_locked");
    world.clock.advance(1);
    let (mut browser, token) = prove(&world, &mailbox, "bob");
    assert_eq!(save(&mut browser, &token, NEW).status(), StatusCode::OK);
    assert_eq!(sql(&world, "SELECT 1 FROM sessions").len(), 0);
    assert_eq!(sql(&world, "SELECT 1 FROM factors").len(), 1);
    let form = [("form_token", &*token), ("username", "bob"), ("password", NEW)];
    let asked = browser.post(&page(), &form).text();
    assert!(asked.contains("value=\"second\"") && !asked.contains("0;url="), "{asked}");
}

/// ATTACKS G-97: no step is skipped, and a code of one browser or purpose is none for another.
#[test]
fn a_code_is_of_one_browser_and_purpose() {
    let (world, mailbox) = with_codes();
    let (mut browser, token) = at_page(&world);
    assert_eq!(save(&mut browser, &token, NEW).status(), StatusCode::FORBIDDEN);
    step(&mut browser, &token, "forgot-send", &[("username", "bob")]);
    let code = mailbox.last_code();
    assert_eq!(save(&mut browser, &token, NEW).status(), StatusCode::FORBIDDEN);
    let typed = [("username", "bob"), ("code", &*code)];
    // As a sign-in, in the same browser.
    let used = step(&mut browser, &token, "code-verify", &typed);
    assert!(!used.text().contains("0;url="));
    // In another browser, and in the calls of clients.
    let (mut other, other_token) = at_page(&world);
    let used = step(&mut other, &other_token, "forgot-verify", &typed);
    assert_eq!(used.status(), StatusCode::UNAUTHORIZED);
    let body = json!({"organization": "hanzo", "username": "bob", "code": code, "password": NEW});
    world.put("/v1/iam/password").json(&body).send().refused(400);
    assert_eq!(login(&world, PASSWORD)["status"], "ok");
    // The code of a sign-in replaces no password.
    world.clock.advance(61);
    let (mut browser, token) = at_page(&world);
    step(&mut browser, &token, "code", &[("username", "bob")]);
    let typed = [("username", "bob"), ("code", &*mailbox.last_code())];
    let used = step(&mut browser, &token, "forgot-verify", &typed);
    assert_eq!(used.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(save(&mut browser, &token, NEW).status(), StatusCode::FORBIDDEN);
}

/// ATTACKS G-98.
#[test]
fn a_known_and_an_unknown_account_take_the_same_pages_and_statements() {
    let mut world = World::demo();
    let mailbox = Mailbox::of(&mut world);
    allow_codes(&world);
    let watched = Watched::over(&mut world);
    let mut seen = Vec::new();
    for login in ["bob", "ned", "bob@nowhere.example"] {
        let (mut browser, token) = at_page(&world);
        let mut answers = Vec::new();
        watched.take();
        for (name, code) in [("forgot-send", ""), ("forgot-send", ""), ("forgot-verify", "1")] {
            let answer = step(&mut browser, &token, name, &[("username", login), ("code", code)]);
            let text = without_nonces(&answer.text()).replace(login, "").replace(&token, "");
            answers.push((answer.status(), text, watched.take()));
        }
        seen.push(answers);
    }
    assert!(seen.iter().all(|other| *other == seen[0]), "{seen:#?}");
    assert_eq!(mailbox.count(), 1);
}

/// WIRE §4.5: `PUT /v1/iam/password {organization, username, code, password}`.
#[test]
fn published_clients_reset_a_password_with_a_code() {
    let (world, mailbox) = with_codes();
    let ask = json!({
        "applicationId": "admin/hanzo-app", "organization": "hanzo", "method": "forget",
        "dest": "bob@hanzo.example", "type": "email", "checkUser": "bob",
    });
    world.post("/v1/iam/verification-codes").json(&ask).send().ok();
    let code = mailbox.last_code();
    let put = |code: &str| {
        let body = json!({
            "organization": "hanzo", "username": "bob", "code": code, "password": NEW,
        });
        world.put("/v1/iam/password").json(&body).send()
    };
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(put(wrong).refused(400)["code"], "code_invalid");
    let unknown = json!({
        "organization": "hanzo", "username": "ned", "code": code, "password": NEW,
    });
    let unknown = world.put("/v1/iam/password").json(&unknown).send();
    assert_eq!(unknown.refused(400), put(wrong).refused(400));
    assert_eq!(put(&code).ok()["status"], "ok");
    assert_eq!(put(&code).refused(400)["code"], "code_invalid");
    assert_eq!(login(&world, NEW)["status"], "ok");
}

/// The form of another site changes no password.
#[test]
fn a_step_without_the_form_token_does_nothing() {
    let (world, mailbox) = with_codes();
    let (mut browser, _) = at_page(&world);
    let answer = step(&mut browser, "forged", "forgot-send", &[("username", "bob")]);
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(mailbox.count(), 0);
    assert!(!form_token(&answer.text()).is_empty());
}
