//! The passkeys: their names, and their removal.

use super::{Holder, Proof, posted, shown};
use crate::{
    core::{
        cors::CorsClass,
        directory::{Line, Text},
    },
    origin::{
        Origin,
        api::{
            endpoint::{Call, Page, Posted, Who, endpoint},
            signin::schemas::AccountForm,
        },
        domain::{
            change::{Change, Unrecorded},
            change_error::ChangeError,
            commit::commit,
            factors,
            resource::{delete, update},
        },
        http::{Parameters, Response, RestError},
        pages::account::{PasskeyRow, Passkeys, Section},
        store::{
            keyset::Part,
            resource::{self, By},
            webauthn_credentials::WebauthnCredential,
        },
    },
    ports::DatabaseError,
};

/// The most passkeys that the page shows.
const MOST: i64 = 100;

endpoint! {
    /// Returns the page of the passkeys.
    pub PasskeysPage = GET "/account/passkeys" as "getPasskeysPage",
    who: Who::Public, cors: CorsClass::None;
    reply: Page,
    error: RestError;
    passkeys
}

async fn passkeys(origin: &Origin, call: Call<'_, PasskeysPage>) -> Result<Page, RestError> {
    shown(origin, call.request, (Section::Passkeys, Proof::Session), page).await
}

endpoint! {
    /// Names or removes a passkey of the person who is signed in.
    pub ChangePasskey = POST "/account/passkeys" as "changePasskey",
    who: Who::Public, cors: CorsClass::None;
    body: Posted<AccountForm>,
    reply: Page,
    error: RestError;
    change_passkey
}

async fn change_passkey(origin: &Origin, call: Call<'_, ChangePasskey>) -> Result<Page, RestError> {
    posted(origin, call.request, (Section::Passkeys, Proof::Fresh), change).await
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

async fn change(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
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
