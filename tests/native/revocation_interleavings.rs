//! Every interleaving of two requests, one of which revokes (faults 2 and 7).
//! Beside concurrent publications and tokens, no edge that has read the feed grants more than
//! the database does.

use hanzo_iam::{
    core::{apikey::KeyScope, encoding::digest, publication::KeyRecord, revocation::Subject},
    origin::http::Response,
};
use serde_json::{Value, json};

use crate::{
    interleaved::{Make, Seen, Task, delete, every_interleaving, form, post, put},
    internal::published,
    oauth::{
        TOKEN, VERIFIER, allowed, allowed_to_cloud, as_cloud, code, refresh, session_of_bob, sql,
        text, tokens,
    },
    revocation::{feed, refuses},
    world::{ACME_SECRET, CLOUD_SECRET, PASSWORD, World},
};

/// Each write that publishes the record of bob's key, or of one that takes its place.
const PUBLISHERS: [(&str, Make); 7] = [
    ("key renamed", |world| put(world, "keys/hanzo/bob", &json!({"displayName": "x"}))),
    ("key limited", |world| put(world, "keys/hanzo/bob", &json!({"rate": 5}))),
    ("user renamed", |world| put(world, "users/hanzo/bob", &json!({"displayName": "x"}))),
    ("user promoted", |world| put(world, "users/hanzo/bob", &json!({"isAdmin": true}))),
    ("organization suspended", |world| {
        put(world, "organizations/admin/hanzo", &json!({"isDisabled": true}))
    }),
    ("application changed", |world| {
        put(world, "applications/admin/hanzo-app", &json!({"displayName": "x"}))
    }),
    ("schedule", |_| Task::Schedule),
];

/// Each write that takes something from bob's key.
const REVOKERS: [(&str, Make); 9] = [
    ("key deleted", |world| delete(world, "keys/hanzo/bob")),
    ("key disabled", |world| put(world, "keys/hanzo/bob", &json!({"state": "Disabled"}))),
    ("key narrowed", |world| put(world, "keys/hanzo/bob", &json!({"scope": "read:models"}))),
    ("key made to end", |world| {
        put(world, "keys/hanzo/bob", &json!({"expireTime": "2026-12-01T00:00:00Z"}))
    }),
    ("user disabled", |world| put(world, "users/hanzo/bob", &json!({"isForbidden": true}))),
    ("user demoted", |world| put(world, "users/hanzo/bob", &json!({"isAdmin": false}))),
    ("user deleted", |world| delete(world, "users/hanzo/bob")),
    ("organization suspended", |world| {
        put(world, "organizations/admin/hanzo", &json!({"isDisabled": true}))
    }),
    ("client disabled", |world| {
        put(world, "applications/admin/hanzo-app", &json!({"isDisabled": true}))
    }),
];

/// Bob administers hanzo, and his key is bound to hanzo-app; there are few others.
fn bound_key(world: &World) {
    sql(world, "DELETE FROM keys WHERE name NOT IN ('bob', 'root')");
    sql(world, "UPDATE users SET is_admin = 1 WHERE name = 'bob'");
    sql(world, "UPDATE keys SET application = 'hanzo-app' WHERE name = 'bob'");
    pollster::block_on(world.origin.scheduled()).unwrap();
}

/// The record of a key in KV, if an edge that has read the feed believes it.
fn believed(world: &World, key: &str) -> Option<KeyRecord> {
    let record = published(world, key)?;
    let feed = feed(world);
    let mut subjects = vec![
        Subject::Key(&record.id),
        Subject::User(&record.subject),
        Subject::Organization(&record.owner),
        Subject::Application(&record.client_id),
        Subject::Everything,
    ];
    subjects.extend(record.orgs.iter().map(|role| Subject::Organization(&role.org)));
    let revoked = subjects.iter().any(|subject| feed.is_revoked(*subject, record.sequence));
    (record.is_believed(world.origin.clock.now()) && !revoked).then_some(record)
}

