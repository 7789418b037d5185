//! Organizations under `/v1/iam/organizations`. All are owned by the platform.

pub mod create;
pub mod view;

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::json;

use self::view::{OrganizationView, TombstoneView};
use super::{
    access::Access,
    request::{self, Page, conflict, over_quota},
};
use crate::{
    core::{
        directory::{Invalid, Timestamp, is_reserved_organization, read as read_object},
        principal::PLATFORM_ORGANIZATION,
        token::Role,
    },
    origin::{
        Origin,
        domain::{organizations::OrganizationPatch, publication, revocation},
        http::{Request, Response, RestError, response},
        store::{
            organizations::{self, Organization},
            publications, users,
        },
    },
};

/// Answers `/v1/iam/organizations…`; `None` if the path is not one of them.
pub async fn route(
    origin: &Origin,
    request: &Request,
    path: &[&str],
) -> Option<Result<Response, RestError>> {
    let ["organizations", rest @ ..] = path else { return None };
    Some(match (&request.method, rest) {
        (&Method::GET, []) => list(origin, request).await,
        (&Method::POST, []) => create(origin, request).await,
        (&Method::POST, ["avatar"]) => part(origin, request, &["avatar", "emoji"]).await,
        (&Method::POST, ["profile"]) => {
            part(origin, request, &["displayName", "favicon", "websiteUrl"]).await
        }
        (&Method::GET, ["tombstones", PLATFORM_ORGANIZATION, name]) => {
            tombstone(origin, request, name).await
        }
        (&Method::DELETE, ["tombstones", PLATFORM_ORGANIZATION, name]) => {
            release(origin, request, name).await
        }
        (&Method::GET, [PLATFORM_ORGANIZATION, name]) => read(origin, request, name).await,
        (&Method::PUT | &Method::PATCH, [PLATFORM_ORGANIZATION, name]) => {
            let sent = request::body(request);
            match sent {
                Ok(sent) => update(origin, request, name, sent).await,
                Err(error) => Err(error),
            }
        }
        (&Method::DELETE, [PLATFORM_ORGANIZATION, name]) => delete(origin, request, name).await,
        (_, []) => Err(RestError::method("GET, HEAD, POST")),
        (_, ["avatar" | "profile"]) => Err(RestError::method("POST")),
        (_, ["tombstones", PLATFORM_ORGANIZATION, _]) => {
            Err(RestError::method("GET, HEAD, DELETE"))
        }
        (_, [PLATFORM_ORGANIZATION, _]) => Err(RestError::method("GET, HEAD, PUT, PATCH, DELETE")),
        _ => return None,
    })
}

/// The caller's organizations; all of them for the platform.
async fn list(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let query = request.query_parameters()?;
    if let Some(owner) = query.get("owner").filter(|owner| *owner != PLATFORM_ORGANIZATION) {
        access.scoped_to(owner)?;
    }
    let limit = Page::of(&query)?.limit;
    let mut own = vec![access.principal.owner.clone()];
    own.extend(access.principal.authority.roles().iter().map(|role| role.org.clone()));
    let among = (!access.is_platform()).then_some(own.as_slice());
    let text = query.get("q").unwrap_or_default();
    let cursor = query.get("cursor").unwrap_or_default();
    let found = organizations::list(&*origin.database, among, text, cursor, limit).await?;
    let whole = i64::try_from(found.len()).is_ok_and(|count| count < limit);
    let next = found.last().filter(|_| !whole).map(|last| last.name.clone()).unwrap_or_default();
    let found: Vec<OrganizationView> = found.into_iter().map(OrganizationView::from).collect();
    Ok(answer(&json!({"organizations": found, "cursor": next})))
}

async fn read(origin: &Origin, request: &Request, name: &str) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    access.scoped_to(name)?;
    Ok(answer(&OrganizationView::from(found(origin, name).await?)))
}

