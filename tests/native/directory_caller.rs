//! Callers: tokens, sessions and clients, and when they are refused.

use hanzo_iam::{
    core::{
        credential::TOKEN_COOKIES,
        revocation::Sequence,
        time::UnixTime,
        token::{Algorithm, Claims, TokenType, mint},
    },
    origin::{
        domain::{audit::Subject, change::Change, commit::commit, revocation, signing},
        store::{
            grants::{self, Given, Grant},
            users,
        },
    },
};
use serde_json::json;

use crate::{
    browser::Browser,
    world::{ISSUER, PASSWORD, START, World},
};

const BOB: &str = "/v1/iam/users/hanzo/bob";
const HOUR: i64 = 3600;

/// What a token is made of: good unless a test changes something.
struct Token {
    user: Option<(&'static str, &'static str)>,
    client_id: &'static str,
    audience: &'static str,
    kind: TokenType,
}

const GOOD: Token = Token {
    user: Some(("hanzo", "alice")),
    client_id: "hanzo-cloud",
    audience: "hanzo-cloud",
    kind: TokenType::Access,
};

fn claims(sub: &str, token: &Token) -> Claims {
    serde_json::from_value(json!({
        "iss": ISSUER, "sub": sub, "aud": [token.audience], "azp": token.client_id,
        "client_id": token.client_id, "exp": START.plus(HOUR), "nbf": START, "iat": START,
        "jti": "the-token", "gid": token.user.map_or("", |_| "the-grant"), "tokenType": token.kind, "scope": "openid iam",
        // what it says of roles is not believed: the database knows better
        "owner": "hanzo", "orgs": [{"org": "admin", "role": "owner"}],
    }))
    .unwrap()
}

/// A token with its grant, as the token endpoint leaves them. A client's own has none.
fn issued(world: &World, token: &Token) -> String {
    let origin = &world.origin;
    pollster::block_on(async {
        let database = &*origin.database;
        let user = match token.user {
            Some((owner, name)) => users::find(database, owner, name).await.unwrap(),
            None => None,
        };
        if let Some(user) = &user {
            let grant = Grant {
                id: "the-grant".to_owned(),
                client_id: token.client_id.to_owned(),
                user_id: Some(user.id.clone()),
                organization: "hanzo".to_owned(),
                session_id: None,
                scope: "openid iam".to_owned(),
                resource: None,
                is_public: false,
                auth_time: None,
                methods: Vec::new(),
                actor: None,
                parent_id: None,
                kind: "password".to_owned(),
                expires_at: START.plus(24 * HOUR),
                revoked_at: None,
                created_at: START,
                issued_by: None,
                is_platform: false,
            };
            let hash = user.password_hash.as_deref().unwrap();
            let given = Given::ByPassword { hash, consent: None };
            let row = grants::insert(&grant, given, Sequence::default());
            assert_eq!(database.run(row).await.unwrap().len(), 1);
        }
        let sub = user.map_or_else(|| "admin/hanzo-cloud".to_owned(), |user| user.id);
        let (key, private) = signing::signing_key(origin, Algorithm::Es256).await.unwrap();
        mint(&*origin.crypto, &key, &private, &claims(&sub, token)).await.unwrap()
    })
}

#[test]
fn a_token_speaks_for_its_user_with_the_roles_that_the_database_knows() {
    let world = World::demo();
    let token = issued(&world, &GOOD);
    let answer = world.get("/v1/iam/users").bearer(&token).send().ok();
    assert_eq!(answer["total"], 2, "alice administers hanzo, and the token says admin");
    world.get("/v1/iam/users?owner=acme").bearer(&token).send().refused(403);
    world.get("/v1/iam/users").header("authorization", &format!("bearer {token}")).send().ok();
    world.get("/v1/iam/users").basic("x", &token).send().ok();
}

#[test]
fn a_client_speaks_for_its_organization_by_its_own_token() {
    let world = World::demo();
    let token = issued(&world, &Token { user: None, ..GOOD });
    assert_eq!(world.get("/v1/iam/users").bearer(&token).send().ok()["total"], 2);
    world.get("/v1/iam/users?owner=acme").bearer(&token).send().refused(403);
}

