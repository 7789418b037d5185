//! The calls of the published clients: login, account, password, logout, and what pages of other
//! origins may do.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    browser::{Browser, CALLBACK, CHALLENGE, location, parameter},
    world::{Answer, Call, ISSUER, PASSWORD, World},
};

const LOGIN: &str = "/v1/iam/login?clientId=hanzo-app&responseType=code\
    &redirectUri=http%3A%2F%2Flocalhost%3A3000%2Fcallback&scope=openid&state=s&type=code\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

/// As `@hanzo/iam` 0.21.6 calls it (WIRE §4.6, 7).
fn login(world: &World, username: &str, password: &str) -> Answer {
    world
        .post(LOGIN)
        .json(&json!({
            "type": "code", "application": "hanzo-app", "organization": "hanzo",
            "autoSignin": true, "username": username, "password": password,
            "signinMethod": "Password",
        }))
        .send()
}

fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

/// A session of alice, as its cookie.
fn session(world: &World) -> String {
    cookie(&login(world, "alice", PASSWORD))
}

#[test]
fn the_sdk_signs_in_by_password_and_gets_a_code() {
    let world = World::demo();
    let answer = login(&world, "alice", PASSWORD);
    let body = answer.ok();
    assert_eq!(body["status"], "ok");
    // The code names its user, as the cookie does, and has 256 random bits.
    let (_, secret) = body["data"].as_str().unwrap().split_once('.').unwrap();
    assert_eq!(secret.len(), 43);
    assert_eq!(body["name"], "alice");
    assert!(cookie(&answer).starts_with("hanzo_session="));
}

#[test]
fn the_session_alone_gets_a_code_and_none_is_login_required() {
    let world = World::demo();
    let silent = json!({"type": "code", "application": "hanzo-app"});
    let body = world.post(LOGIN).json(&silent).send().ok();
    assert_eq!((&body["status"], &body["code"]), (&json!("error"), &json!("login_required")));
    let cookie = session(&world);
    let body = world.post(LOGIN).header("cookie", &cookie).json(&silent).send().ok();
    assert_eq!(body["status"], "ok", "{body}");
}

/// ATTACKS G-98; WIRE §4.5: five wrong, then a message of its own.
#[test]
fn login_says_the_same_of_known_and_unknown_names_and_locks_both() {
    let world = World::demo();
    let tries = |name: &str| -> Vec<Value> {
        (0..6).map(|_| login(&world, name, "wrong password").ok()).collect()
    };
    let (known, unknown) = (tries("alice"), tries("nobody"));
    assert_eq!(known, unknown);
    assert_eq!(known[4]["code"], "invalid_credentials");
    assert_eq!(known[5]["code"], "signin_locked");
    assert_eq!(login(&world, "alice", PASSWORD).ok()["code"], "signin_locked");
    world.clock.advance(900);
    assert_eq!(login(&world, "alice", PASSWORD).ok()["status"], "ok");
}

#[test]
fn a_disabled_account_or_organization_is_not_signed_in_and_loses_its_session() {
    for statement in [
        "UPDATE users SET is_forbidden = 1 WHERE name = 'alice'",
        "UPDATE organizations SET is_disabled = 1 WHERE name = 'hanzo'",
    ] {
        let world = World::demo();
        let cookie = session(&world);
        let account = || world.get("/v1/iam/account").header("cookie", &cookie).send().ok();
        assert_eq!(account()["status"], "ok");
        let run = world.origin.database.run(hanzo_iam::ports::Statement::new(statement));
        pollster::block_on(run).unwrap();
        assert_eq!(account()["status"], "error");
        assert_eq!(login(&world, "alice", PASSWORD).ok()["status"], "error");
    }
}

