//! Who may set which member of a user, application, organization and key, one row a member; and that
//! an administrator touches no one who is more than itself (ATTACKS H-110, faults 11 and 12).

use hanzo_iam::core::token::Role;
use serde_json::{Value, json};

use crate::world::World;

const BOB: &str = "/v1/iam/users/hanzo/bob";

/// Who of these may make the change; each tries in a world of its own.
fn permitted(path: &str, change: &Value, callers: &[&str]) -> Vec<String> {
    let may = |caller: &&&str| {
        let world = World::demo();
        let application = json!({"owner": "hanzo", "organization": "hanzo", "name": "own"});
        world.post("/v1/iam/applications").of("root").json(&application).send().ok();
        let status = world.put(path).of(caller).json(change).send().status().as_u16();
        assert!([200, 403].contains(&status), "{path} {change} by {caller}: {status}");
        status == 200
    };
    callers.iter().filter(may).map(|caller| (*caller).to_owned()).collect()
}

/// Bob himself, alice who administers his organization, root of the platform; dave, an administrator
/// elsewhere, never.
const CALLERS: [&str; 4] = ["bob", "alice", "root", "dave"];

#[test]
fn each_member_of_a_user_is_set_by_those_who_may() {
    let (own, administrators) = (vec!["bob", "alice", "root"], vec!["alice", "root"]);
    for (change, expected) in [
        (json!({"displayName": "x"}), &own),
        (json!({"avatar": "https://x.example/y.png"}), &own),
        (json!({"bio": "x"}), &own),
        (json!({"birthday": "2000-01-01"}), &own),
        (json!({"email": "x@y.example"}), &administrators),
        (json!({"emailVerified": false}), &administrators),
        (json!({"phone": "+1 555 0100"}), &administrators),
        (json!({"type": "service-account"}), &administrators),
        (json!({"isAdmin": true}), &administrators),
        (json!({"isForbidden": true}), &administrators),
        (json!({"externalId": "x"}), &administrators),
        (json!({"password": "a new password"}), &administrators),
        (json!({"properties": {"plan": "unlimited"}}), &administrators),
        (json!({"tag": "staff"}), &administrators),
        (json!({"needUpdatePassword": true}), &administrators),
        (json!({"signupApplication": "x"}), &administrators),
        (json!({"anythingElse": true}), &administrators),
    ] {
        assert_eq!(permitted(BOB, &change, &CALLERS), **expected, "{change}");
    }
}

#[test]
fn each_member_of_an_application_is_set_by_those_who_may() {
    let (administrators, platform) = (vec!["alice", "root"], vec!["root"]);
    for (change, expected) in [
        (json!({"displayName": "x"}), &administrators),
        (json!({"redirectUris": ["https://x.example/cb"]}), &administrators),
        (json!({"postLogoutRedirectUris": ["https://x.example/"]}), &administrators),
        (json!({"grantTypes": ["client_credentials"]}), &administrators),
        (json!({"scopes": ["x"]}), &administrators),
        (json!({"isDisabled": true}), &administrators),
        (json!({"enablePassword": false}), &administrators),
        (json!({"tokenSigningMethod": "RS256"}), &administrators),
        (json!({"expireInHours": 2}), &administrators),
        (json!({"clientSecret": "a-secret-of-24-characters"}), &administrators),
        (json!({"logo": "https://x.example/y.png"}), &administrators),
        (json!({"isShared": true}), &platform),
        (json!({"capabilities": ["directory"]}), &platform),
        (json!({"resources": ["https://api.x.example"]}), &platform),
        (json!({"platform": true}), &platform),
        (json!({"orgChoiceMode": "Select"}), &platform),
    ] {
        let path = "/v1/iam/applications/hanzo/own";
        assert_eq!(permitted(path, &change, &CALLERS), **expected, "{change}");
    }
}

#[test]
fn each_member_of_an_organization_is_set_by_those_who_may() {
    let (administrators, platform) = (vec!["alice", "root"], vec!["root"]);
    for (change, expected) in [
        (json!({"displayName": "x"}), &administrators),
        (json!({"logo": "https://x.example/y.png"}), &administrators),
        (json!({"tags": ["x"]}), &administrators),
        (json!({"isDisabled": true}), &platform),
        (json!({"disableSignin": true}), &platform),
        (json!({"platform": true}), &platform),
        (json!({"isPersonal": true}), &platform),
        (json!({"dcrPolicy": "open"}), &platform),
        (json!({"hasPrivilegeConsent": true}), &platform),
        (json!({"quotas": {"users": 1_000_000}}), &platform),
    ] {
        let path = "/v1/iam/organizations/admin/hanzo";
        assert_eq!(permitted(path, &change, &CALLERS), **expected, "{change}");
    }
}

#[test]
fn each_member_of_a_key_is_set_by_those_who_may() {
    let (own, administrators) = (vec!["bob", "alice", "root"], vec!["alice", "root"]);
    for (change, expected) in [
        (json!({"displayName": "x"}), &own),
        (json!({"state": "Disabled"}), &own),
        (json!({"state": "Revoked"}), &own),
        (json!({"scope": "read:*"}), &own),
        (json!({"rate": 5}), &own),
        (json!({"budget": {"month": 5}}), &own),
        (json!({"expireTime": "2030-01-01T00:00:00Z"}), &own),
        (json!({"act": true}), &administrators),
    ] {
        // a key that is not the one that is presented
        let world = World::demo();
        let mut may = Vec::new();
        for caller in CALLERS {
            let name = format!("of-{caller}");
            world.post("/v1/iam/keys").of("bob").json(&json!({"name": name})).send().ok();
            let path = format!("/v1/iam/keys/hanzo/{name}");
            if world.put(&path).of(caller).json(&change).send().status() == 200 {
                may.push(caller);
            }
        }
        assert_eq!(may, **expected, "{change}");
    }
}

