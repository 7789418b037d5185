//! The account of the person who is signed in: reading it, changing the profile and the password
//! (WIRE §4.5).

use http::StatusCode;
use serde_json::{Value, json};

use super::login;
use crate::{
    core::{
        authority::Directory,
        directory::read as read_object,
        principal::{Credential, Principal},
    },
    origin::{
        Origin,
        api::directory::{organizations::view::OrganizationView, users::view::UserView},
        authn::{
            caller::{self, CallerError},
            csrf,
            password::{self, PasswordLogin},
            session,
        },
        domain::{
            commit::commit,
            passwords::{self, NewPasswordError},
            users::UserPatch,
        },
        http::{Envelope, Request, Response},
        store::{
            organizations,
            query::Query,
            users::{self, User},
        },
    },
};

/// `GET /v1/iam/account`. Returns an error in the envelope, with status 200, if signed out.
pub async fn account(origin: &Origin, request: &Request) -> Response {
    match read(origin, request).await {
        Ok(envelope) | Err(envelope) => envelope.into_response(),
    }
}

/// `GET /v1/iam/whoami`
pub async fn whoami(origin: &Origin, request: &Request) -> Response {
    match person(origin, request).await {
        Ok(user) => {
            let data = json!({
                "id": user.id, "owner": user.owner, "name": user.name,
                "displayName": user.display_name, "email": user.email, "type": user.r#type,
            });
            Envelope::ok(data).about(&user.id, &user.name).into_response()
        }
        Err(envelope) => envelope.into_response(),
    }
}

/// `GET /v1/iam/accounts`: the accounts that this browser is signed in to.
pub async fn accounts(origin: &Origin, request: &Request) -> Response {
    match session::current(origin, request).await {
        Ok(current) => {
            let accounts: Vec<UserView> =
                current.into_iter().map(|current| UserView::from(current.person.user)).collect();
            Envelope::ok(json!(accounts)).into_response()
        }
        Err(error) => Envelope::from(error).into_response(),
    }
}

/// `PUT /v1/iam/account` with `displayName`, `avatar`, `bio`, `homepage`; what is not sent stays.
pub async fn change(origin: &Origin, request: &Request) -> Response {
    match changed(origin, request).await {
        Ok(envelope) | Err(envelope) => envelope.into_response(),
    }
}

/// `PUT /v1/iam/password` with `oldPassword` and `password`: every session, grant and token of the
/// account ends, but for a new session of this browser.
pub async fn change_password(origin: &Origin, request: &Request) -> Response {
    match changed_password(origin, request).await {
        Ok((envelope, cookie)) => session::with_cookie(envelope.into_response(), &cookie),
        Err(envelope) => envelope.into_response(),
    }
}

async fn read(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let user = person(origin, request).await?;
    let organization = organizations::find(&*origin.database, &user.owner).await?;
    let organization = json!(organization.map(OrganizationView::from));
    Ok(Envelope::ok(json!(UserView::from(user.clone())))
        .and(organization)
        .about(&user.id, &user.name))
}

async fn changed(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let mut user = editor(origin, request).await?;
    let sent: serde_json::Map<String, Value> =
        serde_json::from_slice(&request.body).map_err(|_| malformed("the body is malformed"))?;
    let own = ["displayName", "avatar", "bio", "homepage"];
    let sent = sent.into_iter().filter(|(name, _)| own.contains(&name.as_str())).collect();
    let patch = read_object::<UserPatch>(sent).and_then(|patch| patch.apply(&mut user));
    patch.map_err(|error| malformed(&error.to_string()))?;
    user.updated_at = origin.clock.now();
    let rows = origin.database.run(users::update(&user)).await?;
    if rows.is_empty() {
        return Err(meanwhile());
    }
    Ok(Envelope::ok(json!(UserView::from(user.clone()))).about(&user.id, &user.name))
}

