//! An in-memory log.

use std::cell::RefCell;

use crate::{core::log::Level, ports::Log};

/// A log in memory.
#[derive(Debug, Default)]
pub struct MemoryLog(RefCell<Vec<String>>);

impl MemoryLog {
    /// The lines since the last call.
    pub fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

impl Log for MemoryLog {
    fn write(&self, _level: Level, line: &str) {
        self.0.borrow_mut().push(line.to_owned());
    }
}