/// The hash is stored as an import leaves it; `core::password` has the forms of other systems.
#[test]
fn the_first_sign_in_with_an_imported_hash_replaces_it() {
    use hanzo_iam::core::password;
    let world = World::demo();
    let hash = || {
        let find = hanzo_iam::origin::store::users::find(&*world.origin.database, "hanzo", "alice");
        pollster::block_on(find).unwrap().unwrap().password_hash.unwrap()
    };
    for (text, foreign) in [
        // the reference implementation's own vector: 64 MiB, two passes, "password", "somesalt"
        (
            "password",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        ),
        ("password", "$2b$10$cgT08pfGUo9SUIIvXrIJ1uSXp0VJmOIKgEC6vqGvqRddK4Z3JB28G"),
        // Casdoor's md5-salt
        ("123456", "$nested-md5$MTIz$d9O37Z230ja56sgmLSf2pQ"),
    ] {
        let imported = password::adopted(foreign, [7; password::SALT_LENGTH]).unwrap();
        let statement =
            hanzo_iam::ports::Statement::new("UPDATE users SET password_hash = ?1").bind(&imported);
        pollster::block_on(world.origin.database.run(statement)).unwrap();
        assert_eq!(login(&world, "alice", "wrong").ok()["status"], "error", "{foreign}");
        assert_eq!(hash(), imported);
        assert_eq!(login(&world, "alice", text).ok()["status"], "ok", "{foreign}");
        assert!(!password::is_outdated(&hash()), "{foreign}");
        assert_eq!(login(&world, "alice", text).ok()["status"], "ok", "{foreign}");
    }
}

/// ATTACKS C-52, C-55.
#[test]
fn a_login_that_another_site_sends_is_refused() {
    let world = World::demo();
    let body = json!({"type": "login", "application": "hanzo-app", "username": "alice",
        "password": PASSWORD});
    for (name, value) in
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    {
        let answer = world.post("/v1/iam/login").header(name, value).json(&body).send();
        assert_eq!(answer.refused(403)["code"], "cross_site");
        assert_eq!(answer.header("set-cookie"), None);
    }
    let text = Call::json(world.post("/v1/iam/login"), &body);
    let mut text = text;
    text.request.headers.insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(text.send().status(), StatusCode::BAD_REQUEST);
    let own = world.post("/v1/iam/login").header("origin", ISSUER).json(&body).send();
    assert_eq!(own.ok()["data"], "hanzo/alice");
}

#[test]
fn malformed_calls_are_refused_without_harm() {
    let world = World::demo();
    for body in ["", "[]", "{", "null", r#"{"type":"code","type":"login"}"#, "\u{0}"] {
        let mut call = world.post(LOGIN).json(&json!(null));
        call.request.body = body.as_bytes().to_vec();
        assert_eq!(call.send().status(), StatusCode::BAD_REQUEST, "{body:?}");
    }
    for body in [
        json!({"type": "token"}),
        json!({"type": "code", "username": {"a": 1}, "password": ["x"]}),
        json!({"type": "code", "username": "alice", "password": "a".repeat(129)}),
        json!({"type": "code", "username": "alice", "code": "123456"}),
        json!({"type": "device", "userCode": "AAAA"}),
    ] {
        assert_eq!(world.post(LOGIN).json(&body).send().ok()["status"], "error", "{body}");
    }
    assert_eq!(login(&world, "alice", PASSWORD).ok()["status"], "ok");
}

#[test]
fn the_application_is_shown_without_what_is_configured_for_it_alone() {
    let world = World::demo();
    let path = "/v1/iam/auth/application?clientId=hanzo-cloud&responseType=code";
    let data = world.get(path).send().ok()["data"].clone();
    assert_eq!(data["organization"], "hanzo");
    assert!(data["grantTypes"].as_array().unwrap().contains(&json!("authorization_code")));
    assert_eq!(data["clientSecret"], "");
    assert!(data.get("capabilities").is_none() && data.get("resources").is_none());
    world.get("/v1/iam/auth/application?clientId=nobody").send().refused(400);
}

#[test]
fn the_methods_have_both_published_shapes() {
    let world = World::demo();
    for path in ["/v1/iam/auth/methods", "/v1/iam/auth/methods?clientId=hanzo-app"] {
        let body = world.get(path).send().ok();
        assert_eq!(body["data"]["password"], true);
        assert_eq!(body["methods"][0]["kind"], "password");
        assert_eq!(body["require_2fa"], false);
    }
}

