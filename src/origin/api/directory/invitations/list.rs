//! `GET /v1/iam/invitations`

use serde::Serialize;

use super::view::InvitationView;
use crate::{
    core::{directory::Invalid, token::Role},
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, paging::Paging},
            endpoint::{Call, Parameter, Query, View, Who, endpoint},
        },
        http::{Parameters, RestError},
        store::invitations,
    },
};

endpoint! {
    /// Lists the invitations of an organization.
    pub ListInvitations = GET "/v1/iam/invitations" as "listInvitations",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    query: InvitationQuery,
    reply: View<InvitationList>,
    error: RestError;
    list
}

/// Which invitations are listed.
#[derive(Debug)]
pub struct InvitationQuery {
    owner: Option<String>,
    paging: Paging,
}

impl Query for InvitationQuery {
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

/// A page of invitations.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct InvitationList {
    /// By name.
    invitations: Vec<InvitationView>,
    /// The number of invitations on all pages.
    total: i64,
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListInvitations>,
) -> Result<View<InvitationList>, RestError> {
    let Call { caller, query, .. } = call;
    let owner = query.owner.as_deref().unwrap_or(&caller.principal.owner);
    caller.administering(owner)?;
    let Paging { limit, offset } = query.paging;
    let page = invitations::list(owner, limit, offset);
    let (found, total) = page.fetch(&*origin.database).await?;
    let invitations = found.into_iter().map(InvitationView::from).collect();
    Ok(View(InvitationList { invitations, total }))
}
