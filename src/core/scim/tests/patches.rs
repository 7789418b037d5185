use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    super::{ENTERPRISE_USER, GROUPS, Patch, ScimType, USERS},
    babs, object, patched,
};

const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";

fn changed(operations: &Value) -> Value {
    Value::Object(patched(babs(), operations).unwrap())
}

fn refused(operations: &Value) -> ScimType {
    patched(babs(), operations).unwrap_err().scim_type
}

fn group(members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    json!({"displayName": "Tour Guides", "members": members})
}

fn members(operation: &Value) -> Vec<String> {
    let mut resource = object(group(&["a", "b", "c"]));
    let body = object(json!({"Operations": [operation]}));
    Patch::read(&body).unwrap().apply(&GROUPS, &mut resource).unwrap();
    let members = resource.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
    members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect()
}

/// RFC 7644 §3.5.2.1.
#[test]
fn add_without_a_path_adds_what_its_object_has() {
    let user = changed(&json!([{"op": "add", "value": {
        "emails": [{"value": "b@x.example", "type": "other"}], "nickName": "Babs2",
    }}]));
    assert_eq!(user["emails"].as_array().unwrap().len(), 3);
    assert_eq!(user["nickName"], "Babs2");
}

/// RFC 7644 §3.5.2.1: a value that exists already is not added again.
#[test]
fn a_member_that_is_there_is_not_added_again() {
    let add = json!({"op": "add", "path": "members", "value": [
        {"value": "b", "display": "B", "$ref": "https://x/Users/b"}, {"value": "d"},
    ]});
    assert_eq!(members(&add), ["a", "b", "c", "d"]);
}

/// RFC 7644 §3.5.2.2.
#[test]
fn remove_takes_the_values_that_its_filter_chooses() {
    let one = json!({"op": "remove", "path": "members[value eq \"b\"]"});
    assert_eq!(members(&one), ["a", "c"]);
    assert!(members(&json!({"op": "remove", "path": "members"})).is_empty());
    let user = changed(&json!([
        {"op": "remove", "path": "emails[type eq \"work\" and value ew \"example.com\"]"},
        {"op": "remove", "path": "name.middleName"},
        {"op": "remove", "path": "addresses[type eq \"home\"].locality"},
    ]));
    assert_eq!(user["emails"], json!([{"value": "babs@jensen.org", "type": "home"}]));
    assert_eq!(user["name"]["middleName"], Value::Null);
    assert_eq!(
        user["addresses"][1],
        json!({"streetAddress": "456 Hollywood Blvd", "type": "home"})
    );
}

/// RFC 7644 §3.5.2.3.
#[test]
fn replace_changes_an_attribute_a_value_and_a_part_of_a_value() {
    let user = changed(&json!([
        {"op": "replace", "path": "addresses[type eq \"work\"]", "value": {
            "type": "work", "streetAddress": "911 Universal City Plaza", "primary": true}},
        {"op": "replace", "path": "addresses[type eq \"home\"].streetAddress", "value": "1010 Broadway Ave"},
        {"op": "replace", "path": "name", "value": {"givenName": "Barb"}},
        {"op": "replace", "path": "phoneNumbers", "value": [{"value": "1", "type": "fax"}]},
        {"op": "replace", "path": DEPARTMENT, "value": "Sales"},
        {"op": "replace", "value": {"title": "Guide"}},
    ]));
    let street =
        json!({"type": "work", "streetAddress": "911 Universal City Plaza", "primary": true});
    assert_eq!(user["addresses"][0], street);
    assert_eq!(user["addresses"][1]["streetAddress"], "1010 Broadway Ave");
    assert_eq!(
        (&user["name"]["givenName"], &user["name"]["familyName"]),
        (&json!("Barb"), &json!("Jensen"))
    );
    assert_eq!(user["phoneNumbers"], json!([{"value": "1", "type": "fax"}]));
    assert_eq!(user[ENTERPRISE_USER.id]["department"], "Sales");
    assert_eq!(user["title"], "Guide");
}

