//! Stores new applications.

use crate::{
    core::directory::Invalid,
    origin::{
        Origin,
        api::directory::request::over_quota,
        domain::publication,
        http::RestError,
        store::{
            applications::{self, Application},
            organizations, publications,
        },
    },
};

/// Stores it, and publishes its audience, unless the organization has as many as it may, or one of
/// the `reserved` names is an organization's, whose clients begin so.
pub async fn store(
    origin: &Origin,
    application: &Application,
    reserved: &[String],
) -> Result<(), RestError> {
    insert(origin, application, reserved).await?;
    publication::edge(origin).await;
    publication::settle(origin).await;
    Ok(())
}

/// As [`store`], without publishing.
pub async fn insert(
    origin: &Origin,
    application: &Application,
    reserved: &[String],
) -> Result<(), RestError> {
    let quota = origin.config.limits.quotas.applications;
    let statements = vec![
        applications::insert(application, quota, reserved),
        // Keys that were bound to an application of that name work again.
        publications::keys_of_application(&application.client_id, application.created_at),
    ];
    if origin.database.batch(statements).await?.first().is_some_and(|rows| !rows.is_empty()) {
        return Ok(());
    }
    if let Some(name) = organizations::any_of(&*origin.database, reserved).await? {
        let why = format!("begins with the name of the organization {name}");
        return Err(Invalid::member("clientId", &why).into());
    }
    Err(over_quota(&application.organization, "applications"))
}
