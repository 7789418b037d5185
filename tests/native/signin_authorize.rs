//! The authorization endpoint and its page, as a browser goes through them.

use http::StatusCode;

use crate::{
    browser::{
        Browser, CALLBACK, CHALLENGE, form_token, location, parameter, query, without_nonces,
    },
    world::{Answer, ISSUER, PASSWORD, World},
};

#[test]
fn a_person_signs_in_once_and_is_known_from_then_on() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    let to = location(&browser.sign_in(&[], "alice", PASSWORD));
    assert!(to.starts_with(&format!("{CALLBACK}?code=")), "{to}");
    assert_eq!(parameter(&to, "state").as_deref(), Some("xyz"));
    // ATTACKS C-54: RFC 9207
    assert_eq!(parameter(&to, "iss").as_deref(), Some(ISSUER));
    let again = location(&browser.authorize(&[("prompt", "none")]));
    assert!(parameter(&again, "code").is_some(), "{again}");
    assert_ne!(parameter(&again, "code"), parameter(&to, "code"));
    world.clock.advance(14 * 24 * 3600);
    let late = location(&browser.authorize(&[("prompt", "none")]));
    assert_eq!(parameter(&late, "error").as_deref(), Some("login_required"));
}

#[test]
fn the_session_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    let answer = browser.sign_in(&[], "alice", PASSWORD);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("hanzo_session="), "{cookie}");
    for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure", "; Max-Age=1209600"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[test]
fn a_new_sign_in_has_a_new_session_and_ends_the_old_one() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let old = browser.cookie();
    browser.sign_in(&[("prompt", "login")], "alice", PASSWORD);
    assert_ne!(browser.cookie(), old);
    let mut stale = Browser::new(&world);
    stale.cookies = old
        .split("; ")
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let to = location(&stale.authorize(&[("prompt", "none")]));
    assert_eq!(parameter(&to, "error").as_deref(), Some("login_required"));
}

/// ATTACKS C-39, C-40.
#[test]
fn an_unknown_client_or_address_gets_a_page_and_no_redirect() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    for change in [
        ("client_id", "nobody"),
        ("client_id", ""),
        ("redirect_uri", ""),
        ("redirect_uri", "https://evil.example/callback"),
        ("redirect_uri", "http://localhost:3001/callback"),
        ("redirect_uri", "http://localhost:3000/callback/../x"),
        ("redirect_uri", "http://localhost:3000/callback#f"),
        ("redirect_uri", "http://x@localhost:3000/callback"),
        ("redirect_uri", "javascript:alert(1)"),
    ] {
        for answer in [
            browser.authorize(&[change]),
            browser.authorize(&[change, ("prompt", "none")]),
            browser.get(&format!("/login/oauth/authorize?{}", query(&[change]))),
        ] {
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{change:?}");
            assert_eq!(answer.header("location"), None, "{change:?}");
            assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
        }
    }
}

/// ATTACKS C-42: RFC 6749 §3.1, §4.1.2.1; issue 10, fault 16.
#[test]
fn a_repeated_parameter_is_redirected_as_an_error_unless_the_redirect_is_in_doubt() {
    let world = World::demo();
    let repeating = |repeated: &str| {
        world.get(&format!("/v1/iam/oauth/authorize?{}&{repeated}", query(&[]))).send()
    };
    for repeated in ["client_id=hanzo-app", "redirect_uri=https%3A%2F%2Fevil.example", "state=a"] {
        let answer = repeating(repeated);
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{repeated}");
        assert_eq!(answer.header("location"), None, "{repeated}");
    }
    for (repeated, error) in [
        ("scope=openid", "invalid_request"),
        ("response_type=code", "invalid_request"),
        ("code_challenge=", "invalid_request"),
        ("response_mode=query&response_mode=fragment", "invalid_request"),
        ("unknown=1&unknown=1", "invalid_request"),
        ("resource=https%3A%2F%2Fa&resource=https%3A%2F%2Fb", "invalid_target"),
    ] {
        let to = location(&repeating(repeated));
        assert!(to.starts_with(&format!("{CALLBACK}?")), "{to}");
        assert_eq!(parameter(&to, "error").as_deref(), Some(error), "{repeated}");
        assert_eq!(parameter(&to, "state").as_deref(), Some("xyz"));
    }
    // Half in the query and half in the body is twice as well.
    let path = format!("/v1/iam/oauth/authorize?{}", query(&[]));
    let to = location(&world.post(&path).form(&[("nonce", "n")]).send());
    assert_eq!(parameter(&to, "error").as_deref(), Some("invalid_request"));
}

