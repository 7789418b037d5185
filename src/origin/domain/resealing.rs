//! Resealing of values sealed under the previous root key, so that it can be removed from the
//! configuration.

use crate::{
    core::seal::{self, SealError},
    origin::{
        Origin,
        domain::{
            change::{Change, Unrecorded},
            commit::commit,
        },
        store::{
            providers::Provider,
            query::load,
            resource::{Record, rewritten, sealed_under},
            webhooks::Webhook,
        },
    },
    ports::{DatabaseError, Statement},
};

/// Maximum number of rows resealed per table and run.
const BATCH: i64 = 50;

/// A resource with sealed texts.
pub trait Sealing: Record {
    /// The column, or columns, that hold sealed texts, as SQL.
    const COLUMNS: &'static str;

    /// The sealed texts, each with the context that it is sealed for.
    fn sealed(&mut self) -> Vec<(String, &mut String)>;
}

/// Reseals the next secrets of providers and webhooks. One that cannot be unsealed is logged and
/// left unchanged.
pub async fn seal_again(origin: &Origin) -> Result<(), DatabaseError> {
    let Some(previous) = &origin.config.root_keys.previous else { return Ok(()) };
    let head = seal::head(previous);
    let queries = (
        sealed_under::<Provider>(Provider::COLUMNS, &head, BATCH),
        sealed_under::<Webhook>(Webhook::COLUMNS, &head, BATCH),
    );
    let (providers, webhooks) = load(&*origin.database, queries).await?;
    // The secrets themselves do not change.
    let mut change = Change::unrecorded(Unrecorded::Continuation);
    change.write_all(providers.into_iter().filter_map(|provider| again(origin, provider)));
    change.write_all(webhooks.into_iter().filter_map(|webhook| again(origin, webhook)));
    commit(origin, change).await.map(drop)
}

fn again<R: Sealing>(origin: &Origin, mut record: R) -> Option<Statement> {
    let config = &origin.config;
    let (roots, environment) = (&config.root_keys, &config.environment);
    let anew = |context: &str, sealed: &str| -> Result<String, SealError> {
        let secret = seal::open(roots, environment, context, sealed)?;
        seal::seal(roots, environment, &*origin.random, context, secret.expose())
    };
    for (context, sealed) in record.sealed() {
        if !sealed.is_empty() && !seal::is_current(roots, sealed) {
            let new = anew(&context, sealed);
            *sealed = new.inspect_err(|error| origin.failed("schedule.reseal", error)).ok()?;
        }
    }
    Some(rewritten(&record))
}
