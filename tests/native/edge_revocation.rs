//! Claims about the revocation feed at the edge: what is revoked is refused within five seconds (ATTACKS E-74),
//! and what happens when nobody can say what is.

use hanzo_iam::{
    core::{publication::KeyRecord, revocation::Subject},
    ports::Clock,
};

use crate::edge_world::{EdgeWorld, answered, forwarded, new_key, status_of};

const READ: &str = "GET /v1/echo";
const WRITE: &str = "POST /v1/echo";

fn status(world: &EdgeWorld, line: &str, credential: &str) -> u16 {
    let authorization = format!("Bearer {credential}");
    status_of(world.send_and_renew(line, &[("authorization", &authorization)]))
}

/// Every way in which a token can be named, and one in which it is not.
#[test]
fn a_token_dies_by_each_subject_that_it_names() {
    for (subject, dies) in [
        (Subject::Token("j"), true),
        (Subject::Grant("g"), true),
        (Subject::Session("s"), true),
        (Subject::User("u-alice"), true),
        (Subject::Application("hanzo-app"), true),
        (Subject::Organization("hanzo"), true),
        (Subject::Organization("acme"), true),
        (Subject::Everything, true),
        (Subject::Token("g"), false),
        (Subject::User("u-bob"), false),
        (Subject::Organization("other"), false),
        (Subject::Session(""), false),
    ] {
        for seen_before in [true, false] {
            let world = EdgeWorld::new();
            let mut claims = world.claims();
            claims.sid = "s".to_owned();
            let token = EdgeWorld::signed(&world.key, &claims);
            if seen_before {
                assert_eq!(status(&world, READ, &token), 200);
            }
            world.backend.revoke(subject);
            world.clock.advance(5);
            let expected = if dies { 401 } else { 200 };
            assert_eq!(status(&world, READ, &token), expected, "{subject:?} {seen_before}");
        }
    }
}

#[test]
fn what_was_issued_after_a_revocation_of_its_user_is_good_within_the_same_second() {
    let world = EdgeWorld::new();
    let before = world.token();
    world.backend.revoke(Subject::User("u-alice"));
    let after = world.token();
    assert_eq!(status(&world, READ, &before), 401);
    assert_eq!(status(&world, READ, &after), 200);
}

#[test]
fn a_signing_key_that_was_dropped_signs_nothing_more() {
    let world = EdgeWorld::new();
    let token = world.token();
    assert_eq!(status(&world, READ, &token), 200);
    world.backend.revoke(Subject::SigningKey(&world.key.public.id().0));
    world.clock.advance(5);
    assert_eq!(status(&world, READ, &token), 401);
    assert_eq!(status(&world, READ, &world.token()), 401, "signed by a thief afterwards");
    let next = new_key();
    world.publish(&[&next, &world.key]);
    world.clock.advance(30);
    pollster::block_on(world.edge.renew());
    assert_eq!(status(&world, READ, &EdgeWorld::signed(&next, &world.claims())), 200);
}

/// The snapshot that names a dropped key is not waited for: its successor signs already.
#[test]
fn when_a_signing_key_was_dropped_the_next_one_is_known_as_soon_as_the_feed_says_so() {
    let world = EdgeWorld::new();
    let old = world.token();
    assert_eq!(status(&world, READ, &old), 200);
    world.clock.advance(1);
    let next = new_key();
    world.backend.revoke(Subject::SigningKey(&world.key.public.id().0));
    world.tell_origin_snapshot(&[&next]);
    world.clock.advance(1);
    assert_eq!(status(&world, READ, &old), 200, "renews behind the request");
    assert_eq!(status(&world, READ, &old), 401);
    let asked = world.asked();
    let token = EdgeWorld::signed(&next, &world.claims());
    assert_eq!(status(&world, READ, &token), 200);
    let jwks = answered(world.send("GET /.well-known/jwks", &[])).body;
    assert!(jwks.contains(&next.public.id().0) && !jwks.contains(&world.key.public.id().0));
    assert_eq!(world.asked(), asked);
}

/// An edge that was quiet waits for the feed; what it publishes is as new as that.
#[test]
fn a_signing_key_dropped_in_an_overdue_feed_is_not_published() {
    let world = EdgeWorld::new();
    assert_eq!(status(&world, READ, &world.token()), 200);
    let next = new_key();
    world.backend.revoke(Subject::SigningKey(&world.key.public.id().0));
    world.clock.advance(5);
    world.tell_origin_snapshot(&[&next]);
    assert_eq!(status(&world, READ, &world.token()), 401);
    let jwks = answered(world.send("GET /.well-known/jwks", &[])).body;
    assert!(jwks.contains(&next.public.id().0) && !jwks.contains(&world.key.public.id().0));
}

