//! How a request carries its credential: what the edge and the origin take alike.

use hanzo_iam::core::{credential::TOKEN_COOKIES, encoding::digest, token::Claims};

use crate::{
    browser::Browser,
    edge_world::{EdgeWorld, answered, forwarded, new_key, set, status_of},
    oauth::{TOKEN, text, tokens},
    world::{CLOUD_SECRET, PASSWORD, World},
};

const USERINFO: &str = "/v1/iam/oauth/userinfo";

/// RFC 9110 §11.4, issue 10 fault 25: the edge took two spaces and the origin refused them.
#[test]
fn two_spaces_after_the_scheme_mean_the_same_at_the_edge_and_at_the_origin() {
    let edge = EdgeWorld::new();
    let bearer = format!("Bearer  {}", edge.token());
    forwarded(edge.send("GET /v1/echo", &[("authorization", &bearer)]));

    let world = World::demo();
    let key = format!("bearer  {}", world.keys["alice"]);
    world.get("/v1/iam/users").header("authorization", &key).send().ok();
    let issued = tokens(&world);
    let bearer = format!("Bearer   {}", text(&issued, "access_token"));
    world.get(USERINFO).header("authorization", &bearer).send().ok();
    let basic = world.post(TOKEN).basic("hanzo-cloud", CLOUD_SECRET).request;
    let basic = basic.headers["authorization"].to_str().unwrap().replace(' ', "  ");
    let form = [("grant_type", "client_credentials")];
    world.post(TOKEN).header("authorization", &basic).form(&form).send().ok();
}

/// RFC 9110 §11.6.1: a scheme that is not taken is no malformed request.
#[test]
fn another_scheme_is_an_invalid_credential_at_the_edge_and_at_the_origin() {
    let edge = EdgeWorld::new();
    let world = World::demo();
    for (value, status) in [("Digest a", 401), ("Bearer a b", 400), ("Bearer a, Bearer b", 400)] {
        let header = [("authorization", value)];
        assert_eq!(answered(edge.send("GET /v1/echo", &header)).status, status, "{value}");
        let refused = world.get("/v1/iam/users").header("authorization", value).send();
        refused.refused(status);
    }
}

/// RFC 6265 §4.2.1; issue 10, fault 15.
#[test]
fn a_cookie_reaches_the_service_as_the_browser_sent_it() {
    let world = EdgeWorld::new();
    let token = world.token();
    let prefs = r#"prefs={"a":1,"b":"x"}"#;
    let cookie = format!("last=a,access_token=old; {prefs}; access_token={token}; theme=dark");
    let forward = forwarded(world.send("GET /v1/echo", &[("cookie", &cookie)]));
    assert_eq!(set(&forward, "x-user-id"), Some("u-alice"));
    let passed = format!("last=a,access_token=old; {prefs}; theme=dark");
    assert_eq!(set(&forward, "cookie"), Some(passed.as_str()));
}

/// A cookie that another application has set, of every kind that a token can be wrong in.
fn foreign_tokens(world: &EdgeWorld) -> Vec<String> {
    let signed = |change: fn(&mut Claims)| {
        let mut claims = world.claims();
        change(&mut claims);
        EdgeWorld::signed(&world.key, &claims)
    };
    let token = world.token();
    let (unsigned, _) = token.rsplit_once('.').unwrap();
    vec![
        "opaque".to_owned(),
        "a.b.c".to_owned(),
        format!("{unsigned}.{}", "A".repeat(86)),
        EdgeWorld::signed(&new_key(), &world.claims()),
        signed(|claims| "https://accounts.example".clone_into(&mut claims.iss)),
        signed(|claims| claims.aud = vec!["another-api".to_owned()]),
        signed(|claims| claims.exp = claims.exp.plus(-7200)),
    ]
}

