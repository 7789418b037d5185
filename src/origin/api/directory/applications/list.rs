//! `GET /v1/iam/applications`

use serde::Serialize;

use super::view::ApplicationView;
use crate::{
    core::{directory::Invalid, principal::PLATFORM_ORGANIZATION, token::Role},
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, paging::Paging},
            endpoint::{Call, Parameter, Query, View, Who, endpoint},
        },
        http::{Parameters, RestError},
        store::applications,
    },
};

endpoint! {
    /// Lists the applications of the organizations that the caller administers.
    pub ListApplications = GET "/v1/iam/applications" as "listApplications",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    query: ApplicationQuery,
    reply: View<ApplicationList>,
    error: RestError;
    list
}

/// Which applications are listed.
#[derive(Debug)]
pub struct ApplicationQuery {
    owner: Option<String>,
    organization: Option<String>,
    paging: Paging,
}

impl Query for ApplicationQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("owner", "`admin`, or an organization that the caller administers."),
        Parameter::optional("organization", "Only applications that it administers."),
        Paging::LIMIT,
        Paging::OFFSET,
        Paging::PAGE_SIZE,
        Paging::PAGE,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        Ok(Self {
            owner: parameters.get("owner").map(str::to_owned),
            organization: parameters.get("organization").map(str::to_owned),
            paging: Paging::of(parameters)?,
        })
    }
}

/// A page of applications.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ApplicationList {
    /// By owner and name.
    applications: Vec<ApplicationView>,
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListApplications>,
) -> Result<View<ApplicationList>, RestError> {
    let caller = &call.caller;
    let Paging { limit, offset } = call.query.paging;
    let owner = call.query.owner.as_deref();
    if let Some(owner) = owner.filter(|owner| *owner != PLATFORM_ORGANIZATION) {
        caller.administering(owner)?;
    }
    let organization = call.query.organization.as_deref();
    if let Some(organization) = organization {
        caller.administering(organization)?;
    }
    let among: Option<Vec<String>> = match organization {
        Some(organization) => Some(vec![organization.to_owned()]),
        None if caller.is_platform() => None,
        None => {
            let roles = caller.principal.authority.roles().iter().map(|role| role.org.clone());
            let administered: Vec<String> = roles.filter(|org| caller.administers(org)).collect();
            if administered.is_empty() {
                caller.administering(&caller.principal.owner)?;
            }
            Some(administered)
        }
    };
    let found = applications::list(owner, among.as_deref(), limit, offset);
    let found = found.fetch(&*origin.database).await?;
    let applications = found.into_iter().map(ApplicationView::from).collect();
    Ok(View(ApplicationList { applications }))
}
