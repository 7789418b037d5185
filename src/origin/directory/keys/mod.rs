//! API keys under `/v1/iam/keys`.

pub mod mint;
pub mod object;
