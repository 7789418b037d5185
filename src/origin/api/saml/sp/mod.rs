//! The SAML service provider endpoints of each identity provider.

pub mod confirm;
pub mod consume;
pub mod logout;
pub mod metadata;

use crate::{
    core::federation::Protocol,
    origin::{
        Origin,
        domain::federation::is_on,
        store::{
            providers::Provider,
            resource::{self as resources},
        },
    },
    ports::DatabaseError,
};

/// The identity provider of that name, if enabled for sign-in.
async fn provider(
    origin: &Origin,
    owner: &str,
    name: &str,
) -> Result<Option<Provider>, DatabaseError> {
    let found = resources::find::<Provider>(owner, name, origin.clock.now());
    let found = found.fetch(&*origin.database).await?;
    Ok(found.filter(|provider| {
        Protocol::of_category(&provider.category) == Some(Protocol::Saml)
            && !is_on(provider, "disableSignin")
    }))
}
