//! `GET /v1/iam/memberships/{organization}/{owner}/{name}`

use super::{may_seek, member, named, view::MembershipView};
use crate::{
    core::{directory::OrgName, token::Role},
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, View, Who, endpoint},
        },
        http::RestError,
        store::{memberships, query::load, users::target},
    },
};

endpoint! {
    /// Returns the membership of a user in an organization.
    pub GetMembership = GET "/v1/iam/memberships/{organization}/{owner}/{name}" as "getMembership",
    who: Who::SelfOr(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, OrgName, String),
    reply: View<MembershipView>,
    error: RestError;
    read
}

async fn read(
    origin: &Origin,
    call: Call<'_, GetMembership>,
) -> Result<View<MembershipView>, RestError> {
    let (organization, owner, name) = &call.path;
    let (organization, owner) = (organization.as_str(), owner.as_str());
    may_seek(&call.caller, organization, (owner, name))?;
    let queries = (target(named(owner, name)), memberships::of_user(named(owner, name)));
    let (found, known) = load(&*origin.database, queries).await?;
    let (target, role) = member(found, organization)?;
    let known = known.into_iter().find(|known| known.organization == organization);
    Ok(View(MembershipView::of(&target, organization, role, known, origin.clock.now())))
}
