//! `mfa`: list, preferred factor, removal, and new recovery codes.

use http::{Method as Verb, StatusCode};
use serde_json::{Value, json};

use super::{MfaForm, codes_left, enrolee::Enrolee, kind, listed, method, parameters};
use crate::{
    core::directory::folded,
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, users::reset_factors},
            endpoint::{Call, Rate, Unread, Verb as Verbs, Who, endpoint},
            signin::{
                account::{malformed, person, signed_out},
                schemas::{InEnvelope, Object, enveloped},
            },
        },
        authn::{caller, session},
        domain::{
            change::{Change, Unrecorded},
            commit::commit,
            factors,
        },
        http::{Envelope, Parameters, Request, RestError, response},
        store::{
            accounts::Named,
            factors::{self as rows, Held},
        },
    },
};

endpoint! {
    /// Returns the second factors of the account, enabled or not, and how many recovery codes are left.
    pub ListMfa = GET "/v1/iam/mfa" as "listMfa",
    who: Who::Person;
    reply: InEnvelope<Vec<Object>>,
    error: RestError;
    list_mfa
}

async fn list_mfa(
    origin: &Origin,
    call: Call<'_, ListMfa>,
) -> Result<InEnvelope<Vec<Object>>, RestError> {
    Ok(enveloped(list(origin, call.request).await))
}

endpoint! {
    /// Chooses the second factor that is asked for first.
    pub SetPreferredMfa = POST "/v1/iam/mfa/preferred" as "setPreferredMfa",
    who: Who::Person;
    body: Unread<MfaForm>,
    reply: InEnvelope<Vec<Object>>,
    error: RestError;
    set_preferred_mfa
}

async fn set_preferred_mfa(
    origin: &Origin,
    call: Call<'_, SetPreferredMfa>,
) -> Result<InEnvelope<Vec<Object>>, RestError> {
    Ok(enveloped(prefer(origin, call.request).await))
}

endpoint! {
    /// Removes a second factor of the account, or all of them if the call names none. Passkeys stay.
    ///
    /// An administrator who names another person by `owner` and `name` resets all factors of that person, as
    /// `DELETE /v1/iam/users/{owner}/{name}/second-factors` does.
    pub DeleteMfa = DELETE "/v1/iam/mfa" as "deleteMfa",
    who: Who::Person, also: &[Verbs::Post];
    body: Unread<MfaForm>,
    reply: InEnvelope<Vec<Object>>,
    error: RestError;
    delete_mfa
}

async fn delete_mfa(
    origin: &Origin,
    call: Call<'_, DeleteMfa>,
) -> Result<InEnvelope<Vec<Object>>, RestError> {
    match deleted(origin, call.request).await {
        // Calls for one's own account report it in the envelope.
        Err(refused) if refused.status == StatusCode::UNAUTHORIZED => {
            Ok(enveloped(Err(signed_out())))
        }
        reply => reply,
    }
}

async fn deleted(origin: &Origin, request: &Request) -> Result<InEnvelope<Vec<Object>>, RestError> {
    let sent = removal(request)?;
    if let Some((owner, name)) = another(origin, request, &sent).await? {
        let caller = DirectoryCaller::of(origin, request).await?;
        reset_factors::reset(origin, request, &caller, owner, name).await?;
        return Ok(enveloped(Ok(Envelope::ok(listed(&Held::default())))));
    }
    Ok(enveloped(remove(origin, request, &sent).await))
}

endpoint! {
    /// Makes new recovery codes in place of the earlier ones, and returns them once.
    pub RenewRecoveryCodes = POST "/v1/iam/mfa/recovery-codes" as "renewRecoveryCodes",
    who: Who::Person, rate: Rate::Guesses;
    reply: InEnvelope<Object>,
    error: RestError;
    renew_recovery_codes
}

async fn renew_recovery_codes(
    origin: &Origin,
    call: Call<'_, RenewRecoveryCodes>,
) -> Result<InEnvelope<Object>, RestError> {
    let (Ok(envelope) | Err(envelope)) = renew(origin, call.request).await;
    Ok(response::no_store(envelope.into_response()).into())
}

