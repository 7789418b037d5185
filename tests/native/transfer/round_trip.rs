//! What goes out comes back, and what does not is named.

use serde_json::{Value, json};

use super::{assert_same, by, export, find, import, lamp};
use crate::{oauth::sql, world::World};

#[test]
fn an_organization_comes_back_as_it_went_out() {
    let (first, second) = (World::demo(), World::demo());
    let key = lamp(&first);
    let exported = export(&first, "root", "lamp", "&secrets=true", 2);
    let kinds: Vec<&str> = exported.iter().filter_map(|line| line["kind"].as_str()).collect();
    for kind in [
        "organization",
        "user",
        "membership",
        "workspace",
        "project",
        "team",
        "role",
        "application",
        "permission",
        "provider",
        "key",
        "service-account",
        "webauthn-credential",
        "invitation",
        "webhook",
    ] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    second.clock.advance(86_400);
    // Its random numbers are others.
    let other = json!({"owner": "hanzo", "name": "other"});
    second.post("/v1/iam/users").of("root").json(&other).send().ok();
    let report = import(&second, "root", "lamp", "", &exported).ok();
    assert_eq!(report["refused"], 0, "{report:#}");
    // The first line is the header; a team and a role are changed by lines of their own.
    assert_eq!(report["created"], exported.len() - 3, "{report:#}");
    assert_eq!(report["updated"], 2, "{report:#}");
    let again = export(&second, "root", "lamp", "&secrets=true", 100);
    assert_same(&again, &exported);
    // The keys work there, for the same person.
    let subject = |world: &World| world.get("/v1/iam/whoami").bearer(&key).send().ok();
    assert_eq!(subject(&second), subject(&first));
    // The same file again changes nothing.
    let report = import(&second, "root", "lamp", "", &exported).ok();
    assert_eq!((&report["created"], &report["refused"]), (&json!(0), &json!(0)), "{report:#}");
    let again = export(&second, "root", "lamp", "&secrets=true", 100);
    assert_same(&again, &exported);
}

#[test]
fn an_organization_moves_into_an_empty_world() {
    let first = World::demo();
    lamp(&first);
    let outside = first.delete("/v1/iam/memberships/lamp/hanzo/bob").of("root").send();
    outside.ok();
    let exported = export(&first, "root", "lamp", "&secrets=true", 50);
    assert!(!format!("{exported:?}").contains("hanzo/bob"));
    let second = World::seeded(&json!({
        "organizations": [{"name": "admin", "displayName": "Platform"}],
        "users": [{"owner": "admin", "name": "root", "displayName": "root", "isAdmin": true,
            "email": "root@admin.example", "emailVerified": true}],
        "applications": [],
        "keys": [{"owner": "admin", "user": "root", "name": "root", "platform": true}],
    }));
    let report = import(&second, "root", "lamp", "", &exported).ok();
    assert_eq!(report["refused"], 0, "{report:#}");
    let again = export(&second, "root", "lamp", "&secrets=true", 50);
    assert_same(&again, &exported);
    // The schedule has nothing to deliver of the import.
    assert!(sql(&second, "SELECT 1 FROM deliveries").is_empty());
}

/// What is sealed is in no file, and the file says what has to be set again.
#[test]
fn a_file_names_what_has_to_be_set_again() {
    let world = World::demo();
    lamp(&world);
    let with = export(&world, "root", "lamp", "&secrets=true", 100);
    let without = export(&world, "ada", "lamp", "", 100);
    let again =
        |lines: &[Value], kind: &str, name: &str| find(lines, kind, name)["setAgain"].clone();
    for (kind, name, lost, kept) in [
        ("user", "ada", json!(["password"]), Value::Null),
        ("application", "lamp-app", json!(["clientSecret"]), Value::Null),
        ("key", "bo-key", json!(["accessSecret"]), Value::Null),
        ("invitation", "guests", json!(["code"]), Value::Null),
        ("provider", "github", json!(["clientSecret"]), json!(["clientSecret"])),
        ("webhook", "audit", json!(["secret"]), json!(["secret"])),
        ("team", "top", Value::Null, Value::Null),
    ] {
        assert_eq!(again(&without, kind, name), lost, "{kind}");
        assert_eq!(again(&with, kind, name), kept, "{kind}");
    }
    let columns = "SELECT sealed_secrets AS it FROM providers UNION ALL \
                   SELECT sealed_secret FROM webhooks";
    for row in sql(&world, columns) {
        let sealed = row["it"].as_str().unwrap();
        let text: String = with.iter().map(Value::to_string).collect();
        assert!(!sealed.is_empty() && !text.contains(sealed.trim_matches(['{', '}'])));
    }
    let report = import(&World::demo(), "root", "lamp", "", &with).ok();
    let notes: Vec<&str> = (report["lines"].as_array().unwrap().iter())
        .filter_map(|line| line["note"].as_str())
        .collect();
    assert_eq!(notes, ["set again: clientSecret", "set again: secret"]);
}

