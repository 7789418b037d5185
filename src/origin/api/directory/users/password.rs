//! `set-password`, as published clients call it (WIRE §4.7).

use http::StatusCode;

use super::{create::hashed, reached, save};
use crate::{
    core::directory::{Invalid, NewPassword, Text},
    origin::{
        Origin,
        api::directory::{
            access::{Access, forbidden},
            keys::limits::lasting,
        },
        authn::password::{SigninError, check},
        http::{Envelope, Request, Response, RestError},
    },
};

/// Sets a password: with the old one, or as an administrator of somebody else.
pub(super) async fn set(origin: &Origin, request: &Request) -> Result<Response, RestError> {
    let access = Access::of(origin, request).await?;
    let parameters = request.body_parameters()?;
    let owner = parameters.require("userOwner")?;
    let name = parameters.require("userName")?;
    let new = parameters.require("newPassword")?;
    let mut user = reached(origin, &access, owner, name).await?;
    if access.is_self(&user.id) {
        access.not_below(origin, &user).await?;
    }
    match parameters.get("oldPassword") {
        Some(old) => match check(origin, request.into(), &user.owner, &user.name, old).await {
            Ok(person) => user = person.user,
            Err(SigninError::Database(error)) => return Err(error.into()),
            Err(error @ SigninError::TooMany(_)) => {
                return Err(RestError::new(StatusCode::TOO_MANY_REQUESTS, error.to_string()));
            }
            Err(refused) => return Err(Invalid(format!("oldPassword: {refused}")).into()),
        },
        None if access.is_self(&user.id) => {
            return Err(forbidden("your own password is changed with the old one"));
        }
        None => {
            access.administering(owner)?;
            access.may_impersonate(origin, &user).await?;
            lasting(origin, &access).await?;
        }
    }
    let before = user.clone();
    let new = NewPassword::read(new).map_err(|why| Invalid::member("newPassword", &why.0))?;
    user.password_hash = Some(hashed(origin, &new)?);
    save(origin, &before, &mut user).await?;
    Ok(Envelope::ok("Affected").into_response())
}
