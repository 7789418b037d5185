//! Applications under `/v1/iam/applications`: the OAuth clients.

pub mod create;
pub mod object;
