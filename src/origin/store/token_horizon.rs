//! The expiry of the last access token issued under a longer, since shortened lifetime, to which
//! the current configuration does not apply.

use super::query::Query;
use crate::{core::time::UnixTime, ports::Statement};

/// Remembers that tokens may have been issued that expire at `until`.
pub fn extend(until: UnixTime) -> Statement {
    Statement::new("UPDATE token_horizon SET until = ?1 WHERE until < ?1").bind(until)
}

/// The time; the epoch if no lifetime was ever shortened.
pub fn find() -> Query<UnixTime> {
    Query::rows(Statement::new("SELECT until FROM token_horizon"), |rows| {
        #[derive(serde::Deserialize)]
        struct Horizon {
            until: UnixTime,
        }
        let row = rows.into_iter().next().map(crate::ports::Row::into_record::<Horizon>);
        Ok(row.transpose()?.map_or_else(UnixTime::default, |row| row.until))
    })
}
