//! Account deletion.

use super::{Holder, farewell, overview::DATA};
use crate::origin::{
    authn::session,
    domain::{change_error::ChangeError, users},
    http::{Parameters, Response},
    pages::account::{Deletion, Section},
    store::{memberships::owned_alone, users::Named},
};

account_page! {
    /// Returns the page that deletes the account.
    DeletionPage = GET "/account/delete" as "getDeletionPage";
    deletion: (Delete, Fresh), page
}

account_page! {
    /// Erases the account of the person who is signed in, for good.
    DeleteAccount = POST "/account/delete" as "deleteOwnAccount";
    delete_account: (Delete, Fresh), change
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
