//! `POST /v1/iam/scim/v2/.search`: users and groups together, the users first.

use super::{
    body::ScimBody,
    caller::ScimCaller,
    error::ScimError,
    groups,
    reply::Scim,
    service::Service,
    shapes::ScimList,
    users::list::{self as users, raw},
};
use crate::{
    core::{
        scim::{GROUPS, Page, RawQuery, USERS},
        token::Role,
    },
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Who, endpoint},
        store::query::load,
    },
};

endpoint! {
    /// Lists users and groups as a search request asks (RFC 7644 §3.4.3).
    ///
    /// An attribute of a filter that a type does not have has no value there. Users come before groups;
    /// `sortBy` orders each type by itself.
    pub SearchScim = POST "/v1/iam/scim/v2/.search" as "searchScim",
    who: Who::Organization(Role::Admin), audit: Audit::Nothing("reads");
    caller: ScimCaller,
    body: ScimBody<RawQuery>,
    reply: Scim<ScimList>,
    error: ScimError;
    search
}

async fn search(origin: &Origin, call: Call<'_, SearchScim>) -> Result<Scim<ScimList>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    let raw = raw(call.body.0)?;
    let (users, mut groups) = (raw.read(&USERS, true)?, raw.read(&GROUPS, true)?);
    let (offset, count) = (users.offset, users.count);
    let database = &*origin.database;
    let users = users::select(&service, users);
    let (users, mut groups) = if offset == 0 {
        let (users, groups) = load(database, (users, groups::select(&service, groups))).await?;
        (users?, groups?)
    } else {
        // The start of the page of groups depends on the number of users.
        let users = users.fetch(database).await??;
        groups.offset = offset.saturating_sub(users.total);
        let groups = groups::select(&service, groups).fetch(database).await??;
        (users, groups)
    };
    groups.resources.truncate(count.saturating_sub(users.resources.len()));
    let mut resources = users.resources;
    resources.extend(groups.resources);
    Ok(Page { resources, total: users.total + groups.total }.response(offset).into())
}
