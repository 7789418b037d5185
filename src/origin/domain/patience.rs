//! A timeout for KV in requests.

use std::fmt;

use futures_util::future::{Either, select};

use crate::origin::Origin;

/// Milliseconds.
const PATIENCE: u32 = 2_000;

/// Waits up to two seconds for `work` on KV, which the schedule repeats: a store that fails or does
/// not respond fails no request. Logs a failure.
pub(super) async fn within_patience<E: fmt::Display>(
    origin: &Origin,
    work: impl Future<Output = Result<(), E>>,
) {
    let work = std::pin::pin!(work);
    if let Either::Left((Err(error), _)) = select(work, origin.clock.pause(PATIENCE)).await {
        origin.failed("publish", error);
    }
}
