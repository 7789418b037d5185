//! Bulk requests (RFC 7644 §3.7).

use http::Method;
use serde_json::{Value, json};

use super::{ENTERPRISE, error, get, id, send};
use crate::world::World;

fn bulk(world: &World, operations: &Value, fail_on_errors: Option<u32>) -> Vec<Value> {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "failOnErrors": fail_on_errors, "Operations": operations,
    });
    let answer = send(world, Method::POST, "/Bulk", &body).ok();
    assert_eq!(answer["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
    answer["Operations"].as_array().unwrap().clone()
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["status"].as_str().unwrap()).collect()
}

fn post(bulk_id: &str, user: &Value) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": user})
}

#[test]
fn operations_are_done_and_told_of_in_order() {
    let world = World::demo();
    let bob = id(&world, "hanzo", "bob");
    let results = bulk(
        &world,
        &json!([
            post("a", &json!({"userName": "a"})),
            {"method": "PATCH", "path": format!("/Users/{bob}"), "version": "W/\"0\"", "data": {
                "Operations": [{"op": "replace", "path": "title", "value": "x"}]}},
            {"method": "PUT", "path": format!("/Users/{bob}"), "version": "W/\"0\"", "data": {"userName": "bob"}},
            {"method": "DELETE", "path": format!("/Users/{bob}")},
            {"method": "DELETE", "path": "/Users/nobody"},
            {"method": "DELETE", "path": "/Nothing/x"},
        ]),
        None,
    );
    assert_eq!(statuses(&results), ["201", "200", "412", "204", "404", "404"]);
    assert_eq!((&results[0]["bulkId"], &results[0]["version"]), (&json!("a"), &json!("W/\"0\"")));
    let location = results[0]["location"].as_str().unwrap();
    get(&world, location.split("/scim/v2").nth(1).unwrap()).ok();
    assert_eq!(results[2]["response"]["status"], "412");
    error(&get(&world, &format!("/Users/{bob}")), 404, None);
}

#[test]
fn after_so_many_errors_the_rest_is_left_undone() {
    let world = World::demo();
    let results = bulk(
        &world,
        &json!([
            post("a", &json!({"userName": "bob"})),
            post("b", &json!({"userName": "b"})),
            post("c", &json!({})),
            post("d", &json!({"userName": "d"})),
        ]),
        Some(2),
    );
    assert_eq!(statuses(&results), ["409", "201", "400"]);
    assert_eq!(results[0]["response"]["scimType"], "uniqueness");
    assert_eq!(get(&world, "/Users").ok()["totalResults"], 3);
}

/// RFC 7644 §3.7.2, in each order.
#[test]
fn an_operation_waits_for_what_it_refers_to() {
    let world = World::demo();
    let managed = |name: &str, manager: &str| json!({"userName": name, ENTERPRISE: {"manager": {"value": format!("bulkId:{manager}")}}});
    let results = bulk(
        &world,
        &json!([
            post("a", &managed("a", "b")),
            post("b", &json!({"userName": "b"})),
            {"method": "PATCH", "path": "/Users/bulkId:a", "data": {
                "Operations": [{"op": "add", "path": "title", "value": "x"}]}},
        ]),
        None,
    );
    assert_eq!(statuses(&results), ["201", "201", "200"]);
    let user = |at: usize| {
        let location = results[at]["location"].as_str().unwrap();
        get(&world, location.split("/scim/v2").nth(1).unwrap()).ok()
    };
    assert_eq!(user(0)[ENTERPRISE]["manager"]["value"], user(1)["id"]);
    assert_eq!(user(0)["title"], "x");
}

/// ATTACKS H-113: circles end.
#[test]
fn references_in_a_circle_or_to_nothing_are_refused() {
    let world = World::demo();
    let managed = |name: &str, manager: &str| json!({"userName": name, ENTERPRISE: {"manager": {"value": format!("bulkId:{manager}")}}});
    let results = bulk(
        &world,
        &json!([
            post("a", &managed("a", "b")),
            post("b", &managed("b", "a")),
            post("c", &managed("c", "c")),
            post("d", &managed("d", "nothing")),
            post("e", &json!({"userName": "e"})),
        ]),
        None,
    );
    assert_eq!(statuses(&results), ["400", "400", "400", "400", "201"]);
    assert_eq!(results[3]["response"]["scimType"], "invalidValue");
}

#[test]
fn a_bulk_request_is_bounded() {
    let world = World::demo();
    let many: Vec<Value> =
        (0..51).map(|n| post(&n.to_string(), &json!({"userName": format!("u{n}")}))).collect();
    let body = |operations: Vec<Value>| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    error(&send(&world, Method::POST, "/Bulk", &body(many)), 400, Some("tooMany"));
    let passwords: Vec<Value> = (0..11)
        .map(|n| {
            post(
                &n.to_string(),
                &json!({"userName": format!("u{n}"), "Password": "a long password"}),
            )
        })
        .collect();
    error(&send(&world, Method::POST, "/Bulk", &body(passwords)), 400, Some("tooMany"));
    assert_eq!(get(&world, "/Users").ok()["totalResults"], 2);
}
