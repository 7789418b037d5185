//! What a key may use, as its holder sets it (WIRE §3.3: `rate`, `budget`, `spend`).

use serde_json::{Value, json};

use crate::{
    internal::published,
    limits_usage::{batch, key_id, report},
    world::World,
};

const PATH: &str = "/v1/iam/keys/hanzo/mine";

fn make(world: &World, key: &Value) -> (Value, String) {
    let made = world.post("/v1/iam/keys").of("bob").json(key).send().ok();
    let text = made["accessSecret"].as_str().unwrap().to_owned();
    (made, text)
}

#[test]
fn limits_are_set_published_changed_and_taken_away() {
    let world = World::demo();
    let key = json!({"name": "mine", "rate": 100, "budget": {"month": 1000, "total": 5000}});
    let (made, text) = make(&world, &key);
    assert_eq!((&made["rate"], &made["budget"]), (&key["rate"], &key["budget"]));
    assert_eq!(made["spend"], json!({"month": 0, "total": 0}));
    let record = published(&world, &text).unwrap();
    assert_eq!(record.rate, Some(100));
    assert_eq!((record.budget.month, record.budget.total), (Some(1000), Some(5000)));
    // what is not named stays; the edges know at once
    let change = json!({"rate": 50, "budget": {"month": 2000}, "displayName": "Mine"});
    let changed = world.put(PATH).of("bob").json(&change).send().ok();
    assert_eq!(changed["rate"], 50);
    assert_eq!(changed["budget"], json!({"month": 2000, "total": 5000}));
    assert_eq!(published(&world, &text).unwrap().rate, Some(50));
    // clients with typed members send zeros
    let none = json!({"rate": 0, "budget": {"month": 0, "total": 0}});
    let free = world.put(PATH).of("bob").json(&none).send().ok();
    assert!(free.get("rate").is_none() && free.get("budget").is_none(), "{free}");
    let record = published(&world, &text).unwrap();
    assert!(record.rate.is_none() && record.budget.is_unlimited());
    let read = world.get(PATH).of("bob").send().ok();
    assert!(read.get("rate").is_none() && read.get("budget").is_none(), "{read}");
}

#[test]
fn a_limit_that_is_no_number_is_refused() {
    let world = World::demo();
    make(&world, &json!({"name": "mine"}));
    for (body, why) in [
        (json!({"rate": -1}), "rate must be a whole number from 0 to 1000000"),
        (json!({"rate": 1.5}), "rate must"),
        (json!({"rate": "100"}), "rate must"),
        (json!({"rate": 1_000_001}), "rate must"),
        (json!({"rate": {"limit": 1}}), "rate must"),
        (json!({"budget": 5}), "budget must be an object"),
        (json!({"budget": {"month": -5}}), "budget: month must"),
        (json!({"budget": {"total": "5"}}), "budget: total must"),
        (json!({"budget": {"total": 1_u64 << 53}}), "budget: total must"),
    ] {
        let answer = world.put(PATH).of("bob").json(&body).send().refused(400);
        assert!(answer["error"].as_str().unwrap().starts_with(why), "{body}: {answer}");
        let mut key = body;
        key["name"] = json!("another");
        world.post("/v1/iam/keys").of("bob").json(&key).send().refused(400);
    }
}

#[test]
fn what_is_spent_is_told_and_cannot_be_set() {
    let world = World::demo();
    let (_, text) = make(&world, &json!({"name": "mine", "spend": {"month": -9, "total": -9}}));
    report(&world, &batch(1, 1, &[(&key_id(&world, "bob", "mine"), 7)]));
    // it is not in the record before it matters
    assert!(published(&world, &text).unwrap().spend.is_zero());
    let change = json!({"spend": {"month": 0, "total": 0}});
    let answer = world.put(PATH).of("bob").json(&change).send().ok();
    assert_eq!(answer["spend"], json!({"month": 7, "total": 7}));
    let listed = world.get("/v1/iam/keys").of("bob").send().ok();
    let keys = listed["keys"].as_array().unwrap();
    let mine = keys.iter().find(|key| key["name"] == "mine").unwrap();
    assert_eq!(mine["spend"]["total"], 7);
    // a month later
    world.clock.advance(31 * 24 * 3600);
    let answer = world.get(PATH).of("bob").send().ok();
    assert_eq!(answer["spend"], json!({"month": 0, "total": 7}));
}

/// ATTACKS F-85: better-auth CVE-2025-61928.
#[test]
fn a_limited_key_neither_lifts_its_limits_nor_makes_a_key_without() {
    for limits in [json!({"rate": 5}), json!({"budget": {"total": 5}})] {
        let world = World::demo();
        let mut key = limits;
        key["name"] = json!("mine");
        let (_, text) = make(&world, &key);
        let put = |body: Value| world.put(PATH).bearer(&text).json(&body).send();
        put(json!({"rate": 1000})).refused(403);
        put(json!({"budget": {"total": 7}})).refused(403);
        put(json!({"displayName": "Mine"})).ok();
        let new = json!({"name": "another"});
        world.post("/v1/iam/keys").bearer(&text).json(&new).send().refused(403);
        // its holder may
        world.put(PATH).of("bob").json(&json!({"rate": 1000})).send().ok();
    }
    let world = World::demo();
    // nor does one of the platform make a user's
    let limit = json!({"rate": 5});
    world.put("/v1/iam/keys/admin/root").of("root").json(&limit).send().ok();
    world.post("/v1/iam/users/hanzo/bob/keys?type=secret").of("root").send().refused(403);
}

#[test]
fn the_seed_may_limit_its_keys() {
    let world = World::demo();
    let answer = world.post("/internal/bootstrap").json(&json!({"keys": [
        {"owner": "hanzo", "user": "bob", "name": "seeded", "rate": 9, "budget": {"month": 8}},
    ]}));
    let answer = answer.send().ok();
    let record = published(&world, answer["keys"][0]["key"].as_str().unwrap()).unwrap();
    assert_eq!((record.rate, record.budget.month), (Some(9), Some(8)));
}
