//! What an edge and an operator may ask of the origin, and what the origin publishes.

use hanzo_iam::core::{
    encoding::digest,
    publication::{KeyRecord, key_record_name},
};
use serde_json::json;

use crate::world::{World, seed};

pub fn published(world: &World, key: &str) -> Option<KeyRecord> {
    let name = key_record_name(&digest(key));
    let text = pollster::block_on(world.origin.snapshots.get(&name)).unwrap()?;
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn the_seed_may_be_sent_again_and_changes_nothing() {
    let world = World::demo();
    let mut again = seed();
    again["users"][1]["password"] = json!("another password");
    let answer = world.post("/internal/bootstrap").json(&again).send().ok();
    for kind in ["organizations", "users", "applications", "keys"] {
        for entry in answer[kind].as_array().unwrap() {
            assert_eq!(entry["created"], false, "{entry}");
            assert!(entry.get("key").is_none() && entry.get("clientSecret").is_none(), "{entry}");
        }
    }
}

#[test]
fn a_seed_that_cannot_be_read_creates_nothing_of_itself() {
    let world = World::empty();
    for body in [json!("x"), json!({"user": []}), json!({"organizations": [{}]})] {
        world.post("/internal/bootstrap").json(&body).send().refused(400);
    }
}

#[test]
fn a_key_is_published_when_it_is_created_and_the_record_does_not_reveal_it() {
    let world = World::demo();
    let key = &world.keys["alice"];
    let record = published(&world, key).unwrap();
    assert!(record.active && !record.publishable);
    assert_eq!((record.owner.as_str(), record.name.as_str()), ("hanzo", "alice"));
    assert!(!serde_json::to_string(&record).unwrap().contains(&key[14..]));
}

/// ATTACKS F-84: a miss that KV remembers is confirmed here.
#[test]
fn an_edge_can_ask_for_a_key_that_it_has_not_found() {
    let world = World::demo();
    let path = format!("/internal/keys/{}", digest(&world.keys["bob"]));
    let record: KeyRecord = serde_json::from_value(world.get(&path).send().ok()).unwrap();
    assert_eq!(Some(record), published(&world, &world.keys["bob"]));
    world.get("/internal/keys/unknown").send().refused(404);
}

#[test]
fn the_snapshot_holds_the_audiences_of_first_party_clients_and_the_routes() {
    let answer = World::demo().get("/internal/edge").send().ok();
    assert_eq!(answer["audiences"], json!(["hanzo-app", "hanzo-cloud", "https://api.hanzo.ai"]));
    assert_eq!(answer["routes"][0]["service"], "echo");
}

/// WIRE §3.1, §3.2: keys of earlier systems, whole or only their digest.
#[test]
fn keys_of_earlier_systems_are_imported() {
    let world = World::demo();
    let hex = "0123456789abcdef0123456789abcdef";
    let hk = "hk-7f9c24e5-2b1a-4c3d-8e4f-5a6b7c8d9e0f";
    let (sk, pk) = (format!("sk-live-{hex}"), format!("pk-live-{hex}"));
    let bytes = hanzo_iam::core::encoding::sha256(sk.as_bytes());
    let answer = world.post("/internal/bootstrap").json(&json!({"keys": [
        {"owner": "hanzo", "user": "bob", "name": "old", "key": hk},
        {"owner": "hanzo", "user": "bob", "name": "old-secret",
         "digest": hanzo_iam::core::encoding::hex(&bytes)},
        {"owner": "hanzo", "user": "bob", "name": "old-public", "key": pk},
    ]}));
    let answer = answer.send().ok();
    assert!(answer["keys"][0].get("key").is_none(), "it is known already");
    assert!(!published(&world, hk).unwrap().publishable);
    assert!(published(&world, &sk).unwrap().active);
    assert!(published(&world, &pk).unwrap().publishable);
}