async fn changed_password(
    origin: &Origin,
    request: &Request,
) -> Result<(Envelope, String), Envelope> {
    let user = editor(origin, request).await?;
    let sent = request.body_parameters()?;
    let old = sent.get("oldPassword").ok_or_else(|| malformed("oldPassword is required"))?;
    let new = sent.get("password").ok_or_else(|| malformed("password is required"))?;
    let hash = passwords::chosen(origin, new).map_err(|error| match error {
        NewPasswordError::Hash(error) => Envelope::internal(error),
        refused => malformed(&refused.to_string()),
    })?;
    let source = request.into();
    let attempt = PasswordLogin { source, owner: &user.owner, login: &user.name, password: old };
    let (mut proof, ()) =
        password::verify(origin, attempt, |_| Query::ready(())).await.map_err(login::refused)?;
    let now = origin.clock.now();
    let before = proof.person.user.clone();
    let after = &mut proof.person.user;
    after.password_hash = Some(hash);
    after.not_before = now;
    after.updated_at = now;
    let updated = proof.change.write(users::update(after));
    passwords::changed(origin, &mut proof.change, &before, after, now);
    let mut begun = session::begin(origin, request, proof, &["pwd"]);
    let committed = commit(origin, std::mem::take(&mut begun.change)).await?;
    if !committed.took_effect(updated) {
        return Err(meanwhile());
    }
    begun.check(&committed).map_err(login::refused)?;
    Ok((Envelope::ok(Value::Null).about(&user.id, &user.name), begun.cookie))
}

/// The person: by the header that the request carries, else by the session, else by a token in a
/// cookie.
pub(super) async fn person(origin: &Origin, request: &Request) -> Result<User, Envelope> {
    if !caller::is_presented(request) {
        if let Some(current) = session::current(origin, request).await? {
            return Ok(current.person.user);
        }
        let cookies = caller::cookie_tokens(origin, request).await;
        if let Err(CallerError::Failed(cause)) = cookies {
            return Err(Envelope::internal(cause));
        }
        if cookies.is_ok_and(|tokens| tokens.is_empty()) {
            return Err(signed_out());
        }
    }
    holder(origin, &principal(origin, request).await?).await
}

/// The user of the credential.
async fn holder(origin: &Origin, principal: &Principal) -> Result<User, Envelope> {
    // A credential that a tenant's client obtains is for the tenant, not for the account of a member
    // from elsewhere: userinfo has what it may read.
    let own = principal.owner == principal.home;
    if !own || principal.authority.directory() < Directory::Read {
        return Err(out_of_scope());
    }
    let user = users::find_by_id(&*origin.database, &principal.subject).await?;
    user.ok_or_else(signed_out)
}

/// The holder of the account, who alone may change it: by a session on a page of ours or by a token of
/// the holder; never by a key, which others may have.
pub(super) async fn editor(origin: &Origin, request: &Request) -> Result<User, Envelope> {
    let by_credential = caller::is_presented(request);
    if !by_credential && !csrf::is_from_ours(origin, request) {
        return Err(Envelope::error("the request comes from another site")
            .with_status(StatusCode::FORBIDDEN));
    }
    if request.media_type().as_deref() != Some("application/json") {
        return Err(malformed("the body must be application/json"));
    }
    if !by_credential {
        return person(origin, request).await;
    }
    let principal = principal(origin, request).await?;
    if !matches!(principal.credential, Credential::Token { .. }) {
        return Err(Envelope::error("this takes the account's own sign-in")
            .with_status(StatusCode::FORBIDDEN));
    }
    // A token that carries a part of its user's authority changes nothing of the account.
    if principal.authority.directory() < Directory::Open || !principal.authority.is_whole() {
        return Err(out_of_scope());
    }
    holder(origin, &principal).await
}

async fn principal(origin: &Origin, request: &Request) -> Result<Principal, Envelope> {
    match caller::authenticate(origin, request).await {
        // A publishable key does not identify a person.
        Ok(Some(principal)) if !principal.is_publishable() => Ok(principal),
        Err(CallerError::Failed(cause)) => Err(Envelope::internal(cause)),
        Ok(_) | Err(_) => {
            Err(Envelope::error("the credential is not valid").code("login_required"))
        }
    }
}

fn signed_out() -> Envelope {
    Envelope::error("please sign in first").code("login_required")
}

fn out_of_scope() -> Envelope {
    Envelope::error("insufficient_scope: the scope of the credential does not allow the request")
        .code("insufficient_scope")
        .with_status(StatusCode::FORBIDDEN)
}

fn meanwhile() -> Envelope {
    Envelope::error("the account has been changed meanwhile: please try again")
        .with_status(StatusCode::CONFLICT)
}

pub(super) fn malformed(message: &str) -> Envelope {
    Envelope::error(message).with_status(StatusCode::BAD_REQUEST)
}
