//! The feed as edges read it: numbers, pages, times, and the second place.

use std::{cell::Cell, collections::BTreeSet, rc::Rc};

use async_trait::async_trait;
use hanzo_iam::{
    core::revocation::{Feed, Page, Subject},
    ports::{Publishing, Snapshots, SnapshotsError},
};
use serde_json::json;

use crate::{
    internal::published,
    oauth::{access_claims, is_active, read, sql, text, tokens},
    oauth_races::{Yielding, race},
    revocation::{entries, feed, follow, is_refused, page, refuses},
    world::{PASSWORD, START, World},
};

const DAY: i64 = 24 * 3600;

/// Appends so many entries, each good until `until`.
fn fill(world: &World, count: usize, until: i64) {
    sql(
        world,
        &format!(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count}) \
             INSERT INTO revocations (kind, id, until, recorded_at) \
             SELECT 'token', 't' || n, {until}, 0 FROM n"
        ),
    );
}

fn change_password(world: &World, user: &str) {
    let body = json!({"password": format!("{PASSWORD} again {}", world.clock_text())});
    world.put(&format!("/v1/iam/users/hanzo/{user}")).of("root").json(&body).send().ok();
}

impl World {
    /// So that each new password differs from the one before.
    fn clock_text(&self) -> String {
        format!("{} {}", self.origin.clock.now(), entries(self).len())
    }
}

#[test]
fn an_edge_reads_everything_in_order_and_in_pages() {
    let world = World::demo();
    fill(&world, 2 * Page::ENTRIES + 7, START.0 + DAY);
    let full = u64::try_from(Page::ENTRIES).unwrap();
    let first = page(&world, 1, 0);
    assert_eq!((first.epoch, first.next, first.more), (1, full, true));
    assert_eq!(first.entries[1].subject, Subject::Token("t2").fingerprint());
    let second = page(&world, 1, first.next);
    assert_eq!((second.next, second.more), (2 * full, true));
    let third = page(&world, 1, second.next);
    assert_eq!((third.next, third.more, third.entries.len()), (2 * full + 7, false, 7));
    assert_eq!(page(&world, 1, third.next).entries, []);
    assert_eq!(feed(&world).len(), 2 * Page::ENTRIES + 7);
}

#[test]
fn an_edge_keeps_pace_with_numbers_whose_entries_have_expired() {
    let world = World::demo();
    fill(&world, 3, START.0 + DAY);
    fill(&world, 5, START.0);
    let page = page(&world, 1, 0);
    assert_eq!((page.entries.len(), page.next, page.more), (3, 8, false));
}

#[test]
fn numbers_of_another_history_are_read_from_the_start() {
    let world = World::demo();
    fill(&world, 3, START.0 + DAY);
    let page = page(&world, 0, 2);
    assert_eq!((page.epoch, page.entries.len()), (1, 3));
}

#[test]
fn what_is_no_number_is_refused() {
    let world = World::demo();
    for query in [
        "",
        "?epoch=1",
        "?epoch=1&after=x",
        "?epoch=-1&after=0",
        "?epoch=1&after=1e3",
        "?epoch=4095&after=0",
    ] {
        world.get(&format!("/internal/revocations{query}")).send().refused(400);
    }
    let huge = format!("/internal/revocations?epoch={}&after=0", i64::MAX);
    world.get(&huge).send().refused(400);
}

/// Beyond the leeway of a verifier: how far two clocks may differ.
const SKEW: i64 = 600;

