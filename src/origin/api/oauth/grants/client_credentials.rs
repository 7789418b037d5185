//! `grant_type=client_credentials` (RFC 6749 §4.4): a client acts for itself.

use super::{TokenCall, TokenRequest};
use crate::{
    core::{
        oauth::{audience, scope::Scope},
        principal::PLATFORM_ORGANIZATION,
    },
    origin::{
        domain::tokens::{
            claims::TokenInput,
            issue::{self, IdToken, Issued},
        },
        http::{OAuthError, OAuthErrorCode},
        store::query::Query,
    },
};

/// Organizations whose clients get no token, because it would have platform authority (WIRE §4.2).
const RESERVED: [&str; 3] = [PLATFORM_ORGANIZATION, "built-in", "app"];

/// Issues a token for the client itself, without a refresh token, because the client can request
/// another. Nothing is stored: a revocation entry after the read of the client revokes the token.
pub async fn answer(call: TokenCall<'_>) -> Result<Issued, OAuthError> {
    let (request, ()) = call.load(Query::ready(())).await?;
    let TokenRequest { origin, moment, keys, issuer, client, parameters } = request;
    client.must_authenticate()?;
    client.must_list("client_credentials")?;
    let application = &client.application;
    if RESERVED.contains(&application.organization.as_str()) || application.name.ends_with("-iam") {
        return Err(OAuthError::new(
            OAuthErrorCode::UnauthorizedClient,
            "this application gets no token of its own",
        ));
    }
    let scope = Scope::granted_to_itself(parameters.get("scope"), &application.scopes)?;
    let resource = audience::registered(parameters.get("resource"), client.registration())?;
    let input = TokenInput {
        issuer,
        application,
        grant: None,
        person: None,
        authenticated_at: None,
        ceiling: None,
        scope: scope.to_string(),
        audience: vec![resource.unwrap_or_else(|| client.client_id().to_owned())],
        expires_at: moment.now.plus(client.lifetimes().access),
    };
    Ok(issue::sign(origin, &keys, moment, input, IdToken::Never).await?.tokens)
}