/// The feed is two seconds old: renewed behind a request, without any waiting.
#[test]
fn a_stale_feed_is_renewed_behind_the_request_by_one_of_many() {
    let world = EdgeWorld::new();
    let token = world.token();
    assert_eq!(status(&world, READ, &token), 200);
    let reads = || *world.backend.feed_reads.borrow();
    let first = reads();
    world.clock.advance(1);
    assert!(!world.edge.wants_renewal());
    world.clock.advance(1);
    world.backend.revoke(Subject::Token("j"));
    let authorization = format!("Bearer {token}");
    assert!(world.at_once(READ, &[("authorization", &authorization)]).is_some());
    assert!(world.edge.wants_renewal());
    assert!(!world.edge.wants_renewal(), "one request does it");
    pollster::block_on(world.edge.renew());
    assert_eq!(reads(), first + 1);
    assert_eq!(status(&world, READ, &token), 401);
}

/// Nothing says yes by a feed that is five seconds old.
#[test]
fn an_overdue_feed_is_waited_for() {
    let world = EdgeWorld::new();
    let token = world.token();
    let authorization = format!("Bearer {token}");
    assert_eq!(status(&world, READ, &token), 200);
    world.clock.advance(4);
    assert!(world.at_once(READ, &[("authorization", &authorization)]).is_some());
    world.clock.advance(1);
    assert!(world.at_once(READ, &[("authorization", &authorization)]).is_none());
    assert_eq!(status(&world, READ, &token), 200);
    assert!(world.at_once(READ, &[("authorization", &authorization)]).is_some());
}

#[test]
fn a_renewal_whose_request_was_cancelled_is_begun_again() {
    let world = EdgeWorld::new();
    assert_eq!(status(&world, READ, &world.token()), 200);
    world.clock.advance(2);
    assert!(world.edge.wants_renewal());
    world.clock.advance(2);
    assert!(!world.edge.wants_renewal());
    world.clock.advance(1);
    assert!(world.edge.wants_renewal());
}

#[test]
fn isolates_of_one_location_read_the_origin_once() {
    let world = EdgeWorld::new();
    let others = [world.beside(), world.beside(), world.beside()];
    let token = world.token();
    for number in 0..7 {
        world.backend.revoke(Subject::Token(&number.to_string()));
    }
    assert_eq!(status(&world, READ, &token), 200);
    assert_eq!(*world.backend.feed_reads.borrow(), 3, "three pages");
    for other in &others {
        assert_eq!(status(other, READ, &token), 200);
    }
    assert_eq!(*world.backend.feed_reads.borrow(), 3);
    world.clock.advance(5);
    for isolate in others.iter().chain([&world]) {
        assert_eq!(status(isolate, READ, &token), 200);
    }
    assert_eq!(*world.backend.feed_reads.borrow(), 4);
    world.backend.revoke(Subject::Token("j"));
    world.clock.advance(5);
    for isolate in others.iter().chain([&world]) {
        assert_eq!(status(isolate, READ, &token), 401);
    }
}

/// A shared page is as old as the asking for it, not as the finding of it.
#[test]
fn the_age_of_a_shared_page_counts_from_the_origins_answer() {
    let world = EdgeWorld::new();
    let other = world.beside();
    let token = world.token();
    assert_eq!(status(&world, READ, &token), 200);
    assert_eq!(status(&other, READ, &token), 200);
    world.backend.revoke(Subject::Token("j"));
    for _ in 0..4 {
        world.clock.advance(1);
        // Before the fifth second either status is right; at it every edge refuses.
        status(&world, READ, &token);
        status(&other, READ, &token);
    }
    world.clock.advance(1);
    assert_eq!((status(&world, READ, &token), status(&other, READ, &token)), (401, 401));
}

/// ATTACKS F-92: reads go on for the grace, writes for 15 seconds.
#[test]
fn without_the_origin_reads_go_on_for_a_minute_and_writes_for_a_quarter_of_one() {
    let world = EdgeWorld::new();
    let token = world.token();
    assert_eq!(status(&world, READ, &token), 200);
    *world.backend.origin_is_down.borrow_mut() = true;
    let mut first_refused = [None, None];
    for second in 1..=70 {
        world.clock.advance(1);
        for (line, first) in [READ, WRITE].into_iter().zip(&mut first_refused) {
            let status = status(&world, line, &token);
            assert!([200, 503].contains(&status));
            if status == 503 {
                first.get_or_insert(second);
            } else {
                assert_eq!(*first, None, "what was refused stays so");
            }
        }
    }
    assert_eq!(first_refused, [Some(61), Some(16)]);
    let authorization = format!("Bearer {token}");
    let refused = answered(world.send(WRITE, &[("authorization", &authorization)]));
    assert!(refused.headers.iter().any(|(name, _)| *name == "retry-after"));

    *world.backend.origin_is_down.borrow_mut() = false;
    world.clock.advance(1);
    assert_eq!(status(&world, WRITE, &token), 200);
}

#[test]
fn an_origin_that_hangs_is_one_that_cannot_be_reached() {
    let world = EdgeWorld::new();
    let token = world.token();
    assert_eq!(status(&world, READ, &token), 200);
    *world.backend.origin_hangs.borrow_mut() = true;
    world.clock.advance(15);
    assert_eq!(status(&world, READ, &token), 200);
    world.clock.advance(1);
    assert_eq!(status(&world, WRITE, &token), 503);
    assert_eq!(status(&world, READ, &token), 200);
}

