//! Attacks on the redesigned origin: legitimate steps in an order that no other test has.

use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use async_trait::async_trait;
use hanzo_iam::{
    core::encoding::base64url,
    origin::store::consents,
    ports::{Database, DatabaseError, Row, Statement},
};
use serde_json::{Value, json};

use crate::{
    browser::{Browser, form_token, location, parameter},
    consent::{CLIENT, asking, bob, decide, page, redeemed, world as with_vendor},
    interleaved::{Make, Seen, Task, delete, every_interleaving, form, put},
    oauth::{TOKEN, as_cloud, session_of_bob, sql, subject, text, tokens},
    oauth_races::Yielding,
    revocation::{feed, refuses},
    world::{ACME_SECRET, Answer, CLOUD_SECRET, ISSUER, PASSWORD, START, World},
};

fn login(world: &World, username: &str, password: &str) -> Value {
    let body = json!({
        "type": "login", "application": "hanzo-app", "username": username, "password": password,
    });
    world.post("/v1/iam/login").json(&body).send().ok()
}

#[test]
fn right_passwords_by_several_logins_never_lock_an_account() {
    let world = World::demo();
    for round in 0..8 {
        for username in ["bob", "bob@hanzo.example"] {
            assert_eq!(login(&world, username, PASSWORD)["status"], "ok", "{username} {round}");
        }
    }
}

/// Each sign-in that begins while another one is being verified is counted; each that succeeds
/// forgets them.
#[test]
fn right_passwords_that_overlap_never_lock_an_account() {
    let mut world = World::demo();
    let database = Rc::clone(&world.origin.database);
    world.origin.database = Rc::new(Yielding(database));
    let world = &world;
    let mut context = Context::from_waker(Waker::noop());
    let body = json!({
        "type": "login", "application": "hanzo-app", "username": "bob", "password": PASSWORD,
    });
    let begin = || {
        let request = world.post("/v1/iam/login").json(&body).request;
        Box::pin(world.origin.handle(request))
    };
    let mut running: Option<Pin<Box<dyn Future<Output = _>>>> = None;
    for round in 0..12 {
        // Counted and verified, but not committed.
        let mut next = begin();
        for _ in 0..3 {
            assert!(matches!(next.as_mut().poll(&mut context), Poll::Pending));
        }
        if let Some(mut before) = running.replace(next) {
            let response = loop {
                if let Poll::Ready(response) = before.as_mut().poll(&mut context) {
                    break response;
                }
            };
            let body: Value = serde_json::from_slice(response.body()).unwrap();
            assert_eq!(body["status"], "ok", "{round}: {body}");
        }
    }
}

