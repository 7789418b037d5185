//! `GET /v1/iam/organizations`

use super::view::OrganizationView;
use crate::{
    core::{directory::Invalid, principal::PLATFORM_ORGANIZATION},
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                paging::{ListOf, Paging},
            },
            endpoint::{Call, Parameter, Query, View, Who, endpoint},
        },
        http::{Parameters, RestError},
        store::organizations::{self, BY_NAME},
    },
};

endpoint! {
    /// Lists the caller's organizations; all of them for the platform.
    pub ListOrganizations = GET "/v1/iam/organizations" as "listOrganizations", who: Who::Directory;
    caller: DirectoryCaller,
    query: OrganizationQuery,
    reply: View<ListOf<OrganizationView>>,
    error: RestError;
    list
}

/// Which organizations are listed.
#[derive(Debug)]
pub struct OrganizationQuery {
    owner: Option<String>,
    text: String,
    paging: Paging,
}

impl Query for OrganizationQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("owner", "`admin`, or an organization of the caller."),
        Parameter::optional("q", "Only organizations with that text in their names."),
        Paging::LIMIT,
        Paging::CURSOR,
        Paging::PAGE_SIZE,
        Paging::OFFSET,
        Paging::PAGE,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        Ok(Self {
            owner: parameters.get("owner").map(str::to_owned),
            text: parameters.get("q").unwrap_or_default().to_owned(),
            paging: Paging::by(BY_NAME, parameters)?,
        })
    }
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListOrganizations>,
) -> Result<View<ListOf<OrganizationView>>, RestError> {
    let (caller, query) = (&call.caller, &call.query);
    if let Some(owner) = query.owner.as_deref().filter(|owner| *owner != PLATFORM_ORGANIZATION) {
        caller.scoped_to(owner)?;
    }
    let mut own = vec![caller.principal.owner.clone()];
    own.extend(caller.principal.authority.roles().iter().map(|role| role.org.clone()));
    let among = (!caller.is_platform()).then_some(own.as_slice());
    let found = organizations::list(among, &query.text, &query.paging.part());
    let mut found = found.fetch(&*origin.database).await?;
    let cursor = query.paging.next(BY_NAME, &mut found, |last| vec![(&last.name).into()]);
    let entries = found.into_iter().map(OrganizationView::from).collect();
    Ok(View(ListOf { entries, total: 0, cursor }))
}