/// No edge lets the key do more than the database says.
fn assert_never_more(world: &World, key: &str, what: &str) {
    let Some(believed) = believed(world, key).filter(|record| record.active) else { return };
    let answer = world.get(&format!("/internal/keys/{}", digest(key))).send();
    assert_eq!(answer.status().as_u16(), 200, "{what}: a key that is gone is believed");
    let truth: KeyRecord = serde_json::from_value(answer.body()).unwrap();
    assert!(truth.active, "{what}: a dead key is believed");
    let scope = KeyScope::stored(&believed.scope);
    assert!(scope.is_within(&KeyScope::stored(&truth.scope)), "{what}: the scope");
    assert!(
        truth.expires_at.is_none_or(|end| believed.expires_at.is_some_and(|known| known <= end)),
        "{what}: the end"
    );
    assert!(
        truth.rate.is_none_or(|rate| believed.rate.is_some_and(|known| known <= rate)),
        "{what}: the rate"
    );
    for role in &believed.orgs {
        let held = truth.orgs.iter().find(|held| held.org == role.org);
        assert!(held.is_some_and(|held| held.role >= role.role), "{what}: a role in {}", role.org);
    }
}

/// Fault 2: a key that has been revoked is never published as live by any concurrent publisher.
#[test]
fn whatever_publishes_a_key_while_it_is_revoked_no_edge_grants_more_than_the_database() {
    every_interleaving(bound_key, &PUBLISHERS, &REVOKERS, |world, _, what| {
        assert_never_more(world, &world.keys["bob"], what);
    });
}

/// The same with the revocation suspended while something else is published.
#[test]
fn whatever_is_published_in_the_middle_of_a_revocation_no_edge_grants_more_than_the_database() {
    let publishers = [PUBLISHERS[1], PUBLISHERS[3], PUBLISHERS[4], PUBLISHERS[6]];
    every_interleaving(bound_key, &REVOKERS, &publishers, |world, _, what| {
        assert_never_more(world, &world.keys["bob"], what);
    });
}

/// Nor does anything come back with the schedule, nor with time.
#[test]
fn a_key_that_was_published_late_stays_dead_until_its_record_is_no_longer_believed() {
    let late: [(&str, Make); 1] = [PUBLISHERS[2]];
    let gone: [(&str, Make); 3] = [REVOKERS[0], REVOKERS[4], REVOKERS[6]];
    every_interleaving(bound_key, &late, &gone, |world, _, what| {
        for _ in 0..8 {
            world.clock.advance(5 * 24 * 3600);
            assert_never_more(world, &world.keys["bob"], what);
        }
    });
}

/// Fault 2, of keys that are made: one that another request revokes at once.
#[test]
fn a_key_that_is_replaced_while_another_request_ends_it_is_never_believed() {
    fn replaced(world: &World) -> Task {
        post(world, "users/hanzo/bob/keys?type=secret", &json!({}))
    }
    let makers: [(&str, Make); 1] = [("key replaced", replaced)];
    let enders: [(&str, Make); 4] = [
        ("key replaced", replaced),
        ("keys revoked", |world| delete(world, "users/hanzo/bob/keys?type=secret")),
        ("user disabled", |world| put(world, "users/hanzo/bob", &json!({"isForbidden": true}))),
        ("user deleted", |world| delete(world, "users/hanzo/bob")),
    ];
    every_interleaving(bound_key, &makers, &enders, |world, answer, what| {
        let answer: Value = serde_json::from_slice(answer.unwrap().body()).unwrap();
        if let Some(key) = answer["data"]["accessKey"].as_str() {
            assert_never_more(world, key, what);
        }
    });
}

