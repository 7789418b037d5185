//! Memberships: additional organizations of users, and a user's objects in one.

use serde::Deserialize;

use super::{
    filter::Filter,
    keyset::{Order, Part},
    left::Left,
    query::Query,
    users::Named,
};
use crate::{
    core::{time::UnixTime, token::Role},
    ports::Statement,
};

/// A membership with what names the user.
#[derive(Debug, Clone, Deserialize)]
pub struct Member {
    /// The user.
    pub user_id: String,
    /// The user's home organization.
    pub owner: String,
    /// The username.
    pub name: String,
    /// The user's display name.
    pub display_name: String,
    /// The organization.
    pub organization: String,
    /// The role there.
    pub role: Role,
    /// The name of the invitation that was accepted, while that exists.
    pub invitation: Option<String>,
    /// When it began.
    pub created_at: UnixTime,
}

const SELECT: &str = "SELECT memberships.user_id, users.owner, users.name, users.display_name, \
     memberships.organization, memberships.role, invitations.name AS invitation, \
     memberships.created_at FROM memberships JOIN users ON users.id = memberships.user_id \
     LEFT JOIN invitations ON invitations.id = memberships.invitation_id";

/// By organization and id of the user.
pub const BY_USER: Order = Order {
    name: "user",
    columns: &["memberships.organization", "memberships.user_id"],
    descends: false,
};

/// A part of the members of an organization whose accounts are not deleted, by user id; only that one,
/// if `only` is given.
pub fn of_organization(organization: &str, only: Option<&str>, part: &Part) -> Query<Vec<Member>> {
    let filter = Filter::default()
        .is("memberships.organization", Some(organization))
        .is("memberships.user_id", only)
        .also("users.deleted_at IS NULL");
    Query::all(filter.part(SELECT, BY_USER, 1, part))
}

/// The memberships of a user, by organization.
pub fn of_user(user: Named<'_>) -> Query<Vec<Member>> {
    let id = user.expression();
    let sql =
        format!("{SELECT} WHERE memberships.user_id = {id} ORDER BY memberships.organization");
    Query::all(user.bind(Statement::new(sql)))
}

/// Makes the user a member of a further organization, or changes the role there, and returns the
/// user's id, unless the organization has as many memberships as its quota allows (`quota`, if it has
/// none of its own), or would be left without an owner.
pub fn join(user_id: &str, organization: &str, role: Role, now: UnixTime, quota: u32) -> Statement {
    let room = super::room("memberships", 2, 5);
    let keeps_an_owner = keeps_an_owner();
    Statement::new(format!(
        "INSERT INTO memberships (user_id, organization, role, created_at) \
         SELECT ?1, ?2, ?3, ?4 WHERE ({room} OR EXISTS (SELECT 1 FROM memberships \
         WHERE user_id = ?1 AND organization = ?2)) \
         AND EXISTS (SELECT 1 FROM organizations WHERE name = ?2) \
         ON CONFLICT (user_id, organization) DO UPDATE SET role = excluded.role \
         WHERE excluded.role = 'owner' OR {keeps_an_owner} RETURNING user_id"
    ))
    .bind(user_id)
    .bind(organization)
    .bind(role.name())
    .bind(now)
    .bind(i64::from(quota))
}

/// Ends the membership, and returns the user's id, unless the organization would be left without an
/// owner.
pub fn remove(user_id: &str, organization: &str) -> Statement {
    let keeps_an_owner = keeps_an_owner();
    Statement::new(format!(
        "DELETE FROM memberships WHERE user_id = ?1 AND organization = ?2 AND {keeps_an_owner} \
         RETURNING user_id"
    ))
    .bind(user_id)
    .bind(organization)
}

/// Whether `?1` is no owner of `?2`, or another one of it can act.
fn keeps_an_owner() -> String {
    "(memberships.role <> 'owner' OR EXISTS (SELECT 1 FROM memberships AS others \
     JOIN users ON users.id = others.user_id WHERE others.organization = ?2 \
     AND others.role = 'owner' AND others.user_id <> ?1 AND NOT users.is_forbidden \
     AND users.deleted_at IS NULL))"
        .to_owned()
}

/// The organizations that the user is the only owner of who can act.
pub fn owned_alone(user: Named<'_>) -> Query<Vec<String>> {
    #[derive(Deserialize)]
    struct Owned {
        organization: String,
    }
    let id = user.expression();
    let statement = Statement::new(format!(
        "SELECT organization FROM memberships AS own WHERE user_id = {id} AND role = 'owner' \
         AND NOT EXISTS (SELECT 1 FROM memberships AS others \
         JOIN users ON users.id = others.user_id WHERE others.organization = own.organization \
         AND others.role = 'owner' AND others.user_id <> own.user_id AND NOT users.is_forbidden \
         AND users.deleted_at IS NULL) ORDER BY organization"
    ));
    let owned: Query<Vec<Owned>> = Query::all(user.bind(statement));
    owned.map(|owned| owned.into_iter().map(|owned| owned.organization).collect())
}

/// Takes from the user what it held in an organization that it has left: places in teams, roles and
/// permissions, invitations that it made there, and the grants of the organization's clients.
pub fn remove_holdings(user_id: &str, organization: &str, now: UnixTime) -> Vec<Statement> {
    let gone = Left::Nothing.condition(1, 2);
    let mut statements: Vec<Statement> = ["team_members", "role_members", "permission_subjects"]
        .iter()
        .map(|table| {
            let sql = format!("DELETE FROM {table} WHERE member_id = ?1 AND owner = ?2 AND {gone}");
            Statement::new(sql).bind(user_id).bind(organization)
        })
        .collect();
    let revoked = format!(
        "WITH RECURSIVE family (id) AS (SELECT id FROM grants WHERE user_id = ?1 \
         AND organization = ?2 UNION \
         SELECT grants.id FROM grants JOIN family ON grants.parent_id = family.id) \
         UPDATE grants SET revoked_at = ?3 WHERE revoked_at IS NULL \
         AND id IN (SELECT id FROM family) AND {gone}"
    );
    statements.push(Statement::new(revoked).bind(user_id).bind(organization).bind(now));
    statements
}
