//! The rules of the origin, each once: who may have what, what a token says, how keys rotate, what
//! a change revokes and publishes. Knows the store and the core, and no HTTP.

pub mod applications;
pub mod audit;
pub mod authority;
pub mod change;
pub mod change_error;
pub mod clients;
pub mod codes;
pub mod commit;
pub mod consent;
pub mod deliveries;
pub mod feed;
pub mod invitations;
pub mod keyring;
pub mod keys;
pub mod memberships;
mod moment;
pub mod organizations;
pub mod passwords;
mod patience;
pub mod people;
pub mod policy;
pub mod publication;
pub mod purge;
pub mod resealing;
pub mod resource;
pub mod revocation;
pub mod scim;
pub mod signing;
pub mod tokens;
pub mod users;
