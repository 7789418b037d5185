//! The signed-in user's account: reading it, and changing profile and password (WIRE §4.5).

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    login, reset,
    schemas::{InEnvelope, Object, PasswordForm, ProfileForm, enveloped},
    visit::known_as,
};
use crate::{
    core::{
        authority::Directory,
        directory::{Invalid, NewPassword, Text, read as read_object},
        locale::Language,
        password::Account,
        principal::{Credential, Principal},
        signin::{Evidence, Flow, Method, Next, Signed},
    },
    origin::{
        Origin,
        api::{
            directory::{organizations::view::OrganizationView, users::view::UserView},
            endpoint::{Call, Rate, Unread, Who, endpoint},
        },
        authn::{
            caller::{self, CallerError},
            csrf,
            password::{self, PasswordLogin, Proof},
            session,
        },
        domain::{
            audit::Subject,
            change::Position,
            change_error::ChangeError,
            commit::commit,
            passwords,
            sent_codes::verified_address,
            signin::{self, SigninRules},
            users::{UserPatch, update},
        },
        http::{Envelope, Request, RestError},
        pages::letters::{Changed, Sender},
        store::{
            accounts::Named,
            factors::{self, Held},
            organizations,
            users::{self, User},
        },
    },
};

endpoint! {
    /// Returns the account of the person who is signed in, and its organization.
    ///
    /// Returns an error in the envelope, with status 200, if signed out.
    pub GetAccount = GET "/v1/iam/account" as "getAccount",
    who: Who::Person;
    reply: InEnvelope<Object>,
    error: RestError;
    get_account
}

async fn get_account(
    origin: &Origin,
    call: Call<'_, GetAccount>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(enveloped(read(origin, call.request).await))
}

endpoint! {
    /// Returns the id, the names and the address of the person who is signed in.
    pub Whoami = GET "/v1/iam/whoami" as "whoami",
    who: Who::Person;
    reply: InEnvelope<Object>,
    error: RestError;
    whoami
}

async fn whoami(origin: &Origin, call: Call<'_, Whoami>) -> Result<InEnvelope<Object>, RestError> {
    Ok(enveloped(identity(origin, call.request).await))
}

endpoint! {
    /// Returns the accounts that this browser is signed in to, the active one first; none if signed out.
    pub ListAccounts = GET "/v1/iam/accounts" as "listAccounts",
    who: Who::Public;
    reply: InEnvelope<Vec<Object>>,
    error: RestError;
    list_accounts
}

async fn list_accounts(
    origin: &Origin,
    call: Call<'_, ListAccounts>,
) -> Result<InEnvelope<Vec<Object>>, RestError> {
    Ok(enveloped(accounts(origin, call.request).await))
}

endpoint! {
    /// Changes the profile of the person who is signed in; what is not sent stays.
    pub UpdateAccount = PUT "/v1/iam/account" as "updateAccount",
    who: Who::Person;
    body: Unread<ProfileForm>,
    reply: InEnvelope<Object>,
    error: RestError;
    update_account
}

async fn update_account(
    origin: &Origin,
    call: Call<'_, UpdateAccount>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(enveloped(changed(origin, call.request).await))
}

endpoint! {
    /// Changes the password of the person who is signed in, or a forgotten one.
    ///
    /// A forgotten one is changed with `organization`, `username` and the `code` that was sent to the
    /// verified address, in place of `oldPassword`; it begins no session. Every session, grant and token of the account ends, but for a new session of this browser.
    pub ChangePassword = PUT "/v1/iam/password" as "changePassword",
    who: Who::Person, rate: Rate::Passwords;
    body: Unread<PasswordForm>,
    reply: InEnvelope<()>,
    error: RestError;
    change_password
}

async fn change_password(
    origin: &Origin,
    call: Call<'_, ChangePassword>,
) -> Result<InEnvelope<()>, RestError> {
    let sent = call.request.body_parameters().unwrap_or_default();
    if let (Some(code), None) = (sent.get("code"), sent.get("oldPassword")) {
        return Ok(enveloped(reset::password(origin, call.request, &sent, code).await));
    }
    Ok(match changed_password(origin, call.request).await {
        Ok((envelope, cookie)) if cookie.is_empty() => envelope.into_response().into(),
        Ok((envelope, cookie)) => session::with_cookie(envelope.into_response(), &cookie).into(),
        Err(envelope) => envelope.into_response().into(),
    })
}

async fn identity(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let user = person(origin, request).await?;
    let data = json!({
        "id": user.id, "owner": user.owner, "name": user.name,
        "displayName": user.display_name, "email": user.email, "type": user.r#type,
    });
    Ok(Envelope::ok(data).about(&user.id, &user.name))
}

