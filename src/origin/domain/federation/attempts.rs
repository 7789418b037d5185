//! The log of recent sign-ins at a provider, with the check that failed, for its administrators.

use super::Refusal;
use crate::{
    origin::{
        Origin,
        store::{
            federation::{self, Attempt},
            providers::Provider,
            resource::Stored,
        },
    },
    ports::DatabaseError,
};

/// Maximum length of stored provider text.
const LONGEST: usize = 500;

/// Records a refused sign-in.
pub async fn refused(
    origin: &Origin,
    provider: &Provider,
    subject: &str,
    refusal: &Refusal,
) -> Result<(), DatabaseError> {
    let (check, detail) = (refusal.check.to_owned(), shortened(&refusal.detail));
    note(origin, provider, "refused", subject, (check, detail)).await
}

/// Records an accepted sign-in.
pub async fn accepted(
    origin: &Origin,
    provider: &Provider,
    subject: &str,
) -> Result<(), DatabaseError> {
    note(origin, provider, "accepted", subject, Default::default()).await
}

async fn note(
    origin: &Origin,
    provider: &Provider,
    outcome: &str,
    subject: &str,
    (check_name, detail): (String, String),
) -> Result<(), DatabaseError> {
    let meta = provider.meta();
    let attempt = Attempt {
        provider_id: meta.id.clone(),
        at: origin.clock.now(),
        request_id: origin.occasion.request_id.clone(),
        owner: meta.owner.clone(),
        outcome: outcome.to_owned(),
        check_name,
        detail,
        subject: shortened(subject),
    };
    let noted = federation::note(&attempt).to_vec();
    origin.directory().database.batch(noted).await.map(drop)
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