/// ATTACKS, D-60, E-72: each alone is enough.
#[test]
fn a_token_is_refused_once_anything_behind_it_is_gone() {
    type Event = fn(&World);
    let put = |world: &World, path: &str, body| {
        world.put(&format!("/v1/iam/{path}")).of("root").json(&body).send().ok();
    };
    let changes: [(&str, Event); 9] = [
        ("expired", |world| world.clock.advance(HOUR)),
        ("grant revoked", |world| {
            let now = UnixTime(0);
            pollster::block_on(world.origin.database.run(grants::revocation("the-grant", now)))
                .unwrap();
        }),
        ("token revoked", |world| {
            let entry = revocation::token("the-token", START.plus(HOUR), START);
            pollster::block_on(commit(
                &world.origin,
                Change::of(Subject::new("hanzo", "test", "test")).revoking(entry),
            ))
            .unwrap();
        }),
        ("user disabled", |_| {}),
        ("password changed", |_| {}),
        ("role taken away", |_| {}),
        ("client disabled", |_| {}),
        ("organization suspended", |_| {}),
        ("user deleted", |world| {
            world.delete("/v1/iam/users/hanzo/alice").of("root").send().ok();
        }),
    ];
    for (what, change) in changes {
        let world = World::demo();
        let token = issued(&world, &GOOD);
        let call = || world.get("/v1/iam/organizations").bearer(&token).send();
        call().ok();
        change(&world);
        let alice = "users/hanzo/alice";
        match what {
            "user disabled" => put(&world, alice, json!({"isForbidden": true})),
            "password changed" => put(&world, alice, json!({"password": "a new password"})),
            "role taken away" => put(&world, alice, json!({"isAdmin": false})),
            "client disabled" => {
                put(&world, "applications/admin/hanzo-cloud", json!({"isDisabled": true}));
            }
            "organization suspended" => {
                put(&world, "organizations/admin/hanzo", json!({"isDisabled": true}));
            }
            _ => {}
        }
        assert_eq!(call().status().as_u16(), 401, "{what}");
    }
}

/// ATTACKS.
#[test]
fn what_is_not_an_access_token_for_us_is_refused() {
    for token in [
        Token { audience: "another-api", ..GOOD },
        Token { audience: "hanzo-cloud-org-acme", ..GOOD },
        Token { kind: TokenType::Id, ..GOOD },
    ] {
        let world = World::demo();
        let text = issued(&world, &token);
        world.get("/v1/iam/users").bearer(&text).send().refused(401);
    }
}

/// ATTACKS.
#[test]
fn two_credentials_are_none_and_an_odd_header_is_not_one() {
    let world = World::demo();
    let key = &world.keys["alice"];
    let twice = world.get("/v1/iam/users").of("alice").of("alice").send();
    twice.refused(400);
    let both = world.get("/v1/iam/users").of("alice").header("x-authorization", "Bearer x");
    both.send().refused(400);
    for header in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer\t{key}"),
        format!("Bearer {key},"),
        format!("Bearer {key} {key}"),
    ] {
        let answer = world.get("/v1/iam/users").header("authorization", &header).send();
        assert!(matches!(answer.status().as_u16(), 400 | 401), "{header}");
    }
    world
        .get("/v1/iam/users")
        .header("authorization", &format!("Digest {key}"))
        .send()
        .refused(401);
    world.get("/v1/iam/users").header("authorization", &format!("BEARER {key}")).send().ok();
}

/// Issue 10, fault 35, as at the gateway.
#[test]
fn a_key_in_x_api_key_is_the_one_credential_and_nothing_else_is_taken_there() {
    let world = World::demo();
    let key = &world.keys["alice"];
    let get = |value: &str| world.get("/v1/iam/users").header("x-api-key", value);
    assert_eq!(get(key).send().ok()["total"], 2);
    let account = world.get("/v1/iam/account").header("x-api-key", key).send().ok();
    assert_eq!(account["data"]["name"], "alice");
    get(key).of("alice").send().refused(400);
    get(key).header("x-api-key", key).send().refused(400);
    get(&issued(&world, &GOOD)).send().refused(401);
    get("hk-1").send().refused(401);
    get("").of("alice").send().ok();
}

/// WIRE §6, as at the gateway.
#[test]
fn a_token_in_a_cookie_is_taken_as_in_a_header_which_counts_first() {
    let world = World::demo();
    let token = issued(&world, &GOOD);
    let get = |cookie: &str| world.get("/v1/iam/users").header("cookie", cookie);
    for name in TOKEN_COOKIES {
        assert_eq!(get(&format!("theme=dark; {name}={token}")).send().ok()["total"], 2, "{name}");
    }
    let cookie = format!("hanzo_token={token}");
    get(&format!("{cookie}; {cookie}")).header("cookie", &cookie).send().ok();
    get("hanzo_token=x").send().refused(401);
    get(&format!("hanzo_token=x; access_token={token}")).send().ok();
    // a header counts, good or bad
    assert_eq!(get(&cookie).of("root").send().ok()["total"], 5);
    get(&cookie).bearer("wrong").send().refused(401);
}

