//! `POST /v1/iam/applications`

use super::{update::opens_anew, view::ApplicationView};
use crate::{
    core::{directory::Invalid, principal::PLATFORM_ORGANIZATION, token::Role},
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, versioned::created},
            endpoint::{Call, Entity, Json, Who, endpoint},
        },
        domain::{
            applications::{self, ApplicationPatch, NewApplication},
            change::{Change, Unrecorded},
        },
        http::RestError,
        store::{
            keys::Key,
            organizations,
            query::{Query, load},
        },
    },
};

endpoint! {
    /// Creates an application.
    ///
    /// The reply shows its secret, once.
    pub CreateApplication = POST "/v1/iam/applications" as "createApplication",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    body: Json<ApplicationPatch>,
    reply: Entity<ApplicationView>,
    error: RestError;
    create
}

async fn create(
    origin: &Origin,
    call: Call<'_, CreateApplication>,
) -> Result<Entity<ApplicationView>, RestError> {
    let Json(sent) = call.body;
    let (new, created) = made(origin, &call.caller, sent, call.caller.key()).await?;
    Ok(created.map(|view| view.with_secret(new.secret.as_ref())))
}

/// Creates the application described by `sent`, if `caller` may, and returns it with the reply,
/// which omits its secret. `key` loads the caller's key.
pub(super) async fn made(
    origin: &Origin,
    caller: &DirectoryCaller,
    sent: ApplicationPatch,
    key: Query<Option<Key>>,
) -> Result<(NewApplication, Entity<ApplicationView>), RestError> {
    let home = &caller.principal.owner;
    let default = if caller.is_platform() { PLATFORM_ORGANIZATION } else { home };
    let owner = sent.owner.as_given().map_or(default, AsRef::as_ref).to_owned();
    let organization = match sent.organization.as_given() {
        Some(organization) => organization.as_ref(),
        None if owner == PLATFORM_ORGANIZATION => home,
        None => &owner,
    };
    let organization = organization.to_owned();
    caller.administering(&organization)?;
    if owner == PLATFORM_ORGANIZATION {
        caller.platform()?;
    } else if owner != organization {
        caller.administering(&owner)?;
    }
    let queries = (organizations::by_name(&organization), key);
    let (exists, key) = load(&*origin.database, queries).await?;
    if exists.is_none() {
        return Err(Invalid::member("organization", "does not exist").into());
    }
    let new = sent.create(origin, &owner, &organization)?;
    if new.is_platforms {
        caller.platform()?;
    }
    if new.secret.is_some() || opens_anew(&new.application) {
        caller.may_make_secrets(key.as_ref())?;
    }
    let client_id = &new.application.client_id;
    let own = client_id.starts_with(&format!("{organization}-")) && !client_id.contains("-org-");
    if !own && !caller.is_platform() {
        let why = format!("must begin with {organization}- and not contain -org-");
        return Err(Invalid::member("clientId", &why).into());
    }
    let reserved = if caller.is_platform() {
        Vec::new()
    } else {
        applications::foreign_namespaces(client_id, &organization)
    };
    let mut change = Change::unrecorded(Unrecorded::Step);
    change.publish_snapshot();
    let reply = created(origin, &new.application, new.application.clone().into());
    applications::create(origin, change, &new.application, &reserved).await?;
    Ok((new, reply))
}
