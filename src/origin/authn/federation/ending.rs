//! Logout initiated by an identity provider.
//!
//! A provider session cannot be mapped to a local session, so all of the user's sessions that began
//! at an identity provider end.

use crate::{
    origin::{
        Origin,
        domain::{homes, sessions},
        store::{
            accounts::{self, Named},
            identities::Identity,
            query::Query,
            sessions as rows,
        },
    },
    ports::DatabaseError,
};

/// The `amr` of a session that began at an identity provider.
const FEDERATED: &str = "fed";

/// Ends the sessions of the users whose identities `of` returns for each database.
pub async fn end(
    origin: &Origin,
    of: impl Fn() -> Query<Vec<Identity>>,
) -> Result<(), DatabaseError> {
    // Users of a platform provider may live in any database.
    for origin in origin.everywhere() {
        for Identity { user_id, .. } in of().fetch(&*origin.database).await? {
            let account = accounts::find(Named::Id(&user_id)).fetch(&*origin.database).await?;
            let Some(account) = account else { continue };
            let at = homes::at(&origin, &account.user.owner).await?;
            let live = rows::of_user(&user_id, origin.clock.now()).fetch(&*at.database).await?;
            let began_there =
                |session: &&rows::Session| session.methods.iter().any(|method| method == FEDERATED);
            let ids: Vec<String> =
                live.iter().filter(began_there).map(|session| session.id.clone()).collect();
            if !ids.is_empty() {
                sessions::end(&at, &account.user, Some(&ids)).await?;
            }
        }
    }
    Ok(())
}
