//! Passkeys: add, rename and remove.

use http::StatusCode;

use super::{
    super::webauthn::signup::{self, Unregistered},
    Holder, with_token,
};
use crate::{
    core::directory::{Line, Text},
    origin::{
        domain::{
            change::{Change, Unrecorded},
            change_error::ChangeError,
            commit::commit,
            factors,
            resource::{delete, update},
        },
        http::{Parameters, Response, response},
        pages::{
            account::{PasskeyRow, Passkeys, Section},
            signin::add_passkey,
            text::Signin,
        },
        store::{
            keyset::Part,
            resource::{self, By},
            webauthn_credentials::WebauthnCredential,
        },
    },
    ports::DatabaseError,
};

/// Maximum number of passkeys shown.
const MOST: i64 = 100;

account_page! {
    /// Returns the page of the passkeys.
    PasskeysPage = GET "/account/passkeys" as "getPasskeysPage";
    passkeys: (Passkeys, Session), page
}

account_page! {
    /// Adds, names or removes a passkey of the person who is signed in.
    ChangePasskey = POST "/account/passkeys" as "changePasskey";
    change_passkey: (Passkeys, Fresh), change
}

async fn of(holder: &Holder<'_>) -> Result<Vec<WebauthnCredential>, DatabaseError> {
    let user = holder.user();
    let page = resource::Page {
        owner: Some(user.owner.clone()),
        prefix: None,
        filters: vec![(By::Column("user_id"), user.id.as_str().into())],
        part: Part { limit: MOST, ..Part::default() },
    };
    let listed = resource::list::<WebauthnCredential>(&page, holder.origin.clock.now());
    listed.fetch(&*holder.origin.database).await
}

async fn page(holder: &Holder<'_>) -> Result<Response, ChangeError> {
    let found = of(holder).await?;
    let rows: Vec<PasskeyRow<'_>> = found
        .iter()
        .map(|passkey| PasskeyRow {
            id: &passkey.meta.id,
            name: &passkey.meta.display_name,
            is_synced: passkey.backup_state,
            created_at: passkey.meta.created_at,
            used_at: passkey.used_at,
        })
        .collect();
    Ok(holder.page(|frame, texts| Passkeys { rows: &rows }.content(frame, texts)))
}

/// The page on which the browser creates a passkey.
fn adding(holder: &Holder<'_>, status: StatusCode, error: Option<&str>) -> Response {
    let (texts, address) = (holder.texts(), holder.address());
    with_token(holder, error, |token| {
        let what = (texts.add_passkey, texts.passkeys_why);
        add_passkey(&holder.look, status, what, &address, token, error)
    })
}

/// Returns registration options, or registers the created passkey.
async fn register(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    let (origin, http, current) = (holder.origin, holder.http, &holder.current);
    if form.get("begin").is_some() {
        let options = signup::options(origin, http, current).await?;
        return Ok(match options {
            Some(options) => response::no_store(response::json(StatusCode::OK, &options)),
            None => holder.unknown(),
        });
    }
    let texts = Signin::of(holder.look.language);
    let Some(made) = form.get("credential").filter(|made| !made.is_empty()) else {
        let why = texts.passkey_needs_script;
        return Ok(adding(holder, StatusCode::BAD_REQUEST, Some(why)));
    };
    match signup::register(origin, http, current, made.as_bytes()).await {
        Ok(_) => Ok(holder.saved()),
        Err(Unregistered::TooMany) => Ok(holder.refused(StatusCode::CONFLICT, texts.passkey_most)),
        Err(Unregistered::Refused(refusal)) => {
            let why = Some(texts.passkey_failed);
            let page = adding(holder, StatusCode::UNAUTHORIZED, why);
            Ok(response::with_reason(page, format!("passkey: {refusal}")))
        }
        Err(Unregistered::Database(error)) => Err(error.into()),
    }
}

async fn change(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    match form.get("step") {
        Some("add") => return Ok(adding(holder, StatusCode::OK, None)),
        Some("register") => return register(holder, form).await,
        _ => {}
    }
    let id = form.get("id").unwrap_or_default();
    let found = of(holder).await?.into_iter().find(|passkey| passkey.meta.id == id);
    let Some(passkey) = found else { return Ok(holder.unknown()) };
    match form.get("step") {
        Some("rename") => {
            let mut renamed = passkey.clone();
            renamed.meta.display_name = Line::read(form.get("name").unwrap_or_default())?.into();
            update(holder.origin, &passkey, &mut renamed).await?;
        }
        Some("remove") => {
            delete(holder.origin, &passkey).await?;
            let mut change = Change::unrecorded(Unrecorded::Continuation);
            factors::passkey_removed(&mut change, holder.user(), &holder.held);
            if !change.is_empty() {
                commit(holder.origin, change).await?;
            }
        }
        _ => return Ok(holder.unknown()),
    }
    Ok(holder.saved())
}
