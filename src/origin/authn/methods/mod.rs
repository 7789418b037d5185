//! The verifiers of a sign-in's further steps. Only they, and [`password`](super::password), make
//! [`Evidence`](crate::core::signin::Evidence) of what they have verified.

pub mod address;
pub mod codes;
pub mod directory;
pub mod passkey;
pub mod provider;
pub mod wallet;