#[test]
fn while_the_origin_is_down_it_is_asked_once_a_second_at_most() {
    let world = EdgeWorld::new();
    let token = world.token();
    assert_eq!(status(&world, READ, &token), 200);
    *world.backend.origin_is_down.borrow_mut() = true;
    world.clock.advance(6);
    let before = *world.backend.feed_reads.borrow();
    let authorization = format!("Bearer {token}");
    for _ in 0..20 {
        forwarded(world.send(READ, &[("authorization", &authorization)]));
    }
    assert_eq!(*world.backend.feed_reads.borrow(), before + 1);
}

#[test]
fn an_isolate_that_has_never_read_the_feed_admits_no_caller() {
    let world = EdgeWorld::new();
    *world.backend.origin_is_down.borrow_mut() = true;
    assert_eq!(status(&world, READ, &world.token()), 503);
    forwarded(world.send("GET /v1/echo/public/a", &[]));
    world.clock.advance(1);
    *world.backend.origin_is_down.borrow_mut() = false;
    assert_eq!(status(&world, READ, &world.token()), 200);
}

#[test]
fn a_key_that_was_narrowed_is_read_anew_and_not_from_a_store_that_lags() {
    let world = EdgeWorld::new();
    let (key, record) = EdgeWorld::mint_key(1);
    world.publish_key(&key, &record);
    assert_eq!(status(&world, WRITE, &key), 200);
    world.backend.revoke(Subject::Key(&record.id));
    world.clock.advance(1);
    let scope = "read:*".to_owned();
    let narrowed = KeyRecord {
        scope,
        published_at: world.clock.now(),
        sequence: world.backend.sequence(),
        ..record
    };
    world.tell_origin(&key, &narrowed);
    world.clock.advance(4);
    assert_eq!(status(&world, WRITE, &key), 403);
    assert_eq!(status(&world, READ, &key), 200);
    let asked = world.asked();
    for _ in 0..10 {
        assert_eq!(status(&world, READ, &key), 200);
    }
    assert_eq!(world.asked(), asked, "once is enough");
}

#[test]
fn a_key_dies_with_itself_its_user_and_its_organization() {
    let (_, record) = EdgeWorld::mint_key(1);
    for subject in
        [Subject::Key(&record.id), Subject::User("u-bob"), Subject::Organization("hanzo")]
    {
        let world = EdgeWorld::new();
        let (key, record) = EdgeWorld::mint_key(1);
        world.publish_key(&key, &record);
        assert_eq!(status(&world, READ, &key), 200);
        world.backend.revoke(subject);
        let sequence = world.backend.sequence();
        let dead = KeyRecord { active: false, sequence, ..record };
        world.tell_origin(&key, &dead);
        world.clock.advance(5);
        assert_eq!(status(&world, READ, &key), 401, "{subject:?}");
    }
}

/// Fault 2: the record was read before the revocation, and arrives after the feed has told of it.
#[test]
fn a_key_that_is_revoked_while_its_record_is_on_the_way_is_refused() {
    let world = EdgeWorld::new();
    let (key, record) = EdgeWorld::mint_key(1);
    world.tell_origin(&key, &record);
    assert_eq!(status(&world, READ, &world.token()), 200);
    world.clock.advance(2);
    let status_meanwhile = world.call_while(READ, &key, || {
        world.backend.revoke(Subject::Key(&record.id));
        let sequence = world.backend.sequence();
        world.tell_origin(&key, &KeyRecord { active: false, sequence, ..record.clone() });
        pollster::block_on(world.edge.renew());
    });
    assert_eq!(status_meanwhile, 401);
    assert_eq!(status(&world, READ, &key), 401);
}

/// An edge asks a bounded number of times, however often the feed names the key; then 503.
#[test]
fn a_record_that_stays_behind_the_feed_is_not_believed() {
    let world = EdgeWorld::new();
    let (key, record) = EdgeWorld::mint_key(1);
    world.tell_origin(&key, &record);
    world.backend.revoke(Subject::Key(&record.id));
    assert_eq!(status(&world, READ, &key), 503);
    assert_eq!(world.backend.origin_calls.borrow().len(), 3);
}

/// Fault 8: the feed no longer holds what revoked a key whose record is older than that.
#[test]
fn a_record_that_is_older_than_the_feed_reaches_back_is_confirmed_with_the_origin() {
    let world = EdgeWorld::new();
    let (key, record) = EdgeWorld::mint_key(1);
    world.publish_key(&key, &record);
    let day = 24 * 3600;
    world.clock.advance(30 * day - 1);
    assert_eq!(status(&world, READ, &key), 200);
    assert!(world.backend.origin_calls.borrow().iter().all(|call| !call.contains("/keys/")));
    world.clock.advance(1 + 15 * 60);
    world.tell_origin(&key, &KeyRecord { active: false, ..record });
    assert_eq!(status(&world, READ, &key), 401);
}
