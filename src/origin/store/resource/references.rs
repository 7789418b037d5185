//! Resolves object references in requests to ids.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Kind, Sql};
use crate::{core::directory::folded, origin::store::query::Query};

/// The objects that a request names within an organization, besides the one that it is about.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Users: owner and name.
    pub users: Vec<(String, String)>,
    /// Teams, by name.
    pub teams: Vec<String>,
    /// Roles, by name.
    pub roles: Vec<String>,
    /// Workspaces, by name.
    pub workspaces: Vec<String>,
    /// Whether it matters that the organization has an owner, and which agents are of one person with
    /// the caller.
    pub owners: bool,
}

/// What of it exists.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// Whether the organization exists.
    pub is_organization: bool,
    /// Whether a user is a member of the organization in the role of an owner.
    pub has_owner: bool,
    /// The ids of the caller's agents; of an agent those of its person and of that person's agents.
    pub party: Vec<String>,
    ids: BTreeMap<(String, String), String>,
}

impl Resolved {
    /// The id of a user of the organization, or of a member of it.
    pub fn user(&self, owner: &str, name: &str) -> Option<&str> {
        self.of("user", &format!("{owner}/{}", folded(name)))
    }

    /// The id of a team.
    pub fn team(&self, name: &str) -> Option<&str> {
        self.of("team", name)
    }

    /// The id of a role.
    pub fn role(&self, name: &str) -> Option<&str> {
        self.of("role", name)
    }

    /// The id of a workspace.
    pub fn workspace(&self, name: &str) -> Option<&str> {
        self.of("workspace", name)
    }

    /// The id of a team or role.
    pub fn named(&self, kind: Kind, name: &str) -> Option<&str> {
        match kind {
            Kind::Team => self.team(name),
            Kind::Role => self.role(name),
            Kind::User | Kind::Everyone => None,
        }
    }

    fn of(&self, kind: &str, name: &str) -> Option<&str> {
        self.ids.get(&(kind.to_owned(), name.to_owned())).map(String::as_str)
    }
}

/// Resolves `wanted` within the organization `owner`, for the caller of that subject, in one statement.
pub fn resolve(owner: &str, wanted: &Wanted, caller: &str) -> Query<Resolved> {
    #[derive(Deserialize)]
    struct Found {
        kind: String,
        name: String,
        id: String,
    }
    let mut sql = Sql::default();
    let organization = sql.bind(owner);
    let mut parts = vec![format!(
        "SELECT 'organization' AS kind, name, id FROM organizations WHERE name = {organization}"
    )];
    if !wanted.users.is_empty() {
        let users: Vec<_> =
            wanted.users.iter().map(|(owner, name)| [owner.clone(), folded(name)]).collect();
        let users = sql.bind(crate::origin::store::json_text(&users));
        parts.push(format!(
            "SELECT 'user', users.owner || '/' || users.name, users.id FROM json_each({users}) AS sent \
             CROSS JOIN users ON users.owner = json_extract(sent.value, '$[0]') \
             AND users.name = json_extract(sent.value, '$[1]') WHERE users.owner = {organization} \
             OR EXISTS (SELECT 1 FROM memberships WHERE user_id = users.id \
             AND organization = {organization})"
        ));
    }
    let kinds = [
        ("team", "teams", &wanted.teams),
        ("role", "roles", &wanted.roles),
        ("workspace", "workspaces", &wanted.workspaces),
    ];
    for (kind, table, names) in kinds {
        if !names.is_empty() {
            let names = sql.bind(crate::origin::store::json_text(names));
            parts.push(format!(
                "SELECT '{kind}', name, id FROM {table} WHERE owner = {organization} \
                 AND name IN (SELECT value FROM json_each({names}))"
            ));
        }
    }
    if wanted.owners {
        parts.push(format!(
            "SELECT * FROM (SELECT 'owner', '', user_id FROM memberships \
             WHERE organization = {organization} AND role = 'owner' LIMIT 1)"
        ));
        let caller = sql.bind(caller);
        let person = format!("(SELECT sponsor_id FROM agents WHERE user_id = {caller})");
        parts.push(format!(
            "SELECT 'party', '', user_id FROM agents WHERE sponsor_id IN ({caller}, {person}) \
             UNION ALL SELECT 'party', '', sponsor_id FROM agents WHERE user_id = {caller}"
        ));
    }
    let statement = sql.statement(parts.join(" UNION ALL "));
    Query::<Vec<Found>>::all(statement).map(|rows| {
        let mut resolved = Resolved::default();
        for Found { kind, name, id } in rows {
            match kind.as_str() {
                "organization" => resolved.is_organization = true,
                "owner" => resolved.has_owner = true,
                "party" => resolved.party.push(id),
                _ => {
                    resolved.ids.insert((kind, name), id);
                }
            }
        }
        resolved
    })
}
