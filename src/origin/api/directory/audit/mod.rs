//! The audit trail: `/v1/iam/audit-logs`.

pub mod append;
pub mod export;
pub mod list;
mod part;
pub mod read;
pub mod verify;
mod view;
