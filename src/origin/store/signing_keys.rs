//! Signing keys: public keys, sealed private keys, and their times.

use serde::Deserialize;

use super::query::Query;
use crate::{
    core::{
        time::UnixTime,
        token::{
            Algorithm, KeyId,
            rotation::{Newest, Term},
        },
    },
    ports::{Database, DatabaseError, Statement},
};

/// A signing key.
#[derive(Debug, Clone, Deserialize)]
pub struct SigningKey {
    /// Its thumbprint.
    pub kid: KeyId,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The public half.
    pub public_jwk: String,
    /// The private half (PKCS#8), sealed with the `kid` as context; empty once it never signs
    /// again.
    pub sealed_private: String,
    /// When it was created and published.
    pub created_at: UnixTime,
    /// Its first second as the signing key.
    pub signs_from: UnixTime,
    /// The first second of its successor.
    pub signs_until: Option<UnixTime>,
    /// When it leaves the JWKS.
    pub removed_at: Option<UnixTime>,
}

impl SigningKey {
    /// Its times.
    pub fn term(&self) -> Term {
        Term {
            id: self.kid.clone(),
            signs_from: self.signs_from,
            signs_until: self.signs_until,
            removed_at: self.removed_at,
            has_private: !self.sealed_private.is_empty(),
        }
    }
}

/// All keys, those that sign last first.
pub async fn all(database: &dyn Database) -> Result<Vec<SigningKey>, DatabaseError> {
    database.all(Statement::new("SELECT * FROM signing_keys ORDER BY signs_from DESC, kid")).await
}

/// The keys that sign at `now`, those that sign last first.
pub fn signing_now(now: UnixTime) -> Query<Vec<SigningKey>> {
    let statement = Statement::new(
        "SELECT * FROM signing_keys WHERE signs_from <= ?1 \
         AND (signs_until IS NULL OR signs_until > ?1) ORDER BY signs_from DESC, kid",
    );
    Query::all(statement.bind(now))
}

/// The keys that are published at `now`, without their private halves.
pub fn published(now: UnixTime) -> Query<Vec<SigningKey>> {
    let statement = Statement::new(
        "SELECT kid, algorithm, public_jwk, '' AS sealed_private, created_at, signs_from, \
         signs_until, removed_at FROM signing_keys WHERE removed_at IS NULL OR removed_at > ?1",
    );
    Query::all(statement.bind(now))
}

/// The key that signs with `algorithm` at `now`.
pub async fn signing(
    database: &dyn Database,
    algorithm: Algorithm,
    now: UnixTime,
) -> Result<Option<SigningKey>, DatabaseError> {
    database
        .first(
            Statement::new(
                "SELECT * FROM signing_keys WHERE algorithm = ?1 AND signs_from <= ?2 \
                 AND (signs_until IS NULL OR signs_until > ?2) ORDER BY signs_from DESC LIMIT 1",
            )
            .bind(algorithm.name())
            .bind(now),
        )
        .await
}

/// Adds `key`, unless one has been added after `newest`: of two requests that make the same key,
/// one wins and the other's is never seen. The newest one signs until the new one does.
pub fn add(key: &SigningKey, newest: Option<&Newest>) -> Vec<Statement> {
    let insert = Statement::new(
        "INSERT INTO signing_keys \
         (kid, algorithm, public_jwk, sealed_private, created_at, signs_from) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS \
         (SELECT 1 FROM signing_keys WHERE algorithm = ?2 AND signs_from > ?7)",
    )
    .bind(&key.kid.0)
    .bind(key.algorithm.name())
    .bind(&key.public_jwk)
    .bind(&key.sealed_private)
    .bind(key.created_at)
    .bind(key.signs_from)
    .bind(newest.map_or(-1, |newest| newest.signs_from.0));
    let hand_over = newest.filter(|newest| newest.hands_over).map(|newest| {
        Statement::new(
            "UPDATE signing_keys SET signs_until = ?2 \
             WHERE kid = ?1 AND EXISTS (SELECT 1 FROM signing_keys WHERE kid = ?3)",
        )
        .bind(&newest.id.0)
        .bind(key.signs_from)
        .bind(&key.kid.0)
    });
    [Some(insert), hand_over].into_iter().flatten().collect()
}

/// Lets an announced key sign from `now` on.
pub fn advance(kid: &KeyId, now: UnixTime) -> Statement {
    Statement::new("UPDATE signing_keys SET signs_from = ?2 WHERE kid = ?1 AND signs_from > ?2")
        .bind(&kid.0)
        .bind(now)
}

/// Keeps a retired key until `end`; decided once.
pub fn keep_until(kid: &KeyId, end: UnixTime) -> Statement {
    Statement::new("UPDATE signing_keys SET removed_at = ?2 WHERE kid = ?1 AND removed_at IS NULL")
        .bind(&kid.0)
        .bind(end)
}

/// Wipes the private half of a key that never signs again.
pub fn wipe(kid: &KeyId) -> Statement {
    Statement::new("UPDATE signing_keys SET sealed_private = '' WHERE kid = ?1").bind(&kid.0)
}

/// Forgets a key.
pub fn remove(kid: &KeyId) -> Statement {
    Statement::new("DELETE FROM signing_keys WHERE kid = ?1 RETURNING kid").bind(&kid.0)
}

/// Replaces the sealed half of a key by the same under another root key.
pub fn reseal(key: &SigningKey, sealed_private: &str) -> Statement {
    Statement::new(
        "UPDATE signing_keys SET sealed_private = ?3 WHERE kid = ?1 AND sealed_private = ?2",
    )
    .bind(&key.kid.0)
    .bind(&key.sealed_private)
    .bind(sealed_private)
}
