//! The traits of [`crate::ports`], implemented twice: on Cloudflare Workers and natively.

#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(target_arch = "wasm32")]
pub mod workers;
