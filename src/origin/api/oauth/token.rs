//! The token endpoint (RFC 6749 §3.2).

use serde::Serialize;

use super::{
    forms::TokenForm,
    grants::{
        TokenCall, authorization_code, client_credentials, device_code, password, refresh_token,
        token_exchange,
    },
};
use crate::{
    core::oauth::exchange,
    origin::{
        Origin,
        api::endpoint::{Call, Form, Rate, View, Who, endpoint},
        authn::client,
        domain::tokens::issue::Issued,
        http::{OAuthError, OAuthErrorCode},
        store::query::Query,
    },
};

endpoint! {
    /// Issues tokens for a grant (RFC 6749 §3.2).
    ///
    /// Grants: `authorization_code`, `refresh_token`, `client_credentials`, `password`, device code
    /// (RFC 8628) and token exchange (RFC 8693).
    pub RequestToken = POST "/v1/iam/oauth/token" as "requestToken",
    who: Who::Client, rate: Rate::Passwords;
    body: Form<TokenForm>,
    reply: View<TokenResponse>,
    error: OAuthError;
    request_token
}

/// The response of the token endpoint (RFC 6749 §5.1).
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TokenResponse {
    /// The access token, a JWT (RFC 9068).
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token expires.
    expires_in: i64,
    /// The scope of the access token.
    scope: String,
    /// The next refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// The ID token (OIDC Core §2).
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    /// The type of the issued token, of an exchange (RFC 8693 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
}

async fn request_token(
    origin: &Origin,
    call: Call<'_, RequestToken>,
) -> Result<View<TokenResponse>, OAuthError> {
    let (request, parameters) = (call.request, &call.body.0);
    let grant_type = parameters.require("grant_type")?;
    let disabled_as = match grant_type {
        // The earlier grant has ended (RFC 6749 §5.2).
        "authorization_code" | "refresh_token" => OAuthErrorCode::InvalidGrant,
        _ => OAuthErrorCode::InvalidClient,
    };
    let client = client::UnverifiedClient::read(request, parameters)?;
    let call = TokenCall { origin, request, parameters, client, disabled_as };
    let (issued, kind) = match grant_type {
        "authorization_code" => (authorization_code::answer(call).await?, None),
        "refresh_token" => (refresh_token::answer(call).await?, None),
        "client_credentials" => (client_credentials::answer(call).await?, None),
        "password" => (password::answer(call).await?, None),
        device_code::GRANT_TYPE => (device_code::answer(call).await?, None),
        exchange::GRANT_TYPE => (token_exchange::answer(call).await?, Some(exchange::ACCESS_TOKEN)),
        _ => {
            call.load(Query::ready(())).await?;
            return Err(OAuthError::new(
                OAuthErrorCode::UnsupportedGrantType,
                "the grant type is not supported",
            ));
        }
    };
    let Issued { access_token, expires_in, scope, refresh_token, id_token } = issued;
    Ok(View(TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in,
        scope,
        refresh_token,
        id_token,
        issued_token_type: kind,
    }))
}
