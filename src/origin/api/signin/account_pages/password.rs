//! Password change.

use http::StatusCode;

use super::{Holder, confirm};
use crate::{
    core::{
        directory::{Invalid, NewPassword, Text},
        password::Account as Owner,
    },
    origin::{
        api::{
            endpoint::Rate,
            signin::{
                account::set_password,
                respond::{broken, sentence, status_of},
            },
        },
        authn::{
            password::{self, PasswordLogin, Proof as Proven, SigninError},
            session,
        },
        domain::{
            change::{Change, Unrecorded},
            change_error::ChangeError,
            commit::commit,
            passwords,
            sent_codes::verified_address,
        },
        http::{Parameters, Response},
        pages::{
            account::{PasswordForm, Section},
            letters::Changed,
        },
        store::query::Query,
    },
};

account_page! {
    /// Returns the page that changes the password.
    PasswordPage = GET "/account/password" as "getPasswordPage";
    password_page: (Password, Session), page
}

account_page! {
    /// Changes the password of the person who is signed in, and ends its other sessions.
    ReplacePassword = POST "/account/password" as "replacePassword", rate: Rate::Passwords;
    replace: (Password, Session), change
}

async fn page(holder: &Holder<'_>) -> Result<Response, ChangeError> {
    if lacks_proof(holder) {
        return Ok(confirm::leading_to(&holder.look, holder.section));
    }
    Ok(holder.page(|frame, texts| view(holder).content(frame, texts)))
}

fn view<'a>(holder: &'a Holder<'_>) -> PasswordForm<'a> {
    let user = holder.user();
    PasswordForm { name: &user.name, has_password: user.password_hash.is_some() }
}

/// Whether a fresh proof is missing. If the password is the account's only factor, the form asks
/// for it.
fn lacks_proof(holder: &Holder<'_>) -> bool {
    let has_second = holder.current.resumed().has_second(holder.account());
    let is_asked = holder.user().password_hash.is_some() && !has_second;
    !is_asked && !holder.is_fresh()
}

async fn change(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    if lacks_proof(holder) {
        return Ok(confirm::leading_to(&holder.look, holder.section));
    }
    let (origin, http, user) = (holder.origin, holder.http, holder.user());
    let refused = |why: &str| holder.again(why, |frame, texts| view(holder).content(frame, texts));
    let new = NewPassword::read(form.get("new").unwrap_or_default());
    let new = match new.map_err(|why| Invalid::member("password", &why.why)) {
        Ok(new) => new,
        Err(why) => return Ok(refused(&holder.why(&why.into()))),
    };
    let owner = Owner { name: &user.name, email: &user.email };
    let hash = match passwords::hashed(origin, &user.owner, owner, &new).await {
        Ok(hash) => hash,
        Err(ChangeError::Invalid(why)) => return Ok(refused(&holder.why(&why.into()))),
        Err(error) => return Err(error),
    };
    let mut proof = match proof(holder, form).await {
        Ok(proof) => proof,
        Err(error) => return Ok(unproven(holder, &error)),
    };
    let updated = set_password(origin, &mut proof, hash);
    let mut begun = session::replaced(origin, http, proof, &holder.current.session);
    let committed = commit(origin, begun.change.take()).await?;
    if !committed.took_effect(updated) {
        return Err(ChangeError::Stale);
    }
    if let Err(error) = begun.check(&committed) {
        return Ok(unproven(holder, &error));
    }
    if let Some(to) = verified_address(user) {
        let account = format!("{}/{}", user.owner, user.name);
        let now = origin.clock.now();
        let letter =
            holder.sender().changed(to, (&account, user.language()), Changed::Password, now);
        origin.send_later(letter);
    }
    let success = Some(holder.texts().password_changed);
    let page = holder.framed(StatusCode::OK, None, success, |_, _| maud::html! {});
    Ok(session::with_cookie(page, &begun.cookie))
}

/// The proof required to set a password: the current password, if any.
async fn proof(holder: &Holder<'_>, form: &Parameters) -> Result<Proven, SigninError> {
    let user = holder.user();
    if user.password_hash.is_none() {
        let change = Change::unrecorded(Unrecorded::Step);
        return Ok(Proven::of(holder.current.person.clone(), change, Vec::new()));
    }
    let password = form.get("old").unwrap_or_default();
    let source = holder.http.into();
    let attempt = PasswordLogin { source, owner: &user.owner, login: &user.name, password };
    let (proof, ()) = password::verify(holder.origin, attempt, |_| Query::ready(())).await?;
    // The username may have been reassigned since the session was read.
    if proof.person.user.id != user.id {
        return Err(SigninError::Wrong);
    }
    Ok(proof)
}

fn unproven(holder: &Holder<'_>, error: &SigninError) -> Response {
    if let SigninError::Database(error) = error {
        return broken(error);
    }
    let why = Some(sentence(&holder.look, error));
    holder.framed(status_of(error), why, None, |frame, texts| view(holder).content(frame, texts))
}
