//! The revocation feed in the database, in the order of its numbers.
//!
//! An entry is kept until the last credential that it could concern has expired: the longest lifetime
//! of an access token. Of the subjects that keys rely on, the newest entry is kept for a month. One
//! entry for each restored backup is kept forever.

pub mod append;
pub mod restore;

use serde::Deserialize;

use super::{
    purges::{self, Key},
    query::Query,
};
use crate::{
    core::{
        revocation::{Page, Revocation, Sequence, Subject},
        time::UnixTime,
    },
    ports::{Database, DatabaseError, Row, Statement},
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
    /// From this second on it may be removed.
    pub until: UnixTime,
    /// What a restored row loses: see [`append::Cause`].
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
        let sequence = Sequence(self.seq.try_into().ok()?);
        Some(Revocation { subject, sequence, until: self.until })
    }

    /// What distinguishes the entry from another one with the same number.
    pub fn mark(&self) -> String {
        format!("{}:{}:{}", self.kind, self.id, self.until.0)
    }
}

/// The end of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FeedEnd {
    /// The history that the numbers are of.
    pub epoch: i64,
    /// The highest number used in it; 0 before the first.
    pub seq: i64,
    /// [`Entry::mark`] of that number.
    pub mark: Option<String>,
    /// [`Entry::mark`] of the number asked for, if that entry is still there.
    pub asked: Option<String>,
}

const MARK: &str = "kind || ':' || id || ':' || until";

fn end_at(seq: i64) -> Statement {
    Statement::new(format!(
        "SELECT epoch, coalesce((SELECT max(seq) FROM revocations), 0) AS seq, \
         (SELECT {MARK} FROM revocations WHERE seq = (SELECT max(seq) FROM revocations)) AS mark, \
         (SELECT {MARK} FROM revocations WHERE seq = ?1) AS asked FROM revocation_history"
    ))
    .bind(seq)
}

/// The end of the feed, and the mark of the number `asked`.
pub async fn end(database: &dyn Database, asked: i64) -> Result<FeedEnd, DatabaseError> {
    let found = database.first(end_at(asked)).await?;
    found.ok_or_else(|| DatabaseError::Record("the feed has no history".to_owned()))
}

/// Entries that can concern a credential at `now`, in order: those after `after` if that number is of
/// the present history, else those from the start. At most one more than a page holds.
pub async fn after(
    database: &dyn Database,
    epoch: i64,
    after: i64,
    now: UnixTime,
) -> Result<(FeedEnd, Vec<Entry>), DatabaseError> {
    // One transaction: the highest number and the entries are of one moment.
    let entries = Statement::new(
        "SELECT seq, kind, id, until, cause FROM revocations WHERE until > ?3 AND seq > \
         CASE WHEN (SELECT epoch FROM revocation_history) = ?1 THEN ?2 ELSE 0 END \
         ORDER BY seq LIMIT ?4",
    )
    .bind(epoch)
    .bind(after)
    .bind(now)
    .bind(i64::try_from(Page::ENTRIES).unwrap_or(i64::MAX).saturating_add(1));
    let mut results = database.batch(vec![end_at(after), entries]).await?.into_iter();
    let end = results.next().and_then(|rows| rows.into_iter().next());
    let end = end.ok_or_else(|| DatabaseError::Record("the feed has no history".to_owned()))?;
    let entries = results.next().unwrap_or_default().into_iter();
    let entries = entries.map(Row::into_record).collect::<Result<_, _>>()?;
    Ok((end.into_record()?, entries))
}

/// The highest number in the feed.
pub async fn sequence(database: &dyn Database) -> Result<Sequence, DatabaseError> {
    #[derive(Deserialize)]
    struct Newest {
        seq: Sequence,
    }
    let newest = database.first::<Newest>(newest_sequence()).await?;
    Ok(newest.map(|row| row.seq).unwrap_or_default())
}

/// [`sequence`] as a query.
pub fn newest() -> Query<Sequence> {
    #[derive(Deserialize)]
    struct Newest {
        seq: Sequence,
    }
    Query::rows(newest_sequence(), |rows| {
        let newest = rows.into_iter().next().map(Row::into_record::<Newest>).transpose()?;
        Ok(newest.map(|row| row.seq).unwrap_or_default())
    })
}

/// The same as a statement that returns `seq`, for a batch that reads the facts of a decision.
pub(in super::super) fn newest_sequence() -> Statement {
    Statement::new("SELECT coalesce((SELECT max(seq) FROM revocations), 0) AS seq")
}

