//! Tokens: their claims, how they are issued, and which of them are live.

pub mod claims;
pub mod issue;
pub mod live;
