//! The end of people's sessions.

use serde_json::{Value, json};

use crate::{
    origin::{
        Origin,
        domain::{audit::Subject, change::Change, commit::commit, revocation},
        store::users::User,
    },
    ports::DatabaseError,
};

/// Ends browser sessions of `user`, with all that was given in them: those of these ids, or all.
pub async fn end(
    origin: &Origin,
    user: &User,
    ids: Option<&[String]>,
) -> Result<(), DatabaseError> {
    let now = origin.clock.now();
    let mut change = Change::of(subject(user, &json!({ "ids": ids })));
    match ids {
        None => change.revoke(revocation::sessions(&user.id, now)),
        Some(ids) => {
            for id in ids {
                change.revoke(revocation::session(&user.id, id, now));
            }
        }
    }
    commit(origin, change).await?;
    Ok(())
}

/// Ends what `user` gave the client: in the sessions of these ids, or all of it.
pub async fn end_in(
    origin: &Origin,
    user: &User,
    client_id: &str,
    ids: Option<&[String]>,
) -> Result<(), DatabaseError> {
    let now = origin.clock.now();
    let facts = json!({"ids": ids, "client": client_id});
    let mut change = Change::of(subject(user, &facts));
    match ids {
        None => change.revoke(revocation::client_everywhere(&user.id, client_id, now)),
        Some(ids) => {
            for id in ids {
                change.revoke(revocation::grants_in_session(&user.id, client_id, id, now));
            }
        }
    }
    commit(origin, change).await?;
    Ok(())
}

/// What the audit trail says of sessions of `user`; without ids it is all of them.
fn subject(user: &User, facts: &Value) -> Subject {
    Subject::with(&user.owner, "session", &user.name, facts)
}
