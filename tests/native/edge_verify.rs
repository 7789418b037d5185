//! Claims about verification at the edge: what is accepted, and what it costs.

use hanzo_iam::{
    core::{
        encoding::digest,
        request_id::RequestId,
        token::{Confirmation, TokenType},
    },
    edge::Response,
    ports::Clock,
};

use crate::edge_world::{EdgeWorld, answered, forwarded, new_key, set};

/// An edge whose snapshot is a second old.
fn a_second_later() -> EdgeWorld {
    let world = EdgeWorld::new();
    forwarded(world.call("GET /v1/echo", &world.token()));
    world.clock.advance(1);
    world
}

fn status(world: &EdgeWorld, credential: &str) -> u16 {
    answered(world.call("GET /v1/echo", credential)).status
}

#[test]
fn a_token_seen_before_costs_no_io() {
    let world = EdgeWorld::new();
    let token = world.token();
    forwarded(world.call("GET /v1/echo", &token));
    let asked = world.asked();
    let header = format!("Bearer {token}");
    for _ in 0..100 {
        let decision = world.at_once("GET /v1/echo", &[("authorization", &header)]);
        assert_eq!(set(&forwarded(decision.unwrap()), "x-user-id"), Some("u-alice"));
    }
    assert_eq!(world.asked(), asked);
}

/// The round trip to the origin is not added to that to KV.
#[test]
fn an_isolate_that_begins_with_a_call_asks_for_snapshot_and_feed_at_once() {
    let world = EdgeWorld::new();
    let token = world.token();
    assert!(world.begins("GET /v1/echo", &token));
    assert_eq!((world.asked(), *world.backend.feed_reads.borrow()), ((1, 0), 1));
}

#[test]
fn a_token_seen_before_is_refused_when_it_has_expired_or_its_key_is_withdrawn() {
    let world = EdgeWorld::new();
    let token = world.token();
    forwarded(world.call("GET /v1/echo", &token));
    world.clock.advance(30);
    world.publish(&[&new_key()]);
    pollster::block_on(world.edge.renew());
    assert_eq!(status(&world, &token), 401);

    let world = EdgeWorld::new();
    let token = world.token();
    forwarded(world.call("GET /v1/echo", &token));
    world.clock.advance(3600 + 29);
    forwarded(world.call("GET /v1/echo", &token));
    world.clock.advance(1);
    assert_eq!(status(&world, &token), 401);
}

#[test]
fn a_token_for_another_issuer_audience_or_use_is_refused() {
    let world = EdgeWorld::new();
    let mut claims = world.claims();
    claims.aud = vec!["hanzo-app-evil".to_owned()];
    assert_eq!(status(&world, &EdgeWorld::signed(&world.key, &claims)), 401);
    let mut claims = world.claims();
    claims.iss.push('/');
    assert_eq!(status(&world, &EdgeWorld::signed(&world.key, &claims)), 401);
    let mut claims = world.claims();
    claims.token_type = TokenType::Id;
    assert_eq!(status(&world, &EdgeWorld::signed(&world.key, &claims)), 401);
    let mut claims = world.claims();
    claims.cnf = Some(Confirmation);
    assert_eq!(status(&world, &EdgeWorld::signed(&world.key, &claims)), 401);
    let mut claims = world.claims();
    claims.iss = "https://lux.id".to_owned();
    claims.aud = vec!["https://api.hanzo.ai".to_owned()];
    forwarded(world.call("GET /v1/echo", &EdgeWorld::signed(&world.key, &claims)));
}