/// Issue 10, fault 15: a public path is public with any cookie, while a header is sent on purpose.
#[test]
fn a_foreign_cookie_never_closes_a_public_path() {
    let world = EdgeWorld::new();
    world.tell_origin_snapshot(&[&world.key]);
    for foreign in foreign_tokens(&world) {
        for name in TOKEN_COOKIES {
            let cookie = format!("{name}={foreign}; theme=dark");
            let cookie = [("cookie", cookie.as_str())];
            let forward = forwarded(world.send("GET /v1/echo/public/a", &cookie));
            assert_eq!(set(&forward, "x-user-id"), None);
            assert_eq!(set(&forward, "cookie"), Some("theme=dark"));
            let refused = answered(world.send("GET /v1/echo", &cookie)).status;
            assert_eq!(refused, 401, "{name}={foreign:.40}");
        }
        let header = [("authorization", format!("Bearer {foreign}"))];
        let header = [(header[0].0, header[0].1.as_str())];
        assert_eq!(answered(world.send("GET /v1/echo/public/a", &header)).status, 401);
    }
}

#[test]
fn a_public_path_is_served_while_a_cookie_cannot_be_verified() {
    let world = EdgeWorld::new();
    let cookie = format!("access_token={}", world.token());
    let cookie = [("cookie", cookie.as_str())];
    forwarded(world.send("GET /v1/echo/public/a", &[]));
    *world.backend.origin_is_down.borrow_mut() = true;
    world.clock.advance(3000);
    assert_eq!(status_of(world.send("GET /v1/echo", &cookie)), 503);
    let forward = forwarded(world.send("GET /v1/echo/public/a", &cookie));
    assert_eq!(set(&forward, "x-user-id"), None);
}

/// Issue 10, fault 15: the valid token counts, wherever it stands among foreign ones.
#[test]
fn a_foreign_cookie_does_not_lock_out_who_has_a_valid_one() {
    let world = EdgeWorld::new();
    world.tell_origin_snapshot(&[&world.key]);
    for foreign in foreign_tokens(&world) {
        let world = EdgeWorld::new();
        world.tell_origin_snapshot(&[&world.key]);
        let token = world.token();
        for cookie in [
            format!("access_token={foreign}; hanzo_token={token}"),
            format!("hanzo_token={foreign}; hanzo_token={token}"),
            format!("hanzo_token={token}; hanzo_token={foreign}"),
            format!("__Host-hanzo_iam_token=x; access_token={foreign}; access_token={token}"),
        ] {
            for _ in 0..2 {
                let forward = forwarded(world.send("GET /v1/echo", &[("cookie", &cookie)]));
                assert_eq!(set(&forward, "x-user-id"), Some("u-alice"), "{cookie:.60}");
                assert_eq!(set(&forward, "cookie"), Some(""));
            }
        }
        let bearer = format!("Bearer {token}");
        let both =
            [("authorization", bearer.as_str()), ("cookie", "access_token=a; access_token=b")];
        forwarded(world.send("GET /v1/echo", &both));
    }
}

/// RFC 9068 §4: a cookie for one service is a foreign one at another.
#[test]
fn a_cookie_for_another_service_closes_no_public_path_and_hides_no_valid_cookie() {
    let world = EdgeWorld::new();
    let mut snapshot = world.edge_snapshot(&[&world.key]);
    snapshot.routes[1].audiences = vec!["of-files".to_owned()];
    world.publish_snapshot(&snapshot);
    let mut claims = world.claims();
    claims.aud = vec!["of-files".to_owned()];
    let of_files = format!("access_token={}", EdgeWorld::signed(&world.key, &claims));
    let send = |line: &str, cookie: &str| world.send(line, &[("cookie", cookie)]);
    for _ in 0..2 {
        forwarded(send("GET /v1/files/a", &of_files));
        assert_eq!(answered(send("GET /v1/echo", &of_files)).status, 401);
        let forward = forwarded(send("GET /v1/echo/public/a", &of_files));
        assert_eq!(set(&forward, "x-user-id"), None);
        let both = format!("{of_files}; hanzo_token={}", world.token());
        forwarded(send("GET /v1/echo", &both));
    }
}

