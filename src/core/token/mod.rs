//! JSON Web Tokens (RFC 7519, 8725, 9068): keys, minting, verification.

mod algorithm;
mod key;

pub use algorithm::Algorithm;
pub use key::{KeyId, PublicKey};
