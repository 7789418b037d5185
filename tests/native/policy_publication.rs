//! Publication of policies: a change of a role, team or permission revokes the published policy of its
//! organization in its own transaction, and publishes the new one.

use hanzo_iam::{
    core::{
        policy::{DecisionRequest, Policy},
        publication::{DecisionRecord, PolicyRecord},
        token::Role,
    },
    origin::domain::{
        audit::Subject,
        change::{Change, Unrecorded},
        commit::commit,
        policy, publication,
    },
    ports::Statement,
};
use serde_json::json;

use crate::{
    oauth::{sql, subject},
    policy_world::{Permission, Policies},
    world::{START, World},
};

fn published(world: &World, organization: &str) -> Option<PolicyRecord> {
    let name = format!("policy:{organization}");
    let text = pollster::block_on(world.origin.snapshots.get(&name)).unwrap();
    text.map(|text| serde_json::from_str(&text).unwrap())
}

/// A change that does nothing but say what it is about.
fn changed(world: &World, kind: &'static str) {
    let mut change = Change::of(Subject::new("hanzo", kind, "x"));
    change.write(Statement::new("UPDATE roles SET version = version + 1"));
    pollster::block_on(commit(&world.origin, change)).unwrap();
}

fn entries(world: &World) -> Vec<(String, u64)> {
    let rows = sql(world, "SELECT id, seq FROM revocations WHERE kind = 'policy' ORDER BY seq");
    let entry = |row: &serde_json::Map<String, serde_json::Value>| {
        (row["id"].as_str().unwrap().to_owned(), row["seq"].as_u64().unwrap())
    };
    rows.iter().map(entry).collect()
}

#[test]
fn a_change_of_a_role_team_or_permission_revokes_and_publishes_the_policy() {
    for kind in ["role", "team", "permission"] {
        let world = World::demo();
        Policies(&world).permission(&Permission::default());
        changed(&world, kind);
        let entries = entries(&world);
        assert_eq!(entries.len(), 1, "{kind}");
        assert_eq!(entries[0].0, "hanzo");
        let record = published(&world, "hanzo").unwrap();
        // What is published was read after the change, and the entry does not concern it.
        assert_eq!(record.sequence.0, entries[0].1);
        assert_eq!(record.published_at, START);
        let policy = Policy::decode(record.policy.unwrap()).unwrap();
        assert_eq!(policy.permissions.len(), 1);
        assert_eq!(published(&world, "acme"), None);
    }
    let world = World::demo();
    changed(&world, "project");
    assert_eq!((entries(&world), published(&world, "hanzo")), (Vec::new(), None));
}

#[test]
fn a_change_that_is_about_something_else_names_the_policy_itself() {
    let world = World::demo();
    let mut change = Change::unrecorded(Unrecorded::Step);
    change.write(Statement::new("UPDATE roles SET version = version + 1"));
    change.publish_policy("acme");
    change.publish_policy("acme");
    pollster::block_on(commit(&world.origin, change)).unwrap();
    assert_eq!(entries(&world).len(), 1);
    assert!(published(&world, "acme").is_some());
}

/// An entry is gone only when no record from before it is believed.
#[test]
fn an_entry_outlives_every_record_that_it_invalidates() {
    let world = World::demo();
    changed(&world, "role");
    let rows =
        sql(&world, "SELECT until - recorded_at AS lasts FROM revocations WHERE kind = 'policy'");
    assert!(rows[0]["lasts"].as_i64().unwrap() >= 2 * PolicyRecord::BELIEVED_FOR);
}

#[test]
fn what_is_published_decides_as_the_origin_does() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.team("hanzo", "t", &["bob"]);
    policies.role("hanzo", "r", &[("team", "t")]);
    policies.member("role", "hanzo", "r", "user", "alice", Some(START.0 + 60));
    policies.permission(&Permission {
        resources: &["/v1/echo/*"],
        actions: &["use"],
        subjects: &[("role", "r"), ("role", "@owner")],
        ..Permission::default()
    });
    policies.permission(&Permission {
        name: "no",
        effect: "Deny",
        resources: &["/v1/echo/secret"],
        ..Permission::default()
    });
    policies.permission(&Permission { name: "pending", ..Permission::default() });
    policies.set("pending", "state", "'Pending'");
    let record = pollster::block_on(publication::policy::record(&world.origin, "hanzo")).unwrap();
    let held = Policy::decode(record.policy.unwrap()).unwrap();
    for (user, role, path, expected) in [
        ("bob", Some(Role::Member), "/v1/echo/x", true),
        ("alice", Some(Role::Admin), "/v1/echo/x", true),
        ("bob", None, "/v1/echo/x", false),
        ("bob", Some(Role::Member), "/v1/echo/secret", false),
        ("bob", Some(Role::Member), "/v1/other", false),
    ] {
        let request = DecisionRequest {
            organization: "hanzo".to_owned(),
            user: subject(&world, "hanzo", user),
            role,
            action: "use".to_owned(),
            path: path.to_owned(),
            service: "echo".to_owned(),
            client_id: String::new(),
        };
        assert_eq!(request.decide(&held, START).is_allowed(), expected, "{user} {path}");
        let asked = pollster::block_on(policy::decide_call(&world.origin, &request)).unwrap();
        assert_eq!(asked, DecisionRecord { sequence: record.sequence, allow: expected });
    }
}

#[test]
fn a_policy_that_is_too_large_is_published_as_such() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.permission(&Permission::default());
    sql(
        &world,
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 9000) \
         INSERT INTO permission_subjects (permission_id, kind, member_id, owner) \
         SELECT 'permission:hanzo/permission', 'user', printf('%036d', n), 'hanzo' FROM n",
    );
    changed(&world, "permission");
    assert_eq!(published(&world, "hanzo").unwrap().policy, None);
    // The origin decides nevertheless.
    assert_eq!(policies.code("bob", "read", "x"), "allowed");
}

/// Who is removed and comes back, and what is founded under a name that was another's, has nothing of
/// what a record from before says.
#[test]
fn what_ends_with_a_membership_or_an_organization_is_in_no_published_policy() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Member);
    let role = json!({"owner": "acme", "name": "r", "users": ["hanzo/bob"]});
    world.post("/v1/iam/roles").of("dave").json(&role).send().ok();
    let before = published(&world, "acme").unwrap();
    world.delete("/v1/iam/memberships/acme/hanzo/bob").of("dave").send().ok();
    let newest = |organization: &str| {
        entries(&world).into_iter().rfind(|(id, _)| id == organization).map(|(_, seq)| seq)
    };
    assert!(newest("acme") > Some(before.sequence.0));

    let lamp = json!({"name": "lamp"});
    world.post("/v1/iam/organizations").of("root").json(&lamp).send().ok();
    let permission = json!({"owner": "lamp", "name": "p", "users": ["*"], "actions": ["*"]});
    world.post("/v1/iam/permissions").of("root").json(&permission).send().ok();
    let before = published(&world, "lamp").unwrap();
    world.delete("/v1/iam/organizations/admin/lamp").of("root").send().ok();
    assert!(newest("lamp") > Some(before.sequence.0));
}
