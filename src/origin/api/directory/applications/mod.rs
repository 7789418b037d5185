//! Applications under `/v1/iam/applications`: the OAuth clients.
//!
//! Most are owned by the platform (`owner` is `admin`); the tenant that administers one is its
//! `organization`.

pub mod create;
pub mod view;

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::json;

use self::view::ApplicationView;
use super::{
    access::Access,
    keys::limits::lasting,
    request::{self, Page},
};
use crate::{
    core::{
        directory::{ClientSecret, Invalid, Move, Patch, Restrictions, namespaces},
        encoding::digest,
        principal::PLATFORM_ORGANIZATION,
        secret::Secret,
    },
    origin::{
        Origin,
        domain::{
            applications::{ApplicationPatch, confidential_grants, random_secret},
            publication, revocation,
        },
        http::{Request, Response, RestError, response},
        store::{
            applications::{self, Application},
            consents, organizations, publications,
            revocations::append::Cause,
        },
    },
};

/// Answers `/v1/iam/applications…`; `None` if the path is not one of them.
pub async fn route(
    origin: &Origin,
    request: &Request,
    path: &[&str],
) -> Option<Result<Response, RestError>> {
    let ["applications", rest @ ..] = path else { return None };
    Some(match (&request.method, rest) {
        (&Method::GET, []) => list(origin, request).await,
        (&Method::POST, []) => create(origin, request).await,
        (&Method::GET, [owner, name]) => read(origin, request, owner, name).await,
        (&Method::PUT | &Method::PATCH, [owner, name]) => {
            update(origin, request, owner, name).await
        }
        (&Method::DELETE, [owner, name]) => delete(origin, request, owner, name).await,
        (_, []) => Err(RestError::method("GET, HEAD, POST")),
        (_, [_, _]) => Err(RestError::method("GET, HEAD, PUT, PATCH, DELETE")),
        _ => return None,
    })
}

/// The applications of the organizations that the caller administers.
async fn list(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let query = request.query_parameters()?;
    let page = Page::of(&query)?;
    let owner = query.get("owner");
    if let Some(owner) = owner.filter(|owner| *owner != PLATFORM_ORGANIZATION) {
        access.administering(owner)?;
    }
    let organization = query.get("organization");
    if let Some(organization) = organization {
        access.administering(organization)?;
    }
    let among: Option<Vec<String>> = match organization {
        Some(organization) => Some(vec![organization.to_owned()]),
        None if access.is_platform() => None,
        None => {
            let roles = access.principal.authority.roles().iter().map(|role| role.org.clone());
            let administered: Vec<String> = roles.filter(|org| access.administers(org)).collect();
            if administered.is_empty() {
                access.administering(&access.principal.owner)?;
            }
            Some(administered)
        }
    };
    let among = among.as_deref();
    let found =
        applications::list(&*origin.database, owner, among, page.limit, page.offset).await?;
    let found: Vec<ApplicationView> = found.into_iter().map(ApplicationView::from).collect();
    Ok(answer(&json!({ "applications": found })))
}

async fn read(
    origin: &Origin,
    request: &Request,
    owner: &str,
    name: &str,
) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let application = reached(origin, &access, owner, name).await?;
    Ok(answer(&ApplicationView::from(application)))
}

async fn create(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let mut sent: ApplicationPatch = request::body(request)?;
    let home = &access.principal.owner;
    let default = if access.is_platform() { PLATFORM_ORGANIZATION } else { home };
    let owner = std::mem::take(&mut sent.owner).given();
    let owner = &*owner.map_or_else(|| default.to_owned(), String::from);
    let organization = match std::mem::take(&mut sent.organization).given() {
        Some(organization) => organization.into(),
        None if owner == PLATFORM_ORGANIZATION => home.clone(),
        None => owner.to_owned(),
    };
    let organization = organization.as_str();
    access.administering(organization)?;
    if owner == PLATFORM_ORGANIZATION {
        access.platform()?;
    } else if owner != organization {
        access.administering(owner)?;
    }
    if organizations::find(&*origin.database, organization).await?.is_none() {
        return Err(Invalid::member("organization", "does not exist").into());
    }
    let new = sent.create(origin, owner, organization)?;
    if new.is_platforms {
        access.platform()?;
    }
    if new.secret.is_some() {
        lasting(origin, &access).await?;
    }
    let client_id = &new.application.client_id;
    let own = client_id.starts_with(&format!("{organization}-")) && !client_id.contains("-org-");
    if !own && !access.is_platform() {
        let why = format!("must begin with {organization}- and not contain -org-");
        return Err(Invalid::member("clientId", &why).into());
    }
    // `acme-corp-console` is a client of `acme-corp`, if there is or was one, and not of `acme`.
    let mut reserved = Vec::new();
    if !access.is_platform() {
        let longer = |name: &&str| name.len() > organization.len();
        reserved.extend(namespaces(client_id).filter(longer).map(str::to_lowercase));
    }
    create::store(origin, &new.application, &reserved).await?;
    Ok(answer(&ApplicationView::from(new.application).with_secret(new.secret.as_ref())))
}