/// The bound: an entry lives no longer than the last credential that it could concern.
#[test]
fn an_expired_entry_is_removed_and_its_number_never_reused() {
    let world = World::demo();
    sql(&world, "DELETE FROM keys WHERE name = 'bob'");
    let given = tokens(&world);
    let token = text(&given, "access_token");
    world
        .post("/v1/iam/oauth/revoke")
        .form(&[("client_id", "hanzo-app"), ("token", token)])
        .send()
        .ok();
    change_password(&world, "bob");
    for row in sql(&world, "SELECT until FROM revocations") {
        let until = row["until"].as_i64().unwrap();
        assert_eq!(until, START.0 + 3600 + 30 + SKEW, "its last token expires in an hour");
    }
    world.clock.advance(3600 + 30 + SKEW - 1);
    assert!(is_refused(&world, &given));
    world.clock.advance(1);
    assert!(feed(&world).is_empty());
    pollster::block_on(world.origin.scheduled()).unwrap();
    let left = sql(&world, "SELECT seq FROM revocations");
    assert_eq!(left.len(), 1, "the highest number stays, so that an older database is noticed");
    assert_eq!(page(&world, 1, 0).next, 2);
}

#[test]
fn an_entry_waits_for_the_longest_lifetime_that_any_application_has() {
    let world = World::demo();
    sql(&world, "DELETE FROM keys WHERE name = 'bob'");
    sql(&world, "UPDATE applications SET access_token_lifetime = 604800 WHERE name = 'acme-app'");
    change_password(&world, "bob");
    let until = sql(&world, "SELECT until FROM revocations")[0]["until"].as_i64().unwrap();
    assert_eq!(until, START.0 + 604_800 + 30 + SKEW);
    sql(&world, "UPDATE applications SET access_token_lifetime = 999999999");
    change_password(&world, "bob");
    let until = sql(&world, "SELECT max(until) AS until FROM revocations")[0]["until"].as_i64();
    assert_eq!(until, Some(START.0 + 30 * DAY + 30 + SKEW), "at most a month");
}

/// A token of an hour may have been issued a second before its application allows minutes only.
#[test]
fn entries_and_signing_keys_outlive_the_tokens_of_a_lifetime_that_was_shortened() {
    let world = World::demo();
    sql(&world, "DELETE FROM keys WHERE name = 'bob'");
    sql(&world, "UPDATE applications SET access_token_lifetime = 60");
    sql(&world, "UPDATE applications SET access_token_lifetime = 604800 WHERE name = 'hanzo-app'");
    let shorter = json!({"expireInHours": 0.5});
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&shorter).send().ok();
    world.clock.advance(DAY);
    change_password(&world, "bob");
    let until = sql(&world, "SELECT until FROM revocations")[0]["until"].as_i64().unwrap();
    assert_eq!(until, START.0 + 604_800 + 30 + SKEW, "when the last of them expires");
    world.clock.advance(7 * DAY);
    change_password(&world, "bob");
    let until = sql(&world, "SELECT max(until) AS until FROM revocations")[0]["until"].as_i64();
    assert_eq!(until, Some(START.0 + 8 * DAY + 1800 + 30 + SKEW), "none of them lives");
}

/// Faults 5 and 7: `iat` is the clock's, and the number decides what came first.
#[test]
fn a_token_of_the_same_second_lives_and_one_from_before_is_dead() {
    let world = World::demo();
    let before = tokens(&world);
    change_password(&world, "bob");
    let after = tokens(&world);
    assert!(is_refused(&world, &before) && !is_active(&world, &before));
    assert!(!is_refused(&world, &after) && is_active(&world, &after));
    let claims = access_claims(&after);
    assert_eq!((&claims["iat"], &claims["nbf"]), (&json!(START.0), &json!(START.0)));
    assert_eq!(claims["seq"], 1);
    assert_eq!((&after["expires_in"], &claims["exp"]), (&json!(3600), &json!(START.0 + 3600)));
}

/// Fault 5 (`PyJWT` refuses a token whose `iat` is ahead of its clock): after any number
/// of revocations in a second, no token is dated after it.
#[test]
fn iat_is_never_ahead_of_the_clock() {
    let world = World::demo();
    for _ in 0..10 {
        change_password(&world, "bob");
        let given = tokens(&world);
        assert!(!is_refused(&world, &given) && is_active(&world, &given));
        for token in ["access_token", "id_token"] {
            assert_eq!(read(text(&given, token)).1["iat"], START.0, "{token}");
        }
    }
}

