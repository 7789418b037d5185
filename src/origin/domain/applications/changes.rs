//! State changes of applications.

use crate::{
    core::directory::Invalid,
    origin::{
        Origin,
        domain::{
            audit::Subject, change::Change, change_error::ChangeError, commit::commit, revocation,
        },
        store::{
            applications::{self, Application},
            client_secrets, consents, organizations, publications,
            revocations::append::Cause,
        },
    },
};

/// Stores a new application, unless its organization has as many as its quota allows, or one of the
/// `reserved` names is or was an organization's. `change` is what else the action changes.
pub async fn create(
    origin: &Origin,
    mut change: Change,
    application: &Application,
    reserved: &[String],
) -> Result<(), ChangeError> {
    let quota = origin.config.limits.quotas.applications;
    change.record(Subject::created(application));
    let inserted = change.decide(applications::insert(application, quota, reserved));
    // Keys that were bound to a deleted application of that id work again.
    let (client_id, now) = (&application.client_id, application.created_at);
    change.revoke(revocation::application_reinstated(client_id, now));
    change.publish_keys(publications::keys_of_application(client_id, now));
    if commit(origin, change).await?.took_effect(inserted) {
        return Ok(());
    }
    if let Some(name) = organizations::any_of(reserved).fetch(&*origin.database).await? {
        let why = format!("begins with the name of the organization {name}");
        return Err(Invalid::member("clientId", &why).into());
    }
    let organization = application.organization.clone();
    Err(ChangeError::Quota { organization, kind: "applications" })
}

/// Stores a changed application, unless it has been changed since `before` was read. A loss of trust
/// ends what its clients have.
pub async fn update(
    origin: &Origin,
    before: &Application,
    application: &mut Application,
) -> Result<(), ChangeError> {
    let now = origin.clock.now();
    application.updated_at = now;
    let mut change = Change::updated(before, application);
    let updated = change.decide(applications::update(application));
    change.revoke(revocation::application_changed(before, application, now));
    if before.is_disabled && !application.is_disabled {
        change.revoke(revocation::application_reinstated(&application.client_id, now));
    }
    if before.client_secret_digest != application.client_secret_digest {
        change.write(client_secrets::remove_all(&application.id));
    }
    change.publish_keys(publications::keys_of_application(&application.client_id, now));
    change.publish_snapshot();
    if commit(origin, change).await?.took_effect(updated) {
        application.version += 1;
        Ok(())
    } else {
        Err(ChangeError::Stale)
    }
}

/// Deletes an application with all that was given to it.
pub async fn delete(origin: &Origin, application: &Application) -> Result<(), ChangeError> {
    let now = origin.clock.now();
    let client_id = &application.client_id;
    let mut change = Change::deleted(application);
    change.revoke(revocation::application(client_id, &[Cause::Deleted], now));
    change.write(applications::delete(&application.id));
    // Another application may reuse its id.
    change.write(consents::remove_of_client(client_id));
    change.publish_keys(publications::keys_of_application(client_id, now));
    change.publish_snapshot();
    commit(origin, change).await?;
    Ok(())
}
