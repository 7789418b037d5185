//! `POST /v1/iam/set-password`, as published clients call it (WIRE §4.7)

use http::StatusCode;
use serde::Deserialize;

use crate::{
    core::{
        directory::{Invalid, NewPassword, Text},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::{
                acting::{may_take_over, signed_in_recently},
                caller::{DirectoryCaller, forbidden},
                envelope::{InEnvelope, enveloped},
            },
            endpoint::{Call, Form, Rate, Who, endpoint},
        },
        authn::password::{SigninError, check},
        domain::users,
        http::RestError,
        store::{
            accounts, factors,
            query::load,
            users::{Named, target},
        },
    },
};

endpoint! {
    /// Sets a password: one's own with the old one, or another user's as an administrator.
    pub SetPassword = POST "/v1/iam/set-password" as "setPassword",
    who: Who::SelfOr(Role::Admin), rate: Rate::Passwords;
    caller: DirectoryCaller,
    body: Form<PasswordForm>,
    reply: InEnvelope<String>,
    error: RestError;
    set_password
}

/// A user and its new password.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the form")]
pub struct PasswordForm {
    /// The home organization of the user.
    user_owner: String,
    /// The username.
    user_name: String,
    /// The present password; absent if an administrator sets another user's.
    old_password: Option<String>,
    /// The new password.
    new_password: String,
}

async fn set_password(
    origin: &Origin,
    call: Call<'_, SetPassword>,
) -> Result<InEnvelope<String>, RestError> {
    let caller = &call.caller;
    let parameters = call.body.0;
    let owner = parameters.require("userOwner")?;
    let name = parameters.require("userName")?;
    let new = parameters.require("newPassword")?;
    caller.may_seek(owner, name)?;
    let named = accounts::user(owner, name);
    let held = factors::held(accounts::Named::User(&named), "", origin.clock.now());
    let queries = (target(Named::Path { owner, name }), caller.key(), held);
    let (found, key, held) = load(&*origin.database, queries).await?;
    let target = caller.found(owner, found)?;
    let has_second = held.enrolled().has_second();
    let is_self = caller.is_self(&target.user.id);
    if is_self {
        caller.not_below(&target)?;
    }
    let before = match parameters.get("oldPassword") {
        // The password alone does not prove all of the account's factors.
        Some(_) if has_second && !is_self => {
            return Err(forbidden(
                "the account has a second factor: its person changes the password",
            ));
        }
        Some(old) => {
            if has_second {
                signed_in_recently(origin, caller).await?;
            }
            let user = &target.user;
            match check(origin, call.request.into(), &user.owner, &user.name, old).await {
                Ok(person) => person.user,
                Err(SigninError::Database(error)) => return Err(error.into()),
                Err(error @ SigninError::RateLimited(_)) => {
                    return Err(RestError::new(StatusCode::TOO_MANY_REQUESTS, error.to_string()));
                }
                Err(refused) => return Err(Invalid::new(format!("oldPassword: {refused}")).into()),
            }
        }
        None if is_self => {
            return Err(forbidden("your own password is changed with the old one"));
        }
        None => {
            caller.administering(owner)?;
            caller.may_impersonate(&target)?;
            caller.may_make_secrets(key.as_ref())?;
            may_take_over(origin, caller, &target).await?;
            target.user
        }
    };
    let new = NewPassword::read(new).map_err(|why| Invalid::member("newPassword", &why.why))?;
    let mut user = before.clone();
    users::set_password(origin, &mut user, &new).await?;
    users::update(origin, &before, &mut user).await?;
    Ok(enveloped(&"Affected".to_owned()).into())
}
