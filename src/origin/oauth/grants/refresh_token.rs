//! `grant_type=refresh_token` (RFC 6749 §6, RFC 9700 §4.14).

use super::{TokenRequest, invalid_grant};
use crate::{
    core::{
        encoding::digest,
        oauth::{
            audience,
            refresh::{Live, Presenter, RefreshRefusal, RefreshToken},
            scope::Scope,
        },
    },
    origin::{
        Origin,
        http::{OAuthError, OAuthErrorCode},
        oauth::{
            claims::Material,
            issue::{self, IdToken, TokenAnswer},
            subject,
        },
        revocation,
        store::{access_tokens, grants, refresh_tokens},
    },
};

const REFUSED: &str = "the refresh token is not valid";

/// Replaces a refresh token by its successor, with a new access token. A second use of the same
/// one ends the family.
pub async fn answer(origin: &Origin, request: TokenRequest<'_>) -> Result<TokenAnswer, OAuthError> {
    let TokenRequest { moment, issuer, client, parameters } = request;
    client.must_list("refresh_token")?;
    client.must_authenticate_unless_by_pkce()?;
    let presented = digest(parameters.require("refresh_token")?);
    let database = &*origin.database;
    let now = moment.now;
    let Some(stored) = refresh_tokens::find(database, &presented).await? else {
        return Err(invalid_grant(REFUSED, "no such refresh token"));
    };
    let Some(grant) = grants::find(database, &stored.grant_id).await? else {
        return Err(invalid_grant(REFUSED, "no such grant"));
    };
    if grant.client_id != client.client_id() {
        return Err(invalid_grant(REFUSED, RefreshRefusal::OtherClient));
    }
    let live = Live {
        client_id: grant.client_id.clone(),
        is_public: grant.is_public,
        expires_at: stored.expires_at.min(grant.expires_at),
    };
    let token = RefreshToken::read(live, stored.consumed_at.is_some(), grant.revoked_at.is_some());
    let by = Presenter { client_id: client.client_id(), authenticated: client.authenticated };
    let rotation = match token.rotate(by, now) {
        Ok(rotation) => rotation,
        Err(refusal) => {
            match refusal {
                RefreshRefusal::Replayed => {
                    revocation::commit(origin, revocation::grant(&grant.id, now)).await?;
                }
                RefreshRefusal::SecretRequired => {
                    return Err(OAuthError::new(
                        OAuthErrorCode::InvalidClient,
                        "client authentication failed",
                    ));
                }
                _ => {}
            }
            return Err(invalid_grant(REFUSED, refusal));
        }
    };
    let scope = Scope::parse(&stored.scope)?.narrowed(parameters.get("scope"))?;
    audience::narrowed(grant.resource.as_deref(), parameters.get("resource"))?;
    let person = match &grant.user_id {
        Some(user_id) => subject::standing(origin, user_id, grant.created_at).await?,
        None => None,
    }
    .filter(|person| person.is_admitted_to(&client.application))
    .ok_or_else(|| invalid_grant(REFUSED, "the user is not in good standing"))?;

    let expires_at = now.plus(client.lifetimes().access).min(rotation.family_ends_at);
    let audience =
        audience::audience(grant.resource.as_deref(), client.registration(), &person.user.owner);
    let material = Material {
        issuer,
        client: &client,
        grant: &grant,
        person: Some(&person),
        ceiling: None,
        scope: scope.to_string(),
        audience,
        expires_at,
    };
    let signed = issue::sign(origin, moment, material, IdToken::IfAsked { nonce: None }).await?;
    let successor = issue::refresh_token(origin);
    let successor_digest = digest(&successor);
    let answers = database
        .batch(vec![
            refresh_tokens::consumption(&presented, &successor_digest, now),
            refresh_tokens::succession(&presented, &successor_digest, now),
            access_tokens::insert_refreshed(
                &signed.jti,
                &grant.id,
                expires_at,
                now,
                &successor_digest,
            ),
        ])
        .await?;
    if answers.first().is_none_or(Vec::is_empty) {
        // Somebody else was quicker with the same token.
        revocation::commit(origin, revocation::grant(&grant.id, now)).await?;
        return Err(invalid_grant(REFUSED, RefreshRefusal::Replayed));
    }
    Ok(signed.answer.with_refresh_token(Some(successor)))
}
