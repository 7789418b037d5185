//! Discovery, and the form of errors.

use http::Method;
use serde_json::{Value, json};

use super::{BASE, call, error, get, send};
use crate::world::World;

/// RFC 7644 §4: without a credential.
#[test]
fn discovery_is_read_without_a_credential() {
    let world = World::demo();
    let open = |path: &str| {
        let answer = world.get(&format!("{BASE}{path}")).send();
        assert_eq!(answer.header("content-type"), Some("application/scim+json"));
        answer.ok()
    };
    let config = open("/ServiceProviderConfig");
    for feature in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert_eq!(config[feature]["supported"], true, "{feature}");
    }
    let types = open("/ResourceTypes");
    let ids = |list: &Value| -> Vec<String> {
        let documents = list["Resources"].as_array().unwrap();
        documents.iter().map(|document| document["id"].as_str().unwrap().to_owned()).collect()
    };
    for id in ids(&types) {
        let resource_type = open(&format!("/ResourceTypes/{id}"));
        open(&format!("/Schemas/{}", resource_type["schema"].as_str().unwrap()));
    }
    let schemas = open("/Schemas");
    for id in ids(&schemas) {
        assert_eq!(open(&format!("/Schemas/{id}"))["id"], json!(id));
    }
    assert_eq!(schemas["totalResults"], json!(ids(&schemas).len()));
}

/// RFC 7644 §3.12: from the router, the caller, the path and the handler.
#[test]
fn every_error_has_the_form_of_scim() {
    let world = World::demo();
    error(&world.get(&format!("{BASE}/Users")).send(), 401, None);
    error(&world.get(&format!("{BASE}/Users")).bearer("hk-nonsense").send(), 401, None);
    error(&world.get(&format!("{BASE}/Users")).of("bob").send(), 403, None);
    error(&get(&world, "/Users/nobody"), 404, None);
    error(&get(&world, "/Nothing"), 404, None);
    error(&get(&world, "/Users/%ff"), 400, None);
    error(&world.get(&format!("{BASE}/Schemas/urn:nope")).send(), 404, None);
    error(&world.get(&format!("{BASE}/ResourceTypes/Nope")).send(), 404, None);
    error(&world.get(&format!("{BASE}/Schemas?filter=id+pr")).send(), 403, None);
    for path in ["/Users/.search", "/Bulk"] {
        error(&get(&world, path), 405, None);
    }
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let refused = call(&world, method, "/ServiceProviderConfig").send();
        assert_eq!(refused.header("allow"), Some("GET, HEAD"));
        error(&refused, 405, None);
    }
    let large = json!({"userName": "a", "displayName": "x".repeat(300 * 1024)});
    error(&send(&world, Method::POST, "/Users", &large), 413, None);
    assert_eq!(
        world.get(&format!("{BASE}/Users")).send().header("www-authenticate"),
        Some("Bearer realm=\"https://hanzo.id\"")
    );
}
