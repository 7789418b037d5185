//! The console, which the platform keeps as the worker's log.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::{core::log::Level, ports::Log};

#[wasm_bindgen]
extern "C" {
    /// `console.warn`.
    #[wasm_bindgen(js_namespace = console)]
    pub fn warn(message: &str);
    #[wasm_bindgen(js_namespace = console)]
    fn error(message: &str);
}

/// Writes refusals as warnings and failures as errors.
#[derive(Debug, Clone, Copy, Default)]
pub struct Console;

impl Log for Console {
    fn write(&self, level: Level, line: &str) {
        match level {
            Level::Refusal => warn(line),
            Level::Failure => error(line),
        }
    }
}