async fn update(
    origin: &Origin,
    request: &Request,
    owner: &str,
    name: &str,
) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let mut application = written(origin, &access, owner, name).await?;
    let mut sent: ApplicationPatch = request::body(request)?;
    let before = application.clone();
    sent.name.unchanged("name", &application.name)?;
    sent.client_id.unchanged("clientId", &application.client_id)?;
    sent.organization.unchanged("organization", &application.organization)?;
    let (secret, public) = (std::mem::take(&mut sent.client_secret), sent.public);
    if sent.apply(&mut application)? {
        access.platform()?;
    }
    let mut restrictions = Restrictions::of(&application.attributes);
    let disabling = Move::of_switch(before.is_disabled, application.is_disabled);
    let organization = &application.organization;
    access.may_widen(restrictions.needed("isDisabled", disabling), organization)?;
    let by = access.administrator(None);
    restrictions.changed("isDisabled", disabling, !application.is_disabled, by);
    restrictions.store(&mut application.attributes);
    let new = replacement(origin, &application, secret, public)?;
    if new.is_some() {
        lasting(origin, &access).await?;
    }
    match public {
        Some(true) => application.client_secret_digest = None,
        _ => {
            if let Some(secret) = &new {
                application.client_secret_digest = Some(digest(secret.expose()));
            }
        }
    }
    if application.client_secret_digest.is_none() {
        confidential_grants(&application)?;
    }
    let now = origin.clock.now();
    application.updated_at = now;
    let mut statements = vec![applications::update(&application)];
    statements.extend(revocation::application_changed(&before, &application, now));
    statements.push(publications::keys_of_application(&application.client_id, now));
    let rows = revocation::commit(origin, statements).await?;
    request::unchanged_meanwhile(rows.first())?;
    publish_change(origin).await;
    Ok(answer(&ApplicationView::from(application).with_secret(new.as_ref())))
}

/// The new secret, if the client asks for one: by sending it, or by ceasing to be public.
fn replacement(
    origin: &Origin,
    application: &Application,
    sent: Patch<ClientSecret>,
    public: Option<bool>,
) -> Result<Option<Secret<String>>, Invalid> {
    match (sent.given(), public) {
        (Some(_), Some(true)) => Err(Invalid::member("clientSecret", "is not a public client's")),
        (Some(ClientSecret(secret)), _) => Ok(Some(secret)),
        (None, Some(false)) if application.client_secret_digest.is_none() => {
            Ok(Some(random_secret(origin)))
        }
        (None, _) => Ok(None),
    }
}

async fn delete(
    origin: &Origin,
    request: &Request,
    owner: &str,
    name: &str,
) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let application = written(origin, &access, owner, name).await?;
    // A client that the platform has disabled is not made anew either.
    let restrictions = Restrictions::of(&application.attributes);
    let needed = restrictions.needed("isDisabled", Move::Wider);
    access.may_widen(needed, &application.organization)?;
    let now = origin.clock.now();
    let client_id = &application.client_id;
    let mut statements = revocation::application(client_id, &[Cause::Deleted], now);
    statements.push(applications::delete(&application.id));
    // Another one may get its id.
    statements.push(consents::remove_of_client(client_id));
    statements.push(publications::keys_of_application(client_id, now));
    revocation::commit(origin, statements).await?;
    publish_change(origin).await;
    Ok(answer(&json!({"deleted": true})))
}

/// Audiences, and the keys that are bound to the client.
async fn publish_change(origin: &Origin) {
    publication::edge(origin).await;
    publication::settle(origin).await;
}

/// The application that the path names, if the caller administers its organization. Among those of
/// the platform, that of another organization looks like none.
async fn reached(
    origin: &Origin,
    access: &Access,
    owner: &str,
    name: &str,
) -> Result<Application, RestError> {
    if owner != PLATFORM_ORGANIZATION {
        access.administering(owner)?;
    }
    let found = applications::find(&*origin.database, owner, name).await?;
    let found = found.ok_or_else(RestError::not_found)?;
    if access.administers(&found.organization) {
        return Ok(found);
    }
    // Not 403: members of its organization do not learn which clients the platform has for it.
    Err(RestError::not_found())
}

/// As [`reached`], to be changed. What the platform owns, its secret and redirects included, only the
/// platform changes: such a client may have capabilities over every organization.
async fn written(
    origin: &Origin,
    access: &Access,
    owner: &str,
    name: &str,
) -> Result<Application, RestError> {
    let application = reached(origin, access, owner, name).await?;
    if application.owner == PLATFORM_ORGANIZATION {
        access.platform()?;
    }
    Ok(application)
}

fn answer(value: &impl Serialize) -> Response {
    response::no_store(response::json(StatusCode::OK, value))
}