/// The second revocation within a second reaches what came between the two, whosever the first was.
#[test]
fn every_revocation_of_a_second_reaches_what_was_issued_before_it() {
    let world = World::demo();
    let secret = |secret: &str| {
        let body = json!({"clientSecret": secret});
        world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&body).send().ok();
    };
    sql(&world, "UPDATE applications SET client_secret_digest = 'x' WHERE name = 'hanzo-app'");
    secret("a secret of twenty-four characters");
    sql(&world, "UPDATE applications SET client_secret_digest = NULL WHERE name = 'hanzo-app'");
    let between = tokens(&world);
    assert!(!is_refused(&world, &between));
    change_password(&world, "bob");
    assert!(is_refused(&world, &between) && !is_active(&world, &between));
    let last = tokens(&world);
    assert!(!is_refused(&world, &last) && is_active(&world, &last));
    change_password(&world, "alice");
    assert!(!is_refused(&world, &last), "another user's revocation is another's");
}

#[test]
fn two_revocations_at_once_get_two_numbers() {
    let mut world = World::demo();
    let (one, two) = (tokens(&world), tokens(&world));
    world.origin.database = Rc::new(Yielding(Rc::clone(&world.origin.database)));
    let requests = [&one, &two, &one].map(|tokens| {
        let form = [("client_id", "hanzo-app"), ("token", text(tokens, "refresh_token"))];
        world.post("/v1/iam/oauth/revoke").form(&form).request
    });
    for answer in race(&world, requests.into(), &[0, 1, 2, 2, 1, 0]) {
        assert_eq!(answer.status().as_u16(), 200);
    }
    let numbers = sql(&world, "SELECT seq FROM revocations");
    let numbers: BTreeSet<_> = numbers.iter().map(|row| row["seq"].as_i64()).collect();
    assert_eq!(numbers.len(), 2, "each grant once");
    assert!(is_refused(&world, &one) && is_refused(&world, &two));
}

#[test]
fn an_edge_that_follows_learns_of_each_revocation_at_its_next_look() {
    let world = World::demo();
    let mut feed = Feed::default();
    let mine: Vec<_> = (0..5).map(|_| tokens(&world)).collect();
    for (count, tokens) in mine.iter().enumerate() {
        follow(&world, &mut feed);
        assert!(!refuses(&feed, text(tokens, "access_token")));
        let form = [("client_id", "hanzo-app"), ("token", text(tokens, "refresh_token"))];
        world.post("/v1/iam/oauth/revoke").form(&form).send().ok();
        follow(&world, &mut feed);
        assert!(refuses(&feed, text(tokens, "access_token")));
        assert_eq!(feed.position(), (1, u64::try_from(count).unwrap() + 1));
    }
}

/// A second place that takes no writes while it is broken.
pub struct Breakable {
    pub inside: Rc<dyn Publishing>,
    pub broken: Cell<bool>,
}

impl Breakable {
    fn works(&self) -> Result<(), SnapshotsError> {
        if self.broken.get() { Err(SnapshotsError("broken".to_owned())) } else { Ok(()) }
    }
}

#[async_trait(?Send)]
impl Snapshots for Breakable {
    async fn get(&self, name: &str) -> Result<Option<String>, SnapshotsError> {
        self.works()?;
        self.inside.get(name).await
    }
}

#[async_trait(?Send)]
impl Publishing for Breakable {
    async fn put(&self, name: &str, text: &str, ttl: Option<u64>) -> Result<(), SnapshotsError> {
        self.works()?;
        self.inside.put(name, text, ttl).await
    }