/// Forged claims decide what is read, and nothing else: the token is refused like
/// any other forged one.
#[test]
fn forged_claims_of_any_form_are_refused_and_break_nothing() {
    let world = World::demo();
    let genuine = tokens(&world);
    let token = text(&genuine, "access_token");
    let (header, rest) = token.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let mut claims = crate::oauth::read(token).1;
    let mut payloads: Vec<String> = Vec::new();
    for (name, values) in [
        (
            "gid",
            vec![
                json!("\u{0}"),
                json!("' OR 1=1 --"),
                json!("x".repeat(4000)),
                json!(null),
                json!(1),
            ],
        ),
        ("sub", vec![json!("\u{0}"), json!(""), json!("admin/hanzo-cloud"), json!(["a"])]),
        ("azp", vec![json!("\u{0}"), json!(""), json!("%")]),
        ("jti", vec![json!("\u{0}"), json!(""), json!(".")]),
        ("sid", vec![json!("\u{0}\"]]")]),
        ("seq", vec![json!(u64::MAX), json!(-1), json!(1.5), json!("1")]),
        ("exp", vec![json!(i64::MAX), json!(i64::MIN), json!(1e300)]),
        (
            "orgs",
            vec![
                json!([{"org": "\u{0}", "role": "owner"}]),
                json!(vec![json!({"org": "a", "role": "owner"}); 150]),
            ],
        ),
        ("act", vec![json!({}), json!({"sub": "a", "owner": "b", "name": "c", "act": {"sub": 1}})]),
    ] {
        let before = claims[name].clone();
        for value in values {
            claims[name] = value;
            payloads.push(claims.to_string());
        }
        claims[name] = before;
    }
    payloads.push("{\"gid\":\"a\",\"gid\":\"b\"}".to_owned());
    payloads.push(format!("{}1{}", "[".repeat(3000), "]".repeat(3000)));
    payloads.push(String::new());
    for payload in payloads {
        let forged = format!("{header}.{}.{signature}", base64url(payload.as_bytes()));
        world.get("/v1/iam/users").bearer(&forged).send().refused(401);
        world.get("/v1/iam/oauth/userinfo").bearer(&forged).send().refused(401);
        let about = [("token", forged.as_str())];
        assert_eq!(
            as_cloud(&world, "/v1/iam/oauth/introspect", &about).ok(),
            json!({"active": false})
        );
        assert_eq!(as_cloud(&world, "/v1/iam/oauth/revoke", &about).ok(), json!({}));
        let kind = "urn:ietf:params:oauth:token-type:access_token";
        let exchange = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", forged.as_str()),
            ("subject_token_type", kind),
        ];
        as_cloud(&world, TOKEN, &exchange).refused(400);
        let call = world.get("/v1/iam/account").header("cookie", &format!("hanzo_token={forged}"));
        assert_eq!(call.send().ok()["status"], "error");
    }
    assert!(sql(&world, "SELECT * FROM revocations").is_empty());
    world.get("/v1/iam/oauth/userinfo").bearer(token).send().ok();
}

/// A client's own token has no grant: the feed alone ends it, in every role it can have.
#[test]
fn a_clients_own_token_that_is_revoked_is_neither_subject_nor_actor_nor_active() {
    let world = World::demo();
    let own = as_cloud(&world, TOKEN, &[("grant_type", "client_credentials")]).ok();
    let (own, user) = (text(&own, "access_token"), tokens(&world));
    let kind = "urn:ietf:params:oauth:token-type:access_token";
    let exchange = |subject: &str| {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", subject),
            ("subject_token_type", kind),
            ("actor_token", own),
            ("actor_token_type", kind),
        ];
        as_cloud(&world, TOKEN, &form)
    };
    let active =
        || as_cloud(&world, "/v1/iam/oauth/introspect", &[("token", own)]).ok()["active"] == true;
    exchange(text(&user, "access_token")).ok();
    exchange(own).refused(400);
    assert!(active());
    // Another client has no say.
    let other = world.post("/v1/iam/oauth/revoke").basic("acme-app", ACME_SECRET);
    other.form(&[("token", own)]).send();
    let nameless = world.post("/v1/iam/oauth/revoke");
    nameless.form(&[("client_id", "hanzo-cloud"), ("token", own)]).send();
    assert!(active());
    as_cloud(&world, "/v1/iam/oauth/revoke", &[("token", own)]).ok();
    assert!(!active());
    exchange(text(&user, "access_token")).refused(400);
    world.get("/v1/iam/users").bearer(own).send().refused(401);
}

