//! `GET /v1/iam/users/{owner}/{name}`

use super::view::UserView;
use crate::{
    core::{directory::OrgName, token::Role},
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, View, Who, endpoint},
        },
        http::RestError,
        store::users::{self, Named},
    },
};

endpoint! {
    /// Returns a user, by name or id.
    pub GetUser = GET "/v1/iam/users/{owner}/{name}" as "getUser", who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: View<UserView>,
    error: RestError;
    read
}

async fn read(origin: &Origin, call: Call<'_, GetUser>) -> Result<View<UserView>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    caller.may_seek(owner, name)?;
    let found = users::target(Named::Path { owner, name }).fetch(&*origin.database).await?;
    let target = caller.found(owner, found)?;
    Ok(View(UserView::from(target.user)))
}
