//! When the last access token expires that was issued under a lifetime which has been shortened
//! since. What a present configuration says of tokens does not hold for these.

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