/// ATTACKS A-20 (CVE-2026-55669): RFC 9068 §4. Every audience must be one of ours by every
/// character; of several, one suffices.
#[test]
fn a_token_for_no_audience_of_ours_is_refused_and_for_one_among_others_is_not() {
    let world = EdgeWorld::new();
    let with = |audience: &[&str]| {
        let mut claims = world.claims();
        claims.aud = audience.iter().map(|&text| text.to_owned()).collect();
        EdgeWorld::signed(&world.key, &claims)
    };
    for audience in [
        &[][..],
        &[""],
        &["*"],
        &["hanzo-ap"],
        &["hanzo-app-org-hanzo"],
        &["HANZO-APP"],
        &["hanzo-app "],
        &["hanzo-app,hanzo-console"],
        &["hanzo-console", "acme-app"],
        &["https://api.hanzo.ai/"],
        &["https://api.hanzo.ai.evil.example"],
        &["https://API.hanzo.ai"],
        &["http://api.hanzo.ai"],
    ] {
        assert_eq!(status(&world, &with(audience)), 401, "{audience:?}");
    }
    for audience in [&["hanzo-app"][..], &["acme-app", "hanzo-app"]] {
        forwarded(world.call("GET /v1/echo", &with(audience)));
    }
}

/// ATTACKS A-23: exactly one refetch, then a cool-down.
#[test]
fn an_unknown_kid_is_asked_for_once_and_then_not_for_a_while() {
    let world = a_second_later();
    let rotated = new_key();
    world.tell_origin_snapshot(&[&world.key, &rotated]);
    forwarded(world.call("GET /v1/echo", &EdgeWorld::signed(&rotated, &world.claims())));
    assert_eq!(world.asked().1, 1);
    for _ in 0..20 {
        assert_eq!(status(&world, &EdgeWorld::signed(&new_key(), &world.claims())), 401);
    }
    assert_eq!(world.asked().1, 1);
    world.clock.advance(5);
    world.tell_origin_snapshot(&[&world.key, &rotated]);
    for _ in 0..20 {
        assert_eq!(status(&world, &EdgeWorld::signed(&new_key(), &world.claims())), 401);
    }
    assert_eq!(world.asked().1, 2);
}

/// What the snapshot does not know was either never ours, or is younger than the snapshot.
#[test]
fn an_unknown_kid_is_asked_for_only_if_the_token_claims_to_be_ours_and_newer_than_the_snapshot() {
    let world = EdgeWorld::new();
    forwarded(world.call("GET /v1/echo", &world.token()));
    let mut claims = world.claims();
    claims.iat = world.clock.now().plus(-1);
    let older = EdgeWorld::signed(&new_key(), &claims);
    world.clock.advance(1);
    let mut claims = world.claims();
    claims.iss = "https://accounts.example".to_owned();
    let foreign = EdgeWorld::signed(&new_key(), &claims);
    let mut claims = world.claims();
    claims.iat = world.clock.now().plus(31);
    let future = EdgeWorld::signed(&new_key(), &claims);
    let mut claims = world.claims();
    claims.exp = world.clock.now().plus(-31);
    let expired = EdgeWorld::signed(&new_key(), &claims);
    for token in [older, foreign, future, expired] {
        assert_eq!(status(&world, &token), 401);
    }
    assert_eq!(world.asked().1, 0);
}

/// Fault 33. Any client can keep the cool-down running with a made-up `kid`: a token that may be
/// valid waits for its end, and is granted then.
#[test]
fn during_the_cool_down_a_token_of_a_new_signing_key_waits_and_is_granted() {
    let world = a_second_later();
    world.tell_origin_snapshot(&[&world.key]);
    assert_eq!(status(&world, &EdgeWorld::signed(&new_key(), &world.claims())), 401);
    world.clock.advance(1);
    let rotated = new_key();
    world.tell_origin_snapshot(&[&world.key, &rotated]);
    let token = EdgeWorld::signed(&rotated, &world.claims());
    let asked = world.asked().1;
    let line = "GET /v1/echo";
    assert_eq!(world.while_it_waits(line, &token, || world.clock.advance(4)), 200);
    assert_eq!(world.asked().1, asked + 1);
}

/// It does not wait for ever: a clock that stands ends it too.
#[test]
fn a_token_that_waited_for_the_whole_cool_down_gets_retry_after() {
    let world = a_second_later();
    world.tell_origin_snapshot(&[&world.key]);
    assert_eq!(status(&world, &EdgeWorld::signed(&new_key(), &world.claims())), 401);
    world.clock.advance(1);
    let answer =
        answered(world.call("GET /v1/echo", &EdgeWorld::signed(&new_key(), &world.claims())));
    assert_eq!(answer.status, 503);
    assert!(answer.headers.iter().any(|(name, _)| *name == "retry-after"));
}

