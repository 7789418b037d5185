//! Organizations and applications under `/v1/iam` (WIRE §5, §7).

use serde_json::{Value, json};

use crate::world::{CLOUD_SECRET, World};

const CLOUD: &str = "/v1/iam/applications/admin/hanzo-cloud";

fn application(name: &str) -> Value {
    json!({
        "owner": "hanzo", "name": name, "organization": "hanzo",
        "redirectUris": ["https://portal.example/callback"],
        "grantTypes": ["authorization_code", "refresh_token", "client_credentials"],
    })
}

#[test]
fn the_secret_of_an_application_is_shown_once_and_blank_ever_after() {
    let world = World::demo();
    let post = world.post("/v1/iam/applications").of("alice").json(&application("portal"));
    let made = post.send().ok();
    let secret = made["clientSecret"].as_str().unwrap().to_owned();
    assert_eq!((made["clientId"].as_str(), secret.len()), (Some("hanzo-portal"), 46));
    let path = "/v1/iam/applications/hanzo/portal";
    let read = world.get(path).of("alice").send().ok();
    assert_eq!(read["clientSecret"], "***");
    // ATTACKS E-81: what was read and is written back changes nothing
    let back = world.put(path).of("alice").json(&read).send().ok();
    assert_eq!(back["clientSecret"], "***");
    world.get("/v1/iam/organizations").basic("hanzo-portal", &secret).send().ok();
    let new = json!({"clientSecret": "a-new-secret-of-some-length"});
    world.put(path).of("alice").json(&new).send().ok();
    world.get("/v1/iam/organizations").basic("hanzo-portal", &secret).send().refused(401);
    let weak = json!({"clientSecret": "weak"});
    world.put(path).of("alice").json(&weak).send().refused(400);
}

#[test]
fn what_only_the_platform_decides_takes_its_administrator() {
    let world = World::demo();
    for (member, value) in [
        ("owner", json!("admin")),
        ("isShared", json!(true)),
        ("capabilities", json!(["directory"])),
        ("resources", json!(["https://api.hanzo.ai"])),
        ("organization", json!("acme")),
        ("platform", json!(true)),
    ] {
        let mut sent = application("portal");
        sent[member] = value;
        let answer = world.post("/v1/iam/applications").of("alice").json(&sent).send();
        answer.refused(403);
    }
    let mut sent = application("portal");
    for client_id in ["portal", "acme-portal", "hanzo-a-org-b"] {
        sent["clientId"] = json!(client_id);
        world.post("/v1/iam/applications").of("alice").json(&sent).send().refused(400);
    }
    for change in [json!({"capabilities": []}), json!({"isShared": true})] {
        world.put(CLOUD).of("alice").json(&change).send().refused(403);
    }
}

/// ATTACKS C-39; RFC 9700 §2.1.
#[test]
fn a_registration_that_could_not_be_enforced_is_refused() {
    let world = World::demo();
    for (member, value) in [
        ("name", json!("a/b")),
        ("redirectUris", json!(["https://*.example/callback"])),
        ("redirectUris", json!(["http://portal.example/callback"])),
        ("redirectUris", json!(["javascript:alert(1)"])),
        ("redirectUris", json!("https://portal.example/callback")),
        ("grantTypes", json!(["implicit"])),
        ("tokenSigningMethod", json!("none")),
        ("tokenSigningMethod", json!("HS256")),
        ("expireInHours", json!(1000)),
        ("refreshExpireInHours", json!(0.5)),
        ("public", json!(true)), // with client_credentials
        ("scopes", json!(["a b"])),
    ] {
        let mut sent = application("portal");
        sent[member] = value;
        let answer = world.post("/v1/iam/applications").of("alice").json(&sent).send();
        answer.refused(400);
    }
}

#[test]
fn a_client_id_belongs_to_one_application_everywhere() {
    let world = World::demo();
    let mut sent = application("portal");
    world.post("/v1/iam/applications").of("alice").json(&sent).send().ok();
    sent["name"] = json!("portal2");
    sent["clientId"] = json!("hanzo-portal");
    world.post("/v1/iam/applications").of("alice").json(&sent).send().refused(409);
    let change = json!({"clientId": "hanzo-other"});
    world.put("/v1/iam/applications/hanzo/portal").of("alice").json(&change).send().refused(400);
}

#[test]
fn a_new_first_party_client_is_an_audience_at_once_and_a_deleted_one_no_longer() {
    let world = World::demo();
    let audiences = || {
        let text = pollster::block_on(world.origin.snapshots.get("edge")).unwrap().unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["audiences"].to_string()
    };
    let mut sent = application("portal");
    sent["owner"] = json!("admin");
    sent["isFirstParty"] = json!(true);
    world.post("/v1/iam/applications").of("root").json(&sent).send().ok();
    assert!(audiences().contains("\"hanzo-portal\""));
    world.delete("/v1/iam/applications/admin/portal").of("root").send().ok();
    assert!(!audiences().contains("\"hanzo-portal\""));
}

#[test]
fn an_application_of_another_organization_looks_like_none() {
    let world = World::demo();
    world.get(CLOUD).of("dave").send().refused(404);
    world.get(CLOUD).of("bob").send().refused(404);
    world.get("/v1/iam/applications/admin/nothing").of("dave").send().refused(404);
    let list = world.get("/v1/iam/applications?owner=admin").of("alice").send().ok();
    let names: Vec<_> = list["applications"].as_array().unwrap().iter().collect();
    assert_eq!(names.len(), 2);
    assert!(names.iter().all(|application| application["organization"] == "hanzo"));
    let list = world.get("/v1/iam/applications?owner=admin").of("dave").send().ok();
    assert_eq!(list["applications"], json!([]));
    world.get("/v1/iam/applications").of("bob").send().refused(403);
}

