//! `/v1/iam/consent`: what the account's holder allows third-party clients (WIRE §4.5).

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::account::{editor, malformed, person};
use crate::{
    origin::{
        Origin,
        domain::consent::{self, NarrowError},
        http::{Envelope, Request, Response},
        store::consents::{self, Consent},
    },
    ports::DatabaseError,
};

/// `GET /v1/iam/consent`: a record for each client.
pub async fn list(origin: &Origin, request: &Request) -> Response {
    match read(origin, request).await {
        Ok(answer) | Err(answer) => answer.into_response(),
    }
}

/// `PUT /v1/iam/consent` with `application` (its client id) and `grantedScopes`: narrows what the
/// client is allowed; an empty list withdraws it. Its tokens end. Only the consent page widens.
pub async fn narrow(origin: &Origin, request: &Request) -> Response {
    match narrowed(origin, request).await {
        Ok(answer) | Err(answer) => answer.into_response(),
    }
}

async fn read(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let user = person(origin, request).await?;
    Ok(Envelope::ok(records(origin, &user.id).await?).about(&user.id, &user.name))
}

async fn narrowed(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Sent {
        application: String,
        granted_scopes: Vec<String>,
    }
    let user = editor(origin, request).await?;
    let sent: Sent = serde_json::from_slice(&request.body).map_err(|_| {
        malformed("the body must be an object of application and grantedScopes (a list)")
    })?;
    let scopes = sent.granted_scopes.join(" ");
    match consent::narrow(origin, &user.id, &sent.application, &scopes).await {
        Ok(()) => Ok(Envelope::ok(records(origin, &user.id).await?).about(&user.id, &user.name)),
        Err(NarrowError::Database(error)) => Err(error.into()),
        Err(NarrowError::Unknown) => {
            Err(Envelope::error("there is no consent for the application")
                .with_status(StatusCode::NOT_FOUND))
        }
        Err(NarrowError::Malformed) => Err(malformed("grantedScopes: has a malformed scope")),
        Err(NarrowError::Wider) => {
            Err(malformed("grantedScopes: a scope is added on the consent page only"))
        }
    }
}

async fn records(origin: &Origin, user_id: &str) -> Result<Value, DatabaseError> {
    let consents = consents::of_user(&*origin.database, user_id).await?;
    Ok(consents.iter().map(published).collect())
}

/// `IamConsentRecord`, with what else is known.
fn published(consent: &Consent) -> Value {
    let scopes: Vec<&str> = consent.scope.split(' ').filter(|scope| !scope.is_empty()).collect();
    json!({
        "application": consent.client_id,
        "grantedScopes": scopes,
        "resources": consent.resources,
        "createdTime": consent.created_at.to_string(),
        "updatedTime": consent.updated_at.to_string(),
    })
}
