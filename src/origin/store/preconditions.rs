//! Preconditions of a transaction: a row has the version that the client read (`If-Match`), and
//! each required statement changes a row.

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

/// What the trigger of migration 0041 says.
const WITHOUT_EFFECT: &str = "a required statement has no effect";

/// Fails the transaction unless the statement before it has changed a row.
pub fn took_effect() -> Statement {
    Statement::new("INSERT INTO requirements (holds) SELECT changes() > 0")
}

/// Whether a transaction failed by [`took_effect`].
pub fn is_without_effect(why: &str) -> bool {
    why.contains(WITHOUT_EFFECT)
}

/// The failure of a transaction: [`DatabaseError::Stale`] if its precondition did not hold.
pub fn failed(error: DatabaseError) -> DatabaseError {
    match error {
        DatabaseError::Failed(why) if why.contains(REFUSAL) => DatabaseError::Stale,
        other => other,
    }
}