/// The cookie names person and session, which its sender can write: only the secret proves them.
#[test]
fn a_cookie_that_names_another_person_brings_neither_their_session_nor_their_consent() {
    let world = with_vendor();
    let mut alice = Browser::new(&world);
    alice.sign_in(&[], "alice", PASSWORD);
    decide(&mut alice, &[], "allow");
    let alices = alice.cookie();
    let value = |cookies: &str| {
        let found = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("hanzo_session="));
        found.unwrap().to_owned()
    };
    let alices: Vec<String> = value(&alices).split('.').map(str::to_owned).collect();
    let bob = bob(&world);
    let bobs: Vec<String> = value(&bob.cookie()).split('.').map(str::to_owned).collect();
    let silent = |cookie: &str| {
        let call = format!(
            "/v1/iam/oauth/authorize?{}",
            crate::browser::query(&asking(&[("prompt", "none")]))
        );
        location(&world.get(&call).header("cookie", cookie).send())
    };
    let whoami = |cookie: &str| world.get("/v1/iam/whoami").header("cookie", cookie).send().ok();
    let own = format!("hanzo_session={}", bobs.join("."));
    assert_eq!(parameter(&silent(&own), "error").as_deref(), Some("consent_required"));
    let allowed = silent(&format!("hanzo_session={}", alices.join(".")));
    assert!(parameter(&allowed, "code").is_some());
    let forged = [
        format!("{}.{}.{}", alices[0], bobs[1], bobs[2]),
        format!("{}.{}.{}", alices[0], alices[1], bobs[2]),
        format!("{}.{}.{}", bobs[0], alices[1], alices[2]),
        format!("{}.{}.{}=", alices[0], alices[1], alices[2]),
        format!("{}==.{}.{}", alices[0], alices[1], alices[2]),
        format!("{}.%.{}", alices[0], alices[2]),
        format!("{}.{}", alices[1], alices[2]),
    ];
    for value in forged {
        assert_eq!(whoami(&format!("hanzo_session={value}"))["status"], "error", "{value}");
        let both = format!("{own}; hanzo_session={value}");
        assert_eq!(whoami(&both)["data"]["name"], "bob", "{value}");
        assert_eq!(
            parameter(&silent(&both), "error").as_deref(),
            Some("consent_required"),
            "{value}"
        );
    }
}

/// What the person withdraws in one window is not given back by what another window read before.
#[test]
fn a_consent_that_is_withdrawn_while_another_is_given_stays_withdrawn() {
    let seen = Seen::default();
    let prepare = |world: &World| {
        let vendor = json!({
            "owner": "acme", "organization": "acme", "name": CLIENT, "clientId": CLIENT,
            "public": true, "isShared": true, "redirectUris": ["https://vendor.example/callback"],
            "scopes": ["vendor"], "grantTypes": ["authorization_code", "refresh_token"],
        });
        world.post("/v1/iam/applications").of("root").json(&vendor).send().ok();
        let mut browser = bob(world);
        decide(&mut browser, &[], "allow");
    };
    let give = |world: &World| {
        let mut browser = bob(world);
        let (address, page) = page(&mut browser, &[("scope", "openid vendor")]);
        let token = form_token(&page.text());
        let form = [("form_token", token.as_str()), ("decision", "allow")];
        let call = world.post(&address).header("cookie", &browser.cookie());
        Task::Request(Box::new(call.header("origin", ISSUER).form(&form).request))
    };
    let withdraw = |world: &World| {
        let body = json!({"application": CLIENT, "grantedScopes": []});
        let call = world.put("/v1/iam/consent").header("cookie", &session_of_bob(world));
        Task::Request(Box::new(call.header("origin", ISSUER).json(&body).request))
    };
    let narrow = |world: &World| {
        let body = json!({"application": CLIENT, "grantedScopes": ["openid"]});
        let call = world.put("/v1/iam/consent").header("cookie", &session_of_bob(world));
        Task::Request(Box::new(call.header("origin", ISSUER).json(&body).request))
    };
    every_interleaving(
        prepare,
        &[("give", give)],
        &[("withdraw", withdraw), ("narrow", narrow)],
        |world, answer, what| {
            let stored = sql(world, "SELECT scope FROM consents");
            let scope = stored.first().map_or("", |row| row["scope"].as_str().unwrap());
            // Asked for after the withdrawal: `openid vendor` alone. Withdrawn after: less.
            let late = scope.split(' ').any(|scope| scope == "email");
            assert!(!late, "{what}: {scope}");
            let answer = Answer(answer.unwrap());
            let code = parameter(&location(&answer), "code");
            if let Some(code) = code {
                let answer = redeemed(world, &code);
                if answer.status().is_success() {
                    assert!(scope.contains("vendor"), "{what}: {scope}");
                }
                seen.one();
            }
        },
    );
}

