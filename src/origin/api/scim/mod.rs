//! SCIM 2.0 under `/v1/iam/scim/v2` (RFC 7644): users and groups of the credential's organization, the
//! caller itself (`/Me`), bulk requests and discovery.
//!
//! The canonical path of a user is `/Users/{id}`; `/Users/{owner}/{name}`, which earlier clients
//! call, is the same.

pub mod attempt;
pub mod body;
pub mod bulk;
pub mod caller;
pub mod conditions;
pub mod discovery;
mod error;
pub mod groups;
pub mod reply;
pub mod search;
pub mod service;
pub mod shapes;
pub mod users;

pub use self::error::ScimError;

/// The path of the service.
pub const PATH: &str = "/v1/iam/scim/v2";
