//! Attempts: how often a subject has tried something that is worth guessing.
//!
//! An attempt is counted before it is looked at, in one statement, so that any number of parallel
//! guesses together have no more tries than one after the other.

use serde::Deserialize;

use crate::{
    core::{
        limit::{AttemptLimit, Slot},
        time::UnixTime,
    },
    ports::{Database, DatabaseError, Row, Statement},
};

/// Whether an attempt may be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It has been counted.
    Allowed,
    /// Too many; the next is allowed at that time. Nothing has been counted.
    Refused(UnixTime),
}

/// Counts an attempt in `slot`, unless there were too many.
pub async fn count(
    database: &dyn Database,
    slot: &Slot,
    limit: AttemptLimit,
    now: UnixTime,
) -> Result<Attempt, DatabaseError> {
    outcome(limit, database.run(counting(slot, limit, now)).await?)
}

/// What the row that [`counting`] returned says of the attempt.
pub fn outcome(limit: AttemptLimit, rows: Vec<Row>) -> Result<Attempt, DatabaseError> {
    #[derive(Deserialize)]
    struct Counted {
        count: i64,
        expires_at: UnixTime,
    }
    let row = rows.into_iter().next();
    let row = row.ok_or_else(|| DatabaseError::Record("attempts: no row".to_owned()))?;
    let counted: Counted = row.into_record()?;
    Ok(if counted.count > limit.attempts {
        Attempt::Refused(counted.expires_at)
    } else {
        Attempt::Allowed
    })
}

/// The statement of [`count`]; [`outcome`] reads what it returns.
pub fn counting(slot: &Slot, limit: AttemptLimit, now: UnixTime) -> Statement {
    // The refused attempt still writes its row (count stays one above the limit), so that one
    // statement both decides and answers until when.
    Statement::new(
        "INSERT INTO attempts (subject, occupant, count, expires_at) VALUES (?1, ?6, 1, ?2 + ?4) \
         ON CONFLICT (subject) DO UPDATE SET occupant = ?6, \
         count = CASE WHEN expires_at <= ?2 OR occupant <> ?6 THEN 1 \
         ELSE min(count, ?3) + 1 END, \
         expires_at = CASE WHEN expires_at <= ?2 OR occupant <> ?6 THEN ?2 + ?4 \
         WHEN count + 1 = ?3 AND ?5 IS NOT NULL THEN ?2 + ?5 ELSE expires_at END \
         RETURNING count, expires_at",
    )
    .bind(&slot.subject)
    .bind(now)
    .bind(limit.attempts)
    .bind(limit.window)
    .bind(limit.freeze)
    .bind(&slot.occupant)
}

/// Takes back one attempt of the present window that has proved to be none.
pub fn refund(slot: &Slot) -> Statement {
    Statement::new(
        "UPDATE attempts SET count = max(count - 1, 0) WHERE subject = ?1 AND occupant = ?2",
    )
    .bind(&slot.subject)
    .bind(&slot.occupant)
}

/// Forgets the attempts in `slot`: the subject has proved itself.
pub fn forget(slot: &Slot) -> Statement {
    Statement::new("DELETE FROM attempts WHERE subject = ?1 AND occupant = ?2")
        .bind(&slot.subject)
        .bind(&slot.occupant)
}

/// Removes the windows that have ended.
pub fn purge(now: UnixTime) -> Statement {
    Statement::new("DELETE FROM attempts WHERE expires_at <= ?1").bind(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::native::Sqlite;

    const LOCK: AttemptLimit = AttemptLimit { attempts: 3, window: 1000, freeze: Some(60) };

    fn slot(occupant: &str) -> Slot {
        Slot { subject: "test:1".to_owned(), occupant: occupant.to_owned() }
    }

    fn counted(database: &Sqlite, limit: AttemptLimit, now: i64) -> Attempt {
        pollster::block_on(count(database, &slot("a"), limit, UnixTime(now))).unwrap()
    }

    fn database() -> Sqlite {
        let schema = "CREATE TABLE attempts (subject TEXT PRIMARY KEY, count INTEGER NOT NULL, \
                      expires_at INTEGER NOT NULL, occupant TEXT NOT NULL) STRICT";
        Sqlite::migrated(&[schema]).unwrap()
    }

    #[test]
    fn attempts_beyond_the_limit_are_refused_until_the_freeze_ends() {
        let database = database();
        for now in [0, 1, 2] {
            assert_eq!(counted(&database, LOCK, now), Attempt::Allowed);
        }
        for now in [3, 4, 61] {
            assert_eq!(counted(&database, LOCK, now), Attempt::Refused(UnixTime(62)));
        }
        assert_eq!(counted(&database, LOCK, 62), Attempt::Allowed);
        assert_eq!(counted(&database, LOCK, 63), Attempt::Allowed);
    }

    #[test]
    fn without_a_freeze_the_window_decides() {
        let database = database();
        let limit = AttemptLimit { attempts: 2, window: 100, freeze: None };
        assert_eq!(counted(&database, limit, 0), Attempt::Allowed);
        assert_eq!(counted(&database, limit, 99), Attempt::Allowed);
        assert_eq!(counted(&database, limit, 99), Attempt::Refused(UnixTime(100)));
        assert_eq!(counted(&database, limit, 100), Attempt::Allowed);
    }

    #[test]
    fn success_starts_the_count_again() {
        let database = database();
        for _ in 0..4 {
            counted(&database, LOCK, 0);
        }
        pollster::block_on(database.run(forget(&slot("a")))).unwrap();
        assert_eq!(counted(&database, LOCK, 1), Attempt::Allowed);
    }

    /// Fault 6: one row, however many subjects share it; none is refused for another's attempts.
    #[test]
    fn another_occupant_takes_the_row_over_and_begins_at_zero() {
        let database = database();
        for _ in 0..4 {
            counted(&database, LOCK, 0);
        }
        let other = pollster::block_on(count(&database, &slot("b"), LOCK, UnixTime(1))).unwrap();
        assert_eq!(other, Attempt::Allowed);
        let rows = pollster::block_on(database.run(Statement::new("SELECT * FROM attempts")));
        assert_eq!(rows.unwrap().len(), 1);
        assert_eq!(counted(&database, LOCK, 2), Attempt::Allowed);
    }

    #[test]
    fn a_refunded_attempt_does_not_count() {
        let database = database();
        let limit = AttemptLimit { attempts: 2, window: 100, freeze: None };
        for now in 0..10 {
            assert_eq!(counted(&database, limit, now), Attempt::Allowed);
            pollster::block_on(database.run(refund(&slot("a")))).unwrap();
        }
    }
}
