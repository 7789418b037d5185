//! The rules of the gateway: paths, routes, identity headers, attestation.

mod attestation;
mod cookie;
mod hosts;
mod identity;
mod path;
mod policy;

pub use attestation::{AttestationError, Attestor, Call, IDENTITY_SIGNATURE_HEADER, IdentityKeys};
pub use cookie::{SESSION_COOKIES, sets_ours, without_sessions};
pub use hosts::{GatewayHosts, HostsError};
pub use identity::{
    IDENTITY_HEADERS, effective_organization, identity, is_ours, mint, remaining_cookies,
    selected_organization, to_remove,
};
pub use path::{MAXIMUM_TARGET, PathError, ServicePath, Slashes, check};
pub use policy::{CallDenied, is_public, permit, requirements};
