//! Tokens: their claims, how they are issued, and which of them are live.

pub mod acting;
pub mod claims;
mod error;
pub mod issue;
pub mod live;

pub use error::IssueError;
