//! Minting of tokens.

use serde::Serialize;

use super::{Algorithm, Claims, MAXIMUM_LENGTH, MintError, PublicKey};
use crate::core::{
    crypto::Signing,
    encoding::{base64url, sha256},
    secret::Secret,
};

/// A token of `claims`, signed with the private half of `key` (PKCS#8 DER). What it is for stands
/// in `claims.token_type` and decides the header's `typ`.
pub async fn mint(
    crypto: &dyn Signing,
    key: &PublicKey,
    private_key: &Secret<Vec<u8>>,
    claims: &Claims,
) -> Result<String, MintError> {
    signed(crypto, key, private_key, claims.token_type.header_type(), claims).await
}

/// A token of any `claims` whose header has that `typ`.
pub(super) async fn signed(
    crypto: &dyn Signing,
    key: &PublicKey,
    private_key: &Secret<Vec<u8>>,
    typ: &str,
    claims: &impl Serialize,
) -> Result<String, MintError> {
    #[derive(Serialize)]
    struct Header<'a> {
        alg: Algorithm,
        typ: &'a str,
        kid: &'a str,
    }
    let header = Header { alg: key.algorithm(), typ, kid: &key.id().0 };
    let header = serde_json::to_vec(&header).map_err(|_| MintError::Claims)?;
    let payload = serde_json::to_vec(claims).map_err(|_| MintError::Claims)?;
    let mut token = base64url(&header);
    token.push('.');
    token.push_str(&base64url(&payload));
    let signature = crypto.sign(key.algorithm(), private_key, token.as_bytes()).await?;
    token.push('.');
    token.push_str(&base64url(&signature));
    if token.len() > MAXIMUM_LENGTH {
        return Err(MintError::TooLong);
    }
    Ok(token)
}

/// `at_hash` (OIDC Core §3.1.3.6): the left half of the access token's digest, by the hash of the
/// ID token's algorithm, which is SHA-256 for every algorithm that we have.
pub fn at_hash(access_token: &str) -> String {
    base64url(&sha256(access_token.as_bytes())[..16])
}