/// ATTACKS G-98; WIRE §4.5.
#[test]
fn the_identifier_call_does_not_reveal_accounts_and_is_counted() {
    let world = World::demo();
    let ask = |name: &str, ip: &str| {
        let body = json!({"clientId": "hanzo-app", "identifier": name});
        let mut call = world.post("/v1/iam/auth/identifier").json(&body);
        call.request.client_ip = ip.to_owned();
        call.send()
    };
    for round in 0..20 {
        let name = if round % 2 == 0 { "alice" } else { "nobody" };
        let ip = format!("2001:db8::{round}");
        assert_eq!(ask(name, &ip).ok()["data"], json!({"account": true, "password": true}));
    }
    assert_eq!(ask("alice", "2001:db8::ff").status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask("alice", "2001:db8:0:1::1").status(), StatusCode::OK);
}

#[test]
fn the_account_is_read_and_changed_by_its_holder_only() {
    let world = World::demo();
    let cookie = session(&world);
    let anonymous = world.get("/v1/iam/account").send().ok();
    assert_eq!(anonymous["status"], "error");
    let body = world.get("/v1/iam/account").header("cookie", &cookie).send().ok();
    assert_eq!((&body["data"]["name"], &body["data2"]["name"]), (&json!("alice"), &json!("hanzo")));
    assert!(body["sub"].as_str().unwrap().len() == 36 && !body.to_string().contains("argon2"));
    assert_eq!(world.get("/v1/iam/account").of("bob").send().ok()["name"], "bob");
    assert_eq!(world.get("/v1/iam/whoami").header("cookie", &cookie).send().ok()["name"], "alice");
    let all = world.get("/v1/iam/accounts").header("cookie", &cookie).send().ok();
    assert_eq!(all["data"].as_array().unwrap().len(), 1);

    let change = json!({"displayName": "Alice A.", "isAdmin": false, "owner": "acme"});
    let put = |name: &str, value: &str| {
        world.put("/v1/iam/account").header("cookie", &cookie).header(name, value).json(&change)
    };
    put("origin", "https://evil.example").send().refused(403);
    world.put("/v1/iam/account").of("bob").json(&change).send().refused(403);
    let data = put("origin", ISSUER).send().ok()["data"].clone();
    assert_eq!(data["displayName"], "Alice A.");
    assert_eq!((&data["isAdmin"], &data["owner"]), (&json!(true), &json!("hanzo")));
}

#[test]
fn a_new_password_takes_the_old_one_and_ends_every_other_session() {
    let world = World::demo();
    let (here, elsewhere) = (session(&world), session(&world));
    let change = |old: &str, new: &str| {
        world
            .put("/v1/iam/password")
            .header("cookie", &here)
            .json(&json!({"oldPassword": old, "password": new}))
            .send()
    };
    assert_eq!(change("wrong", "a new password").ok()["status"], "error");
    change(PASSWORD, "short").refused(400);
    change(PASSWORD, &"a".repeat(129)).refused(400);
    world.clock.advance(1);
    let changed = change(PASSWORD, "a new password");
    assert_eq!(changed.ok()["status"], "ok");
    let signed_in = |cookie: &str| {
        world.get("/v1/iam/account").header("cookie", cookie).send().ok()["status"] == "ok"
    };
    assert!(!signed_in(&here) && !signed_in(&elsewhere) && signed_in(&cookie(&changed)));
    assert_eq!(login(&world, "alice", PASSWORD).ok()["status"], "error");
    assert_eq!(login(&world, "alice", "a new password").ok()["status"], "ok");
}

#[test]
fn logout_ends_the_session() {
    let world = World::demo();
    let cookie = session(&world);
    let answer = world
        .post("/v1/iam/oauth/logout")
        .header("cookie", &cookie)
        .json(&json!({"client_id": "hanzo-app"}))
        .send();
    assert_eq!(answer.ok(), json!({"status": "ok"}));
    assert!(answer.header("set-cookie").unwrap().starts_with("hanzo_session=; Path=/; Max-Age=0"));
    let account = world.get("/v1/iam/account").header("cookie", &cookie).send().ok();
    assert_eq!(account["status"], "error");
    let again = world.get("/v1/iam/oauth/logout").header("cookie", &cookie).send();
    assert_eq!(location(&again), format!("{ISSUER}/login?signed_out=1"));
}

