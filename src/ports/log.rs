//! The log.

use crate::core::log::Level;

/// Takes lines, each whole.
pub trait Log {
    /// Writes a line.
    fn write(&self, level: Level, line: &str);
}
