//! The step-up: a session that goes on with a fresh factor, at the account pages and for a client.

use hanzo_iam::core::{otp::totp::Totp, signin::FRESH};
use http::StatusCode;

use crate::{
    account_pages::{code, enrol, post, signed_in},
    browser::{Browser, form_token, location, parameter},
    oauth::{read, redeem, sql, text},
    world::{Answer, PASSWORD, World},
};

const KEYS: &str = "/account/keys";
const CONFIRM: &str = "/account/confirm?continue=%2Faccount%2Fkeys";

fn create(browser: &mut Browser<'_>) -> Answer {
    post(browser, KEYS, &[("step", "create"), ("name", "ci")])
}

fn cookie(browser: &Browser<'_>) -> String {
    let (_, value) = browser.cookies.iter().find(|(name, _)| name == "hanzo_session").unwrap();
    value.clone()
}

/// Bob, who has an authenticator app, and signed in long ago.
fn stale(world: &World) -> (Browser<'_>, Totp, Vec<String>) {
    let mut browser = signed_in(world, "bob");
    let (totp, codes) = enrol(world, &mut browser);
    world.clock.advance(FRESH + 1);
    (browser, totp, codes)
}

fn confirm(browser: &mut Browser<'_>, method: &str, code: &str) -> Answer {
    post(browser, CONFIRM, &[("step", "second"), ("method", method), ("code", code)])
}

#[test]
fn a_stale_session_is_stepped_up_by_the_password_where_there_is_no_second_factor() {
    let world = World::demo();
    let mut browser = signed_in(&world, "bob");
    world.clock.advance(FRESH);
    assert_eq!(create(&mut browser).status(), StatusCode::OK);
    world.clock.advance(1);
    assert_eq!(location(&create(&mut browser)), CONFIRM);
    let before = cookie(&browser);
    let wrong = post(&mut browser, CONFIRM, &[("step", "password"), ("password", "wrong")]);
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    let other = [("step", "password"), ("username", "alice"), ("password", "wrong")];
    assert_eq!(post(&mut browser, CONFIRM, &other).status(), StatusCode::UNAUTHORIZED);
    assert_eq!(location(&create(&mut browser)), CONFIRM);
    let done = post(&mut browser, CONFIRM, &[("step", "password"), ("password", PASSWORD)]);
    assert_eq!(location(&done), KEYS);
    assert_eq!(create(&mut browser).status(), StatusCode::OK);
    // The earlier cookie is worth nothing, and the session is the same.
    assert_ne!(cookie(&browser), before);
    let old = format!("hanzo_session={before}");
    assert!(location(&world.get(KEYS).header("cookie", &old).send()).starts_with("/login"));
    assert_eq!(sql(&world, "SELECT id FROM sessions").len(), 1);
}

#[test]
fn each_change_of_how_the_account_signs_in_takes_a_fresh_proof() {
    let world = World::demo();
    let (mut browser, ..) = stale(&world);
    for (page, step) in [
        ("/account/passkeys", "remove"),
        ("/account/factors", "remove"),
        ("/account/factors", "renew"),
        ("/account/factors", "enrol"),
        ("/account/keys", "create"),
        ("/account/keys", "revoke"),
    ] {
        let token = form_token(&browser.get("/account/profile").text());
        let answer = browser.post(page, &[("form_token", &token), ("step", step)]);
        assert!(location(&answer).starts_with("/account/confirm?continue="), "{page} {step}");
    }
    for page in ["/account/password", "/account/delete"] {
        assert!(location(&browser.get(page)).starts_with("/account/confirm?continue="), "{page}");
        let token = form_token(&browser.get("/account/profile").text());
        let form = [("form_token", &*token), ("confirm", "bob"), ("old", PASSWORD)];
        let answer = browser.post(page, &form);
        assert!(location(&answer).starts_with("/account/confirm?continue="), "{page}");
    }
    for page in ["/account/profile", "/account/sessions", "/account/activity"] {
        assert_eq!(browser.get(page).status(), StatusCode::OK, "{page}");
    }
}

