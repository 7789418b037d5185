//! `POST /v1/iam/admin/users/upsert`

use serde::{Deserialize, Serialize};

use super::{
    update::changed,
    view::{UserBody, UserView},
};
use crate::{
    core::{
        directory::{Email, Invalid, Line, NewPassword, OrgName, Patch, Phone, Username},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, Json, View, Who, endpoint},
        },
        domain::users::{self, UserPatch},
        http::RestError,
        store::{
            organizations,
            query::load,
            users::{Named, target},
        },
    },
};

endpoint! {
    /// Creates a user, or changes the sent members of the one with that name.
    ///
    /// For services that provision people. The rules are those of creating and changing a user.
    pub UpsertUser = POST "/v1/iam/admin/users/upsert" as "upsertUser",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    body: Json<PersonBody>,
    reply: View<Upserted>,
    error: RestError;
    upsert
}

/// `IamPerson`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct PersonBody {
    /// The home organization; the caller's if absent.
    pub owner: Patch<OrgName>,
    /// The username.
    pub name: Patch<Username>,
    /// The person's name.
    pub display_name: Patch<Line>,
    /// The e-mail address.
    pub email: Patch<Email>,
    /// The telephone number.
    pub phone: Patch<Phone>,
    /// Whether the user administers the home organization.
    pub is_admin: Option<bool>,
    /// A new password, in plain text. `""` and `***` set none.
    pub password: Patch<NewPassword>,
    /// `plain`, or absent. Hashes are imported with the organization.
    pub password_type: Patch<Line>,
}

/// `IamReply`.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Upserted {
    /// `ok`.
    status: &'static str,
    /// `created` or `updated`.
    action: &'static str,
    /// Empty.
    msg: &'static str,
    /// The user.
    data: UserView,
}

async fn upsert(origin: &Origin, call: Call<'_, UpsertUser>) -> Result<View<Upserted>, RestError> {
    let caller = &call.caller;
    let Json(body) = call.body;
    let owner = body.owner.as_given().map_or(caller.principal.owner.as_str(), AsRef::as_ref);
    let owner = owner.to_owned();
    caller.administering(&owner)?;
    let name = body.name.as_given().ok_or_else(|| Invalid::member("name", "is required"))?;
    let name = name.as_str().to_owned();
    let kind = body.password_type.as_given().map_or("plain", AsRef::as_ref);
    if kind != "plain" {
        return Err(Invalid::member("passwordType", "must be plain").into());
    }
    let named = Named::Name { owner: &owner, name: &name };
    let queries = (target(named), caller.key(), organizations::by_name(&owner));
    let (found, key, organization) = load(&*origin.database, queries).await?;
    if organization.is_none() {
        return Err(Invalid::member("owner", "is not an organization").into());
    }
    let password = body.password.given();
    let user = UserPatch {
        name: body.name,
        display_name: body.display_name,
        email: body.email,
        phone: body.phone,
        is_admin: body.is_admin,
        ..UserPatch::default()
    };
    let (action, user) = if let Some(target) = found {
        let body = UserBody { user, password };
        ("updated", changed(origin, caller, &target, key.as_ref(), body).await?)
    } else {
        if password.is_some() {
            caller.may_make_secrets(key.as_ref())?;
        }
        let user = users::new(origin, &owner, user, password.as_ref()).await?;
        if user.is_admin {
            caller.may_promote(key.as_ref())?;
        }
        users::create(origin, &user).await?;
        ("created", user)
    };
    Ok(View(Upserted { status: "ok", action, msg: "", data: user.into() }))
}
