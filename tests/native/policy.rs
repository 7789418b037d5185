//! The decisions of the origin over the rows of roles, teams and permissions.

use hanzo_iam::core::{publication::Requirement, token::Role};
use serde_json::json;

use crate::{
    oauth::sql,
    policy_world::{Permission, Policies},
    world::{START, World},
};

#[test]
fn nothing_is_allowed_without_a_permission() {
    let world = World::demo();
    let policies = Policies(&world);
    assert_eq!(policies.code("bob", "read", "x"), "not_granted");
    // Not even to an administrator or owner.
    assert_eq!(policies.code("alice", "read", "x"), "not_granted");
}

#[test]
fn a_permission_reaches_a_user_through_nested_teams_and_roles() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.team("hanzo", "builders", &["bob"]);
    policies.team("hanzo", "engineering", &[]);
    policies.parent("hanzo", "builders", "engineering");
    policies.role("hanzo", "deployer", &[("team", "engineering")]);
    policies.role("hanzo", "operator", &[("role", "deployer")]);
    policies.permission(&Permission {
        name: "deploy",
        resources: &["/v1/deploy/*"],
        actions: &["write"],
        subjects: &[("role", "operator")],
        ..Permission::default()
    });
    let checked = policies.check("hanzo/bob", "POST", "/v1/deploy/site");
    assert_eq!(checked["allow"], true);
    assert_eq!(checked["rule"]["permission"], "hanzo/deploy");
    let via: Vec<_> = checked["rule"]["via"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["name"].clone())
        .collect();
    assert_eq!(via, ["hanzo/builders", "hanzo/engineering", "hanzo/deployer", "hanzo/operator"]);
    assert_eq!(policies.check("hanzo/bob", "GET", "/v1/deploy/site")["code"], "not_granted");
    assert_eq!(policies.check("hanzo/alice", "POST", "/v1/deploy/site")["code"], "not_granted");
}

#[test]
fn a_circle_of_roles_ends_and_harms_nothing() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.role("hanzo", "a", &[("user", "bob")]);
    policies.role("hanzo", "b", &[("role", "a")]);
    policies.member("role", "hanzo", "a", "role", "b", None);
    policies.permission(&Permission { subjects: &[("role", "b")], ..Permission::default() });
    assert_eq!(policies.code("bob", "read", "x"), "allowed");
}

#[test]
fn a_deny_overrides_an_allow_however_it_reaches_the_user() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.role("hanzo", "guest", &[("user", "bob")]);
    policies.permission(&Permission { subjects: &[("user", "bob")], ..Permission::default() });
    policies.permission(&Permission {
        name: "no-guests",
        effect: "Deny",
        resources: &["secret/*"],
        subjects: &[("role", "guest")],
        ..Permission::default()
    });
    assert_eq!(policies.code("bob", "read", "secret/x"), "denied");
    assert_eq!(policies.code("bob", "read", "other"), "allowed");
}

#[test]
fn only_what_is_enabled_approved_and_current_counts() {
    for (column, value, expected) in [
        ("is_enabled", "0", "not_granted"),
        ("state", "'Pending'", "not_granted"),
        ("state", "'Rejected'", "not_granted"),
        ("expires_at", "1", "not_granted"),
        ("expires_at", "4000000000", "allowed"),
    ] {
        let world = World::demo();
        let policies = Policies(&world);
        policies.permission(&Permission::default());
        assert_eq!(policies.code("bob", "read", "x"), "allowed");
        policies.set("permission", column, value);
        assert_eq!(policies.code("bob", "read", "x"), expected, "{column} {value}");
    }
}

#[test]
fn a_membership_and_a_grant_end_at_their_second() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.role("hanzo", "visitor", &[]);
    policies.member("role", "hanzo", "visitor", "user", "bob", Some(START.0 + 60));
    policies.permission(&Permission { subjects: &[("role", "visitor")], ..Permission::default() });
    world.clock.advance(59);
    assert_eq!(policies.code("bob", "read", "x"), "allowed");
    world.clock.advance(1);
    assert_eq!(policies.code("bob", "read", "x"), "not_granted");
}