/// Issue 10, fault 17.
#[test]
fn a_state_comes_back_whole_or_a_page_says_that_it_is_too_long() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    let longest = "s".repeat(4096);
    let to = location(&browser.sign_in(&[("state", &longest)], "alice", PASSWORD));
    assert_eq!(parameter(&to, "state").as_deref(), Some(longest.as_str()));
    let refused = browser.authorize(&[("state", &(longest + "s"))]);
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert_eq!(refused.header("location"), None);
}

/// Issue 10, fault 26: what is posted does not become an address of any length.
#[test]
fn a_posted_request_leads_to_an_address_of_bounded_length() {
    let world = World::demo();
    let endless = "x".repeat(200_000);
    for name in ["unknown", "id_token_hint", "login_hint", "prompt", "scope", "nonce", "resource"] {
        let body = query(&[(name, &endless)]);
        let mut call = world.post("/v1/iam/oauth/authorize");
        call.request.body = body.into_bytes();
        let answer = call.header("content-type", "application/x-www-form-urlencoded").send();
        let to = location(&answer);
        assert!(to.len() <= 8192, "{name}: {}", to.len());
        let page = to.starts_with("/login/oauth/authorize?");
        assert_eq!(page, name == "unknown", "{name}: {to}");
        assert_eq!(parameter(&to, "state").as_deref(), Some("xyz"));
    }
    // The state of this one is within its bound, and three times as long in an address.
    let mut call = world.post("/v1/iam/oauth/authorize");
    let state = "%".repeat(4096);
    call.request.body = query(&[("state", &state)]).into_bytes();
    let to = location(&call.header("content-type", "application/x-www-form-urlencoded").send());
    assert_eq!(parameter(&to, "error").as_deref(), Some("invalid_request"));
    assert_eq!(parameter(&to, "state"), Some(state));
}

/// ATTACKS C-43, C-45, C-47, C-49, C-53.
#[test]
fn other_errors_are_redirected_to_the_client() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    for (change, error) in [
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", "code id_token"), "unsupported_response_type"),
        (("request", "e30.e30."), "request_not_supported"),
        (("request_uri", "https://evil.example/r"), "request_uri_not_supported"),
        (("prompt", "none login"), "invalid_request"),
        (("prompt", "none"), "login_required"),
        (("resource", "https://api.hanzo.ai#f"), "invalid_target"),
        (("resource", "https://unknown.example"), "invalid_target"),
        (("scope", "admin"), "invalid_scope"),
        (("scope", "openid \"x"), "invalid_scope"),
        (("max_age", "soon"), "invalid_request"),
    ] {
        let to = location(&browser.authorize(&[change]));
        assert!(to.starts_with(CALLBACK), "{change:?} {to}");
        assert_eq!(parameter(&to, "error").as_deref(), Some(error), "{change:?}");
        assert_eq!(parameter(&to, "state").as_deref(), Some("xyz"));
        assert_eq!(parameter(&to, "iss").as_deref(), Some(ISSUER));
        assert_eq!(parameter(&to, "code"), None);
    }
}

/// OIDC Core §3.1.2.1; issue 10, fault 21.
#[test]
fn an_unknown_scope_is_ignored_and_the_reply_names_the_granted_one() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    let to = location(&browser.sign_in(&[("scope", "openid fly admin email")], "alice", PASSWORD));
    let tokens = crate::oauth::redeem(&world, &parameter(&to, "code").unwrap()).ok();
    let scope = tokens["scope"].as_str().unwrap();
    assert!(scope.starts_with("openid email"), "{scope}");
    assert!(!scope.contains("fly") && !scope.contains("admin"), "{scope}");
    assert_eq!(crate::oauth::access_claims(&tokens)["scope"], scope);
}