async fn accounts(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let accounts = session::accounts_everywhere(origin, request).await?;
    let accounts = accounts.into_iter().map(|current| UserView::from(current.person.user));
    Ok(Envelope::ok(json!(accounts.collect::<Vec<_>>())))
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
    let before = editor(origin, request).await?;
    let mut user = before.clone();
    let sent: serde_json::Map<String, Value> =
        serde_json::from_slice(&request.body).map_err(|_| malformed("the body is malformed"))?;
    let own = ["displayName", "avatar", "bio", "homepage"];
    let sent = sent.into_iter().filter(|(name, _)| own.contains(&name.as_str())).collect();
    let patch = read_object::<UserPatch>(sent).and_then(|patch| patch.apply(&mut user));
    patch.map_err(|error| malformed(&error.to_string()))?;
    match update(origin, &before, &mut user).await {
        Ok(()) => {}
        Err(ChangeError::Stale) => return Err(stale()),
        Err(error) => return Err(Envelope::internal(error)),
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
    let new = NewPassword::read(new)
        .map_err(|why| malformed(&Invalid::member("password", &why.why).to_string()))?;
    let account = Account { name: &user.name, email: &user.email };
    let hash = passwords::hashed(origin, &user.owner, account, &new).await.map_err(refused)?;
    let source = request.into();
    let attempt = PasswordLogin { source, owner: &user.owner, login: &user.name, password: old };
    let now = origin.clock.now();
    let further = |named: Named<'_>| {
        let held = factors::held(named, "", now);
        session::find(origin, request).and(held).and(organizations::by_name(&user.owner))
    };
    let verified = password::verify(origin, attempt, further).await;
    let (mut proof, ((current, held), organization)) = verified.map_err(login::refused)?;
    let current = current.filter(|current| current.person.user.id == user.id);
    let has_second = held.enrolled().has_second();
    if has_second && !current.as_ref().is_some_and(|current| current.is_fresh(now)) {
        proof.commit(origin).await.map_err(login::refused)?;
        let why = "please sign in again, with the second factor, to change the password";
        return Err(Envelope::error(why).code("login_required").with_status(StatusCode::FORBIDDEN));
    }
    let updated = set_password(origin, &mut proof, hash);
    let rules = SigninRules { application: None, organization: organization.as_ref() };
    let begun = match (current, signed(origin, rules, &proof, &held)) {
        (Some(current), _) => Ok(session::replaced(origin, request, proof, &current.session)),
        (None, Some(signed)) => Ok(session::begin(origin, request, proof, &signed)),
        (None, None) => Err(proof),
    };
    let (change, begun) = match begun {
        Ok(mut begun) => (begun.change.take(), Some(begun)),
        Err(proof) => (proof.into_parts().1, None),
    };
    let committed = commit(origin, change).await?;
    if !committed.took_effect(updated) {
        return Err(stale());
    }
    let mut cookie = String::new();
    if let Some(begun) = begun {
        begun.check(&committed).map_err(login::refused)?;
        cookie = begun.cookie;
    }
    if let Some(to) = verified_address(&user) {
        let organization = organization.as_ref().map_or(user.owner.as_str(), known_as);
        let language = Language::negotiated(None, request.header("accept-language"));
        let sender = Sender { language, application: organization, organization };
        let name = format!("{}/{}", user.owner, user.name);
        origin.send_later(sender.changed(to, (&name, user.language()), Changed::Password, now));
    }
    Ok((Envelope::ok(Value::Null).about(&user.id, &user.name), cookie))
}

/// Sets the password hash of the user of `proof` and revokes everything issued to the account. The
/// statement has no effect if the account was changed concurrently.
pub(super) fn set_password(origin: &Origin, proof: &mut Proof, hash: String) -> Position {
    let now = origin.clock.now();
    let before = proof.person.user.clone();
    let after = &mut proof.person.user;
    after.password_hash = Some(hash);
    after.not_before = now;
    after.updated_at = now;
    proof.change.record(Subject::updated(&before, after));
    let updated = proof.change.decide(users::update(after));
    proof.change.write(factors::unbar(&after.id));
    proof.change.require(updated);
    passwords::changed(&mut proof.change, &before, after, now);
    updated
}

/// The sign-in that the password alone completes; `None` if the account or its organization
/// requires more.
fn signed(origin: &Origin, rules: SigninRules<'_>, proof: &Proof, held: &Held) -> Option<Signed> {
    let now = origin.clock.now();
    let policy = rules.policy_of(origin, &proof.person, None);
    let evidence = Evidence::by(Method::Password, proof.person.user.id.clone(), now);
    let flow =
        Flow::new(now).proved(policy, signin::account(&proof.person, held), evidence, now).ok()?;
    match flow.next(policy, signin::account(&proof.person, held), now) {
        Ok(Next::Done(signed)) => Some(signed),
        _ => None,
    }
}

