//! `GET /v1/iam/account/export` and `POST /v1/iam/account/erase`: the user's own data.

use http::StatusCode;
use serde_json::json;

use super::{
    account::{editor_in_person, in_person, malformed},
    login,
    schemas::{EraseForm, InEnvelope, Object, enveloped},
};
use crate::origin::{
    Origin,
    api::{
        directory::users::export::PersonExport,
        endpoint::{Call, Rate, Unread, Who, endpoint},
    },
    authn::{
        password::{self, PasswordLogin},
        session,
    },
    domain::users,
    http::{Envelope, Request, RestError},
    store::{
        accounts, factors,
        memberships::owned_alone,
        query::{Query, load},
        users::{Named, User},
    },
};

endpoint! {
    /// Returns everything that is recorded about the person who is signed in.
    ///
    /// Without secrets. A key does not open it.
    pub ExportAccount = GET "/v1/iam/account/export" as "exportAccount",
    who: Who::Person;
    reply: InEnvelope<Object>,
    error: RestError;
    export
}

endpoint! {
    /// Erases the data of the person who is signed in, for good.
    ///
    /// `confirm` names the account (`owner/name`). The password is asked for again; without one, or with a second
    /// factor, the sign-in must be at most ten minutes old. The only owner of an organization hands it over first.
    pub EraseAccount = POST "/v1/iam/account/erase" as "eraseAccount",
    who: Who::Person, rate: Rate::Passwords;
    body: Unread<EraseForm>,
    reply: InEnvelope<Object>,
    error: RestError;
    erase
}

async fn export(
    origin: &Origin,
    call: Call<'_, ExportAccount>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(enveloped(exported(origin, call.request).await))
}

async fn exported(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let user = in_person(origin, request).await?;
    let (id, name) = (user.id.clone(), user.name.clone());
    let export = PersonExport::of(origin, user).await.map_err(Envelope::internal)?;
    Ok(Envelope::ok(json!(export)).about(&id, &name))
}

async fn erase(
    origin: &Origin,
    call: Call<'_, EraseAccount>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(match erased(origin, call.request).await {
        Ok(envelope) => session::forget(origin, call.request, envelope.into_response()).into(),
        Err(envelope) => envelope.into_response().into(),
    })
}

async fn erased(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let user = editor_in_person(origin, request).await?;
    let sent = request.body_parameters()?;
    if sent.get("confirm") != Some(&format!("{}/{}", user.owner, user.name)) {
        return Err(malformed("confirm must name the account: owner/name"));
    }
    signed_in_again(origin, request, &user, sent.get("password")).await?;
    let alone = owned_alone(Named::Id(&user.id)).fetch(&*origin.database).await?;
    let refused = |error: crate::origin::domain::change_error::ChangeError| {
        Envelope::error(error.to_string()).with_status(StatusCode::CONFLICT)
    };
    users::may_go(&alone).map_err(refused)?;
    users::erase(origin, &user).await.map_err(Envelope::internal)?;
    Ok(Envelope::ok(json!({"erased": true, "id": user.id})))
}

/// Requires the account's password or, if the account has further factors, a session of this
/// browser with a recent proof of the strongest.
async fn signed_in_again(
    origin: &Origin,
    request: &Request,
    user: &User,
    sent: Option<&str>,
) -> Result<(), Envelope> {
    let held = factors::held(accounts::Named::Id(&user.id), "", origin.clock.now());
    let queries = (session::find(origin, request), held);
    let (current, held) = load(&*origin.database, queries).await?;
    let has_second = held.enrolled().has_second();
    if has_second || user.password_hash.is_none() {
        let current = current.filter(|current| current.person.user.id == user.id);
        return if current.is_some_and(|current| current.is_fresh(origin.clock.now())) {
            Ok(())
        } else {
            Err(Envelope::error("please sign in again: the sign-in is older than ten minutes")
                .code("login_required")
                .with_status(StatusCode::FORBIDDEN))
        };
    }
    let password = sent.ok_or_else(|| malformed("password is required"))?;
    let source = request.into();
    let attempt = PasswordLogin { source, owner: &user.owner, login: &user.name, password };
    let verified = password::verify(origin, attempt, |_| Query::ready(())).await;
    let (proof, ()) = verified.map_err(login::refused)?;
    proof.commit(origin).await.map_err(login::refused)?;
    Ok(())
}
