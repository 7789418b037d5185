//! `GET /v1/iam/invitations`

use super::view::InvitationView;
use crate::{
    core::{directory::Invalid, token::Role},
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
        store::{invitations, keyset::BY_NAME},
    },
};

endpoint! {
    /// Lists the invitations of an organization.
    pub ListInvitations = GET "/v1/iam/invitations" as "listInvitations",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    query: InvitationQuery,
    reply: View<ListOf<InvitationView>>,
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
        Paging::CURSOR,
        Paging::OFFSET,
        Paging::PAGE_SIZE,
        Paging::PAGE,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let owner = parameters.get("owner").map(str::to_owned);
        Ok(Self { owner, paging: Paging::by(BY_NAME, parameters)? })
    }
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListInvitations>,
) -> Result<View<ListOf<InvitationView>>, RestError> {
    let Call { caller, query, .. } = call;
    let owner = query.owner.as_deref().unwrap_or(&caller.principal.owner);
    caller.administering(owner)?;
    let page = invitations::list(owner, &query.paging.part());
    let (mut found, total) = page.fetch(&*origin.database).await?;
    let cursor = query
        .paging
        .next(BY_NAME, &mut found, |last| vec![(&last.owner).into(), (&last.name).into()]);
    let entries = found.into_iter().map(InvitationView::from).collect();
    Ok(View(ListOf { entries, total, cursor }))
}
