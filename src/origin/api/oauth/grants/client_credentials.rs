//! `grant_type=client_credentials` (RFC 6749 §4.4): a client acts for itself.

use super::TokenRequest;
use crate::{
    core::{
        oauth::{audience, scope::Scope},
        principal::PLATFORM_ORGANIZATION,
    },
    origin::{
        Origin,
        domain::tokens::{
            claims::Material,
            issue::{self, IdToken, TokenAnswer},
        },
        http::{OAuthError, OAuthErrorCode},
        store::{
            access_tokens,
            grants::{self, Given, Grant},
        },
    },
};

/// Organizations whose machines get no token: it would speak for the platform (WIRE §4.2).
const RESERVED: [&str; 3] = [PLATFORM_ORGANIZATION, "built-in", "app"];

/// Gives a client a token of its own. There is nothing to refresh: it can ask again.
pub async fn answer(origin: &Origin, request: TokenRequest<'_>) -> Result<TokenAnswer, OAuthError> {
    let TokenRequest { moment, issuer, client, parameters } = request;
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
    let now = moment.now;
    let grant = Grant {
        id: issue::grant_id(origin),
        client_id: client.client_id().to_owned(),
        user_id: None,
        organization: application.organization.clone(),
        session_id: None,
        scope: scope.to_string(),
        resource,
        is_public: false,
        auth_time: None,
        methods: Vec::new(),
        actor: None,
        parent_id: None,
        kind: "client_credentials".to_owned(),
        expires_at: now.plus(client.lifetimes().access),
        revoked_at: None,
        created_at: now,
    };
    let audience = vec![grant.resource.clone().unwrap_or_else(|| client.client_id().to_owned())];
    let material = Material {
        issuer,
        client: &client,
        grant: &grant,
        authenticated_at: grant.auth_time,
        person: None,
        ceiling: None,
        scope: grant.scope.clone(),
        audience,
        expires_at: grant.expires_at,
    };
    let signed = issue::sign(origin, moment, material, IdToken::Never).await?;
    let answers = origin
        .database
        .batch(vec![
            grants::insert(&grant, Given::Freely, moment.sequence),
            access_tokens::insert(&signed.jti, &grant.id, grant.expires_at, now),
        ])
        .await?;
    if answers.first().is_none_or(Vec::is_empty) {
        return Err(issue::revoked_meanwhile());
    }
    Ok(signed.answer)
}