/// Each way in which a client obtains tokens of bob.
const ISSUERS: [(&str, Make); 5] = [
    ("code", |world| {
        let code = code(world, allowed(world));
        form(
            world,
            None,
            &[
                ("grant_type", "authorization_code"),
                ("client_id", "hanzo-app"),
                ("code", &code),
                ("redirect_uri", crate::browser::CALLBACK),
                ("code_verifier", VERIFIER),
            ],
        )
    }),
    ("refresh", |world| {
        let given = tokens(world);
        let refresh_token = text(&given, "refresh_token");
        let pairs = [
            ("grant_type", "refresh_token"),
            ("client_id", "hanzo-app"),
            ("refresh_token", refresh_token),
        ];
        form(world, None, &pairs)
    }),
    ("password", |world| {
        let pairs = [("grant_type", "password"), ("username", "bob"), ("password", PASSWORD)];
        form(world, Some(("hanzo-cloud", CLOUD_SECRET)), &pairs)
    }),
    ("exchange", |world| {
        let given = tokens(world);
        let pairs = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", text(&given, "access_token")),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ];
        form(world, Some(("hanzo-cloud", CLOUD_SECRET)), &pairs)
    }),
    ("code with a secret", |world| {
        let code = code(world, allowed_to_cloud(world));
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", crate::oauth::CLOUD_CALLBACK),
        ];
        form(world, Some(("hanzo-cloud", CLOUD_SECRET)), &pairs)
    }),
];

/// Each write after which nothing that was issued to bob before is good.
const ENDERS: [(&str, Make); 5] = [
    ("user disabled", |world| put(world, "users/hanzo/bob", &json!({"isForbidden": true}))),
    ("password set", |world| {
        put(world, "users/hanzo/bob", &json!({"password": "a password of the tests"}))
    }),
    ("user demoted", |world| put(world, "users/hanzo/bob", &json!({"isAdmin": false}))),
    ("user deleted", |world| delete(world, "users/hanzo/bob")),
    ("organization suspended", |world| {
        put(world, "organizations/admin/hanzo", &json!({"isDisabled": true}))
    }),
];

fn administrator(world: &World) {
    sql(world, "UPDATE users SET is_admin = 1 WHERE name = 'bob'");
}

fn issued(answer: Option<Response>) -> Option<Value> {
    let answer = answer?;
    (answer.status().as_u16() == 200).then(|| serde_json::from_slice(answer.body()).unwrap())
}

/// Fault 7: what is issued while its user is revoked is dead, at the origin and at every edge. A
/// password grant and a demotion are not compared: the password is still right.
#[test]
fn whatever_is_issued_while_its_user_loses_something_is_dead() {
    let seen = Seen::default();
    every_interleaving(administrator, &ISSUERS, &ENDERS, |world, answer, what| {
        let Some(tokens) = issued(answer) else { return };
        seen.one();
        let anew = what.starts_with("password,") && what.contains("demoted");
        let dead = refuses(&feed(world), text(&tokens, "access_token"));
        assert!(dead || (anew && !administers(&tokens)), "{what}: an edge lets it in");
        assert!(!is_active(world, &tokens) || anew, "{what}: the origin lets it in");
        if tokens.get("refresh_token").is_some() && !what.starts_with("password") {
            assert_ne!(refresh(world, &tokens).status().as_u16(), 200, "{what}: refreshed");
        }
    });
}

/// Whether the access token of a response is active at introspection.
fn is_active(world: &World, tokens: &Value) -> bool {
    let token = text(tokens, "access_token");
    let answer = as_cloud(world, "/v1/iam/oauth/introspect", &[("token", token)]);
    answer.status().as_u16() == 200 && answer.body()["active"] == true
}

fn administers(tokens: &Value) -> bool {
    let claims = crate::oauth::access_claims(tokens);
    claims["orgs"].as_array().into_iter().flatten().any(|role| role["role"] == "admin")
}

