//! Logout asks unless the request is an ID token's of the session that ends (RP-Initiated Logout §2;
//! issue 10, fault 14).

use http::StatusCode;

use crate::{
    browser::{Browser, location, parameter},
    oauth::{is_active, redeem, sql, text},
    world::{Answer, ISSUER, PASSWORD, World},
};

const LOGOUT: &str = "/v1/iam/oauth/logout";
const BYE: &str = "https://app.example/bye";

fn world() -> World {
    let world = World::demo();
    sql(
        &world,
        &format!(
            "UPDATE applications SET post_logout_redirect_uris = '[\"{BYE}\"]' \
             WHERE client_id = 'hanzo-app'"
        ),
    );
    world
}

/// Signs a person in, and has the client redeem the code.
fn sign_in<'a>(world: &'a World, name: &str) -> (Browser<'a>, serde_json::Value) {
    let mut browser = Browser::new(world);
    let to = location(&browser.sign_in(&[], name, PASSWORD));
    let tokens = redeem(world, &parameter(&to, "code").unwrap()).ok();
    (browser, tokens)
}

fn is_signed_in(browser: &mut Browser<'_>) -> bool {
    parameter(&location(&browser.authorize(&[("prompt", "none")])), "code").is_some()
}

fn query(pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{LOGOUT}?{query}")
}

/// What a browser posts for a form of another site: without the cookie, unless `cookie` says so.
fn cross_site(world: &World, cookie: Option<&str>, form: &[(&str, &str)]) -> Answer {
    let mut call = world
        .post(LOGOUT)
        .header("origin", "https://app.example")
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate")
        .header("accept", "text/html,*/*;q=0.8");
    if let Some(cookie) = cookie {
        call = call.header("cookie", cookie);
    }
    call.form(form).send()
}

fn asks(answer: &Answer) -> bool {
    answer.status() == StatusCode::OK && answer.text().contains("Sign out?")
}

#[test]
fn a_logout_without_a_hint_or_with_another_sessions_asks_wherever_it_comes_from() {
    let world = world();
    let (mut browser, tokens) = sign_in(&world, "alice");
    let (_, of_bob) = sign_in(&world, "bob");
    let (_, of_another_session) = sign_in(&world, "alice");
    sql(&world, "UPDATE grants SET session_id = NULL WHERE client_id = 'hanzo-app'");
    let without_session = crate::oauth::refresh(&world, &tokens).ok();
    let forged = format!("{}x", text(&tokens, "id_token"));
    for hint in [
        "",
        "e30.e30.AA",
        &forged,
        text(&of_bob, "id_token"),
        text(&of_another_session, "id_token"),
        text(&without_session, "id_token"),
        text(&tokens, "access_token"),
    ] {
        let form = [
            ("id_token_hint", hint),
            ("client_id", "hanzo-app"),
            ("post_logout_redirect_uri", BYE),
        ];
        for site in ["none", "same-origin", "same-site", "cross-site"] {
            let answer = world
                .get(&query(&form))
                .header("cookie", &browser.cookie())
                .header("sec-fetch-site", site)
                .send();
            assert!(asks(&answer), "{site} {hint}: {}", answer.text());
            assert!(answer.header("set-cookie").is_none());
        }
        // Some browsers send the cookie with a form while it is new.
        assert!(asks(&cross_site(&world, Some(&browser.cookie()), &form)), "{hint}");
        assert!(is_signed_in(&mut browser));
    }
    assert!(is_active(&world, &tokens));
}

#[test]
fn the_person_who_is_asked_signs_out_and_goes_where_the_client_said() {
    let world = world();
    let (mut browser, tokens) = sign_in(&world, "alice");
    let form = [("client_id", "hanzo-app"), ("post_logout_redirect_uri", BYE), ("state", "\"a&b")];
    let page = browser.get(&query(&form)).text();
    for (name, value) in [("client_id", "hanzo-app"), ("state", "&quot;a&amp;b")] {
        assert!(page.contains(&format!("name=\"{name}\" value=\"{value}\"")), "{page}");
    }
    let answer = browser.post(LOGOUT, &form);
    assert_eq!(location(&answer), format!("{BYE}?state=%22a%26b"));
    assert!(!is_signed_in(&mut browser) && !is_active(&world, &tokens));
}

