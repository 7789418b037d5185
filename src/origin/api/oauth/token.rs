//! The token endpoint (RFC 6749 §3.2).

use http::{StatusCode, header};

use super::grants::{
    TokenRequest, authorization_code, client_credentials, device_code, password, refresh_token,
    token_exchange,
};
use crate::{
    core::oauth::exchange,
    origin::{
        Origin,
        authn::client,
        domain::{revocation::Moment, tokens::issue::TokenAnswer},
        http::{
            OAuthError, OAuthErrorCode, ParameterError, Parameters, Request, Response, response,
        },
    },
};

/// Answers a request for tokens.
pub async fn endpoint(origin: &Origin, request: &Request) -> Response {
    let parameters = match read(request) {
        Ok(parameters) => parameters,
        Err(refusal) => return *refusal,
    };
    match answer(origin, request, &parameters).await {
        Ok(answer) => answer,
        Err(error) => error.into_response(),
    }
}

async fn answer(
    origin: &Origin,
    request: &Request,
    parameters: &Parameters,
) -> Result<Response, OAuthError> {
    let moment = Moment::read(origin).await?;
    let grant_type = parameters.require("grant_type")?;
    let disabled_as = match grant_type {
        // What was given before has ended (RFC 6749 §5.2).
        "authorization_code" | "refresh_token" => OAuthErrorCode::InvalidGrant,
        _ => OAuthErrorCode::InvalidClient,
    };
    let client = client::authenticate(origin, request, parameters, disabled_as).await?;
    let issuer = origin.config.issuer_for(&request.base);
    let asked = TokenRequest { moment, issuer, client, parameters };
    let answer = match grant_type {
        "authorization_code" => authorization_code::answer(origin, asked).await,
        "refresh_token" => refresh_token::answer(origin, asked).await,
        "client_credentials" => client_credentials::answer(origin, asked).await,
        "password" => password::answer(origin, asked).await,
        device_code::GRANT_TYPE => device_code::answer(origin, asked).await,
        exchange::GRANT_TYPE => token_exchange::answer(origin, asked).await,
        _ => Err(OAuthError::new(
            OAuthErrorCode::UnsupportedGrantType,
            "the grant type is not supported",
        )),
    };
    answer.map(TokenAnswer::into_response)
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