#[test]
fn there_is_one_primary_value_at_most() {
    let user = changed(
        &json!([{"op": "add", "path": "emails", "value": {"value": "n@x.example", "primary": true}}]),
    );
    assert_eq!(
        (&user["emails"][0]["primary"], &user["emails"][2]["primary"]),
        (&json!(false), &json!(true))
    );
    let user = changed(
        &json!([{"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}]),
    );
    assert_eq!(
        (&user["emails"][0]["primary"], &user["emails"][1]["primary"]),
        (&json!(false), &json!(true))
    );
    let two = json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]);
    assert_eq!(
        refused(&json!([{"op": "replace", "path": "emails", "value": two}])),
        ScimType::InvalidValue
    );
}

/// Entra ID: capitalized verbs, flags as text, paths as names, a manager as its id, and values that
/// a `Remove` names.
#[test]
fn the_requests_of_entra_id_are_read_as_they_are_meant() {
    let user = changed(&json!([
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Add", "path": "emails[type eq \"other\"].value", "value": "o@x.example"},
        {"op": "Replace", "value": {
            "name.givenName": "Barb",
            "emails[type eq \"work\"].value": "w@x.example",
            DEPARTMENT: "Sales",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager": "m-1",
            "notAnAttribute": 5, "id": "other", "meta": {"version": "x"},
        }},
    ]));
    assert_eq!(user["active"], false);
    assert_eq!(user["emails"][2], json!({"type": "other", "value": "o@x.example"}));
    assert_eq!(user["emails"][0]["value"], "w@x.example");
    assert_eq!(user["name"]["givenName"], "Barb");
    assert_eq!(user[ENTERPRISE_USER.id]["department"], "Sales");
    assert_eq!(user[ENTERPRISE_USER.id]["manager"], json!({"value": "m-1"}));
    assert_eq!(user["id"], babs()["id"]);
    let remove =
        json!({"op": "Remove", "path": "members", "value": [{"value": "a"}, {"value": "x"}]});
    assert_eq!(members(&remove), ["b", "c"]);
    assert_eq!(
        members(&json!({"op": "Add", "path": "members", "value": "d"})),
        ["a", "b", "c", "d"]
    );
    let blank = changed(&json!([{"op": "Replace", "path": "title", "value": ""}]));
    assert_eq!(blank["title"], Value::Null);
}

/// Okta: replaces without a path, whole groups included.
#[test]
fn the_requests_of_okta_are_read_as_they_are_meant() {
    let user = changed(&json!([{"op": "replace", "value": {"active": false}}]));
    assert_eq!(user["active"], false);
    let all =
        json!({"op": "replace", "path": "members", "value": [{"value": "x", "display": "X"}]});
    assert_eq!(members(&all), ["x"]);
    let named = json!({"op": "replace", "value": {"id": "abf4", "displayName": "New"}});
    assert_eq!(members(&named), ["a", "b", "c"]);
}

#[test]
fn what_cannot_be_changed_is_refused_with_its_keyword() {
    for (operations, expected) in [
        (json!([{"op": "replace", "path": "id", "value": "x"}]), ScimType::Mutability),
        (json!([{"op": "replace", "path": "meta.version", "value": "x"}]), ScimType::Mutability),
        (json!([{"op": "add", "path": "groups", "value": [{"value": "g"}]}]), ScimType::Mutability),
        (json!([{"op": "remove", "path": "userName"}]), ScimType::Mutability),
        (json!([{"op": "replace", "path": "userName", "value": ""}]), ScimType::InvalidValue),
        (
            json!([{"op": "replace", "path": "emails[type eq \"fax\"].value", "value": "x"}]),
            ScimType::NoTarget,
        ),
        (
            json!([{"op": "add", "path": "emails[type co \"fax\"].value", "value": "x"}]),
            ScimType::NoTarget,
        ),
        (json!([{"op": "remove"}]), ScimType::NoTarget),
        (json!([{"op": "replace", "path": "nope", "value": "x"}]), ScimType::InvalidPath),
        (json!([{"op": "replace", "path": "name.nope", "value": "x"}]), ScimType::InvalidPath),
        (
            json!([{"op": "replace", "path": "emails[type eq \"work\"", "value": "x"}]),
            ScimType::InvalidPath,
        ),
        (
            json!([{"op": "replace", "path": "emails[type eq \"work\"]value", "value": "x"}]),
            ScimType::InvalidPath,
        ),
        (json!([{"op": "replace", "path": "title[type pr]", "value": "x"}]), ScimType::InvalidPath),
        (
            json!([{"op": "replace", "path": "emails[bogus]", "value": "x"}]),
            ScimType::InvalidFilter,
        ),
        (json!([{"op": "replace", "path": "active", "value": "perhaps"}]), ScimType::InvalidValue),
        (json!([{"op": "replace", "path": "title", "value": ["x"]}]), ScimType::InvalidValue),
        (json!([{"op": "replace", "value": "x"}]), ScimType::InvalidValue),
        (json!([{"op": "add", "path": "title"}]), ScimType::InvalidValue),
        (json!([{"op": "move", "path": "title"}]), ScimType::InvalidSyntax),
        (json!([]), ScimType::InvalidSyntax),
        (json!({}), ScimType::InvalidSyntax),
    ] {
        assert_eq!(refused(&operations), expected, "{operations}");
    }
}

#[test]
fn operations_take_effect_together_or_not_at_all() {
    let mut user = babs();
    let body = object(json!({"Operations": [
        {"op": "replace", "path": "title", "value": "x"}, {"op": "remove", "path": "userName"},
    ]}));
    assert!(Patch::read(&body).unwrap().apply(&USERS, &mut user).is_err());
    assert_eq!(user, babs());
}

/// ATTACKS H-113.
#[test]
fn a_path_or_value_that_is_too_large_is_refused() {
    let path = format!("emails[{}type pr]", "(".repeat(5000));
    assert_eq!(refused(&json!([{"op": "remove", "path": path}])), ScimType::InvalidFilter);
    let values: Vec<Value> = (0..2000).map(|n| json!({"value": n.to_string()})).collect();
    assert_eq!(
        refused(&json!([{"op": "add", "path": "emails", "value": values}])),
        ScimType::InvalidValue
    );
    let operations = vec![json!({"op": "replace", "path": "title", "value": "x"}); 101];
    assert_eq!(refused(&Value::Array(operations)), ScimType::InvalidSyntax);
}

fn any_path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "title",
        "name",
        "name.givenName",
        "emails",
        "emails[type eq \"work\"]",
        "active",
        "emails[type eq \"home\"].value",
        "emails.value",
        "addresses[primary eq true].region",
        DEPARTMENT,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "id",
        "groups",
        "userName",
        "members",
        "",
        "phoneNumbers[type eq \"work\" or type eq \"fax\"]",
    ])
}

