//! The token revocation endpoint (RFC 7009).

use serde::Serialize;

use super::forms::AboutToken;
use crate::{
    core::{cors::CorsClass, encoding::digest},
    origin::{
        Origin,
        api::endpoint::{Call, Form, View, Who, endpoint},
        authn::client,
        domain::{
            audit::Subject,
            change::Change,
            clients::Client,
            commit::commit,
            revocation,
            tokens::live::{self, RefreshFacts},
        },
        http::{OAuthError, OAuthErrorCode},
    },
};

endpoint! {
    /// Revokes a token (RFC 7009).
    ///
    /// The reply is the same for a live, dead or unknown token (§2.2), unless the client's own authentication
    /// fails. With a refresh token its whole family ends.
    pub Revoke = POST "/v1/iam/oauth/revoke" as "revokeToken",
    who: Who::Client, cors: CorsClass::ApplicationsAndSessions;
    body: Form<AboutToken>,
    reply: View<Revoked>,
    error: OAuthError;
    revoke
}

/// `{}`
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Revoked {}

async fn revoke(origin: &Origin, call: Call<'_, Revoke>) -> Result<View<Revoked>, OAuthError> {
    let (request, parameters) = (call.request, &call.body.0);
    let unverified = client::UnverifiedClient::read(request, parameters)?;
    let token = parameters.get("token").unwrap_or_default();
    let now = origin.clock.now();
    let facts = unverified
        .query()
        .and(live::refresh_facts(&digest(token)))
        .and(live::facts(token, now))
        .fetch(&*origin.database);
    let ((registered, refresh), access) = facts.await?;
    let client = unverified.authenticate(
        request,
        registered,
        OAuthErrorCode::InvalidClient,
        origin.clock.now(),
    )?;
    parameters.require("token")?;
    // The hint (RFC 7009 §2.1) is not needed: the two kinds of token cannot be confused.
    if let Some(RefreshFacts { grant, .. }) = refresh {
        if may_revoke(&client, &grant.client_id, grant.is_public) {
            commit(origin, revocation::of_grant(&grant.organization, &grant.id, now)).await?;
        }
        return Ok(View(Revoked {}));
    }
    let Some(facts) = access else { return Ok(View(Revoked {})) };
    let Some(claims) = facts.verified(origin).await? else { return Ok(View(Revoked {})) };
    let is_public = facts.grant_of(&claims).is_some_and(|grant| grant.is_public);
    if may_revoke(&client, &claims.azp, is_public) {
        let subject = Subject::new(&claims.owner, "token", &claims.jti);
        let ended = revocation::token(&claims.jti, claims.exp, now);
        commit(origin, Change::of(subject).revoking(ended)).await?;
    }
    Ok(View(Revoked {}))
}

/// Whether a token is the client's own; without its secret, only one of a grant that was established
/// without it (WIRE §4.4).
fn may_revoke(client: &Client, client_id: &str, is_public: bool) -> bool {
    client_id == client.client_id() && (client.authenticated || is_public)
}
