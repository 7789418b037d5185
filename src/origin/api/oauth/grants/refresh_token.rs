//! `grant_type=refresh_token` (RFC 6749 §6, RFC 9700 §4.14).

use super::{TokenCall, TokenRequest, invalid_grant};
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
            authority,
            change::{Change, Unrecorded},
            commit::commit,
            consent,
            people::Person,
            revocation,
            tokens::{
                claims::TokenInput,
                issue::{self, IdToken, Issued, Signed},
                live::{self, RefreshFacts},
            },
        },
        http::{OAuthError, OAuthErrorCode},
        store::{
            accounts::{self, Named},
            refresh_tokens,
        },
    },
};

const REFUSED: &str = "the refresh token is not valid";

/// Replaces a refresh token with its successor and a new access token. Reuse after the grace period
/// revokes the token family.
pub async fn answer(call: TokenCall<'_>) -> Result<Issued, OAuthError> {
    let presented = call.parameters.get("refresh_token").map(digest).unwrap_or_default();
    let consent = accounts::consent(Named::RefreshToken(&presented), call.client.client_id());
    let facts = live::refresh_facts(&presented).and(consent);
    let (request, (facts, consent)) = call.load(facts).await?;
    let TokenRequest { origin, moment, keys, issuer, client, parameters } = request;
    client.must_list("refresh_token")?;
    client.must_authenticate_unless_by_pkce()?;
    let token = parameters.require("refresh_token")?;
    let now = moment.now;
    let Some(RefreshFacts { record: stored, grant, account }) = facts else {
        return Err(invalid_grant(REFUSED, "no such refresh token"));
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
    let (successor, consumption) = successor(origin, token, &stored);
    let state = RefreshToken::read(family, consumption, grant.revoked_at.is_some());
    let by = Presenter { client_id: client.client_id(), authenticated: client.authenticated };
    let rotation = match state.rotate(by, now, grace) {
        Ok(rotation) => rotation,
        Err(refusal) => {
            match refusal {
                RefreshRefusal::Replayed => {
                    commit(origin, revocation::of_grant(&grant.organization, &grant.id, now))
                        .await?;
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
    let application = &client.application;
    let person = account
        .filter(|account| grant.user_id.as_ref() == Some(&account.user.id))
        .and_then(|account| Person::standing(account, grant.created_at, moment.now))
        .filter(|person| person.is_admitted_to(application))
        .ok_or_else(|| invalid_grant(REFUSED, "the user is not in good standing"))?;
    // The client may have become third-party since.
    let asked = consent::Asked { scope: &scope, resource: resource.as_deref() };
    if !consent::covers(application, consent.as_ref(), asked) {
        return Err(invalid_grant(REFUSED, "the person has not allowed the client that"));
    }

    let input = TokenInput {
        issuer,
        application,
        grant: Some(&grant),
        authenticated_at: authority::platform_sign_in(
            application,
            &person.roles,
            grant.is_platform,
            grant.auth_time,
        ),
        audience: audience::audience(
            resource.as_deref(),
            client.registration(),
            &person.user.owner,
        ),
        person: Some(&person),
        ceiling: None,
        scope: scope.to_string(),
        expires_at: now.plus(client.lifetimes().access).min(rotation.family_ends_at),
    };
    let Signed { tokens, .. } =
        issue::sign(origin, &keys, moment, input, IdToken::IfAsked { nonce: None }).await?;
    let next = digest(&successor);
    let mut change = Change::unrecorded(Unrecorded::Continuation);
    change.write(refresh_tokens::consumption(&presented, &next, now));
    change.write(refresh_tokens::succession(&presented, &next, now));
    // Without a grace period, only this request can have created the successor.
    let since = now.plus(-grace.max(1));
    let confirmed = change.write(refresh_tokens::confirmation(&presented, &next, since, now));
    if !commit(origin, change).await?.took_effect(confirmed) {
        // A concurrent request used the same token, outside the grace period.
        commit(origin, revocation::of_grant(&grant.organization, &grant.id, now)).await?;
        return Err(invalid_grant(REFUSED, RefreshRefusal::Replayed));
    }
    Ok(Issued { refresh_token: Some(successor), ..tokens })
}

/// The existing or new successor of `token`, and how it was used.
fn successor(
    origin: &Origin,
    token: &str,
    stored: &refresh_tokens::RefreshToken,
) -> (String, Option<Consumption>) {
    let config = &origin.config;
    let derived = |root| refresh::successor(root, &config.environment, token);
    let Some(at) = stored.consumed_at else {
        let new = if config.refresh_grace > 0 {
            derived(&config.root_keys.current)
        } else {
            issue::refresh_token(origin)
        };
        return (new, None);
    };
    // It was derived from the root key at that time.
    let given = config
        .root_keys
        .iter()
        .map(derived)
        .find(|candidate| stored.successor.as_ref() == Some(&digest(candidate)));
    let successor_is_live = given.is_some() && stored.successor_is_live;
    (given.unwrap_or_default(), Some(Consumption { at, successor_is_live }))
}
