//! The token endpoint (RFC 6749 §3.2).

use http::{StatusCode, header};
use serde::Serialize;

use super::grants::{
    TokenCall, authorization_code, client_credentials, device_code, password, refresh_token,
    token_exchange,
};
use crate::{
    core::oauth::exchange,
    origin::{
        Origin,
        authn::client,
        domain::tokens::issue::Issued,
        http::{
            OAuthError, OAuthErrorCode, ParameterError, Parameters, Request, Response, response,
        },
        store::query::Query,
    },
};

/// Answers a request for tokens.
pub async fn endpoint(origin: &Origin, request: &Request) -> Response {
    let parameters = match read(request) {
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
    let grant_type = parameters.require("grant_type")?;
    let disabled_as = match grant_type {
        // What was given before has ended (RFC 6749 §5.2).
        "authorization_code" | "refresh_token" => OAuthErrorCode::InvalidGrant,
        _ => OAuthErrorCode::InvalidClient,
    };
    let presented = client::Presented::read(request, parameters)?;
    let call = TokenCall { origin, request, parameters, presented, disabled_as };
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
    Ok(response_of(&issued, kind))
}

/// The response of the token endpoint, never stored (RFC 6749 §5.1). `issued_token_type` is for an
/// exchange (RFC 8693 §2.2.1).
fn response_of(issued: &Issued, issued_token_type: Option<&'static str>) -> Response {
    #[derive(Serialize)]
    struct Body<'a> {
        access_token: &'a str,
        token_type: &'static str,
        expires_in: i64,
        scope: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        refresh_token: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        id_token: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        issued_token_type: Option<&'static str>,
    }
    let body = Body {
        access_token: &issued.access_token,
        token_type: "Bearer",
        expires_in: issued.expires_in,
        scope: &issued.scope,
        refresh_token: issued.refresh_token.as_deref(),
        id_token: issued.id_token.as_deref(),
        issued_token_type,
    };
    response::no_store(response::json(StatusCode::OK, &body))
}

/// The parameters of the body, or the refusal: 405 for another method than POST, 415 for another
/// media type than form and JSON.
pub fn read(request: &Request) -> Result<Parameters, Box<Response>> {
    if request.method != http::Method::POST {
        let error = OAuthError::new(OAuthErrorCode::InvalidRequest, "the method must be POST");
        let answer = with_status(error, StatusCode::METHOD_NOT_ALLOWED);
        return Err(Box::new(response::with_header(answer, header::ALLOW, "POST")));
    }
    request.body_parameters().map_err(|error| {
        Box::new(match error {
            ParameterError::MediaType => {
                with_status(error.into(), StatusCode::UNSUPPORTED_MEDIA_TYPE)
            }
            other => OAuthError::from(other).into_response(),
        })
    })
}

fn with_status(error: OAuthError, status: StatusCode) -> Response {
    let mut answer = error.into_response();
    *answer.status_mut() = status;
    answer
}