/// Members that look like columns, in another case or from the reply, change nothing.
#[test]
fn a_user_gives_itself_no_column_by_an_attribute() {
    let world = World::demo();
    let before = sql(&world, "SELECT * FROM users WHERE name = 'bob'")[0].clone();
    for (name, value) in [
        ("IsAdmin", json!(true)),
        ("is_admin", json!(true)),
        ("isadmin", json!(true)),
        ("password_hash", json!("x")),
        ("passwordHash", json!("x")),
        ("notBefore", json!(0)),
        ("version", json!(0)),
        ("restrictions", json!({})),
        ("isGlobalAdmin", json!(true)),
        ("id", json!("other")),
        ("user_id", json!("x")),
        ("attributes", json!({"isAdmin": true})),
        ("lastSigninTime", json!("2000-01-01T00:00:00Z")),
        ("signin_attempt", json!("x")),
        ("checked", json!({})),
        ("members", json!({})),
        ("user", json!({"isAdmin": true})),
        ("user", json!({"user": {"isAdmin": true}})),
        ("user", json!([{"isAdmin": true}])),
    ] {
        for method in [http::Method::PUT, http::Method::PATCH] {
            let call = world.call(method, "/v1/iam/users/hanzo/bob").of("bob");
            let answer = call.json(&json!({ name: value.clone(), "bio": "x" })).send();
            if answer.status().is_success() {
                let view = answer.body();
                assert_eq!(
                    (&view["isAdmin"], &view["id"]),
                    (&json!(false), &before["id"]),
                    "{name}"
                );
                assert!(!answer.text().contains("Hash"), "{name}");
            }
            let after = &sql(&world, "SELECT * FROM users WHERE name = 'bob'")[0];
            for column in ["id", "is_admin", "is_forbidden", "password_hash", "not_before", "email"]
            {
                assert_eq!(after[column], before[column], "{name} {column}");
            }
        }
    }
    assert_eq!(subject(&world, "hanzo", "bob"), before["id"].as_str().unwrap());
}

/// A database that notes which tables its statements read as a whole.
struct Planned {
    database: Rc<dyn Database>,
    scans: RefCell<Vec<String>>,
}

impl Planned {
    async fn note(&self, statement: &Statement) {
        let mut plan = statement.clone();
        plan.sql = format!("EXPLAIN QUERY PLAN {}", plan.sql).into();
        for row in self.database.run(plan).await.unwrap() {
            let step = format!("{row:?}");
            if let Some((_, table)) = step.split_once("SCAN ") {
                let table = table.split([' ', '"', '\\']).next().unwrap();
                self.scans.borrow_mut().push(table.to_owned());
            }
        }
    }
}

#[async_trait(?Send)]
impl Database for Planned {
    async fn run(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        self.note(&statement).await;
        self.database.run(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        for statement in &statements {
            self.note(statement).await;
        }
        self.database.batch(statements).await
    }
}

/// Sessions have no index by id: what an administrator of a tenant asks reads no more of them than
/// those of its people.
#[test]
fn no_tenant_makes_the_database_read_all_sessions() {
    let mut world = World::demo();
    session_of_bob(&world);
    let planned =
        Rc::new(Planned { database: Rc::clone(&world.origin.database), scans: RefCell::default() });
    world.origin.database = Rc::clone(&planned) as _;
    let scanned = || planned.scans.take().iter().any(|table| table == "sessions");
    let explain = |who: &str, status: u16| {
        let call = world.post("/v1/iam/authority/explain").of(who);
        call.json(&json!({"session": "session"})).send().refused(status);
    };
    for (who, status) in [("bob", 404), ("erin", 404), ("dave", 404), ("alice", 200)] {
        explain(who, status);
        assert!(!scanned(), "{who}");
    }
    explain("root", 200);
    assert!(scanned());
}

/// What is exchanged while the client of the original loses what it was trusted with is dead too: the
/// change lists the grants that it ends, and this one is not there yet.
#[test]
fn what_is_exchanged_while_the_client_of_the_original_loses_something_is_dead() {
    let seen = Seen::default();
    let exchange: [(&str, Make); 1] = [("exchange", |world| {
        let given = tokens(world);
        let pairs = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", text(&given, "access_token")),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ];
        form(world, Some(("hanzo-cloud", CLOUD_SECRET)), &pairs)
    })];
    let enders: [(&str, Make); 4] = [
        ("not shared", |world| {
            put(world, "applications/admin/hanzo-app", &json!({"isShared": false}))
        }),
        ("without a resource", |world| {
            put(world, "applications/admin/hanzo-app", &json!({"resources": []}))
        }),
        ("disabled", |world| {
            put(world, "applications/admin/hanzo-app", &json!({"isDisabled": true}))
        }),
        ("deleted", |world| delete(world, "applications/admin/hanzo-app")),
    ];
    let prepare = |world: &World| {
        let body = json!({"isShared": true, "resources": ["https://api.hanzo.ai/v1"]});
        world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&body).send().ok();
    };
    every_interleaving(prepare, &exchange, &enders, |world, answer, what| {
        let answer = Answer(answer.unwrap());
        if answer.status().is_success() {
            let exchanged = answer.body();
            assert!(refuses(&feed(world), text(&exchanged, "access_token")), "{what}: an edge");
            let about = [("token", text(&exchanged, "access_token"))];
            let told = as_cloud(world, "/v1/iam/oauth/introspect", &about).ok();
            assert_eq!(told["active"], false, "{what}: the origin");
        }
        seen.one();
    });
}

