//! What the gateway lets through, and as whom: paths, routes, identity headers, attestation.

mod attestation;
mod identity;
mod path;
mod policy;

pub use attestation::{AttestationError, Attestor, Call, IDENTITY_SIGNATURE_HEADER, IdentityKeys};
pub use identity::{
    IDENTITY_HEADERS, effective_organization, identity, is_ours, mint, remaining_cookies,
    selected_organization, to_remove,
};
pub use path::{MAXIMUM_TARGET, PathError, ServicePath, check};
pub use policy::{Refusal, is_public, permit};
