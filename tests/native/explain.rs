//! `POST /v1/iam/authority/explain`.

use serde_json::{Value, json};

use crate::{
    oauth::{allowed, code, payload, sql},
    world::{Answer, World},
};

fn explain(world: &World, who: &str, body: &Value) -> Answer {
    world.post("/v1/iam/authority/explain").of(who).json(body).send()
}

fn token_of_bob(world: &World) -> String {
    let code = code(world, allowed(world));
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "hanzo-app"),
        ("code", &code),
        ("redirect_uri", crate::browser::CALLBACK),
        ("code_verifier", crate::oauth::VERIFIER),
    ];
    let tokens = crate::oauth::post(world, &form).ok();
    tokens["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn an_administrator_learns_what_a_credential_may_do_and_what_removed_the_rest() {
    let world = World::demo();
    let claims = payload(&token_of_bob(&world));
    let answer = explain(&world, "alice", &json!({"token": claims["jti"]})).ok();
    assert_eq!(answer["subject"]["roles"], json!([{"org": "hanzo", "role": "member"}]));
    assert_eq!(answer["client"]["trust"], "first-party");
    assert_eq!(answer["authority"]["directory"], "open");
    assert_eq!(answer["resources"][0], json!({"path": "/v1/iam", "accepted": true}));
    assert_eq!(answer["resources"][1], json!({"path": "/v1/echo", "accepted": true}));
    assert_eq!(answer["cuts"], json!([]));
    let same = explain(&world, "alice", &json!({"grant": claims["gid"]})).ok();
    assert_eq!(same, answer);
}

#[test]
fn a_key_without_the_platform_mark_is_explained() {
    let world = World::demo();
    world.post("/v1/iam/keys").of("root").json(&json!({"name": "plain"})).send().ok();
    let id = world.get("/v1/iam/keys/admin/plain").of("root").send().ok()["id"].clone();
    let answer = explain(&world, "root", &json!({"key": id})).ok();
    assert_eq!(answer["authority"]["platform"], false);
    assert_eq!(answer["cuts"], json!([{"by": "credential", "what": "admin of admin"}]));
}

#[test]
fn a_credential_of_another_organization_or_of_none_does_not_exist() {
    let world = World::demo();
    let jti = payload(&token_of_bob(&world))["jti"].clone();
    for who in ["dave", "bob", "erin"] {
        explain(&world, who, &json!({"token": jti})).refused(404);
        explain(&world, who, &json!({"token": "unknown"})).refused(404);
    }
    explain(&world, "reader", &json!({"token": jti})).refused(403);
    explain(&world, "alice", &json!({"password": "x"})).refused(400);
    assert!(sql(&world, "SELECT 1 FROM grants").len() == 1);
}
