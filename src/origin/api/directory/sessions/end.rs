//! `DELETE /v1/iam/sessions/{owner}/{name}/{application}`

use super::{EVERY, SessionPath, named};
use crate::{
    core::{directory::Invalid, token::Role},
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, Deleted, Parameter, Query, View, Who, endpoint},
        },
        domain::sessions,
        http::{Parameters, RestError},
    },
};

endpoint! {
    /// Signs a person out of an application, or everywhere: `-`.
    ///
    /// Of an application everything ends that the person gave it. `-` ends the browser sessions and
    /// everything given in them; with `sessionId` only that one.
    pub DeleteSession = DELETE "/v1/iam/sessions/{owner}/{name}/{application}" as "deleteSession",
    who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    path: SessionPath,
    query: SessionQuery,
    reply: View<Deleted>,
    error: RestError;
    end
}

/// Which of the sessions.
#[derive(Debug)]
pub struct SessionQuery {
    session_id: Option<String>,
}

impl Query for SessionQuery {
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::optional("sessionId", "The only session that ends; all of them if absent.")];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        Ok(Self { session_id: parameters.get("sessionId").map(str::to_owned) })
    }
}

async fn end(origin: &Origin, call: Call<'_, DeleteSession>) -> Result<View<Deleted>, RestError> {
    let application = call.path.2.as_str();
    let (target, found) = named(origin, &call.caller, &call.path).await?;
    let found = found.ok_or_else(RestError::not_found)?;
    let ids = match &call.query.session_id {
        None => None,
        Some(id) if found.session_id.contains(id) => Some(vec![id.clone()]),
        Some(_) => return Err(RestError::not_found()),
    };
    if application == EVERY {
        sessions::end(origin, &target.user, ids.as_deref()).await?;
    } else {
        sessions::end_in(origin, &target.user, application, ids.as_deref()).await?;
    }
    Ok(View(Deleted::default()))
}
