//! Back-channel logout: a provider reports the end of a session (OpenID Connect Back-Channel Logout
//! 1.0).

use super::{documents::Age, keys, metadata, party, settings::settings};
use crate::{
    core::{
        encoding::digest,
        relying_party::logout::{LogoutError, Notice},
    },
    origin::{
        Origin,
        authn::federation::{Failure, ending},
        domain::federation::{Refusal, reference},
        store::{federation, identities, providers::Provider, resource::Stored},
    },
};

/// Name of the logout token check.
const CHECK: &str = "logout token";

/// Verifies a provider's logout token, accepts it once, and ends the user's sessions that began at
/// an identity provider.
pub async fn logged_out(
    origin: &Origin,
    provider: &Provider,
    logout_token: &str,
) -> Result<(), Failure> {
    let settings = settings(origin, provider)?;
    let metadata = metadata(origin, &settings).await?;
    let party = party(&settings, metadata.as_ref())?;
    let (crypto, now) = (&*origin.crypto, origin.clock.now());
    let mut known = keys(origin, &party, Age::Usual).await?;
    let mut verified = party.verify_logout_token(crypto, &known, logout_token, now).await;
    if matches!(&verified, Err(LogoutError::Token(error)) if error.needs_keys()) {
        known = keys(origin, &party, Age::Renewed).await?;
        verified = party.verify_logout_token(crypto, &known, logout_token, now).await;
    }
    let notice = verified.map_err(|error| Refusal::of(CHECK, error))?;
    let Notice { subject, session_id, token_id, expires_at } = notice;
    let id = digest(&format!("logout:{}:{token_id}", reference(provider)));
    let once = origin.directory().database.run(federation::once(&id, expires_at)).await?;
    if once.is_empty() {
        return Err(Refusal::new(CHECK, "it has been used before").into());
    }
    let provider_id = &provider.meta().id;
    let (sid, sub) = (session_id.as_deref(), subject.as_deref());
    ending::end(origin, || identities::of_provider(provider_id, sub, sid)).await?;
    Ok(())
}
