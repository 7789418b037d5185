//! Users (RFC 7643 §4.1).

pub mod change;
pub mod create;
pub mod delete;
pub mod list;
mod lookup;
pub mod path;
pub mod read;
pub mod update;
