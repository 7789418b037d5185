//! Sign-up, on the pages and in `POST /v1/iam/signup`, and the codes of the published clients
//! (ATTACKS G-97, G-98; WIRE §4.5).

use std::rc::Rc;

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    browser::{Browser, location, without_nonces},
    codes::{at_page, page, step, with_codes},
    mailbox::Mailbox,
    oauth::sql,
    watched::Watched,
    world::{Answer, World},
};

const PASSPHRASE: &str = "a rather different passphrase";

/// The demo, in whose `hanzo-app` people sign up.
fn open() -> (World, Rc<Mailbox>) {
    let (world, mailbox) = with_codes();
    set(&world, "applications", "hanzo-app", "enableSignUp", "true");
    (world, mailbox)
}

fn set(world: &World, table: &str, name: &str, attribute: &str, value: &str) {
    let text = format!(
        "UPDATE {table} SET attributes = json_set(attributes, '$.{attribute}', json('{value}')) \
         WHERE name = '{name}'"
    );
    sql(world, &text);
}

fn send(browser: &mut Browser<'_>, token: &str, email: &str) -> Answer {
    step(browser, token, "signup-send", &[("username", email)])
}

/// A browser whose address has been verified.
fn verified<'a>(world: &'a World, mailbox: &Mailbox, email: &str) -> (Browser<'a>, String) {
    let (mut browser, token) = at_page(world);
    assert_eq!(send(&mut browser, &token, email).status(), StatusCode::OK);
    let form = [("username", email), ("code", &*mailbox.last_code())];
    let shown = step(&mut browser, &token, "signup-verify", &form);
    assert!(shown.text().contains("value=\"signup-create\""), "{}", shown.text());
    (browser, token)
}

fn create(browser: &mut Browser<'_>, token: &str, further: &[(&str, &str)]) -> Answer {
    let mut form = vec![("username", "zoe@new.example"), ("password", PASSPHRASE)];
    form.extend_from_slice(further);
    step(browser, token, "signup-create", &form)
}

fn count(world: &World) -> usize {
    sql(world, "SELECT 1 FROM users WHERE email = 'zoe@new.example'").len()
}

#[test]
fn a_person_signs_up_with_a_verified_address_and_is_signed_in() {
    let (world, mailbox) = open();
    let (mut browser, token) = verified(&world, &mailbox, "Zoe@New.Example");
    let answer = create(&mut browser, &token, &[("display_name", "Zoe")]);
    assert!(location(&answer).contains("code="), "{}", answer.text());
    let user = &sql(&world, "SELECT * FROM users WHERE email = 'zoe@new.example'")[0];
    assert_eq!((&user["name"], &user["owner"]), (&json!("zoe"), &json!("hanzo")));
    assert_eq!((&user["email_verified"], &user["is_admin"]), (&json!(1), &json!(0)));
    // The verified address makes one account.
    let again = create(&mut browser, &token, &[("name", "zoe-2")]);
    assert!(!again.text().contains("0;url=") && count(&world) == 1);
}

#[test]
fn there_is_no_sign_up_unless_the_application_says_so() {
    let (world, mailbox) = with_codes();
    let (mut browser, token) = at_page(&world);
    assert!(!browser.get(&page()).text().contains("value=\"signup\""));
    assert_eq!(send(&mut browser, &token, "zoe@new.example").status(), StatusCode::FORBIDDEN);
    let body = json!({
        "application": "hanzo-app", "email": "zoe@new.example", "password": PASSPHRASE,
    });
    assert_eq!(
        world.post("/v1/iam/signup").json(&body).send().refused(400)["code"],
        "signup_closed"
    );
    let ask =
        json!({"applicationId": "admin/hanzo-app", "method": "signup", "dest": "zoe@new.example"});
    world.post("/v1/iam/verification-codes").json(&ask).send().refused(400);
    assert_eq!((mailbox.count(), count(&world)), (0, 0));
}

/// The organization of the platform has its staff as users: no one signs up into it, by any way.
#[test]
fn no_one_signs_up_into_the_organization_of_the_platform() {
    let (world, mailbox) = open();
    sql(
        &world,
        "UPDATE applications SET organization = 'admin', attributes = json_set(attributes, \
         '$.enableWeb3', json('true'), '$.enableWeb3SignUp', json('true')) \
         WHERE name = 'hanzo-app'",
    );
    let (mut browser, token) = at_page(&world);
    assert!(!browser.get(&page()).text().contains("value=\"signup\""));
    assert_eq!(send(&mut browser, &token, "zoe@new.example").status(), StatusCode::FORBIDDEN);
    let body = json!({
        "application": "hanzo-app", "email": "zoe@new.example", "password": PASSPHRASE,
        "emailCode": "123456",
    });
    let refused = world.post("/v1/iam/signup").json(&body).send().refused(400);
    assert_eq!(refused["code"], "signup_closed");
    let ask =
        json!({"applicationId": "admin/hanzo-app", "method": "signup", "dest": "zoe@new.example"});
    let refused = world.post("/v1/iam/verification-codes").json(&ask).send().refused(400);
    assert_eq!(refused["code"], "signup_closed");
    let before = sql(&world, "SELECT 1 FROM users WHERE owner = 'admin'").len();
    let answer = crate::wallets::sign_in_of_new(&world);
    assert_eq!(answer["code"], "invalid_credentials", "{answer}");
    assert_eq!(sql(&world, "SELECT 1 FROM users WHERE owner = 'admin'").len(), before);
    assert_eq!(mailbox.count(), 0);
}

