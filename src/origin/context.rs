//! The context of every request and job: configuration, the database, KV, time, randomness,
//! signatures, the log, and the occasion: which request or job it is.
//!
//! Everything above this module is passed a `&Origin`. It holds no rule of its own.

mod databases;
mod outbox;

use std::{
    cell::{Cell, RefCell},
    fmt,
    rc::Rc,
};

pub use self::databases::{Databases, Place};
use self::outbox::Outbox;
use super::config::Config;
use crate::{
    core::{
        limit::{Slot, Spread},
        log::{Caller, Line},
        time::UnixTime,
    },
    ports::{Clock, Database, Http, Log, Messages, Publishing, Random, Signing, Sockets},
};

/// The configuration of the origin, its ports, and the request or job that it is used for.
#[derive(Clone)]
pub struct Origin {
    /// What the operator configured.
    pub config: Rc<Config>,
    /// The database: the source of truth. Of several, the one that the request is about.
    pub database: Rc<dyn Database>,
    /// All databases.
    pub databases: Rc<Databases>,
    /// Which of them `database` is.
    pub place: Place,
    /// KV, which the edges read.
    pub snapshots: Rc<dyn Publishing>,
    /// The time.
    pub clock: Rc<dyn Clock>,
    /// Randomness.
    pub random: Rc<dyn Random>,
    /// Signatures.
    pub crypto: Rc<dyn Signing>,
    /// Requests to services of others.
    pub outbound: Rc<dyn Http>,
    /// Connections to directories.
    pub sockets: Rc<dyn Sockets>,
    /// Messages to people.
    pub messages: Rc<dyn Messages>,
    /// Messages that are sent after the response.
    pub outbox: Rc<Outbox>,
    /// The log of refusals and failures.
    pub log: Rc<dyn Log>,
    /// When this instance last checked whether the database is a restored backup.
    pub watch: Rc<Watch>,
    /// The request or job, as the audit trail names it.
    pub occasion: Occasion,
}

/// The request or job during which a change is made.
#[derive(Debug, Clone, Default)]
pub struct Occasion {
    /// The operation id of the endpoint, or the name of the job.
    pub operation: &'static str,
    /// The method; empty outside a request.
    pub method: String,
    /// The path without the query; empty outside a request.
    pub path: String,
    /// The id of the request; empty outside one.
    pub request_id: String,
    /// The client's address, as the edge saw it; empty if unknown.
    pub address: String,
    /// Who calls, once that is known.
    pub trace: Trace,
    /// The creation that may be repeated, if the request has an `Idempotency-Key`.
    pub once: Option<Once>,
    /// What the next commit has to find, if the request has an `If-Match`.
    pub(super) expected: Rc<RefCell<Option<Expected>>>,
}

/// The version of a row that a request changes.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    /// The table.
    pub(super) table: &'static str,
    /// The id of the row.
    pub(super) id: String,
    /// The version.
    pub(super) version: i64,
}

impl Occasion {
    /// A job of that name.
    pub fn job(name: &'static str) -> Self {
        Self { operation: name, ..Self::default() }
    }
}

/// A creation under an `Idempotency-Key`.
#[derive(Debug, Clone)]
pub struct Once {
    /// The key.
    pub key: String,
    /// Of the request.
    pub digest: String,
    reply: Rc<RefCell<Option<OnceReply>>>,
}

/// What a creation will return.
#[derive(Debug, Clone)]
pub(super) struct OnceReply {
    /// The table and the id of the row that is created.
    pub(super) row: (&'static str, String),
    /// The reply as JSON, without secrets.
    pub(super) body: String,
    /// Its `ETag`.
    pub(super) tag: String,
}

impl Once {
    /// The creation of that request under that key.
    pub fn new(key: &str, digest: String) -> Self {
        Self { key: key.to_owned(), digest, reply: Rc::default() }
    }

    /// The reply, if the creation has been described.
    pub(super) fn take(&self) -> Option<OnceReply> {
        self.reply.borrow_mut().take()
    }
}

/// The caller of a request, once a handler has authenticated it: for the log and the audit trail.
#[derive(Debug, Clone, Default)]
pub struct Trace(Rc<RefCell<Traced>>);

#[derive(Debug, Default)]
struct Traced {
    caller: Option<Caller>,
    privileged: Option<String>,
}

impl Trace {
    /// Notes the caller.
    pub fn note(&self, caller: impl Into<Caller>) {
        self.0.borrow_mut().caller = Some(caller.into());
    }

    /// The caller, if one has been noted.
    pub fn caller(&self) -> Option<Caller> {
        self.0.borrow().caller.clone()
    }

    /// Notes that the request reads what only privilege opens, in `organization`: a read that the
    /// audit trail records.
    pub fn read_of(&self, organization: &str) {
        self.0.borrow_mut().privileged.get_or_insert_with(|| organization.to_owned());
    }

    /// The organization that such a read has been noted in.
    pub fn privileged_read(&self) -> Option<String> {
        self.0.borrow().privileged.clone()
    }
}

/// When an instance of the origin last compared the database with the copies of the feed in KV.
#[derive(Debug, Default)]
pub struct Watch(Cell<UnixTime>);

impl Watch {
    /// When the last comparison was.
    pub(super) fn last(&self) -> UnixTime {
        self.0.get()
    }

    /// Notes a comparison.
    pub(super) fn note(&self, now: UnixTime) {
        self.0.set(now);
    }
}

impl Origin {
    /// The row that counts the attempts of `whom` among those of `kind`.
    pub fn slot(&self, kind: &str, whom: &str) -> Slot {
        Slot::of(&self.config.root_keys.current, &self.config.environment, kind, whom)
    }

    /// The rows that count the attempts of `whom` among those of `kind`, by subjects that the database finds.
    pub fn spread(&self, kind: &'static str, whom: &str) -> Spread {
        Spread::of(&self.config.root_keys.current, &self.config.environment, kind, whom)
    }

    /// Describes the creation that the next commit makes: the row `id` of `table`, and the reply, which
    /// a repetition of the request gets again.
    pub fn creating(&self, table: &'static str, id: &str, tag: &str, reply: String) {
        if let Some(once) = &self.occasion.once {
            let row = (table, id.to_owned());
            once.reply.replace(Some(OnceReply { row, body: reply, tag: tag.to_owned() }));
        }
    }

    /// Has the next commit fail unless the row `id` of `table` still has that version.
    pub fn expecting(&self, table: &'static str, id: &str, version: i64) {
        let expected = Expected { table, id: id.to_owned(), version };
        self.occasion.expected.replace(Some(expected));
    }

    /// The same context for another request or job.
    #[must_use]
    pub fn during(&self, occasion: Occasion) -> Self {
        Self { occasion, ..self.clone() }
    }

    /// Logs a failure that does not fail a request.
    pub fn failed(&self, event: &'static str, cause: impl fmt::Display) {
        self.write(Line::failure(event, cause));
    }

    /// Writes a line to the log.
    pub(super) fn write(&self, line: Line) {
        self.log.write(line.level, &line.text());
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin").field("config", &self.config).finish_non_exhaustive()
    }
}