/// An agent goes out as one and comes back as one: bound to its person, with the same id.
#[test]
fn an_agent_comes_back_as_one_that_a_person_answers_for() {
    let (first, second) = (World::demo(), World::demo());
    lamp(&first);
    let exported = export(&first, "root", "lamp", "&secrets=true", 100);
    let users = exported.iter().filter(|line| line["kind"] == "user");
    assert!(users.into_iter().all(|line| line["object"]["name"] != "lamp-bot"));
    import(&second, "root", "lamp", "", &exported).ok();
    let agent = "SELECT agents.user_id, sponsor_id, users.type FROM agents \
                 JOIN users ON users.id = agents.user_id WHERE agents.name = 'lamp-bot'";
    assert_eq!(sql(&second, agent), sql(&first, agent));
    assert_eq!(sql(&second, agent)[0]["type"], "service-account");
    // The keys of an agent have lines of their own: the import makes none besides.
    let keys = "SELECT count(*) AS count FROM keys WHERE owner = 'lamp' AND state <> 'Revoked'";
    assert_eq!(sql(&second, keys), sql(&first, keys));
    // One that is not active stays out.
    sql(&first, "UPDATE agents SET expires_at = 1");
    let exported = export(&first, "root", "lamp", "", 100);
    assert!(exported.iter().all(|line| line["kind"] != "service-account"));
}

/// A code that was sent to a person can be used after a move, and one that was used up cannot.
#[test]
fn an_invitation_that_ended_stays_out_and_a_code_goes_on_working() {
    let (first, second) = (World::demo(), World::demo());
    lamp(&first);
    let made = json!({"owner": "lamp", "name": "open", "quota": 2});
    let code = first.post("/v1/iam/invitations").of("root").json(&made).send().ok()["code"].clone();
    for name in ["used", "ended", "late"] {
        let made = json!({"owner": "lamp", "name": name});
        first.post("/v1/iam/invitations").of("root").json(&made).send().ok();
    }
    sql(&first, "UPDATE invitations SET used_count = 1 WHERE name IN ('used', 'open')");
    sql(&first, "UPDATE invitations SET state = 'Ended' WHERE name = 'ended'");
    sql(&first, "UPDATE invitations SET expires_at = 1 WHERE name = 'late'");
    let exported = export(&first, "root", "lamp", "&secrets=true", 100);
    for name in ["used", "ended", "late"] {
        assert!(exported.iter().all(|line| line["object"]["name"] != name), "{name}");
    }
    import(&second, "root", "lamp", "", &exported).ok();
    let columns = "SELECT used_count, inviter, inviter_id FROM invitations WHERE name = 'open'";
    let (before, after) = (sql(&first, columns), sql(&second, columns));
    assert_eq!(after, before);
    let accept = json!({"owner": "lamp", "code": code});
    let token = crate::oauth::tokens(&second)["access_token"].as_str().unwrap().to_owned();
    sql(&second, "DELETE FROM memberships WHERE organization = 'lamp'");
    let call = second.post("/v1/iam/invitations/accept").bearer(&token).json(&accept);
    call.send().ok();
}

#[test]
fn an_export_without_secrets_has_none() {
    let world = World::demo();
    let key = lamp(&world);
    let all = export(&world, "ada", "lamp", "", 100);
    let text = format!("{all:?}");
    assert!(text.contains("bo-key") && text.contains("lamp-app"));
    for secret in ["argon2", "digest", "sealed", "a provider", key.as_str()] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(all.iter().all(|line| line.get("secrets").is_none_or(|it| it == false)));
    let path = "/v1/iam/organizations/admin/lamp/export?secrets=true";
    by(&world, world.get(path), "ada").send().refused(403);
}
