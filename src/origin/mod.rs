//! The origin: the service near the database. It issues tokens and administers who may have them.
//!
//! [`Origin::handle`] is the one way in; [`router`](self) says which handler answers which path.

pub mod api;
pub mod authn;
pub mod config;
pub mod domain;
pub mod http;
mod jobs;
pub mod pages;
pub mod store;

use std::{fmt, rc::Rc};

pub use self::{config::Config, domain::limits::Limits};
use crate::ports::{Clock, Database, Log, Publishing, Random, Signing};

/// The origin and its world.
pub struct Origin {
    /// What the operator set.
    pub config: Config,
    /// The truth.
    pub database: Rc<dyn Database>,
    /// What the edges read.
    pub snapshots: Rc<dyn Publishing>,
    /// The time.
    pub clock: Rc<dyn Clock>,
    /// Chance.
    pub random: Rc<dyn Random>,
    /// Signatures.
    pub crypto: Rc<dyn Signing>,
    /// Refusals and failures.
    pub log: Rc<dyn Log>,
    /// When this instance last looked whether the database is an old one.
    pub watch: domain::revocation::Watch,
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin").field("config", &self.config).finish_non_exhaustive()
    }
}
