//! The endpoints of the origin and their dispatch.

pub mod compat;
pub mod cors;
pub mod directory;
mod edge_auth;
mod errors;
pub mod internal;
pub mod oauth;
mod router;
pub mod signin;
