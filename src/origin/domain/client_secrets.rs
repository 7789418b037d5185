//! Client secret rotation with overlap.

use serde_json::json;

use crate::{
    core::{encoding::base64url, time::UnixTime},
    origin::{
        Origin,
        domain::{
            audit::Subject, change::Change, change_error::ChangeError, commit::commit, revocation,
        },
        store::{
            applications::{self, Application},
            client_secrets::{self, Retiring},
            revocations::append::Cause,
        },
    },
    ports::DatabaseError,
};

/// Stores `after`, which has a new secret. The current one stays valid until `ends_at`, and its
/// tokens until they expire; without a date, it ends at once, with its tokens and all earlier
/// secrets.
pub async fn rotate(
    origin: &Origin,
    before: &Application,
    after: &mut Application,
    ends_at: Option<UnixTime>,
) -> Result<(), ChangeError> {
    let now = origin.clock.now();
    after.updated_at = now;
    let mut change = Change::updated(before, after);
    let updated = change.decide(applications::update(after));
    let digest = before.client_secret_digest.clone().filter(|digest| !digest.is_empty());
    if let (Some(ends_at), Some(digest)) = (ends_at, digest) {
        let id = base64url(&origin.random.bytes::<9>());
        let retiring = Retiring { id, digest, ends_at, created_at: now };
        change.write(client_secrets::retire(before, after, &retiring));
        change.revoke(revocation::secret_retired(&before.client_id, now));
    } else {
        change.revoke(revocation::application_changed(before, after, now));
        change.write(client_secrets::remove_all(&before.id));
    }
    if commit(origin, change).await?.took_effect(updated) {
        Ok(())
    } else {
        Err(ChangeError::Stale)
    }
}

/// Ends a retiring secret at once, with every token of the client, because it is unknown which
/// secret a token was obtained with. Returns whether there was one.
pub async fn end(
    origin: &Origin,
    application: &Application,
    id: &str,
) -> Result<bool, DatabaseError> {
    let (client_id, now) = (&application.client_id, origin.clock.now());
    let facts = json!({"client": client_id, "id": id});
    let subject =
        Subject::with(&application.organization, "client-secret", &application.name, &facts);
    let mut change = Change::of(subject);
    let removed = change.decide(client_secrets::remove(&application.id, id));
    change.revoke(revocation::tokens_of_client(client_id, &[Cause::Secret], now));
    Ok(commit(origin, change).await?.took_effect(removed))
}
