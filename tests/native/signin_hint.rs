//! ID tokens as hints: at the authorization endpoint and at logout.

use hanzo_iam::{
    core::{
        revocation::Sequence,
        time::UnixTime,
        token::{self, Algorithm, Claims, TokenType},
    },
    origin::{
        domain::signing,
        store::{
            grants::{self, Given, Grant},
            users,
        },
    },
    ports::Statement,
};
use http::StatusCode;
use serde_json::json;

use crate::{
    browser::{Browser, location, parameter},
    world::{ISSUER, PASSWORD, World},
};

fn now(world: &World) -> i64 {
    use hanzo_iam::ports::Clock;
    world.clock.now().0
}

fn subject(world: &World, name: &str) -> String {
    let find = users::find(&*world.origin.database, "hanzo", name);
    pollster::block_on(find).unwrap().unwrap().id
}

/// The one session there is, or none.
fn session(world: &World) -> String {
    let rows = crate::oauth::sql(world, "SELECT id FROM sessions");
    rows.first().map(|row| row["id"].as_str().unwrap().to_owned()).unwrap_or_default()
}

/// A token of ours for that person and client, which expired long ago.
fn token(world: &World, name: &str, client_id: &str, kind: TokenType) -> String {
    let claims: Claims = serde_json::from_value(json!({
        "iss": ISSUER, "sub": subject(world, name), "aud": client_id, "azp": client_id,
        "exp": now(world) - 86_400, "nbf": now(world) - 90_000,
        "iat": now(world) - 90_000, "jti": "j", "tokenType": kind, "sid": session(world),
    }))
    .unwrap();
    pollster::block_on(async {
        let (key, private) = signing::signing_key(&world.origin, Algorithm::Es256).await.unwrap();
        token::mint(&*world.origin.crypto, &key, &private, &claims).await.unwrap()
    })
}

fn hint(world: &World, name: &str, client_id: &str) -> String {
    token(world, name, client_id, TokenType::Id)
}

/// ATTACKS C-51, C-49; OIDC Core §3.1.2.2; issue 10, fault 29.
#[test]
fn a_hint_of_another_person_or_client_or_one_that_is_not_ours_gets_no_code() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let mut ask = |changes: &[(&str, &str)]| location(&browser.authorize(changes));
    let own = hint(&world, "alice", "hanzo-app");
    let to = ask(&[("prompt", "none"), ("id_token_hint", &own)]);
    assert!(parameter(&to, "code").is_some(), "{to}");
    let other = hint(&world, "bob", "hanzo-app");
    let to = ask(&[("prompt", "none"), ("id_token_hint", &other)]);
    assert_eq!(parameter(&to, "error").as_deref(), Some("login_required"));
    // The person may sign in as a result of the request.
    assert!(ask(&[("id_token_hint", &other)]).starts_with("/login/oauth/authorize?"));
    for unusable in [
        hint(&world, "alice", "hanzo-cloud"),
        token(&world, "alice", "hanzo-app", TokenType::Access),
        format!("{own}x"),
        "e30.e30.AA".to_owned(),
    ] {
        for prompt in ["none", "login", ""] {
            let to = ask(&[("prompt", prompt), ("id_token_hint", &unusable)]);
            assert_eq!(parameter(&to, "error").as_deref(), Some("login_required"), "{to}");
            assert_eq!(parameter(&to, "state").as_deref(), Some("xyz"));
        }
        // The page refuses it as well.
        let mut page = Browser::new(&world);
        let query = crate::browser::query(&[("id_token_hint", &unusable)]);
        let to = location(&page.get(&format!("/login/oauth/authorize?{query}")));
        assert_eq!(parameter(&to, "error").as_deref(), Some("login_required"));
    }
    let refused = browser.sign_in(
        &[("prompt", "login"), ("id_token_hint", &hint(&world, "bob", "hanzo-app"))],
        "alice",
        PASSWORD,
    );
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

/// The same, as the SDKs ask (WIRE §4.5).
#[test]
fn the_login_call_gives_no_code_against_its_hint() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let login = |hint: &str| {
        let path = format!("/v1/iam/login?{}", crate::browser::query(&[("id_token_hint", hint)]));
        let call = world.post(&path).header("cookie", &browser.cookie());
        call.json(&json!({"type": "code"})).send().body()
    };
    assert_eq!(login(&hint(&world, "alice", "hanzo-app"))["status"], "ok");
    for other in
        [hint(&world, "bob", "hanzo-app"), hint(&world, "alice", "hanzo-cloud"), "x".into()]
    {
        assert_eq!(login(&other)["code"], "login_required");
    }
}

