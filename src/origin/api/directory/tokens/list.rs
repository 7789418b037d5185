//! `GET /v1/iam/tokens`

use serde::Serialize;

use super::view::TokenView;
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
    store::{grants, query::load},
};

endpoint! {
    /// Lists what people allowed clients, by person, the newest first.
    ///
    /// Administrators list the people of their organization, except those who administer more than
    /// they do; other users list themselves. No text of a token is shown. A page may be empty and
    /// still have a cursor.
    pub ListTokens = GET "/v1/iam/tokens" as "listTokens", who: Who::Directory;
    caller: DirectoryCaller,
    query: PeopleQuery,
    reply: View<TokenList>,
    error: RestError;
    list
}

/// A page of grants.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TokenList {
    /// By person, the newest first.
    tokens: Vec<TokenView>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

async fn list(origin: &Origin, call: Call<'_, ListTokens>) -> Result<View<TokenList>, RestError> {
    let (caller, query) = (&call.caller, &call.query);
    let people = query.people(caller)?;
    let now = origin.clock.now();
    let client = query.application.as_deref();
    let queries = (grants::people(people), grants::of_people(people, client, now));
    let (people, rows) = load(&*origin.database, queries).await?;
    let page =
        PeoplePage::new(caller, people, rows, |row| row.user_id.as_deref().unwrap_or_default());
    let tokens = page.rows.into_iter().filter_map(|grant| {
        let target = page.people.get(grant.user_id.as_deref()?)?;
        Some(TokenView::new(grant, target, now))
    });
    Ok(View(TokenList { tokens: tokens.collect(), cursor: page.cursor }))
}
