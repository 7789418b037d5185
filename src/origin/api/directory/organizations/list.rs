//! `GET /v1/iam/organizations`

use serde::Serialize;

use super::view::OrganizationView;
use crate::{
    core::{directory::Invalid, principal::PLATFORM_ORGANIZATION},
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, paging::Paging},
            endpoint::{Call, Parameter, Query, View, Who, endpoint},
        },
        http::{Parameters, RestError},
        store::organizations,
    },
};

endpoint! {
    /// Lists the caller's organizations; all of them for the platform.
    pub ListOrganizations = GET "/v1/iam/organizations" as "listOrganizations", who: Who::Directory;
    caller: DirectoryCaller,
    query: OrganizationQuery,
    reply: View<OrganizationList>,
    error: RestError;
    list
}

/// Which organizations are listed.
#[derive(Debug)]
pub struct OrganizationQuery {
    owner: Option<String>,
    text: String,
    cursor: String,
    paging: Paging,
}

impl Query for OrganizationQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("owner", "`admin`, or an organization of the caller."),
        Parameter::optional("q", "Only organizations with that text in their names."),
        Parameter::optional("cursor", "The `cursor` of the page before."),
        Paging::LIMIT,
        Paging::PAGE_SIZE,
        Paging::OFFSET,
        Paging::PAGE,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let text = |name| parameters.get(name).unwrap_or_default().to_owned();
        Ok(Self {
            owner: parameters.get("owner").map(str::to_owned),
            text: text("q"),
            cursor: text("cursor"),
            paging: Paging::of(parameters)?,
        })
    }
}

/// A page of organizations.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct OrganizationList {
    /// By name.
    organizations: Vec<OrganizationView>,
    /// The `cursor` of the next page; empty: this is the last.
    cursor: String,
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListOrganizations>,
) -> Result<View<OrganizationList>, RestError> {
    let caller = &call.caller;
    let query = &call.query;
    if let Some(owner) = query.owner.as_deref().filter(|owner| *owner != PLATFORM_ORGANIZATION) {
        caller.scoped_to(owner)?;
    }
    let limit = query.paging.limit;
    let mut own = vec![caller.principal.owner.clone()];
    own.extend(caller.principal.authority.roles().iter().map(|role| role.org.clone()));
    let among = (!caller.is_platform()).then_some(own.as_slice());
    let found = organizations::list(among, &query.text, &query.cursor, limit);
    let found = found.fetch(&*origin.database).await?;
    let is_last = i64::try_from(found.len()).is_ok_and(|count| count < limit);
    let next = found.last().filter(|_| !is_last).map(|last| last.name.clone());
    Ok(View(OrganizationList {
        organizations: found.into_iter().map(OrganizationView::from).collect(),
        cursor: next.unwrap_or_default(),
    }))
}
