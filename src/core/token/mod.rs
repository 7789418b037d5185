//! JSON Web Tokens (RFC 7519, 8725, 9068): keys, minting, verification.

mod algorithm;
mod claims;
mod key;

pub use algorithm::Algorithm;
pub use claims::{Actor, Claims, OrganizationRole, Role, TokenType};
pub use key::{KeyId, PublicKey};
