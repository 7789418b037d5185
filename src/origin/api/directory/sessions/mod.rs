//! User sessions, by user and application (`IamSession`), one file per endpoint.
//!
//! A session is a browser's sign-in. It includes an application while that has a live grant from
//! the session; [`EVERY`] stands for the sign-in itself, with all applications.

pub mod change;
pub mod end;
pub mod list;
pub mod read;
pub mod view;

use self::view::{SessionView, entries};
use super::caller::DirectoryCaller;
use crate::{
    core::directory::{OrgName, folded},
    origin::{
        Origin,
        http::RestError,
        store::{
            people::{People, Which},
            query::load,
            sessions,
            users::{self, Named, Target},
        },
    },
};

/// The pseudo-application for the browser's sign-in itself. No client has this id.
pub const EVERY: &str = "-";

/// `owner`, `name` and application of a path.
type SessionPath = (OrgName, String, String);

/// The sessions named in a path, of the caller or of a user whom the caller administers.
async fn named(
    origin: &Origin,
    caller: &DirectoryCaller,
    (owner, name, application): &SessionPath,
) -> Result<(Target, Option<SessionView>), RestError> {
    let owner = owner.as_str();
    caller.may_seek(owner, name)?;
    let name = folded(name);
    let people = People { owner, which: Which::Name(&name), limit: 1 };
    let queries = (
        users::target(Named::Name { owner, name: &name }),
        sessions::of_people(people, origin.clock.now()),
    );
    let (target, found) = load(&*origin.database, queries).await?;
    let target = caller.found(owner, target)?;
    caller.not_below(&target)?;
    let mut entries = entries(&target, &found).into_iter();
    let found = entries.find(|entry| entry.application == *application);
    Ok((target, found))
}