fn any_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        Value::Null,
        json!(""),
        json!("x"),
        json!(true),
        json!("False"),
        json!(5),
        json!([]),
        json!({}),
        json!({"value": "v", "type": "work", "primary": true}),
        json!([{"value": "v"}, {"value": "v"}]),
        json!({"givenName": "g", "nope": 1}),
        json!({"title": "t", "emails[type eq \"work\"].value": "q"}),
    ])
}

proptest! {
    /// What PATCH makes is a resource that could have been sent whole.
    #[test]
    fn a_patched_resource_is_well_formed(
        operations in prop::collection::vec(
            (prop::sample::select(vec!["add", "replace", "remove"]), any_path(), any_value()), 1..5,
        )
    ) {
        let operations: Vec<Value> = (operations.into_iter())
            .map(|(op, path, value)| json!({"op": op, "path": path, "value": value}))
            .collect();
        if let Ok(user) = patched(babs(), &Value::Array(operations)) {
            let again = USERS.read(&user).unwrap();
            for (name, value) in &again {
                prop_assert_eq!(user.get(name), Some(value));
            }
            for name in ["id", "meta", "schemas"] {
                prop_assert_eq!(user.get(name).cloned(), babs().get(name).cloned());
            }
        }
    }

    #[test]
    fn replacing_is_idempotent(path in any_path(), value in any_value()) {
        let operation = json!([{"op": "replace", "path": path, "value": value}]);
        if let Ok(once) = patched(babs(), &operation)
            && let Ok(twice) = patched(once.clone(), &operation)
        {
            prop_assert_eq!(twice, once);
        }
    }
}
