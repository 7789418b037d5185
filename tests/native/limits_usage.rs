//! What the edges report and the origin counts (`POST /internal/usage`).

use hanzo_iam::{
    core::{
        limit::{Batch, KeyUsage, UsageReply},
        publication::key_record_name,
        time::UnixTime,
    },
    ports::{Clock, Statement},
};
use proptest::prelude::*;
use serde_json::json;

use crate::{internal::published, world::World};

/// A batch of the isolate with that identity.
pub fn batch(isolate: u8, number: u64, counts: &[(&str, u32)]) -> Batch {
    Batch {
        isolate: Batch::isolate([isolate; 16]),
        number,
        since: crate::world::START,
        counts: counts.iter().map(|(key, calls)| ((*key).to_owned(), *calls)).collect(),
    }
}

pub fn report(world: &World, batch: &Batch) -> UsageReply {
    let body = serde_json::to_value(batch).unwrap();
    serde_json::from_value(world.post("/internal/usage").json(&body).send().ok()).unwrap()
}

/// The id of a key in hanzo.
pub fn key_id(world: &World, who: &str, name: &str) -> String {
    let key = world.get(&format!("/v1/iam/keys/hanzo/{name}")).of(who).send().ok();
    key["id"].as_str().unwrap().to_owned()
}

/// What the key of that name in hanzo has spent in all.
fn total(world: &World, name: &str) -> u64 {
    let key = world.get(&format!("/v1/iam/keys/hanzo/{name}")).of("alice").send().ok();
    key["spend"]["total"].as_u64().unwrap()
}

/// A world, and the id of bob's key, whose limits are these.
fn limited(limits: &serde_json::Value) -> (World, String) {
    let world = World::demo();
    world.put("/v1/iam/keys/hanzo/bob").of("alice").json(limits).send().ok();
    let id = key_id(&world, "bob", "bob");
    (world, id)
}

fn only(answer: UsageReply) -> KeyUsage {
    let [standing] = <[KeyUsage; 1]>::try_from(answer.keys).unwrap();
    standing
}

/// ATTACKS 93, better-auth #4023.
#[test]
fn a_batch_that_comes_again_is_counted_once_and_answered_the_same() {
    let (world, bob) = limited(&json!({"budget": {"total": 100}}));
    let first = batch(1, 1, &[(&bob, 3)]);
    let answer = report(&world, &first);
    let standing = only(answer.clone());
    assert_eq!((standing.spend.month, standing.spend.total, standing.over), (3, 3, false));
    for _ in 0..3 {
        assert_eq!(report(&world, &first), answer);
    }
    assert_eq!(only(report(&world, &batch(1, 2, &[(&bob, 4)]))).spend.total, 7);
    // late, after its successor
    assert_eq!(only(report(&world, &first)).spend.total, 7);
}

#[test]
fn batches_of_two_isolates_are_both_counted_whatever_their_numbers() {
    let (world, bob) = limited(&json!({}));
    let alice = key_id(&world, "alice", "alice");
    report(&world, &batch(1, 1, &[(&bob, 3), (&alice, 1)]));
    report(&world, &batch(2, 1, &[(&bob, 5)]));
    report(&world, &batch(2, 2, &[(&alice, 10)]));
    report(&world, &batch(1, 2, &[(&bob, 100)]));
    assert_eq!((total(&world, "bob"), total(&world, "alice")), (108, 11));
}

/// What an isolate had counted and not reported is lost with it; the next one is another.
#[test]
fn an_isolate_that_begins_anew_is_another_one() {
    let (world, bob) = limited(&json!({}));
    report(&world, &batch(1, 7, &[(&bob, 1)]));
    report(&world, &batch(1, 1, &[(&bob, 1)]));
    assert_eq!(total(&world, "bob"), 1);
    report(&world, &batch(9, 1, &[(&bob, 1)]));
    assert_eq!(total(&world, "bob"), 2);
}

#[test]
fn a_month_begins_with_nothing_spent() {
    let (world, bob) = limited(&json!({"budget": {"month": 10}}));
    let standing = only(report(&world, &batch(1, 1, &[(&bob, 10)])));
    assert!(standing.over);
    // 2026-11-23T20:00Z to 2026-12-01T00:00Z
    world.clock.advance(7 * 86_400 + 4 * 3600 - 1);
    assert!(only(report(&world, &batch(1, 2, &[(&bob, 1)]))).over);
    world.clock.advance(1);
    let standing = only(report(&world, &batch(1, 3, &[(&bob, 2)])));
    assert_eq!((standing.spend.month, standing.spend.total, standing.over), (2, 13, false));
    // the clock is put back: the month that has begun goes on
    world.clock.advance(-1);
    let standing = only(report(&world, &batch(1, 4, &[(&bob, 2)])));
    assert_eq!((standing.spend.month, standing.spend.total), (4, 15));
}

/// Isolates that have not used the key yet learn it from the record.
#[test]
fn a_key_that_reaches_its_budget_is_published_again() {
    let (world, bob) = limited(&json!({"budget": {"total": 10}}));
    let record = || published(&world, &world.keys["bob"]).unwrap();
    let spent = || record().is_spent(world.clock.now());
    report(&world, &batch(1, 1, &[(&bob, 9)]));
    assert!(!spent() && record().spend.is_zero());
    let last = batch(1, 2, &[(&bob, 1)]);
    report(&world, &last);
    assert!(spent());
    assert_eq!(record().spend.total, 10);
    // more budget, at once
    let more = json!({"budget": {"total": 20}});
    world.put("/v1/iam/keys/hanzo/bob").of("alice").json(&more).send().ok();
    assert!(!spent());
}