/// ATTACKS G-97: no account without the code, nor with that of another address or browser.
#[test]
fn an_account_needs_the_code_that_was_sent_to_its_address() {
    let (world, mailbox) = open();
    let (mut browser, token) = at_page(&world);
    create(&mut browser, &token, &[]);
    send(&mut browser, &token, "mallory@evil.example");
    let code = mailbox.last_code();
    let other = [("username", "zoe@new.example"), ("code", &*code)];
    assert_eq!(
        step(&mut browser, &token, "signup-verify", &other).status(),
        StatusCode::UNAUTHORIZED
    );
    create(&mut browser, &token, &[]);
    let own = [("username", "mallory@evil.example"), ("code", &*code)];
    let (mut elsewhere, elsewhere_token) = at_page(&world);
    let refused = step(&mut elsewhere, &elsewhere_token, "signup-verify", &own);
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(step(&mut browser, &token, "signup-verify", &own).status(), StatusCode::OK);
    create(&mut browser, &token, &[]);
    assert_eq!(count(&world), 0);
}

/// ATTACKS G-98: the page is the same; the message says that there is an account.
#[test]
fn an_address_that_has_an_account_is_told_in_the_message_only() {
    let (mut world, mailbox) = open();
    let watched = Watched::over(&mut world);
    let mut seen = Vec::new();
    for email in ["bob@hanzo.example", "zoe@new.example"] {
        let (mut browser, token) = at_page(&world);
        watched.take();
        let mut answers = Vec::new();
        for (name, code) in [("signup-send", ""), ("signup-verify", "1")] {
            let answer = step(&mut browser, &token, name, &[("username", email), ("code", code)]);
            let text = without_nonces(&answer.text()).replace(email, "").replace(&token, "");
            answers.push((answer.status(), text, watched.take()));
        }
        seen.push(answers);
    }
    assert_eq!(seen[0], seen[1]);
    let first = mailbox.messages.borrow()[0].clone();
    assert!(first.subject().contains("already have an account") && !first.text().contains("Code:"));
}

