//! New agents: service accounts with a responsible user.

use crate::origin::{
    Origin,
    domain::{
        audit::Subject, change::Change, change_error::ChangeError, commit::commit, keys::mint,
    },
    store::{
        agents::{self, Agent},
        keys::Key,
        users::{self, User},
    },
};

/// Stores a new agent with its account and optional first key, atomically.
pub async fn create(
    origin: &Origin,
    user: &User,
    agent: &Agent,
    key: Option<&Key>,
) -> Result<(), ChangeError> {
    let mut change = Change::created(user);
    if let Some(key) = key {
        change.record(Subject::created(key));
    }
    let account = change.write(users::insert(user, origin.config.limits.quotas.users));
    change.write(agents::insert(agent));
    let storing = key.map(|key| {
        let storing = mint::store(origin, &mut change, key);
        // The account is removed if its key is refused.
        change.write(agents::remove_without_key(user, &key.id));
        storing
    });
    let committed = commit(origin, change).await?;
    if !committed.took_effect(account) {
        return Err(ChangeError::Quota { organization: user.owner.clone(), kind: "users" });
    }
    storing.map_or(Ok(()), |storing| storing.check(&committed))
}