/// ATTACKS C-50.
#[test]
fn an_old_sign_in_is_asked_for_again() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    world.clock.advance(61);
    let page = |answer: &Answer| location(answer).starts_with("/login/oauth/authorize");
    assert!(page(&browser.authorize(&[("max_age", "60")])));
    assert!(page(&browser.authorize(&[("max_age", "0")])));
    assert!(!page(&browser.authorize(&[("max_age", "61")])));
    for prompt in ["login", "select_account"] {
        assert!(page(&browser.authorize(&[("prompt", prompt)])), "{prompt}");
    }
    let to = location(&browser.sign_in(&[("max_age", "0")], "alice", PASSWORD));
    assert!(parameter(&to, "code").is_some(), "{to}");
}

/// ATTACKS C-46 (CVE-2024-21637): quotes and scripts in the state stay text.
#[test]
fn a_form_post_answer_is_escaped_and_posts_only_to_the_client() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    let state = "\"><script>alert(1)</script>";
    let changes = [("response_mode", "form_post"), ("state", state)];
    let answer = browser.sign_in(&changes, "alice", PASSWORD);
    assert_eq!(answer.status(), StatusCode::OK);
    let page = answer.text();
    assert!(page.contains("action=\"http://localhost:3000/callback\""), "{page}");
    assert!(page.contains("name=\"code\"") && page.contains("name=\"iss\""));
    assert!(!page.contains(state) && page.contains("&quot;&gt;&lt;script&gt;"));
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'nonce-") && !policy.contains("'unsafe"), "{policy}");
    let fragment = location(&browser.authorize(&[("response_mode", "fragment")]));
    assert!(fragment.starts_with("http://localhost:3000/callback#code="), "{fragment}");
}

/// ATTACKS C-52: RFC 9700 §4.16.
#[test]
fn the_page_cannot_be_framed_or_scripted_and_posts_only_home() {
    let world = World::demo();
    let answer = world.get(&format!("/login/oauth/authorize?{}", query(&[]))).send();
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    let policy = answer.header("content-security-policy").unwrap();
    for part in
        ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self';"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(policy.contains("script-src 'nonce-") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("set-cookie").unwrap().starts_with("__Host-hanzo_signin="));
}

/// ATTACKS C-52, C-55 (login CSRF): a form that this browser was not given signs nobody in.
#[test]
fn a_cross_site_form_does_not_sign_in() {
    let world = World::demo();
    let page = format!("/login/oauth/authorize?{}", query(&[]));
    let mut attacker = Browser::new(&world);
    let stolen = form_token(&attacker.get(&page).text());
    let mut victim = Browser::new(&world);
    let own = form_token(&victim.get(&page).text());
    let credentials = [("username", "alice"), ("password", PASSWORD)];
    for token in ["", "AAAA", stolen.as_str()] {
        let form = [("form_token", token), credentials[0], credentials[1]];
        let answer = victim.post(&page, &form);
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{token}");
        assert!(answer.header("set-cookie").is_none_or(|text| !text.contains("hanzo_session")));
    }
    let form = [("form_token", own.as_str()), credentials[0], credentials[1]];
    for (name, value) in
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    {
        let answer = world
            .post(&page)
            .header("cookie", &victim.cookie())
            .header(name, value)
            .form(&form)
            .send();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name} {value}");
    }
    let without_cookie = world.post(&page).header("origin", ISSUER).form(&form).send();
    assert_eq!(without_cookie.status(), StatusCode::FORBIDDEN);
    assert_eq!(victim.post(&page, &form).status(), StatusCode::OK);
}

