//! Groups (RFC 7643 §4.2): the teams of the organization. Who belongs to a team decides what the
//! policy allows, so that a key with limits reads groups and does not write them.

pub mod change;

use super::{
    body::ScimBody,
    caller::ScimCaller,
    conditions::Conditions,
    error::ScimError,
    reply::{Created, Scim},
    service::Service,
    shapes::{ScimGroup, ScimGroupInput, ScimList, ScimPatch},
    users::{
        list::{ScimQuery, raw},
        read::Selected,
    },
};
use crate::{
    core::{
        scim::{
            Comparison, GROUPS, Operator, RawQuery, Refusal, Resource, ScimType, list_response,
        },
        token::Role,
    },
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Empty, Who, endpoint},
        domain::scim::represent_team,
        store::{
            query::load,
            resource::{By, Page, count, list},
            teams::Team,
        },
    },
    ports::Value,
};

endpoint! {
    /// Lists the groups of the organization: its teams.
    pub ListScimGroups = GET "/v1/iam/scim/v2/Groups" as "listScimGroups",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    query: ScimQuery,
    reply: Scim<ScimList>,
    error: ScimError;
    listed
}

endpoint! {
    /// Lists groups as a search request asks (RFC 7644 §3.4.3).
    pub SearchScimGroups = POST "/v1/iam/scim/v2/Groups/.search" as "searchScimGroups",
    who: Who::Organization(Role::Admin), audit: Audit::Nothing("reads");
    caller: ScimCaller,
    body: ScimBody<RawQuery>,
    reply: Scim<ScimList>,
    error: ScimError;
    searched
}

endpoint! {
    /// Creates a group: a team whose name is made of `displayName`.
    pub CreateScimGroup = POST "/v1/iam/scim/v2/Groups" as "createScimGroup",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    query: Selected,
    body: ScimBody<ScimGroupInput>,
    reply: Created<ScimGroup>,
    error: ScimError;
    created
}

endpoint! {
    /// Returns a group.
    pub GetScimGroup = GET "/v1/iam/scim/v2/Groups/{id}" as "getScimGroup",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    path: (String,),
    query: Selected,
    reply: Scim<ScimGroup>,
    error: ScimError;
    read
}

endpoint! {
    /// Replaces a group.
    pub ReplaceScimGroup = PUT "/v1/iam/scim/v2/Groups/{id}" as "replaceScimGroup",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    path: (String,),
    query: Selected,
    body: ScimBody<ScimGroupInput>,
    reply: Scim<ScimGroup>,
    error: ScimError;
    replaced
}

endpoint! {
    /// Changes a group by the operations of a SCIM PATCH (RFC 7644 §3.5.2).
    pub PatchScimGroup = PATCH "/v1/iam/scim/v2/Groups/{id}" as "patchScimGroup",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    path: (String,),
    query: Selected,
    body: ScimBody<ScimPatch>,
    reply: Scim<ScimGroup>,
    error: ScimError;
    patched
}

endpoint! {
    /// Deletes a group that has no team below it.
    pub DeleteScimGroup = DELETE "/v1/iam/scim/v2/Groups/{id}" as "deleteScimGroup",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    path: (String,),
    reply: Empty,
    error: ScimError;
    deleted
}

/// The most groups that a filter is evaluated on.
const MAXIMUM_SCAN: usize = 1000;

async fn listed(
    origin: &Origin,
    call: Call<'_, ListScimGroups>,
) -> Result<Scim<ScimList>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    answer(&service, &call.query.0).await
}

async fn searched(
    origin: &Origin,
    call: Call<'_, SearchScimGroups>,
) -> Result<Scim<ScimList>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    answer(&service, &raw(call.body.0)?).await
}

