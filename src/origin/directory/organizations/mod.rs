//! Organizations under `/v1/iam/organizations`.

pub mod create;
pub mod object;
