//! Key usage reported by the edges.

use serde::Deserialize;

use crate::{
    core::{
        limit::{Batch, Budget, Month, Spend},
        time::UnixTime,
    },
    ports::{Database, DatabaseError, Statement},
};

/// Seconds in which the rate of a key is counted.
const MINUTE: i64 = 60;

/// A key of a batch, with everything that has been reported.
#[derive(Debug, Clone, Deserialize)]
pub struct Counted {
    /// The key.
    pub key_id: String,
    rate: Option<i64>,
    budget_month: Option<u64>,
    budget_total: Option<u64>,
    month: Month,
    month_calls: u64,
    total_calls: u64,
    minute: i64,
    minute_calls: i64,
}

impl Counted {
    /// Its budget.
    pub const fn budget(&self) -> Budget {
        Budget { month: self.budget_month, total: self.budget_total }
    }

    /// Its spend.
    pub const fn spend(&self) -> Spend {
        Spend { in_month: self.month, month: self.month_calls, total: self.total_calls }
    }

    /// Seconds until the present minute is over, if as many calls have been made in it as the
    /// rate allows; else 0.
    pub fn wait(&self, now: UnixTime) -> u32 {
        let full = self.rate.is_some_and(|rate| self.minute_calls >= rate)
            && self.minute == now.0.div_euclid(MINUTE);
        if full { u32::try_from(MINUTE - now.0.rem_euclid(MINUTE)).unwrap_or(0) } else { 0 }
    }
}

/// Counts the batch, unless it has been counted before, in one transaction; returns how its keys
/// stand now. Keys that do not exist are passed over.
///
/// Counts are units of a budget. The gateway reports one for each call; a service that knows the cost
/// of a call may report further ones, as another reporter.
pub async fn count(
    database: &dyn Database,
    batch: &Batch,
    now: UnixTime,
) -> Result<Vec<Counted>, DatabaseError> {
    let number = i64::try_from(batch.number).unwrap_or(i64::MAX);
    let counts = super::json_text(&batch.counts);
    // Each statement sees whether the batch is new, until the last but one says that it no longer
    // is.
    let is_new = "NOT EXISTS (SELECT 1 FROM usage_reporters WHERE isolate = ?2 AND number >= ?3)";
    // Calls of an earlier minute (a batch that was held up) tell nothing of the present rate.
    let minute = now.0.div_euclid(MINUTE);
    let is_fresh = batch.since.0.div_euclid(MINUTE) == minute;
    let add = Statement::new(format!(
        "INSERT INTO key_usage (key_id, month, month_calls, total_calls, minute, minute_calls) \
         SELECT keys.id, ?4, sum(entry.value ->> 1), sum(entry.value ->> 1), ?5, \
         sum(entry.value ->> 1) * ?6 \
         FROM json_each(?1) AS entry JOIN keys ON keys.id = entry.value ->> 0 \
         WHERE {is_new} GROUP BY keys.id \
         ON CONFLICT (key_id) DO UPDATE SET \
         month_calls = excluded.month_calls + iif(excluded.month > month, 0, month_calls), \
         month = max(month, excluded.month), \
         total_calls = total_calls + excluded.total_calls, \
         minute_calls = excluded.minute_calls + iif(excluded.minute > minute, 0, minute_calls), \
         minute = max(minute, excluded.minute)"
    ));
    let used = Statement::new(format!(
        "UPDATE keys SET used_at = max(coalesce(used_at, 0), ?4) \
         WHERE id IN (SELECT value ->> 0 FROM json_each(?1)) AND {is_new}"
    ));
    let remember = Statement::new(
        "INSERT INTO usage_reporters (isolate, number, reported_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (isolate) DO UPDATE SET number = max(number, excluded.number), \
         reported_at = max(reported_at, excluded.reported_at)",
    );
    let standing = Statement::new(
        "SELECT key_usage.*, rate, budget_month, budget_total \
         FROM key_usage JOIN keys ON keys.id = key_usage.key_id \
         WHERE key_id IN (SELECT value ->> 0 FROM json_each(?1))",
    );
    let statements = vec![
        add.bind(&counts)
            .bind(&batch.isolate)
            .bind(number)
            .bind(Month::of(now).0)
            .bind(minute)
            .bind(is_fresh),
        used.bind(&counts).bind(&batch.isolate).bind(number).bind(now),
        remember.bind(&batch.isolate).bind(number).bind(now),
        standing.bind(&counts),
    ];
    let rows = database.batch(statements).await?.pop().unwrap_or_default();
    rows.into_iter().map(crate::ports::Row::into_record).collect()
}

/// Removes the isolates that reported nothing since `before`. An isolate gives up a batch that had no
/// response for half a day, so none is repeated after that.
pub fn purge(before: UnixTime) -> Statement {
    Statement::new("DELETE FROM usage_reporters WHERE reported_at < ?1").bind(before)
}
