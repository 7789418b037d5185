//! `GET /v1/iam/sessions`

use serde::Serialize;

use super::view::{SessionView, entries};
use crate::origin::{
    Origin,
    api::{
        directory::{
            caller::DirectoryCaller,
            people_page::{PeoplePage, PeopleQuery},
        },
        endpoint::{Call, View, Who, endpoint},
    },
    http::RestError,
    store::{query::load, sessions},
};

endpoint! {
    /// Lists who is signed in, by person and application.
    ///
    /// Administrators list the people of their organization, except those who administer more than
    /// they do; other users list themselves. The application `-` stands for the browser's sign-in
    /// itself. A page may be empty and still have a cursor.
    pub ListSessions = GET "/v1/iam/sessions" as "listSessions", who: Who::Directory;
    caller: DirectoryCaller,
    query: PeopleQuery,
    reply: View<SessionList>,
    error: RestError;
    list
}

/// A page of sessions.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SessionList {
    /// By person and application.
    sessions: Vec<SessionView>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListSessions>,
) -> Result<View<SessionList>, RestError> {
    let (caller, query) = (&call.caller, &call.query);
    let people = query.people(caller)?;
    let queries = (sessions::people(people), sessions::of_people(people, origin.clock.now()));
    let (people, rows) = load(&*origin.database, queries).await?;
    let page = PeoplePage::new(caller, people, rows, |row| &row.session.user_id);
    let mut targets: Vec<_> = page.people.values().collect();
    targets.sort_by(|a, b| a.user.name.cmp(&b.user.name));
    let sessions = targets.into_iter().flat_map(|target| entries(target, &page.rows));
    let is_asked = |entry: &SessionView| {
        query.application.as_ref().is_none_or(|application| *application == entry.application)
    };
    Ok(View(SessionList { sessions: sessions.filter(is_asked).collect(), cursor: page.cursor }))
}
