//! Creates users.

use crate::{
    core::directory::NewPassword,
    origin::{
        Origin,
        api::directory::request::over_quota,
        domain::users::UserPatch,
        http::RestError,
        store::users::{self, User},
    },
};

/// Creates a user of `owner`. The caller of this function has checked who may.
pub async fn create(
    origin: &Origin,
    owner: &str,
    user: UserPatch,
    password: Option<&NewPassword>,
) -> Result<User, RestError> {
    let mut user = user.create(origin, owner)?;
    if let Some(password) = password {
        user.password_hash = Some(hashed(origin, password)?);
    }
    let statement = users::insert(&user, origin.config.limits.quotas.users);
    if origin.database.run(statement).await?.is_empty() {
        return Err(over_quota(owner, "users"));
    }
    Ok(user)
}

/// The hash of a new password.
pub fn hashed(origin: &Origin, password: &NewPassword) -> Result<String, RestError> {
    password.hash(origin.random.bytes()).map_err(RestError::internal)
}