/// The number of the newest entry of `subject`, 0 if there is none.
pub async fn newest_of(
    database: &dyn Database,
    subject: Subject<'_>,
) -> Result<Sequence, DatabaseError> {
    #[derive(Deserialize)]
    struct Newest {
        seq: Sequence,
    }
    let statement = Statement::new(
        "SELECT coalesce(max(seq), 0) AS seq FROM revocations WHERE kind = ?1 AND id = ?2",
    );
    let newest = database.first::<Newest>(statement.bind(subject.kind()).bind(subject.id()));
    Ok(newest.await?.map(|row| row.seq).unwrap_or_default())
}

/// That something is revoked, as a condition: `first` and the placeholder after it are bound by
/// [`Since::bind`].
///
/// A number of another database is that of a credential from before its organization moved here: every
/// entry of this feed is newer.
pub fn is_revoked(first: usize) -> String {
    let second = first + 1;
    let database = "(SELECT number FROM topology)";
    let (shift, most) = (Sequence::BITS_OF_DATABASE, Sequence::DATABASES - 1);
    format!(
        "EXISTS (SELECT 1 FROM json_each(?{first}) AS subject JOIN revocations \
         ON revocations.kind = json_extract(subject.value, '$[0]') \
         AND revocations.id = json_extract(subject.value, '$[1]') \
         AND (revocations.seq > \
         iif((?{second} >> {shift}) & {most} = {database}, ?{second}, 0) OR json_extract(subject.value, '$[2]')))"
    )
}

/// The subjects that a credential depends on, and the end of the feed before they were checked.
#[derive(Debug, Clone)]
pub struct Since {
    subjects: String,
    sequence: Sequence,
}

impl Since {
    /// `subjects`, checked after the feed had come to `sequence`.
    pub fn new(subjects: &[Subject<'_>], sequence: Sequence) -> Self {
        let subjects = subjects
            .iter()
            .filter(|subject| !subject.id().is_empty() || matches!(subject, Subject::Everything));
        let subjects: Vec<_> =
            subjects.map(|it| (it.kind(), it.id(), i64::from(it.is_final()))).collect();
        Self { subjects: super::json_text(&subjects), sequence }
    }

    /// Binds the two placeholders of [`is_revoked`].
    #[must_use]
    pub fn bind(&self, statement: Statement) -> Statement {
        let sequence = i64::try_from(self.sequence.0).unwrap_or(i64::MAX);
        statement.bind(&self.subjects).bind(sequence)
    }

    /// Whether one of the subjects is revoked.
    pub fn is_revoked(&self) -> Query<bool> {
        let statement = Statement::new(format!("SELECT 1 AS found WHERE {}", is_revoked(1)));
        Query::rows(self.bind(statement), |rows| Ok(!rows.is_empty()))
    }
}

/// Entries that are not known to be copied to KV.
pub async fn not_copied(database: &dyn Database, limit: i64) -> Result<Vec<Entry>, DatabaseError> {
    let statement = Statement::new(
        "SELECT seq, kind, id, until, cause FROM revocations WHERE is_copied = 0 \
         ORDER BY seq LIMIT ?1",
    );
    database.all(statement.bind(limit)).await
}

/// Notes that the entries of these numbers are copied to KV.
pub fn copied(numbers: &[i64]) -> Statement {
    Statement::new(
        "UPDATE revocations SET is_copied = 1 WHERE seq IN (SELECT value FROM json_each(?1))",
    )
    .bind(super::json_text(&numbers))
}

/// Removes entries that no live credential can match, except the highest number, by which a restored
/// backup is recognised.
pub fn purge(now: UnixTime) -> Statement {
    // `+seq`: a search by `until`, not through all numbers below the highest.
    Statement::new(
        "DELETE FROM revocations WHERE until <= ?1 AND is_copied = 1 \
         AND +seq < (SELECT max(seq) FROM revocations)",
    )
    .bind(now)
}

/// Removes a part of the entries that a newer one of the same subject covers.
pub fn purge_covered(begins: bool) -> [Statement; 2] {
    let covered = "is_copied = 1 AND EXISTS (SELECT 1 FROM revocations AS newer \
         WHERE newer.kind = revocations.kind AND newer.id = revocations.id \
         AND newer.seq > revocations.seq AND newer.until >= revocations.until)";
    purges::part("revocations", Key { column: "seq", least: "0" }, begins, covered)
}