#[test]
fn with_a_second_factor_the_password_is_not_enough() {
    let world = World::demo();
    let (mut browser, totp, _) = stale(&world);
    assert!(browser.get(CONFIRM).text().contains("autocomplete=\"one-time-code\""));
    let by_password = post(&mut browser, CONFIRM, &[("step", "password"), ("password", PASSWORD)]);
    assert_eq!(by_password.status(), StatusCode::FORBIDDEN);
    assert_eq!(location(&create(&mut browser)), CONFIRM);
    let wrong = confirm(&mut browser, "app", "000000");
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    let code = code(&world, &totp);
    assert_eq!(location(&confirm(&mut browser, "app", &code)), KEYS);
    assert_eq!(create(&mut browser).status(), StatusCode::OK);
    // A code works once, here as at the sign-in (RFC 6238 §5.2).
    world.clock.advance(FRESH + 1);
    assert_eq!(confirm(&mut browser, "app", &code).status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn a_recovery_code_stands_in_once() {
    let world = World::demo();
    let (mut browser, _, codes) = stale(&world);
    assert_eq!(location(&confirm(&mut browser, "recovery", &codes[0])), KEYS);
    assert_eq!(create(&mut browser).status(), StatusCode::OK);
    world.clock.advance(FRESH + 1);
    let again = confirm(&mut browser, "recovery", &codes[0]);
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED);
}

/// The steps of a sign-in are no steps of a step-up, nor the other way around.
#[test]
fn a_step_up_reaches_nothing_but_the_session() {
    let world = World::demo();
    let (mut browser, totp, _) = stale(&world);
    for step in ["enrol", "finish", "restart", "unknown"] {
        let answer = post(&mut browser, CONFIRM, &[("step", step), ("method", "app")]);
        assert!(answer.0.headers().get("set-cookie").is_none(), "{step}");
        assert_eq!(location(&create(&mut browser)), CONFIRM, "{step}");
    }
    // The form of the step-up, posted to the sign-in of another browser.
    let mut other = Browser::new(&world);
    let code = code(&world, &totp);
    let page = "/login?organization=hanzo";
    let form = [("step", "second"), ("method", "app"), ("code", code.as_str())];
    let answer = post(&mut other, page, &form);
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(location(&other.get("/account")).starts_with("/login"));
}

#[test]
fn wrong_codes_of_a_step_up_are_bounded() {
    let world = World::demo();
    let (mut browser, totp, _) = stale(&world);
    for _ in 0..5 {
        confirm(&mut browser, "app", "000000");
    }
    let code = code(&world, &totp);
    let locked = confirm(&mut browser, "app", &code);
    assert_eq!(locked.status(), StatusCode::TOO_MANY_REQUESTS);
}

fn claims(world: &World, answer: &Answer) -> serde_json::Value {
    let code = parameter(&location(answer), "code").expect("a code");
    read(text(&redeem(world, &code).ok(), "id_token")).1
}

/// RFC 9470: the client asks for two factors, and the session has one.
#[test]
fn a_request_for_a_stronger_class_asks_for_the_second_factor_only() {
    let world = World::demo();
    let mut browser = signed_in(&world, "bob");
    let (totp, _) = enrol(&world, &mut browser);
    let weak = sql(&world, "SELECT id FROM sessions").len();
    sql(&world, "UPDATE sessions SET methods = '[\"pwd\"]', factors = '[]', acr = 'aal1'");
    assert!(parameter(&location(&browser.authorize(&[])), "code").is_some());
    let changes = [("acr_values", "aal2")];
    let page = location(&browser.authorize(&changes));
    let shown = browser.get(&page).text();
    assert!(
        shown.contains("autocomplete=\"one-time-code\"") && !shown.contains("type=\"password\"")
    );
    let address = format!("{page}&step_up=1");
    let token = form_token(&shown);
    let code = code(&world, &totp);
    let form = [("form_token", &*token), ("step", "second"), ("method", "app"), ("code", &*code)];
    let claims = claims(&world, &browser.post(&address, &form));
    assert_eq!(sql(&world, "SELECT acr FROM sessions")[0]["acr"], "aal2");
    let amr: Vec<&str> =
        claims["amr"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    assert_eq!(amr, ["pwd", "otp", "mfa"]);
    assert_eq!(sql(&world, "SELECT id FROM sessions").len(), weak);
    let silent = location(&browser.authorize(&[("acr_values", "aal2"), ("prompt", "none")]));
    assert!(parameter(&silent, "code").is_some(), "{silent}");
}

/// A second factor is no new sign-in: `prompt=login` and `max_age` ask for all of it.
#[test]
fn a_step_up_is_not_taken_where_a_new_sign_in_is_demanded() {
    let world = World::demo();
    let mut browser = signed_in(&world, "bob");
    let (totp, _) = enrol(&world, &mut browser);
    world.clock.advance(61);
    for changes in [[("prompt", "login")], [("max_age", "60")]] {
        let page = location(&browser.authorize(&changes));
        let shown = browser.get(&page).text();
        assert!(shown.contains("type=\"password\""), "{changes:?}");
        let code = code(&world, &totp);
        let token = form_token(&shown);
        let form =
            [("form_token", &*token), ("step", "second"), ("method", "app"), ("code", &*code)];
        let answer = browser.post(&format!("{page}&step_up=1"), &form);
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{changes:?}");
        assert!(answer.text().contains("type=\"password\""));
    }
}

/// Without a factor that meets the class there is nothing to step up by: the whole sign-in enrols one.
#[test]
fn an_account_without_a_second_factor_signs_in_and_enrols_one() {
    let world = World::demo();
    let mut browser = signed_in(&world, "bob");
    let page = location(&browser.authorize(&[("acr_values", "aal2")]));
    assert!(browser.get(&page).text().contains("type=\"password\""));
    let answer = browser.sign_in(&[("acr_values", "aal2")], "bob", PASSWORD);
    assert!(answer.text().contains("Protect your account"), "{}", answer.text());
}
