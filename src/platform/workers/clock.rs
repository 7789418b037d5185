//! The platform's clock.

use std::cell::Cell;

use async_trait::async_trait;
use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use crate::{core::time::UnixTime, ports::Clock};

#[wasm_bindgen]
extern "C" {
    /// `scheduler.wait`: a promise that is kept after so many milliseconds.
    #[wasm_bindgen(js_namespace = scheduler)]
    fn wait(milliseconds: u32) -> Promise;
}

/// `Date.now()`: on Workers it stands still between two I/O events.
#[derive(Debug, Default)]
pub struct SystemClock {
    held: Cell<Option<UnixTime>>,
}

impl SystemClock {
    /// Does work that awaits nothing, during which the time is therefore asked of the platform once.
    pub fn hold<T>(&self, work: impl FnOnce() -> T) -> T {
        self.held.set(Some(read()));
        let done = work();
        self.held.set(None);
        done
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seconds fit, and `as` saturates")]
fn read() -> UnixTime {
    UnixTime((js_sys::Date::now() / 1000.0) as i64)
}

#[async_trait(?Send)]
impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        self.held.get().unwrap_or_else(read)
    }

    async fn pause(&self, milliseconds: u32) {
        let _ = JsFuture::from(wait(milliseconds)).await; // it never breaks
    }
}
