//! What a handler may ask of the outside, as a few small traits.
//!
//! [`crate::platform`] implements them on Cloudflare Workers and natively; nothing above that
//! layer names a binding, reads an ambient clock, or draws ambient randomness.

mod clock;
mod crypto;
mod database;
mod http;
mod location_cache;
mod log;
mod random;
mod snapshots;

pub use clock::Clock;
pub use crypto::{Crypto, CryptoError, GeneratedKey, Signing};
pub use database::{Database, DatabaseError, Row, Statement, Value, flag, json};
pub use http::{Http, HttpError, HttpRequest, HttpResponse};
pub use location_cache::LocationCache;
pub use log::Log;
pub use random::Random;
pub use snapshots::{Publishing, Snapshots, SnapshotsError};
