//! The statements that heal a database restored from a backup, all in one batch.
//!
//! Each statement does nothing unless this healer began the new history: of concurrent healers one
//! succeeds. Revocations since the backup are appended again and applied to the restored rows. The
//! backup does not reveal which refresh tokens, codes and sessions were used since, so all of them
//! end.

use super::append::{LEFT, LOWERED};
use crate::{
    core::{
        revocation::{NEVER, Sequence},
        time::UnixTime,
    },
    ports::Statement,
};

/// Which history ends and which one begins.
#[derive(Debug, Clone)]
pub struct Healing<'a> {
    /// The epoch of the restored database.
    pub from: i64,
    /// The highest number in it.
    pub seq: i64,
    /// The new epoch, greater than all known ones.
    pub to: i64,
    /// Random.
    pub healer: &'a str,
    /// The number of the database.
    pub database: usize,
    /// Now.
    pub now: UnixTime,
}

/// `?1` is the healer.
const HEALER: &str = "EXISTS (SELECT 1 FROM revocation_history WHERE healer = ?1)";

impl Healing<'_> {
    /// Begins the new history; returns a row to the healer that succeeds.
    pub fn begin(&self) -> Statement {
        Statement::new(
            "UPDATE revocation_history SET epoch = ?1, healer = ?2 WHERE epoch = ?3 \
             RETURNING epoch",
        )
        .bind(self.to)
        .bind(self.healer)
        .bind(self.from)
    }

    /// Appends again the entries that the database lacks, from `copies`: a JSON list of
    /// `[epoch, seq, until, cause, kind, id]`.
    pub fn append(&self, copies: &str) -> Statement {
        // A number may have been used again before the backup was noticed: then the entry differs.
        Statement::new(format!(
            "WITH copy (epoch, seq, until, cause, kind, id) AS (SELECT \
             json_extract(value, '$[0]'), json_extract(value, '$[1]'), \
             json_extract(value, '$[2]'), json_extract(value, '$[3]'), \
             json_extract(value, '$[4]'), json_extract(value, '$[5]') FROM json_each(?2)) \
             INSERT INTO revocations (kind, id, until, cause, recorded_at) \
             SELECT kind, id, until, cause, ?3 FROM copy WHERE {HEALER} \
             AND (epoch > ?4 OR (epoch = ?4 AND (seq > ?5 \
             OR EXISTS (SELECT 1 FROM revocations AS known WHERE known.seq = copy.seq)))) \
             AND NOT EXISTS (SELECT 1 FROM revocations AS known WHERE known.seq = copy.seq \
             AND known.kind = copy.kind AND known.id = copy.id AND known.until = copy.until)"
        ))
        .bind(self.healer)
        .bind(copies)
        .bind(self.now)
        .bind(self.from)
        .bind(self.seq)
    }

    /// Appends the first entry of the new history: everything issued before it is revoked. Its number
    /// is above those of all earlier histories. It is never removed, because neither are the
    /// published records of keys that the backup does not know.
    pub fn end_everything(&self) -> Statement {
        let never = NEVER.0;
        let first = Sequence::first_of(self.to.unsigned_abs(), self.database).0;
        Statement::new(format!(
            "INSERT INTO revocations (seq, kind, id, until, recorded_at) \
             SELECT ?2, 'everything', '', {never}, ?3 WHERE {HEALER}"
        ))
        .bind(self.healer)
        .bind(i64::try_from(first).unwrap_or(i64::MAX))
        .bind(self.now)
    }

    /// Takes from the restored rows what was taken from them before.
    pub fn apply(&self) -> Vec<Statement> {
        let of = |kind: &str, cause: &str| {
            format!(
                "(SELECT id FROM revocations WHERE seq > ?2 AND kind = '{kind}' \
                 AND instr(cause, '{cause}') > 0)"
            )
        };
        let of_membership = |cause: &str| {
            format!(
                "EXISTS (SELECT 1 FROM revocations WHERE seq > ?2 AND kind = 'user' \
                 AND id = memberships.user_id AND cause = '{cause}.' || memberships.organization)"
            )
        };
        let disabled = |kind: &str, column: &str| {
            format!("{column} IN {} OR {column} IN {}", of(kind, "disabled"), of(kind, "deleted"))
        };
        [
            "UPDATE grants SET revoked_at = ?3 WHERE revoked_at IS NULL".to_owned(),
            "DELETE FROM sessions WHERE created_at <= ?3".to_owned(),
            "UPDATE codes SET expires_at = 0 WHERE created_at <= ?3".to_owned(),
            "UPDATE device_codes SET expires_at = 0 WHERE created_at <= ?3".to_owned(),
            format!(
                "UPDATE users SET is_forbidden = 1, updated_at = ?3, \
                 version = version + 1 WHERE ({})",
                disabled("user", "id")
            ),
            format!(
                "INSERT INTO erasures (user_id, owner, erased_at) SELECT id, owner, ?3 FROM users \
                 WHERE id IN {} AND id NOT IN (SELECT user_id FROM erasures)",
                of("user", "erased")
            ),
            format!("DELETE FROM users WHERE id IN {}", of("user", "erased")),
            format!(
                "UPDATE users SET password_hash = NULL, updated_at = ?3, \
                 version = version + 1 WHERE id IN {}",
                of("user", "password")
            ),
            format!(
                "UPDATE users SET is_admin = 0, updated_at = ?3, \
                 version = version + 1 WHERE id IN {}",
                of("user", "role")
            ),
            format!(
                "DELETE FROM memberships WHERE {}",
                of_membership(LEFT)
            ),
            format!(
                "UPDATE memberships SET role = 'member' WHERE {}",
                of_membership(LOWERED)
            ),
            format!(
                "UPDATE applications SET is_disabled = 1, updated_at = ?3, \
                 version = version + 1 WHERE ({})",
                disabled("application", "client_id")
            ),
            // The digest of no secret: NULL would make it a public client.
            format!(
                "UPDATE applications SET client_secret_digest = '', updated_at = ?3, \
                 version = version + 1 \
                 WHERE (client_id IN {0} OR client_id || '#secret' IN {0})",
                of("application", "secret")
            ),
            format!(
                "DELETE FROM client_secrets WHERE application_id IN (SELECT id FROM applications \
                 WHERE client_id IN {0} OR client_id || '#secret' IN {0})",
                of("application", "secret")
            ),
            format!(
                "UPDATE organizations SET is_disabled = 1, updated_at = ?3, \
                 version = version + 1 WHERE ({})",
                disabled("organization", "name")
            ),
            "UPDATE keys SET state = 'Revoked', revoker = 'restored backup', revoked_at = ?3, \
                 updated_at = ?3, version = version + 1 WHERE state <> 'Revoked' AND id IN (SELECT id FROM revocations \
                 WHERE seq > ?2 AND kind = 'key' AND cause = 'revoked')"
                .to_owned(),
            format!(
                "UPDATE keys SET state = 'Disabled', updated_at = ?3, \
                 version = version + 1 WHERE state = 'Active' \
                 AND id IN {}",
                of("key", "narrowed")
            ),
            "DELETE FROM signing_keys WHERE kid IN (SELECT id FROM revocations \
             WHERE seq > ?2 AND kind = 'signing-key')"
                .to_owned(),
        ]
        .into_iter()
        .map(|sql| {
            // Each names every parameter: SQLite takes no other number of them.
            Statement::new(format!("{sql} AND {HEALER} AND ?2 + ?3 IS NOT NULL"))
                .bind(self.healer)
                .bind(self.seq)
                .bind(self.now)
        })
        .collect()
    }
}
