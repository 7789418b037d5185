//! `POST /v1/iam/users`

use super::view::{UserBody, UserView};
use crate::{
    core::{directory::Invalid, token::Role},
    origin::{
        Origin,
        api::{
            directory::{caller::DirectoryCaller, versioned::created},
            endpoint::{Call, Entity, Json, Who, endpoint},
        },
        domain::users,
        http::RestError,
        store::{organizations, query::load},
    },
};

endpoint! {
    /// Creates a user.
    pub CreateUser = POST "/v1/iam/users" as "createUser", who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    body: Json<UserBody>,
    reply: Entity<UserView>,
    error: RestError;
    create
}

async fn create(
    origin: &Origin,
    call: Call<'_, CreateUser>,
) -> Result<Entity<UserView>, RestError> {
    let caller = &call.caller;
    let Json(UserBody { user, password }) = call.body;
    let owner = user.owner.as_given().map_or(caller.principal.owner.as_str(), AsRef::as_ref);
    let owner = owner.to_owned();
    caller.administering(&owner)?;
    let queries = (organizations::by_name(&owner), caller.key());
    let (organization, key) = load(&*origin.database, queries).await?;
    if organization.is_none() {
        return Err(Invalid::member("owner", "is not an organization").into());
    }
    if password.is_some() {
        caller.may_make_secrets(key.as_ref())?;
    }
    let user = users::new(origin, &owner, user, password.as_ref()).await?;
    if user.is_admin {
        caller.may_promote(key.as_ref())?;
    }
    let created = created(origin, &user, UserView::from(user.clone()));
    users::create(origin, &user).await?;
    Ok(created)
}
