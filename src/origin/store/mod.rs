//! The origin's records and the statements that read and write them, one module a table.
//!
//! SQL stands here and nowhere else. A function takes the [`crate::world::Database`] and typed
//! values; what may happen only once is one conditional statement.

pub mod applications;
pub mod organizations;
pub mod users;
