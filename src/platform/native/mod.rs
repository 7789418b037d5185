//! Ports for native tests: SQLite, memory, RustCrypto, and a manual clock.

mod clock;
mod crypto;
mod database;
mod key_transport;
mod log;
mod random;
mod signatures;
mod snapshots;
mod sockets;

pub use clock::ManualClock;
pub use crypto::{Es256, Es256Signature, RustCrypto};
pub use database::{Observer, Sqlite};
pub use log::MemoryLog;
pub use random::{OsRandom, SeededRandom};
pub use snapshots::MemorySnapshots;
pub use sockets::Tcp;
