//! The directory under `/v1/iam`: organizations, users, applications, keys, signing keys, and the
//! resources of an organization ([`resource`]).
//!
//! The caller of each endpoint is a [`caller::DirectoryCaller`].

pub mod acting;
pub mod applications;
pub mod audit;
pub mod authority;
pub mod authority_view;
pub mod caller;
pub mod certs;
pub mod domains;
pub mod envelope;
pub mod errors;
pub mod invitations;
pub mod keys;
pub mod ldap_syncs;
pub mod memberships;
pub mod merged;
pub mod organizations;
pub mod owner_query;
pub mod paging;
pub mod people_page;
pub mod permissions;
pub mod projects;
pub mod providers;
pub mod reply;
pub mod resource;
pub mod roles;
pub mod service_accounts;
pub mod sessions;
pub mod signing_keys;
pub mod teams;
pub mod tokens;
pub mod transfer;
pub mod users;
pub mod versioned;
pub mod webauthn_credentials;
pub mod webhooks;
pub mod workspaces;
