//! Device codes among several databases: a code begins where its client's organization lives, and is approved
//! and redeemed where the person does who decides about it.

use super::homes;
use crate::{
    origin::{
        Origin,
        store::{device_codes, homes::Thing},
    },
    ports::DatabaseError,
};

/// Brings the code that waits under `user_code` to the database `to`, unless a person has decided about it.
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
    // There before it is gone here: the device polls meanwhile.
    match device_codes::insert(&*target.database, &code).await {
        Err(DatabaseError::Conflict) => return Ok(()),
        inserted => inserted?,
    }
    let taken = source.database.run(device_codes::take_pending(&code.digest)).await?;
    if taken.is_empty() {
        // A person has decided, or another request has brought it elsewhere.
        target.database.run(device_codes::take_pending(&code.digest)).await?;
    }
    Ok(())
}