#[test]
fn a_disabled_role_gives_nothing_and_a_disabled_user_has_nothing() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.role("hanzo", "r", &[("user", "bob")]);
    policies.permission(&Permission { subjects: &[("role", "r")], ..Permission::default() });
    sql(&world, "UPDATE roles SET is_enabled = 0");
    assert_eq!(policies.code("bob", "read", "x"), "not_granted");
    sql(&world, "UPDATE roles SET is_enabled = 1");
    let checked = || policies.check("hanzo/bob", "GET", "/v1/x");
    assert_eq!(checked()["allow"], true);
    sql(&world, "UPDATE users SET is_forbidden = 1 WHERE name = 'bob'");
    assert_eq!(checked()["code"], "not_a_member");
}

#[test]
fn a_permission_for_an_organization_role_reaches_those_who_have_it() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.permission(&Permission { subjects: &[("role", "@admin")], ..Permission::default() });
    assert_eq!(policies.code("alice", "read", "x"), "allowed");
    assert_eq!(policies.code("bob", "read", "x"), "not_granted");
}

/// ATTACKS H-109, H-110: neither a role nor a permission of another organization counts, even
/// if it names them; only members of the organization have anything in it.
#[test]
fn a_policy_ends_at_its_organization() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.role("acme", "boss", &[("user", "hanzo/bob")]);
    policies.permission(&Permission {
        owner: "acme",
        subjects: &[("role", "boss"), ("user", "hanzo/bob"), ("everyone", "")],
        ..Permission::default()
    });
    assert_eq!(policies.code("bob", "read", "x"), "not_granted");
    let asked = |by: &str| {
        let body = json!({"subject": "hanzo/bob", "verb": "GET", "path": "/v1/x",
            "organization": "acme"});
        world.post("/v1/authz/check").of(by).json(&body).send()
    };
    assert_eq!(asked("dave").ok()["code"], "not_a_member");
    asked("alice").refused(403);
    asked("bob").refused(403);
    // Once he belongs to it, both may.
    world.join("hanzo", "bob", "acme", Role::Member);
    assert_eq!(asked("dave").ok()["code"], "allowed");
    assert_eq!(asked("bob").ok()["code"], "allowed");
    asked("alice").refused(403);
}

#[test]
fn a_permission_is_narrowed_to_applications_and_projects() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.permission(&Permission::default());
    policies.set("permission", "applications", "'[\"hanzo-cloud\"]'");
    policies.set("permission", "projects", "'[\"apollo\"]'");
    let code = |place: &str| policies.code("bob", "read", &format!("x{place}"));
    assert_eq!(code("&application=hanzo-cloud&project=apollo"), "allowed");
    assert_eq!(code("&application=hanzo-app&project=apollo"), "not_granted");
    assert_eq!(code("&application=hanzo-cloud&project=gemini"), "not_granted");
    assert_eq!(code("&application=hanzo-cloud"), "not_granted");
    // A Deny counts where the question leaves open whether it does.
    policies.permission(&Permission { name: "all", ..Permission::default() });
    policies.set("permission", "effect", "'Deny'");
    assert_eq!(code("&application=hanzo-cloud"), "denied");
    assert_eq!(code("&application=hanzo-app"), "allowed");
}

#[test]
fn an_application_named_by_name_is_found_by_its_client_id() {
    let world = World::demo();
    let policies = Policies(&world);
    sql(&world, "UPDATE applications SET name = 'cloud' WHERE client_id = 'hanzo-cloud'");
    policies.permission(&Permission::default());
    policies.set("permission", "applications", "'[\"cloud\"]'");
    assert_eq!(policies.code("bob", "read", "x&application=hanzo-cloud"), "allowed");
    assert_eq!(policies.code("bob", "read", "x&application=hanzo-app"), "not_granted");
}

