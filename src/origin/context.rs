//! The context of every request and job: configuration, the database, KV, time, randomness,
//! signatures and the log.
//!
//! Everything above this module is passed a `&Origin`. It holds no rule of its own.

use std::{cell::Cell, fmt, rc::Rc};

use super::config::Config;
use crate::{
    core::{limit::Slot, log::Line, time::UnixTime},
    ports::{Clock, Database, Log, Publishing, Random, Signing},
};

/// The configuration of the origin and its ports.
pub struct Origin {
    /// What the operator configured.
    pub config: Config,
    /// The database: the source of truth.
    pub database: Rc<dyn Database>,
    /// KV, which the edges read.
    pub snapshots: Rc<dyn Publishing>,
    /// The time.
    pub clock: Rc<dyn Clock>,
    /// Randomness.
    pub random: Rc<dyn Random>,
    /// Signatures.
    pub crypto: Rc<dyn Signing>,
    /// The log of refusals and failures.
    pub log: Rc<dyn Log>,
    /// When this instance last checked whether the database is a restored backup.
    pub watch: Watch,
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
