//! Why a member of a sent object is refused.

use std::fmt;

/// Why a value is not acceptable, for the developer who sent it: `must be …`. The error of a whole
/// object begins with the path of the member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The path of the member (`redirectUris[2]`); `None`: the object itself, or not known yet.
    pub path: Option<String>,
    /// What is wrong with it.
    pub why: String,
}

impl Invalid {
    /// An error that does not name the member.
    pub fn new(why: impl Into<String>) -> Self {
        Self { path: None, why: why.into() }
    }

    /// `<name> <why>`.
    pub fn member(name: &str, why: &str) -> Self {
        Self { path: Some(name.to_owned()), why: why.to_owned() }
    }

    /// The error of the member at `path`; `.` is the object itself.
    pub fn at(path: &str, why: &str) -> Self {
        if path == "." { Self::new(why) } else { Self::member(path, why) }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{path} {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

impl std::error::Error for Invalid {}
