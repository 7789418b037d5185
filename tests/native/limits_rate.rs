//! ATTACKS F-93 with whole isolates and a whole origin: rates and budgets, as callers see them.

use std::collections::BTreeMap;

use hanzo_iam::{
    core::{
        limit::{Consumer, LimitReached, Meter},
        publication::KeyRecord,
        time::UnixTime,
    },
    ports::Clock,
};
use proptest::prelude::*;
use serde_json::json;

use crate::{internal::published, limits_usage::report, world::World};

/// An isolate somewhere, with the record of bob's key as it was when it last read it.
struct Isolate {
    meter: Meter,
    record: KeyRecord,
}

impl Isolate {
    fn new(world: &World, identity: u8) -> Self {
        let record = published(world, &world.keys["bob"]).unwrap();
        Self { meter: Meter::new([identity; 16], [identity; 8]), record }
    }

    fn call(&mut self, now: UnixTime) -> Result<(), LimitReached> {
        let subject = Consumer::Key(&self.record.id).fingerprint();
        self.meter.key(&self.record, subject, now).map(drop)
    }

    /// So many calls at once; how many are let through.
    fn burst(&mut self, calls: u32, now: UnixTime) -> u32 {
        (0..calls).map(|_| u32::from(self.call(now).is_ok())).sum()
    }

    /// What is due goes to the origin; the answer may be lost.
    fn flush(&mut self, world: &World, answered: bool) {
        let now = world.clock.now();
        let Some(batch) = self.meter.usage.take_batch(now) else { return };
        let answer = report(world, &batch);
        if answered {
            self.meter.confirm(batch.number, &answer, now);
        } else {
            self.meter.usage.fail(batch.number);
        }
    }
}

fn world(limits: &serde_json::Value) -> World {
    let world = World::demo();
    world.put("/v1/iam/keys/hanzo/bob").of("alice").json(limits).send().ok();
    world
}

fn spent(world: &World) -> u64 {
    let key = world.get("/v1/iam/keys/hanzo/bob").of("alice").send().ok();
    key["spend"]["total"].as_u64().unwrap()
}

/// ATTACKS F-93: parallel burst.
#[test]
fn a_burst_is_let_through_up_to_the_limit_and_only_that_is_counted() {
    let world = world(&json!({"rate": 100}));
    let mut isolate = Isolate::new(&world, 1);
    assert_eq!(isolate.burst(5000, world.clock.now()), 100);
    world.clock.advance(3);
    isolate.flush(&world, true);
    assert_eq!(spent(&world), 100);
}

/// ATTACKS F-93: window edge.
#[test]
fn the_edge_of_a_window_gives_no_second_burst() {
    let world = world(&json!({"rate": 60}));
    let mut isolate = Isolate::new(&world, 1);
    world.clock.advance(59); // the demo begins with a minute
    assert_eq!(isolate.burst(500, world.clock.now()), 60);
    world.clock.advance(1);
    assert_eq!(isolate.burst(500, world.clock.now()), 1);
    world.clock.advance(1);
    assert_eq!(isolate.burst(500, world.clock.now()), 1);
}

/// ATTACKS F-93: clock jump; Rauthy #1416: never stuck.
#[test]
fn a_clock_jump_refuses_no_caller_for_longer_than_a_window() {
    let world = world(&json!({"rate": 10}));
    for jump in [-10 * 365 * 86_400, -3600, -61, -60, -1, 0, 1, 60, 3600, 10 * 365 * 86_400] {
        let mut isolate = Isolate::new(&world, 1);
        let now = world.clock.now();
        assert_eq!(isolate.burst(20, now), 10);
        let there = now.plus(jump);
        let wait = match isolate.call(there) {
            Ok(()) => continue,
            Err(LimitReached::Rate(_, refused)) => i64::from(refused.reset_in),
            Err(LimitReached::Budget) => panic!("there is no budget"),
        };
        assert!((1..=60).contains(&wait), "{jump}: {wait}");
        assert_eq!(isolate.call(there.plus(wait)), Ok(()), "{jump}");
    }
}

