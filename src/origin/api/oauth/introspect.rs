//! Token introspection (RFC 7662) for resource servers.

use serde::Serialize;

use super::forms::AboutToken;
use crate::{
    core::{
        authority::Trust,
        encoding::digest,
        time::UnixTime,
        token::{Actor, Claims},
    },
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Form, View, Who, endpoint},
        authn::client,
        domain::{
            clients::Client,
            tokens::live::{self, LiveRefreshToken, LiveToken},
        },
        http::{OAuthError, OAuthErrorCode},
        store::users::User,
    },
};

endpoint! {
    /// Introspects a token (RFC 7662).
    ///
    /// `active` is false for everything but a live access token that was issued to the client, is
    /// for it or is of its organization, and a live refresh token of its own. Another client's
    /// refresh tokens are inactive too: they are not for resource servers.
    pub Introspect = POST "/v1/iam/oauth/introspect" as "introspectToken", who: Who::Client, audit: Audit::Nothing("reads");
    body: Form<AboutToken>,
    reply: View<Introspection>,
    error: OAuthError;
    introspect
}

/// What the client learns of a token (RFC 7662 §2.2).
#[derive(Debug, Default, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Introspection {
    /// Whether the token is live, and the client's to know of.
    #[serde(rename = "active")]
    is_live: bool,
    #[serde(flatten)]
    facts: Option<Facts>,
}

/// The facts of a live token.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct Facts {
    /// `Bearer`, or `refresh_token`, which keeps it from being taken for an access token.
    token_type: &'static str,
    scope: String,
    client_id: String,
    sub: String,
    iss: String,
    /// The organization that the token speaks for, and again as `organization`.
    owner: String,
    organization: String,
    /// The user's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    exp: UnixTime,
    iat: UnixTime,
    #[serde(flatten)]
    access: Option<AccessFacts>,
}

/// The facts that only an access token has.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct AccessFacts {
    aud: Vec<String>,
    nbf: UnixTime,
    jti: String,
    /// Who acts for the subject (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Actor>,
}

impl Introspection {
    fn of_refresh_token(issuer: &str, client: &Client, live: LiveRefreshToken) -> Self {
        let exp = live.expires_at();
        let LiveRefreshToken { record, grant, person } = live;
        let user = person.user;
        let facts = Facts {
            token_type: "refresh_token",
            username: Some(address(client, &record.scope, &user).to_owned()),
            scope: record.scope,
            client_id: grant.client_id,
            sub: user.id,
            iss: issuer.to_owned(),
            owner: user.owner.clone(),
            organization: user.owner,
            exp,
            iat: record.created_at,
            access: None,
        };
        Self { is_live: true, facts: Some(facts) }
    }

    fn of_access_token(client: &Client, live: LiveToken) -> Self {
        let LiveToken { claims, application, person, .. } = live;
        let user = person.as_ref().map(|person| &person.user);
        let username = user.map(|user| address(client, &claims.scope, user).to_owned());
        let Claims { scope, sub, iss, owner, organization, aud, exp, iat, nbf, jti, act, .. } =
            claims.into_inner();
        let access = AccessFacts { aud, nbf, jti, act };
        let facts = Facts {
            token_type: "Bearer",
            scope,
            client_id: application.client_id,
            sub,
            iss,
            owner,
            organization,
            username: username.filter(|username| !username.is_empty()),
            exp,
            iat,
            access: Some(access),
        };
        Self { is_live: true, facts: Some(facts) }
    }
}

async fn introspect(
    origin: &Origin,
    call: Call<'_, Introspect>,
) -> Result<View<Introspection>, OAuthError> {
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
    client.must_authenticate()?;
    parameters.require("token")?;
    if let Some(live) = refresh.and_then(|facts| facts.live(&client, now)) {
        let issuer = origin.config.issuer_for(&request.base);
        return Ok(View(Introspection::of_refresh_token(issuer, &client, live)));
    }
    let live = match access {
        Some(facts) => facts.live(origin).await?,
        None => None,
    };
    let live = live.filter(|live| is_entitled(&client, live));
    Ok(View(
        live.map_or_else(Introspection::default, |live| {
            Introspection::of_access_token(&client, live)
        }),
    ))
}

/// Whether the client may introspect the token: it was issued to it, is for it, or is of its own
/// organization (RFC 7662 §4; ATTACKS E-71).
fn is_entitled(client: &Client, live: &LiveToken) -> bool {
    let application = &client.application;
    let claims = &live.claims;
    let meant_for = |audience: &String| {
        *audience == application.client_id || application.resources.contains(audience)
    };
    live.application.client_id == application.client_id
        || claims.owner == application.organization
        || claims.aud.iter().any(meant_for)
}

/// The address of `user`, if visible to `client`: a third-party client gets only claims covered by
/// the token's scope (OIDC Core §5.4).
fn address<'a>(client: &Client, scope: &str, user: &'a User) -> &'a str {
    let says_email = scope.split(' ').any(|name| name == "email");
    if says_email || client.application.trust() != Trust::ThirdParty { &user.email } else { "" }
}
