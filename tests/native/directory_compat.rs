//! Older spellings (WIRE §4.7): what published Python clients call.

use serde_json::json;

use crate::world::{CLOUD_SECRET, World};

fn with_client(path: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    format!("{path}{mark}clientId=hanzo-cloud&clientSecret={CLOUD_SECRET}")
}

/// From the Python index: `hanzo-iam` 1.30.2, `client.py` and `routes.py`.
#[test]
fn the_administration_of_the_python_sdk_works() {
    let world = World::demo();
    let get = |path: &str| world.get(&with_client(path)).send().ok();
    let post = |path: &str, body| world.post(&with_client(path)).json(&body).send().ok();
    assert_eq!(get("/v1/iam/users?owner=hanzo")["total"], 2);
    assert_eq!(get("/v1/iam/users/get?id=hanzo/bob")["name"], "bob");
    assert_eq!(get("/v1/iam/application?id=hanzo/hanzo-cloud")["clientId"], "hanzo-cloud");
    assert_eq!(get("/v1/iam/applications?owner=admin")["applications"][0]["name"], "hanzo-app");
    assert_eq!(get("/v1/iam/organizations/get?id=admin/hanzo")["displayName"], "Hanzo");
    assert_eq!(get("/v1/iam/organizations?owner=admin")["organizations"][0]["name"], "hanzo");
    // its model of a user, as `model_dump(by_alias=True, exclude_none=True)` writes it
    let user = json!({
        "owner": "hanzo", "name": "zoe", "displayName": "Zoe", "email": "zoe@hanzo.example",
        "isAdmin": false, "isDeleted": false, "isForbidden": false, "isOnline": false,
        "password": "a long password", "emailVerified": false, "phoneVerified": false,
        "balance": 0.0, "score": 0, "karma": 0, "ranking": 0, "roles": [], "permissions": [],
        "groups": [], "properties": {},
    });
    let affected = json!({"status": "ok", "msg": "", "data": "Affected", "data2": null});
    assert_eq!(post("/v1/iam/add-user", user.clone()), affected);
    assert_eq!(post("/v1/iam/add-user", user.clone())["status"], "error");
    let mut read = get("/v1/iam/users/get?id=hanzo/zoe");
    read["displayName"] = json!("Zoë");
    assert_eq!(post("/v1/iam/update-user", read), affected);
    assert_eq!(get("/v1/iam/users/get?id=hanzo/zoe")["displayName"], "Zoë");
    let password = json!({
        "userOwner": "hanzo", "userName": "zoe", "oldPassword": "", "newPassword": "another one",
    });
    assert_eq!(post("/v1/iam/set-password", password)["status"], "ok");
    assert_eq!(post("/v1/iam/delete-user", user), affected);
    world.get(&with_client("/v1/iam/users/get?id=hanzo/zoe")).send().refused(404);
    let portal = json!({"owner": "hanzo", "organization": "hanzo", "name": "hanzo-portal"});
    world.post("/v1/iam/applications").of("alice").json(&portal).send().ok();
    let mut application = get("/v1/iam/application?id=hanzo/hanzo-portal");
    application["description"] = json!("the cloud");
    application["refreshExpireInHours"] = json!(0);
    assert_eq!(post("/v1/iam/update-application", application), affected);
    let application = get("/v1/iam/application?id=hanzo/hanzo-portal");
    assert_eq!(application["description"], "the cloud");
}

/// From the Python index: `hanzoai-iam` 1.1.2, `hanzo` 0.4.4.
#[test]
fn the_first_generation_gets_its_envelope() {
    let world = World::demo();
    let get = |path: &str| world.get(path).of("alice").send().ok();
    let users = get("/api/get-users?owner=hanzo");
    assert_eq!((&users["status"], &users["data2"]), (&json!("ok"), &json!(2)));
    assert_eq!(users["data"][1]["name"], "bob");
    assert_eq!(get("/api/get-user?id=hanzo/bob")["data"]["name"], "bob");
    assert_eq!(get("/api/get-user-count?owner=hanzo")["data"], 2);
    assert_eq!(get("/api/get-organizations?owner=admin")["data"][0]["name"], "hanzo");
    assert_eq!(get("/api/get-organization?id=admin/hanzo")["data"]["name"], "hanzo");
    assert_eq!(get("/api/get-application?id=admin/hanzo-cloud")["data"]["clientSecret"], "***");
    let user = json!({"user": {"owner": "hanzo", "name": "zoe"}});
    let post = |path: &str| world.post(path).of("alice").json(&user).send().ok();
    assert_eq!(post("/api/add-user")["data"], "Affected");
    assert_eq!(post("/api/delete-user")["data"], "Affected");
    let missing = post("/api/delete-user");
    assert_eq!(
        missing,
        json!({"status": "error", "msg": "not found", "data": null, "data2": null})
    );
}

#[test]
fn a_refused_caller_is_never_a_200() {
    let world = World::demo();
    let answer = world.get("/api/get-users?owner=hanzo").send();
    assert_eq!(answer.refused(401)["status"], "error");
    assert!(answer.header("www-authenticate").is_some());
    world.get("/api/get-users?owner=acme").of("alice").send().refused(403);
    let wrong = "/v1/iam/users?owner=hanzo&clientId=hanzo-cloud&clientSecret=wrong";
    world.get(wrong).send().refused(401);
}

/// ATTACKS A-28, D-62.
#[test]
fn a_secret_in_a_url_is_taken_only_where_it_must_be() {
    let world = World::demo();
    world.get(&with_client("/v1/iam/users?owner=hanzo")).of("alice").send().refused(400);
    world.get(&with_client("/v1/iam/users/hanzo/bob")).send().refused(401);
    world.delete(&with_client("/v1/iam/users/hanzo/bob")).send().refused(401);
    let user = json!({"name": "zoe"});
    world.post(&with_client("/v1/iam/users")).json(&user).send().refused(401);
}

#[test]
fn what_has_no_module_yet_is_a_json_404() {
    let world = World::demo();
    for path in ["/v1/iam/roles?owner=hanzo", "/v1/iam/providers?owner=admin", "/api/get-roles"] {
        let answer = world.get(path).of("root").send();
        assert_eq!(answer.refused(404)["status"], 404);
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}
