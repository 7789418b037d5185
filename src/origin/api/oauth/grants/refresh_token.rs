//! `grant_type=refresh_token` (RFC 6749 §6, RFC 9700 §4.14).

use super::{TokenRequest, invalid_grant};
use crate::{
    core::{
        encoding::digest,
        oauth::{
            audience,
            refresh::{self, Consumption, Family, Presenter, RefreshRefusal, RefreshToken},
            scope::Scope,
        },
    },
    origin::{
        Origin,
        domain::{
            authority, consent, revocation, subject,
            tokens::{
                claims::Material,
                issue::{self, IdToken, TokenAnswer},
            },
        },
        http::{OAuthError, OAuthErrorCode},
        store::{access_tokens, grants, refresh_tokens},
    },
};

const REFUSED: &str = "the refresh token is not valid";

/// Replaces a refresh token by its successor, with a new access token. A second use of the same
/// one after the grace ends the family.
pub async fn answer(origin: &Origin, request: TokenRequest<'_>) -> Result<TokenAnswer, OAuthError> {
    let TokenRequest { moment, issuer, client, parameters } = request;
    client.must_list("refresh_token")?;
    client.must_authenticate_unless_by_pkce()?;
    let token = parameters.require("refresh_token")?;
    let presented = digest(token);
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
    let family = Family {
        client_id: grant.client_id.clone(),
        is_public: grant.is_public,
        expires_at: stored.expires_at.min(grant.expires_at),
    };
    let grace = origin.config.refresh_grace;
    let (successor, consumption) = successor(origin, token, &stored).await?;
    let state = RefreshToken::read(family, consumption, grant.revoked_at.is_some());
    let by = Presenter { client_id: client.client_id(), authenticated: client.authenticated };
    let rotation = match state.rotate(by, now, grace) {
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
    let resource = audience::registered(grant.resource.as_deref(), client.registration())?;
    let person = match &grant.user_id {
        Some(user_id) => subject::standing(origin, user_id, grant.created_at).await?,
        None => None,
    }
    .filter(|person| person.is_admitted_to(&client.application))
    .ok_or_else(|| invalid_grant(REFUSED, "the user is not in good standing"))?;
    // The client may have become third-party since.
    let asked = consent::Asked { scope: &scope, resource: resource.as_deref() };
    if !consent::is_given(origin, &person.user.id, &client.application, asked).await? {
        return Err(invalid_grant(REFUSED, "the person has not allowed the client that"));
    }

    let (application, roles, at) = (&client.application, &person.roles, grant.auth_time);
    let authenticated_at =
        authority::platform_sign_in(origin, application, roles, &grant.id, at).await?;
    let expires_at = now.plus(client.lifetimes().access).min(rotation.family_ends_at);
    let audience =
        audience::audience(resource.as_deref(), client.registration(), &person.user.owner);
    let material = Material {
        issuer,
        client: &client,
        grant: &grant,
        authenticated_at,
        person: Some(&person),
        ceiling: None,
        scope: scope.to_string(),
        audience,
        expires_at,
    };
    let signed = issue::sign(origin, moment, material, IdToken::IfAsked { nonce: None }).await?;
    let successor_digest = digest(&successor);
    let refresh = access_tokens::Refresh {
        used: &presented,
        successor: &successor_digest,
        // Without a grace, the successor is one that only this request can have put there.
        since: now.plus(-grace.max(1)),
    };
    let answers = database
        .batch(vec![
            refresh_tokens::consumption(&presented, &successor_digest, now),
            refresh_tokens::succession(&presented, &successor_digest, now),
            access_tokens::insert_refreshed(&signed.jti, &grant.id, expires_at, now, refresh),
        ])
        .await?;
    if answers.last().is_none_or(Vec::is_empty) {
        // Another request used the same token meanwhile, and no grace covers this one.
        revocation::commit(origin, revocation::grant(&grant.id, now)).await?;
        return Err(invalid_grant(REFUSED, RefreshRefusal::Replayed));
    }
    Ok(signed.answer.with_refresh_token(Some(successor)))
}

/// The successor of `token`: the one that it has, or the one that it gets; and how it was used.
async fn successor(
    origin: &Origin,
    token: &str,
    stored: &refresh_tokens::RefreshToken,
) -> Result<(String, Option<Consumption>), OAuthError> {
    let config = &origin.config;
    let derived = |root| refresh::successor(root, &config.environment, token);
    let Some(at) = stored.consumed_at else {
        let new = if config.refresh_grace > 0 {
            derived(&config.root_keys.current)
        } else {
            issue::refresh_token(origin)
        };
        return Ok((new, None));
    };
    // It was derived from the root key of then.
    let given = config
        .root_keys
        .iter()
        .map(derived)
        .find(|candidate| stored.successor.as_ref() == Some(&digest(candidate)));
    let successor_is_live = match (&given, &stored.successor) {
        (Some(_), Some(next)) => refresh_tokens::find(&*origin.database, next)
            .await?
            .is_some_and(|next| next.consumed_at.is_none()),
        _ => false,
    };
    Ok((given.unwrap_or_default(), Some(Consumption { at, successor_is_live })))
}
