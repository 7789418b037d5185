//! JSON Web Tokens (RFC 7519, 8725, 9068): keys, minting, verification.

mod algorithm;
mod cached;
mod certificate;
mod claims;
mod error;
mod header;
mod json;
mod key;
#[cfg(feature = "origin")]
mod logout;
mod mint;
pub mod rotation;
mod verify;

pub use algorithm::Algorithm;
pub use cached::CachedToken;
pub use claims::{Actor, Claims, Confirmation, OrganizationRole, Role, TokenType};
pub use error::{MintError, ParseError, TokenError, ValidationError};
pub use key::{KeyId, PublicKey};
#[cfg(feature = "origin")]
pub use logout::{LogoutToken, mint_logout};
pub use mint::{at_hash, mint};
pub use verify::{
    Audience, Expectation, KeySet, LEEWAY, MAXIMUM_LENGTH, Signed, Untrusted, Verified, verify,
};

/// Reads what must be one JSON object with unique members throughout, of bounded depth and breadth.
#[cfg(feature = "origin")]
pub(crate) fn from_object<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Option<T> {
    json::from_object(text)
}
