//! The endpoints of the origin and their dispatch.

pub mod account;
pub mod authorization;
pub mod compat;
pub mod cors;
pub mod directory;
pub mod discovery;
pub mod document;
mod edge_auth;
pub mod endpoint;
mod errors;
pub mod internal;
pub mod list;
mod locate;
pub mod oauth;
#[cfg(not(target_arch = "wasm32"))]
pub mod openapi;
#[cfg(not(target_arch = "wasm32"))]
pub mod reference;
mod router;
pub mod saml;
pub mod scim;
pub mod signin;