/// All of them together, each with a signature to check: the request ends.
#[test]
fn many_forged_cookies_cost_a_bounded_number_of_signatures() {
    let world = EdgeWorld::new();
    let forged = |number: usize| {
        let mut claims = world.claims();
        claims.jti = number.to_string();
        let token = EdgeWorld::signed(&world.key, &claims);
        format!("{}{}", &token[..token.len() - 10], "AAAAAAAAAA")
    };
    let mut cookies: Vec<_> =
        (0..30).map(|number| format!("{}={}", TOKEN_COOKIES[number % 4], forged(number))).collect();
    assert_eq!(status_of(world.send("GET /v1/echo", &[("cookie", &cookies.join("; "))])), 401);
    cookies.push(format!("hanzo_token={}", world.token()));
    forwarded(world.send("GET /v1/echo", &[("cookie", &cookies.join("; "))]));
}

/// Issue 10, fault 24: what changes something, or opens a connection that can, is no other page's.
#[test]
fn a_cookie_authorizes_an_unsafe_method_or_an_upgrade_only_from_a_page_of_ours() {
    let world = EdgeWorld::new();
    let cookie = format!("hanzo_token={}", world.token());
    let send = |line: &str, from: &[(&'static str, &'static str)]| {
        let mut headers = vec![("cookie", cookie.as_str())];
        headers.extend(from);
        status_of(world.send(line, &headers))
    };
    let own: [&[_]; 4] = [
        &[("origin", "https://api.hanzo.ai")],
        &[("origin", "https://api.hanzo.ai"), ("sec-fetch-site", "same-origin")],
        &[("origin", "https://console.hanzo.example"), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-origin")],
    ];
    let foreign: [&[_]; 10] = [
        &[],
        &[("origin", "null")],
        &[("origin", "https://evil.example")],
        &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
        &[("origin", "https://evil.hanzo.ai"), ("sec-fetch-site", "same-site")],
        &[("origin", "http://api.hanzo.ai")],
        &[("origin", "https://api.hanzo.ai.evil.example")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "none")],
    ];
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        for from in own {
            assert_eq!(send(&format!("{method} /v1/echo"), from), 200, "{method} {from:?}");
        }
        for from in foreign {
            assert_eq!(send(&format!("{method} /v1/echo"), from), 403, "{method} {from:?}");
        }
    }
    for from in own {
        assert_eq!(send("GET /v1/echo", &[from, &[("upgrade", "websocket")]].concat()), 200);
    }
    for from in foreign {
        let upgrade = [from, &[("upgrade", "websocket")]].concat();
        assert_eq!(send("GET /v1/echo", &upgrade), 403, "{from:?}");
        assert_eq!(send("GET /v1/echo", from), 200, "reading changes nothing: {from:?}");
    }
}

/// The page of another origin may use its own token, and gets what is public.
#[test]
fn only_cookies_are_bound_to_the_page_that_sends_them() {
    let world = EdgeWorld::new();
    let token = world.token();
    let (bearer, cookie) = (format!("Bearer {token}"), format!("hanzo_token={token}"));
    let from = ("origin", "https://evil.example");
    forwarded(world.send("POST /v1/echo", &[from, ("authorization", &bearer)]));
    forwarded(
        world.send("POST /v1/echo", &[from, ("authorization", &bearer), ("cookie", &cookie)]),
    );
    let forward = forwarded(world.send("POST /v1/echo/public/a", &[from, ("cookie", &cookie)]));
    assert_eq!((set(&forward, "x-user-id"), set(&forward, "cookie")), (None, Some("")));
}

/// Issue 10, fault 24, at the origin: a neighbouring host of our own site is another page too.
#[test]
fn the_origin_refuses_a_change_by_cookie_that_a_neighbouring_host_makes() {
    let world = World::demo();
    let issued = tokens(&world);
    let cookie = format!("access_token={}", text(&issued, "access_token"));
    let post = |name: &str, value: &str| {
        let call = world.post(USERINFO).header("cookie", &cookie);
        call.header(name, value).send().status().as_u16()
    };
    assert_eq!(post("sec-fetch-site", "same-site"), 401);
    assert_eq!(post("sec-fetch-site", "cross-site"), 401);
    assert_eq!(post("origin", "null"), 401);
    assert_eq!(post("sec-fetch-site", "same-origin"), 200);
}

