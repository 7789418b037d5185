//! `grant_type=urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): a service calls another
//! on behalf of its user, with no more authority.

use super::{TokenCall, TokenRequest, invalid_grant};
use crate::{
    core::{
        authority::{Ceiling, Trust},
        oauth::{
            audience::{self, InvalidTarget},
            exchange::{self, ACCESS_TOKEN, CAPABILITY, GRANT_TYPE},
            scope::Scope,
        },
        principal::PLATFORM_ORGANIZATION,
        token::Actor,
    },
    origin::{
        Origin,
        domain::{
            change::Change,
            clients::Client,
            commit::commit,
            tokens::{
                claims::TokenInput,
                issue::{self, IdToken, Issued, Signed},
                live::{self, LiveToken, TokenFacts},
            },
        },
        http::{OAuthError, OAuthErrorCode, Parameters},
        store::{
            applications::Application,
            consents,
            grants::{self, Given, Grant},
        },
    },
};

/// Exchanges a live access token for one issued to the exchanging client. It names the actor,
/// expires within the hour and no later than the original, and is revoked with the original's
/// grant.
pub async fn answer(call: TokenCall<'_>) -> Result<Issued, OAuthError> {
    let now = call.origin.clock.now();
    let facts = |name: &str| live::facts(call.parameters.get(name).unwrap_or_default(), now);
    let facts = facts("subject_token").and(facts("actor_token"));
    let (request, (subject, actor)) = call.load(facts).await?;
    let TokenRequest { origin, moment, keys, issuer, client, parameters } = request;
    client.must_authenticate()?;
    if !client.application.capabilities.iter().any(|known| known == CAPABILITY) {
        return Err(OAuthError::new(
            OAuthErrorCode::UnauthorizedClient,
            "the client may not exchange tokens",
        ));
    }
    must_be_access_token(parameters, "requested_token_type", true)?;
    let subject =
        presented(origin, parameters, "subject_token", "subject_token_type", subject).await?;
    let (Some(person), Some(parent)) = (&subject.person, &subject.grant) else {
        return Err(refused("the subject_token must be a user's"));
    };
    let organization = subject.authority.organization();
    let platforms = client.application.organization == PLATFORM_ORGANIZATION;
    if organization != client.application.organization && !platforms {
        return Err(refused("the subject_token is of another organization"));
    }
    if client.application.trust() == Trust::ThirdParty {
        return Err(OAuthError::new(
            OAuthErrorCode::UnauthorizedClient,
            "a third-party client may not exchange tokens",
        ));
    }
    let actor = acting(origin, &client, parameters, actor).await?;
    let act =
        exchange::delegated(&subject.claims, actor).map_err(|error| refused(&error.to_string()))?;
    let scope = Scope::parse(&subject.claims.scope)?.narrowed(parameters.get("scope"))?;
    // An exchange does not add directory access.
    let scope = if subject.opens_directory(&origin.config.issuers()) {
        scope
    } else {
        scope.without_administration()
    };
    let (resource, audience) = target(&client, parameters, organization)?;

    let expires_at = exchange::expires_at(&subject.claims, client.lifetimes().access, now);
    let grant = Grant {
        id: issue::grant_id(origin),
        client_id: client.client_id().to_owned(),
        user_id: Some(person.user.id.clone()),
        organization: organization.to_owned(),
        session_id: parent.session_id.clone(),
        scope: scope.to_string(),
        resource,
        is_public: false,
        auth_time: subject.claims.auth_time,
        methods: subject.claims.amr.clone(),
        actor: Some(act),
        parent_id: Some(parent.id.clone()),
        kind: GRANT_TYPE.to_owned(),
        expires_at,
        revoked_at: None,
        created_at: now,
        issued_by: None,
        is_platform: false,
    };
    let input = TokenInput {
        issuer,
        application: &client.application,
        grant: Some(&grant),
        authenticated_at: grant.auth_time,
        person: Some(person),
        ceiling: Some(Ceiling::of(&subject.claims)),
        scope: grant.scope.clone(),
        audience,
        expires_at,
    };
    let Signed { is_platform, tokens } =
        issue::sign(origin, &keys, moment, input, IdToken::Never).await?;
    let mut change = Change::of(issue::subject(&grant, &person.user));
    let (jti, client_id) = (&subject.claims.jti, &subject.application.client_id);
    let given = Given::ByExchange { jti, client_id };
    let granted = change.decide(grants::insert(&grant, given, moment.sequence));
    if is_platform {
        change.write(consents::record_platform(&grant.id));
    }
    if !commit(origin, change).await?.took_effect(granted) {
        return Err(invalid_grant("the subject_token is not valid", "revoked at the same moment"));
    }
    Ok(tokens)
}

/// The one live access token in the parameter `name`.
async fn presented(
    origin: &Origin,
    parameters: &Parameters,
    name: &str,
    type_name: &str,
    facts: Option<TokenFacts>,
) -> Result<LiveToken, OAuthError> {
    parameters.require(name)?;
    must_be_access_token(parameters, type_name, false)?;
    let live = match facts {
        Some(facts) => facts.live(origin).await?,
        None => None,
    };
    live.ok_or_else(|| refused(&format!("the {name} is not a valid access token")))
}

fn must_be_access_token(
    parameters: &Parameters,
    name: &str,
    optional: bool,
) -> Result<(), OAuthError> {
    match parameters.get(name) {
        Some(ACCESS_TOKEN) => Ok(()),
        None if optional => Ok(()),
        _ => Err(refused(&format!("the {name} must be {ACCESS_TOKEN}"))),
    }
}

/// The actor: the bearer of the `actor_token`, which must have been issued to this client, or the
/// client itself.
async fn acting(
    origin: &Origin,
    client: &Client,
    parameters: &Parameters,
    facts: Option<TokenFacts>,
) -> Result<Actor, OAuthError> {
    if parameters.get("actor_token").is_none() {
        if parameters.get("actor_token_type").is_some() {
            return Err(refused("there is no actor_token for the actor_token_type"));
        }
        return Ok(application_as_actor(&client.application));
    }
    let acting = presented(origin, parameters, "actor_token", "actor_token_type", facts).await?;
    if acting.application.client_id != client.client_id() {
        return Err(refused("the actor_token is another client's"));
    }
    Ok(acting.person.as_ref().map_or_else(
        || application_as_actor(&acting.application),
        |person| Actor {
            sub: person.user.id.clone(),
            owner: person.user.owner.clone(),
            name: person.user.name.clone(),
            act: None,
        },
    ))
}

fn application_as_actor(application: &Application) -> Actor {
    Actor {
        sub: format!("{}/{}", application.owner, application.name),
        owner: application.organization.clone(),
        name: application.name.clone(),
        act: None,
    }
}

/// The audience: a registered resource (named by `resource` or `audience`), else the client itself.
fn target(
    client: &Client,
    parameters: &Parameters,
    organization: &str,
) -> Result<(Option<String>, Vec<String>), OAuthError> {
    let (resource, named) = (parameters.get("resource"), parameters.get("audience"));
    let registration = client.registration();
    let target = match (resource, named) {
        (Some(a), Some(b)) if a != b => return Err(InvalidTarget.into()),
        (Some(target), _) => Some(target),
        (None, named) => named.filter(|named| *named != client.client_id()),
    };
    let resource = audience::registered(target, registration)?;
    let audience = audience::audience(resource.as_deref(), registration, organization);
    Ok((resource, audience))
}

fn refused(description: &str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidRequest, description)
}
