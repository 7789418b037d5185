//! `GET /v1/iam/scim/v2/Users` and `POST /v1/iam/scim/v2/Users/.search`

use std::collections::BTreeSet;

use serde_json::Value;

use super::lookup::{MAXIMUM_SCAN, lookups};
use crate::{
    core::{
        directory::Invalid,
        scim::{ListQuery, Page, RawQuery, Refusal, Resource, ScimType, USERS},
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
            query,
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

/// The query of a list.
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

/// Parses comma-separated names.
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
    let page = select(service, query).fetch(&*service.origin.database).await??;
    Ok(page.response(offset).into())
}

/// The requested page of users.
pub fn select(service: &Service<'_>, asked: ListQuery) -> query::Query<Result<Page, Refusal>> {
    let Service { origin, owner, base, .. } = service;
    let (now, base) = (origin.clock.now(), base.clone());
    let represented = move |found: Vec<Provisioned>| -> Vec<Resource> {
        found.iter().map(|it| represent(&it.user, &it.teams, &base)).collect()
    };
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    if asked.is_plain() {
        let page = scim::page(owner, now, whole(asked.count), whole(asked.offset));
        return page.and(scim::count(owner)).map(move |(found, total)| {
            let total = usize::try_from(total).unwrap_or_default();
            Ok(asked.page(&USERS, represented(found), total))
        });
    }
    let limit = whole(MAXIMUM_SCAN + 1);
    let found = match asked.filter.as_ref().and_then(lookups) {
        Some(lookups) => {
            let found = lookups.iter().map(|lookup| lookup.users(owner, now, limit));
            query::Query::list(found).map(|found| distinct(found.into_iter().flatten().collect()))
        }
        None => scim::page(owner, now, limit, 0),
    };
    found.map(move |found| {
        if found.len() > MAXIMUM_SCAN {
            return Err(Refusal::new(ScimType::TooMany, TOO_MANY));
        }
        Ok(asked.chosen(&USERS, represented(found)))
    })
}

const TOO_MANY: &str = "the filter or order needs more than 1000 users to be read: filter by \
    userName, externalId, id or emails as well";

fn distinct(mut found: Vec<Provisioned>) -> Vec<Provisioned> {
    let mut seen = BTreeSet::new();
    found.retain(|it| seen.insert(it.user.id.clone()));
    found
}
