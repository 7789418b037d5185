//! Users under `/v1/iam/users`.

pub mod create;
pub mod object;
