//! Sessions of people, by person and application (`IamSession`), one file an endpoint.
//!
//! A session is a browser's sign-in. An application is in it while it has a live grant that was given
//! in the session; [`EVERY`] stands for the sign-in itself, with all applications.

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

/// The application that stands for the browser's sign-in itself. No client has this id.
pub const EVERY: &str = "-";

/// `owner`, `name` and application of a path.
type SessionPath = (OrgName, String, String);

/// The sessions that a path names, of a person whom the caller may administer or is.
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
