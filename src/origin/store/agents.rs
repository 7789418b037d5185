//! Agents: service accounts with a responsible user, and the bounds of their authority.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{
    filter::Filter,
    keyset::{Order, Part},
    query::Query,
    users::{Membership, Target, User, roles},
};
use crate::{
    core::{time::UnixTime, token::OrganizationRole},
    ports::{Statement, flag, json},
};

/// An agent.
#[derive(Debug, Clone, Deserialize)]
pub struct Agent {
    /// The account.
    pub user_id: String,
    /// Its organization.
    pub owner: String,
    /// Its username.
    pub name: String,
    /// The responsible user.
    pub sponsor_id: String,
    /// Its external name; may be empty.
    pub agent_ref: String,
    /// When it ends.
    pub expires_at: UnixTime,
    /// When it was created.
    pub created_at: UnixTime,
}

/// The current bound of an agent.
#[derive(Debug, Clone, Deserialize)]
pub struct Bound {
    /// When it ends.
    pub expires_at: UnixTime,
    /// The responsible user; `None` if deleted.
    pub sponsor: Option<Sponsor>,
}

/// The responsible user of an agent.
#[derive(Debug, Clone, Deserialize)]
pub struct Sponsor {
    owner: String,
    #[serde(deserialize_with = "flag")]
    is_admin: bool,
    /// Whether the user is disabled or deleted.
    #[serde(deserialize_with = "flag")]
    pub is_forbidden: bool,
    /// Whether the user's home organization exists and is not suspended.
    #[serde(deserialize_with = "flag")]
    pub home_is_live: bool,
    memberships: Vec<Membership>,
}

impl Bound {
    /// The bound of a new agent of that responsible user in good standing.
    pub fn of(sponsor: &Target, expires_at: UnixTime) -> Self {
        let Target { user, memberships } = sponsor;
        let sponsor = Sponsor {
            owner: user.owner.clone(),
            is_admin: user.is_admin,
            is_forbidden: user.is_barred(),
            home_is_live: true,
            memberships: memberships.clone(),
        };
        Self { expires_at, sponsor: Some(sponsor) }
    }
}

impl Sponsor {
    /// Every organization and role, the home first.
    pub fn roles(&self) -> Vec<OrganizationRole> {
        roles(&self.owner, self.is_admin, &self.memberships)
    }
}

/// The [`Bound`] of the user `users` of the outer statement as JSON; `NULL` if it is no agent.
pub(super) const BOUND: &str = "(SELECT json_object('expires_at', agents.expires_at, 'sponsor', \
     json((SELECT json_object('owner', sponsors.owner, 'is_admin', sponsors.is_admin, \
     'is_forbidden', (sponsors.is_forbidden OR sponsors.deleted_at IS NOT NULL), 'home_is_live', \
     EXISTS (SELECT 1 FROM organizations WHERE name = sponsors.owner AND NOT is_disabled), \
     'memberships', json((SELECT json_group_array(json_object('organization', organization, \
     'role', role)) FROM memberships JOIN organizations ON organizations.name = organization \
     WHERE user_id = sponsors.id AND NOT is_disabled))) \
     FROM users AS sponsors WHERE sponsors.id = agents.sponsor_id))) \
     FROM agents WHERE agents.user_id = users.id)";

/// An agent with its account, the name of its responsible user, and its number of active keys.
#[derive(Debug, Clone, Deserialize)]
pub struct Listed {
    /// The agent.
    #[serde(flatten)]
    pub agent: Agent,
    /// The display name.
    pub display_name: String,
    /// Whether it administers its organization, bounded by its responsible user.
    #[serde(deserialize_with = "flag")]
    pub is_admin: bool,
    /// Whether it is disabled.
    #[serde(deserialize_with = "flag")]
    pub is_forbidden: bool,
    /// The responsible user, as `owner/name`; `None` if deleted.
    pub sponsor: Option<String>,
    /// Its bound.
    #[serde(deserialize_with = "json")]
    pub bound: Option<Bound>,
}

fn selected() -> String {
    format!(
        "SELECT agents.*, users.display_name, users.is_admin, users.is_forbidden, {BOUND} AS bound, \
         (SELECT owner || '/' || name FROM users AS people WHERE people.id = sponsor_id) AS sponsor \
         FROM agents JOIN users ON users.id = agents.user_id"
    )
}

/// By organization and name.
pub const BY_NAME: Order =
    Order { name: "name", columns: &["agents.owner", "agents.name"], descends: false };

/// A part of the agents of an organization by name, and how many there are.
pub fn list(owner: &str, part: &Part) -> Query<(Vec<Listed>, i64)> {
    let of = |column| Filter::default().is(column, Some(owner));
    let page = of("agents.owner").part(&selected(), BY_NAME, 1, part);
    Query::all(page).and(of("owner").count("agents", false))
}

/// The agent of that name.
pub fn named(owner: &str, name: &str) -> Query<Option<Listed>> {
    let sql = format!("{} WHERE agents.owner = ?1 AND agents.name = ?2", selected());
    Query::first(Statement::new(sql).bind(owner).bind(name))
}

/// Those of `names` that are agents of `owner`.
pub fn among(owner: &str, names: &[&str]) -> Query<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Row {
        name: String,
    }
    let statement = Statement::new(
        "SELECT name FROM agents WHERE owner = ?1 AND name IN (SELECT value FROM json_each(?2))",
    );
    let rows: Query<Vec<Row>> = Query::all(statement.bind(owner).bind(super::json_text(&names)));
    rows.map(|rows| rows.into_iter().map(|row| row.name).collect())
}

/// Adds an agent whose account has just been added; without the account, nothing.
pub fn insert(agent: &Agent) -> Statement {
    Statement::new(
        "INSERT INTO agents (user_id, owner, name, sponsor_id, agent_ref, expires_at, created_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM users WHERE id = ?1)",
    )
    .bind(&agent.user_id)
    .bind(&agent.owner)
    .bind(&agent.name)
    .bind(&agent.sponsor_id)
    .bind(&agent.agent_ref)
    .bind(agent.expires_at)
    .bind(agent.created_at)
}

/// Removes the account of an agent that was added without its first key.
pub fn remove_without_key(user: &User, key_id: &str) -> Statement {
    Statement::new(
        "DELETE FROM users WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM keys WHERE id = ?2)",
    )
    .bind(&user.id)
    .bind(key_id)
}
