//! `GET /v1/iam/keys`

use serde::Serialize;

use super::view::KeyView;
use crate::{
    core::directory::Invalid,
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, merged, paging::Paging},
            endpoint::{Call, Parameter, Query, View, Who, endpoint},
        },
        http::{Parameters, RestError},
        store::keys,
    },
};

endpoint! {
    /// Lists keys.
    ///
    /// Administrators list the keys of their organizations, other users only their own.
    pub ListKeys = GET "/v1/iam/keys" as "listKeys", who: Who::Directory;
    caller: DirectoryCaller,
    query: KeyQuery,
    reply: View<KeyList>,
    error: RestError;
    list
}

/// Which keys are listed.
#[derive(Debug)]
pub struct KeyQuery {
    owner: Option<String>,
    paging: Paging,
}

impl Query for KeyQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("owner", "The organization; the caller's if absent."),
        Paging::LIMIT,
        Paging::OFFSET,
        Paging::PAGE_SIZE,
        Paging::PAGE,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let owner = parameters.get("owner").map(str::to_owned);
        Ok(Self { owner, paging: Paging::of(parameters)? })
    }
}

/// A page of keys.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct KeyList {
    /// By organization and name.
    keys: Vec<KeyView>,
}

async fn list(origin: &Origin, call: Call<'_, ListKeys>) -> Result<View<KeyList>, RestError> {
    let caller = &call.caller;
    let owner = caller.listed(call.query.owner.as_deref())?;
    let administers = owner.is_none_or(|owner| caller.administers(owner));
    let holder = (!administers).then_some(caller.principal.subject.as_str());
    let page = |limit, offset| keys::list(owner, holder, limit, offset).map(|found| (found, 0));
    let key = |key: &keys::Key| (key.owner.clone(), key.name.clone());
    let (found, _) = merged::paged(origin, owner, call.query.paging, page, key).await?;
    let now = origin.clock.now();
    Ok(View(KeyList { keys: found.into_iter().map(|key| KeyView::new(key, now)).collect() }))
}
