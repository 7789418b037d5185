//! The revocation feed as it lies in the database, in the order of its numbers.
//!
//! An entry is there until the last credential that it could concern has expired: at any time
//! there are as many as there were revocations within the longest lifetime of an access token
//! (of keys: within a week; one for each restored backup stays).

pub mod append;
pub mod restore;

use serde::Deserialize;

use crate::{
    core::{
        revocation::{Page, Revocation, Subject},
        time::UnixTime,
    },
    world::{Database, DatabaseError, Row, Statement},
};

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// Its number.
    pub seq: i64,
    /// [`Subject::kind`]
    pub kind: String,
    /// [`Subject::id`]
    pub id: String,
    /// What was issued at this second or before is dead.
    pub through: UnixTime,
    /// From this second on it may be forgotten.
    pub until: UnixTime,
    /// What a restored row has to lose: see [`append::Cause`].
    pub cause: String,
}

impl Entry {
    /// The entry in a row that an appending statement returned; `None` for any other row.
    pub fn of_row(row: Row) -> Option<Self> {
        row.0.contains_key("seq").then(|| row.into_record().ok()).flatten()
    }

    /// The entry as edges read it.
    pub fn revocation(&self) -> Option<Revocation> {
        let subject = Subject::new(&self.kind, &self.id)?.fingerprint();
        Some(Revocation { subject, through: self.through, until: self.until })
    }

    /// By what an entry is told from another that was given the same number.
    pub fn mark(&self) -> String {
        format!("{}:{}:{}", self.kind, self.id, self.through.0)
    }
}

/// Where the feed stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Standing {
    /// The history that the numbers are of.
    pub epoch: i64,
    /// The highest number ever given in it; 0 before the first.
    pub seq: i64,
    /// [`Entry::mark`] of that number.
    pub mark: Option<String>,
    /// [`Entry::mark`] of the number asked for, if that entry is still there.
    pub asked: Option<String>,
}

const MARK: &str = "kind || ':' || id || ':' || through";

fn standing_at(seq: i64) -> Statement {
    Statement::new(format!(
        "SELECT epoch, coalesce((SELECT max(seq) FROM revocations), 0) AS seq, \
         (SELECT {MARK} FROM revocations ORDER BY seq DESC LIMIT 1) AS mark, \
         (SELECT {MARK} FROM revocations WHERE seq = ?1) AS asked FROM revocation_history"
    ))
    .bind(seq)
}

/// Where the feed stands, and what it knows of the number `asked`.
pub async fn standing(database: &dyn Database, asked: i64) -> Result<Standing, DatabaseError> {
    let found = database.first(standing_at(asked)).await?;
    found.ok_or_else(|| DatabaseError::Record("the feed has no history".to_owned()))
}

/// Entries that still concern somebody at `now`, in order: those after `after` if that number is of
/// the present history, else those from the start. At most one more than a page holds.
pub async fn after(
    database: &dyn Database,
    epoch: i64,
    after: i64,
    now: UnixTime,
) -> Result<(Standing, Vec<Entry>), DatabaseError> {
    // One transaction: the highest number and the entries are of one moment.
    let entries = Statement::new(
        "SELECT seq, kind, id, through, until, cause FROM revocations WHERE until > ?3 AND seq > \
         CASE WHEN (SELECT epoch FROM revocation_history) = ?1 THEN ?2 ELSE 0 END \
         ORDER BY seq LIMIT ?4",
    )
    .bind(epoch)
    .bind(after)
    .bind(now)
    .bind(i64::try_from(Page::ENTRIES).unwrap_or(i64::MAX).saturating_add(1));
    let mut answers = database.batch(vec![standing_at(after), entries]).await?.into_iter();
    let standing = answers.next().and_then(|rows| rows.into_iter().next());
    let standing =
        standing.ok_or_else(|| DatabaseError::Record("the feed has no history".to_owned()))?;
    let entries = answers.next().unwrap_or_default().into_iter();
    let entries = entries.map(Row::into_record).collect::<Result<_, _>>()?;
    Ok((standing.into_record()?, entries))
}

/// The newest moment through which any of `subjects` is dead.
pub async fn newest(
    database: &dyn Database,
    subjects: &[Subject<'_>],
) -> Result<Option<UnixTime>, DatabaseError> {
    #[derive(Deserialize)]
    struct Newest {
        through: Option<UnixTime>,
    }
    let subjects: Vec<_> = subjects.iter().map(|subject| [subject.kind(), subject.id()]).collect();
    let statement = Statement::new(
        "SELECT max(through) AS through FROM json_each(?1) AS subject JOIN revocations \
         ON kind = json_extract(subject.value, '$[0]') \
         AND revocations.id = json_extract(subject.value, '$[1]')",
    )
    .bind(super::json_text(&subjects));
    Ok(database.first::<Newest>(statement).await?.and_then(|row| row.through))
}

/// Entries that are not known to be in the second place too.
pub async fn not_copied(database: &dyn Database, limit: i64) -> Result<Vec<Entry>, DatabaseError> {
    let statement = Statement::new(
        "SELECT seq, kind, id, through, until, cause FROM revocations WHERE is_copied = 0 \
         ORDER BY seq LIMIT ?1",
    );
    database.all(statement.bind(limit)).await
}

/// Notes that the second place has the entries of these numbers.
pub fn copied(numbers: &[i64]) -> Statement {
    Statement::new(
        "UPDATE revocations SET is_copied = 1 WHERE seq IN (SELECT value FROM json_each(?1))",
    )
    .bind(super::json_text(&numbers))
}

/// Removes what concerns nobody any more, but for the highest number, by which a restored backup is
/// known for one.
pub fn purge(now: UnixTime) -> Statement {
    Statement::new(
        "DELETE FROM revocations WHERE until <= ?1 AND is_copied = 1 \
         AND seq < (SELECT max(seq) FROM revocations)",
    )
    .bind(now)
}