/// A member that says who has limited what is written by this server alone.
#[test]
fn restrictions_are_not_a_member_to_set() {
    let world = World::demo();
    let sent = json!({"restrictions": {"isForbidden": "platform", "state": "platform"}});
    for path in [BOB, "/v1/iam/keys/hanzo/bob", "/v1/iam/applications/acme/acme-app"] {
        let answer = world.put(path).of("root").json(&sent).send().ok();
        assert!(answer.get("restrictions").is_none(), "{answer}");
    }
}

/// ATTACKS H-110: no route changes a user who administers something that the caller does not.
#[test]
fn an_administrator_changes_no_user_who_has_more_roles_elsewhere() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Admin);
    world.post("/v1/iam/keys").of("bob").json(&json!({"name": "second"})).send().ok();
    let second = "/v1/iam/keys/hanzo/second";
    for change in [
        json!({"displayName": "x"}),
        json!({"email": "x@y.example"}),
        json!({"phone": "+1 555 0100"}),
        json!({"isForbidden": true}),
        json!({"isAdmin": true}),
        json!({"type": "service-account"}),
        json!({"externalId": "x"}),
        json!({"tag": "x"}),
        json!({"password": "a new password"}),
    ] {
        let why = world.put(BOB).of("alice").json(&change).send().refused(403);
        assert_eq!(why["error"], "the user administers more than this credential does");
    }
    for change in [json!({"state": "Disabled"}), json!({"rate": 1}), json!({"displayName": "x"})] {
        world.put(second).of("alice").json(&change).send().refused(403);
    }
    world.delete(second).of("alice").send().refused(403);
    world.put(second).of("alice").json(&json!({"state": "Revoked"})).send().refused(403);
    world.delete(BOB).of("alice").send().refused(403);
    let set = json!({"userOwner": "hanzo", "userName": "bob", "newPassword": "a new password"});
    world.post("/v1/iam/set-password").of("alice").json(&set).send().refused(403);
    // to read is no change, the person may, and so may the platform
    world.get(BOB).of("alice").send().ok();
    world.put(second).of("bob").json(&json!({"state": "Disabled"})).send().ok();
    world.put(BOB).of("root").json(&json!({"isForbidden": true})).send().ok();
    world.delete(BOB).of("root").send().ok();
}

/// ATTACKS H-110: a delegated administrator gives no role beyond its own organization, and joins
/// none.
#[test]
fn a_delegated_administrator_gives_no_role_above_its_own() {
    let world = World::demo();
    for owner in ["admin", "acme"] {
        let user = json!({"owner": owner, "name": "mallory", "isAdmin": true});
        world.post("/v1/iam/users").of("alice").json(&user).send().refused(403);
    }
    let organization = json!({"name": "mine", "founder": "hanzo/alice"});
    world.post("/v1/iam/organizations").of("alice").json(&organization).send().refused(403);
    for member in ["orgs", "roles", "permissions", "groups", "applicationScopes"] {
        let change = json!({member: [{"org": "admin", "role": "owner"}]});
        let answer = world.put(BOB).of("alice").json(&change).send().ok();
        assert!(answer.get(member).is_none(), "{answer}");
    }
    let moved = json!({"owner": "admin"});
    world.put(BOB).of("alice").json(&moved).send().refused(400);
    let moved = json!({"owner": "admin", "organization": "admin"});
    world.put("/v1/iam/applications/acme/acme-app").of("dave").json(&moved).send().refused(400);
}

/// The names of the members of an object, as often as they occur.
struct Members(Vec<String>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> serde::de::Visitor<'de> for Names {
            type Value = Vec<String>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Vec<String>, A::Error> {
                let mut names = Vec::new();
                while let Some((name, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                    names.push(name);
                }
                Ok(names)
            }
        }

        deserializer.deserialize_map(Names).map(Self)
    }
}

/// What only this server writes does not become an attribute beside the member of that name.
#[test]
fn a_view_that_is_written_back_has_no_member_twice() {
    let world = World::demo();
    let times = ["createdTime", "updatedTime", "lastSigninTime", "revokeTime", "usedTime"];
    let others =
        ["id", "trust", "prefix", "lastFour", "spend", "creator", "revoker", "exposedTime"];
    for path in [
        BOB,
        "/v1/iam/organizations/admin/acme",
        "/v1/iam/applications/acme/acme-app",
        "/v1/iam/keys/hanzo/bob",
    ] {
        let mut view = world.get(path).of("root").send().ok();
        for name in times.into_iter().chain(others) {
            view[name] = json!("x");
        }
        world.put(path).of("root").json(&view).send().ok();
        let text = world.get(path).of("root").send().text();
        let Members(mut names) = serde_json::from_str(&text).unwrap();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "{path}: {text}");
    }
}