/// ATTACKS G-98.
#[test]
fn the_page_is_the_same_whether_or_not_the_user_exists() {
    let world = World::demo();
    let mut pages = Vec::new();
    for name in ["alice", "nobody"] {
        let mut browser = Browser::new(&world);
        let mut seen = Vec::new();
        for _ in 0..6 {
            let answer = browser.sign_in(&[], name, "wrong");
            let token = form_token(&answer.text());
            let text = without_nonces(&answer.text()).replace(name, "").replace(&token, "");
            seen.push((answer.status(), text));
        }
        pages.push(seen);
    }
    assert_eq!(pages[0], pages[1]);
    assert_eq!(pages[0][4].0, StatusCode::UNAUTHORIZED);
    assert_eq!(pages[0][5].0, StatusCode::TOO_MANY_REQUESTS);
}

#[test]
fn five_wrong_passwords_lock_for_a_quarter_of_an_hour() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    for login in ["alice", "Alice", " ALICE", "hanzo/alice", "alice"] {
        let answer = browser.sign_in(&[], login, "wrong");
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{login}");
    }
    let locked = browser.sign_in(&[], "alice", PASSWORD);
    assert_eq!(locked.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(locked.text().contains("locked for 15 minutes"));
    world.clock.advance(15 * 60);
    assert_eq!(browser.sign_in(&[], "alice", PASSWORD).status(), StatusCode::OK);
}

/// ATTACKS G-106.
#[test]
fn an_impossible_password_is_refused_without_work() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    let endless = "\u{1f511}".repeat(129);
    for password in ["", endless.as_str(), "a\0b"] {
        for name in ["alice", "nobody"] {
            assert_eq!(browser.sign_in(&[], name, password).status(), StatusCode::BAD_REQUEST);
        }
    }
}

#[test]
fn a_person_of_another_organization_is_not_let_in() {
    let world = World::demo();
    let acme = [
        ("client_id", "acme-app"),
        ("redirect_uri", "https://acme.example/callback"),
        ("scope", "openid"),
    ];
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let to = location(&browser.authorize(&[acme[0], acme[1], acme[2], ("prompt", "none")]));
    assert_eq!(parameter(&to, "error").as_deref(), Some("interaction_required"));
    let refused = browser.sign_in(&acme, "hanzo/alice", PASSWORD);
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(browser.sign_in(&acme, "alice", PASSWORD).status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn a_request_on_an_alias_host_goes_to_the_issuer() {
    let world = World::demo();
    let mut call = world.get(&format!("/v1/iam/oauth/authorize?{}", query(&[])));
    call.request.base = "https://iam.hanzo.ai".to_owned();
    let answer = call.send();
    assert_eq!(answer.status(), StatusCode::TEMPORARY_REDIRECT);
    let to = answer.header("location").unwrap();
    assert_eq!(to, format!("{ISSUER}/v1/iam/oauth/authorize?{}", query(&[])));
}

#[test]
fn a_posted_request_is_read_like_any_other() {
    let world = World::demo();
    let answer = world.post("/v1/iam/oauth/authorize").form(&[
        ("client_id", "hanzo-app"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    assert!(location(&answer.send()).starts_with("/login/oauth/authorize?client_id=hanzo-app"));
}

/// RFC 8252 §7.1: a native application is opened by the person's own click, so by the redirect.
#[test]
fn a_native_application_is_redirected_to_under_its_own_scheme() {
    let world = World::demo();
    let register = hanzo_iam::ports::Statement::new(
        "UPDATE applications SET redirect_uris = '[\"ai.hanzo.app:/callback\"]' \
         WHERE client_id = 'hanzo-app'",
    );
    pollster::block_on(world.origin.database.run(register)).unwrap();
    let mut browser = Browser::new(&world);
    let changes = [("redirect_uri", "ai.hanzo.app:/callback")];
    let page = location(&browser.authorize(&changes));
    let policy = browser.get(&page);
    let policy = policy.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' ai.hanzo.app:;"), "{policy}");
    let answer = browser.sign_in(&changes, "alice", PASSWORD);
    assert!(answer.header("location").unwrap().starts_with("ai.hanzo.app:/callback?code="));
}
