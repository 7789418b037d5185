//! Groups (RFC 7643 §4.2): the teams of the organization. Because team membership affects the
//! policy, limited keys can read groups but not write them.

pub mod change;

use super::{
    body::{ScimBody, Writes},
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
            self, Comparison, GROUPS, ListQuery, Operator, RawQuery, Refusal, Resource, ScimType,
        },
        token::Role,
    },
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Described, Empty, Endpoint, Who, endpoint},
        domain::scim::represent_team,
        store::{
            keyset::Part,
            query::Query,
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
    updated
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
    updated
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

/// Maximum number of groups that a filter is evaluated on.
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
    let query = raw.read(&GROUPS, false)?;
    let offset = query.offset;
    let page = select(service, query).fetch(&*service.origin.database).await??;
    Ok(page.response(offset).into())
}

/// The requested page of groups.
pub fn select(service: &Service<'_>, asked: ListQuery) -> Query<Result<scim::Page, Refusal>> {
    let Service { origin, owner, base, .. } = service;
    let (now, base) = (origin.clock.now(), base.clone());
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let page = Page { owner: Some((*owner).to_owned()), ..Page::default() };
    let represented = move |teams: Vec<Team>| -> Vec<Resource> {
        teams.iter().map(|team| represent_team(team, &base)).collect()
    };
    if asked.is_plain() {
        let (limit, offset) = (whole(asked.count), whole(asked.offset));
        let page = Page { part: Part { limit, offset, after: None }, ..page };
        return list::<Team>(&page, now).and(count::<Team>(&page)).map(move |(teams, total)| {
            let total = usize::try_from(total).unwrap_or_default();
            Ok(asked.page(&GROUPS, represented(teams), total))
        });
    }
    let narrowed = asked.filter.as_ref().and_then(|filter| filter.lookups(&|_, it| lookup(it)));
    let filters = match narrowed {
        Some(mut narrowed) if narrowed.len() == 1 => narrowed.pop().into_iter().collect(),
        _ => Vec::new(),
    };
    let part = Part { limit: whole(MAXIMUM_SCAN + 1), ..Part::default() };
    let page = Page { filters, part, ..page };
    list::<Team>(&page, now).map(move |teams| {
        if teams.len() > MAXIMUM_SCAN {
            let why = "the filter or order needs more than 1000 groups to be read";
            return Err(Refusal::new(ScimType::TooMany, why));
        }
        Ok(asked.chosen(&GROUPS, represented(teams)))
    })
}

/// The SQL condition of a comparison.
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
    let projection = call.query.projection(&GROUPS)?;
    let group = change::create(&service, &call.body.0).await?;
    Ok(Created::projected(group, &projection, &GROUPS))
}

async fn read(origin: &Origin, call: Call<'_, GetScimGroup>) -> Result<Scim<ScimGroup>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    let projection = call.query.projection(&GROUPS)?;
    let (group, version) = change::read(&service, &call.path.0).await?;
    if Conditions::of(call.request).is_unchanged(version) {
        return Ok(Scim::unchanged(group));
    }
    Ok(Scim::projected(group, &projection, &GROUPS))
}

async fn updated<E, T>(origin: &Origin, call: Call<'_, E>) -> Result<Scim<ScimGroup>, ScimError>
where
    T: Writes + Described,
    E: Endpoint<Caller = ScimCaller, Path = (String,), Query = Selected, Body = ScimBody<T>>,
{
    let service = Service::of(origin, &call.caller, call.request)?;
    let projection = call.query.projection(&GROUPS)?;
    let edit = call.body.edit(&GROUPS)?;
    let conditions = Conditions::of(call.request);
    let group = change::update(&service, &call.path.0, &conditions, &edit).await?;
    Ok(Scim::projected(group, &projection, &GROUPS))
}

async fn deleted(origin: &Origin, call: Call<'_, DeleteScimGroup>) -> Result<Empty, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    change::delete(&service, &call.path.0, &Conditions::of(call.request)).await?;
    Ok(Empty)
}
