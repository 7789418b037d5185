//! `POST /v1/iam/applications`

use super::view::ApplicationView;
use crate::{
    core::{directory::Invalid, principal::PLATFORM_ORGANIZATION, secret::Secret, token::Role},
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, Json, View, Who, endpoint},
        },
        domain::{
            applications::{self, ApplicationPatch},
            change::{Change, Unrecorded},
        },
        http::RestError,
        store::{
            applications::Application,
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
    reply: View<ApplicationView>,
    error: RestError;
    create
}

async fn create(
    origin: &Origin,
    call: Call<'_, CreateApplication>,
) -> Result<View<ApplicationView>, RestError> {
    let Json(sent) = call.body;
    let (application, secret) = made(origin, &call.caller, sent, call.caller.key()).await?;
    Ok(View(ApplicationView::from(application).with_secret(secret.as_ref())))
}

/// Stores the application that `sent` describes, if `caller` may create it, and returns it with its
/// secret. `key` reads the key that the caller presents.
pub(super) async fn made(
    origin: &Origin,
    caller: &DirectoryCaller,
    sent: ApplicationPatch,
    key: Query<Option<Key>>,
) -> Result<(Application, Option<Secret<String>>), RestError> {
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
    if new.secret.is_some() {
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
    applications::create(origin, change, &new.application, &reserved).await?;
    Ok((new.application, new.secret))
}
