//! Token introspection (RFC 7662) for resource servers.

use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::forms::AboutToken;
use crate::{
    core::{authority::Trust, encoding::digest, time::UnixTime, token::Actor},
    origin::{
        Origin,
        api::endpoint::{Call, Documented, Form, Who, endpoint},
        authn::client,
        domain::{
            clients::Client,
            tokens::live::{self, LiveRefreshToken, LiveToken},
        },
        http::{OAuthError, OAuthErrorCode, Parameters, Request, Response, response},
        store::users::User,
    },
};

endpoint! {
    /// Introspects a token (RFC 7662).
    ///
    /// Returns `{"active":false}` unless the token is a live access token that the asking client has
    /// to do with, or a live refresh token of its own. Refresh tokens of other clients are inactive:
    /// they are not for resource servers.
    pub Introspect = POST "/v1/iam/oauth/introspect" as "introspectToken", who: Who::Client;
    body: Form<AboutToken>,
    reply: Documented<Introspection>,
    error: OAuthError;
    introspect
}

async fn introspect(
    origin: &Origin,
    call: Call<'_, Introspect>,
) -> Result<Documented<Introspection>, OAuthError> {
    Ok(answer(origin, call.request, &call.body.0).await?.into())
}

async fn answer(
    origin: &Origin,
    request: &Request,
    parameters: &Parameters,
) -> Result<Response, OAuthError> {
    let presented = client::Presented::read(request, parameters)?;
    let token = parameters.get("token").unwrap_or_default();
    let now = origin.clock.now();
    let facts = presented
        .query()
        .and(live::refresh_facts(&digest(token)))
        .and(live::facts(token, now))
        .fetch(&*origin.database);
    let ((registered, refresh), access) = facts.await?;
    let client = presented.authenticate(request, registered, OAuthErrorCode::InvalidClient)?;
    client.must_authenticate()?;
    parameters.require("token")?;
    if let Some(live) = refresh.and_then(|facts| facts.live(&client, now)) {
        let issuer = origin.config.issuer_for(&request.base);
        let told = refreshing(issuer, &client, &live);
        return Ok(response::no_store(response::json(StatusCode::OK, &told)));
    }
    let live = match access {
        Some(facts) => facts.live(origin).await?,
        None => None,
    };
    let Some(live) = live.filter(|live| is_entitled(&client, live)) else {
        return Ok(response::no_store(response::json(StatusCode::OK, &json!({"active": false}))));
    };
    Ok(response::no_store(response::json(StatusCode::OK, &Active::of(&client, &live))))
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

/// The address of `user`, as far as `client` may know it: a third-party client gets what the
/// token's scope covers (OIDC Core §5.4).
fn address<'a>(client: &Client, scope: &str, user: &'a User) -> &'a str {
    let says_email = scope.split(' ').any(|name| name == "email");
    if says_email || client.application.trust() != Trust::ThirdParty { &user.email } else { "" }
}

/// The introspection response for the client's own refresh token. Its type keeps it from being
/// taken for an access token.
fn refreshing(issuer: &str, client: &Client, live: &LiveRefreshToken) -> Value {
    let user = &live.person.user;
    json!({
        "active": true,
        "token_type": "refresh_token",
        "scope": live.record.scope,
        "client_id": live.grant.client_id,
        "sub": user.id,
        "iss": issuer,
        "owner": user.owner,
        "organization": user.owner,
        "username": address(client, &live.record.scope, user),
        "exp": live.expires_at(),
        "iat": live.record.created_at,
    })
}

/// The introspection response (RFC 7662 §2.2).
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(untagged))]
pub enum Introspection {
    /// Of a live access token.
    Active(Active<'static>),
    /// Of a live refresh token, or `{"active":false}`.
    Other(Map<String, Value>),
}

/// What is said of a live access token (RFC 7662 §2.2).
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Active<'a> {
    /// Whether the token is live.
    #[serde(rename = "active")]
    is_live: bool,
    /// `Bearer`, or `refresh_token` for a refresh token, which no service may take for an access token.
    token_type: &'a str,
    /// Its scope.
    scope: &'a str,
    /// The client that it was issued to.
    client_id: &'a str,
    /// The subject.
    sub: &'a str,
    /// The issuer.
    iss: &'a str,
    /// The organization of the subject.
    owner: &'a str,
    /// The same.
    organization: &'a str,
    /// The email address, as far as the client may know it.
    #[serde(skip_serializing_if = "str::is_empty")]
    username: &'a str,
    /// Its audiences.
    aud: &'a [String],
    /// When it expires.
    exp: UnixTime,
    /// When it was issued.
    iat: UnixTime,
    /// From when on it is valid.
    nbf: UnixTime,
    /// Its id.
    jti: &'a str,
    /// Who acts (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<&'a Actor>,
}

impl<'a> Active<'a> {
    fn of(client: &Client, live: &'a LiveToken) -> Self {
        let claims = &live.claims;
        Self {
            is_live: true,
            token_type: "Bearer",
            scope: &claims.scope,
            client_id: &live.application.client_id,
            sub: &claims.sub,
            iss: &claims.iss,
            owner: &claims.owner,
            organization: &claims.organization,
            username: live
                .person
                .as_ref()
                .map_or("", |person| address(client, &claims.scope, &person.user)),
            aud: &claims.aud,
            exp: claims.exp,
            iat: claims.iat,
            nbf: claims.nbf,
            jti: &claims.jti,
            act: claims.act.as_ref(),
        }
    }
}
