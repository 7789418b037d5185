//! The OAuth 2.0 / OpenID Connect issuer: token, userinfo, introspection, revocation, device.

pub mod device;
mod error;
pub mod forms;
pub mod grants;
pub mod introspect;
pub mod revoke;
pub mod token;
pub mod userinfo;