/// ATTACKS F-88: a path that two readers could read differently is no resource, and a slash at the
/// end or an encoded one passes no Deny.
#[test]
fn a_spelling_of_a_path_passes_no_deny() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.permission(&Permission::default());
    policies.permission(&Permission {
        name: "no",
        effect: "Deny",
        resources: &["/v1/x/secret", "/v1/x/a/*"],
        ..Permission::default()
    });
    for path in ["/v1/x/secret", "/v1/x/secret/", "/v1/x/a/b", "/v1/x/a%2Fb", "/v1/x/a%2fb"] {
        assert_eq!(policies.check("bob", "GET", path)["code"], "denied", "{path}");
    }
    for path in ["/v1/x//secret", "/v1/x/./secret", "/v1/x/%73ecret", "/v1/x/secret;a", "v1/x"] {
        let body = json!({"subject": "bob", "verb": "GET", "path": path});
        world.post("/v1/authz/check").of("alice").json(&body).send().refused(400);
    }
}

/// ATTACKS F-85: a key that reads is told that it does not write, even if its holder may.
#[test]
fn a_call_that_a_route_requires_actions_of_is_decided_as_at_the_gateway() {
    let mut world = World::demo();
    let requires = |path: &str, action: &str| Requirement {
        path: path.to_owned(),
        methods: vec!["POST".to_owned()],
        action: action.to_owned(),
    };
    for route in &mut world.config_mut().routes {
        route.requires = vec![requires("/models/*", "models:write"), requires("*", "calls:pay")];
    }
    let world = &world;
    let asks = |verb: &str, path: &str| {
        let body = json!({ "verb": verb, "path": path });
        world.post("/v1/authz/check").of("alice").json(&body).send().ok()["allow"].clone()
    };
    let policies = Policies(world);
    policies.permission(&Permission {
        name: "write",
        resources: &["/v1/echo/models/*"],
        actions: &["models:write", "write"],
        ..Permission::default()
    });
    // The second requirement is not met, and the verb's own names count no more.
    assert_eq!(asks("POST", "/v1/echo/models/zen5"), false);
    policies.permission(&Permission {
        name: "pay",
        resources: &["/v1/echo/*"],
        actions: &["calls:pay"],
        ..Permission::default()
    });
    assert_eq!(asks("post", "/v1/echo/models/zen5"), true);
    assert_eq!(asks("POST", "/v1/echo/other"), true);
    assert_eq!(
        asks("PUT", "/v1/echo/models/zen5"),
        true,
        "no requirement concerns it: the verb counts"
    );
    assert_eq!(asks("POST", "/v1/billing/models/zen5"), false);
}

#[test]
fn a_caller_learns_what_its_credential_carries_and_no_more() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.permission(&Permission::default());
    let asked = |by: &str, verb: &str| {
        let body = json!({"verb": verb, "path": "/v1/echo/x"});
        world.post("/v1/authz/check").of(by).json(&body).send().ok()["code"].clone()
    };
    assert_eq!(asked("alice", "POST"), "allowed");
    assert_eq!(asked("reader", "GET"), "allowed");
    assert_eq!(asked("reader", "POST"), "credential_limited");
    // Asked by name it is about the caller too.
    let body = json!({"subject": "hanzo/Alice", "verb": "POST", "path": "/v1/echo/x"});
    let by_name = world.post("/v1/authz/check").of("reader").json(&body).send().ok();
    assert_eq!(by_name["code"], "credential_limited");
}

/// Whoever is refused learns nothing: not whether the user exists, nor what the user may do.
#[test]
fn a_member_asks_about_nobody_else() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.permission(&Permission::default());
    for name in ["hanzo/alice", "hanzo/nobody"] {
        let checked = json!({"subject": name, "verb": "GET", "path": "/v1/x"});
        let evaluated = json!({"subject": {"type": "user", "id": name},
            "action": {"name": "read"}, "resource": {"type": "doc", "id": "1"}});
        let path = format!("/v1/iam/users/{name}/permissions");
        for by in ["bob", "dave", "erin"] {
            let answers = [
                world.post("/v1/authz/check").of(by).json(&checked).send(),
                world.post("/v1/iam/enforce").of(by).json(&json!([name, "x", "read"])).send(),
                world.post("/access/v1/evaluation").of(by).json(&evaluated).send(),
                world.get(&path).of(by).send(),
            ];
            for answer in answers {
                let text = answer.refused(403)["error"].to_string();
                assert!(!text.contains("nobody") && !text.contains("alice"), "{by}: {text}");
            }
        }
    }
    world
        .post("/v1/authz/check")
        .json(&json!({"verb": "GET", "path": "/v1/x"}))
        .send()
        .refused(401);
}

