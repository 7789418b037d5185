//! The two error formats: RFC 6749 §5.2 on OAuth routes, `{"status","error"}` elsewhere.
//!
//! The client's message is minimal; the cause goes to the log.

use std::{borrow::Cow, fmt};

use http::{StatusCode, header};
use serde::Serialize;

use super::{ParameterError, Response, request::RepeatedAuthorization, response};
use crate::{
    core::{
        directory::Invalid,
        oauth::description::description,
        token::{MintError, TokenError},
    },
    ports::{CryptoError, DatabaseError, SnapshotsError},
};

/// The error codes of the OAuth routes (RFC 6749 §5.2 and its extensions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is its RFC's own word")]
pub enum OAuthErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    InvalidTarget,
    InvalidToken,
    InsufficientScope,
    UnauthorizedClient,
    UnsupportedGrantType,
    AccessDenied,
    AuthorizationPending,
    SlowDown,
    ExpiredToken,
    ServerError,
    TemporarilyUnavailable,
}

impl OAuthErrorCode {
    /// The code as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::AccessDenied => "access_denied",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// A refusal on an OAuth route.
#[derive(Debug, Clone)]
pub struct OAuthError {
    /// The error code of the RFC.
    pub code: OAuthErrorCode,
    /// For the developer. Contains neither secrets nor internal causes.
    pub description: String,
    /// For the log only.
    pub cause: Option<String>,
    /// The status, where the code alone does not say it: 405, 413, 415.
    pub status: Option<StatusCode>,
    /// The methods that the path takes, of a 405.
    pub allow: Option<Cow<'static, str>>,
}

impl OAuthError {
    /// A refusal with `error_description`.
    pub fn new(code: OAuthErrorCode, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), cause: None, status: None, allow: None }
    }

    /// The response (RFC 6749 §5.2; RFC 6750 §3 for bearer tokens), never stored.
    pub fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            error: &'a str,
            error_description: &'a str,
        }
        let code = self.code.as_str();
        let body = Body { error: code, error_description: &description(&self.description) };
        let answer =
            response::no_store(response::json(self.status.unwrap_or(self.code.status()), &body));
        let answer = response::with_reason(answer, format!("{code}: {}", self.description));
        let mut answer = response::with_cause(answer, self.cause);
        if let Some(allow) = self.allow {
            answer = response::with_header(answer, header::ALLOW, &allow);
        }
        match self.code {
            OAuthErrorCode::InvalidClient => {
                response::with_header(answer, header::WWW_AUTHENTICATE, r#"Basic realm="OAuth2""#)
            }
            OAuthErrorCode::InvalidToken | OAuthErrorCode::InsufficientScope => {
                let challenge = format!(r#"Bearer error="{code}""#);
                response::with_header(answer, header::WWW_AUTHENTICATE, &challenge)
            }
            _ => answer,
        }
    }

    /// `server_error`: the cause is for the log.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self {
            cause: Some(cause.to_string()),
            ..Self::new(OAuthErrorCode::ServerError, "the request could not be completed")
        }
    }
}

/// A refusal on a `/v1/iam` REST route: `{"status":404,"error":"…","code":"…"}` with the real status.
#[derive(Debug, Clone)]
pub struct RestError {
    /// The status, also in the body.
    pub status: StatusCode,
    /// For the developer.
    pub message: String,
    /// For programs; `None`: the one of the status.
    pub code: Option<&'static str>,
    /// The path of the member or the name of the parameter that is refused.
    pub field: Option<String>,
    /// For the log only.
    pub cause: Option<String>,
    /// The header of the status: of a 405 the methods that the path takes, of a 412 the present tag.
    pub header: Option<Cow<'static, str>>,
}

impl RestError {
    /// A refusal.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), code: None, field: None, cause: None, header: None }
    }

    /// The refusal with a code of its own.
    #[must_use]
    pub fn coded(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// 405: the path takes the methods in `allow` (RFC 9110 §15.5.6).
    pub fn method(allow: impl Into<Cow<'static, str>>) -> Self {
        Self {
            header: Some(allow.into()),
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed")
        }
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not found")
    }

    /// 401, in the words that clients compare with (WIRE §5).
    pub fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "authentication required")
    }

    /// The response.
    pub fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            status: u16,
            error: &'a str,
            code: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            field: Option<&'a str>,
        }
        let body = Body {
            status: self.status.as_u16(),
            error: &self.message,
            code: self.code.unwrap_or_else(|| code_of(self.status)),
            field: self.field.as_deref(),
        };
        let answer = response::no_store(response::json(self.status, &body));
        let answer = response::with_reason(answer, self.message);
        let answer = response::with_cause(answer, self.cause);
        if let Some(value) = self.header {
            let is_stale = self.status == StatusCode::PRECONDITION_FAILED;
            let name = if is_stale { header::ETAG } else { header::ALLOW };
            return response::with_header(answer, name, &value);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            return response::with_header(answer, header::WWW_AUTHENTICATE, "Bearer");
        }
        answer
    }

    /// 500: the cause is for the log.
    pub fn internal(cause: impl fmt::Display) -> Self {
        let message = "the request could not be completed";
        Self {
            cause: Some(cause.to_string()),
            ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
        }
    }
}

