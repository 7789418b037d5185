//! Calls that need permission: the edge decides by the published policy of the organization, within the
//! revocation bound, and without one refuses.

use hanzo_iam::core::{
    policy::{Assignment, Effect, Group, GroupKind, Narrowing, Permission, Policy, Standing},
    publication::{PolicyRecord, policy_record_name},
    revocation::{Sequence, Subject},
    token::Role,
};
use serde_json::json;

use crate::edge_world::{EdgeWorld, START, answered, status_of};

const READ: &str = "GET /v1/guarded/models/zen5";
const WRITE: &str = "POST /v1/guarded/models/zen5";

fn permission(effect: Effect, resource: &str, action: &str) -> Permission {
    Permission {
        name: format!("{effect:?} {action}"),
        effect,
        standing: Standing::Active,
        resource_type: "path".to_owned(),
        resources: vec![resource.to_owned()],
        actions: vec![action.to_owned()],
        narrowing: Narrowing::default(),
        users: Vec::new(),
        groups: Vec::new(),
        roles: vec![(Role::Member, None)],
        expires_at: None,
    }
}

fn policy(permissions: Vec<Permission>) -> Policy {
    Policy { groups: Vec::new(), users: Vec::new(), permissions }
}

/// Every member may read models.
fn readers() -> Policy {
    policy(vec![permission(Effect::Allow, "/v1/guarded/models/*", "models:read")])
}

/// The record that the origin writes at this moment.
fn record(world: &EdgeWorld, policy: Option<Policy>) -> String {
    let published_at = hanzo_iam::ports::Clock::now(&*world.clock);
    let sequence = world.backend.sequence();
    let policy = policy.map(|policy| policy.encode());
    serde_json::to_string(&PolicyRecord { published_at, sequence, policy }).unwrap()
}

fn publish(world: &EdgeWorld, organization: &str, policy: Option<Policy>) {
    let text = record(world, policy);
    world.backend.kv.borrow_mut().insert(policy_record_name(organization), text);
}

fn tell_origin(world: &EdgeWorld, organization: &str, policy: Option<Policy>) {
    let path = format!("/internal/policies/{organization}");
    let text = record(world, policy);
    world.backend.origin.borrow_mut().insert(path, text);
}

fn status(world: &EdgeWorld, line: &str) -> u16 {
    status_of(world.call(line, &world.token()))
}

/// How often the origin was asked for policies and decisions.
fn asked(world: &EdgeWorld) -> usize {
    let calls = world.backend.origin_calls.borrow();
    let about = |call: &&String| call.contains("/internal/policies") || call.contains("/decisions");
    calls.iter().filter(about).count()
}

#[test]
fn a_published_policy_decides_without_the_origin() {
    let world = EdgeWorld::new();
    publish(&world, "hanzo", Some(readers()));
    assert_eq!(status(&world, READ), 200);
    assert_eq!(status(&world, WRITE), 403);
    let refused = answered(world.call(WRITE, &world.token()));
    assert!(refused.body.contains("policy"), "{refused:?}");
    assert_eq!(asked(&world), 0);
    // What requires nothing needs no policy.
    assert_eq!(status(&world, "GET /v1/guarded/other"), 200);
}

#[test]
fn what_is_held_is_asked_for_once() {
    let world = EdgeWorld::new();
    tell_origin(&world, "hanzo", Some(readers()));
    for _ in 0..3 {
        assert_eq!(status(&world, READ), 200);
    }
    assert_eq!(asked(&world), 1);
    let reads = world.backend.kv_reads.borrow();
    assert_eq!(reads.iter().filter(|name| *name == "policy:hanzo").count(), 1);
}

#[test]
fn concurrent_calls_ask_for_a_policy_once() {
    let world = EdgeWorld::new();
    tell_origin(&world, "hanzo", Some(readers()));
    assert_eq!(status(&world, "GET /v1/guarded/other"), 200);
    let token = world.token();
    assert_eq!(world.together(READ, &[&token, &token, &token]), [200, 200, 200]);
    assert_eq!(asked(&world), 1);
}

