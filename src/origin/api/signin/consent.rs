//! `/v1/iam/consent`: the user's consents to third-party clients (WIRE §4.5).

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    account::{editor, malformed, person},
    schemas::{ConsentForm, ConsentView, InEnvelope, enveloped},
};
use crate::origin::{
    Origin,
    api::endpoint::{Call, Unread, Who, endpoint},
    domain::{
        commit::commit,
        consent::{self, NarrowError},
    },
    http::{Envelope, Request, RestError},
    store::consents::{self, Consent},
};

endpoint! {
    /// Returns what the person allows third-party clients.
    pub ListConsents = GET "/v1/iam/consent" as "listConsents",
    who: Who::Person;
    reply: InEnvelope<Vec<ConsentView>>,
    error: RestError;
    list_consents
}

async fn list_consents(
    origin: &Origin,
    call: Call<'_, ListConsents>,
) -> Result<InEnvelope<Vec<ConsentView>>, RestError> {
    Ok(enveloped(read(origin, call.request).await))
}

endpoint! {
    /// Narrows what the person allows a third-party client; an empty list withdraws it.
    ///
    /// Its tokens end. Only the consent page widens a consent.
    pub NarrowConsent = PUT "/v1/iam/consent" as "narrowConsent",
    who: Who::Person;
    body: Unread<ConsentForm>,
    reply: InEnvelope<Vec<ConsentView>>,
    error: RestError;
    narrow_consent
}

async fn narrow_consent(
    origin: &Origin,
    call: Call<'_, NarrowConsent>,
) -> Result<InEnvelope<Vec<ConsentView>>, RestError> {
    Ok(enveloped(narrowed(origin, call.request).await))
}

async fn read(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let user = person(origin, request).await?;
    let consents = consents::of_user(&user.id).fetch(&*origin.database).await?;
    Ok(Envelope::ok(records(&consents)).about(&user.id, &user.name))
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
    let mut consents = consents::of_user(&user.id).fetch(&*origin.database).await?;
    let at = consents.iter().position(|consent| consent.client_id == sent.application);
    let known = at.map(|at| consents.remove(at)).ok_or_else(|| {
        Envelope::error("there is no consent for the application")
            .with_status(StatusCode::NOT_FOUND)
    })?;
    let scopes = sent.granted_scopes.join(" ");
    let (remaining, change) = consent::narrow(&user, &known, &scopes, origin.clock.now())
        .map_err(|error| malformed(&format!("grantedScopes: {}", described(&error))))?;
    commit(origin, change).await?;
    if let (Some(at), Some(remaining)) = (at, remaining) {
        consents.insert(at, remaining);
    }
    Ok(Envelope::ok(records(&consents)).about(&user.id, &user.name))
}

const fn described(error: &NarrowError) -> &'static str {
    match error {
        NarrowError::Malformed => "has a malformed scope",
        NarrowError::Wider => "a scope is added on the consent page only",
    }
}

fn records(consents: &[Consent]) -> Value {
    consents.iter().map(published).collect()
}

/// `IamConsentRecord`, with its resources.
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
