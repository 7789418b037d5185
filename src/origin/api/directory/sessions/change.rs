//! `POST /v1/iam/sessions` and `PUT /v1/iam/sessions/{owner}/{name}/{application}`: sessions cannot
//! be created, and a change can only end some.

use http::StatusCode;
use serde::Deserialize;

use super::{EVERY, SessionPath, named, view::SessionView};
use crate::{
    core::{
        directory::{Invalid, List, Patch, Unchecked},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Audit, Call, Json, View, Who, endpoint},
        },
        domain::sessions,
        http::RestError,
    },
};

endpoint! {
    /// Refuses to create a session: a session begins with a sign-in.
    pub CreateSession = POST "/v1/iam/sessions" as "createSession", who: Who::Directory,
    audit: Audit::Nothing("always refused");
    caller: DirectoryCaller,
    body: Json<SessionPatch>,
    reply: View<SessionView>,
    error: RestError;
    create
}

endpoint! {
    /// Ends the sessions that the list leaves out, as `DELETE` does.
    ///
    /// An id that is not in the list already is refused: a session begins with a sign-in.
    pub UpdateSession = PUT "/v1/iam/sessions/{owner}/{name}/{application}" as "updateSession",
    who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    path: SessionPath,
    body: Json<SessionPatch>,
    reply: View<SessionView>,
    error: RestError;
    update
}

/// What a request says of sessions.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct SessionPatch {
    /// Cannot be changed.
    owner: Patch<String>,
    /// Cannot be changed.
    name: Patch<String>,
    /// Cannot be changed.
    application: Patch<String>,
    /// The sessions that stay.
    session_id: Option<List<String>>,
    #[serde(flatten)]
    _further: Unchecked,
}

async fn create(_: &Origin, _: Call<'_, CreateSession>) -> Result<View<SessionView>, RestError> {
    let why = "a session begins with a sign-in, not with a request";
    Err(RestError::new(StatusCode::FORBIDDEN, why))
}

async fn update(
    origin: &Origin,
    call: Call<'_, UpdateSession>,
) -> Result<View<SessionView>, RestError> {
    let (target, found) = named(origin, &call.caller, &call.path).await?;
    let mut found = found.ok_or_else(RestError::not_found)?;
    let Json(sent) = call.body;
    sent.owner.unchanged("owner", &found.owner)?;
    sent.name.unchanged("name", &found.name)?;
    sent.application.unchanged("application", &found.application)?;
    let Some(List(stay)) = sent.session_id else { return Ok(View(found)) };
    if stay.iter().any(|id| !found.session_id.contains(id)) {
        let why = "names a session that is none of these: a session begins with a sign-in";
        return Err(Invalid::member("sessionId", why).into());
    }
    let ended: Vec<String> =
        found.session_id.iter().filter(|id| !stay.contains(id)).cloned().collect();
    let ended = (!stay.is_empty()).then_some(ended.as_slice());
    if found.application == EVERY {
        sessions::end(origin, &target.user, ended).await?;
    } else {
        sessions::end_in(origin, &target.user, &found.application, ended).await?;
    }
    found.session_id.retain(|id| stay.contains(id));
    found.sessions.retain(|session| stay.contains(&session.id));
    Ok(View(found))
}
