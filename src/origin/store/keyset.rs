//! Keyset pagination. A page begins after the previous page's last values in the columns of the
//! order, so that an index finds its first row at any depth.

use crate::ports::Value;

/// An order of a list: columns that are unique together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Its name in requests: `name`, `-createdTime`.
    pub name: &'static str,
    /// The columns.
    pub columns: &'static [&'static str],
    /// Whether all of them descend.
    pub descends: bool,
}

/// By organization and name.
pub const BY_NAME: Order = Order { name: "name", columns: &["owner", "name"], descends: false };

/// A part of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// What the last entry before it has in the columns of the order; `None`: it is the first.
    pub after: Option<Vec<Value>>,
    /// How many entries.
    pub limit: i64,
    /// How many entries are left out before the first.
    pub offset: i64,
}
