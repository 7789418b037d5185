//! Timestamps in directory objects.

use serde::{Serialize, Serializer};

use super::{Invalid, Text};
use crate::core::time::UnixTime;

/// A point in time, as RFC 3339 (`2026-11-23T20:00:00Z`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp(pub UnixTime);

impl Text for Timestamp {
    fn read(text: &str) -> Result<Self, Invalid> {
        let refused = |_| Invalid::new("must be an RFC 3339 time".to_owned());
        text.parse().map(Self).map_err(refused)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl schemars::JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}
