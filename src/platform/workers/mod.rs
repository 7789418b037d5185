//! Ports on Cloudflare Workers: D1, KV, WebCrypto, service bindings; and the functions that
//! `entry.js` calls.
//!
//! The interface between JavaScript and wasm is small and flat: the head of a request as one string
//! in, a decision as one string out. Bodies of forwarded requests never enter wasm.

mod clock;
mod crypto;
#[cfg(feature = "origin")]
mod database;
#[cfg(feature = "edge")]
pub mod edge;
mod environment;
mod http;
#[cfg(feature = "origin")]
mod internet;
mod key_transport;
#[cfg(feature = "edge")]
mod location;
mod log;
#[cfg(feature = "origin")]
mod messages;
#[cfg(feature = "origin")]
pub mod origin;
mod random;
mod signatures;
mod snapshots;
#[cfg(feature = "origin")]
mod sockets;

pub use clock::SystemClock;
pub use crypto::WebCrypto;
#[cfg(feature = "origin")]
pub use database::D1;
pub use environment::{Environment, EnvironmentError};
pub use http::Service;
#[cfg(feature = "origin")]
pub use internet::Internet;
#[cfg(feature = "edge")]
pub use location::Location;
pub use log::Console;
pub use random::SystemRandom;
pub use snapshots::Kv;

use wasm_bindgen::JsValue;

/// Calls `report` of `entry.js` when Rust panics: it replaces the instance and ends the requests that
/// still wait for it.
fn report_panics(report: js_sys::Function) {
    std::panic::set_hook(Box::new(move |info| {
        let message = JsValue::from(info.to_string());
        let _ = report.call1(&JsValue::UNDEFINED, &message);
    }));
}

/// The message of a JavaScript error.
fn message(error: &JsValue) -> String {
    js_sys::Reflect::get(error, &JsValue::from_str("message"))
        .ok()
        .and_then(|message| message.as_string())
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "an error without a message".to_owned())
}