/// What failed to be published is published by a repetition of the batch, or by the schedule,
/// which leaves alone what is merely spent a little further.
#[test]
fn the_schedule_repairs_a_record_whose_budget_is_spent_and_no_other() {
    let (world, bob) = limited(&json!({"budget": {"total": 10}}));
    let name = key_record_name(&hanzo_iam::core::encoding::digest(&world.keys["bob"]));
    let text = || pollster::block_on(world.origin.snapshots.get(&name)).unwrap().unwrap();
    let put = |text: &str| {
        pollster::block_on(world.origin.snapshots.put(&name, text, None)).unwrap();
    };
    let before = text();
    report(&world, &batch(1, 1, &[(&bob, 4)]));
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert_eq!(text(), before);
    let last = batch(1, 2, &[(&bob, 6)]);
    report(&world, &last);
    let spent = text();
    assert_ne!(spent, before);
    put(&before);
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert_eq!(text(), spent);
    put(&before);
    report(&world, &last);
    assert_eq!(text(), spent);
}

#[test]
fn a_key_knows_when_it_was_last_used() {
    let (world, bob) = limited(&json!({}));
    let read = || world.get("/v1/iam/keys/hanzo/bob").of("alice").send().ok();
    assert!(read().get("usedTime").is_none());
    let changed = read()["updatedTime"].clone();
    world.clock.advance(60);
    let first = batch(1, 1, &[(&bob, 1)]);
    report(&world, &first);
    assert_eq!(read()["usedTime"], "2026-11-23T20:01:00Z");
    assert_eq!(read()["updatedTime"], changed, "to use a key is not to change it");
    world.clock.advance(60);
    report(&world, &first);
    assert_eq!(read()["usedTime"], "2026-11-23T20:01:00Z", "a repetition is no use");
}

#[test]
fn keys_that_do_not_exist_are_passed_over() {
    let (world, bob) = limited(&json!({}));
    let answer = report(&world, &batch(1, 1, &[("nobody", 5), (&bob, 1), ("x", 1)]));
    assert_eq!(only(answer).key, bob);
    assert_eq!(report(&world, &batch(1, 2, &[("nobody", 5)])), UsageReply::default());
}

#[test]
fn what_is_not_a_batch_is_refused_and_counts_nothing() {
    let (world, bob) = limited(&json!({}));
    let good = serde_json::to_value(batch(1, 1, &[(&bob, 1)])).unwrap();
    let with = |name: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    for body in [
        json!([]),
        json!({}),
        with("isolate", json!("x' OR 1=1 --")),
        with("number", json!(0)),
        with("number", json!(-1)),
        with("number", json!(1_u64 << 53)),
        with("since", json!("now")),
        with("counts", json!([])),
        with("counts", json!([[bob, 0]])),
        with("counts", json!([[bob, -5]])),
        with("counts", json!([[bob, 1.5]])),
        with("counts", json!([[bob, 10_000_000]])),
        with("counts", json!([[bob]])),
        with("counts", json!({ &bob: 1 })),
        with("counts", json!([["'", 1]])),
        with("counts", json!(vec![json!([bob, 1]); 1001])),
        with("more", json!(1)),
    ] {
        world.post("/internal/usage").json(&body).send().refused(400);
    }
    assert_eq!(total(&world, "bob"), 0);
    world.get("/internal/usage").send().refused(405);
}

/// An isolate gives a batch up after half a day; the origin knows its number for a day.
#[test]
fn an_isolate_is_forgotten_a_day_after_its_last_report() {
    let (world, bob) = limited(&json!({}));
    let first = batch(1, 1, &[(&bob, 1)]);
    report(&world, &first);
    let known = || {
        let statement = Statement::new("SELECT isolate FROM usage_reporters");
        pollster::block_on(world.origin.database.run(statement)).unwrap().len()
    };
    for hours in [12, 12] {
        world.clock.advance(hours * 3600);
        pollster::block_on(world.origin.scheduled()).unwrap();
        assert_eq!(known(), 1);
        report(&world, &first);
        assert_eq!(total(&world, "bob"), 1);
    }
    world.clock.advance(24 * 3600 + 1);
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert_eq!(known(), 0);
}

#[test]
fn what_a_deleted_key_has_spent_goes_with_it() {
    let (world, bob) = limited(&json!({}));
    report(&world, &batch(1, 1, &[(&bob, 1)]));
    world.delete("/v1/iam/users/hanzo/bob").of("alice").send().ok();
    let statement = Statement::new("SELECT key_id FROM key_usage");
    assert!(pollster::block_on(world.origin.database.run(statement)).unwrap().is_empty());
    assert_eq!(report(&world, &batch(1, 2, &[(&bob, 1)])), UsageReply::default());
}

/// Which isolate sends which of its numbers, with how many calls, and how far the clock moves.
fn deliveries() -> impl Strategy<Value = Vec<(u8, u64, i64)>> {
    prop::collection::vec((0u8..3, 1u64..6, -90i64..90), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Batches come in any order and any number of times: of each isolate those are counted that
    /// are above all before them, once.
    #[test]
    fn whatever_order_batches_come_in_none_is_counted_twice(deliveries in deliveries()) {
        let world = World::demo();
        let bob = key_id(&world, "bob", "bob");
        let (mut last, mut sum) = ([0; 3], 0);
        for (isolate, number, by) in deliveries {
            world.clock.advance(by);
            let calls = u32::try_from(number).unwrap() * 10 + u32::from(isolate);
            let mut batch = batch(isolate, number, &[(&bob, calls)]);
            batch.since = UnixTime(world.clock.now().0 - by);
            let seen = &mut last[usize::from(isolate)];
            if number > *seen {
                *seen = number;
                sum += u64::from(calls);
            }
            prop_assert_eq!(only(report(&world, &batch)).spend.total, sum);
        }
    }
}
