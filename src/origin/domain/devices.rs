//! Device codes with several databases: a code is created in its client's database, and approved
//! and redeemed in that of the approving user.

use super::homes;
use crate::{
    origin::{
        Origin,
        store::{device_codes, homes::Thing},
    },
    ports::DatabaseError,
};

/// Moves the pending code of `user_code` to the database `to`, unless it has been decided.
pub async fn bring(origin: &Origin, user_code: &str, to: usize) -> Result<(), DatabaseError> {
    let Some((_, from)) = homes::found(origin, Thing::UserCode(user_code)).await? else {
        return Ok(());
    };
    if from == to {
        return Ok(());
    }
    let (source, target) = (origin.at(from), origin.at(to));
    let pending = device_codes::find_pending(user_code, origin.clock.now());
    let Some(code) = pending.fetch(&*source.database).await? else { return Ok(()) };
    // Insert before removing, because the device polls meanwhile.
    match device_codes::insert(&*target.database, &code).await {
        Err(DatabaseError::Conflict) => return Ok(()),
        inserted => inserted?,
    }
    let taken = source.database.run(device_codes::take_pending(&code.digest)).await?;
    if taken.is_empty() {
        // It was decided, or moved by another request.
        target.database.run(device_codes::take_pending(&code.digest)).await?;
    }
    Ok(())
}