/// Fault 33: an answer that did not come holds no cool-down open.
#[test]
fn after_a_failure_of_the_origin_a_new_signing_key_is_asked_for_a_second_later() {
    let world = a_second_later();
    let rotated = new_key();
    world.tell_origin_snapshot(&[&world.key, &rotated]);
    let token = EdgeWorld::signed(&rotated, &world.claims());
    *world.backend.origin_is_down.borrow_mut() = true;
    assert_eq!(status(&world, &token), 503);
    *world.backend.origin_is_down.borrow_mut() = false;
    world.clock.advance(1);
    forwarded(world.call("GET /v1/echo", &token));
}

/// A key that replaces a dropped one signs at once, perhaps in the second of the snapshot.
#[test]
fn a_token_of_a_new_signing_key_in_the_second_of_the_snapshot_is_granted() {
    let world = EdgeWorld::new();
    forwarded(world.call("GET /v1/echo", &world.token()));
    let next = new_key();
    world.tell_origin_snapshot(&[&next]);
    forwarded(world.call("GET /v1/echo", &EdgeWorld::signed(&next, &world.claims())));
}

#[test]
fn while_the_origin_is_asked_for_a_kid_the_calls_beside_it_wait_and_ask_nothing() {
    let world = a_second_later();
    let rotated = new_key();
    world.tell_origin_snapshot(&[&world.key, &rotated]);
    let token = EdgeWorld::signed(&rotated, &world.claims());
    let stranger = EdgeWorld::signed(&new_key(), &world.claims());
    let statuses = world.together("GET /v1/echo", &[&token, &token, &stranger, &token]);
    assert_eq!(statuses, [200, 200, 401, 200]);
    assert_eq!(world.asked().1, 1);
}

/// ATTACKS A-23, while the origin is down: whoever has waited does not ask again.
#[test]
fn when_the_origin_has_no_answer_for_one_call_the_calls_beside_it_ask_nothing() {
    let world = a_second_later();
    *world.backend.origin_is_down.borrow_mut() = true;
    let strangers: Vec<_> =
        (0..4).map(|_| EdgeWorld::signed(&new_key(), &world.claims())).collect();
    let strangers: Vec<_> = strangers.iter().map(String::as_str).collect();
    assert_eq!(world.together("GET /v1/echo", &strangers), [503; 4]);
    assert_eq!(world.asked().1, 1);
}

#[test]
fn without_the_origin_a_token_that_may_be_newer_than_the_snapshot_is_not_refused() {
    let world = a_second_later();
    *world.backend.origin_is_down.borrow_mut() = true;
    assert_eq!(status(&world, &EdgeWorld::signed(&new_key(), &world.claims())), 503);
    let mut claims = world.claims();
    claims.aud = vec!["made-just-now".to_owned()];
    assert_eq!(status(&world, &EdgeWorld::signed(&world.key, &claims)), 503);
}

/// An application works the moment it is made.
#[test]
fn a_genuine_token_for_an_audience_newer_than_the_snapshot_is_granted_at_once() {
    let world = EdgeWorld::new();
    forwarded(world.call("GET /v1/echo", &world.token()));
    let snapshot = world.snapshot(&[&world.key]).replace("hanzo-app", "made-just-now");
    world.backend.origin.borrow_mut().insert("/internal/edge".to_owned(), snapshot);
    let mut claims = world.claims();
    claims.aud = vec!["made-just-now".to_owned()];
    forwarded(world.call("GET /v1/echo", &EdgeWorld::signed(&world.key, &claims)));
    assert_eq!(world.asked().1, 1);
}

#[test]
fn a_genuine_token_for_an_audience_that_is_not_ours_is_asked_about_once() {
    let world = EdgeWorld::new();
    forwarded(world.call("GET /v1/echo", &world.token()));
    let mut claims = world.claims();
    claims.aud = vec!["https://elsewhere.example".to_owned()];
    let token = EdgeWorld::signed(&world.key, &claims);
    world.clock.advance(1);
    world.tell_origin_snapshot(&[&world.key]);
    for _ in 0..5 {
        assert_eq!(status(&world, &token), 401);
    }
    assert_eq!(world.asked().1, 1);
}

