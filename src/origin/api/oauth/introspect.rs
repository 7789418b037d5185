//! Token introspection (RFC 7662) for resource servers.

use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use super::token;
use crate::{
    core::{authority::Trust, encoding::digest, time::UnixTime, token::Actor},
    origin::{
        Origin,
        authn::client,
        domain::{
            clients::Client,
            tokens::live::{self, LiveRefreshToken, LiveToken},
        },
        http::{OAuthError, OAuthErrorCode, Parameters, Request, Response, response},
        store::users::User,
    },
};

/// Returns `{"active":false}` for everything that is neither a live access token which the asking
/// client has to do with, nor a live refresh token of its own. Another client's refresh
/// tokens are inactive too: they are not for resource servers.
pub async fn endpoint(origin: &Origin, request: &Request) -> Response {
    let parameters = match token::read(request) {
        Ok(parameters) => parameters,
        Err(refusal) => return *refusal,
    };
    answer(origin, request, &parameters).await.unwrap_or_else(OAuthError::into_response)
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

#[derive(Serialize)]
struct Active<'a> {
    #[serde(rename = "active")]
    is_live: bool,
    token_type: &'a str,
    scope: &'a str,
    client_id: &'a str,
    sub: &'a str,
    iss: &'a str,
    owner: &'a str,
    organization: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    username: &'a str,
    aud: &'a [String],
    exp: UnixTime,
    iat: UnixTime,
    nbf: UnixTime,
    jti: &'a str,
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
