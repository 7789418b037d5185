//! `GET /v1/iam/applications`

use super::view::ApplicationView;
use crate::{
    core::{directory::Invalid, principal::PLATFORM_ORGANIZATION, token::Role},
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
        store::{
            applications::{self, Selection},
            keyset::BY_NAME,
        },
    },
};

endpoint! {
    /// Lists the applications of the organizations that the caller administers.
    pub ListApplications = GET "/v1/iam/applications" as "listApplications",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    query: ApplicationQuery,
    reply: View<ListOf<ApplicationView>>,
    error: RestError;
    list
}

/// Which applications are listed.
#[derive(Debug)]
pub struct ApplicationQuery {
    owner: Option<String>,
    organization: Option<String>,
    text: String,
    paging: Paging,
}

impl Query for ApplicationQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("owner", "`admin`, or an organization that the caller administers."),
        Parameter::optional("organization", "Only applications that it administers."),
        Parameter::optional(
            "q",
            "Only applications with that text in name, display name or `clientId`, in any case.",
        ),
        Paging::LIMIT,
        Paging::CURSOR,
        Paging::OFFSET,
        Paging::PAGE_SIZE,
        Paging::PAGE,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        Ok(Self {
            owner: parameters.get("owner").map(str::to_owned),
            organization: parameters.get("organization").map(str::to_owned),
            text: parameters.get("q").unwrap_or_default().to_owned(),
            paging: Paging::by(BY_NAME, parameters)?,
        })
    }
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListApplications>,
) -> Result<View<ListOf<ApplicationView>>, RestError> {
    let caller = &call.caller;
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
    let (text, paging) = (call.query.text.as_str(), &call.query.paging);
    let selection = Selection { owner, among: among.as_deref(), text };
    let found = applications::list(selection, &paging.part());
    let mut found = found.fetch(&*origin.database).await?;
    let cursor =
        paging.next(BY_NAME, &mut found, |last| vec![(&last.owner).into(), (&last.name).into()]);
    let entries = found.into_iter().map(ApplicationView::from).collect();
    Ok(View(ListOf { entries, total: 0, cursor }))
}
