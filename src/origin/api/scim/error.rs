//! SCIM errors (RFC 7644 §3.12).

use std::borrow::Cow;

use http::{StatusCode, header};
use serde_json::json;

use super::reply::MEDIA_TYPE;
use crate::{
    core::scim::{ERROR, Refusal, ScimType},
    origin::{
        api::endpoint::ErrorReply,
        domain::change_error::ChangeError,
        http::{Response, RestError, response},
    },
    ports::DatabaseError,
};

/// A SCIM error.
#[derive(Debug, Clone)]
pub struct ScimError {
    /// The status, also in the body.
    pub status: StatusCode,
    /// The keyword, if defined by the RFC.
    pub scim_type: Option<ScimType>,
    /// For the developer.
    pub detail: String,
    /// For the log only.
    cause: Option<String>,
    /// The accepted methods, for a 405.
    allow: Option<Cow<'static, str>>,
}

impl ScimError {
    /// An error without a keyword.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into(), cause: None, allow: None }
    }

    /// The body.
    pub fn body(&self) -> serde_json::Value {
        let mut body = json!({
            "schemas": [ERROR],
            "status": self.status.as_u16().to_string(),
            "detail": self.detail,
        });
        if let (Some(scim_type), Some(members)) = (self.scim_type, body.as_object_mut()) {
            members.insert("scimType".to_owned(), scim_type.as_str().into());
        }
        body
    }
}

/// An error of SCIM.
#[cfg(not(target_arch = "wasm32"))]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "ScimError")]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what ScimError writes")]
struct Body {
    /// `urn:ietf:params:scim:api:messages:2.0:Error`
    schemas: Vec<String>,
    /// The status of the response, as a text.
    status: String,
    /// The keyword, of a 400 or 409.
    scim_type: Option<String>,
    /// What to change.
    detail: String,
}

impl ErrorReply for ScimError {
    const STATUSES: &'static [u16] = &[400, 401, 403, 404, 409, 412, 413, 415, 429, 500];
    const MEDIA_TYPE: &'static str = MEDIA_TYPE;

    fn into_response(self) -> Response {
        let response = response::json_as(self.status, MEDIA_TYPE, &self.body());
        let response = response::with_reason(response::no_store(response), self.detail);
        let response = response::with_cause(response, self.cause);
        if let Some(allow) = self.allow {
            return response::with_header(response, header::ALLOW, &allow);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            return response::with_header(response, header::WWW_AUTHENTICATE, "Bearer");
        }
        response
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<Body>()
    }
}

impl From<RestError> for ScimError {
    fn from(error: RestError) -> Self {
        let RestError { status, message, cause, header, .. } = error;
        let allow = header.filter(|_| status == StatusCode::METHOD_NOT_ALLOWED);
        Self { cause, allow, ..Self::new(status, message) }
    }
}

impl From<Refusal> for ScimError {
    fn from(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.scim_type.status());
        let status = status.unwrap_or(StatusCode::BAD_REQUEST);
        Self { scim_type: Some(refusal.scim_type), ..Self::new(status, refusal.detail) }
    }
}

impl From<DatabaseError> for ScimError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Conflict => Refusal::new(
                ScimType::Uniqueness,
                "another resource of the organization has that userName, externalId or address",
            )
            .into(),
            other => RestError::from(other).into(),
        }
    }
}

impl From<ChangeError> for ScimError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Database(error) => error.into(),
            ChangeError::Invalid(why) => {
                Refusal::new(ScimType::InvalidValue, why.to_string()).into()
            }
            other => RestError::from(other).into(),
        }
    }
}
