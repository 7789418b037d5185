//! `POST /v1/iam/users/{owner}/{name}/erase`

use serde::Serialize;

use crate::{
    core::{
        directory::{Move, OrgName, Restrictions},
        token::Role,
    },
    origin::{
        Origin,
        api::{
            directory::caller::{DirectoryCaller, forbidden},
            endpoint::{Call, View, Who, endpoint},
        },
        domain::users,
        http::RestError,
        store::{
            memberships::owned_alone,
            query::load,
            users::{Named, target},
        },
    },
};

endpoint! {
    /// Erases the data of a person.
    ///
    /// Everything that belongs to the user goes; the id is never given again. The audit trail keeps its
    /// entries. Needs an administrator of every organization that the person belongs to. A person
    /// erases the own account at `/v1/iam/account/erase`.
    pub EraseUser = POST "/v1/iam/users/{owner}/{name}/erase" as "eraseUser",
    who: Who::Organization(Role::Admin);
    caller: DirectoryCaller,
    path: (OrgName, String),
    reply: View<Erased>,
    error: RestError;
    erase
}

/// What an erasure returns.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Erased {
    /// Always true: a refusal is an error.
    erased: bool,
    /// The id, which stays reserved.
    id: String,
}

async fn erase(origin: &Origin, call: Call<'_, EraseUser>) -> Result<View<Erased>, RestError> {
    let caller = &call.caller;
    let (owner, name) = (call.path.0.as_str(), call.path.1.as_str());
    caller.administering(owner)?;
    let named = Named::Path { owner, name };
    let (found, alone) = load(&*origin.database, (target(named), owned_alone(named))).await?;
    let target = caller.found(owner, found)?;
    if caller.is_self(&target.user.id) {
        return Err(forbidden("the own account is erased at /v1/iam/account/erase"));
    }
    caller.administers_all_of(&target)?;
    caller.not_below(&target)?;
    let restrictions = Restrictions::of(&target.user.attributes);
    for member in ["isForbidden", "isDeleted"] {
        caller.may_widen(restrictions.needed(member, Move::Wider), owner)?;
    }
    users::may_go(&alone)?;
    users::erase(origin, &target.user).await?;
    Ok(View(Erased { erased: true, id: target.user.id }))
}
