//! What guesses, remembered browsers and letters reach at a sign-in.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    account_pages::{code, enrol, post},
    browser::{Browser, form_token, location, query},
    oauth::{password_hash, sql},
    world::{PASSWORD, World},
};

const PAGE: &str = "/login/oauth/authorize?";

/// A client of one organization at which people of another one sign in.
fn shared() -> World {
    let world = World::demo();
    sql(&world, "UPDATE applications SET is_shared = 1 WHERE client_id = 'hanzo-app'");
    let hash = password_hash(&world, "hanzo", "alice");
    sql(&world, &format!("UPDATE users SET password_hash = '{hash}' WHERE owner = 'acme'"));
    world
}

fn demand(world: &World, organization: &str, demand: &Value) {
    let path = format!("/v1/iam/organizations/admin/{organization}");
    world.put(&path).of("root").json(demand).send().ok();
}

/// The browser of `acme/dave` after a sign-in at his account in which he let it remember his app, without its
/// session unless `keeps_session`.
fn remembered(world: &World, keeps_session: bool) -> Browser<'_> {
    let login = [("username", "acme/dave"), ("password", PASSWORD)];
    let mut browser = Browser::new(world);
    post(&mut browser, "/login", &login);
    let (totp, _) = enrol(world, &mut browser);
    let mut browser = Browser::new(world);
    let asks = post(&mut browser, "/login", &login).text();
    let (token, code) = (form_token(&asks), code(world, &totp));
    let form = [
        ("form_token", &*token),
        ("step", "second"),
        ("method", "app"),
        ("code", &code),
        ("remember", "1"),
    ];
    assert_eq!(location(&browser.post("/login", &form)), "/account");
    browser.cookies.retain(|(name, _)| keeps_session || name.contains("hanzo_browser"));
    browser
}

/// What the client asks after the password in that browser.
fn by_password(browser: &mut Browser<'_>) -> String {
    let page = format!("{PAGE}{}", query(&[]));
    let answer = post(browser, &page, &[("username", "acme/dave"), ("password", PASSWORD)]);
    match answer.status() {
        StatusCode::SEE_OTHER => location(&answer),
        _ => answer.text(),
    }
}

#[test]
fn a_remembered_browser_stands_only_for_a_factor_that_the_client_counts() {
    let world = shared();
    let mut browser = remembered(&world, false);
    let mut other = Browser::new(&world);
    other.cookies.clone_from(&browser.cookies);
    demand(&world, "hanzo", &json!({"requireMfa": true, "mfaItems": [{"name": "app"}]}));
    assert!(by_password(&mut browser).contains("code="));
    demand(&world, "hanzo", &json!({"mfaItems": [{"name": "webauthn", "rule": "Required"}]}));
    assert!(by_password(&mut other).contains("Confirm that it is you"));
    // Nor does the session of the first sign-in stand for it.
    let address = location(&browser.authorize(&[]));
    assert!(address.starts_with("/login/"), "{address}");
}

#[test]
fn a_remembered_browser_stands_no_longer_than_the_client_lets_it() {
    let world = shared();
    let mut browser = remembered(&world, false);
    let mut other = Browser::new(&world);
    other.cookies.clone_from(&browser.cookies);
    demand(&world, "hanzo", &json!({"requireMfa": true, "mfaRememberInHours": 2}));
    world.clock.advance(3600);
    assert!(by_password(&mut browser).contains("code="));
    assert!(location(&browser.authorize(&[])).contains("code="));
    // The session's age is that of the proof.
    world.clock.advance(3600);
    let address = location(&browser.authorize(&[]));
    assert!(address.starts_with("/login/"), "{address}");
    assert!(by_password(&mut other).contains("Confirm that it is you"));
}

#[test]
fn a_browser_stands_for_no_factor_after_the_password_has_changed() {
    let world = shared();
    let mut browser = remembered(&world, true);
    let form = [("old", PASSWORD), ("new", "a wholly new password 7")];
    let changed = post(&mut browser, "/account/password", &form);
    assert_eq!(changed.status(), StatusCode::OK, "{}", changed.text());
    assert!(sql(&world, "SELECT * FROM remembered_browsers").is_empty());
}
