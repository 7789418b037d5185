//! Emergency: a signing key has leaked.

use hanzo_iam::core::publication::{EDGE_SNAPSHOT, EdgeSnapshot, Jwk};
use serde_json::Value;
use std::rc::Rc;

use crate::{
    oauth::{cloud_tokens, is_active, read, refresh, text, tokens},
    revocation::{entries, feed, is_refused, page, refuses},
    world::World,
};

const DAY: i64 = 24 * 3600;
const KEYS: &str = "/v1/iam/signing-keys";

fn listed(world: &World) -> Vec<Value> {
    world.get(KEYS).of("root").send().ok()["signingKeys"].as_array().unwrap().clone()
}

fn kid(tokens: &Value) -> String {
    read(text(tokens, "access_token")).0["kid"].as_str().unwrap().to_owned()
}

fn published(world: &World) -> Vec<String> {
    let text = pollster::block_on(world.origin.snapshots.get(EDGE_SNAPSHOT)).unwrap().unwrap();
    let snapshot: EdgeSnapshot = serde_json::from_str(&text).unwrap();
    let kid = |key: &Jwk| {
        let members: Value = serde_json::from_str(key.as_str()).unwrap();
        members["kid"].as_str().unwrap().to_owned()
    };
    snapshot.keys.iter().map(kid).collect()
}

fn drop_key(world: &World, kid: &str) {
    world.delete(&format!("{KEYS}/{kid}")).of("root").send().ok();
}

#[test]
fn a_dropped_key_and_all_that_it_signed_are_dead_and_another_signs_at_once() {
    let world = World::demo();
    let before = tokens(&world);
    let leaked = kid(&before);
    drop_key(&world, &leaked);
    assert_eq!(entries(&world), [("signing-key".into(), leaked.clone(), String::new())]);
    assert!(is_refused(&world, &before) && !is_active(&world, &before));
    assert!(!published(&world).contains(&leaked));
    let after = refresh(&world, &before).ok();
    assert_ne!(kid(&after), leaked);
    assert!(published(&world).contains(&kid(&after)));
    assert!(!is_refused(&world, &after) && is_active(&world, &after));
    world.delete(&format!("{KEYS}/{leaked}")).of("root").send().refused(404);
}

#[test]
fn the_announced_successor_which_every_edge_knows_takes_over() {
    let world = World::demo();
    let leaked = kid(&tokens(&world));
    world.clock.advance(29 * DAY);
    pollster::block_on(world.origin.scheduled()).unwrap();
    let announced: Vec<_> =
        listed(&world).into_iter().filter(|key| key["state"] == "announced").collect();
    assert_eq!(announced.len(), 2, "one for each algorithm");
    drop_key(&world, &leaked);
    let signing = kid(&cloud_tokens(&world));
    assert!(announced.iter().any(|key| key["kid"] == signing.as_str()));
}

#[test]
fn the_list_holds_the_phase_of_each_key_and_nothing_private() {
    let world = World::demo();
    tokens(&world);
    let keys = listed(&world);
    assert_eq!(keys.len(), 2);
    for key in &keys {
        assert_eq!(key["state"], "signing");
        let mut names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["algorithm", "createdTime", "kid", "signsFrom", "state"]);
    }
}

#[test]
fn a_backup_does_not_bring_a_dropped_key_back() {
    let mut world = World::demo();
    let before = tokens(&world);
    let leaked = kid(&before);
    let backup = world.database.backup().unwrap();
    drop_key(&world, &leaked);
    world.clock.advance(60);
    world.origin.database = Rc::new(backup);
    world.origin.watch = std::rc::Rc::default();
    assert_eq!(page(&world, 1, 1).epoch, 2);
    assert!(listed(&world).iter().all(|key| key["kid"] != leaked.as_str()));
    assert!(!published(&world).contains(&leaked));
    assert!(refuses(&feed(&world), text(&before, "access_token")));
    assert_ne!(kid(&tokens(&world)), leaked);
}