/// ATTACKS A-1, A-4, A-5, A-6, A-15: no header of a token leads to any request.
#[test]
fn a_malformed_token_is_refused_without_io() {
    let world = EdgeWorld::new();
    forwarded(world.call("GET /v1/echo", &world.token()));
    let asked = world.asked();
    let encode = |json: &str| hanzo_iam::core::encoding::base64url(json.as_bytes());
    let kid = &world.key.public.id().0;
    for header in [
        r#"{"alg":"none","typ":"at+jwt"}"#.to_owned(),
        format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{kid}","jku":"https://evil.example"}}"#),
        format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{kid}","x5u":"https://evil.example"}}"#),
        format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{kid}","crit":["b64"]}}"#),
    ] {
        let token = format!("{}.{}.{}", encode(&header), encode("{}"), "A".repeat(86));
        assert_eq!(status(&world, &token), 401, "{header}");
    }
    for token in ["a", "a.b", "a.b.c.d", "a.b.c.d.e", "..", &"a.b.c".repeat(4000)] {
        assert_eq!(status(&world, token), 401, "{token:.20}");
    }
    assert_eq!(world.asked(), asked);
}

#[test]
fn a_key_costs_one_read_and_then_none_for_a_quarter_of_an_hour() {
    let world = EdgeWorld::new();
    let (key, record) = EdgeWorld::mint_key(1);
    world.publish_key(&key, &record);
    let forward = forwarded(world.call("GET /v1/echo", &key));
    assert_eq!(set(&forward, "x-user-id"), Some("u-bob"));
    let asked = world.asked();
    assert_eq!(asked, (2, 0));
    world.clock.advance(15 * 60 - 1);
    forwarded(world.call("GET /v1/echo", &key));
    assert_eq!(world.asked(), asked);
    let dead = hanzo_iam::core::publication::KeyRecord { active: false, ..record };
    world.publish_key(&key, &dead);
    world.clock.advance(1);
    assert_eq!(status(&world, &key), 401);
}

/// ATTACKS F-82: form, checksum and MAC are checked without a read, and the answer never tells
/// which it was.
#[test]
fn keys_that_are_not_good_get_one_answer_and_malformed_ones_no_read() {
    let world = EdgeWorld::new();
    forwarded(world.call("GET /v1/echo", &world.token()));
    let asked = world.asked();
    let (key, record) = EdgeWorld::mint_key(1);
    let mut wrong_sum = key.clone();
    wrong_sum.pop();
    wrong_sum.push(if key.ends_with('a') { 'b' } else { 'a' });
    let elsewhere = hanzo_iam::core::apikey::ApiKey::mint(
        &hanzo_iam::platform::native::SeededRandom::new(5),
        &crate::edge_world::root_keys(),
        "production",
    );
    let long = format!("{key}{key}");
    let malformed = [
        "hk-",
        "hk-x",
        &key[..57],
        &long,
        &wrong_sum,
        elsewhere.text().expose(),
        "sk-live-zz",
        "hz-x.y",
    ];
    let answer = |credential: &str| {
        let answer = answered(world.call("GET /v1/echo", credential));
        Response { request_id: RequestId::new([0; 16]), ..answer }
    };
    let refusal = answer(malformed[0]);
    assert_eq!(refusal.status, 401);
    for key in malformed {
        assert_eq!(answer(key), refusal, "{key}");
    }
    assert_eq!(world.asked(), asked);

    assert_eq!(answer(&key), refusal, "unknown");
    for (seed, dead) in [
        (2, hanzo_iam::core::publication::KeyRecord { active: false, ..record.clone() }),
        (
            3,
            hanzo_iam::core::publication::KeyRecord {
                expires_at: Some(crate::edge_world::START),
                ..record
            },
        ),
    ] {
        let (key, _) = EdgeWorld::mint_key(seed);
        world.publish_key(&key, &dead);
        assert_eq!(answer(&key), refusal);
    }
    let homoglyph = key.replacen('h', "\u{4bb}", 1);
    assert_eq!(answer(&homoglyph), refusal);
}