/// ATTACKS F-93: two locations.
#[test]
fn two_locations_learn_of_each_other_with_the_first_answer() {
    let world = world(&json!({"rate": 100}));
    let mut here = Isolate::new(&world, 1);
    let mut there = Isolate::new(&world, 2);
    let now = world.clock.now();
    // each has room left, both together have not
    assert_eq!(here.burst(60, now) + there.burst(60, now), 120);
    world.clock.advance(2);
    here.flush(&world, true);
    there.flush(&world, true);
    let now = world.clock.now();
    assert_eq!(here.burst(60, now), 40, "it was told before the other reported");
    assert!(
        matches!(there.call(now), Err(LimitReached::Rate(_, refused)) if refused.reset_in == 58)
    );
    world.clock.advance(2);
    here.flush(&world, true);
    assert_eq!(here.burst(60, world.clock.now()), 0);
    // and when the minute is over, both may call again
    world.clock.advance(56);
    let now = world.clock.now();
    assert_eq!((here.call(now), there.call(now)), (Ok(()), Ok(())));
}

/// A batch that was held up for minutes says nothing of the present minute.
#[test]
fn an_outage_of_the_origin_does_not_count_against_the_rate_afterwards() {
    let world = world(&json!({"rate": 100}));
    let mut isolate = Isolate::new(&world, 1);
    for _ in 0..5 {
        assert_eq!(isolate.burst(40, world.clock.now()), 40);
        world.clock.advance(60);
    }
    isolate.flush(&world, true);
    assert_eq!(spent(&world), 200);
    assert!(isolate.call(world.clock.now()).is_ok());
}

/// WIRE §6: 402.
#[test]
fn a_budget_that_is_spent_refuses_in_every_isolate_and_a_new_month_allows_again() {
    let world = world(&json!({"budget": {"month": 100}}));
    let mut here = Isolate::new(&world, 1);
    assert_eq!(here.burst(150, world.clock.now()), 100);
    assert_eq!(here.call(world.clock.now()), Err(LimitReached::Budget));
    world.clock.advance(2);
    here.flush(&world, true);
    // one that has never seen the key
    let mut there = Isolate::new(&world, 2);
    assert_eq!(there.call(world.clock.now()), Err(LimitReached::Budget));
    world.clock.advance(8 * 86_400);
    let now = world.clock.now();
    assert_eq!((here.call(now), there.call(now)), (Ok(()), Ok(())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// The bound of `core::limit`: beyond a budget, three isolates let through no more than what
    /// they have not yet told each other; and what they let through is what is counted.
    #[test]
    fn a_budget_is_exceeded_by_no_more_than_is_on_its_way(
        steps in prop::collection::vec((0usize..3, 0u32..8, 0i64..4, prop::bool::weighted(0.8)), 1..150),
    ) {
        const BUDGET: u64 = 100;
        let world = world(&json!({"budget": {"total": BUDGET}}));
        let mut isolates: Vec<Isolate> = (1..=3).map(|n| Isolate::new(&world, n)).collect();
        // what each let through since it last heard of the origin
        let mut unheard: BTreeMap<usize, u64> = BTreeMap::new();
        let (mut made, mut most_unheard) = (0u64, 0u64);
        for (index, calls, by, answered) in steps {
            world.clock.advance(by);
            let isolate = &mut isolates[index];
            let through = u64::from(isolate.burst(calls, world.clock.now()));
            made += through;
            *unheard.entry(index).or_default() += through;
            most_unheard = most_unheard.max(unheard.values().sum());
            let before = isolate.meter.usage.spent(&isolate.record.id, isolate.record.spend).1;
            isolate.flush(&world, answered);
            let after = isolate.meter.usage.spent(&isolate.record.id, isolate.record.spend).1;
            if after < before { unheard.insert(index, after); }
        }
        prop_assert!(made <= BUDGET + 3 * most_unheard, "{made}, {most_unheard}");
        for isolate in &mut isolates {
            for _ in 0..6 {
                world.clock.advance(50);
                isolate.flush(&world, true);
            }
        }
        prop_assert_eq!(spent(&world), made);
    }
}