/// The code of a refusal that has none of its own. Codes are stable; texts are not.
const fn code_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "invalid_request",
        StatusCode::UNAUTHORIZED => "unauthenticated",
        StatusCode::FORBIDDEN => "forbidden",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::CONFLICT => "conflict",
        StatusCode::PRECONDITION_FAILED => "precondition_failed",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
        StatusCode::UNPROCESSABLE_ENTITY => "unprocessable",
        StatusCode::TOO_MANY_REQUESTS => "too_many_requests",
        _ => "internal",
    }
}

impl fmt::Display for RestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.cause.as_ref().unwrap_or(&self.message))
    }
}

impl From<RepeatedAuthorization> for OAuthError {
    fn from(error: RepeatedAuthorization) -> Self {
        Self::new(OAuthErrorCode::InvalidRequest, error.to_string())
    }
}

impl From<ParameterError> for OAuthError {
    fn from(error: ParameterError) -> Self {
        let code = match &error {
            // They may have several values (RFC 8707 §2, RFC 8693 §2.1), but a token is for one.
            ParameterError::Repeated(name) if matches!(name.as_str(), "resource" | "audience") => {
                OAuthErrorCode::InvalidTarget
            }
            _ => OAuthErrorCode::InvalidRequest,
        };
        let media_type = matches!(error, ParameterError::MediaType);
        let status = media_type.then_some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        Self { status, ..Self::new(code, error.to_string()) }
    }
}

impl From<ParameterError> for RestError {
    fn from(error: ParameterError) -> Self {
        let status = match error {
            ParameterError::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.to_string())
    }
}

/// A fault that is found before an OAuth handler runs, in the form of OAuth.
impl From<RestError> for OAuthError {
    fn from(error: RestError) -> Self {
        let code = match error.status {
            StatusCode::UNAUTHORIZED => OAuthErrorCode::InvalidToken,
            StatusCode::FORBIDDEN => OAuthErrorCode::InsufficientScope,
            status if status.is_server_error() => OAuthErrorCode::ServerError,
            _ => OAuthErrorCode::InvalidRequest,
        };
        let of_transport = [
            StatusCode::METHOD_NOT_ALLOWED,
            StatusCode::PAYLOAD_TOO_LARGE,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ];
        Self {
            cause: error.cause,
            status: of_transport.contains(&error.status).then_some(error.status),
            allow: error.header,
            ..Self::new(code, error.message)
        }
    }
}

impl From<Invalid> for RestError {
    fn from(error: Invalid) -> Self {
        let refusal = Self::new(StatusCode::BAD_REQUEST, error.to_string()).coded("invalid_value");
        Self { field: error.path, ..refusal }
    }
}

impl From<DatabaseError> for RestError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Conflict => {
                Self::new(StatusCode::CONFLICT, "it exists already").coded("exists")
            }
            DatabaseError::Stale => {
                Self::new(StatusCode::CONFLICT, error.to_string()).coded("stale")
            }
            other => Self::internal(other),
        }
    }
}

impl From<DatabaseError> for OAuthError {
    fn from(error: DatabaseError) -> Self {
        Self::internal(error)
    }
}

impl From<CryptoError> for OAuthError {
    fn from(error: CryptoError) -> Self {
        Self::internal(error)
    }
}

impl From<MintError> for OAuthError {
    fn from(error: MintError) -> Self {
        Self::internal(error)
    }
}

/// Which check refused a token is for the log; the client hears `invalid_token` (RFC 6750 §3.1).
impl From<TokenError> for OAuthError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Backend(error) => Self::internal(error),
            refused => Self {
                cause: Some(refused.to_string()),
                ..Self::new(OAuthErrorCode::InvalidToken, "the token is not valid")
            },
        }
    }
}

impl From<CryptoError> for RestError {
    fn from(error: CryptoError) -> Self {
        Self::internal(error)
    }
}

impl From<SnapshotsError> for RestError {
    fn from(error: SnapshotsError) -> Self {
        Self::internal(error)
    }
}
