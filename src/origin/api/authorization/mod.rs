//! Authorization decisions over HTTP, in the formats of Casdoor, `authz/check` and AuthZEN, and the
//! permissions of a user. All call [`crate::core::policy`].

pub mod asker;
pub mod check;
pub mod enforce;
pub mod evaluation;
pub mod metadata;
pub mod permissions;
pub mod question;
pub mod view;
