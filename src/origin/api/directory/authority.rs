//! `POST /v1/iam/authority/explain`: the authority of a credential, and which of the four inputs of
//! [`crate::core::authority`] limits it. The request names the credential's record, never the
//! credential itself.

use std::future::Future;
use std::pin::Pin;

use serde::Deserialize;

use super::{
    authority_view::{
        AuthorityView, ClientView, CutView, Explanation, ResourceView, RoleView, SubjectView,
    },
    caller::DirectoryCaller,
};
use crate::{
    core::{
        authority::{
            Authority, Ceiling, Source,
            resource::{Presenter, directory_accepts},
        },
        directory::Timestamp,
        oauth::audience::audience,
        principal::PLATFORM_ORGANIZATION,
        revocation::{Sequence, Subject},
        token::{OrganizationRole, Role},
    },
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Json, View, Who, endpoint},
        domain::{
            authority::{self, TokenLimits},
            people, publication,
            tokens::{acting, claims::owner_of},
        },
        http::RestError,
        store::{
            applications::{self, Application},
            grants::{self, Grant},
            keys, revocations, sessions,
        },
    },
    ports::DatabaseError,
};

endpoint! {
    /// Explains what the holder of a credential may do, and what removed the rest.
    ///
    /// The credential is named by its record, and never sent itself.
    pub ExplainAuthority = POST "/v1/iam/authority/explain" as "explainAuthority",
    who: Who::Organization(Role::Admin), audit: Audit::Nothing("computes, and changes nothing");
    caller: DirectoryCaller,
    body: Json<Named>,
    reply: View<Explanation>,
    error: RestError;
    explain
}

/// Which credential: by the id of its record.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Named {
    /// An API key, by its id.
    Key(String),
    /// An access token, by its `jti`.
    Token(String),
    /// A grant, by its `gid`.
    Grant(String),
    /// A browser session, by its `sid`.
    Session(String),
    /// A client that acts for itself, by its `client_id`.
    Client(String),
}

/// The record of a credential.
struct Found {
    home: String,
    roles: Vec<OrganizationRole>,
    client: Option<Application>,
    audience: Vec<String>,
    authority: Authority,
}

async fn explain(
    origin: &Origin,
    call: Call<'_, ExplainAuthority>,
) -> Result<View<Explanation>, RestError> {
    let Call { caller, body: Json(named), .. } = call;
    // An id does not identify the database of the record.
    let own = origin.place.number;
    let others = origin.everywhere().filter(|at| at.place.number != own);
    for origin in std::iter::once(origin.clone()).chain(others) {
        let found = find(&origin, &caller, &named).await?;
        if let Some(found) = found.filter(|found| caller.administers(&found.home)) {
            return Ok(View(explanation(&origin, &caller, &found).await?));
        }
    }
    Err(RestError::not_found())
}

async fn find(
    origin: &Origin,
    caller: &DirectoryCaller,
    named: &Named,
) -> Result<Option<Found>, DatabaseError> {
    let database = &*origin.database;
    match named {
        Named::Key(id) => of_key(origin, id).await,
        Named::Grant(id) => of_grant(origin, id).await,
        Named::Token(jti) => of_token(origin, jti).await,
        Named::Session(id) => of_session(origin, id, caller.administered().as_deref()).await,
        Named::Client(client_id) => {
            let client = applications::find_by_client_id(database, client_id).await?;
            Ok(client.map(|client| of_client(origin, client)))
        }
    }
}

/// A token's authority is that of its grant, or of the client that obtained it for itself.
async fn of_token(origin: &Origin, jti: &str) -> Result<Option<Found>, DatabaseError> {
    let Some(owner) = owner_of(jti) else { return Ok(None) };
    let database = &*origin.database;
    if revocations::newest_of(database, Subject::Token(jti)).await? > Sequence::default() {
        return Ok(None);
    }
    if let Some(found) = of_grant(origin, owner).await? {
        return Ok(Some(found));
    }
    let client = applications::find_by_client_id(database, owner).await?;
    Ok(client.map(|client| of_client(origin, client)))
}

async fn of_key(origin: &Origin, id: &str) -> Result<Option<Found>, DatabaseError> {
    let database = &*origin.database;
    let Some(key) = keys::by_id(id).fetch(database).await? else { return Ok(None) };
    let client = match &key.application {
        Some(client_id) => applications::find_by_client_id(database, client_id).await?,
        None => None,
    };
    let person = match &key.user_id {
        Some(user_id) => people::with_organizations(origin, user_id).await?,
        None => None,
    };
    let Some(person) = person else {
        let record = publication::key_record(origin, &key).await?;
        return Ok(Some(Found {
            home: key.owner,
            roles: Vec::new(),
            client,
            audience: Vec::new(),
            authority: record.principal().authority,
        }));
    };
    let authority = authority::of_key(origin, &key, &person.user, &person.roles, client.as_ref());
    let home = person.user.owner;
    Ok(Some(Found { home, roles: person.roles, client, audience: Vec::new(), authority }))
}

/// A session of a user of the organizations `among`: a tenant administrator must not cause a scan
/// of all sessions.
async fn of_session(
    origin: &Origin,
    id: &str,
    among: Option<&[String]>,
) -> Result<Option<Found>, DatabaseError> {
    let database = &*origin.database;
    let session = sessions::search(id, among, origin.clock.now()).fetch(database).await?;
    let Some(session) = session else { return Ok(None) };
    let person = people::with_organizations(origin, &session.user_id).await?;
    let Some(person) = person else { return Ok(None) };
    let since = session.platform_since(person.enrolled);
    let authority = authority::of_session(origin, &person.user, &person.roles, since);
    let home = person.user.owner;
    Ok(Some(Found { home, roles: person.roles, client: None, audience: Vec::new(), authority }))
}

