//! `GET /v1/account/keys`

use serde::Serialize;

use super::view::AccountApiKey;
use crate::{
    core::{
        directory::Invalid,
        encoding::{base64url, from_base64url},
        time::UnixTime,
    },
    origin::{
        Origin,
        api::{
            account::AccountCaller,
            directory::paging::Paging,
            endpoint::{Call, Parameter, Query, View, Who, endpoint},
        },
        http::{Parameters, RestError},
        store::keys::{self, After, Key},
    },
};

endpoint! {
    /// Lists API keys, the newest first: the caller's, or all of the organization that the caller
    /// administers.
    ///
    /// Revoked keys are listed too. No secret is shown.
    pub ListAccountKeys = GET "/v1/account/keys" as "listAccountKeys", who: Who::Directory;
    caller: AccountCaller,
    query: AccountKeyQuery,
    reply: View<AccountApiKeyList>,
    error: RestError;
    list
}

/// Which part of the list is asked for.
#[derive(Debug)]
pub struct AccountKeyQuery {
    limit: i64,
    after: Option<After>,
}

impl Query for AccountKeyQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Paging::LIMIT,
        Parameter::optional("cursor", "Where to continue: `cursor` of the page before."),
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let after = parameters.get("cursor").map(|text| {
            after(text).ok_or_else(|| Invalid::member("cursor", "is not one of this list"))
        });
        Ok(Self { limit: Paging::of(parameters)?.limit, after: after.transpose()? })
    }
}

/// A page of API keys.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AccountApiKeyList {
    /// The newest first.
    keys: Vec<AccountApiKey>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListAccountKeys>,
) -> Result<View<AccountApiKeyList>, RestError> {
    let (caller, query) = (&call.caller.0, &call.query);
    caller.has_role()?;
    let owner = &caller.principal.owner;
    let holder = (!caller.administers(owner)).then_some(caller.principal.subject.as_str());
    // One more than asked for says whether there is a next page.
    let found = keys::newest(owner, holder, query.after.as_ref(), query.limit + 1);
    let mut found = found.fetch(&*origin.database).await?;
    let asked = usize::try_from(query.limit).unwrap_or_default();
    let is_last = found.len() <= asked;
    found.truncate(asked);
    let cursor = found.last().filter(|_| !is_last).map(cursor);
    let now = origin.clock.now();
    let keys = found.into_iter().map(|key| AccountApiKey::new(key, now)).collect();
    Ok(View(AccountApiKeyList { keys, cursor }))
}

fn cursor(key: &Key) -> String {
    base64url(format!("{}.{}", key.created_at.0, key.id).as_bytes())
}

fn after(cursor: &str) -> Option<After> {
    let text = String::from_utf8(from_base64url(cursor)?).ok()?;
    let (created_at, id) = text.split_once('.')?;
    Some(After { created_at: UnixTime(created_at.parse().ok()?), id: id.to_owned() })
}
