//! The end of the account.

use super::{Holder, Proof, farewell, overview::DATA, posted, shown};
use crate::{
    core::cors::CorsClass,
    origin::{
        Origin,
        api::{
            endpoint::{Call, Page, Posted, Who, endpoint},
            signin::schemas::AccountForm,
        },
        authn::session,
        domain::{change_error::ChangeError, users},
        http::{Parameters, Response, RestError},
        pages::account::{Deletion, Section},
        store::{memberships::owned_alone, users::Named},
    },
};

endpoint! {
    /// Returns the page that deletes the account.
    pub DeletionPage = GET "/account/delete" as "getDeletionPage",
    who: Who::Public, cors: CorsClass::None;
    reply: Page,
    error: RestError;
    deletion
}

async fn deletion(origin: &Origin, call: Call<'_, DeletionPage>) -> Result<Page, RestError> {
    shown(origin, call.request, (Section::Delete, Proof::Fresh), page).await
}

endpoint! {
    /// Erases the account of the person who is signed in, for good.
    pub DeleteAccount = POST "/account/delete" as "deleteOwnAccount",
    who: Who::Public, cors: CorsClass::None;
    body: Posted<AccountForm>,
    reply: Page,
    error: RestError;
    delete_account
}

async fn delete_account(origin: &Origin, call: Call<'_, DeleteAccount>) -> Result<Page, RestError> {
    posted(origin, call.request, (Section::Delete, Proof::Fresh), change).await
}

async fn page(holder: &Holder<'_>) -> Result<Response, ChangeError> {
    Ok(holder.page(|frame, texts| view(holder).content(frame, texts)))
}

fn view<'a>(holder: &'a Holder<'_>) -> Deletion<'a> {
    Deletion { name: &holder.user().name, data: DATA }
}

async fn change(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    let (origin, user) = (holder.origin, holder.user());
    let refused = |why: &str| holder.again(why, |frame, texts| view(holder).content(frame, texts));
    if form.get("confirm").map(str::trim) != Some(user.name.as_str()) {
        return Ok(refused(holder.texts().delete_mismatch));
    }
    let alone = owned_alone(Named::Id(&user.id)).fetch(&*origin.database).await?;
    if let Err(error) = users::may_go(&alone) {
        return Ok(refused(&holder.why(&error)));
    }
    users::erase(origin, user).await?;
    let page = farewell(origin, holder.http, holder.look.language);
    Ok(session::forget(origin, holder.http, page))
}