async fn list(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let user = person(origin, request).await?;
    let held = rows::held(Named::Id(&user.id), "", origin.clock.now());
    let held = held.fetch(&*origin.database).await?;
    let further = json!({"recoveryCodesLeft": codes_left(&held), "passkeys": held.passkeys});
    Ok(Envelope::ok(listed(&held)).and(further).about(&user.id, &user.name))
}

async fn prefer(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let method = method(&parameters(request)?)?;
    let Enrolee { current, mut held } = Enrolee::of(origin, request).await?;
    let user = &current.person.user;
    if held.factor(kind(method)).is_none() {
        return Err(unknown());
    }
    let mut change = Change::unrecorded(Unrecorded::Step);
    factors::prefer(&mut change, user, kind(method));
    commit(origin, change).await?;
    for factor in &mut held.factors {
        factor.is_preferred = factor.kind == kind(method);
    }
    Ok(Envelope::ok(listed(&held)).about(&user.id, &user.name))
}

/// The parameters of a removal. A `DELETE` has them in the query, and may have a body.
fn removal(request: &Request) -> Result<Parameters, RestError> {
    if request.method == Verb::DELETE && request.body.is_empty() {
        return Ok(request.query_parameters()?);
    }
    Ok(request.body_parameters()?.joined(request.query_parameters()?))
}

/// The user named in the call, if different from the caller.
async fn another<'a>(
    origin: &Origin,
    request: &Request,
    sent: &'a Parameters,
) -> Result<Option<(&'a str, &'a str)>, RestError> {
    let (Some(owner), Some(name)) = (sent.get("owner"), sent.get("name")) else { return Ok(None) };
    let is = |home: &str, own: &str| folded(home) == folded(owner) && folded(own) == folded(name);
    let is_own = if caller::is_presented(request) {
        let principal = caller::authenticate(origin, request).await?;
        principal.is_some_and(|principal| is(&principal.home, &principal.name))
    } else {
        let current = session::current(&origin.of_caller(), request).await?;
        // Without a session, the refusal says that one is needed.
        current.is_none_or(|it| is(&it.person.user.owner, &it.person.user.name))
    };
    Ok((!is_own).then_some((owner, name)))
}

async fn remove(
    origin: &Origin,
    request: &Request,
    sent: &Parameters,
) -> Result<Envelope, Envelope> {
    let named = match sent.any(&["mfaType", "mfa_type"]) {
        None | Some("") => None,
        Some(_) => Some(kind(method(sent)?)),
    };
    let Enrolee { current, mut held } = Enrolee::of(origin, request).await?;
    let user = &current.person.user;
    if named.is_some_and(|kind| held.factor(kind).is_none()) {
        return Err(unknown());
    }
    let is_named = |kind: &str| named.map_or(kind != "recovery", |named| named == kind);
    let mut change = Change::unrecorded(Unrecorded::Step);
    let kinds: Vec<String> = held.factors.iter().map(|factor| factor.kind.clone()).collect();
    for kind in kinds.iter().filter(|kind| is_named(kind)) {
        factors::remove(&mut change, user, &held, kind);
        held.factors.retain(|factor| factor.kind != *kind);
    }
    if !change.is_empty() {
        commit(origin, change).await?;
    }
    Ok(Envelope::ok(listed(&held)).about(&user.id, &user.name))
}

async fn renew(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let Enrolee { current, held } = Enrolee::of(origin, request).await?;
    let user = &current.person.user;
    let is_protected =
        held.passkeys > 0 || held.factors.iter().any(|factor| factor.kind != "recovery");
    if !is_protected {
        return Err(malformed(
            "the account has no second factor that the codes could stand in for",
        )
        .code("unknown_factor"));
    }
    let mut change = Change::unrecorded(Unrecorded::Step);
    let codes = factors::renew_recovery(origin, &mut change, user);
    commit(origin, change).await?;
    let data: Value = json!({"recoveryCodes": codes});
    Ok(Envelope::ok(data).about(&user.id, &user.name))
}

fn unknown() -> Envelope {
    malformed("the account has no such factor").code("unknown_factor")
}