#[test]
fn an_id_token_of_the_session_ends_it_unasked() {
    let world = world();
    let (mut browser, tokens) = sign_in(&world, "alice");
    world.clock.advance(7200);
    let form = [("id_token_hint", text(&tokens, "id_token")), ("post_logout_redirect_uri", BYE)];
    let answer = world
        .get(&query(&form))
        .header("cookie", &browser.cookie())
        .header("sec-fetch-site", "cross-site")
        .send();
    let answer = browser.keep(answer);
    assert_eq!(location(&answer), BYE);
    assert!(!browser.cookie().contains("hanzo_session"));
    assert!(!is_signed_in(&mut browser) && !is_active(&world, &tokens));
}

/// RP-Initiated Logout §2: an OP must support POST. The form comes without the cookie.
#[test]
fn a_form_of_another_site_with_an_id_token_ends_that_session_and_no_other() {
    let world = world();
    let (mut browser, tokens) = sign_in(&world, "alice");
    let (mut bobs, of_bob) = sign_in(&world, "bob");
    let form = [
        ("id_token_hint", text(&tokens, "id_token")),
        ("post_logout_redirect_uri", BYE),
        ("state", "s"),
    ];
    let answer = bobs.keep(cross_site(&world, None, &form));
    assert_eq!(location(&answer), format!("{BYE}?state=s"));
    assert!(!is_signed_in(&mut browser) && !is_active(&world, &tokens));
    // Had it been posted in another person's browser, that person would still be signed in.
    assert!(is_signed_in(&mut bobs) && is_active(&world, &of_bob));
    // The session has ended: what is left to do is done by the browser's own session.
    let again = cross_site(&world, None, &form);
    assert_eq!(again.status(), StatusCode::SEE_OTHER);
    assert!(location(&again).starts_with(&format!("{LOGOUT}?id_token_hint=")));
    assert!(asks(&bobs.get(&location(&again))));
    assert_eq!(location(&browser.get(&location(&again))), format!("{BYE}?state=s"));
}

#[test]
fn a_form_of_another_site_without_a_hint_leads_to_the_question() {
    let world = world();
    let (mut browser, _) = sign_in(&world, "alice");
    let form = [("client_id", "hanzo-app"), ("post_logout_redirect_uri", BYE)];
    let answer = browser.keep(cross_site(&world, None, &form));
    let to = location(&answer);
    assert!(to.starts_with(&format!("{LOGOUT}?client_id=hanzo-app&")), "{to}");
    assert!(asks(&browser.get(&to)) && is_signed_in(&mut browser));
}

/// Issue 10, fault 17, at the other end.
#[test]
fn a_logout_whose_state_cannot_be_given_back_goes_nowhere() {
    let world = world();
    let (mut browser, tokens) = sign_in(&world, "alice");
    let hint = text(&tokens, "id_token");
    let endless = "s".repeat(4097);
    let form = [("id_token_hint", hint), ("post_logout_redirect_uri", BYE), ("state", &endless)];
    let twice = [
        ("id_token_hint", hint),
        ("post_logout_redirect_uri", BYE),
        ("state", "a"),
        ("state", "b"),
    ];
    for form in [form.as_slice(), twice.as_slice()] {
        assert_eq!(browser.get(&query(form)).status(), StatusCode::BAD_REQUEST);
        assert_eq!(cross_site(&world, None, form).status(), StatusCode::BAD_REQUEST);
    }
    assert!(is_signed_in(&mut browser));
}

/// Browsers send a token that an application left in a cookie without being asked.
#[test]
fn a_token_in_a_cookie_is_not_given_back_by_a_link() {
    let world = world();
    let (_, tokens) = sign_in(&world, "alice");
    let cookie = format!("hanzo_iam_token={}", text(&tokens, "access_token"));
    let answer = world.get(LOGOUT).header("cookie", &cookie).send();
    assert_eq!(location(&answer), format!("{ISSUER}/login?signed_out=1"));
    assert!(is_active(&world, &tokens));
    world.post(LOGOUT).bearer(text(&tokens, "access_token")).send().ok();
    assert!(!is_active(&world, &tokens));
}
