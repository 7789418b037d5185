//! Why a member of a sent object is refused.

use std::fmt;

/// Why a value is not acceptable, for the developer who sent it: `must be …`. The error of a whole
/// object begins with the path of the member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(pub String);

impl Invalid {
    /// `<name> <why>`.
    pub fn member(name: &str, why: &str) -> Self {
        Self(format!("{name} {why}"))
    }

    /// The error of the member at `path`; `.` is the object itself.
    pub fn at(path: &str, why: &str) -> Self {
        if path == "." { Self(why.to_owned()) } else { Self::member(path, why) }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}