/// ATTACKS E-76: RP-Initiated Logout §3.
#[test]
fn a_hint_of_another_client_or_of_another_kind_redirects_nowhere() {
    let world = World::demo();
    let register = Statement::new(
        "UPDATE applications SET post_logout_redirect_uris = '[\"https://app.example/bye\"]' \
         WHERE client_id = 'hanzo-app'",
    );
    pollster::block_on(world.origin.database.run(register)).unwrap();
    let go = |hint: &str, more: &str| {
        let uri = "post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye";
        let path = format!("/v1/iam/oauth/logout?id_token_hint={hint}&{uri}{more}");
        location(&world.get(&path).send())
    };
    let own = hint(&world, "alice", "hanzo-app");
    assert_eq!(go(&own, ""), "https://app.example/bye");
    assert_eq!(go(&own, "&client_id=hanzo-app"), "https://app.example/bye");
    let nowhere = format!("{ISSUER}/login?signed_out=1");
    let other = hint(&world, "alice", "hanzo-cloud");
    let access = token(&world, "alice", "hanzo-app", TokenType::Access);
    for (hint, more) in [
        (other.as_str(), ""),
        (other.as_str(), "&client_id=hanzo-app"),
        (own.as_str(), "&client_id=hanzo-cloud"),
        (access.as_str(), ""),
        (access.as_str(), "&client_id=hanzo-app"),
    ] {
        assert_eq!(go(hint, more), nowhere, "{more}");
    }
}

#[test]
fn logout_revokes_what_the_person_gave_that_client_and_nothing_else() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let now = UnixTime(now(&world));
    let clients =
        [("a", "alice", "hanzo-app"), ("b", "alice", "hanzo-cloud"), ("c", "bob", "hanzo-app")];
    for (id, name, client_id) in clients {
        let grant = Grant {
            id: id.to_owned(),
            client_id: client_id.to_owned(),
            user_id: Some(subject(&world, name)),
            organization: "hanzo".to_owned(),
            session_id: None,
            scope: "openid".to_owned(),
            resource: None,
            is_public: true,
            auth_time: None,
            methods: Vec::new(),
            actor: None,
            parent_id: None,
            kind: "authorization_code".to_owned(),
            expires_at: now.plus(1000),
            revoked_at: None,
            created_at: now,
            issued_by: None,
            is_platform: false,
        };
        let hash = crate::oauth::password_hash(&world, "hanzo", name);
        let given = Given::ByPassword { hash: &hash, consent: None };
        let insert = grants::insert(&grant, given, Sequence::default());
        pollster::block_on(world.origin.database.run(insert)).unwrap();
    }
    let path = format!("/v1/iam/oauth/logout?id_token_hint={}", hint(&world, "alice", "hanzo-app"));
    let answer = world
        .get(&path)
        .header("cookie", &browser.cookie())
        .header("sec-fetch-site", "cross-site")
        .send();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "the hint is of that session");
    let lives = |id: &str| {
        let find = grants::find(grants::Named::Id(id));
        pollster::block_on(find.fetch(&*world.origin.database)).unwrap().unwrap().is_live(now)
    };
    assert_eq!((lives("a"), lives("b"), lives("c")), (false, true, true));
}

/// The schedule removes what has ended.
#[test]
fn ended_sessions_and_windows_do_not_pile_up() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", "wrong");
    browser.sign_in(&[], "alice", PASSWORD);
    browser.sign_in(&[("prompt", "login")], "nobody", "wrong");
    let count = |table: &str| {
        let rows = world.origin.database.run(Statement::new(format!("SELECT 1 FROM {table}")));
        pollster::block_on(rows).unwrap().len()
    };
    // of the login that did not sign in four, of the other one those of everywhere and of the network there, and of
    // the network
    assert_eq!((count("sessions"), count("attempts WHERE subject NOT LIKE 'keys:%'")), (1, 7));
    world.clock.advance(14 * 24 * 3600);
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert_eq!((count("sessions"), count("attempts")), (0, 0));
}
