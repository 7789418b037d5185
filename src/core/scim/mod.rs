//! SCIM 2.0 without I/O: schemas (RFC 7643), filters, paths, PATCH, projection, sorting and messages
//! (RFC 7644).
//!
//! A resource is a JSON object whose members have the names that its schema gives them:
//! [`ResourceType::read`] makes one of what a client sends, and everything else relies on it.

mod bulk;
mod edit;
mod error;
mod filter;
mod list;
mod patch;
mod path;
mod projection;
mod resource;
mod schema;
mod schemas;
mod sort;
mod value;

pub use self::{
    bulk::{BULK_REQUEST, BULK_RESPONSE, Bulk, BulkMethod, BulkOperation, MAXIMUM_OPERATIONS},
    edit::Edit,
    error::{ERROR, Refusal, ScimType},
    filter::{Comparison, Filter, Operator},
    list::{LIST_RESPONSE, ListQuery, MAXIMUM_RESULTS, Page, RawQuery, SEARCH_REQUEST},
    patch::{PATCH_OP, Patch},
    path::{Place, Target},
    projection::Projection,
    resource::Resource,
    schema::{Attribute, Kind, Mutability, ResourceType, Returned, Schema, Uniqueness},
    schemas::{
        ENTERPRISE_USER, GROUP, GROUPS, RESOURCE_TYPES, SCHEMAS, USER, USERS, service_provider,
    },
    sort::Sorting,
    value::text,
};

#[cfg(test)]
mod tests;
