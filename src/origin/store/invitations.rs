//! Invitations to organizations.

use serde::{Deserialize, Serialize};

use super::{
    filter::Filter,
    keyset::{BY_NAME, Part},
    left::Left,
    query::Query,
};
use crate::{
    core::{time::UnixTime, token::Role},
    ports::{Statement, json},
};

/// An invitation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
pub struct Invitation {
    /// UUID.
    pub id: String,
    /// The organization.
    pub owner: String,
    /// Unique in the organization.
    pub name: String,
    /// The display name.
    pub display_name: String,
    /// base64url(SHA-256) of the code.
    pub code_digest: String,
    /// The only address that may accept; empty: any.
    pub email: String,
    /// The role that it gives.
    pub role: Role,
    /// How many users may accept it.
    pub quota: i64,
    /// How many have.
    pub used_count: i64,
    /// Whether it may be accepted.
    pub state: State,
    /// The inviter: `users.id`, or the client id of an application.
    pub inviter_id: String,
    /// The name of the inviter, as `owner/name`.
    pub inviter: String,
    /// When it was last sent.
    pub sent_at: Option<UnixTime>,
    /// When it ends.
    pub expires_at: UnixTime,
    /// Published members that no code reads.
    #[serde(deserialize_with = "json")]
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// When it was created.
    pub created_at: UnixTime,
    /// When it was last changed.
    pub updated_at: UnixTime,
    /// How often it has been changed.
    pub version: i64,
}

/// Whether an invitation may be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum State {
    /// It may.
    Active,
    /// Not at present.
    Suspended,
    /// Never again: its inviter lost the right to invite.
    Ended,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Suspended => "Suspended",
            Self::Ended => "Ended",
        }
    }
}

/// A part of the organization's invitations by name, and how many there are.
pub fn list(owner: &str, part: &Part) -> Query<(Vec<Invitation>, i64)> {
    let of = || Filter::default().is("owner", Some(owner));
    let page = of().part("SELECT * FROM invitations", BY_NAME, 1, part);
    Query::all(page).and(of().count("invitations", false))
}

/// The invitation of that name.
pub fn named(owner: &str, name: &str) -> Query<Option<Invitation>> {
    let statement = Statement::new("SELECT * FROM invitations WHERE owner = ?1 AND name = ?2");
    Query::first(statement.bind(owner).bind(name))
}

/// The invitation of the organization whose code has that digest.
pub fn with_code(owner: &str, digest: &str) -> Query<Option<Invitation>> {
    let statement =
        Statement::new("SELECT * FROM invitations WHERE code_digest = ?2 AND owner = ?1");
    Query::first(statement.bind(owner).bind(digest))
}

/// Stores a new invitation, and returns its id, unless the organization has `most` that may be
/// accepted.
pub fn insert(invitation: &Invitation, most: i64) -> Statement {
    Statement::new(
        "INSERT INTO invitations (id, owner, name, display_name, code_digest, email, role, quota, \
         inviter_id, inviter, expires_at, attributes, created_at, updated_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13 WHERE (SELECT count(*) \
         FROM invitations WHERE owner = ?2 AND expires_at > ?13 AND state = 'Active') < ?14 \
         RETURNING id",
    )
    .bind(&invitation.id)
    .bind(&invitation.owner)
    .bind(&invitation.name)
    .bind(&invitation.display_name)
    .bind(&invitation.code_digest)
    .bind(&invitation.email)
    .bind(invitation.role.name())
    .bind(invitation.quota)
    .bind(&invitation.inviter_id)
    .bind(&invitation.inviter)
    .bind(invitation.expires_at)
    .bind(super::json_text(&invitation.attributes))
    .bind(invitation.created_at)
    .bind(most)
}

/// Stores what has changed, and returns the id, unless the invitation has been changed since it was
/// read, has been accepted more often than its quota says, or has ended.
pub fn update(invitation: &Invitation) -> Statement {
    Statement::new(
        "UPDATE invitations SET display_name = ?2, code_digest = ?3, email = ?4, role = ?5, \
         quota = ?6, state = ?7, inviter_id = ?8, inviter = ?9, sent_at = ?10, expires_at = ?11, \
         attributes = ?12, updated_at = ?13, version = version + 1 \
         WHERE id = ?1 AND version = ?14 AND used_count <= ?6 AND state <> 'Ended' RETURNING id",
    )
    .bind(&invitation.id)
    .bind(&invitation.display_name)
    .bind(&invitation.code_digest)
    .bind(&invitation.email)
    .bind(invitation.role.name())
    .bind(invitation.quota)
    .bind(invitation.state.as_str())
    .bind(&invitation.inviter_id)
    .bind(&invitation.inviter)
    .bind(invitation.sent_at)
    .bind(invitation.expires_at)
    .bind(super::json_text(&invitation.attributes))
    .bind(invitation.updated_at)
    .bind(invitation.version)
}

