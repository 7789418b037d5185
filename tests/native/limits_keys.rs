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
        (json!({"budget": {"month": -5}}), "budget.month must"),
        (json!({"budget": {"total": "5"}}), "budget.total must"),
        (json!({"budget": {"total": 1_u64 << 53}}), "budget.total must"),
    ] {
        let answer = world.put(PATH).of("bob").json(&body).send().refused(400);
        assert!(answer["error"].as_str().unwrap().starts_with(why), "{body}: {answer}");
        let mut key = body;
        key["name"] = json!("another");
        world.post("/v1/iam/keys").of("bob").json(&key).send().refused(400);
    }
}

#[test]
fn the_spend_is_returned_and_cannot_be_set() {
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

/// Fault 11: what an administrator has limited, the holder narrows and does not widen.
#[test]
fn a_holder_does_not_undo_the_limits_of_an_administrator() {
    let narrowed = json!({
        "rate": 10, "budget": {"month": 100, "total": 1000}, "scope": "read:*",
        "expireTime": "2027-01-01T00:00:00Z", "state": "Disabled",
    });
    for (by, lifts) in [("alice", vec!["alice", "root"]), ("root", vec!["root"])] {
        let world = World::demo();
        make(&world, &json!({"name": "mine"}));
        let limited = world.put(PATH).of(by).json(&narrowed).send().ok();
        assert_eq!(limited["restrictions"].as_object().unwrap().len(), 6, "{limited}");
        let wider = [
            json!({"rate": 11}),
            json!({"rate": 0}),
            json!({"budget": {"month": 0}}),
            json!({"budget": {"total": 1001}}),
            json!({"scope": ""}),
            json!({"scope": "product:iam"}),
            json!({"expireTime": ""}),
            json!({"expireTime": "2027-01-02T00:00:00Z"}),
            json!({"state": "Active"}),
        ];
        for change in &wider {
            world.put(PATH).of("bob").json(change).send().refused(403);
            let read = world.get(PATH).of("bob").send().ok();
            assert_eq!(read, limited, "{change}");
        }
        // narrower is the holder's to choose, and the administrator's limit stays
        world.put(PATH).of("bob").json(&json!({"rate": 5})).send().ok();
        world.put(PATH).of("bob").json(&json!({"rate": 10})).send().refused(403);
        let all = json!({
            "rate": 0, "budget": {"month": 0, "total": 0}, "scope": "", "expireTime": "",
            "state": "Active",
        });
        for who in ["alice", "root"] {
            let answer = world.put(PATH).of(who).json(&all).send();
            assert_eq!(answer.status() == 200, lifts.contains(&who), "{by} {who}");
        }
        // and now it is the holder's again
        let read = world.get(PATH).of("bob").send().ok();
        assert!(read.get("restrictions").is_none(), "{read}");
        world.put(PATH).of("bob").json(&json!({"rate": 5, "state": "Disabled"})).send().ok();
        world.put(PATH).of("bob").json(&json!({"rate": 0, "state": "Active"})).send().ok();
    }
}

/// Fault 11, at the making of a key: the limits of a key that the platform makes for a user.
#[test]
fn the_limits_of_a_key_that_another_made_are_not_the_holders_to_lift() {
    let world = World::demo();
    let key = json!({"name": "given", "owner": "hanzo", "user": "bob", "rate": 5});
    world.post("/v1/iam/keys").of("root").json(&key).send().ok();
    let path = "/v1/iam/keys/hanzo/given";
    world.put(path).of("bob").json(&json!({"rate": 0})).send().refused(403);
    world.put(path).of("alice").json(&json!({"rate": 0})).send().refused(403);
    world.put(path).of("bob").json(&json!({"scope": "read:*"})).send().ok();
    world.put(path).of("bob").json(&json!({"scope": ""})).send().ok();
    world.put(path).of("root").json(&json!({"rate": 0})).send().ok();
}

/// The kind of fault 11: what the platform has disabled, its tenant neither enables nor makes anew.
#[test]
fn a_tenant_does_not_enable_what_the_platform_has_disabled() {
    let world = World::demo();
    for (path, member, administrator) in [
        ("/v1/iam/users/acme/erin", "isForbidden", "dave"),
        ("/v1/iam/applications/acme/acme-app", "isDisabled", "dave"),
    ] {
        let put = |who: &str, value: bool| world.put(path).of(who).json(&json!({member: value}));
        // its own it undoes
        put(administrator, true).send().ok();
        put(administrator, false).send().ok();
        put("root", true).send().ok();
        put(administrator, false).send().refused(403);
        world.delete(path).of(administrator).send().refused(403);
        assert_eq!(world.get(path).of("root").send().ok()[member], true);
        put("root", false).send().ok();
        put(administrator, true).send().ok();
        world.delete(path).of(administrator).send().ok();
    }
}
