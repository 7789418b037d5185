//! SAML keys: certificates and sealed private keys.

use serde::Deserialize;

use super::query::Query;
use crate::{core::time::UnixTime, ports::Statement};

/// A key.
#[derive(Debug, Clone, Deserialize)]
pub struct SamlKey {
    /// The organization.
    pub owner: String,
    /// Its thumbprint.
    pub kid: String,
    /// The public half.
    pub public_jwk: String,
    /// The private half (PKCS#8), sealed.
    pub sealed_private: String,
    /// base64url of its certificate in DER.
    pub certificate: String,
    /// When it was created and published.
    pub created_at: UnixTime,
    /// Its first second as the signing key.
    pub signs_from: UnixTime,
}

/// The keys of the organization, those that sign last first.
pub fn of(owner: &str) -> Query<Vec<SamlKey>> {
    let sql = "SELECT * FROM saml_keys WHERE owner = ?1 ORDER BY signs_from DESC, kid";
    Query::all(Statement::new(sql).bind(owner))
}

/// The next keys that are sealed under the root key with that head.
pub fn sealed_under(head: &str, limit: i64) -> Query<Vec<SamlKey>> {
    let sql = "SELECT * FROM saml_keys WHERE instr(sealed_private, ?1) > 0 LIMIT ?2";
    Query::all(Statement::new(sql).bind(head).bind(limit))
}

/// Adds `key`, unless one has been added that signs later than `newest`: of two requests that make the same key,
/// one wins. Returns a row if it is added.
pub fn add(key: &SamlKey, newest: Option<UnixTime>) -> Statement {
    Statement::new(
        "INSERT INTO saml_keys (owner, kid, public_jwk, sealed_private, certificate, created_at, \
         signs_from) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE NOT EXISTS (SELECT 1 FROM saml_keys \
         WHERE owner = ?1 AND signs_from > ?8) RETURNING kid",
    )
    .bind(&key.owner)
    .bind(&key.kid)
    .bind(&key.public_jwk)
    .bind(&key.sealed_private)
    .bind(&key.certificate)
    .bind(key.created_at)
    .bind(key.signs_from)
    .bind(newest.map_or(-1, |newest| newest.0))
}

/// Has an announced key sign from `now` on. Returns a row unless it does already, or is gone.
pub fn sign_from(key: &SamlKey, now: UnixTime) -> Statement {
    let sql = "UPDATE saml_keys SET signs_from = ?3 WHERE owner = ?1 AND kid = ?2 AND signs_from > ?3 \
               RETURNING kid";
    Statement::new(sql).bind(&key.owner).bind(&key.kid).bind(now)
}

/// Removes a key. Returns a row unless it is gone.
pub fn remove(key: &SamlKey) -> Statement {
    let sql = "DELETE FROM saml_keys WHERE owner = ?1 AND kid = ?2 RETURNING kid";
    Statement::new(sql).bind(&key.owner).bind(&key.kid)
}

/// Replaces the sealed half of a key by the same under another root key.
pub fn reseal(key: &SamlKey, sealed_private: &str) -> Statement {
    Statement::new(
        "UPDATE saml_keys SET sealed_private = ?4 WHERE owner = ?1 AND kid = ?2 \
         AND sealed_private = ?3",
    )
    .bind(&key.owner)
    .bind(&key.kid)
    .bind(&key.sealed_private)
    .bind(sealed_private)
}
