//! Grants of people, published as tokens (`IamToken`) without the text of any, one file an endpoint.
//!
//! A grant is what a person allowed a client; its tokens end with it. What a client obtains for itself
//! has no grant and is not listed.

pub mod change;
pub mod end;
pub mod list;
pub mod read;
pub mod view;

use super::caller::DirectoryCaller;
use crate::{
    core::{directory::OrgName, principal::PLATFORM_ORGANIZATION},
    origin::{
        Origin,
        http::RestError,
        store::{
            grants::{self, Grant},
            users::{Named, Target, target},
        },
    },
};

/// `owner` and id of a path.
type TokenPath = (OrgName, String);

/// The live grant named in a path and its user, who is the caller or administered by the caller.
/// The owner `admin` stands for any organization, as in earlier servers, where the platform owned
/// every token: the user's organization must then be the caller's.
async fn named(
    origin: &Origin,
    caller: &DirectoryCaller,
    (owner, id): &TokenPath,
) -> Result<(Grant, Target), RestError> {
    let owner = owner.as_str();
    let is_any = owner == PLATFORM_ORGANIZATION;
    if !is_any {
        caller.scoped_to(owner)?;
    }
    caller.has_role()?;
    let queries = grants::find(grants::Named::Id(id)).and(target(Named::HolderOfGrant(id)));
    let (grant, target) = queries.fetch(&*origin.database).await?;
    let live = grant.filter(|grant| grant.is_live(origin.clock.now()));
    let target = target.filter(|target| is_any || target.user.owner == owner);
    let (grant, target) = live.zip(target).ok_or_else(RestError::not_found)?;
    let owner = target.user.owner.clone();
    let target = caller.found(&owner, Some(target))?;
    caller.scoped_to(&owner)?;
    caller.not_below(&target)?;
    Ok((grant, target))
}
