//! Verifiers of sign-in steps. Only these and [`password`](super::password) create
//! [`Evidence`](crate::core::signin::Evidence).

pub mod address;
pub mod codes;
pub mod directory;
pub mod passkey;
pub mod provider;
pub mod wallet;