async fn create(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    access.platform()?;
    let mut sent: OrganizationPatch = request::body(request)?;
    sent.owner.unchanged("owner", PLATFORM_ORGANIZATION)?;
    let name = sent.name.as_given().map(|name| name.as_ref().to_owned()).unwrap_or_default();
    let name = name.as_str();
    let database = &*origin.database;
    if is_reserved_organization(name) || organizations::is_tombstone(database, name).await? {
        return Err(conflict("the name cannot be given"));
    }
    let founder = match std::mem::take(&mut sent.founder).given() {
        None => None,
        Some(founder) => {
            let found = users::find(database, &founder.owner, &founder.name).await?;
            let missing = || Invalid::member("founder", "is not a user (owner/name)");
            Some(found.ok_or_else(missing)?)
        }
    };
    let organization = create::create(origin, sent).await?;
    if let Some(user) = founder {
        let now = origin.clock.now();
        let quota = origin.config.limits.quotas.memberships;
        let join = users::join(&user.id, name, Role::Owner, now, quota);
        let queue = publications::keys_of_user(&user.id, now);
        if database.batch(vec![join, queue]).await?.first().is_none_or(Vec::is_empty) {
            return Err(over_quota(name, "memberships"));
        }
        publication::settle(origin).await;
    }
    publication::edge(origin).await;
    Ok(answer(&OrganizationView::from(organization)))
}

/// `POST …/avatar`, `…/profile`: a few members and nothing else.
async fn part(origin: &Origin, request: &Request, names: &[&str]) -> Result<Response, RestError> {
    let mut sent = request::object(request)?;
    sent.retain(|member, _| member == "name" || names.contains(&member.as_str()));
    let sent: OrganizationPatch = read_object(sent)?;
    let name = sent.name.as_given().map(|name| name.as_ref().to_owned()).unwrap_or_default();
    update(origin, request, &name, sent).await
}

async fn update(
    origin: &Origin,
    request: &Request,
    name: &str,
    sent: OrganizationPatch,
) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    access.administering(name)?;
    let mut organization = found(origin, name).await?;
    let was_disabled = organization.is_disabled;
    sent.owner.unchanged("owner", PLATFORM_ORGANIZATION)?;
    sent.name.unchanged("name", name)?;
    if sent.apply(&mut organization)? {
        access.platform()?;
    }
    let now = origin.clock.now();
    organization.updated_at = now;
    let mut statements = vec![organizations::update(&organization)];
    if organization.is_disabled && !was_disabled {
        statements.extend(revocation::organization_disabled(name, now));
    }
    if was_disabled != organization.is_disabled {
        statements.push(publications::keys_of_organization(name, now));
    }
    let rows = revocation::commit(origin, statements).await?;
    request::unchanged_meanwhile(rows.first())?;
    publication::settle(origin).await;
    Ok(answer(&OrganizationView::from(organization)))
}

async fn delete(origin: &Origin, request: &Request, name: &str) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    access.platform()?;
    let organization = found(origin, name).await?;
    if is_reserved_organization(name) {
        return Err(conflict("the platform needs this organization"));
    }
    let database = &*origin.database;
    if organizations::population(database, name).await? > 0 {
        return Err(conflict("the organization still has users or applications"));
    }
    let now = origin.clock.now();
    let mut statements = vec![publications::keys_of_organization(name, now)];
    statements.extend(revocation::organization_deleted(name, now));
    statements.extend(organizations::delete(&organization, now));
    revocation::commit(origin, statements).await?;
    publication::settle(origin).await;
    publication::edge(origin).await;
    Ok(answer(&json!({"affected": true})))
}

async fn tombstone(origin: &Origin, request: &Request, name: &str) -> Result<Response, RestError> {
    Access::of(origin, request).await?.platform()?;
    let found = organizations::tombstone(&*origin.database, name).await?;
    let found = found.ok_or_else(RestError::not_found)?;
    Ok(answer(&TombstoneView {
        owner: PLATFORM_ORGANIZATION,
        name: found.name,
        id: found.id,
        created_time: Timestamp(found.created_at),
    }))
}

async fn release(origin: &Origin, request: &Request, name: &str) -> Result<Response, RestError> {
    Access::of(origin, request).await?.platform()?;
    let database = &*origin.database;
    if !organizations::is_tombstone(database, name).await? {
        return Err(RestError::not_found());
    }
    database.run(organizations::release(name)).await?;
    Ok(answer(&json!({"released": true})))
}

async fn found(origin: &Origin, name: &str) -> Result<Organization, RestError> {
    let organization = organizations::find(&*origin.database, name).await?;
    organization.ok_or_else(RestError::not_found)
}

fn answer(value: &impl Serialize) -> Response {
    response::no_store(response::json(StatusCode::OK, value))
}