/// ATTACKS F-92.
#[test]
fn without_a_policy_nothing_that_needs_permission_is_called() {
    let world = EdgeWorld::new();
    assert_eq!(status(&world, READ), 503);
    world.backend.origin_is_down.replace(true);
    assert_eq!(status(&world, READ), 503);
    world.backend.origin_is_down.replace(false);
    // An organization without roles and permissions allows nothing.
    tell_origin(&world, "hanzo", Some(Policy::default()));
    assert_eq!(status(&world, READ), 403);
}

#[test]
fn a_changed_policy_is_in_force_within_five_seconds() {
    let world = EdgeWorld::new();
    publish(&world, "hanzo", Some(readers()));
    assert_eq!(status(&world, READ), 200);
    // The role is taken away; KV still shows the record from before.
    world.backend.revoke(Subject::Policy("hanzo"));
    tell_origin(&world, "hanzo", Some(Policy::default()));
    world.clock.advance(5);
    assert_eq!(status(&world, READ), 403);
    assert_eq!(asked(&world), 1);
    // And granted again.
    world.backend.revoke(Subject::Policy("hanzo"));
    publish(&world, "hanzo", Some(readers()));
    world.clock.advance(5);
    assert_eq!(status(&world, READ), 200);
    assert_eq!(asked(&world), 1);
}

#[test]
fn a_policy_from_before_a_change_is_not_used_while_the_origin_is_down() {
    let world = EdgeWorld::new();
    publish(&world, "hanzo", Some(readers()));
    assert_eq!(status(&world, READ), 200);
    world.backend.revoke(Subject::Policy("hanzo"));
    world.clock.advance(5);
    assert_eq!(status(&world, "GET /v1/guarded/other"), 200);
    world.backend.origin_is_down.replace(true);
    assert_eq!(status(&world, READ), 503);
}

/// The answer of the origin may be older than what the feed says when it arrives.
#[test]
fn a_change_of_another_organization_invalidates_nothing() {
    let world = EdgeWorld::new();
    publish(&world, "hanzo", Some(readers()));
    assert_eq!(status(&world, READ), 200);
    world.backend.revoke(Subject::Policy("acme"));
    world.clock.advance(5);
    assert_eq!(status(&world, READ), 200);
    assert_eq!(asked(&world), 0);
}

/// ATTACKS H-120: a record from before a restored backup, and one that is older than the feed tells.
#[test]
fn a_record_that_the_feed_cannot_judge_is_not_used() {
    let world = EdgeWorld::new();
    let old = PolicyRecord {
        published_at: START.plus(-PolicyRecord::BELIEVED_FOR),
        sequence: Sequence::default(),
        policy: Some(readers().encode()),
    };
    let text = serde_json::to_string(&old).unwrap();
    world.backend.kv.borrow_mut().insert(policy_record_name("hanzo"), text);
    assert_eq!(status(&world, READ), 503);

    let world = EdgeWorld::new();
    publish(&world, "hanzo", Some(readers()));
    world.backend.revoke(Subject::Everything);
    assert_eq!(status(&world, READ), 503);
}

/// ATTACKS F-88, F-89.
#[test]
fn neither_another_method_nor_another_spelling_passes_a_requirement() {
    let world = EdgeWorld::new();
    publish(&world, "hanzo", Some(Policy::default()));
    for line in [
        "HEAD /v1/guarded/models/zen5",
        "GET /v1/guarded/models",
        "GET /v1/guarded/models/",
        "GET /v1/guarded/models/a%2Fb",
        "DELETE /v1/guarded/models/zen5",
        "GET /v1/guarded/public/secret",
        "GET /v1/guarded/public/secret/",
    ] {
        assert_eq!(status(&world, line), 403, "{line}");
    }
    assert_eq!(status(&world, "GET /v1/guarded/public/other"), 200);
}

#[test]
fn a_deny_holds_for_each_way_to_read_a_path() {
    let world = EdgeWorld::new();
    let mut policy = readers();
    policy.permissions.push(permission(Effect::Deny, "/v1/guarded/models/a/*", "*"));
    publish(&world, "hanzo", Some(policy));
    assert_eq!(status(&world, READ), 200);
    for path in ["a", "a/", "a/b", "a%2Fb", "a%2fb"] {
        assert_eq!(status(&world, &format!("GET /v1/guarded/models/{path}")), 403, "{path}");
    }
}