/// ATTACKS E-76.
#[test]
fn after_logout_only_a_registered_address_is_redirected_to() {
    let world = World::demo();
    let register = hanzo_iam::ports::Statement::new(
        "UPDATE applications SET post_logout_redirect_uris = '[\"https://app.example/bye\"]' \
         WHERE client_id = 'hanzo-app'",
    );
    pollster::block_on(world.origin.database.run(register)).unwrap();
    let go = |query: &str| location(&world.get(&format!("/v1/iam/oauth/logout?{query}")).send());
    let uri = "post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye";
    assert_eq!(
        go(&format!("client_id=hanzo-app&state=a%26b&{uri}")),
        "https://app.example/bye?state=a%26b"
    );
    let nowhere = format!("{ISSUER}/login?signed_out=1");
    for query in [
        uri.to_owned(),
        format!("client_id=hanzo-cloud&{uri}"),
        format!("client_id=nobody&{uri}"),
        format!("client_id=hanzo-app&id_token_hint=e30.e30.AA&{uri}"),
        format!("client_id=hanzo-app&{uri}%2F"),
        format!("client_id=hanzo-app&{uri}&{uri}"),
        format!("client_id=hanzo-app&post_logout_redirect_uri={CALLBACK}"),
        "client_id=hanzo-app&post_logout_redirect_uri=javascript%3Aalert(1)".to_owned(),
        "client_id=hanzo-app&post_logout_redirect_uri=https%3A%2F%2Fevil.example".to_owned(),
    ] {
        assert_eq!(go(&query), nowhere, "{query}");
    }
}

#[test]
fn another_site_cannot_sign_a_person_out_unasked() {
    let world = World::demo();
    let cookie = session(&world);
    let account = || world.get("/v1/iam/account").header("cookie", &cookie).send().ok();
    let logout = || world.get("/v1/iam/oauth/logout?client_id=hanzo-app");
    let asked = logout().header("cookie", &cookie).header("sec-fetch-site", "cross-site").send();
    assert_eq!(asked.status(), StatusCode::OK);
    assert!(asked.text().contains("Sign out?"));
    let posted = world
        .post("/v1/iam/oauth/logout")
        .header("cookie", &cookie)
        .header("origin", "https://evil.example")
        .form(&[])
        .send();
    assert_eq!(posted.status(), StatusCode::OK);
    assert_eq!(account()["status"], "ok");
    let confirmed = world
        .post("/v1/iam/oauth/logout?client_id=hanzo-app")
        .header("cookie", &cookie)
        .header("origin", ISSUER)
        .header("accept", "text/html")
        .form(&[])
        .send();
    assert_eq!(location(&confirmed), format!("{ISSUER}/login?signed_out=1"));
    assert_eq!(account()["status"], "error");
}

