//! The rules that security depends on, as pure functions and types: no I/O, no clock, no randomness.
//! They are tested natively, with vectors and properties.

pub mod apikey;
#[cfg(feature = "origin")]
pub mod audit;
pub mod authority;
pub mod authorization;
pub mod cors;
pub mod credential;
pub mod crypto;
#[cfg(feature = "origin")]
pub mod directory;
pub mod edge_proof;
pub mod encoding;
pub mod gateway;
pub mod limit;
pub mod log;
pub mod network;
pub mod oauth;
#[cfg(feature = "origin")]
pub mod password;
pub mod policy;
pub mod principal;
pub mod publication;
pub mod random;
pub mod redirect;
pub mod request_head;
pub mod request_id;
pub mod revocation;
pub mod root_key;
#[cfg(feature = "origin")]
pub mod scim;
#[cfg(feature = "origin")]
pub mod seal;
pub mod secret;
pub mod time;
pub mod token;
