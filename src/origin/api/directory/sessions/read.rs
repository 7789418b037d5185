//! `GET /v1/iam/sessions/{owner}/{name}/{application}`

use super::{SessionPath, named, view::SessionView};
use crate::{
    core::token::Role,
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, View, Who, endpoint},
        },
        http::RestError,
    },
};

endpoint! {
    /// Returns the sessions of a person in which an application is; `-` stands for all of them.
    pub GetSession = GET "/v1/iam/sessions/{owner}/{name}/{application}" as "getSession",
    who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    path: SessionPath,
    reply: View<SessionView>,
    error: RestError;
    read
}

async fn read(origin: &Origin, call: Call<'_, GetSession>) -> Result<View<SessionView>, RestError> {
    let (_, found) = named(origin, &call.caller, &call.path).await?;
    found.map(View).ok_or_else(RestError::not_found)
}
