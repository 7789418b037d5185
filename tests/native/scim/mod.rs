//! SCIM 2.0 under `/v1/iam/scim/v2` (RFC 7643, RFC 7644).

mod authority;
mod bulk;
mod clients;
mod groups;
mod lists;
mod me;
mod protocol;
pub mod trips;
mod users;

use http::Method;
use serde_json::{Value, json};

use crate::world::{Answer, Call, World};

pub const BASE: &str = "/v1/iam/scim/v2";
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A request of SCIM, by alice of hanzo.
pub fn call<'a>(world: &'a World, method: Method, path: &str) -> Call<'a> {
    world.call(method, &format!("{BASE}{path}")).of("alice")
}

/// A request with a body of the media type of SCIM.
pub fn send(world: &World, method: Method, path: &str, body: &Value) -> Answer {
    with_body(call(world, method, path), body).send()
}

pub fn with_body<'a>(mut call: Call<'a>, body: &Value) -> Call<'a> {
    call.request.body = body.to_string().into_bytes();
    call.header("content-type", "application/scim+json")
}

pub fn get(world: &World, path: &str) -> Answer {
    call(world, Method::GET, path).send()
}

pub fn post(world: &World, body: &Value) -> Answer {
    send(world, Method::POST, "/Users", body)
}

pub fn patch(world: &World, id: &str, operations: &Value) -> Answer {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations,
    });
    send(world, Method::PATCH, &format!("/Users/{id}"), &body)
}

/// The id of a user of the demo.
pub fn id(world: &World, owner: &str, name: &str) -> String {
    let user = world.get(&format!("/v1/iam/users/{owner}/{name}")).of("root").send().ok();
    user["id"].as_str().unwrap().to_owned()
}

/// The id of a new user.
pub fn created(world: &World, body: &Value) -> String {
    let user = post(world, body);
    user.refused(201)["id"].as_str().unwrap().to_owned()
}

/// The error of a refusal, once its form has been checked.
pub fn error(answer: &Answer, status: u16, scim_type: Option<&str>) -> String {
    let body = answer.refused(status);
    assert_eq!(answer.header("content-type"), Some("application/scim+json"));
    assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    assert_eq!(body["status"], status.to_string());
    assert_eq!(body["scimType"].as_str(), scim_type, "{body}");
    body["detail"].as_str().unwrap().to_owned()
}