/// Fault 7, of clients and sessions.
#[test]
fn whatever_is_issued_while_its_client_or_session_ends_is_dead() {
    let seen = Seen::default();
    let enders: [(&str, Make); 3] = [
        ("client disabled", |world| {
            put(world, "applications/admin/hanzo-app", &json!({"isDisabled": true}))
        }),
        ("client deleted", |world| delete(world, "applications/admin/hanzo-app")),
        ("logout", |world| {
            let call = world.post("/v1/iam/oauth/logout").header("cookie", &session_of_bob(world));
            Task::Request(Box::new(call.json(&json!({})).request))
        }),
    ];
    every_interleaving(session, &ISSUERS[..2], &enders, |world, answer, what| {
        let Some(tokens) = issued(answer) else { return };
        seen.one();
        assert!(refuses(&feed(world), text(&tokens, "access_token")), "{what}: an edge");
        assert!(!is_active(world, &tokens), "{what}: the origin");
        assert_ne!(refresh(world, &tokens).status().as_u16(), 200, "{what}: refreshed");
    });
}

fn session(world: &World) {
    session_of_bob(world);
}

/// Fault 7, of a client's own tokens.
#[test]
fn a_clients_own_token_that_is_issued_while_it_ends_is_dead() {
    let seen = Seen::default();
    let issuers: [(&str, Make); 1] = [("client credentials", |world| {
        form(world, Some(("acme-app", ACME_SECRET)), &[("grant_type", "client_credentials")])
    })];
    let enders: [(&str, Make); 4] = [
        ("client disabled", |world| {
            put(world, "applications/acme/acme-app", &json!({"isDisabled": true}))
        }),
        ("client deleted", |world| delete(world, "applications/acme/acme-app")),
        ("another secret", |world| {
            put(world, "applications/acme/acme-app", &json!({"clientSecret": "x".repeat(24)}))
        }),
        ("organization suspended", |world| {
            put(world, "organizations/admin/acme", &json!({"isDisabled": true}))
        }),
    ];
    every_interleaving(
        |_| {},
        &issuers,
        &enders,
        |world, answer, what| {
            let Some(tokens) = issued(answer) else { return };
            seen.one();
            assert!(refuses(&feed(world), text(&tokens, "access_token")), "{what}: an edge");
        },
    );
}

/// Fault 7, of a browser's sign-in: an authorization code that is given while the session ends.
#[test]
fn a_code_that_is_given_while_its_session_ends_gives_nothing() {
    let issuers: [(&str, Make); 1] = [("authorize", |world| {
        let query = format!(
            "client_id=hanzo-app&response_type=code&redirect_uri={}&scope=openid&state=s\
             &code_challenge={}&code_challenge_method=S256",
            "http%3A%2F%2Flocalhost%3A3000%2Fcallback",
            crate::browser::CHALLENGE
        );
        let call = world.get(&format!("/v1/iam/oauth/authorize?{query}"));
        Task::Request(Box::new(call.header("cookie", &session_of_bob(world)).request))
    })];
    let logout: [(&str, Make); 1] = [("logout", |world| {
        let call = world.post("/v1/iam/oauth/logout").header("cookie", &session_of_bob(world));
        Task::Request(Box::new(call.json(&json!({})).request))
    })];
    let seen = Seen::default();
    for enders in [&logout[..], &ENDERS[..4]] {
        every_interleaving(signed_in_administrator, &issuers, enders, |world, answer, what| {
            let answer = answer.unwrap();
            let address = answer.headers().get("location").map(|it| it.to_str().unwrap());
            let code = address.and_then(|it| it.split_once("code=")).map(|(_, code)| code);
            let Some(code) = code.and_then(|it| it.split('&').next()) else { return };
            seen.one();
            let answer = redeem_at(world, code);
            assert_ne!(answer, 200, "{what}");
        });
    }
}

fn signed_in_administrator(world: &World) {
    administrator(world);
    session(world);
}

fn redeem_at(world: &World, code: &str) -> u16 {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("client_id", "hanzo-app"),
        ("code", code),
        ("redirect_uri", "http://localhost:3000/callback"),
        ("code_verifier", VERIFIER),
    ];
    world.post(TOKEN).form(&pairs).send().status().as_u16()
}