/// ATTACKS F-84: KV remembers a miss, so the origin is asked before a key is refused.
#[test]
fn a_key_works_the_moment_it_is_created_even_if_it_was_asked_for_before() {
    let world = EdgeWorld::new();
    let (key, record) = EdgeWorld::mint_key(1);
    assert_eq!(status(&world, &key), 401);
    for _ in 0..10 {
        assert_eq!(status(&world, &key), 401);
    }
    assert_eq!(world.asked().1, 1, "a miss is remembered for a moment");
    world.tell_origin(&key, &record);
    world.clock.advance(1);
    forwarded(world.call("GET /v1/echo", &key));
}

#[test]
fn what_cannot_be_verified_is_neither_let_through_nor_called_invalid() {
    let world = EdgeWorld::new();
    *world.backend.kv_is_down.borrow_mut() = true;
    *world.backend.origin_is_down.borrow_mut() = true;
    assert_eq!(status(&world, &world.token()), 503);
    *world.backend.kv_is_down.borrow_mut() = false;
    assert_eq!(status(&world, &world.token()), 503, "what has been revoked is not known yet");
    *world.backend.origin_is_down.borrow_mut() = false;
    world.clock.advance(1);
    forwarded(world.call("GET /v1/echo", &world.token()));
    *world.backend.origin_is_down.borrow_mut() = true;
    let (key, record) = EdgeWorld::mint_key(1);
    assert_eq!(status(&world, &key), 503);
    *world.backend.kv_is_down.borrow_mut() = true;
    *world.backend.origin_is_down.borrow_mut() = false;
    world.tell_origin(&key, &record);
    forwarded(world.call("GET /v1/echo", &key));
}

/// ATTACKS F-83: refused, and recorded by its digest.
#[test]
fn a_key_in_a_url_or_a_cookie_is_refused_and_recorded() {
    let world = EdgeWorld::new();
    let (key, _) = EdgeWorld::mint_key(1);
    let name = digest(&key);
    for (number, (line, cookie, place)) in [
        (format!("GET /v1/echo?api_key={key}"), String::new(), "query"),
        (format!("GET /v1/echo?x=1&q={key}"), String::new(), "query"),
        (format!("GET /v1/iam/users?access_token={key}"), String::new(), "query"),
        ("GET /v1/echo".to_owned(), format!("hanzo_token={key}"), "cookie"),
    ]
    .into_iter()
    .enumerate()
    {
        world.clock.advance(60);
        let answer = answered(world.send(&line, &[("cookie", &cookie)]));
        assert_eq!(answer.status, 400, "{line}");
        assert!(!answer.body.contains(&key));
        let calls = world.backend.origin_calls.borrow();
        let exposures: Vec<_> =
            calls.iter().filter(|call| call.contains("exposures")).cloned().collect();
        assert_eq!(exposures.len(), number + 1);
        let told = format!(r#"POST /internal/exposures {{"digest":"{name}","where":"{place}"}}"#);
        assert_eq!(exposures.last(), Some(&told));
    }
    forwarded(world.send(&format!("GET /v1/iam/keys/principal?accessKey={key}"), &[]));
}

/// ATTACKS A-28, A-29.
#[test]
fn two_credentials_or_a_malformed_one_are_a_bad_request() {
    let world = EdgeWorld::new();
    let token = world.token();
    for header in [
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer {token},"),
        format!("Bearer\t{token}"),
        "Bearer ".to_owned(),
    ] {
        let answer = answered(world.send("GET /v1/echo", &[("authorization", &header)]));
        assert_eq!(answer.status, 400, "{header:.20}");
    }
    let line = "GET /v1/echo?access_token=x";
    assert_eq!(answered(world.call(line, &token)).status, 400);
    forwarded(world.send("GET /v1/echo", &[("authorization", &format!("bEARER {token}"))]));
}
