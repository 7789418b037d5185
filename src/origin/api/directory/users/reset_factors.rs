//! `DELETE /v1/iam/users/{owner}/{name}/second-factors`

use serde::Serialize;

use crate::{
    core::{directory::OrgName, locale::Language, token::Role},
    origin::{
        Origin,
        api::{
            directory::{
                acting::may_take_over,
                caller::{DirectoryCaller, forbidden},
            },
            endpoint::{Call, View, Who, endpoint},
        },
        domain::{factors, sent_codes::verified_address},
        http::{Request, RestError},
        pages::letters::{Changed, Sender},
        store::{
            organizations,
            query::load,
            users::{Named, target},
        },
    },
};

endpoint! {
    /// Removes every second factor of a person who has lost them, passkeys and recovery codes included.
    ///
    /// Sessions, grants and remembered browsers of the person end, and an e-mail says so. Needs an
    /// administrator of the home organization who has each role of the person, as a new password does.
    pub ResetSecondFactors = DELETE "/v1/iam/users/{owner}/{name}/second-factors"
    as "resetSecondFactors", who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: View<Reset>,
    error: RestError;
    reset_second_factors
}

/// What a reset returns.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Reset {
    /// Always true: a refusal is an error.
    reset: bool,
    /// The id of the person.
    id: String,
}

async fn reset_second_factors(
    origin: &Origin,
    call: Call<'_, ResetSecondFactors>,
) -> Result<View<Reset>, RestError> {
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    let id = reset(origin, call.request, &call.caller, owner, name).await?;
    Ok(View(Reset { reset: true, id }))
}

/// Resets the factors of `owner/name`, and returns the user's id.
pub async fn reset(
    origin: &Origin,
    request: &Request,
    caller: &DirectoryCaller,
    owner: &str,
    name: &str,
) -> Result<String, RestError> {
    caller.administering(owner)?;
    let queries =
        (target(Named::Path { owner, name }), caller.key(), organizations::by_name(owner));
    let (found, key, organization) = load(&*origin.database, queries).await?;
    let target = caller.found(owner, found)?;
    let user = &target.user;
    if caller.is_self(&user.id) {
        return Err(forbidden("your own second factors are changed at /account/factors"));
    }
    // Afterwards the password suffices, so this requires the same rights as setting the password.
    caller.may_impersonate(&target)?;
    caller.may_make_secrets(key.as_ref())?;
    may_take_over(origin, caller, &target).await?;
    factors::reset(origin, user).await?;
    if let Some(to) = verified_address(user) {
        let display = organization.map(|it| it.display_name).filter(|name| !name.is_empty());
        let organization = display.as_deref().unwrap_or(owner);
        let language = Language::negotiated(None, request.header("accept-language"));
        let sender = Sender { language, application: organization, organization };
        let account = format!("{}/{}", user.owner, user.name);
        let now = origin.clock.now();
        origin.send_later(sender.changed(to, (&account, user.language()), Changed::Factors, now));
    }
    Ok(user.id.clone())
}
