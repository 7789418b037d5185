//! SCIM message schemas for the OpenAPI document. The schemas of RFC 7643, published at `/Schemas`,
//! are the full description.

use serde_json::{Map, Value};

macro_rules! shape {
    ($(#[$doc:meta])+ $name:ident { $($(#[$member:meta])+ $field:ident: $type:ty,)+ }) => {
        $(#[$doc])+
        #[derive(Debug)]
        #[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema, serde::Deserialize))]
        #[cfg_attr(not(target_arch = "wasm32"), serde(rename_all = "camelCase"))]
        #[expect(dead_code, reason = "describes what is written and read as JSON")]
        pub struct $name {
            $($(#[$member])+ $field: $type,)+
        }
    };
}

shape! {
    /// A user (RFC 7643 §4.1); further attributes are in `/Schemas`.
    ScimUser {
        /// `urn:ietf:params:scim:schemas:core:2.0:User`, and the extensions.
        schemas: Vec<String>,
        /// The id, a UUID.
        id: Option<String>,
        /// The client's own id.
        external_id: Option<String>,
        /// The name that identifies the user in the organization.
        user_name: String,
        /// The name to show.
        display_name: Option<String>,
        /// Whether the account may be used.
        active: Option<bool>,
    }
}

shape! {
    /// A user to be stored. Attributes that no schema has are left out.
    ScimUserInput {
        /// The name that identifies the user in the organization.
        user_name: String,
        /// The client's own id.
        external_id: Option<String>,
        /// The name to show.
        display_name: Option<String>,
        /// Whether the account may be used.
        active: Option<bool>,
    }
}

shape! {
    /// A list of resources (RFC 7644 §3.4.2).
    ScimList {
        /// `urn:ietf:params:scim:api:messages:2.0:ListResponse`
        schemas: Vec<String>,
        /// How many resources there are on all pages.
        total_results: u32,
        /// The number of the first resource, from 1.
        start_index: u32,
        /// How many resources the page has.
        items_per_page: u32,
        /// The resources.
        #[cfg_attr(not(target_arch = "wasm32"), serde(rename = "Resources"))]
        resources: Vec<Map<String, Value>>,
    }
}

shape! {
    /// The operations of a PATCH (RFC 7644 §3.5.2).
    ScimPatch {
        /// Each has `op`, `path` and `value`.
        #[cfg_attr(not(target_arch = "wasm32"), serde(rename = "Operations"))]
        operations: Vec<Map<String, Value>>,
    }
}

shape! {
    /// A document of discovery (RFC 7643 §5–§7).
    ScimDocument {
        /// The schema of the document.
        schemas: Vec<String>,
    }
}

shape! {
    /// A bulk request (RFC 7644 §3.7.1).
    ScimBulk {
        /// `urn:ietf:params:scim:api:messages:2.0:BulkRequest`
        schemas: Vec<String>,
        /// After how many errors the rest is left undone.
        fail_on_errors: Option<u32>,
        /// Each has `method`, `path`, `bulkId`, `version` and `data`.
        #[cfg_attr(not(target_arch = "wasm32"), serde(rename = "Operations"))]
        operations: Vec<Map<String, Value>>,
    }
}

shape! {
    /// The results of a bulk request.
    ScimBulkResponse {
        /// `urn:ietf:params:scim:api:messages:2.0:BulkResponse`
        schemas: Vec<String>,
        /// Each has `method`, `status`, `location`, `bulkId`, `version` and, of an error, `response`.
        #[cfg_attr(not(target_arch = "wasm32"), serde(rename = "Operations"))]
        operations: Vec<Map<String, Value>>,
    }
}

shape! {
    /// A group (RFC 7643 §4.2).
    ScimGroup {
        /// `urn:ietf:params:scim:schemas:core:2.0:Group`
        schemas: Vec<String>,
        /// The id, a UUID.
        id: Option<String>,
        /// The client's own id.
        external_id: Option<String>,
        /// The name to show.
        display_name: Option<String>,
        /// The users: each has `value`, its id.
        members: Option<Vec<Map<String, Value>>>,
    }
}

shape! {
    /// A group to be stored.
    ScimGroupInput {
        /// The name to show.
        display_name: String,
        /// The client's own id.
        external_id: Option<String>,
        /// The users: each has `value`, its id.
        members: Option<Vec<Map<String, Value>>>,
    }
}
