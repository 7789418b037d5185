//! Organizations, one file per endpoint. All are owned by the platform.

pub mod create;
pub mod database;
pub mod delete;
pub mod list;
pub mod provision;
pub mod read;
pub mod tombstones;
pub mod update;
pub mod view;
