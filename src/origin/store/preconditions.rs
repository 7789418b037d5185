//! Preconditions of a transaction: it takes place only if a row has the version that the client has read
//! (`If-Match`).

use crate::ports::{DatabaseError, Statement};

/// What the trigger of migration 0025 says.
const REFUSAL: &str = "the version is not the present one";

/// Fails the transaction unless the row `id` of `table` has that version.
pub fn is_version(table: &str, id: &str, version: i64) -> Statement {
    Statement::new(format!(
        "INSERT INTO preconditions (holds) \
         SELECT EXISTS (SELECT 1 FROM {table} WHERE id = ?1 AND version = ?2)"
    ))
    .bind(id)
    .bind(version)
}

/// Fails the transaction unless the user is a member of the organization.
pub fn is_member(user_id: &str, organization: &str) -> Statement {
    Statement::new(
        "INSERT INTO preconditions (holds) SELECT EXISTS (SELECT 1 FROM memberships \
         WHERE user_id = ?1 AND organization = ?2)",
    )
    .bind(user_id)
    .bind(organization)
}

/// The failure of a transaction: [`DatabaseError::Stale`] if its precondition did not hold.
pub fn failed(error: DatabaseError) -> DatabaseError {
    match error {
        DatabaseError::Failed(why) if why.contains(REFUSAL) => DatabaseError::Stale,
        other => other,
    }
}
