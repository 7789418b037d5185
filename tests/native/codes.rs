//! Codes by e-mail and SMS on the hosted pages (ATTACKS G-97, G-98).

use std::rc::Rc;

use http::StatusCode;

use crate::{
    browser::{Browser, form_token, location, query, without_nonces},
    mailbox::Mailbox,
    oauth::sql,
    watched::Watched,
    world::{Answer, PASSWORD, World},
};

/// The demo, whose `hanzo-app` takes codes. Alice and Bob have verified addresses.
pub fn with_codes() -> (World, Rc<Mailbox>) {
    let mut world = World::demo();
    let mailbox = Mailbox::of(&mut world);
    allow_codes(&world);
    (world, mailbox)
}

pub fn allow_codes(world: &World) {
    sql(
        world,
        "UPDATE applications SET attributes = json_set(attributes, '$.enableCodeSignin', \
         json('true')) WHERE name = 'hanzo-app'",
    );
    sql(world, "UPDATE users SET email_verified = 1 WHERE email <> ''");
}

pub fn page() -> String {
    format!("/login/oauth/authorize?{}", query(&[]))
}

/// Posts a step of the sign-in.
pub fn step(browser: &mut Browser<'_>, token: &str, step: &str, form: &[(&str, &str)]) -> Answer {
    let mut all = vec![("form_token", token), ("step", step)];
    all.extend_from_slice(form);
    browser.post(&page(), &all)
}

/// A browser at the first page, with the form token.
pub fn at_page(world: &World) -> (Browser<'_>, String) {
    let mut browser = Browser::new(world);
    let token = form_token(&browser.get(&page()).text());
    (browser, token)
}

fn ask<'a>(world: &'a World, login: &str) -> (Browser<'a>, String) {
    let (mut browser, token) = at_page(world);
    let sent = step(&mut browser, &token, "code", &[("username", login)]);
    assert_eq!(sent.status(), StatusCode::OK, "{}", sent.text());
    assert!(sent.text().contains("name=\"code\""), "{}", sent.text());
    (browser, token)
}

fn verify(browser: &mut Browser<'_>, token: &str, code: &str) -> Answer {
    step(browser, token, "code-verify", &[("username", "bob"), ("code", code)])
}

fn signs_in(answer: &Answer) -> bool {
    answer.status() == StatusCode::OK && answer.text().contains("0;url=")
}

/// Another code than `code`.
fn wrong(code: &str) -> String {
    let first = if code.starts_with('0') { '1' } else { '0' };
    format!("{first}{}", &code[1..])
}

#[test]
fn a_code_signs_in_without_a_script_and_amr_says_so() {
    let (world, mailbox) = with_codes();
    let (mut browser, token) = ask(&world, "bob");
    let answer = verify(&mut browser, &token, &mailbox.last_code());
    assert!(location(&answer).contains("code="), "{}", answer.text());
    let session = &sql(&world, "SELECT methods, acr FROM sessions")[0];
    assert_eq!((&session["methods"], &session["acr"]), (&"[\"otp\"]".into(), &"aal1".into()));
    assert_eq!(mailbox.last().to().address(), "bob@hanzo.example");
}

#[test]
fn the_code_comes_first_in_a_message_that_names_application_and_organization() {
    let (world, mailbox) = with_codes();
    ask(&world, "bob@hanzo.example");
    let message = mailbox.last();
    assert!(message.text().starts_with("Code: "), "{}", message.text());
    assert!(message.subject().starts_with(&mailbox.last_code()));
    assert!(message.html().is_some());
}

/// Published automation fills in both fields of one page.
#[test]
fn where_the_password_is_the_only_typed_method_login_and_password_are_on_one_page() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    let first = browser.get(&page()).text();
    assert!(first.contains("name=\"username\"") && first.contains("name=\"password\""));
    let (world, _mailbox) = with_codes();
    let (mut browser, token) = at_page(&world);
    let first = browser.get(&page()).text();
    assert!(first.contains("name=\"username\"") && !first.contains("name=\"password\""));
    let next = step(&mut browser, &token, "identify", &[("username", "bob")]).text();
    assert!(next.contains("name=\"password\"") && next.contains("value=\"code\""), "{next}");
    // A form with both is taken all the same.
    let form = [("form_token", &*token), ("username", "bob"), ("password", PASSWORD)];
    assert!(signs_in(&browser.post(&page(), &form)));
}