/// RFC 6265 §4.2.1; issue 10, fault 15: an application on a neighbouring host sets cookies too.
#[test]
fn a_foreign_token_cookie_locks_no_user_out() {
    let world = World::demo();
    let token = issued(&world, &GOOD);
    let get = |cookie: &str| world.get("/v1/iam/users").header("cookie", cookie);
    for cookie in [
        format!("hanzo_token={token}; hanzo_token=x"),
        format!("hanzo_token=x; hanzo_token={token}"),
        format!("__Host-hanzo_iam_token=x; access_token=old; hanzo_token={token}"),
        format!("last=a,access_token=old; access_token={token}"),
    ] {
        get(&cookie).send().ok();
    }
    get(&format!("hanzo_token={token}")).header("cookie", "hanzo_token=x").send().ok();
    get("hanzo_token=x; access_token=y").of("alice").send().ok();
    get(&format!("last=a,access_token={token}")).send().refused(401);
}

/// ATTACKS F-83.
#[test]
fn a_key_in_a_cookie_is_refused_and_recorded() {
    let world = World::demo();
    let get = |cookie: &str| world.get("/v1/iam/users").header("cookie", cookie);
    let key = &world.keys["alice"];
    get(&format!("hanzo_token={key}")).send().refused(400);
    get(&format!("theme={key}")).of("alice").send().refused(400);
    let shown = world.get("/v1/iam/keys/hanzo/alice").of("alice").send().ok();
    assert!(shown["exposedTime"].is_string(), "{shown}");
}

/// A browser sends a cookie with requests of every site (ATTACKS C-52).
fn acts_for_our_pages_only(world: &World, cookie: &str) {
    let get = world.get("/v1/iam/users").header("cookie", cookie);
    get.header("sec-fetch-site", "cross-site").send().refused(401);
    let put = |from: &str| {
        let body = json!({"displayName": "x"});
        world.put(BOB).header("cookie", cookie).header("origin", from).json(&body).send()
    };
    put("https://evil.example").refused(401);
    put("null").refused(401);
    put(ISSUER).ok();
}

#[test]
fn a_token_in_a_cookie_does_not_act_for_another_site() {
    let world = World::demo();
    let cookie = format!("hanzo_token={}", issued(&world, &GOOD));
    let get = world.get("/v1/iam/users").header("cookie", &cookie);
    get.header("sec-fetch-site", "same-origin").send().ok();
    acts_for_our_pages_only(&world, &cookie);
}

#[test]
fn a_session_counts_before_a_token_in_a_cookie() {
    let world = World::demo();
    let token = issued(&world, &GOOD);
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "bob", PASSWORD);
    let get = |cookie: &str| world.get("/v1/iam/account").header("cookie", cookie).send().ok();
    let users = |cookie: &str| world.get("/v1/iam/users").header("cookie", cookie).send();
    let both = format!("{}; hanzo_token={token}", browser.cookie());
    assert_eq!((&get(&both)["name"], &users(&both).ok()["total"]), (&json!("bob"), &json!(1)));
    let stale = format!("{}; hanzo_token=x", browser.cookie());
    assert_eq!(users(&stale).ok()["total"], 1, "an expired token locks no user out");
    let over = format!("hanzo_session={}; hanzo_token={token}", "c".repeat(43));
    assert_eq!((&get(&over)["name"], &users(&over).ok()["total"]), (&json!("alice"), &json!(2)));
}

#[test]
fn a_browser_session_is_its_users_but_not_another_sites() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let cookie = browser.cookie();
    let get = || world.get("/v1/iam/users").header("cookie", &cookie);
    assert_eq!(get().send().ok()["total"], 2);
    acts_for_our_pages_only(&world, &cookie);
    // what is wrong in the header is not made good by the cookie
    get().bearer("wrong").send().refused(401);
    let disabled = json!({"isForbidden": true});
    world.put("/v1/iam/users/hanzo/alice").of("root").json(&disabled).send().ok();
    get().send().refused(401);
}
