//! `PUT /v1/iam/terms`: acceptance of terms.

use serde_json::{Value, json};

use super::{
    account::{editor, malformed},
    schemas::{InEnvelope, Object, TermsForm, enveloped},
};
use crate::origin::{
    Origin,
    api::endpoint::{Call, Unread, Who, endpoint},
    domain::{audit::Subject, change::Change, commit::commit},
    http::{Envelope, Request, RestError},
    store::preferences,
};

endpoint! {
    /// Records that the person who is signed in accepts the terms.
    ///
    /// It names the versions of the terms of service and of the acceptable use policy.
    ///
    /// The first acceptance of a version stays on record.
    pub AcceptTerms = PUT "/v1/iam/terms" as "acceptTerms",
    who: Who::Person;
    body: Unread<TermsForm>,
    reply: InEnvelope<Object>,
    error: RestError;
    accept
}

async fn accept(
    origin: &Origin,
    call: Call<'_, AcceptTerms>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(enveloped(accepted(origin, call.request).await))
}

async fn accepted(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let user = editor(origin, request).await?;
    let sent = request.body_parameters()?;
    let version = |document: &'static str| {
        let version = sent.get(document).map(str::trim).filter(|version| !version.is_empty())?;
        Some((document, version))
    };
    let versions: Vec<_> = ["terms", "aup"].into_iter().filter_map(version).collect();
    if versions.is_empty() {
        return Err(malformed("terms or aup is required: the version that is accepted"));
    }
    if versions.iter().any(|(_, version)| version.len() > 64) {
        return Err(malformed("a version has at most 64 bytes"));
    }
    let facts: Value =
        versions.iter().map(|(document, version)| json!({*document: version})).collect();
    let mut change =
        Change::of(Subject::with(&user.owner, "user", &user.name, &json!({"accepted": facts})));
    let now = origin.clock.now();
    for (document, version) in &versions {
        change.write(preferences::accept(&user.id, document, version, now));
    }
    commit(origin, change).await?;
    let members =
        versions.into_iter().map(|(document, version)| (document.to_owned(), version.into()));
    Ok(Envelope::ok(Value::Object(members.collect())).about(&user.id, &user.name))
}
