//! Token revocation (RFC 7009): a client gives back what it was given.

use http::StatusCode;
use serde_json::json;

use super::token;
use crate::{
    core::encoding::digest,
    origin::{
        Origin,
        authn::client::{self, Client},
        domain::{revocation, tokens::live},
        http::{OAuthError, OAuthErrorCode, Parameters, Request, Response, response},
        store::{
            access_tokens,
            grants::{self, Grant},
            refresh_tokens,
        },
    },
};

/// Answers `{}` whatever became of the token (RFC 7009 §2.2), unless the client's own
/// authentication fails.
pub async fn endpoint(origin: &Origin, request: &Request) -> Response {
    let parameters = match token::read(request) {
        Ok(parameters) => parameters,
        Err(refusal) => return *refusal,
    };
    match revoke(origin, request, &parameters).await {
        Ok(()) => response::no_store(response::json(StatusCode::OK, &json!({}))),
        Err(error) => error.into_response(),
    }
}

async fn revoke(
    origin: &Origin,
    request: &Request,
    parameters: &Parameters,
) -> Result<(), OAuthError> {
    let client =
        client::authenticate(origin, request, parameters, OAuthErrorCode::InvalidClient).await?;
    let token = parameters.require("token")?;
    let database = &*origin.database;
    let now = origin.clock.now();
    // The hint (RFC 7009 §2.1) is not needed: the two kinds of token cannot be confused.
    if let Some(stored) = refresh_tokens::find(database, &digest(token)).await? {
        let grant = grants::find(database, &stored.grant_id).await?;
        if grant.is_some_and(|grant| may_revoke(&client, &grant)) {
            revocation::commit(origin, revocation::grant(&stored.grant_id, now)).await?;
        }
        return Ok(());
    }
    let Some(claims) = live::verified(origin, token).await? else { return Ok(()) };
    let Some(record) = access_tokens::live(database, &claims.jti, now).await? else {
        return Ok(());
    };
    let grant = grants::find(database, &record.grant_id).await?;
    if grant.is_some_and(|grant| may_revoke(&client, &grant)) {
        revocation::commit(origin, revocation::token(&record.jti, now)).await?;
    }
    Ok(())
}

/// Whether the grant is the client's own; without its secret, only what was established without
/// one (WIRE §4.4).
fn may_revoke(client: &Client, grant: &Grant) -> bool {
    grant.client_id == client.client_id() && (client.authenticated || grant.is_public)
}
