//! The console, which the platform keeps as the worker's log.

use crate::{core::log::Level, world::Log};

/// Writes refusals as warnings and failures as errors.
#[derive(Debug, Clone, Copy, Default)]
pub struct Console;

impl Log for Console {
    fn write(&self, level: Level, line: &str) {
        match level {
            Level::Refusal => worker::console_warn!("{line}"),
            Level::Failure => worker::console_error!("{line}"),
        }
    }
}
