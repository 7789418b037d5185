//! Members of teams and roles, and subjects of permissions.

use serde::{Deserialize, Serialize};

use super::{Members, Stored};
use crate::{
    core::time::UnixTime,
    origin::store::{policy::ORGANIZATION_ROLES, sql::Sql},
    ports::Statement,
};

/// What a member is, in the order in which members are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Every user of the organization.
    Everyone,
    /// A role of the organization.
    Role,
    /// A team of the organization.
    Team,
    /// A user of the organization, or a member of it.
    User,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Member {
    /// What it is.
    pub kind: Kind,
    /// Its name, as `owner/name`; empty for [`Kind::Everyone`].
    pub name: String,
    /// Its id; empty for [`Kind::Everyone`].
    pub id: String,
    /// When it stops being a member.
    pub expires_at: Option<UnixTime>,
}

/// The tables of members, and the kind that each may hold.
const TABLES: [&str; 3] = ["team_members", "role_members", "permission_subjects"];

/// The members of the row of `table` as a JSON list. A member that does not exist any more is left
/// out, as is one that has expired at the placeholder `now`.
pub(super) fn selected(table: &str, of: &Members, now: &str) -> String {
    let Members { table: members, column } = of;
    let name = |of: &str| format!("(SELECT owner || '/' || name FROM {of} WHERE id = member_id)");
    let (user, team, role) = (name("users"), name("teams"), name("roles"));
    let standing = organization_roles();
    format!(
        "(SELECT json_group_array(json_object('kind', kind, 'id', member_id, 'name', name, \
         'expires_at', expires_at)) FROM (SELECT kind, member_id, expires_at, CASE kind \
         WHEN 'user' THEN {user} WHEN 'team' THEN {team} WHEN 'role' THEN CASE \
         WHEN member_id IN ({standing}) THEN owner || '/' || member_id ELSE {role} END ELSE '' END AS name \
         FROM {members} WHERE {column} = {table}.id AND (expires_at IS NULL OR expires_at > {now}) \
         ORDER BY kind, name) WHERE name IS NOT NULL)"
    )
}

/// Makes the stored members of a row those of `record`, if `condition` holds.
pub(super) fn replace(
    record: &dyn Stored,
    of: &Members,
    condition: &dyn Fn(&mut Sql) -> String,
) -> [Statement; 2] {
    let Members { table, column } = of;
    let sent = crate::origin::store::json_text(&record.members());
    let meta = record.meta();
    let standing = organization_roles();
    let mut sql = Sql::default();
    let (id, owner, kept) = (sql.bind(&meta.id), sql.bind(&meta.owner), sql.bind(&sent));
    let held = condition(&mut sql);
    let removed = sql.statement(format!(
        "DELETE FROM {table} WHERE {column} = {id} AND owner = {owner} AND {held} \
         AND (kind, member_id) NOT IN (SELECT json_extract(value, '$.kind'), \
         json_extract(value, '$.id') FROM json_each({kept}))"
    ));
    let mut sql = Sql::default();
    let (id, owner, sent) = (sql.bind(&meta.id), sql.bind(&meta.owner), sql.bind(&sent));
    let held = condition(&mut sql);
    // A member that was removed after the request had found it is not added.
    let added = sql.statement(format!(
        "INSERT INTO {table} ({column}, kind, member_id, owner, expires_at) \
         SELECT {id}, kind, member, {owner}, until FROM (SELECT json_extract(value, '$.kind') AS kind, \
         json_extract(value, '$.id') AS member, json_extract(value, '$.expires_at') AS until \
         FROM json_each({sent})) WHERE {held} AND CASE kind \
         WHEN 'user' THEN EXISTS (SELECT 1 FROM users WHERE users.id = member AND (users.owner = {owner} \
         OR EXISTS (SELECT 1 FROM memberships WHERE user_id = member AND organization = {owner}))) \
         WHEN 'team' THEN EXISTS (SELECT 1 FROM teams WHERE teams.id = member AND teams.owner = {owner}) \
         WHEN 'role' THEN member IN ({standing}) \
         OR EXISTS (SELECT 1 FROM roles WHERE roles.id = member AND roles.owner = {owner}) \
         ELSE 1 END \
         ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at \
         WHERE expires_at IS NOT excluded.expires_at"
    ));
    [removed, added]
}

/// The ids of the organization roles as SQL texts; each role is its own id.
fn organization_roles() -> String {
    ORGANIZATION_ROLES.map(|(name, _)| format!("'{name}'")).join(", ")
}

/// Removes the members that had expired by `before`.
pub fn purge(before: UnixTime) -> Vec<Statement> {
    let of =
        |table| Statement::new(format!("DELETE FROM {table} WHERE expires_at <= ?1")).bind(before);
    TABLES.into_iter().map(of).collect()
}
