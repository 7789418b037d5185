//! `GET /v1/iam/memberships?user=` and `?org=`

use serde::Serialize;
use serde_json::json;

use super::{is_own, named, view::MembershipView};
use crate::{
    core::{
        directory::{Invalid, Text, UserRef},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, merged::merged, paging::Paging},
            endpoint::{Call, Documented, Parameter, Query, Who, endpoint},
        },
        domain::memberships::role,
        http::{Envelope, Parameters, RestError},
        store::{
            memberships::{self, BY_USER, Member},
            query::load,
            users::{Named, target},
        },
    },
};

endpoint! {
    /// Lists memberships, of a user or in an organization; without either, the caller's own.
    ///
    /// Administrators list the members of their organizations from elsewhere, and those memberships of
    /// their users that are in organizations they administer. Other users see their own.
    pub ListMemberships = GET "/v1/iam/memberships" as "listMemberships", who: Who::Directory;
    caller: DirectoryCaller,
    query: MembershipQuery,
    reply: Documented<MembershipList>,
    error: RestError;
    list
}

/// Which memberships are listed.
#[derive(Debug)]
pub struct MembershipQuery {
    user: Option<UserRef>,
    organization: Option<String>,
    paging: Paging,
}

impl Query for MembershipQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("user", "A user, as `owner/name`."),
        Parameter::optional("org", "An organization."),
        Parameter::optional("organization", "The same as `org`."),
        Paging::LIMIT,
        Paging::CURSOR,
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let user = parameters.get("user").filter(|text| !text.is_empty()).map(UserRef::read);
        let user = user.transpose().map_err(|why| Invalid::member("user", &why.why))?;
        let organization = parameters.any(&["org", "organization"]);
        Ok(Self {
            user,
            organization: organization.filter(|text| !text.is_empty()).map(str::to_owned),
            paging: Paging::by(BY_USER, parameters)?,
        })
    }
}

/// A page of memberships, in the envelope (WIRE §4.5).
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[expect(dead_code, reason = "describes what Envelope writes")]
pub struct MembershipList {
    /// `ok`.
    status: String,
    /// Empty.
    msg: String,
    /// The memberships.
    data: Vec<MembershipView>,
    /// What follows.
    data2: Further,
}

/// What follows a page.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
struct Further {
    /// The `cursor` of the next page; empty: this is the last.
    cursor: String,
}

async fn list(
    origin: &Origin,
    call: Call<'_, ListMemberships>,
) -> Result<Documented<MembershipList>, RestError> {
    let Call { caller, query, .. } = &call;
    caller.has_role()?;
    match (&query.user, &query.organization) {
        (None, Some(organization)) => in_organization(origin, caller, query, organization).await,
        (Some(user), organization) => {
            let named = named(&user.owner, &user.name);
            if !is_own(caller, &user.owner, &user.name) {
                // A refusal does not reveal whether the user exists.
                let administered = organization.as_deref().unwrap_or(&user.owner);
                caller.administering(administered)?;
            }
            of_user(origin, caller, named, organization.as_deref()).await
        }
        (None, None) if caller.is_user() => {
            of_user(origin, caller, Named::Id(&caller.principal.subject), None).await
        }
        (None, None) => Err(Invalid::member("org", "is required, or user").into()),
    }
}

async fn in_organization(
    origin: &Origin,
    caller: &DirectoryCaller,
    query: &MembershipQuery,
    organization: &str,
) -> Result<Documented<MembershipList>, RestError> {
    caller.scoped_to(organization)?;
    let administers = caller.administers(organization);
    let only = (!administers).then_some(caller.principal.subject.as_str());
    let part = query.paging.part();
    let page = || memberships::of_organization(organization, only, &part);
    let place = |member: &Member| vec![organization.into(), (&member.user_id).into()];
    let mut members = if origin.databases.are_several() {
        // Users are stored in their home organization's database.
        let owner = |member: &Member| member.owner.clone();
        merged(origin, || page().map(|found| (found, 0)), owner, place).await?.0
    } else {
        page().fetch(&*origin.database).await?
    };
    let next = query.paging.next(BY_USER, &mut members, place);
    let views: Vec<_> = members.into_iter().map(MembershipView::from).collect();
    Ok(page_of(&views, next))
}

/// Those that the caller may see.
async fn of_user(
    origin: &Origin,
    caller: &DirectoryCaller,
    user: Named<'_>,
    organization: Option<&str>,
) -> Result<Documented<MembershipList>, RestError> {
    let queries = (target(user), memberships::of_user(user));
    let (found, members) = load(&*origin.database, queries).await?;
    let target = found.ok_or_else(RestError::not_found)?;
    let is_self = caller.is_self(&target.user.id);
    let home = &target.user.owner;
    let role = role(&target, home).unwrap_or(Role::Member);
    let home = MembershipView::of(&target, home, role, None, origin.clock.now());
    let further = members.into_iter().filter(|member| member.organization != target.user.owner);
    let views: Vec<_> = std::iter::once(home)
        .chain(further.map(MembershipView::from))
        .filter(|view| organization.is_none_or(|organization| view.organization == organization))
        .filter(|view| {
            let sees =
                |it: &str| if is_self { caller.belongs_to(it) } else { caller.administers(it) };
            sees(&view.organization)
        })
        .collect();
    if views.is_empty() && !is_self && !caller.administers(&target.user.owner) {
        return Err(RestError::not_found());
    }
    Ok(page_of(&views, String::new()))
}

fn page_of(views: &[MembershipView], cursor: String) -> Documented<MembershipList> {
    Envelope::ok(json!(views)).and(json!(Further { cursor })).into_response().into()
}
