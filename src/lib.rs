//! Hanzo IAM at the edge: the identity system of a multi-tenant AI cloud, as one crate that is
//! compiled to two Cloudflare Workers.
//!
//! Three layers, each of which knows only those above it in this list:
//!
//! 1. [`core`]: the decisions, as plain functions and types: tokens, keys, redirects, grants. No
//!    I/O, clock or randomness.
//! 2. [`edge`] and [`origin`]: the two services. Their handlers read like the protocol and reach
//!    the outside only through the traits of [`world`].
//! 3. [`platform`]: those traits on Cloudflare Workers, and natively for the tests.
//!
//! `docs/ARCHITECTURE.md` shows how a request passes through them.

pub mod core;
#[cfg(feature = "edge")]
pub mod edge;
#[cfg(feature = "origin")]
pub mod origin;
pub mod platform;
pub mod ports;

#[cfg(all(target_arch = "wasm32", feature = "edge", feature = "origin"))]
compile_error!("a worker is one service: build with --no-default-features --features edge|origin");
