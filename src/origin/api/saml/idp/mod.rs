//! The SAML identity provider endpoints of each application.

pub mod logout;
pub mod metadata;
pub mod sso;

use crate::{
    origin::{
        Origin,
        api::signin::respond::{broken, refused_here},
        authn::federation::Failure,
        http::Response,
        store::applications::{self, Application},
    },
    ports::DatabaseError,
};

/// The application of that name, if enabled.
async fn application(
    origin: &Origin,
    owner: &str,
    name: &str,
) -> Result<Option<Application>, DatabaseError> {
    let found = applications::named(owner, name).fetch(&*origin.database).await?;
    Ok(found.filter(|application| !application.is_disabled))
}

/// The error page for a request that is refused before authentication, with the reason for the
/// service provider's operators.
fn failed(failure: Failure) -> Response {
    match failure {
        Failure::Database(error) => broken(&error),
        Failure::Refused(refusal) => refused_here(&refusal.to_string()),
    }
}
