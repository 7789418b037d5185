use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    super::{
        Bulk, ENTERPRISE_USER, Page, Projection, RawQuery, Resource, SCHEMAS, ScimType, Sorting,
        USERS,
    },
    babs, object,
};

fn projected(attributes: &[&str], excluded: &[&str]) -> Value {
    let mut user = babs();
    user.insert("password".to_owned(), "secret".into());
    let projection =
        Projection::read(&USERS, attributes.iter().copied(), excluded.iter().copied()).unwrap();
    projection.apply(&USERS, &mut user);
    Value::Object(user)
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// RFC 7644 §3.9.
#[test]
fn a_response_has_the_attributes_that_are_asked_for_and_those_of_every_response() {
    assert_eq!(names(&projected(&["USERNAME"], &[])), ["id", "schemas", "userName"]);
    let parts = projected(&["emails.value", "name.familyName", "nope"], &[]);
    assert_eq!(parts["emails"][0], json!({"value": "bjensen@example.com"}));
    assert_eq!(parts["name"], json!({"familyName": "Jensen"}));
    let department = format!("{}:department", ENTERPRISE_USER.id);
    let extension = projected(&[&department], &[]);
    assert_eq!(extension[ENTERPRISE_USER.id], json!({"department": "Tour Operations"}));
    assert_eq!(names(&projected(&["nope"], &[])), ["id", "schemas"]);
    let whole = projected(&[ENTERPRISE_USER.id], &[]);
    assert_eq!(whole[ENTERPRISE_USER.id]["employeeNumber"], "701984");
}

#[test]
fn a_response_lacks_what_is_excluded_but_never_its_id() {
    let user = projected(&[], &["emails", "id", "schemas", "name.givenName", ENTERPRISE_USER.id]);
    assert!(user.get("emails").is_none() && user.get(ENTERPRISE_USER.id).is_none());
    assert!(user["name"].get("givenName").is_none() && user["name"].get("familyName").is_some());
    assert_eq!((&user["id"], &user["schemas"]), (&babs()["id"], &babs()["schemas"]));
}

/// RFC 7643 §7: `returned` is `never`.
#[test]
fn a_password_is_in_no_response() {
    for attributes in [&[][..], &["password"], &["password", "userName"]] {
        assert!(projected(attributes, &[]).get("password").is_none());
    }
    let both = Projection::read(&USERS, ["userName"], ["emails"]);
    assert_eq!(both.unwrap_err().scim_type, ScimType::InvalidValue);
}

#[test]
fn a_list_is_sorted_by_the_primary_value_and_without_case() {
    let user = |id: &str, emails: Value, title: Option<&str>| -> Resource {
        object(json!({"id": id, "emails": emails, "title": title}))
    };
    let mut users = vec![
        user("1", json!([{"value": "z"}, {"value": "B", "primary": true}]), Some("x")),
        user("2", json!([{"value": "a"}]), None),
        user("3", json!([{"value": "C"}]), Some("Y")),
    ];
    let mut order = |by: &str, order: Option<&str>| {
        Sorting::read(&USERS, by, order).unwrap().sort(&mut users);
        users.iter().map(|user| user["id"].as_str().unwrap()).collect::<String>()
    };
    assert_eq!(order("emails", None), "213");
    assert_eq!(order("emails.value", Some("Descending")), "312");
    assert_eq!(order("title", None), "132");
    assert_eq!(order("title", Some("descending")), "231");
    for (by, order) in [("nope", None), ("name", None), ("title", Some("up"))] {
        assert!(Sorting::read(&USERS, by, order).is_err());
    }
}

/// RFC 7644 §3.4.2.4.
#[test]
fn numbers_out_of_bounds_mean_the_nearest_bound() {
    let page = |start_index, count| RawQuery { start_index, count, ..RawQuery::default() }.page();
    assert_eq!(page(None, None), (0, 100));
    assert_eq!(page(Some(-5), Some(-1)), (0, 0));
    assert_eq!(page(Some(0), Some(0)), (0, 0));
    assert_eq!(page(Some(11), Some(10)), (10, 10));
    assert_eq!(page(Some(i64::MAX), Some(i64::MAX)), (10_000_000, 200));
    assert_eq!(page(Some(i64::MIN), Some(i64::MIN)), (0, 0));
    let list = Page { resources: vec![babs()], total: 7 }.response(3);
    assert_eq!(
        (&list["totalResults"], &list["startIndex"], &list["itemsPerPage"]),
        (&json!(7), &json!(4), &json!(1))
    );
}

/// RFC 7643 §2.5, §3.1; RFC 7644 §3.3.
#[test]
fn a_sent_resource_keeps_what_its_schema_has_and_clients_may_write() {
    let sent = object(json!({
        "schemas": [USERS.schema.id, ENTERPRISE_USER.id],
        "ID": "x", "meta": {}, "groups": [{"value": "g"}], "unknown": 1,
        "UserName": "bjensen", "Emails": {"Value": "b@x.example", "nope": 1}, "title": null, "ims": [],
        "active": "True", "nickName": "",
        ENTERPRISE_USER.id: {"DEPARTMENT": "d", "manager": {"$ref": "../Users/26118915", "displayName": "x"}},
    }));
    let expected = json!({
        "userName": "bjensen", "emails": [{"value": "b@x.example"}], "active": true,
        ENTERPRISE_USER.id: {"department": "d", "manager": {"value": "26118915"}},
    });
    assert_eq!(Value::Object(USERS.read(&sent).unwrap()), expected);
    for (sent, scim_type) in [
        (json!({}), ScimType::InvalidValue),
        (json!({"userName": null}), ScimType::InvalidValue),
        (json!({"userName": 5}), ScimType::InvalidValue),
        (json!({"userName": "a", "schemas": ["urn:nope"]}), ScimType::InvalidValue),
        (json!({"userName": "a", "username": "b"}), ScimType::InvalidSyntax),
        (json!({"userName": "a", "name": "x"}), ScimType::InvalidValue),
        (json!({"userName": "a\0b"}), ScimType::InvalidValue),
        (json!({"userName": "x".repeat(3000)}), ScimType::InvalidValue),
    ] {
        assert_eq!(USERS.read(&object(sent)).unwrap_err().scim_type, scim_type);
    }
}

/// RFC 7643 §7: each characteristic is published; a complex attribute has its parts.
#[test]
fn published_schemas_are_complete() {
    for schema in SCHEMAS {
        let published = schema.published("https://hanzo.id/scim");
        for attribute in published["attributes"].as_array().unwrap() {
            for name in
                ["name", "type", "multiValued", "description", "required", "mutability", "returned"]
            {
                assert!(attribute.get(name).is_some(), "{attribute}");
            }
            let is_complex = attribute["type"] == "complex";
            assert_eq!(is_complex, attribute.get("subAttributes").is_some(), "{attribute}");
        }
    }
}

/// RFC 7644 §3.7.
#[test]
fn references_between_operations_are_found_and_resolved() {
    let body = object(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "failOnErrors": 1,
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "qwerty", "data": {"userName": "alice"}},
            {"method": "post", "path": "/Groups", "bulkId": "ytrewq", "data": {
                "displayName": "Tour Guides", "members": [{"type": "User", "value": "bulkId:qwerty"}]}},
            {"method": "PATCH", "path": "/Users/bulkId:qwerty", "version": "W/\"0\"", "data": {}},
        ],
    }));
    let bulk = Bulk::read(&body).unwrap();
    assert_eq!(bulk.fail_on_errors, Some(1));
    for operation in &bulk.operations[1..] {
        assert!(operation.references().contains("qwerty"));
    }
    let created = BTreeMap::from([("qwerty".to_owned(), "u-1".to_owned())]);
    let group = bulk.operations[1].clone().resolved(&created);
    assert_eq!(group.data["members"][0]["value"], "u-1");
    assert_eq!(bulk.operations[2].clone().resolved(&created).path, "/Users/u-1");
}

