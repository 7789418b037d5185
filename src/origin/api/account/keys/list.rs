//! `GET /v1/account/keys`

use super::view::AccountApiKey;
use crate::{
    core::directory::Invalid,
    origin::{
        Origin,
        api::{
            account::AccountCaller,
            directory::{
                keys::list::place,
                paging::{ListOf, Paging},
            },
            endpoint::{Call, Parameter, Query, View, Who, endpoint},
        },
        http::{Parameters, RestError},
        store::keys::{self, BY_AGE, Selection},
    },
};

endpoint! {
    /// Lists API keys, the newest first.
    ///
    /// Those of the caller, or all of the organization that the caller administers.
    ///
    /// Revoked keys are listed too. No secret is shown.
    pub ListAccountKeys = GET "/v1/account/keys" as "listAccountKeys", who: Who::Directory;
    caller: AccountCaller,
    query: AccountKeyQuery,
    reply: View<ListOf<AccountApiKey>>,
    error: RestError;
    list
}

/// Which part of the list is asked for.
#[derive(Debug)]
pub struct AccountKeyQuery {
    prefix: Option<String>,
    paging: Paging,
}

impl Query for AccountKeyQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("q", "Only keys whose name, in any case, begins with this text."),
        Paging::LIMIT,
        Paging::CURSOR,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let prefix = parameters.get("q").map(str::to_owned);
        Ok(Self { prefix, paging: Paging::by(BY_AGE, parameters)? })
    }
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListAccountKeys>,
) -> Result<View<ListOf<AccountApiKey>>, RestError> {
    let (caller, query) = (&call.caller.0, &call.query);
    caller.has_role()?;
    let owner = caller.principal.owner.as_str();
    let selection = Selection {
        owner: Some(owner),
        holder: (!caller.administers(owner)).then_some(caller.principal.subject.as_str()),
        prefix: query.prefix.as_deref(),
        ..Selection::default()
    };
    let found = keys::list(&selection, BY_AGE, &query.paging.part());
    let mut found = found.fetch(&*origin.database).await?;
    let cursor = query.paging.next(BY_AGE, &mut found, |last| place(last, BY_AGE));
    let now = origin.clock.now();
    let entries: Vec<_> = found.into_iter().map(|key| AccountApiKey::new(key, now)).collect();
    Ok(View(ListOf { entries, total: 0, cursor }))
}
