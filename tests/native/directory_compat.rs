//! Older spellings (WIRE §4.7): what published Python clients call.

use serde_json::json;

use crate::world::{CLOUD_SECRET, Call, World};

/// As the Python SDKs authenticate unless they have a bearer token.
fn with_client(path: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    format!("{path}{mark}clientId=hanzo-cloud&clientSecret={CLOUD_SECRET}")
}

fn of_cloud(call: Call<'_>) -> Call<'_> {
    call.basic("hanzo-cloud", CLOUD_SECRET)
}

/// From the Python index: `hanzo-iam` 1.30.2, `client.py` and `routes.py`.
#[test]
fn the_administration_of_the_python_sdk_works() {
    let world = World::demo();
    let get = |path: &str| of_cloud(world.get(path)).send().ok();
    let post = |path: &str, body| of_cloud(world.post(path)).json(&body).send().ok();
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
    of_cloud(world.get("/v1/iam/users/get?id=hanzo/zoe")).send().refused(404);
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
    let wrong = world.get("/api/get-users?owner=hanzo").basic("hanzo-cloud", "wrong");
    assert_eq!(wrong.send().refused(401)["status"], "error");
}

/// ATTACKS A-28, D-62: URLs are kept in logs. The text is the same for a right and a wrong secret.
#[test]
fn a_clients_secret_in_a_url_is_refused_in_words() {
    let world = World::demo();
    let why = "a client's secret must not be sent in the URL: send Authorization: Basic, or a bearer \
               token";
    for path in ["/v1/iam/users?owner=hanzo", "/v1/iam/users/get?id=hanzo/bob"] {
        for path in [with_client(path), format!("{path}&clientId=hanzo-cloud&clientSecret=wrong")] {
            assert_eq!(world.get(&path).send().refused(400)["error"], why);
            world.get(&path).of("alice").send().refused(400);
        }
    }
    let answer = world.get(&with_client("/api/get-users?owner=hanzo")).send().ok();
    assert_eq!((&answer["status"], &answer["msg"]), (&json!("error"), &json!(why)));
    let user = json!({"owner": "hanzo", "name": "zoe"});
    let answer = world.post(&with_client("/api/add-user")).json(&user).send().ok();
    assert_eq!((&answer["status"], &answer["msg"]), (&json!("error"), &json!(why)));
    world.delete(&with_client("/v1/iam/users/hanzo/bob")).of("alice").send().refused(400);
}
