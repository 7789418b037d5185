//! SAML 2.0 without I/O: parses and verifies messages and metadata.
//!
//! Callers only see verified parts of a message: [`signature::verify`] canonicalizes the signed
//! element, checks digest and signature, and reparses those bytes. Keys come only from metadata.

mod algorithm;
mod assertion;
mod attributes;
pub mod binding;
pub mod client;
mod conditions;
pub mod describe;
mod encrypt;
pub mod encryption;
mod instant;
pub mod issue;
pub mod logout;
pub mod message;
pub mod metadata;
mod names;
pub mod request;
pub mod response;
pub mod settings;
pub mod signature;
#[cfg(test)]
mod tests;
mod write;
pub mod xml;

pub use algorithm::Algorithms;
pub use attributes::{Attribute, NameId};
pub use encrypt::Recipient;
pub use instant::{SKEW, instant};
pub use write::{Signer, WriteError};

use base64::{Engine, engine::general_purpose::STANDARD};

/// The bytes of base64 (RFC 4648 §4) with white space anywhere, as XML Schema's `base64Binary` allows.
fn base64_text(text: &str) -> Option<Vec<u8>> {
    let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).ok()
}
