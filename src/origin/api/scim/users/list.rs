//! `GET /v1/iam/scim/v2/Users` and `POST /v1/iam/scim/v2/Users/.search`

use std::collections::BTreeSet;

use serde_json::Value;

use super::lookup::{MAXIMUM_SCAN, lookups};
use crate::{
    core::{
        directory::Invalid,
        scim::{Filter, ListQuery, RawQuery, Refusal, Resource, ScimType, USERS, list_response},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            endpoint::{Audit, Call, Parameter, Query, Who, endpoint},
            scim::{
                body::ScimBody, caller::ScimCaller, error::ScimError, reply::Scim,
                service::Service, shapes::ScimList,
            },
        },
        domain::scim::represent,
        http::Parameters,
        store::{
            query::{self, load},
            scim::{self, Provisioned},
        },
    },
};

endpoint! {
    /// Lists the users of the organization (RFC 7644 §3.4.2).
    ///
    /// A filter on `userName`, `externalId`, `id` or `emails` is a search; another one is evaluated on
    /// up to 1000 users and refused with `tooMany` if the organization has more.
    pub ListScimUsers = GET "/v1/iam/scim/v2/Users" as "listScimUsers",
    who: Who::Organization(Role::Admin);
    caller: ScimCaller,
    query: ScimQuery,
    reply: Scim<ScimList>,
    error: ScimError;
    list
}

endpoint! {
    /// Lists users as a search request asks (RFC 7644 §3.4.3).
    pub SearchScimUsers = POST "/v1/iam/scim/v2/Users/.search" as "searchScimUsers",
    who: Who::Organization(Role::Admin), audit: Audit::Nothing("reads");
    caller: ScimCaller,
    body: ScimBody<RawQuery>,
    reply: Scim<ScimList>,
    error: ScimError;
    search
}

/// What a client asks of a list, in the query.
#[derive(Debug)]
pub struct ScimQuery(pub RawQuery);

impl Query for ScimQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("filter", "The condition that resources meet (RFC 7644 §3.4.2.2)."),
        Parameter::optional("sortBy", "The attribute that the list is sorted by."),
        Parameter::optional("sortOrder", "`ascending` (the default) or `descending`."),
        Parameter::optional("startIndex", "The number of the first resource, from 1.")
            .integer(i64::MIN, i64::MAX),
        Parameter::optional("count", "The most resources: up to 200, 100 by default.")
            .integer(i64::MIN, i64::MAX),
        Parameter::optional("attributes", "The only attributes of the response, by commas."),
        Parameter::optional("excludedAttributes", "Attributes that the response does not have."),
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let number = |name| match parameters.get(name).map(str::parse) {
            None => Ok(None),
            Some(Ok(number)) => Ok(Some(number)),
            Some(Err(_)) => Err(Invalid::member(name, "must be a whole number")),
        };
        let text = |name| parameters.get(name).map(str::to_owned);
        Ok(Self(RawQuery {
            filter: text("filter"),
            sort_by: text("sortBy"),
            sort_order: text("sortOrder"),
            start_index: number("startIndex")?,
            count: number("count")?,
            attributes: names(parameters.get("attributes")),
            excluded_attributes: names(parameters.get("excludedAttributes")),
        }))
    }
}

/// Names with commas between them.
pub fn names(text: Option<&str>) -> Vec<String> {
    let names = text.unwrap_or_default().split(',').map(str::trim);
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

async fn list(origin: &Origin, call: Call<'_, ListScimUsers>) -> Result<Scim<ScimList>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    answer(&service, &call.query.0).await
}

async fn search(
    origin: &Origin,
    call: Call<'_, SearchScimUsers>,
) -> Result<Scim<ScimList>, ScimError> {
    let service = Service::of(origin, &call.caller, call.request)?;
    answer(&service, &raw(call.body.0)?).await
}

/// The body of a search request.
pub fn raw(body: serde_json::Map<String, Value>) -> Result<RawQuery, Refusal> {
    serde_json::from_value(Value::Object(body))
        .map_err(|error| Refusal::new(ScimType::InvalidSyntax, error.to_string()))
}

async fn answer(service: &Service<'_>, raw: &RawQuery) -> Result<Scim<ScimList>, ScimError> {
    let query = raw.read(&USERS, false)?;
    let offset = query.offset;
    let (users, total) = select(service, &query).await?;
    Ok(list_response(&users, total, offset).into())
}

/// A page of the users that a query asks for, and how many there are in all.
pub async fn select(
    service: &Service<'_>,
    query: &ListQuery,
) -> Result<(Vec<Resource>, usize), ScimError> {
    let Service { origin, owner, base, .. } = service;
    let now = origin.clock.now();
    let represented = |it: &Provisioned| represent(&it.user, &it.teams, base);
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let (mut users, total) = if query.filter.is_none() && query.sorting.is_none() {
        let page = scim::page(owner, now, whole(query.count), whole(query.offset));
        let (page, total) = load(&*origin.database, (page, scim::count(owner))).await?;
        (page.iter().map(represented).collect(), usize::try_from(total).unwrap_or_default())
    } else {
        let limit = whole(MAXIMUM_SCAN + 1);
        let found = match query.filter.as_ref().and_then(lookups) {
            Some(lookups) => {
                let found = lookups.iter().map(|lookup| lookup.users(owner, now, limit));
                let found = query::Query::list(found).fetch(&*origin.database).await?;
                distinct(found.into_iter().flatten().collect())
            }
            None => scim::page(owner, now, limit, 0).fetch(&*origin.database).await?,
        };
        if found.len() > MAXIMUM_SCAN {
            return Err(Refusal::new(ScimType::TooMany, TOO_MANY).into());
        }
        let is_chosen =
            |user: &Resource| query.filter.as_ref().is_none_or(|it: &Filter| it.matches(user));
        let mut chosen: Vec<_> = found.iter().map(represented).filter(is_chosen).collect();
        if let Some(sorting) = &query.sorting {
            sorting.sort(&mut chosen);
        }
        let total = chosen.len();
        (chosen.into_iter().skip(query.offset).take(query.count).collect(), total)
    };
    for user in &mut users {
        query.projection.apply(&USERS, user);
    }
    Ok((users, total))
}

const TOO_MANY: &str = "the filter or order needs more than 1000 users to be read: filter by \
    userName, externalId, id or emails as well";

fn distinct(mut found: Vec<Provisioned>) -> Vec<Provisioned> {
    let mut seen = BTreeSet::new();
    found.retain(|it| seen.insert(it.user.id.clone()));
    found
}