/// A login is counted by its text and looked up by the same text, as the database gets it: else each suffix that the look-up ignores would have guesses of its own.
#[test]
fn a_login_with_more_after_a_zero_byte_names_no_one() {
    let world = World::demo();
    for more in ["\0", "\0x", "\u{1}", "\u{7f}", "\u{fffd}", "\u{200b}", "\\u0000", "\"", "\\"] {
        for username in ["bob", "bob@hanzo.example", "hanzo/bob"] {
            let username = format!("{username}{more}");
            let answer = login(&world, &username, PASSWORD);
            assert_eq!(answer["code"], "invalid_credentials", "{username:?}");
            world.clock.advance(24 * 3600);
        }
    }
}

/// Codes and device codes are voided by a withdrawal; a password is not.
#[test]
fn a_password_gives_nothing_while_the_consent_for_it_is_withdrawn() {
    const SECRET: &str = "a secret of the tests, long enough";
    let prepare = |world: &World| {
        let vendor = json!({
            "owner": "acme", "organization": "acme", "name": CLIENT, "clientId": CLIENT,
            "clientSecret": SECRET, "isShared": true, "grantTypes": ["password", "refresh_token"],
        });
        world.post("/v1/iam/applications").of("root").json(&vendor).send().ok();
        let bob = subject(world, "hanzo", "bob");
        let allowed = consents::put(&bob, CLIENT, "openid email", &[], START);
        pollster::block_on(world.origin.database.run(allowed)).unwrap();
    };
    let password: [(&str, Make); 1] = [("password", |world| {
        let pairs = [
            ("grant_type", "password"),
            ("username", "hanzo/bob"),
            ("password", PASSWORD),
            ("scope", "openid email"),
        ];
        form(world, Some((CLIENT, SECRET)), &pairs)
    })];
    let withdrawal: [(&str, Make); 1] = [("withdrawal", |world| {
        let body = json!({"application": CLIENT, "grantedScopes": ["openid"]});
        let call = world.put("/v1/iam/consent").header("cookie", &session_of_bob(world));
        Task::Request(Box::new(call.header("origin", ISSUER).json(&body).request))
    })];
    let seen = Seen::default();
    every_interleaving(prepare, &password, &withdrawal, |world, answer, what| {
        let answer = Answer(answer.unwrap());
        if !answer.status().is_success() {
            return;
        }
        seen.one();
        let given = answer.body();
        let about = [("token", text(&given, "access_token"))];
        let call = world.post("/v1/iam/oauth/introspect").basic(CLIENT, SECRET).form(&about);
        assert_eq!(call.send().ok()["active"], false, "{what}");
    });
}
