//! `PUT` and `PATCH /v1/iam/applications/{owner}/{name}`

use super::{changeable, may_make_secret, may_seek, view::ApplicationView};
use crate::{
    core::{
        directory::{ClientSecret, Invalid, Move, OrgName, Restrictions},
        encoding::digest,
        secret::Secret,
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{
                caller::DirectoryCaller,
                versioned::{Versioned, check, patch, settled},
            },
            endpoint::{Call, Entity, Patched, Verb, Who, endpoint},
        },
        domain::applications::{self, ApplicationPatch, confidential_grants, random_secret},
        http::RestError,
        store::{
            applications::{self as rows, Application},
            keys::Key,
            query::load,
        },
    },
};

endpoint! {
    /// Changes the sent members of an application.
    ///
    /// The reply shows a new secret, once.
    pub UpdateApplication = PUT "/v1/iam/applications/{owner}/{name}" as "updateApplication",
    who: Who::Organization(Role::Admin), also: &[Verb::Patch];
    caller: DirectoryCaller,
    path: (OrgName, String),
    body: Patched<ApplicationPatch>,
    reply: Entity<ApplicationView>,
    error: RestError;
    update
}

async fn update(
    origin: &Origin,
    call: Call<'_, UpdateApplication>,
) -> Result<Entity<ApplicationView>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    may_seek(caller, owner)?;
    let queries = (rows::named(owner, name), caller.key());
    let (found, key) = load(&*origin.database, queries).await?;
    let before = changeable(caller, found)?;
    check(origin, call.request, &before)?;
    let sent = patch(call.body, &before)?;
    let changed = changed(origin, caller, before, key, sent).await;
    let changed = settled(origin, call.request, changed, || rows::named(owner, name)).await?;
    let (application, secret) = changed;
    let tag = application.tag();
    Ok(Entity::new(tag, ApplicationView::from(application).with_secret(secret.as_ref())))
}

/// Applies the change `sent` to `before`, if `caller` may, and returns the application with its new
/// secret. `key` loads the caller's key.
pub(super) async fn changed(
    origin: &Origin,
    caller: &DirectoryCaller,
    before: Application,
    key: Option<Key>,
    mut sent: ApplicationPatch,
) -> Result<(Application, Option<Secret<String>>), RestError> {
    sent.name.unchanged("name", &before.name)?;
    sent.client_id.unchanged("clientId", &before.client_id)?;
    sent.organization.unchanged("organization", &before.organization)?;
    let (secret, public) = (std::mem::take(&mut sent.client_secret).given(), sent.public);
    let mut application = before.clone();
    let confirms = sent.is_disabled == Some(true) && before.is_disabled;
    if sent.apply(origin, &mut application)? {
        caller.platform()?;
    }
    restrict(caller, &before, &mut application, confirms)?;
    let new = replacement(origin, &application, secret, public)?;
    if let Some(new) = &new {
        may_make_secret(caller, &before, key.as_ref())?;
        application.client_secret_digest = Some(digest(new.expose()));
    }
    if public == Some(true) {
        application.client_secret_digest = None;
    }
    if opens(&before, &application) {
        may_make_secret(caller, &before, key.as_ref())?;
    }
    if application.client_secret_digest.is_none() {
        confidential_grants(&application)?;
    }
    applications::update(origin, &before, &mut application).await?;
    Ok((application, new))
}

/// Attributes that say who signs people in, and where their assertions go.
const OPENING: [&str; 5] =
    ["providers", "samlMetadata", "samlEntityId", "samlReplyUrl", "samlCertificate"];

/// Whether the change redirects codes, assertions or logout messages to another URL, or allows redeeming codes
/// without the secret: like a secret, this gives access to users' tokens.
fn opens(before: &Application, after: &Application) -> bool {
    let is_elsewhere = |before: &str, after: &str| !after.is_empty() && before != after;
    after.redirect_uris.iter().any(|uri| !before.redirect_uris.contains(uri))
        || is_elsewhere(&before.backchannel_logout_uri, &after.backchannel_logout_uri)
        || is_elsewhere(&before.frontchannel_logout_uri, &after.frontchannel_logout_uri)
        || OPENING.iter().any(|name| before.attributes.get(*name) != after.attributes.get(*name))
        || (after.pkce_without_secret && !before.pkce_without_secret)
        || (after.client_secret_digest.is_none() && before.client_secret_digest.is_some())
}

/// Whether a new application receives codes, assertions or logout messages.
pub(super) fn opens_anew(new: &Application) -> bool {
    let none = Application {
        redirect_uris: Vec::new(),
        backchannel_logout_uri: String::new(),
        frontchannel_logout_uri: String::new(),
        attributes: serde_json::Map::new(),
        ..new.clone()
    };
    opens(&none, new)
}

/// Records that the platform disabled an application, so that only the platform can enable it
/// again.
fn restrict(
    caller: &DirectoryCaller,
    before: &Application,
    after: &mut Application,
    confirms: bool,
) -> Result<(), RestError> {
    let mut restrictions = Restrictions::of(&after.attributes);
    let disabling = Move::of_switch(before.is_disabled, after.is_disabled);
    caller.may_widen(restrictions.needed("isDisabled", disabling), &after.organization)?;
    let by = caller.administrator(None);
    restrictions.changed("isDisabled", disabling, !after.is_disabled, by);
    if confirms {
        restrictions.confirmed("isDisabled", by);
    }
    restrictions.store(&mut after.attributes);
    Ok(())
}

/// The new secret, if the request sends one or has `public: false`.
fn replacement(
    origin: &Origin,
    application: &Application,
    sent: Option<ClientSecret>,
    public: Option<bool>,
) -> Result<Option<Secret<String>>, Invalid> {
    match (sent, public) {
        (Some(_), Some(true)) => Err(Invalid::member("clientSecret", "is not a public client's")),
        (Some(ClientSecret(secret)), _) => Ok(Some(secret)),
        (None, Some(false)) if application.client_secret_digest.is_none() => {
            Ok(Some(random_secret(origin)))
        }
        (None, _) => Ok(None),
    }
}
