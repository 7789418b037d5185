//! The directory under `/v1/iam`: organizations, users, applications, keys, signing keys, and the
//! resources of an organization ([`resource`]).
//!
//! The caller of each endpoint is a [`caller::DirectoryCaller`].

pub mod applications;
pub mod audit;
pub mod authority;
pub mod authority_view;
pub mod caller;
pub mod envelope;
pub mod errors;
pub mod invitations;
pub mod keys;
pub mod memberships;
pub mod organizations;
pub mod paging;
pub mod permissions;
pub mod projects;
pub mod providers;
pub mod resource;
pub mod roles;
pub mod signing_keys;
pub mod teams;
pub mod transfer;
pub mod users;
pub mod webhooks;
pub mod workspaces;