#[test]
fn terms_username_password_and_invitation_are_checked() {
    let (world, mailbox) = open();
    set(&world, "organizations", "hanzo", "termsOfUse", "\"https://hanzo.example/terms\"");
    set(&world, "organizations", "hanzo", "invitationRequired", "true");
    let made =
        world.post("/v1/iam/invitations").of("alice").json(&json!({"name": "x"})).send().ok();
    let code = made["code"].as_str().unwrap().to_owned();
    let (mut browser, token) = verified(&world, &mailbox, "zoe@new.example");
    let good = [("terms", "1"), ("invitation", &*code), ("name", "zoe")];
    for wrong in [
        vec![("invitation", &*code)],
        vec![("terms", "1")],
        vec![("terms", "1"), ("invitation", "inv-made-up")],
        vec![("terms", "1"), ("invitation", &*code), ("name", "bob")],
        vec![("terms", "1"), ("invitation", &*code), ("name", "no spaces")],
    ] {
        let answer = create(&mut browser, &token, &wrong);
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{wrong:?}");
        assert!(answer.text().contains("role=\"alert\""));
    }
    let weak = [("username", "zoe@new.example"), ("password", "password"), ("terms", "1")];
    assert_eq!(
        step(&mut browser, &token, "signup-create", &weak).status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(count(&world), 0);
    assert!(location(&create(&mut browser, &token, &good)).contains("code="));
    assert_eq!(sql(&world, "SELECT used_count FROM invitations")[0]["used_count"], 1);
    assert_eq!(sql(&world, "SELECT document FROM acceptances")[0]["document"], "terms");
    // Used up.
    world.clock.advance(61);
    let (mut browser, token) = verified(&world, &mailbox, "yan@new.example");
    let form = [("username", "yan@new.example"), ("password", PASSPHRASE), ("terms", "1")];
    let mut form = form.to_vec();
    form.push(("invitation", &code));
    let answer = step(&mut browser, &token, "signup-create", &form);
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

/// A required second factor is enrolled before the session begins.
#[test]
fn a_new_account_enrols_the_second_factor_that_the_organization_requires() {
    let (world, mailbox) = open();
    set(&world, "organizations", "hanzo", "requireMfa", "true");
    let (mut browser, token) = verified(&world, &mailbox, "zoe@new.example");
    let answer = create(&mut browser, &token, &[]);
    assert!(answer.text().contains("value=\"enrol\""), "{}", answer.text());
    assert_eq!(sql(&world, "SELECT 1 FROM sessions").len(), 0);
}

fn sign_up(world: &World, further: &[(&str, &str)]) -> Answer {
    let mut body = json!({
        "application": "hanzo-app", "organization": "hanzo", "email": "zoe@new.example",
        "password": PASSPHRASE,
    });
    for (name, value) in further {
        body[name] = json!(value);
    }
    world.post("/v1/iam/signup").json(&body).send()
}

/// WIRE §4.5: create only, no session; `data` is the user without secrets.
#[test]
fn published_clients_sign_people_up_without_a_session() {
    let (world, mailbox) = open();
    assert_eq!(sign_up(&world, &[]).ok()["code"], "email_code_required");
    let code = mailbox.last_code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(sign_up(&world, &[("emailCode", wrong)]).ok()["code"], "email_code_invalid");
    let made = sign_up(&world, &[("emailCode", &code)]);
    assert_eq!(made.ok()["data"]["name"], "zoe", "{}", made.text());
    assert_eq!(made.header("set-cookie"), None);
    assert!(!made.text().contains("argon2"));
    assert_eq!(sign_up(&world, &[("emailCode", &code)]).ok()["code"], "email_code_invalid");
    world.clock.advance(61);
    assert_eq!(sign_up(&world, &[]).ok()["code"], "email_code_required");
    assert_eq!(count(&world), 1);
}

fn ask(world: &World, body: &Value) -> Answer {
    world.post("/v1/iam/verification-codes").json(body).send()
}

fn login(world: &World, name: &str, code: &str) -> Value {
    let body = json!({
        "type": "login", "application": "hanzo-app", "organization": "hanzo",
        "signinMethod": "Verification code", "email": name, "code": code,
    });
    world.post("/v1/iam/login?clientId=hanzo-app").json(&body).send().ok()
}

/// WIRE §4.6, calls 7 and 8; the older name and a form.
#[test]
fn published_clients_sign_in_with_a_verification_code() {
    let (world, mailbox) = with_codes();
    let form =
        [("dest", "bob@hanzo.example"), ("type", "email"), ("applicationId", "admin/hanzo-app")];
    world.post("/v1/iam/send-verification-code").form(&form).send().ok();
    let code = mailbox.last_code();
    assert_eq!(login(&world, "alice@hanzo.example", &code)["code"], "invalid_credentials");
    assert_eq!(login(&world, "bob@hanzo.example", &code)["data"], "hanzo/bob");
    assert_eq!(login(&world, "bob@hanzo.example", &code)["code"], "invalid_credentials");
}

/// ATTACKS G-97: five guesses at a code are all that there are, by any spelling of the login.
#[test]
fn a_verification_code_ends_after_five_wrong_ones() {
    let (world, mailbox) = with_codes();
    let body = json!({"applicationId": "hanzo-app", "dest": "bob@hanzo.example"});
    ask(&world, &body).ok();
    let code = mailbox.last_code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for name in ["bob", "bob@hanzo.example", "hanzo/bob", "BOB", "Bob@Hanzo.Example"] {
        assert_eq!(login(&world, name, wrong)["code"], "invalid_credentials");
    }
    assert_eq!(login(&world, "bob", &code)["status"], "error");
    assert_eq!(login(&world, "bob@hanzo.example", &code)["status"], "error");
}

/// ATTACKS G-97, G-98.
#[test]
fn a_verification_code_goes_to_the_account_and_says_nothing_of_it() {
    let (mut world, mailbox) = with_codes();
    let watched = Watched::over(&mut world);
    let mut seen = Vec::new();
    for dest in ["bob@hanzo.example", "ned@nowhere.example", "ned"] {
        watched.take();
        let body = json!({
            "applicationId": "admin/hanzo-app", "organization": "hanzo", "dest": dest,
            "checkUser": "bob", "method": "login",
        });
        let answer = ask(&world, &body);
        seen.push((answer.status(), answer.text(), watched.take()));
    }
    assert!(seen.iter().all(|other| *other == seen[0]), "{seen:#?}");
    assert_eq!(mailbox.count(), 1);
    assert_eq!(mailbox.last().to().address(), "bob@hanzo.example");
    let body = json!({"applicationId": "admin/hanzo-app", "dest": "bob@hanzo.example"});
    ask(&world, &body).refused(429);
}

/// A second factor is not skipped by a code.
#[test]
fn a_verification_code_does_not_skip_the_second_factor() {
    let (world, mailbox) = with_codes();
    sql(
        &world,
        "INSERT INTO factors (user_id, kind, owner, content, created_at) \
         SELECT id, 'totp', owner, 'x', 1 FROM users WHERE name = 'bob'",
    );
    ask(&world, &json!({"applicationId": "hanzo-app", "dest": "bob"})).ok();
    let answer = login(&world, "bob", &mailbox.last_code());
    assert_eq!(answer["data"], "NextMfa", "{answer}");
    assert_eq!(sql(&world, "SELECT 1 FROM sessions").len(), 0);
}

/// A call by a page of ours in that browser, from which the session may come.
fn by_browser(browser: &mut Browser<'_>, world: &World, path: &str, body: &Value) -> Answer {
    let call = world.post(path).header("cookie", &browser.cookie()).json(body);
    browser.keep(call.send())
}

const ASKED: &str = "/v1/iam/verification-codes";

/// ATTACKS G-97: what a browser asks for is worth nothing in another one, and no stranger replaces it.
#[test]
fn a_code_of_a_call_is_bound_to_the_browser_that_sends_its_cookie() {
    let (world, mailbox) = open();
    let (mut browser, _) = at_page(&world);
    let ask = json!({"applicationId": "admin/hanzo-app", "method": "login", "dest": "bob"});
    by_browser(&mut browser, &world, ASKED, &ask).ok();
    let code = mailbox.last_code();
    world.clock.advance(61);
    world.post(ASKED).json(&ask).send().ok();
    assert_eq!(login(&world, "bob", &code)["code"], "invalid_credentials");
    let (mut other, _) = at_page(&world);
    let typed = json!({
        "type": "login", "application": "hanzo-app", "organization": "hanzo", "email": "bob",
        "code": code,
    });
    let path = "/v1/iam/login?clientId=hanzo-app";
    let refused = by_browser(&mut other, &world, path, &typed).ok();
    assert_eq!(refused["code"], "invalid_credentials");
    assert_eq!(by_browser(&mut browser, &world, path, &typed).ok()["status"], "ok");
    assert_eq!(by_browser(&mut browser, &world, path, &typed).ok()["status"], "error", "once");
}

/// The same of a forgotten password and of a sign-up.
#[test]
fn codes_that_a_browser_asks_for_replace_passwords_and_make_accounts_in_it_only() {
    let (world, mailbox) = open();
    let (mut browser, _) = at_page(&world);
    let ask = json!({"applicationId": "admin/hanzo-app", "method": "forget", "dest": "bob"});
    by_browser(&mut browser, &world, ASKED, &ask).ok();
    let put = |browser: &Browser<'_>| {
        let body = json!({
            "organization": "hanzo", "username": "bob", "code": mailbox.last_code(),
            "password": PASSPHRASE,
        });
        world.put("/v1/iam/password").header("cookie", &browser.cookie()).json(&body).send()
    };
    assert_eq!(put(&Browser::new(&world)).refused(400)["code"], "code_invalid");
    put(&browser).ok();
    let mut body = json!({
        "application": "hanzo-app", "organization": "hanzo", "email": "zoe@new.example",
        "password": PASSPHRASE,
    });
    let path = "/v1/iam/signup";
    assert_eq!(by_browser(&mut browser, &world, path, &body).ok()["code"], "email_code_required");
    body["emailCode"] = json!(mailbox.last_code());
    assert_eq!(world.post(path).json(&body).send().ok()["code"], "email_code_invalid");
    assert_eq!(by_browser(&mut browser, &world, path, &body).ok()["status"], "ok");
}

/// Who began a request gets nothing by it: the code goes to the account's address only, and a page of
/// another site signs no browser in with a code of its own.
#[test]
fn a_page_of_another_site_signs_no_browser_in_with_its_own_code() {
    let (world, mailbox) = open();
    let ask = json!({"applicationId": "admin/hanzo-app", "method": "login", "dest": "bob"});
    world.post(ASKED).json(&ask).send().ok();
    let typed = json!({
        "type": "login", "application": "hanzo-app", "organization": "hanzo", "email": "bob",
        "code": mailbox.last_code(),
    });
    let answer = world
        .post("/v1/iam/login?clientId=hanzo-app")
        .header("origin", "https://evil.example")
        .header("sec-fetch-site", "cross-site")
        .json(&typed)
        .send();
    assert_eq!(answer.refused(403)["code"], "cross_site");
    assert_eq!(
        (answer.header("set-cookie"), sql(&world, "SELECT 1 FROM sessions").len()),
        (None, 0)
    );
}
