//! Vectors of RFC 7643 and RFC 7644, and properties.

mod filters;
mod lists;
mod patches;

use serde_json::{Map, Value, json};

use super::{Patch, Refusal, Resource, USERS};

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

/// The user of RFC 7643 §8.2, without what this service does not keep, as the service returns it.
pub(super) fn babs() -> Resource {
    object(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "2819c223-7f76-453a-919d-413861904646",
        "externalId": "701984",
        "userName": "bjensen@example.com",
        "name": {
            "formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen",
            "givenName": "Barbara", "middleName": "Jane", "honorificPrefix": "Ms.",
            "honorificSuffix": "III",
        },
        "displayName": "Babs Jensen",
        "nickName": "Babs",
        "profileUrl": "https://login.example.com/bjensen",
        "emails": [
            {"value": "bjensen@example.com", "type": "work", "primary": true},
            {"value": "babs@jensen.org", "type": "home"},
        ],
        "addresses": [
            {
                "streetAddress": "100 Universal City Plaza", "locality": "Hollywood",
                "region": "CA", "postalCode": "91608", "country": "USA", "type": "work",
                "formatted": "100 Universal City Plaza\nHollywood, CA 91608 USA",
                "primary": true,
            },
            {"streetAddress": "456 Hollywood Blvd", "locality": "Hollywood", "type": "home"},
        ],
        "phoneNumbers": [
            {"value": "555-555-5555", "type": "work"}, {"value": "555-555-4444", "type": "mobile"},
        ],
        "userType": "Employee",
        "title": "Tour Guide",
        "active": true,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": "701984", "department": "Tour Operations",
            "manager": {"value": "26118915-6090-4610-87e4-49d8ca9f808d"},
        },
        "meta": {
            "resourceType": "User", "created": "2010-01-23T04:56:22Z",
            "lastModified": "2011-05-13T04:42:34Z", "version": "W/\"3\"",
        },
    }))
}

/// The resource after the operations of a PATCH.
pub(super) fn patched(resource: Resource, operations: &Value) -> Result<Resource, Refusal> {
    let body = object(json!({"schemas": [super::PATCH_OP], "Operations": operations}));
    let mut resource = resource;
    Patch::read(&body)?.apply(&USERS, &mut resource)?;
    Ok(resource)
}