    async fn delete(&self, name: &str) -> Result<(), SnapshotsError> {
        self.inside.delete(name).await
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, SnapshotsError> {
        self.works()?;
        self.inside.names(prefix).await
    }
}

#[test]
fn each_entry_is_in_the_second_place_too_and_what_that_missed_is_copied_by_the_schedule() {
    let mut world = World::demo();
    let breakable =
        Rc::new(Breakable { inside: Rc::clone(&world.origin.snapshots), broken: Cell::new(false) });
    world.origin.snapshots = Rc::clone(&breakable) as _;
    let copies =
        |world: &World| pollster::block_on(world.origin.snapshots.names("revoked:")).unwrap().len();
    let head = |world: &World| {
        pollster::block_on(world.origin.snapshots.get("revocation-head")).unwrap().unwrap()
    };
    let revoke = |world: &World| {
        let given = tokens(world);
        let form = [("client_id", "hanzo-app"), ("token", text(&given, "refresh_token"))];
        world.post("/v1/iam/oauth/revoke").form(&form).send().ok();
        given
    };
    revoke(&world);
    assert_eq!(copies(&world), 1);
    assert!(head(&world).contains(r#""epoch":1,"seq":1,"mark":"grant:"#), "{}", head(&world));
    breakable.broken.set(true);
    let missed = revoke(&world);
    assert!(is_refused(&world, &missed), "the feed does not wait for the second place");
    breakable.broken.set(false);
    assert_eq!(copies(&world), 1);
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert_eq!(copies(&world), 2);
    assert!(head(&world).contains(r#""seq":2"#), "{}", head(&world));
    let left = sql(&world, "SELECT 1 FROM revocations WHERE is_copied = 0");
    assert_eq!((left.len(), page(&world, 1, 0).epoch), (0, 1));
}

/// Fault 8: what a key relies on stays in the feed for longer than any record of it is believed,
/// however short tokens live; the schedule writes records again before that.
#[test]
fn what_keys_rely_on_stays_in_the_feed_longer_than_their_records_are_believed() {
    let world = World::demo();
    let before = published(&world, &world.keys["bob"]).unwrap();
    let disable = |is_forbidden: bool| {
        let body = json!({"isForbidden": is_forbidden});
        world.put("/v1/iam/users/hanzo/bob").of("root").json(&body).send().ok();
    };
    disable(true);
    let bob = Subject::User(&before.subject);
    for _ in 0..30 {
        world.clock.advance(DAY);
        pollster::block_on(world.origin.scheduled()).unwrap();
        assert!(feed(&world).is_revoked(bob, before.sequence));
    }
    assert!(!before.is_believed(world.origin.clock.now()));
    for name in ["alice", "root", "erin"] {
        let record = published(&world, &world.keys[name]).unwrap();
        assert!(record.is_believed(world.origin.clock.now().plus(10 * DAY)), "{name}");
    }
    world.clock.advance(2 * DAY);
    pollster::block_on(world.origin.scheduled()).unwrap();
    assert!(!feed(&world).is_revoked(bob, before.sequence), "and no longer than that");
}

/// A user without keys burdens the feed no longer than a token lives.
#[test]
fn a_revocation_that_no_key_relies_on_leaves_with_the_tokens() {
    let world = World::demo();
    sql(&world, "DELETE FROM keys WHERE name = 'bob'");
    change_password(&world, "bob");
    world.clock.advance(2 * 3600);
    assert!(feed(&world).is_empty());
}

/// Fault 5: a holder changes a key as often as the limit allows, and what no edge needs to know
/// leaves nothing behind.
#[test]
fn a_key_holder_cannot_flood_the_feed() {
    let world = World::demo();
    let put = |body: &serde_json::Value| {
        world.put("/v1/iam/keys/hanzo/bob").of("alice").json(body).send().status().as_u16()
    };
    for number in 0..200 {
        let body = json!({"displayName": format!("{number}"), "scope": "", "state": "Active"});
        assert_eq!(put(&body), 200);
    }
    assert_eq!(entries(&world), [], "no entry without a change");
    let scopes = ["read:*", ""].into_iter().cycle().take(200);
    let changed: Vec<_> = scopes.map(|scope| put(&json!({"scope": scope}))).collect();
    assert!(changed.iter().all(|status| [200, 429].contains(status)));
    assert_eq!((changed[119], changed[120]), (200, 429));
    assert_eq!(entries(&world).len(), 120);
    world.clock.advance(60);
    for _ in 0..3 {
        pollster::block_on(world.origin.scheduled()).unwrap();
    }
    assert_eq!(entries(&world).len(), 1, "the newest of a subject says it all");
    assert_eq!(put(&json!({"displayName": "x"})), 200);
}

/// ATTACKS H-119: two instances of the origin whose clocks differ by five minutes. The time of a
/// revocation is of no account, so that it neither spares what the other one issued nor ends what
/// it issues afterwards.
#[test]
fn clocks_that_differ_by_five_minutes_neither_spare_the_dead_nor_end_the_living() {
    for skew in [-300, 300] {
        let world = World::demo();
        let own = |secret: &str| {
            let form = [("grant_type", "client_credentials")];
            world.post(crate::oauth::TOKEN).basic("acme-app", secret).form(&form).send().ok()
        };
        world.clock.advance(1000);
        let before = own(crate::world::ACME_SECRET);
        world.clock.advance(skew);
        let other = "another secret of the tests";
        let body = json!({"clientSecret": other});
        world.put("/v1/iam/applications/acme/acme-app").of("root").json(&body).send().ok();
        world.clock.advance(-skew);
        assert!(is_refused(&world, &before), "{skew}");
        assert!(!is_refused(&world, &own(other)), "{skew}");
    }
}

/// ATTACKS H-119: an edge whose clock is five minutes off, started at any moment, refuses a revoked
/// token for as long as its own clock says that the token lives.
#[test]
fn an_edge_whose_clock_is_five_minutes_off_never_takes_a_revoked_token_for_good() {
    let world = World::demo();
    let given = tokens(&world);
    let expires_at = access_claims(&given)["exp"].as_i64().unwrap();
    let form = [("client_id", "hanzo-app"), ("token", text(&given, "access_token"))];
    world.post("/v1/iam/oauth/revoke").form(&form).send().ok();
    let mut kept = [-300, 0, 300].map(|skew| (skew, Feed::default()));
    for _ in 0..80 {
        world.clock.advance(60);
        pollster::block_on(world.origin.scheduled()).unwrap();
        for (skew, kept) in &mut kept {
            let clock = world.origin.clock.now().plus(*skew);
            let mut fresh = Feed::default();
            for feed in [&mut fresh, kept] {
                let (epoch, after) = feed.position();
                feed.apply(&page(&world, epoch, after), clock);
                let lives = clock.0 <= expires_at + 30;
                assert!(!lives || refuses(feed, text(&given, "access_token")), "{skew}");
            }
        }
    }
}

/// ATTACKS H-119: nothing is special about 2038 (31 bits of seconds), 2106 (32 bits) and 9999.
#[test]
fn revocation_works_in_2038_2106_and_9999() {
    for year in [2_147_483_648, 4_294_967_296, 253_370_764_800_i64] {
        for early in [30, 0] {
            let world = World::demo();
            world.clock.advance(year - early - START.0);
            pollster::block_on(world.origin.scheduled()).unwrap();
            let (dead, good) = (tokens(&world), tokens(&world));
            let form = [("client_id", "hanzo-app"), ("token", text(&dead, "refresh_token"))];
            world.post("/v1/iam/oauth/revoke").form(&form).send().ok();
            world.delete("/v1/iam/keys/hanzo/alice").of("root").send().ok();
            for seconds in [0, 60, 3000] {
                world.clock.advance(seconds);
                assert!(is_refused(&world, &dead) && !is_active(&world, &dead), "{year}");
                assert!(!is_refused(&world, &good) && is_active(&world, &good), "{year}");
                let alice = published(&world, &world.keys["alice"]).unwrap();
                assert!(!alice.active && published(&world, &world.keys["bob"]).unwrap().active);
            }
            change_password(&world, "bob");
            assert!(is_refused(&world, &good), "{year}");
        }
    }
}
