//! Claims about API keys at the edge: what a key that does not work costs, and whom.

use hanzo_iam::{
    core::{
        encoding::{digest, hex, sha256},
        limit::Rate,
        publication::KeyRecord,
        revocation::{Sequence, Subject},
    },
    edge::Response,
};

use crate::edge_world::{EdgeWorld, answered, forwarded, status_of};

const READ: &str = "GET /v1/echo";

/// A world in which the snapshot and the feed have been read.
fn warm(configure: impl FnOnce(&mut hanzo_iam::edge::Config)) -> EdgeWorld {
    let world = EdgeWorld::with(configure);
    forwarded(world.call(READ, &world.token()));
    world
}

fn status(world: &EdgeWorld, key: &str) -> u16 {
    status_of(world.call(READ, key))
}

/// A made-up key of an earlier system, whose form has no MAC.
fn made_up(number: usize) -> String {
    let secret = hex(&sha256(&number.to_be_bytes()));
    format!("sk-live-{}", &secret[..32])
}

fn from(world: &EdgeWorld, address: &str, key: &str) -> hanzo_iam::edge::Decision {
    world.send_from(address, READ, &[("authorization", &format!("Bearer {key}"))])
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

/// Fault 6.
#[test]
fn a_dead_key_is_read_once_and_then_refused_from_memory() {
    let world = warm(|_| {});
    let (key, record) = EdgeWorld::mint_key(1);
    world.publish_key(&key, &KeyRecord { active: false, ..record });
    let (kv, origin) = world.asked();
    for _ in 0..20 {
        assert_eq!(status(&world, &key), 401);
    }
    assert_eq!(world.asked(), (kv + 1, origin));
    world.clock.advance(60);
    assert_eq!(status(&world, &key), 401);
    assert_eq!(world.asked(), (kv + 2, origin), "and once a minute");
}

/// Fault 6, fault 33: KV still has the record of when the key worked.
#[test]
fn a_revoked_key_is_asked_about_once_and_then_refused_from_memory() {
    let world = warm(|_| {});
    let (key, record) = EdgeWorld::mint_key(1);
    world.publish_key(&key, &record);
    assert_eq!(status(&world, &key), 200);
    world.backend.revoke(Subject::Key(&record.id));
    world.tell_origin(&key, &KeyRecord { active: false, sequence: Sequence(1), ..record });
    world.clock.advance(5);
    let origin = world.asked().1;
    for _ in 0..20 {
        assert_eq!(status(&world, &key), 401);
    }
    assert_eq!(world.asked().1, origin + 1);
}

/// Fault 33: once the record of its end is published, the origin is not needed.
#[test]
fn a_revoked_key_is_refused_while_the_origin_is_down() {
    let world = warm(|_| {});
    let (key, record) = EdgeWorld::mint_key(1);
    world.publish_key(&key, &record);
    assert_eq!(status(&world, &key), 200);
    world.backend.revoke(Subject::Key(&record.id));
    world.publish_key(&key, &KeyRecord { active: false, sequence: Sequence(1), ..record });
    world.clock.advance(5);
    assert_eq!(status_of(world.call(READ, &world.token())), 200, "the feed is renewed");
    *world.backend.origin_is_down.borrow_mut() = true;
    for _ in 0..3 {
        assert_eq!(status(&world, &key), 401);
    }
}

/// A record of a dead key is believed at any age: the feed names the key when it is enabled.
#[test]
fn a_key_that_died_long_ago_is_refused_without_the_origin_and_works_when_it_is_enabled() {
    let world = warm(|_| {});
    let (key, record) = EdgeWorld::mint_key(1);
    let published_at = record.published_at.plus(-2 * KeyRecord::BELIEVED_FOR);
    world.publish_key(&key, &KeyRecord { active: false, published_at, ..record.clone() });
    let origin = world.asked().1;
    assert_eq!(status(&world, &key), 401);
    assert_eq!(world.asked().1, origin);
    world.backend.revoke(Subject::Key(&record.id)); // it has changed
    world.tell_origin(&key, &KeyRecord { sequence: Sequence(1), ..record });
    world.clock.advance(5);
    assert_eq!(status(&world, &key), 200);
}

#[test]
fn calls_with_a_key_that_is_being_asked_about_wait_and_ask_nothing() {
    let world = warm(|_| {});
    let (key, record) = EdgeWorld::mint_key(1);
    world.tell_origin(&key, &record);
    let (kv, origin) = world.asked();
    assert_eq!(world.together(READ, &[&key, &key, &key]), [200; 3]);
    assert_eq!(world.asked(), (kv + 1, origin + 1));
    let unknown = made_up(1);
    assert_eq!(world.together(READ, &[&unknown, &unknown, &unknown]), [401; 3]);
    assert_eq!(world.asked(), (kv + 2, origin + 2));
}

/// Fault 6: each costs KV, the origin and the database a read, and none can be told from a good one
/// without that.
#[test]
fn made_up_keys_are_charged_to_the_address_and_limited() {
    let world = warm(|config| config.lookup_rate = Rate::parse("5/60"));
    let (good, record) = EdgeWorld::mint_key(1);
    world.publish_key(&good, &record);
    forwarded(from(&world, "2001:db8::1", &good));
    let before = world.asked().1;
    for number in 0..5 {
        assert_eq!(answered(from(&world, "2001:db8::1", &made_up(number))).status, 401);
    }
    let asked = world.asked();
    assert_eq!(asked.1, before + 5);
    for number in 5..50 {
        let refused = answered(from(&world, "2001:db8::2", &made_up(number)));
        assert_eq!(refused.status, 429, "of the same network");
        assert_eq!(header(&refused, "ratelimit-policy"), Some(r#""key-lookup";q=5;w=60"#));
        assert!(header(&refused, "retry-after").is_some());
    }
    assert_eq!(world.asked(), asked, "nothing is asked for them");
    forwarded(from(&world, "2001:db8::1", &good));
    assert_eq!(answered(from(&world, "192.0.2.9", &made_up(100))).status, 401);
    world.clock.advance(120);
    assert_eq!(answered(from(&world, "2001:db8::1", &made_up(101))).status, 401);
}

/// Many customers may call from one address.
#[test]
fn look_ups_that_find_a_key_or_reach_no_origin_are_not_charged() {
    let world = warm(|config| config.lookup_rate = Rate::parse("2/60"));
    for seed in 1..30 {
        let (key, record) = EdgeWorld::mint_key(seed);
        world.publish_key(&key, &record);
        assert_eq!(status(&world, &key), 200);
    }
    *world.backend.origin_is_down.borrow_mut() = true;
    for number in 0..10 {
        assert_eq!(status(&world, &made_up(number)), 503);
    }
    *world.backend.origin_is_down.borrow_mut() = false;
    let imported = made_up(20);
    let (_, record) = EdgeWorld::mint_key(99);
    world.tell_origin(&imported, &record);
    assert_eq!(status(&world, &imported), 200);
    assert!(!world.backend.kv.borrow().keys().any(|name| name.ends_with(&digest(&imported))));
}