#[test]
fn a_public_path_that_requires_permission_needs_a_credential() {
    let world = EdgeWorld::new();
    publish(&world, "hanzo", Some(readers()));
    assert_eq!(status_of(world.send("GET /v1/guarded/public/other", &[])), 200);
    assert_eq!(status_of(world.send("GET /v1/guarded/public/secret", &[])), 401);
}

/// ATTACKS F-85: the scope of a key bounds the call, even if the policy allows it.
#[test]
fn a_policy_gives_a_key_no_more_than_its_scope() {
    let world = EdgeWorld::new();
    publish(&world, "hanzo", Some(policy(vec![permission(Effect::Allow, "*", "*")])));
    let (key, record) = EdgeWorld::mint_key(5);
    let record = hanzo_iam::core::publication::KeyRecord { scope: "read:*".to_owned(), ..record };
    world.publish_key(&key, &record);
    assert_eq!(status_of(world.call(READ, &key)), 200);
    assert_eq!(status_of(world.call(WRITE, &key)), 403);
}

#[test]
fn the_organization_that_the_call_is_made_in_decides() {
    let world = EdgeWorld::new();
    publish(&world, "hanzo", Some(readers()));
    publish(&world, "acme", Some(Policy::default()));
    let bearer = format!("Bearer {}", world.token());
    let selected = |organization: &str| {
        let headers = [("authorization", bearer.as_str()), ("x-org-id", organization)];
        status_of(world.send(READ, &headers))
    };
    assert_eq!(selected("hanzo"), 200);
    assert_eq!(selected("acme"), 403);
    // Not the caller's: the home decides, and the service is told so.
    assert_eq!(selected("other"), 200);
}

#[test]
fn roles_and_their_ends_count_at_the_edge_as_at_the_origin() {
    let world = EdgeWorld::new();
    let assigned = |group, expires_at| Assignment { group, expires_at };
    let group = |name: &str, member_of| Group {
        kind: GroupKind::Role,
        name: name.to_owned(),
        standing: Standing::Active,
        narrowing: Narrowing::default(),
        member_of,
    };
    let mut allow = permission(Effect::Allow, "/v1/guarded/models/*", "models:*");
    allow.roles.clear();
    allow.groups.push(assigned(1, None));
    let policy = Policy {
        groups: vec![group("writer", vec![assigned(1, None)]), group("staff", Vec::new())],
        users: vec![("u-alice".to_owned(), vec![assigned(0, Some(START.plus(60)))])],
        permissions: vec![allow],
    };
    publish(&world, "hanzo", Some(policy));
    assert_eq!(status(&world, WRITE), 200);
    world.clock.advance(60);
    assert_eq!(status(&world, WRITE), 403);
}

#[test]
fn the_origin_decides_about_a_policy_that_is_too_large() {
    let world = EdgeWorld::new();
    publish(&world, "hanzo", None);
    let decision = |allow: bool| {
        let text = json!({"sequence": world.backend.sequence(), "allow": allow}).to_string();
        world.backend.origin.borrow_mut().insert("/internal/decisions".to_owned(), text);
    };
    assert_eq!(status(&world, READ), 503);
    decision(true);
    assert_eq!(status(&world, READ), 200);
    let before = asked(&world);
    assert_eq!(status(&world, READ), 200);
    assert_eq!(asked(&world), before);
    let calls = world.backend.origin_calls.borrow().last().unwrap().clone();
    for part in ["u-alice", "models:read", "/v1/guarded/models/zen5", "admin"] {
        assert!(calls.contains(part), "{calls}");
    }
    // A decision is used for five seconds, and not after a change.
    decision(false);
    world.clock.advance(5);
    assert_eq!(status(&world, READ), 403);
    assert_eq!(asked(&world), before + 1);
    world.backend.origin_is_down.replace(true);
    world.clock.advance(4);
    assert_eq!(status(&world, WRITE), 503);
}
