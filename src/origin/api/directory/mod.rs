//! The directory under `/v1/iam`: organizations, users, applications, keys, signing keys.
//!
//! The caller of each endpoint is a [`caller::DirectoryCaller`]. The other resources of WIRE §5
//! (memberships, teams, workspaces, projects, roles, permissions, providers, invitations, sessions,
//! tokens, audit logs) get a module each beside these; until then their paths are JSON 404s: an
//! empty list would read as "there is none".

pub mod applications;
pub mod audit;
pub mod authority;
pub mod authority_view;
pub mod caller;
pub mod envelope;
pub mod errors;
pub mod keys;
pub mod memberships;
pub mod organizations;
pub mod paging;
pub mod signing_keys;
pub mod users;
