//! Decisions over HTTP: whether a user may do something, in the forms of Casdoor, of `authz/check` and
//! of AuthZEN, and the permissions of a user. All of them ask [`crate::core::policy`] once.

pub mod asker;
pub mod check;
pub mod enforce;
pub mod evaluation;
pub mod metadata;
pub mod permissions;
pub mod question;
pub mod view;