/// ATTACKS F-83; issue 10, fault 25: refused with 400, and recorded by its digest.
#[test]
fn a_key_anywhere_in_an_address_is_refused_and_recorded() {
    let (key, _) = EdgeWorld::mint_key(1);
    let encoded = key.replace('-', "%2D");
    for (target, place) in [
        (format!("/v1/echo?{key}"), "query"),
        (format!("/v1/echo?{key}=1"), "query"),
        (format!("/v1/echo?auth=Bearer%20{key}"), "query"),
        (format!("/v1/echo?auth=Bearer+{encoded}"), "query"),
        (format!("/v1/echo/{key}"), "path"),
        (format!("/v1/echo/{encoded}"), "path"),
        (format!("/v1/echo/public/{key}/x"), "path"),
        (format!("/v1/iam/users?{key}"), "query"),
        (format!("/v1/iam/users/{key}"), "path"),
        (format!("/{key}"), "path"),
        (format!("/nothing?x={key}"), "query"),
    ] {
        let world = EdgeWorld::new();
        let answer = answered(world.call(&format!("GET {target}"), &world.token()));
        assert_eq!(answer.status, 400, "{target}");
        assert!(!answer.body.contains(&key));
        let calls = world.backend.origin_calls.borrow();
        let told = format!(
            r#"POST /internal/exposures {{"digest":"{}","where":"{place}"}}"#,
            digest(&key)
        );
        assert!(calls.contains(&told), "{target}: {calls:?}");
    }
}

/// Issue 10, fault 15, for the session: a neighbouring host sets `hanzo_session` for the whole
/// domain. What it sets is neither the person's session nor an end of it.
#[test]
fn a_foreign_session_cookie_neither_signs_out_nor_takes_the_place_of_the_session() {
    let world = World::demo();
    let session = |name: &str| {
        let mut browser = Browser::new(&world);
        browser.sign_in(&[], name, PASSWORD);
        browser.cookies.into_iter().find(|(name, _)| name == "hanzo_session").unwrap().1
    };
    let (alice, bob) = (session("alice"), session("bob"));
    let whoami = |cookie: &str| world.get("/v1/iam/whoami").header("cookie", cookie).send().text();
    let unknown = "A".repeat(43);
    for cookie in [
        format!("hanzo_session=x; hanzo_session={alice}"),
        format!("hanzo_session={unknown}; hanzo_session={alice}"),
        format!("hanzo_session={alice}; last=a,b; hanzo_session={unknown}"),
        format!("hanzo_session={alice}; hanzo_session={alice}"),
    ] {
        assert!(whoami(&cookie).contains("alice"), "{cookie}");
    }
    let both = format!("hanzo_session={bob}; hanzo_session={alice}");
    assert!(whoami(&both).contains("login_required"));
    // The next sign-in ends the sessions of all cookies that came along, and counts.
    let mut browser = Browser::new(&world);
    browser.cookies.push(("hanzo_session".to_owned(), format!("{bob}; hanzo_session={alice}")));
    browser.sign_in(&[], "alice", PASSWORD);
    let again = format!("hanzo_session={bob}; {}", browser.cookie());
    assert!(whoami(&again).contains("alice"));
    assert!(whoami(&format!("hanzo_session={bob}")).contains("login_required"));
}

/// ATTACKS F-82, at the origin: no refusal reveals whether a key is malformed, unknown or dead.
#[test]
fn the_origin_refuses_all_keys_that_are_not_valid_alike() {
    let world = World::demo();
    let bob = world.keys["bob"].clone();
    world.delete("/v1/iam/keys/hanzo/bob").of("bob").send().ok();
    let refusal = |key: &str| {
        let answer = world.get("/v1/iam/users").bearer(key).send();
        let challenge = answer.header("www-authenticate").map(str::to_owned);
        (answer.status(), challenge, answer.text())
    };
    let first = refusal("hk-");
    assert_eq!(first.0, 401);
    let (unknown, _) = EdgeWorld::mint_key(99); // of this root key and environment
    let wrong_sum = format!("{}{}", &bob[..57], if bob.ends_with('a') { "b" } else { "a" });
    let imported = "sk-live-0123456789abcdef0123456789abcdef";
    for key in [bob.as_str(), &unknown, &wrong_sum, imported, "hk-\u{4e2d}", &"hk-a".repeat(999)] {
        assert_eq!(refusal(key), first, "{key:.20}");
    }
}