#[test]
fn a_bulk_request_that_is_none_is_refused() {
    let post = json!({"method": "POST", "path": "/Users", "bulkId": "a", "data": {}});
    let urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
    for (body, scim_type) in [
        (json!({"Operations": []}), ScimType::InvalidSyntax),
        (json!({"schemas": [urn]}), ScimType::InvalidSyntax),
        (json!({"schemas": [urn], "failOnErrors": 0, "Operations": []}), ScimType::InvalidValue),
        (json!({"schemas": [urn], "Operations": [post, post]}), ScimType::InvalidValue),
        (json!({"schemas": [urn], "Operations": vec![post.clone(); 51]}), ScimType::TooMany),
        (
            json!({"schemas": [urn], "Operations": [{"method": "POST", "path": "/Users", "data": {}}]}),
            ScimType::InvalidSyntax,
        ),
        (
            json!({"schemas": [urn], "Operations": [{"method": "GET", "path": "/Users"}]}),
            ScimType::InvalidSyntax,
        ),
        (
            json!({"schemas": [urn], "Operations": [{"method": "PUT", "path": "/Users/x"}]}),
            ScimType::InvalidSyntax,
        ),
    ] {
        assert_eq!(Bulk::read(&object(body)).unwrap_err().scim_type, scim_type);
    }
}
