//! `POST /v1/iam/admin/applications/upsert`

use super::{create::made, update::changed, view::ApplicationView};
use crate::{
    core::{directory::Invalid, principal::PLATFORM_ORGANIZATION},
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                reply::{Replied, ReplyError},
            },
            endpoint::{Call, Json, View, Who, endpoint},
        },
        domain::applications::ApplicationPatch,
        store::{
            applications as rows,
            query::{Query, load},
        },
    },
};

endpoint! {
    /// Creates an application, or changes the sent members of the one of that name.
    ///
    /// For operators, who send the same registration with each deployment: what is not sent stays. The
    /// reply shows a new secret, once.
    pub UpsertApplication = POST "/v1/iam/admin/applications/upsert" as "upsertApplication",
    who: Who::Platform;
    caller: DirectoryCaller,
    body: Json<ApplicationPatch>,
    reply: View<Replied<ApplicationView>>,
    error: ReplyError;
    upsert
}

async fn upsert(
    origin: &Origin,
    call: Call<'_, UpsertApplication>,
) -> Result<View<Replied<ApplicationView>>, ReplyError> {
    let caller = &call.caller;
    let Json(sent) = call.body;
    let name = sent.name.as_given().ok_or_else(|| Invalid::member("name", "is required"))?;
    let owner = sent.owner.as_given().map_or(PLATFORM_ORGANIZATION, AsRef::as_ref);
    let queries = (rows::named(owner, name.as_ref()), caller.key());
    let (found, key) = load(&*origin.database, queries).await?;
    let Some(before) = found else {
        let (new, _) = made(origin, caller, sent, Query::ready(key)).await?;
        let view = ApplicationView::from(new.application).with_secret(new.secret.as_ref());
        return Ok(View(Replied::new("created", view)));
    };
    let (application, secret) = changed(origin, caller, before.clone(), key, sent).await?;
    let is_same = application.is_same(&before);
    let action = if is_same { "unchanged" } else { "updated" };
    let view = ApplicationView::from(application).with_secret(secret.as_ref());
    Ok(View(Replied::new(action, view)))
}