/// Notes that the invitation was handed to the mail service.
pub fn note_sent(id: &str, now: UnixTime) -> Statement {
    Statement::new("UPDATE invitations SET sent_at = ?2 WHERE id = ?1 RETURNING id")
        .bind(id)
        .bind(now)
}

/// Deletes the invitation, and returns its id.
pub fn delete(id: &str) -> Statement {
    Statement::new("DELETE FROM invitations WHERE id = ?1 RETURNING id").bind(id)
}

/// Accepts an invitation: makes the user a member by it, and returns the user's id. In one statement:
/// the invitation may still be accepted, as it was read, and is not used up; the user is no member
/// yet; the organization has room (`quota`, if it has no quota of its own). A trigger counts the use.
pub fn accept(invitation: &Invitation, user_id: &str, now: UnixTime, quota: u32) -> Statement {
    let room = super::room("memberships", 2, 7);
    Statement::new(format!(
        "INSERT INTO memberships (user_id, organization, role, created_at, invitation_id) \
         SELECT ?1, owner, role, ?4, id FROM invitations WHERE id = ?3 AND owner = ?2 \
         AND state = 'Active' AND used_count < quota AND expires_at > ?4 AND role = ?5 \
         AND code_digest = ?6 AND {room} ON CONFLICT DO NOTHING RETURNING user_id"
    ))
    .bind(user_id)
    .bind(&invitation.owner)
    .bind(&invitation.id)
    .bind(now)
    .bind(invitation.role.name())
    .bind(&invitation.code_digest)
    .bind(i64::from(quota))
}

/// Counts the use of an invitation by a sign-up. Returns its id unless it may not be accepted any longer.
pub fn used(invitation: &Invitation, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE invitations SET used_count = used_count + 1 WHERE id = ?1 AND state = 'Active' \
         AND used_count < quota AND expires_at > ?2 AND role = ?3 AND code_digest = ?4 RETURNING id",
    )
    .bind(&invitation.id)
    .bind(now)
    .bind(invitation.role.name())
    .bind(&invitation.code_digest)
}

/// Takes the use back: no account was made.
pub fn unused(id: &str) -> Statement {
    Statement::new(
        "UPDATE invitations SET used_count = used_count - 1 WHERE id = ?1 AND used_count > 0",
    )
    .bind(id)
}

/// Ends the invitations that the user made in an organization in which it is now what is `left`.
pub fn end_of_inviter(user_id: &str, organization: &str, left: Left) -> Statement {
    let condition = left.condition(1, 2);
    Statement::new(format!(
        "UPDATE invitations SET state = 'Ended' WHERE inviter_id = ?1 AND owner = ?2 AND {condition}"
    ))
    .bind(user_id)
    .bind(organization)
}

/// Stores the digest of a code by which the user proves the address of an invitation.
pub fn ask_for_proof(
    invitation_id: &str,
    user_id: &str,
    digest: &str,
    expires_at: UnixTime,
) -> Statement {
    Statement::new(
        "INSERT INTO address_proofs (invitation_id, user_id, digest, expires_at) \
         VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET digest = excluded.digest, \
         expires_at = excluded.expires_at RETURNING user_id",
    )
    .bind(invitation_id)
    .bind(user_id)
    .bind(digest)
    .bind(expires_at)
}

/// Whether `digest` is that of a code that proves the address at `now`.
pub fn is_proved(invitation_id: &str, user_id: &str, digest: &str, now: UnixTime) -> Query<bool> {
    let statement = Statement::new(
        "SELECT 1 AS proved FROM address_proofs WHERE invitation_id = ?1 AND user_id = ?2 \
         AND digest = ?3 AND expires_at > ?4",
    );
    let statement = statement.bind(invitation_id).bind(user_id).bind(digest).bind(now);
    Query::rows(statement, |rows| Ok(!rows.is_empty()))
}

/// Removes the code of a proof that was used.
pub fn remove_proof(invitation_id: &str, user_id: &str) -> Statement {
    Statement::new("DELETE FROM address_proofs WHERE invitation_id = ?1 AND user_id = ?2")
        .bind(invitation_id)
        .bind(user_id)
}

/// Removes invitations that ended by `before`, at most `limit`, those that ended first.
pub fn purge(before: UnixTime, limit: i64) -> Statement {
    Statement::new(
        "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE expires_at <= ?1 \
         ORDER BY expires_at LIMIT ?2)",
    )
    .bind(before)
    .bind(limit)
}

/// Removes codes of proofs that ended by `before`, at most `limit`, those that ended first.
pub fn purge_proofs(before: UnixTime, limit: i64) -> Statement {
    Statement::new(
        "DELETE FROM address_proofs WHERE (invitation_id, user_id) IN (SELECT invitation_id, user_id \
         FROM address_proofs WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
    )
    .bind(before)
    .bind(limit)
}
