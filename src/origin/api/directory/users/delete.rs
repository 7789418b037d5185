//! `DELETE /v1/iam/users/{owner}/{name}`

use crate::{
    core::{
        directory::{Move, OrgName, Restrictions},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::caller::DirectoryCaller,
            endpoint::{Call, Deleted, View, Who, endpoint},
        },
        domain::users,
        http::RestError,
        store::users::{Named, target},
    },
};

endpoint! {
    /// Deletes a user with all that belongs to it.
    pub DeleteUser = DELETE "/v1/iam/users/{owner}/{name}" as "deleteUser", who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: View<Deleted>,
    error: RestError;
    delete
}

async fn delete(origin: &Origin, call: Call<'_, DeleteUser>) -> Result<View<Deleted>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    caller.administering(owner)?;
    let found = target(Named::Path { owner, name }).fetch(&*origin.database).await?;
    let target = caller.found(owner, found)?;
    caller.not_below(&target)?;
    // An account that the platform has disabled must not be created again either.
    let restrictions = Restrictions::of(&target.user.attributes);
    caller.may_widen(restrictions.needed("isForbidden", Move::Wider), owner)?;
    users::delete(origin, &target.user).await?;
    Ok(View(Deleted::default()))
}
