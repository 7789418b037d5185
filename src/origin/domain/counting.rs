//! Attempt counters of networks and addresses, kept in database 0, so that several databases do not
//! multiply an attacker's attempts.

use futures_util::future;

use crate::{
    origin::{
        Origin,
        store::query::{Query, load},
    },
    ports::DatabaseError,
};

/// What `attempts` count and `further` reads in the database of the request: one round trip if that is the
/// first one, else two at once.
pub async fn counted<A: 'static, T: 'static>(
    origin: &Origin,
    attempts: Query<A>,
    further: Query<T>,
) -> Result<(A, T), DatabaseError> {
    if origin.place.number == 0 {
        return load(&*origin.database, (attempts, further)).await;
    }
    let directory = origin.directory();
    let counted = attempts.fetch(&*directory.database);
    future::try_join(counted, further.fetch(&*origin.database)).await
}
