//! Users (RFC 7643 §4.1).

pub mod change;
pub mod create;
pub mod delete;
pub mod list;
mod lookup;
pub mod patch;
pub mod read;
pub mod replace;
