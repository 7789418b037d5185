//! The commit point: the only place that runs a [`Change`].
//!
//! Rows, revocations, the queue of publications and the entries of the audit trail are one batch, which
//! is one transaction: there is neither a change without its revocation or entry, nor one of these
//! without the change. A change about a role, team or permission revokes the organization's published
//! policy and publishes it again. Afterwards the
//! revocations are copied to KV and the edges' records are published. A failure of either does not fail
//! the action: the schedule repeats it.

use super::{
    audit::Subject,
    change::{Change, Committed, Entry, Position},
    feed, homes, publication, relay,
};
use crate::{
    origin::{
        Origin,
        store::{
            idempotency::{self, Done},
            preconditions,
            revocations::append,
        },
    },
    ports::{DatabaseError, Statement},
};

/// Runs `change` as one transaction, then copies its revocations and publishes what it queued.
pub async fn commit(origin: &Origin, change: Change) -> Result<Committed, DatabaseError> {
    let Change { records, statements, required, publishes } = change;
    if statements.is_empty() && records.is_empty() {
        return Ok(Committed(Vec::new()));
    }
    for entry in &records {
        if let Some(organization) = entry.subject.lives_with()
            && homes::is_elsewhere(origin, organization).await?
        {
            origin.place.is_astray.set(true);
            return Err(DatabaseError::Failed("the organization is in another database".into()));
        }
    }
    let mut policies = publishes.policies;
    policies
        .extend(records.iter().filter_map(|entry| entry.subject.policy_of().map(str::to_owned)));
    policies.sort_unstable();
    policies.dedup();
    let of_change = statements.len();
    let Batch { mut statements, mut own, entries } = batch(origin, records, statements, &required);
    for organization in &policies {
        statements.push(append::policy(organization, origin.clock.now()));
        own.push(false);
    }
    // Last: it reads the row that the change creates.
    statements.extend(once(origin));
    let rows = Box::pin(feed::append(origin, statements)).await;
    let rows = match rows.map_err(preconditions::failed) {
        Ok(rows) => rows,
        Err(DatabaseError::Failed(why)) if preconditions::is_without_effect(&why) => {
            return Ok(Committed(vec![Vec::new(); of_change]));
        }
        Err(error) => return Err(error),
    };
    relay::after_commit(origin).await;
    for (place, subject) in entries {
        if rows.get(place).is_some_and(|rows| !rows.is_empty()) {
            Box::pin(copied_home(origin, subject)).await;
        }
    }
    if publishes.keys {
        Box::pin(publication::settle(origin)).await;
    }
    if publishes.snapshot {
        Box::pin(publication::edge(origin)).await;
    }
    for organization in &policies {
        publication::policy::publish(origin, organization).await;
    }
    let own_rows = rows.into_iter().zip(own).filter_map(|(rows, own)| own.then_some(rows));
    Ok(Committed(own_rows.collect()))
}

/// Appends an entry also to the trail of an organization in another database than that of the
/// change: for example a membership of an external user, or an application.
async fn copied_home(origin: &Origin, subject: Subject) {
    let copied = async {
        let home = homes::at(origin, subject.owner()).await?;
        if home.place.number != origin.place.number {
            home.database.run(subject.appended(origin, false)).await?;
        }
        Ok::<_, DatabaseError>(())
    };
    if let Err(error) = copied.await {
        origin.failed("audit.copy", error);
    }
}

/// Lifetime of an `Idempotency-Key`, in seconds.
const REMEMBERED_FOR: i64 = 24 * 3600;

/// The statements that store the request's creation for its `Idempotency-Key`
/// ([`Origin::creating`]).
fn once(origin: &Origin) -> Vec<Statement> {
    let remembered = || {
        let once = origin.occasion.once.as_ref()?;
        let caller = origin.occasion.trace.caller()?;
        let reply = once.take()?;
        let now = origin.clock.now();
        let done = Done { digest: once.digest.clone(), reply: reply.body, tag: reply.tag };
        let caller = idempotency::Caller { subject: &caller.subject, owner: &caller.organization };
        let row = (reply.row.0, reply.row.1.as_str());
        let until = (now, now.plus(REMEMBERED_FOR));
        Some(idempotency::note(caller, &once.key, &done, row, until))
    };
    remembered().into_iter().flatten().collect()
}

/// Statements, and which of them are the change's own.
#[derive(Default)]
struct Batch {
    statements: Vec<Statement>,
    own: Vec<bool>,
    /// With several databases: what the entries of the audit trail are about, and where they are appended.
    entries: Vec<(usize, Subject)>,
}

impl Batch {
    fn append(&mut self, origin: &Origin, subject: Subject, if_changed: bool) {
        if origin.databases.are_several() {
            self.entries.push((self.statements.len(), subject.clone()));
        }
        self.push(subject.appended(origin, if_changed), false);
    }

    fn push(&mut self, statement: Statement, is_own: bool) {
        self.statements.push(statement);
        self.own.push(is_own);
    }
}

/// The statements with those that append the entries: each directly after the statement that decides
/// about it, the others first, while what the change deletes is still there.
fn batch(
    origin: &Origin,
    records: Vec<Entry>,
    statements: Vec<Statement>,
    required: &[Position],
) -> Batch {
    let mut batch = Batch::default();
    if let Some(it) = origin.occasion.expected.take() {
        batch.push(preconditions::is_version(it.table, &it.id, it.version), false);
    }
    let (decided, others): (Vec<Entry>, Vec<Entry>) =
        records.into_iter().partition(|entry| entry.decided_by.is_some());
    for entry in others {
        batch.append(origin, entry.subject, false);
    }
    // An entry that is appended is a row that has changed, so the next one finds its condition true.
    let mut decided = decided.into_iter().peekable();
    for (place, statement) in statements.into_iter().enumerate() {
        batch.push(statement, true);
        while let Some(entry) =
            decided.next_if(|entry| entry.decided_by.is_some_and(|position| position.0 == place))
        {
            batch.append(origin, entry.subject, true);
        }
        if required.iter().any(|position| position.0 == place) {
            batch.push(preconditions::took_effect(), false);
        }
    }
    batch
}
