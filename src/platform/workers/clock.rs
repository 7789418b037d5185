//! The platform's clock.

use async_trait::async_trait;
use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use crate::{core::time::UnixTime, world::Clock};

#[wasm_bindgen]
extern "C" {
    /// `scheduler.wait`: a promise that is kept after so many milliseconds.
    #[wasm_bindgen(js_namespace = scheduler)]
    fn wait(milliseconds: u32) -> Promise;
}

/// `Date.now()`: on Workers it stands still between two I/O events.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

#[async_trait(?Send)]
impl Clock for SystemClock {
    #[expect(clippy::cast_possible_truncation, reason = "seconds fit, and `as` saturates")]
    fn now(&self) -> UnixTime {
        UnixTime((js_sys::Date::now() / 1000.0) as i64)
    }

    async fn pause(&self, milliseconds: u32) {
        let _ = JsFuture::from(wait(milliseconds)).await; // it never breaks
    }
}