/// ATTACKS G-97: five guesses of a code, then it is worth nothing, and the login is locked.
#[test]
fn a_code_ends_after_five_wrong_ones() {
    let (world, mailbox) = with_codes();
    let (mut browser, token) = ask(&world, "bob");
    let code = mailbox.last_code();
    for _ in 0..5 {
        let answer = verify(&mut browser, &token, &wrong(&code));
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    let answer = verify(&mut browser, &token, &code);
    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{}", answer.text());
    // A new code does not renew the guesses.
    world.clock.advance(60);
    let (mut browser, token) = ask(&world, "bob");
    let answer = verify(&mut browser, &token, &mailbox.last_code());
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    world.clock.advance(900);
    let (mut browser, token) = ask(&world, "bob");
    assert!(signs_in(&verify(&mut browser, &token, &mailbox.last_code())));
}

/// ATTACKS G-97.
#[test]
fn a_code_works_once_and_in_the_browser_that_asked_and_for_ten_minutes() {
    let (world, mailbox) = with_codes();
    let (mut browser, token) = ask(&world, "bob");
    let code = mailbox.last_code();
    let (mut other, other_token) = at_page(&world);
    assert!(!signs_in(&verify(&mut other, &other_token, &code)));
    let before = browser.cookies.clone();
    assert!(signs_in(&verify(&mut browser, &token, &code)));
    browser.cookies = before;
    assert!(!signs_in(&verify(&mut browser, &token, &code)));
    world.clock.advance(60);
    let (mut browser, token) = ask(&world, "bob");
    world.clock.advance(600);
    assert!(!signs_in(&verify(&mut browser, &token, &mailbox.last_code())));
}

/// ATTACKS G-97: a code for one account, asked for in the same browser, is none for another one.
#[test]
fn a_code_of_one_account_is_none_for_another() {
    let (world, mailbox) = with_codes();
    let (mut browser, token) = ask(&world, "bob");
    let of_bob = mailbox.last_code();
    let sent = step(&mut browser, &token, "code", &[("username", "alice")]);
    assert_eq!(sent.status(), StatusCode::OK);
    let form = [("username", "alice"), ("code", &*of_bob)];
    let answer = step(&mut browser, &token, "code-verify", &form);
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    // The login in the form is of no account: the code says whose sign-in it is.
    let form = [("username", "bob"), ("code", &*mailbox.last_code())];
    assert!(signs_in(&step(&mut browser, &token, "code-verify", &form)));
    let subject = sql(&world, "SELECT name FROM users JOIN sessions ON user_id = users.id");
    assert_eq!(subject[0]["name"], "alice");
}

/// ATTACKS G-97: the recipient is that of the account; what the request names is not one.
#[test]
fn the_recipient_is_the_verified_address_whatever_the_request_says() {
    let (world, mailbox) = with_codes();
    let (mut browser, token) = at_page(&world);
    let form = [
        ("username", "bob"),
        ("email", "mallory@evil.example"),
        ("dest", "mallory@evil.example"),
        ("to", "mallory@evil.example"),
    ];
    step(&mut browser, &token, "code", &form);
    assert_eq!(mailbox.last().to().address(), "bob@hanzo.example");
    for login in
        ["bob@hanzo.example,mallory@evil.example", "bob@hanzo.example\nmallory@evil.example"]
    {
        step(&mut browser, &token, "code", &[("username", login)]);
    }
    assert_eq!(mailbox.count(), 1);
    sql(&world, "UPDATE users SET email_verified = 0 WHERE name = 'alice'");
    step(&mut browser, &token, "code", &[("username", "alice")]);
    assert_eq!(mailbox.count(), 1);
}

#[test]
fn another_code_is_sent_after_a_minute_and_beyond_ten_a_day_after_more() {
    let (world, mailbox) = with_codes();
    let (mut browser, token) = ask(&world, "bob");
    let again = step(&mut browser, &token, "code", &[("username", "bob")]);
    assert_eq!(again.status(), StatusCode::TOO_MANY_REQUESTS);
    // The first one is still good.
    assert!(signs_in(&verify(&mut browser, &token, &mailbox.last_code())));
    for login in ["bob", "bob@hanzo.example"].into_iter().cycle().take(20) {
        world.clock.advance(61);
        let (mut browser, token) = at_page(&world);
        let answer = step(&mut browser, &token, "code", &[("username", login)]);
        // The page does not tell that nothing is sent: an unknown login has no address that could wait.
        assert_eq!(answer.status(), StatusCode::OK);
    }
    // Ten, and then one after 1, 2, 4 and 8 minutes.
    assert_eq!(mailbox.count(), 13);
}

/// ATTACKS G-98: the same page, status and statements, for accounts that exist, that do not, that are
/// disabled, and that have no verified address; for the request and for the answer.
#[test]
fn a_known_and_an_unknown_login_take_the_same_answer_and_work() {
    let mut world = World::demo();
    let mailbox = Mailbox::of(&mut world);
    allow_codes(&world);
    sql(&world, "UPDATE users SET email_verified = 0 WHERE name = 'alice'");
    let watched = Watched::over(&mut world);
    let mut seen = Vec::new();
    for login in ["bob", "ned", "alice", "bob@nowhere.example"] {
        let (mut browser, token) = at_page(&world);
        let mut answers = Vec::new();
        watched.take();
        for (name, code) in [("code", ""), ("code", ""), ("code-verify", "x"), ("code-verify", "x")]
        {
            let answer = step(&mut browser, &token, name, &[("username", login), ("code", code)]);
            let text = without_nonces(&answer.text()).replace(login, "").replace(&token, "");
            answers.push((answer.status(), text, watched.take()));
        }
        seen.push(answers);
        world.clock.advance(600);
    }
    assert!(seen.iter().all(|other| *other == seen[0]), "{seen:#?}");
    assert_eq!(mailbox.count(), 1);
}

/// A scanner that opens every link, in its own browser or the person's, uses nothing up.
#[test]
fn opening_the_link_of_a_message_consumes_nothing() {
    let (world, mailbox) = with_codes();
    let (mut browser, token) = ask(&world, "bob");
    let link = mailbox.last_link();
    let mut scanner = Browser::new(&world);
    for _ in 0..10 {
        let seen = scanner.get(&link);
        assert!(seen.text().contains(&mailbox.last_code()) && !seen.text().contains("<form"));
        let offered = browser.get(&link);
        assert!(offered.text().contains("value=\"code-verify\""), "{}", offered.text());
    }
    assert_eq!(sql(&world, "SELECT 1 FROM sessions").len(), 0);
    // The button is a form of the page that the person came from.
    let answer = verify(&mut browser, &token, &mailbox.last_code());
    assert!(signs_in(&answer));
    // No browser learns of a sign-in by a made-up link.
    let text = scanner.get("/login/code/123456?client_id=hanzo-app").text();
    assert!(text.contains("123456") && !text.contains("<form"));
    assert_eq!(scanner.get("/login/code/%3Cb%3E").status(), StatusCode::NOT_FOUND);
}

/// A code by e-mail or SMS as the second factor, sent when the person chooses it.
#[test]
fn an_enrolled_address_is_a_second_factor() {
    let (world, mailbox) = with_codes();
    for (kind, address) in [("email", "second@bob.example"), ("sms", "+15550000042")] {
        sql(&world, "DELETE FROM factors");
        sql(
            &world,
            &format!(
                "INSERT INTO factors (user_id, kind, owner, content, created_at) \
                 SELECT id, '{kind}', owner, '{address}', 1 FROM users WHERE name = 'bob'"
            ),
        );
        world.clock.advance(61);
        let before = mailbox.count();
        let (mut browser, token) = at_page(&world);
        let form = [("form_token", &*token), ("username", "bob"), ("password", PASSWORD)];
        let asked = browser.post(&page(), &form);
        assert!(!signs_in(&asked) && mailbox.count() == before, "{}", asked.text());
        let sent = step(&mut browser, &token, "second", &[("method", kind)]);
        assert!(sent.text().contains("name=\"code\""), "{}", sent.text());
        assert_eq!(mailbox.last().to().address(), address);
        let text = mailbox.last().text().to_owned();
        let code = if kind == "sms" {
            text.lines().next().unwrap().to_owned()
        } else {
            mailbox.last_code()
        };
        let bad = [("method", kind), ("code", &*wrong(&code))];
        assert!(!signs_in(&step(&mut browser, &token, "second", &bad)));
        let good = [("method", kind), ("code", &*code)];
        assert!(signs_in(&step(&mut browser, &token, "second", &good)), "{kind}");
        let methods = sql(&world, "SELECT methods FROM sessions ORDER BY created_at DESC LIMIT 1");
        assert!(methods[0]["methods"].as_str().unwrap().contains("mfa"), "{methods:?}");
        sql(&world, "DELETE FROM sessions");
    }
}

/// A code of the second factor is no first factor, though it went to the same address in the same sign-in:
/// the counters of the second factor would not see it.
#[test]
fn a_code_that_was_sent_as_a_second_factor_is_none_for_a_first() {
    let (world, mailbox) = with_codes();
    sql(
        &world,
        "INSERT INTO factors (user_id, kind, owner, content, created_at) \
         SELECT id, 'email', owner, email, 1 FROM users WHERE name = 'bob'",
    );
    let (mut browser, token) = at_page(&world);
    let form = [("form_token", &*token), ("username", "bob"), ("password", PASSWORD)];
    browser.post(&page(), &form);
    step(&mut browser, &token, "second", &[("method", "email")]);
    let code = mailbox.last_code();
    let answer = verify(&mut browser, &token, &code);
    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{}", answer.text());
    assert_eq!(sql(&world, "SELECT used_at FROM factors")[0]["used_at"], serde_json::Value::Null);
    let typed = [("method", "email"), ("code", &*code)];
    assert!(signs_in(&step(&mut browser, &token, "second", &typed)));
}

/// A code as the first factor is not one as the second too.
#[test]
fn a_code_does_not_skip_the_second_factor() {
    let (world, mailbox) = with_codes();
    sql(
        &world,
        "INSERT INTO factors (user_id, kind, owner, content, created_at) \
         SELECT id, 'email', owner, email, 1 FROM users WHERE name = 'bob'",
    );
    let (mut browser, token) = ask(&world, "bob");
    let answer = verify(&mut browser, &token, &mailbox.last_code());
    let text = answer.text();
    assert!(text.contains("error=unmet_authentication_requirements"), "{text}");
    assert_eq!(sql(&world, "SELECT 1 FROM sessions").len(), 0);
}