#[test]
fn a_client_without_a_capability_only_proves_who_it_is() {
    let world = World::demo();
    for path in ["/v1/iam/users", "/v1/iam/keys", "/v1/iam/applications"] {
        world.get(path).basic("acme-app", crate::world::ACME_SECRET).send().refused(403);
        world.get(path).basic("hanzo-cloud", CLOUD_SECRET).send().ok();
    }
    let other = "/v1/iam/users?owner=acme";
    world.get(other).basic("hanzo-cloud", CLOUD_SECRET).send().refused(403);
    world.put(CLOUD).of("root").json(&json!({"isDisabled": true})).send().ok();
    world.get("/v1/iam/users").basic("hanzo-cloud", CLOUD_SECRET).send().refused(401);
}

#[test]
fn members_of_an_application_that_no_code_reads_round_trip_without_secrets() {
    let world = World::demo();
    let change = json!({
        "logo": "https://cdn.example/logo.png", "scopes": [{"name": "orders", "description": "x"}],
        "providers": [{"name": "github", "canSignIn": true, "provider": {"clientSecret": "s3"}}],
    });
    let changed = world.put(CLOUD).of("root").json(&change).send().ok();
    assert_eq!(changed["scopes"], change["scopes"]);
    assert_eq!(
        changed["providers"],
        json!([{"name": "github", "canSignIn": true, "provider": {}}])
    );
}

#[test]
fn an_organization_is_made_changed_and_deleted_by_whom_it_may() {
    let world = World::demo();
    let sent = json!({"name": "lux", "displayName": "Lux", "websiteUrl": "https://lux.id"});
    let post = |who: &str| world.post("/v1/iam/organizations").of(who).json(&sent).send();
    post("alice").refused(403);
    let made = post("root").ok();
    assert_eq!((&made["owner"], &made["name"]), (&json!("admin"), &json!("lux")));
    post("root").refused(409);
    let path = "/v1/iam/organizations/admin/lux";
    world.put(path).of("alice").json(&json!({"displayName": "x"})).send().refused(403);
    let own = "/v1/iam/organizations/admin/hanzo";
    world.put(own).of("bob").json(&json!({"displayName": "x"})).send().refused(403);
    world.put(own).of("alice").json(&json!({"displayName": "Hanzo AI"})).send().ok();
    for change in [json!({"platform": true}), json!({"isPersonal": true})] {
        world.put(own).of("alice").json(&change).send().refused(403);
    }
    world.delete(path).of("alice").send().refused(403);
    assert_eq!(world.delete(path).of("root").send().ok(), json!({"affected": true}));
    world.get(path).of("root").send().refused(404);
}

/// ATTACKS H-109: Zitadel CVE-2026-55670.
#[test]
fn the_name_of_a_deleted_organization_is_not_given_again_by_accident() {
    let world = World::demo();
    let post =
        || world.post("/v1/iam/organizations").of("root").json(&json!({"name": "lux"})).send();
    let before = post().ok();
    world.delete("/v1/iam/organizations/admin/lux").of("root").send().ok();
    post().refused(409);
    let tombstone = "/v1/iam/organizations/tombstones/admin/lux";
    assert_eq!(world.get(tombstone).of("root").send().ok()["id"], before["id"]);
    world.get(tombstone).of("alice").send().refused(403);
    assert_eq!(world.delete(tombstone).of("root").send().ok(), json!({"released": true}));
    assert_ne!(post().ok()["id"], before["id"]);
}

#[test]
fn an_organization_with_people_in_it_and_the_platforms_own_are_not_deleted() {
    let world = World::demo();
    for name in ["acme", "admin"] {
        let path = format!("/v1/iam/organizations/admin/{name}");
        world.delete(&path).of("root").send().refused(409);
    }
    for name in ["built-in", "iam"] {
        let sent = json!({ "name": name });
        world.post("/v1/iam/organizations").of("root").json(&sent).send().refused(409);
    }
    let sent = json!({"name": "Not A Slug"});
    world.post("/v1/iam/organizations").of("root").json(&sent).send().refused(400);
}

#[test]
fn organizations_are_listed_by_pages_and_only_ones_own() {
    let world = World::demo();
    let names = |path: &str, who: &str| {
        let answer = world.get(path).of(who).send().ok();
        let list = answer["organizations"].as_array().unwrap();
        let names: Vec<_> = list.iter().map(|o| o["name"].as_str().unwrap().to_owned()).collect();
        (names.join(" "), answer["cursor"].as_str().unwrap().to_owned())
    };
    let own = ("hanzo".to_owned(), String::new());
    assert_eq!(names("/v1/iam/organizations?owner=admin", "bob"), own);
    let first = names("/v1/iam/organizations?limit=2", "root");
    assert_eq!(first.0, "acme admin");
    let rest = names(&format!("/v1/iam/organizations?limit=2&cursor={}", first.1), "root");
    assert_eq!(rest, own);
    assert_eq!(names("/v1/iam/organizations?q=ACM", "root").0, "acme");
}

#[test]
fn partial_endpoints_change_only_their_members() {
    let world = World::demo();
    let sent = json!({"owner": "admin", "name": "hanzo", "emoji": "🥷", "isDisabled": true});
    let post = |path: &str| world.post(path).of("alice").json(&sent).send().ok();
    let changed = post("/v1/iam/organizations/avatar");
    assert_eq!((&changed["emoji"], &changed["isDisabled"]), (&json!("🥷"), &json!(false)));
}