async fn answer(service: &Service<'_>, raw: &RawQuery) -> Result<Scim<ScimList>, ScimError> {
    let Service { origin, owner, base, .. } = service;
    let query = raw.read(&GROUPS, false)?;
    let now = origin.clock.now();
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let page = Page { owner: Some((*owner).to_owned()), ..Page::default() };
    let represented = |teams: Vec<Team>| -> Vec<Resource> {
        teams.iter().map(|team| represent_team(team, base)).collect()
    };
    let (mut groups, total) = if query.filter.is_none() && query.sorting.is_none() {
        let page = Page { limit: whole(query.count), offset: whole(query.offset), ..page };
        let queries = (list::<Team>(&page, now), count::<Team>(&page));
        let (teams, total) = load(&*origin.database, queries).await?;
        (represented(teams), usize::try_from(total).unwrap_or_default())
    } else {
        let narrowed = query.filter.as_ref().and_then(|filter| filter.lookups(&|_, it| lookup(it)));
        let filters = match narrowed {
            Some(mut narrowed) if narrowed.len() == 1 => narrowed.pop().into_iter().collect(),
            _ => Vec::new(),
        };
        let page = Page { limit: whole(MAXIMUM_SCAN + 1), filters, ..page };
        let teams = list::<Team>(&page, now).fetch(&*origin.database).await?;
        if teams.len() > MAXIMUM_SCAN {
            let why = "the filter or order needs more than 1000 groups to be read";
            return Err(Refusal::new(ScimType::TooMany, why).into());
        }
        let mut chosen = represented(teams);
        chosen.retain(|group| query.filter.as_ref().is_none_or(|filter| filter.matches(group)));
        if let Some(sorting) = &query.sorting {
            sorting.sort(&mut chosen);
        }
        let total = chosen.len();
        (chosen.into_iter().skip(query.offset).take(query.count).collect(), total)
    };
    for group in &mut groups {
        query.projection.apply(&GROUPS, group);
    }
    Ok(list_response(&groups, total, query.offset).into())
}

/// The condition on the rows that a comparison chooses.
fn lookup(comparison: &Comparison) -> Option<(By, Value)> {
    let Comparison { target, operator: Operator::Eq, .. } = comparison else { return None };
    let operand = comparison.operand()?;
    match (target.attribute.name, target.sub) {
        ("id", None) => Some((By::Column("id"), operand.into())),
        ("displayName", None) if operand.is_ascii() => Some((
            By::Condition("(lower(display_name) = {} OR (display_name = '' AND lower(name) = {}))"),
            operand.into(),
        )),
        _ => None,
    }
}

async fn created(
    origin: &Origin,
    call: Call<'_, CreateScimGroup>,
) -> Result<Created<ScimGroup>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    let projection = call.query.projection_of(&GROUPS)?;
    let mut group = change::create(&service, &call.body.0).await?;
    projection.apply(&GROUPS, &mut group);
    Ok(group.into())
}

async fn read(origin: &Origin, call: Call<'_, GetScimGroup>) -> Result<Scim<ScimGroup>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    let projection = call.query.projection_of(&GROUPS)?;
    let (mut group, version) = change::read(&service, &call.path.0).await?;
    if Conditions::of(call.request).is_unchanged(version) {
        return Ok(Scim::unchanged(group));
    }
    projection.apply(&GROUPS, &mut group);
    Ok(group.into())
}

async fn replaced(
    origin: &Origin,
    call: Call<'_, ReplaceScimGroup>,
) -> Result<Scim<ScimGroup>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    let projection = call.query.projection_of(&GROUPS)?;
    let conditions = Conditions::of(call.request);
    let mut group = change::replace(&service, &call.path.0, &conditions, &call.body.0).await?;
    projection.apply(&GROUPS, &mut group);
    Ok(group.into())
}

async fn patched(
    origin: &Origin,
    call: Call<'_, PatchScimGroup>,
) -> Result<Scim<ScimGroup>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    let projection = call.query.projection_of(&GROUPS)?;
    let conditions = Conditions::of(call.request);
    let mut group = change::patch(&service, &call.path.0, &conditions, &call.body.0).await?;
    projection.apply(&GROUPS, &mut group);
    Ok(group.into())
}

async fn deleted(origin: &Origin, call: Call<'_, DeleteScimGroup>) -> Result<Empty, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    change::delete(&service, &call.path.0, &Conditions::of(call.request)).await?;
    Ok(Empty)
}