#[test]
fn a_client_asks_about_its_organization_with_the_capability_only() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.permission(&Permission { owner: "acme", ..Permission::default() });
    let asked = |subject: &str| {
        let call = world.post("/v1/iam/enforce?owner=acme");
        call.basic("acme-app", crate::world::ACME_SECRET)
            .json(&json!([subject, "x", "read"]))
            .send()
    };
    asked("erin").refused(403);
    sql(
        &world,
        "UPDATE applications SET capabilities = '[\"policy-check\"]' \
         WHERE client_id = 'acme-app'",
    );
    assert_eq!(asked("erin").ok()["data"], json!([true]));
    assert_eq!(asked("nobody").ok()["data"], json!([false]));
    assert_eq!(asked("hanzo/bob").ok()["data"], json!([false]));
    let elsewhere = world.post("/v1/iam/enforce?owner=hanzo");
    let elsewhere = elsewhere.basic("acme-app", crate::world::ACME_SECRET);
    elsewhere.json(&json!(["bob", "x", "read"])).send().refused(403);
}

#[test]
fn effective_permissions_are_listed_with_the_way_to_each() {
    let world = World::demo();
    let policies = Policies(&world);
    policies.team("hanzo", "t", &["bob"]);
    policies.role("hanzo", "r", &[("team", "t")]);
    policies.permission(&Permission { name: "a", ..Permission::default() });
    policies.permission(&Permission {
        name: "b",
        effect: "Deny",
        subjects: &[("role", "r")],
        ..Permission::default()
    });
    policies.permission(&Permission {
        name: "c",
        subjects: &[("user", "bob")],
        ..Permission::default()
    });
    policies.permission(&Permission {
        name: "d",
        subjects: &[("user", "alice")],
        ..Permission::default()
    });
    for by in ["bob", "alice"] {
        let listed = world.get("/v1/iam/users/hanzo/bob/permissions").of(by).send().ok();
        assert_eq!(listed["total"], 3);
        let told: Vec<_> = listed["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                let via = it["via"].as_array().unwrap().iter();
                let via: Vec<_> = via.map(|step| step["name"].as_str().unwrap()).collect();
                format!(
                    "{} {} {}",
                    it["name"].as_str().unwrap(),
                    it["by"].as_str().unwrap(),
                    via.join(">")
                )
            })
            .collect();
        assert_eq!(told, ["a member ", "b group hanzo/t>hanzo/r", "c user "]);
    }
    world.get("/v1/iam/users/hanzo/nobody/permissions").of("alice").send().refused(404);
    world.get("/v1/iam/users/hanzo/bob/permissions?action=x").of("alice").send().refused(400);
}

#[test]
fn a_decision_reads_by_indexes_whatever_the_organization_holds() {
    use hanzo_iam::origin::store::{accounts::Named, policy};
    let world = World::demo();
    let query = policy::of_user(Named::User("[\"hanzo\",\"bob\",\"bob\"]"), "hanzo");
    for statement in query.statements() {
        let plan = sql(
            &world,
            &format!(
                "EXPLAIN QUERY PLAN {}",
                statement
                    .sql
                    .replace("?1", "'[\"hanzo\",\"bob\",\"bob\"]'")
                    .replace("?2", "'hanzo'")
            ),
        );
        assert!(!plan.is_empty());
        for row in plan {
            let step = row["detail"].as_str().unwrap().to_owned();
            let scanned = step.strip_prefix("SCAN ").map(|rest| rest.split(' ').next().unwrap());
            let small = ["reached", "named", "(subquery", "CONSTANT"];
            assert!(
                scanned.is_none_or(|table| small.contains(&table)),
                "{step}\n{}",
                statement.sql
            );
            // Of the whole organization nothing is walked through.
            assert!(!step.contains("(owner=?)"), "{step}\n{}", statement.sql);
        }
    }
}
