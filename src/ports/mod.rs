//! The traits for a service's external dependencies: database, snapshots, clock, HTTP, cache, log,
//! and (declared in the core, which needs them) signatures and randomness.
//!
//! [`crate::platform`] implements them on Cloudflare Workers and natively; nothing above that
//! layer names a binding, reads an ambient clock, or draws ambient randomness.

mod clock;
mod database;
mod http;
mod location_cache;
mod log;
#[cfg(feature = "origin")]
mod messages;
mod snapshots;
#[cfg(feature = "origin")]
mod stream;

pub use crate::core::{
    crypto::{Crypto, CryptoError, GeneratedKey, Signatures, Signing},
    random::Random,
};
pub use clock::Clock;
pub use database::{Database, DatabaseError, Row, Statement, Value, flag, json};
pub use http::{Http, HttpError, HttpRequest, HttpResponse};
pub use location_cache::LocationCache;
pub use log::Log;
#[cfg(feature = "origin")]
pub use messages::{MessageError, Messages};
pub use snapshots::{Publishing, Snapshots, SnapshotsError};
#[cfg(feature = "origin")]
pub use stream::{Sockets, Stream, StreamError, Tls};