fn of_client(origin: &Origin, client: Application) -> Found {
    Found {
        home: client.organization.clone(),
        roles: Vec::new(),
        audience: vec![client.client_id.clone()],
        authority: authority::of_application(origin, &client),
        client: Some(client),
    }
}

/// The authority of the grant's tokens, limited for exchanged tokens by that of the parent.
fn of_grant<'a>(
    origin: &'a Origin,
    id: &'a str,
) -> Pin<Box<dyn Future<Output = Result<Option<Found>, DatabaseError>> + 'a>> {
    Box::pin(async move {
        let database = &*origin.database;
        let Some(grant) = grants::find(grants::Named::Id(id)).fetch(database).await? else {
            return Ok(None);
        };
        let client = applications::find_by_client_id(database, &grant.client_id).await?;
        let Some(client) = client.filter(|_| grant.is_live(origin.clock.now())) else {
            return Ok(None);
        };
        let Some(user_id) = &grant.user_id else { return Ok(Some(of_client(origin, client))) };
        let person = people::with_organizations(origin, user_id).await?;
        let person = person.and_then(|person| acting::holding(&grant, person));
        let Some(person) = person else { return Ok(None) };
        let parent = match &grant.parent_id {
            Some(parent) => Some(of_grant(origin, parent).await?),
            None => None,
        };
        // A deleted parent leaves no authority.
        let parent = match parent {
            Some(None) => return Ok(None),
            Some(found) => found,
            None => None,
        };
        let (roles, at) = (&person.roles, grant.auth_time);
        let limits = TokenLimits {
            client: &client,
            scope: &grant.scope,
            authenticated_at: authority::platform_sign_in(&client, roles, grant.is_platform, at),
            ceiling: if acting::is_confined(&grant) {
                Some(Ceiling { organization: &grant.organization, roles })
            } else {
                parent.as_ref().map(|parent| Ceiling {
                    organization: parent.authority.organization(),
                    roles: parent.authority.roles(),
                })
            },
        };
        let authority = authority::of_token(origin, &person.user, &person.roles, limits);
        let audience = own_audience(&client, &grant, authority.organization());
        let home = person.user.owner;
        Ok(Some(Found { home, roles: person.roles, client: Some(client), audience, authority }))
    })
}

fn own_audience(client: &Application, grant: &Grant, organization: &str) -> Vec<String> {
    audience(grant.resource.as_deref(), client.registration(), organization)
}

async fn explanation(
    origin: &Origin,
    caller: &DirectoryCaller,
    found: &Found,
) -> Result<Explanation, RestError> {
    // An administrator of one organization must not see roles in others.
    let visible = |organization: &str| caller.administers(organization);
    let roles = |roles: &[OrganizationRole]| {
        let visible = roles.iter().filter(|role| visible(&role.org));
        visible.map(|role| RoleView { org: role.org.clone(), role: role.role.name() }).collect()
    };
    let shows_platform = visible(PLATFORM_ORGANIZATION);
    let authority = &found.authority;
    let resources = resources(origin, found).await?;
    let cuts = authority.cuts().iter();
    let cuts = cuts.filter(|cut| cut.organization.as_deref().is_none_or(visible));
    let cuts = cuts.map(|cut| CutView { by: cut.by, what: cut.what.clone() });
    let refused = resources.iter().filter(|resource| !resource.accepted).map(|resource| CutView {
        by: Source::Resource,
        what: format!("calls to {}", resource.path),
    });
    let client = found.client.as_ref().map(|client| ClientView {
        client_id: client.client_id.clone(),
        trust: client.trust().name(),
        capabilities: if authority.is_client() { client.capabilities.clone() } else { Vec::new() },
    });
    let platform_until = authority.platform_until().filter(|_| shows_platform);
    Ok(Explanation {
        subject: SubjectView { organization: found.home.clone(), roles: roles(&found.roles) },
        client,
        authority: AuthorityView {
            organization: authority.organization().to_owned(),
            roles: roles(authority.roles()),
            platform: shows_platform.then(|| authority.is_platform()),
            platform_until: platform_until.map(Timestamp),
            directory: authority.directory(),
        },
        cuts: cuts.chain(refused).collect(),
        resources,
    })
}

/// The resources that accept the credential's audience; keys and sessions have none.
async fn resources(origin: &Origin, found: &Found) -> Result<Vec<ResourceView>, RestError> {
    let general = publication::audiences(origin).await?;
    let has_audience = !found.audience.is_empty();
    let directory = found.client.as_ref().filter(|_| has_audience).is_none_or(|client| {
        let presenter = Presenter {
            own_audience: &audience(None, client.registration(), found.authority.organization()),
            trust: &client.trust(),
            acts_for_itself: found.authority.is_client() && !client.capabilities.is_empty(),
        };
        directory_accepts(&found.audience, presenter, &origin.config.issuers())
    });
    let mut resources = vec![ResourceView { path: "/v1/iam".to_owned(), accepted: directory }];
    for route in &origin.config.routes {
        let known =
            |audience: &String| general.contains(audience) || route.audiences.contains(audience);
        resources.push(ResourceView {
            path: format!("/v1/{}", route.service),
            accepted: !has_audience || found.audience.iter().any(known),
        });
    }
    Ok(resources)
}
