//! Claims about the limits at the edge: who is told to wait, who has nothing left, and that the
//! origin learns of each call once.

use hanzo_iam::{
    core::{
        limit::{self, Batch, Budget, KeyUsage, Month, Rate, Spend},
        publication::KeyRecord,
    },
    edge::{Decision, Response},
    ports::Clock,
};

use crate::edge_world::{EdgeWorld, START, answered, forwarded};

const READ: &str = "GET /v1/echo";
const PUBLIC: &str = "GET /v1/echo/public/a";

/// A key with these limits, published.
fn key(world: &EdgeWorld, rate: Option<u32>, budget: Budget) -> (String, KeyRecord) {
    let (key, record) = EdgeWorld::mint_key(1);
    let record = KeyRecord { rate, budget, ..record };
    world.publish_key(&key, &record);
    (key, record)
}

fn total(calls: u64) -> Budget {
    Budget { month: None, total: Some(calls) }
}

/// What the platform reads.
fn text(decision: &Decision) -> String {
    let mut text = String::new();
    decision.write(&mut text);
    text
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

/// The batches that the origin got so far, in order.
fn batches(world: &EdgeWorld) -> Vec<Batch> {
    let calls = world.backend.origin_calls.borrow();
    let reports = calls.iter().filter_map(|call| call.strip_prefix("POST /internal/usage "));
    reports.map(|body| Batch::from_bytes(body.as_bytes()).unwrap()).collect()
}

/// Has the origin answer reports so.
fn tell_usage(world: &EdgeWorld, keys: Vec<KeyUsage>) {
    let text = serde_json::to_string(&limit::UsageReply { keys }).unwrap();
    world.backend.origin.borrow_mut().insert("/internal/usage".to_owned(), text);
}

fn renew(world: &EdgeWorld) {
    if world.edge.wants_renewal() {
        pollster::block_on(world.edge.renew());
    }
}

#[test]
fn a_key_over_its_rate_is_refused_and_later_admitted() {
    let world = EdgeWorld::new();
    let (key, _) = key(&world, Some(5), Budget::default());
    for left in (0..5).rev() {
        let told = forwarded(world.call(READ, &key)).response_headers;
        let field = |at: usize| (told[at].0, told[at].1.as_str());
        assert_eq!(field(0), ("ratelimit-policy", r#""key";q=5;w=60"#));
        assert_eq!(field(1), ("ratelimit", format!(r#""key";r={left};t=60"#).as_str()));
    }
    world.clock.advance(20);
    for _ in 0..10 {
        let refused = answered(world.call(READ, &key));
        assert_eq!(refused.status, 429);
        assert_eq!(refused.body, r#"{"error":"too_many_requests","message":"Too many requests"}"#);
        assert_eq!(header(&refused, "retry-after"), Some("40"));
        assert_eq!(header(&refused, "ratelimit-policy"), Some(r#""key";q=5;w=60"#));
        assert_eq!(header(&refused, "ratelimit"), Some(r#""key";r=0;t=40"#));
        assert_eq!(header(&refused, "cache-control"), Some("no-store"));
    }
    world.clock.advance(40);
    forwarded(world.call(READ, &key));
}

#[test]
fn a_key_that_has_spent_its_budget_gets_402_and_no_advice_to_come_back() {
    let world = EdgeWorld::new();
    let (key, _) = key(&world, Some(100), total(3));
    for _ in 0..3 {
        forwarded(world.call(READ, &key));
    }
    let refused = answered(world.call(READ, &key));
    assert_eq!(refused.status, 402);
    let body: serde_json::Value = serde_json::from_str(&refused.body).unwrap();
    assert_eq!(body["error"], "insufficient_balance");
    assert_eq!(body["user"], "hanzo/bob");
    assert!(body["message"].is_string());
    assert_eq!(header(&refused, "retry-after"), None);
    world.clock.advance(3600);
    assert_eq!(answered(world.call(READ, &key)).status, 402);
}

/// It has done so elsewhere; the record says it to an isolate that has not seen a call.
#[test]
fn a_key_whose_record_says_that_it_is_over_gets_402_at_its_first_call() {
    let world = EdgeWorld::new();
    let (key, record) = key(&world, None, total(3));
    let spend = Spend { in_month: Month::of(START), month: 3, total: 3 };
    world.publish_key(&key, &KeyRecord { spend, ..record });
    assert_eq!(answered(world.call(READ, &key)).status, 402);
}

#[test]
fn a_call_that_is_refused_for_another_reason_spends_nothing() {
    let world = EdgeWorld::new();
    let (key, record) = key(&world, None, total(1));
    let scope = "read:*".to_owned();
    world.publish_key(&key, &KeyRecord { scope, ..record });
    for _ in 0..3 {
        assert_eq!(answered(world.call("POST /v1/echo", &key)).status, 403);
    }
    forwarded(world.call(READ, &key));
    assert_eq!(answered(world.call(READ, &key)).status, 402);
}

#[test]
fn calls_are_reported_once_behind_a_response() {
    let world = EdgeWorld::new();
    tell_usage(&world, Vec::new());
    let (key, record) = key(&world, None, Budget::default());
    for _ in 0..3 {
        forwarded(world.call(READ, &key));
        renew(&world);
    }
    assert_eq!(batches(&world), [], "they are collected");
    world.clock.advance(2);
    assert!(world.edge.wants_renewal());
    for _ in 0..3 {
        pollster::block_on(world.edge.renew());
    }
    let [only] = <[Batch; 1]>::try_from(batches(&world)).unwrap();
    assert_eq!((only.number, only.since), (1, START));
    assert_eq!(only.counts, [(record.id.clone(), 3)]);
    world.clock.advance(1);
    assert!(!world.edge.wants_renewal(), "there is nothing to tell");

    forwarded(world.call(READ, &key));
    world.clock.advance(2);
    renew(&world);
    let second = batches(&world).pop().unwrap();
    assert_eq!((second.number, second.counts), (2, vec![(record.id, 1)]));
}

#[test]
fn a_report_alone_does_not_read_the_feed() {
    let world = EdgeWorld::new();
    tell_usage(&world, Vec::new());
    let (key, _) = key(&world, None, Budget::default());
    forwarded(world.call(READ, &world.token()));
    world.clock.advance(1);
    forwarded(world.call(READ, &key));
    world.clock.advance(1);
    renew(&world); // the feed, which is two seconds old
    assert_eq!(batches(&world), []);
    let reads = *world.backend.feed_reads.borrow();
    world.clock.advance(1);
    renew(&world); // the report, whose first call is two seconds old
    assert_eq!(batches(&world).len(), 1);
    assert_eq!(*world.backend.feed_reads.borrow(), reads);
}

#[test]
fn a_report_that_got_no_answer_is_repeated_under_its_number_and_nothing_is_lost() {
    let world = EdgeWorld::new();
    let (key, record) = key(&world, None, Budget::default());
    forwarded(world.call(READ, &key));
    *world.backend.origin_is_down.borrow_mut() = true;
    world.clock.advance(2);
    renew(&world);
    // More calls meanwhile: they wait for the next batch.
    forwarded(world.call(READ, &key));
    forwarded(world.call(READ, &key));
    for _ in 0..2 {
        world.clock.advance(1);
        renew(&world);
    }
    assert_eq!(batches(&world).len(), 1, "not at once");
    *world.backend.origin_is_down.borrow_mut() = false;
    tell_usage(&world, Vec::new());
    for _ in 0..2 {
        world.clock.advance(5);
        renew(&world);
    }
    let told = batches(&world);
    let told: Vec<_> = told.iter().map(|batch| (batch.number, batch.counts.clone())).collect();
    let id = record.id;
    assert_eq!(told, [(1, vec![(id.clone(), 1)]), (1, vec![(id.clone(), 1)]), (2, vec![(id, 2)]),]);
}

#[test]
fn a_report_that_the_origin_refuses_does_not_stop_the_next() {
    let world = EdgeWorld::new(); // whose origin answers 404
    let (key, _) = key(&world, None, Budget::default());
    for expected in [1, 2] {
        forwarded(world.call(READ, &key));
        world.clock.advance(2);
        renew(&world);
        assert_eq!(batches(&world).last().unwrap().number, expected);
    }
}

#[test]
fn the_spend_of_other_isolates_counts_once_the_origin_reports_it() {
    let world = EdgeWorld::new();
    let (key, record) = key(&world, Some(100), total(10));
    let spend = Spend { in_month: Month::of(START), month: 9, total: 9 };
    let standing = |spend, wait| KeyUsage { key: record.id.clone(), spend, over: false, wait };
    tell_usage(&world, vec![standing(spend, 7)]);
    forwarded(world.call(READ, &key));
    world.clock.advance(2);
    renew(&world);
    // The rate of all isolates together is reached for seven seconds.
    let refused = answered(world.call(READ, &key));
    assert_eq!((refused.status, header(&refused, "retry-after")), (429, Some("7")));
    world.clock.advance(7);
    renew(&world);
    forwarded(world.call(READ, &key));
    assert_eq!(answered(world.call(READ, &key)).status, 402, "nine there, one here");
}

#[test]
fn clients_without_a_credential_are_counted_by_network() {
    let world = EdgeWorld::with(|config| config.anonymous_rate = Rate::parse("2/60"));
    let from = |address: &str| world.send_from(address, PUBLIC, &[]);
    let told = forwarded(from("2001:db8:1:2::1")).response_headers;
    assert_eq!(told[0].1, r#""address";q=2;w=60"#);
    assert_eq!(told[1].1, r#""address";r=1;t=60"#);
    forwarded(from("2001:db8:1:2:ffff::1"));
    let refused = answered(from("2001:db8:1:2::3"));
    assert_eq!((refused.status, header(&refused, "retry-after")), (429, Some("60")));
    assert_eq!(header(&refused, "ratelimit"), Some(r#""address";r=0;t=60"#));
    forwarded(from("2001:db8:1:3::1"));
    forwarded(from("192.0.2.1"));
    // From the same network with a credential: not anonymous.
    let authorization = format!("Bearer {}", world.token());
    for _ in 0..5 {
        let call = world.send_from("2001:db8:1:2::1", READ, &[("authorization", &authorization)]);
        forwarded(call);
    }
    world.clock.advance(119);
    forwarded(from("2001:db8:1:2::1"));
}

#[test]
fn a_users_tokens_are_counted_together_if_the_operator_says_so() {
    let world = EdgeWorld::with(|config| config.user_rate = Rate::parse("2/60"));
    let tokens = ["j1", "j2", "j3"].map(|id| {
        let mut claims = world.claims();
        claims.jti = id.to_owned();
        EdgeWorld::signed(&world.key, &claims)
    });
    assert_eq!(forwarded(world.call(READ, &tokens[0])).response_headers[1].1, r#""user";r=1;t=60"#);
    forwarded(world.call(READ, &tokens[1]));
    assert_eq!(answered(world.call(READ, &tokens[2])).status, 429);
    // A key has its own limits and no others.
    let (key, _) = key(&world, None, Budget::default());
    for _ in 0..5 {
        forwarded(world.call(READ, &key));
    }
}

#[test]
fn a_caller_without_a_limit_gets_no_fields_and_costs_no_io() {
    let world = EdgeWorld::with(|config| config.anonymous_rate = None);
    let (key, _) = key(&world, None, Budget::default());
    let calls = [world.call(READ, &world.token()), world.call(READ, &key), world.send(PUBLIC, &[])];
    for forward in calls.map(forwarded) {
        assert_eq!(forward.response_headers, []);
        assert_eq!(forward.inquiry, None);
    }
}

#[test]
fn the_platforms_verdict_holds_for_the_next_calls_until_the_window_ends() {
    let world = EdgeWorld::with(|config| {
        config.user_rate = Rate::parse("1000/28800");
        config.anonymous_rate = Rate::parse("100/10");
    });
    let token = world.token();
    let (key, _) = key(&world, Some(100), Budget::default());
    for (binding, window, call) in [
        ("LIMIT_USERS", 60, &(|| world.call(READ, &token)) as &dyn Fn() -> _),
        ("LIMIT_KEYS", 60, &|| world.call(READ, &key)),
        ("LIMIT_ADDRESSES", 10, &|| world.send(PUBLIC, &[])),
    ] {
        let now = world.clock.now();
        let inquiry = forwarded(call()).inquiry.unwrap().to_string();
        assert!(inquiry.starts_with(binding) && inquiry.ends_with(&format!(" {window}")));
        assert_eq!(forwarded(call()).inquiry.unwrap().to_string(), inquiry);
        world.edge.rate_limited(&inquiry);
        let refused = answered(call());
        let ends_in = window - now.0.rem_euclid(window);
        assert_eq!(refused.status, 429);
        assert_eq!(header(&refused, "retry-after"), Some(ends_in.to_string().as_str()));
        world.clock.advance(ends_in - 1);
        renew(&world);
        assert_eq!(answered(call()).status, 429);
        world.clock.advance(1);
        forwarded(call());
    }
    world.edge.rate_limited("nonsense");
}

/// Issue 10, fault 23: what JavaScript carries from an instance that is lost to the next one.
#[test]
fn the_counters_of_a_lost_instance_hold_in_the_next() {
    let lost = EdgeWorld::new();
    let (key, _) = key(&lost, Some(2), Budget::default());
    forwarded(lost.call(READ, &key));
    forwarded(lost.call(READ, &key));
    let counters = lost.edge.counters().unwrap();

    let next = lost.beside();
    forwarded(next.call(READ, &key));
    next.edge.restore_counters(&counters);
    assert_eq!(answered(next.call(READ, &key)).status, 429);
    next.edge.restore_counters(b"damaged");
    assert_eq!(answered(next.call(READ, &key)).status, 429);
}

/// What the platform reads: fields for the answer, and what is asked.
#[test]
fn the_text_of_a_decision_holds_the_response_and_the_service() {
    let world = EdgeWorld::with(|config| config.shows_revocation_age = true);
    let (key, _) = key(&world, Some(5), Budget::default());
    let read = text(&world.call(READ, &key));
    let lines: Vec<_> = read.split('\n').collect();
    assert!(lines[2].starts_with("LIMIT_KEYS "), "{}", lines[2]);
    assert_eq!(lines[3], "100", "the deadline");
    assert_eq!(lines[6], "3");
    assert_eq!(lines[7..9], ["x-revocation-age", "0"]);
    assert_eq!([lines[9], lines[11]], ["ratelimit-policy", "ratelimit"]);
    let read = text(&world.call(READ, &world.token()));
    let lines: Vec<_> = read.split('\n').collect();
    assert_eq!(lines[2], "");
    assert_eq!(lines[6..9], ["1", "x-revocation-age", "0"]);
}
