//! The account pages of what signs in: passkeys that are added, wallets, and the addresses.

use hanzo_iam::ports::Clock;
use http::StatusCode;
use serde_json::json;

use crate::{
    account_pages::{enrol, post, signed_in},
    authenticator::Authenticator,
    browser::{Browser, form_token, location},
    codes::with_codes,
    mailbox::Mailbox,
    oauth::sql,
    world::{Answer, World},
};

const PASSKEYS: &str = "/account/passkeys";
const IDENTITIES: &str = "/account/identities";
const PROFILE: &str = "/account/profile";

fn saved(answer: &Answer) {
    assert!(location(answer).ends_with("?saved=1"), "{}", answer.text());
}

/// Posts `form` with the token of `page`, as its script does.
fn step(browser: &mut Browser<'_>, page: &str, path: &str, form: &[(&str, &str)]) -> Answer {
    let token = form_token(page);
    browser.post(path, &[&[("form_token", token.as_str())], form].concat())
}

#[test]
fn a_passkey_is_added_on_its_page_in_the_session_that_asked() {
    let world = World::demo();
    let mut browser = signed_in(&world, "alice");
    let page = post(&mut browser, PASSKEYS, &[("step", "add")]).text();
    assert!(page.contains("data-passkey=\"create\""), "{page}");
    let begin = [("step", "register"), ("begin", "1")];
    let options = step(&mut browser, &page, PASSKEYS, &begin).ok();
    let made = Authenticator::new(7).create(&options).to_string();
    let register = [("step", "register"), ("credential", made.as_str())];
    // In another session, of the same person and of another one.
    for name in ["alice", "bob"] {
        let mut other = signed_in(&world, name);
        let refused = post(&mut other, PASSKEYS, &register);
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{name}");
    }
    let empty = step(&mut browser, &page, PASSKEYS, &[("step", "register"), ("credential", "")]);
    assert!(empty.text().contains("role=\"alert\""), "without scripts");
    saved(&step(&mut browser, &page, PASSKEYS, &register));
    assert_eq!(sql(&world, "SELECT * FROM webauthn_credentials").len(), 1);
    // The page was answered.
    let again = step(&mut browser, &page, PASSKEYS, &register);
    assert!(location(&again).starts_with("/account/confirm"), "{}", again.text());
}

/// ATTACKS 94.
#[test]
fn what_signs_in_is_changed_after_a_fresh_proof_only() {
    let (world, mailbox) = with_codes();
    let mut browser = signed_in(&world, "bob");
    world.clock.advance(601);
    let sent = mailbox.count();
    for (page, form) in [
        (PASSKEYS, vec![("step", "add")]),
        (PASSKEYS, vec![("step", "register"), ("begin", "1")]),
        (IDENTITIES, vec![("step", "link")]),
        (IDENTITIES, vec![("step", "wallet"), ("address", "0x1")]),
        (IDENTITIES, vec![("step", "unlink"), ("id", "wallet evm:0x1")]),
        (PROFILE, vec![("step", "address"), ("method", "email"), ("address", "eve@evil.example")]),
        (PROFILE, vec![("step", "address"), ("method", "sms"), ("address", "+15550000042")]),
    ] {
        let to = location(&post(&mut browser, page, &form));
        assert!(to.starts_with("/account/confirm?continue=%2Faccount%2F"), "{form:?}: {to}");
    }
    pollster::block_on(world.origin.send_outbox());
    assert_eq!(mailbox.count(), sent);
}

fn code_of(world: &World, mailbox: &Mailbox) -> String {
    pollster::block_on(world.origin.send_outbox());
    let text = mailbox.last().text().to_owned();
    let text = text.strip_prefix("Code: ").unwrap_or(&text);
    text[..6].to_owned()
}

#[test]
fn a_new_address_takes_a_code_to_it_tells_the_old_one_and_takes_its_factor_along() {
    let (world, mailbox) = with_codes();
    let mut browser = signed_in(&world, "bob");
    sql(&world, "UPDATE users SET email_verified = 1 WHERE name = 'bob'");
    let user = crate::oauth::subject(&world, "hanzo", "bob");
    let factor = format!(
        "INSERT INTO factors (user_id, kind, owner, content, created_at) VALUES \
         ('{user}', 'email', 'hanzo', 'bob@hanzo.example', 1)"
    );
    let proved = format!(
        "UPDATE sessions SET factors = '[{{\"method\":\"mfa\",\"at\":{}}}]'",
        world.clock.now().0
    );
    sql(&world, &factor);
    sql(&world, &proved);
    let ask = [("step", "address"), ("method", "email"), ("address", "bob@new.example")];
    let asks = post(&mut browser, PROFILE, &ask).text();
    assert!(asks.contains("A code is on its way to b•••@new.example."), "{asks}");
    let code = code_of(&world, &mailbox);
    let mut wrong = ask.to_vec();
    wrong.push(("code", "000000"));
    let refused = step(&mut browser, &asks, PROFILE, &wrong);
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    // The code is for the address that it was sent to.
    let other = [
        ("step", "address"),
        ("method", "email"),
        ("address", "eve@evil.example"),
        ("code", &code),
    ];
    assert_eq!(step(&mut browser, &asks, PROFILE, &other).status(), StatusCode::UNAUTHORIZED);
    let mut right = ask.to_vec();
    right.push(("code", &code));
    saved(&step(&mut browser, &asks, PROFILE, &right));
    pollster::block_on(world.origin.send_outbox());
    let notice = mailbox.last();
    assert_eq!(notice.to().address(), "bob@hanzo.example");
    let row = sql(&world, "SELECT email, email_verified FROM users WHERE name = 'bob'").remove(0);
    assert_eq!((&row["email"], &row["email_verified"]), (&json!("bob@new.example"), &json!(1)));
    assert_eq!(sql(&world, "SELECT content FROM factors")[0]["content"], "bob@new.example");
    let page = browser.get(PROFILE).text();
    assert!(page.contains("bob@new.example") && page.contains("New phone number"), "{page}");
}

#[test]
fn the_address_of_another_account_is_refused_to_who_has_its_code() {
    let (world, mailbox) = with_codes();
    let mut browser = signed_in(&world, "bob");
    let ask = [("step", "address"), ("method", "email"), ("address", "alice@hanzo.example")];
    let asks = post(&mut browser, PROFILE, &ask).text();
    let code = code_of(&world, &mailbox);
    let mut right = ask.to_vec();
    right.push(("code", &code));
    assert_eq!(step(&mut browser, &asks, PROFILE, &right).status(), StatusCode::CONFLICT);
    let malformed = [("step", "address"), ("method", "sms"), ("address", "12")];
    let refused = post(&mut browser, PROFILE, &malformed);
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}

/// The factor of another kind stays, and so does one that is not the account's address.
#[test]
fn recovery_codes_and_apps_stay_with_a_new_phone() {
    let (world, mailbox) = with_codes();
    let mut browser = signed_in(&world, "bob");
    enrol(&world, &mut browser);
    let ask = [("step", "address"), ("method", "sms"), ("address", "+1 555 000 0043")];
    let asks = post(&mut browser, PROFILE, &ask).text();
    let code = code_of(&world, &mailbox);
    let mut right = ask.to_vec();
    right.push(("code", &code));
    saved(&step(&mut browser, &asks, PROFILE, &right));
    let row = sql(&world, "SELECT phone FROM users WHERE name = 'bob'").remove(0);
    assert_eq!(row["phone"], "+15550000043");
    assert_eq!(sql(&world, "SELECT * FROM factors").len(), 2);
}
