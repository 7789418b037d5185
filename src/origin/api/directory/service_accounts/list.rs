//! `GET /v1/iam/service-accounts`

use serde_json::json;

use super::view::ServiceAccountView;
use crate::{
    core::{directory::Invalid, token::Role},
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, envelope::Enveloped, paging::Paging},
            endpoint::{Call, Documented, Parameter, Query, Who, endpoint},
        },
        http::{Envelope, Parameters, RestError},
        store::agents::{self, BY_NAME},
    },
};

endpoint! {
    /// Lists the service accounts of an organization, by name.
    ///
    /// `data2` is how many there are, `data3` has the `cursor` of the next page; empty: this is the last.
    pub ListServiceAccounts = GET "/v1/iam/service-accounts" as "listServiceAccounts",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    query: ServiceAccountQuery,
    reply: Documented<Enveloped<Vec<ServiceAccountView>>>,
    error: RestError;
    list
}

/// Which service accounts are listed.
#[derive(Debug)]
pub struct ServiceAccountQuery {
    organization: Option<String>,
    paging: Paging,
}

impl Query for ServiceAccountQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("organization", "The organization; the caller's if absent."),
        Paging::LIMIT,
        Paging::CURSOR,
        Paging::OFFSET,
        Paging::PAGE_SIZE,
        Paging::PAGE,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let organization = parameters.get("organization").map(str::to_owned);
        Ok(Self { organization, paging: Paging::by(BY_NAME, parameters)? })
    }
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListServiceAccounts>,
) -> Result<Documented<Enveloped<Vec<ServiceAccountView>>>, RestError> {
    let (caller, query) = (&call.caller, &call.query);
    let owner = query.organization.as_deref().unwrap_or(&caller.principal.owner);
    caller.administering(owner)?;
    let found = agents::list(owner, &query.paging.part()).fetch(&*origin.database).await?;
    let (mut found, total) = found;
    let cursor = query.paging.next(BY_NAME, &mut found, |last| {
        vec![(&last.agent.owner).into(), (&last.agent.name).into()]
    });
    let now = origin.clock.now();
    let views: Vec<_> =
        found.into_iter().map(|listed| ServiceAccountView::new(listed, now)).collect();
    Ok(Envelope::ok(json!(views))
        .and(total)
        .further(json!({"cursor": cursor}))
        .into_response()
        .into())
}
