//! Attempts: how often a subject has tried something that is worth guessing.
//!
//! An attempt is counted before it is looked at, in one statement, so that any number of parallel
//! guesses together have no more tries than one after the other.

use serde::Deserialize;

use crate::{
    core::time::UnixTime,
    world::{Database, DatabaseError, Statement},
};

/// How often, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Attempts within the window.
    pub attempts: i64,
    /// Seconds from the first attempt, after which the count starts again.
    pub window: i64,
    /// Seconds from the last allowed attempt for which every further one is refused; `None`: until
    /// the window ends.
    pub freeze: Option<i64>,
}

/// Whether an attempt may be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It has been counted.
    Allowed,
    /// Too many; the next is allowed at that time. Nothing has been counted.
    Refused(UnixTime),
}

/// Counts an attempt of `subject` (`<what>:<whom>`), unless there were too many.
pub async fn count(
    database: &dyn Database,
    subject: &str,
    limit: Limit,
    now: UnixTime,
) -> Result<Attempt, DatabaseError> {
    #[derive(Deserialize)]
    struct Standing {
        count: i64,
        expires_at: UnixTime,
    }
    // The refused attempt still writes its row (count stays one above the limit), so that one
    // statement both decides and answers until when.
    let standing: Option<Standing> = database
        .first(
            Statement::new(
                "INSERT INTO attempts (subject, count, expires_at) VALUES (?1, 1, ?2 + ?4) \
                 ON CONFLICT (subject) DO UPDATE SET \
                 count = CASE WHEN expires_at <= ?2 THEN 1 ELSE min(count, ?3) + 1 END, \
                 expires_at = CASE WHEN expires_at <= ?2 THEN ?2 + ?4 \
                 WHEN count + 1 = ?3 AND ?5 IS NOT NULL THEN ?2 + ?5 ELSE expires_at END \
                 RETURNING count, expires_at",
            )
            .bind(subject)
            .bind(now)
            .bind(limit.attempts)
            .bind(limit.window)
            .bind(limit.freeze),
        )
        .await?;
    Ok(match standing {
        Some(standing) if standing.count > limit.attempts => Attempt::Refused(standing.expires_at),
        _ => Attempt::Allowed,
    })
}

/// Forgets the attempts of `subject`: it has proved itself.
pub fn forget(subject: &str) -> Statement {
    Statement::new("DELETE FROM attempts WHERE subject = ?1").bind(subject)
}

/// Removes the windows that have ended.
pub fn purge(now: UnixTime) -> Statement {
    Statement::new("DELETE FROM attempts WHERE expires_at <= ?1").bind(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::native::Sqlite;

    const LOCK: Limit = Limit { attempts: 3, window: 1000, freeze: Some(60) };

    fn counted(database: &Sqlite, limit: Limit, now: i64) -> Attempt {
        pollster::block_on(count(database, "test:a", limit, UnixTime(now))).unwrap()
    }

    fn database() -> Sqlite {
        Sqlite::migrated(&[include_str!("../../../migrations/0001_initial.sql")]).unwrap()
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
        let limit = Limit { attempts: 2, window: 100, freeze: None };
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
        pollster::block_on(database.run(forget("test:a"))).unwrap();
        assert_eq!(counted(&database, LOCK, 1), Attempt::Allowed);
    }
}