/// The refusal of a new password.
fn refused(error: ChangeError) -> Envelope {
    match error {
        ChangeError::Invalid(why) => malformed(&why.to_string()).code("password_refused"),
        error => Envelope::internal(error),
    }
}

/// The user: from the Authorization header, else the session, else a token cookie.
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
    // A tenant client's credential is for the tenant, not for the account of an external member:
    // userinfo returns what it may read.
    let own = principal.owner == principal.home;
    if !own || principal.authority.directory() < Directory::Read {
        return Err(out_of_scope());
    }
    let user = users::find_by_id(&*origin.database, &principal.subject).await?;
    user.ok_or_else(signed_out)
}

/// The account holder, for a change by a JSON request.
pub(super) async fn editor(origin: &Origin, request: &Request) -> Result<User, Envelope> {
    if let Some(refusal) = unintended(origin, request) {
        return Err(refusal);
    }
    owner(origin, request).await
}

/// The account holder: by a session from a same-origin page or by the holder's token; never by a
/// key, which can be shared.
pub(super) async fn owner(origin: &Origin, request: &Request) -> Result<User, Envelope> {
    if !caller::is_presented(request) {
        if !csrf::is_from_ours(origin, request) {
            return Err(cross_site());
        }
        return person(origin, request).await;
    }
    let principal = own_token(origin, request).await?;
    holder(origin, &principal).await
}

/// [`editor`], without restricted tokens: for changes that concern the whole user.
pub(super) async fn editor_in_person(origin: &Origin, request: &Request) -> Result<User, Envelope> {
    if let Some(refusal) = unintended(origin, request) {
        return Err(refusal);
    }
    in_person(origin, request).await
}

/// Refuses non-JSON bodies and cross-site requests with a session.
fn unintended(origin: &Origin, request: &Request) -> Option<Envelope> {
    if !caller::is_presented(request) && !csrf::is_from_ours(origin, request) {
        return Some(cross_site());
    }
    let is_json = request.media_type().as_deref() == Some("application/json");
    (!is_json).then(|| malformed("the body must be application/json"))
}

/// The user, for access to all data of the account: by a session or an unrestricted token of the
/// user. For a change, call [`editor`] first.
pub(super) async fn in_person(origin: &Origin, request: &Request) -> Result<User, Envelope> {
    if !caller::is_presented(request) {
        return person(origin, request).await;
    }
    let principal = own_token(origin, request).await?;
    if principal.authority.is_delegated() {
        return Err(out_of_scope());
    }
    holder(origin, &principal).await
}

/// The request's token, if it carries the full authority of its user.
async fn own_token(origin: &Origin, request: &Request) -> Result<Principal, Envelope> {
    let principal = principal(origin, request).await?;
    if !matches!(principal.credential, Credential::Token { .. }) {
        return Err(Envelope::error("this takes the account's own sign-in")
            .with_status(StatusCode::FORBIDDEN));
    }
    // A token with partial authority cannot change the account.
    if principal.authority.directory() < Directory::Open || !principal.authority.is_whole() {
        return Err(out_of_scope());
    }
    Ok(principal)
}

pub(super) fn cross_site() -> Envelope {
    Envelope::error("the request comes from another site").with_status(StatusCode::FORBIDDEN)
}

pub(super) async fn principal(origin: &Origin, request: &Request) -> Result<Principal, Envelope> {
    match caller::authenticate(origin, request).await {
        // A publishable key does not identify a person.
        Ok(Some(principal)) if !principal.is_publishable() => Ok(principal),
        Err(CallerError::Failed(cause)) => Err(Envelope::internal(cause)),
        Ok(_) | Err(_) => {
            Err(Envelope::error("the credential is not valid").code("login_required"))
        }
    }
}

pub(super) fn signed_out() -> Envelope {
    Envelope::error("please sign in first").code("login_required")
}

fn out_of_scope() -> Envelope {
    Envelope::error("insufficient_scope: the scope of the credential does not allow the request")
        .code("insufficient_scope")
        .with_status(StatusCode::FORBIDDEN)
}

fn stale() -> Envelope {
    Envelope::error("the account has been changed by another request: please try again")
        .with_status(StatusCode::CONFLICT)
}

pub(super) fn malformed(message: &str) -> Envelope {
    Envelope::error(message).with_status(StatusCode::BAD_REQUEST)
}
