//! External identities for sign-in: wallets and identity provider accounts. Within an organization,
//! an identity belongs to one user.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{json_text, query::Query};
use crate::{
    core::time::UnixTime,
    ports::{Statement, json},
};

/// A linked identity.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Identity {
    /// `users.owner`
    pub owner: String,
    /// Which kind it is: `wallet`, or `owner/name` of an identity provider.
    pub provider: String,
    /// `providers.id`; `None`: it is of no provider.
    #[serde(default)]
    pub provider_id: Option<String>,
    /// The account at the provider. It never changes, and compares exactly.
    pub subject: String,
    /// Whose it is.
    pub user_id: String,
    /// Display details.
    #[serde(deserialize_with = "json")]
    pub details: Map<String, Value>,
    /// When it was linked.
    pub created_at: UnixTime,
    /// When it last signed in.
    pub used_at: Option<UnixTime>,
}

/// The text by which [`Named::Identity`](super::accounts::Named::Identity) names the user in `owner` who
/// has that identity.
pub fn key(owner: &str, provider: &str, subject: &str) -> String {
    json_text(&[owner, provider, subject])
}

/// As [`key`], of the provider whose row has that id: one that is made anew under the name is another one.
pub fn key_at(owner: &str, provider: (&str, &str), subject: &str) -> String {
    let (reference, id) = provider;
    json_text(&[owner, reference, subject, id])
}

/// The id, as an expression, of the user whom the [`key`] in `?1` names.
pub(super) const OF_KEY: &str = "(SELECT user_id FROM identities \
     WHERE owner = json_extract(?1, '$[0]') AND provider = json_extract(?1, '$[1]') \
     AND subject = json_extract(?1, '$[2]') \
     AND provider_id IS json_extract(?1, '$[3]'))";

/// The identities of that user, those of a provider together, the oldest first.
pub fn of_user(user_id: &str) -> Query<Vec<Identity>> {
    let sql = "SELECT * FROM identities WHERE user_id = ?1 ORDER BY provider, created_at, subject";
    Query::all(Statement::new(sql).bind(user_id))
}

/// That identity in `owner`.
pub fn find(owner: &str, provider: &str, subject: &str) -> Query<Option<Identity>> {
    let sql = "SELECT * FROM identities WHERE owner = ?1 AND provider = ?2 AND subject = ?3";
    Query::first(Statement::new(sql).bind(owner).bind(provider).bind(subject))
}

/// The identities of a provider whose person was last introduced under that name (`session.name` of
/// [`Identity::details`]).
pub fn by_session(provider_id: &str, name: &str) -> Query<Vec<Identity>> {
    let sql = "SELECT * FROM identities WHERE provider_id = ?1 \
               AND json_extract(details, '$.session.name') = ?2";
    Query::all(Statement::new(sql).bind(provider_id).bind(name))
}

/// The identities of a provider with that subject, or whose last sign-in there was in that session.
pub fn of_provider(
    provider_id: &str,
    subject: Option<&str>,
    session: Option<&str>,
) -> Query<Vec<Identity>> {
    let sql = "SELECT * FROM identities WHERE provider_id = ?1 \
               AND (subject = ?2 OR json_extract(details, '$.session.sid') = ?3)";
    Query::all(Statement::new(sql).bind(provider_id).bind(subject).bind(session))
}

/// Notes the session at the provider of the identity's last sign-in.
pub fn introduced(user_id: &str, key: &str, session: &Map<String, Value>) -> Statement {
    Statement::new(
        "UPDATE identities SET details = json_set(details, '$.session', json(?3)) \
         WHERE owner = json_extract(?1, '$[0]') AND provider = json_extract(?1, '$[1]') \
         AND subject = json_extract(?1, '$[2]') AND user_id = ?2",
    )
    .bind(key)
    .bind(user_id)
    .bind(json_text(session))
}

/// Links the identity to its user. Returns a row unless it is linked already, to whichever user, or the
/// user has `most` identities.
pub fn link(identity: &Identity, most: i64) -> Statement {
    bound(
        "INSERT INTO identities (owner, provider, subject, user_id, details, created_at, used_at, provider_id) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 \
         WHERE (SELECT count(*) FROM identities WHERE user_id = ?4) < ?9 \
         ON CONFLICT (owner, provider, subject) DO NOTHING RETURNING subject",
        identity,
    )
    .bind(most)
}

/// Links the identity to a user that the same transaction creates: the transaction fails if it is linked
/// already.
pub fn link_created(identity: &Identity) -> Statement {
    bound(
        "INSERT INTO identities (owner, provider, subject, user_id, details, created_at, used_at, provider_id) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE EXISTS (SELECT 1 FROM users WHERE id = ?4) \
         RETURNING subject",
        identity,
    )
}

/// Links identities at one provider to users that the same transaction creates: `members` are subject, user id and
/// the JSON of the details.
pub fn link_all(
    (owner, provider, provider_id): (&str, &str, &str),
    members: &[(&str, &str, String)],
    now: UnixTime,
) -> Statement {
    let sql = "INSERT INTO identities (owner, provider, provider_id, created_at, subject, user_id, details) \
               SELECT ?1, ?2, ?3, ?4, json_extract(value, '$[0]'), json_extract(value, '$[1]'), \
               json_extract(value, '$[2]') FROM json_each(?5) RETURNING subject";
    Statement::new(sql)
        .bind(owner)
        .bind(provider)
        .bind(provider_id)
        .bind(now)
        .bind(json_text(&members))
}

fn bound(sql: &'static str, identity: &Identity) -> Statement {
    Statement::new(sql)
        .bind(&identity.owner)
        .bind(&identity.provider)
        .bind(&identity.subject)
        .bind(&identity.user_id)
        .bind(json_text(&identity.details))
        .bind(identity.created_at)
        .bind(identity.used_at)
        .bind(identity.provider_id.as_deref())
}

/// Removes the identity from its user. Returns a row unless it is gone, or is the last one of a user who
/// cannot sign in `otherwise`.
pub fn unlink(identity: &Identity, otherwise: bool) -> Statement {
    Statement::new(
        "DELETE FROM identities WHERE owner = ?1 AND provider = ?2 AND subject = ?3 \
         AND user_id = ?4 AND (?5 OR (SELECT count(*) FROM identities WHERE user_id = ?4) > 1) \
         RETURNING subject",
    )
    .bind(&identity.owner)
    .bind(&identity.provider)
    .bind(&identity.subject)
    .bind(&identity.user_id)
    .bind(otherwise)
}

/// Notes a sign-in of that user by the identity. Returns a row unless it has been removed meanwhile.
pub fn used(user_id: &str, key: &str, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE identities SET used_at = ?3 WHERE owner = json_extract(?1, '$[0]') \
         AND provider = json_extract(?1, '$[1]') AND subject = json_extract(?1, '$[2]') \
         AND user_id = ?2 RETURNING subject",
    )
    .bind(key)
    .bind(user_id)
    .bind(now)
}
