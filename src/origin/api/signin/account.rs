//! The account of whoever is signed in: who that is, what they say about themselves, and their
//! password (WIRE §4.5).

use http::StatusCode;
use serde_json::{Value, json};

use super::login;
use crate::{
    core::{
        authority::Directory,
        directory::read as read_object,
        password::Password,
        principal::{Credential, Principal},
    },
    origin::{
        Origin,
        api::directory::{organizations::view::OrganizationView, users::view::UserView},
        authn::{
            caller::{self, CallerError},
            csrf, password, session,
        },
        domain::{revocation, users::UserPatch},
        http::{Envelope, Request, Response},
        store::{
            attempts, organizations,
            users::{self, User},
        },
    },
};

/// A new password has at least this many characters (NIST SP 800-63B §3.1.1.2).
const MINIMUM_CHARACTERS: usize = 8;

/// `GET /v1/iam/account`: nobody is an error in the envelope, with status 200.
pub async fn account(origin: &Origin, request: &Request) -> Response {
    match read(origin, request).await {
        Ok(answer) | Err(answer) => answer.into_response(),
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
        Err(answer) => answer.into_response(),
    }
}

/// `GET /v1/iam/accounts`: the accounts that this browser is signed in to.
pub async fn accounts(origin: &Origin, request: &Request) -> Response {
    match session::current(origin, request).await {
        Ok(current) => {
            let accounts: Vec<UserView> =
                current.into_iter().map(|current| UserView::from(current.user)).collect();
            Envelope::ok(json!(accounts)).into_response()
        }
        Err(error) => Envelope::from(error).into_response(),
    }
}

/// `PUT /v1/iam/account` with `displayName`, `avatar`, `bio`, `homepage`; what is not sent stays.
pub async fn change(origin: &Origin, request: &Request) -> Response {
    match changed(origin, request).await {
        Ok(answer) | Err(answer) => answer.into_response(),
    }
}

/// `PUT /v1/iam/password` with `oldPassword` and `password`: every session, grant and token of the
/// account ends, but for a new session of this browser.
pub async fn change_password(origin: &Origin, request: &Request) -> Response {
    match changed_password(origin, request).await {
        Ok((answer, cookie)) => session::with_cookie(answer.into_response(), &cookie),
        Err(answer) => answer.into_response(),
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
    if new.chars().count() < MINIMUM_CHARACTERS {
        return Err(malformed("the new password has fewer than 8 characters"));
    }
    let new = Password::parse(new).map_err(|error| malformed(&error.to_string()))?;
    let before = password::check(origin, request.into(), &user.owner, &user.name, old)
        .await
        .map_err(login::refused)?;
    let hash = new.hash(origin.random.bytes()).map_err(|error| {
        Envelope::error(error.to_string()).with_status(StatusCode::INTERNAL_SERVER_ERROR)
    })?;
    let now = origin.clock.now();
    let mut user = before.clone();
    user.password_hash = Some(hash);
    user.not_before = now;
    user.updated_at = now;
    let mut statements = vec![users::update(&user)];
    statements.extend(password::accounts_of(origin, &user).iter().map(attempts::forget));
    statements.extend(revocation::user_changed(&before, &user, now));
    let rows = revocation::commit(origin, statements).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(meanwhile());
    }
    let (_, cookie) =
        session::begin(origin, request, &user, &["pwd"]).await.map_err(login::refused)?;
    Ok((Envelope::ok(Value::Null).about(&user.id, &user.name), cookie))
}

/// Who is signed in: by the header that the request carries, else by the session, else by a token in
/// a cookie.
pub(super) async fn person(origin: &Origin, request: &Request) -> Result<User, Envelope> {
    let nobody = || Envelope::error("please sign in first").code("login_required");
    if !caller::is_presented(request) {
        if let Some(current) = session::current(origin, request).await? {
            return Ok(current.user);
        }
        let cookies = caller::cookie_tokens(origin, request).await;
        if let Err(CallerError::Failed(cause)) = cookies {
            return Err(Envelope::internal(cause));
        }
        if cookies.is_ok_and(|tokens| tokens.is_empty()) {
            return Err(nobody());
        }
    }
    let principal = principal(origin, request).await?;
    // What a tenant's client obtains is about the tenant, not about the account of a member from
    // elsewhere: userinfo says what there is to say.
    let own = principal.owner == principal.home;
    if !own || principal.authority.directory() < Directory::Read {
        return Err(out_of_scope());
    }
    let user = users::find_by_id(&*origin.database, &principal.subject).await?;
    user.ok_or_else(nobody)
}

/// Who may change the account: its holder, by a session on a page of ours or by a token of the
/// holder; never by a key, which others may have.
pub(super) async fn editor(origin: &Origin, request: &Request) -> Result<User, Envelope> {
    let by_credential = caller::is_presented(request);
    if !by_credential && !csrf::is_from_ours(origin, request) {
        return Err(Envelope::error("the request comes from another site")
            .with_status(StatusCode::FORBIDDEN));
    }
    if request.media_type().as_deref() != Some("application/json") {
        return Err(malformed("the body must be application/json"));
    }
    if by_credential {
        let principal = principal(origin, request).await?;
        if !matches!(principal.credential, Credential::Token { .. }) {
            return Err(Envelope::error("this takes the account's own sign-in")
                .with_status(StatusCode::FORBIDDEN));
        }
        // One that carries a part of what its user holds changes nothing of the account.
        if principal.authority.directory() < Directory::Open || !principal.authority.is_whole() {
            return Err(out_of_scope());
        }
    }
    person(origin, request).await
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