/// ATTACKS H-115; WIRE §4.5.
#[test]
fn a_page_of_another_origin_reads_only_what_it_is_registered_for() {
    let mut world = World::demo();
    world.config_mut().session_origins = vec!["https://portal.example".to_owned()];
    let preflight = |path: &str, from: &str| {
        world
            .call(Method::OPTIONS, path)
            .header("origin", from)
            .header("access-control-request-method", "POST")
            .send()
    };
    let allowed = |answer: &Answer| {
        let header = |name| answer.header(name).map(str::to_owned);
        (header("access-control-allow-origin"), header("access-control-allow-credentials"))
    };
    let (app, portal) = ("http://localhost:3000", "https://portal.example");
    let yes = |from: &str| (Some(from.to_owned()), None);
    let with_cookies = |from: &str| (Some(from.to_owned()), Some("true".to_owned()));
    for (path, from, expected) in [
        ("/v1/iam/oauth/token", app, yes(app)),
        ("/v1/iam/oauth/userinfo", "https://cloud.hanzo.ai", yes("https://cloud.hanzo.ai")),
        ("/v1/iam/users", portal, yes(portal)),
        ("/v1/iam/oauth/revoke", app, yes(app)),
        ("/v1/iam/oauth/revoke", portal, with_cookies(portal)),
        ("/v1/iam/oauth/logout", portal, with_cookies(portal)),
        ("/v1/iam/login", portal, with_cookies(portal)),
        ("/v1/iam/login", app, (None, None)),
        ("/v1/iam/oauth/authorize", app, (None, None)),
        ("/login/oauth/authorize", portal, (None, None)),
        ("/v1/iam/oauth/token", "https://evil.example", (None, None)),
        ("/v1/iam/oauth/token", "http://localhost:30000", (None, None)),
        ("/v1/iam/oauth/token", "http://localhost", (None, None)),
        // RFC 8252 §7.3: a registered loopback redirect matches with any port.
        ("/v1/iam/oauth/token", "http://127.0.0.1:5173", yes("http://127.0.0.1:5173")),
        ("/v1/iam/oauth/token", "http://127.0.0.1", yes("http://127.0.0.1")),
        ("/v1/iam/oauth/token", "http://[::1]:5173", (None, None)),
        ("/v1/iam/login", "http://127.0.0.1:5173", (None, None)),
        ("/v1/iam/oauth/token", "https://127.0.0.1:5173", (None, None)),
        ("/v1/iam/oauth/token", "https://cloud.hanzo.ai:8443", (None, None)),
        ("/v1/iam/oauth/token", "null", (None, None)),
        ("/v1/iam/login", "https://evil.example", (None, None)),
    ] {
        let answer = preflight(path, from);
        assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{path} {from}");
        assert_eq!(allowed(&answer), expected, "{path} {from}");
        assert_eq!(answer.header("access-control-allow-methods").is_some(), expected.0.is_some());
        assert_eq!(answer.header("vary"), Some("origin"));
    }
    // and the answer itself: even a bearer token of a good user makes no origin good
    let call = world.get("/v1/iam/account").of("alice").header("origin", "https://evil.example");
    assert_eq!(allowed(&call.send()), (None, None));
    let call = world.get("/v1/iam/account").of("alice").header("origin", app);
    assert_eq!(allowed(&call.send()), yes(app));
}

#[test]
fn a_code_of_login_is_bound_to_challenge_and_address() {
    let world = World::demo();
    for (from, to) in [
        ("code_challenge_method=S256", "code_challenge_method=plain"),
        (CHALLENGE, "short"),
        ("localhost%3A3000", "evil.example"),
        ("scope=openid", "scope=admin"),
    ] {
        let body = json!({"type": "code", "username": "alice", "password": PASSWORD});
        let answer = world.post(&LOGIN.replace(from, to)).json(&body).send();
        assert_eq!(answer.ok()["status"], "error", "{to}");
        assert_eq!(answer.header("set-cookie"), None);
    }
}

#[test]
fn a_session_of_login_is_the_session_of_the_page() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.keep(login(&world, "alice", PASSWORD));
    let to = location(&browser.authorize(&[("prompt", "none")]));
    assert!(parameter(&to, "code").is_some(), "{to}");
}

#[test]
fn an_application_without_passwords_takes_none_anywhere() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    let page = location(&browser.authorize(&[]));
    let form = browser.get(&page).text();
    let disable = hanzo_iam::ports::Statement::new("UPDATE applications SET enable_password = 0");
    pollster::block_on(world.origin.database.run(disable)).unwrap();
    assert_eq!(login(&world, "alice", PASSWORD).ok()["code"], "unsupported");
    assert!(form.contains("name=\"password\""));
    assert!(!world.get(&page).send().text().contains("name=\"password\""));
    let token = crate::browser::form_token(&form);
    let credentials = [("form_token", &*token), ("username", "alice"), ("password", PASSWORD)];
    assert_eq!(browser.post(&page, &credentials).status(), StatusCode::FORBIDDEN);
    assert!(!browser.cookie().contains("hanzo_session"));
}
