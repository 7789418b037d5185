//! Roles, teams and permissions as the [`Policy`] that decides: the part of one user, or that of a
//! whole organization.
//!
//! What concerns a user is found from the user up: recursive queries follow the memberships by
//! `member_id`, so that their cost is that of the user's own groups and permissions, in an organization
//! of any size.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{accounts::Named, query::Query};
use crate::{
    core::{
        policy::{Assignment, Effect, Group, GroupKind, Narrowing, Permission, Policy, Standing},
        time::UnixTime,
        token::Role,
    },
    ports::{DatabaseError, Row, Statement, flag, json},
};

/// How many groups and how many permissions of one user a decision reads.
const MOST_GROUPS: usize = 1_000;
const MOST_PERMISSIONS: usize = 5_000;

/// How many rows of a kind an organization may have to be read as a whole.
const MOST_ROWS: usize = 20_000;

/// A policy as it was read.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The policy.
    pub policy: Policy,
    /// Whether nothing of it was left out.
    pub is_complete: bool,
}

/// The subject of permissions that every member of the organization has.
const EVERYONE: &str = "";

/// The names by which a permission names organization roles among its roles.
pub const ORGANIZATION_ROLES: [(&str, Role); 3] =
    [("@member", Role::Member), ("@admin", Role::Admin), ("@owner", Role::Owner)];

/// The user, every group that the user belongs to in the organization `?2`, and no more than the
/// decision reads.
fn reached(user: &str) -> String {
    let most = MOST_GROUPS + 2;
    format!(
        "WITH RECURSIVE reached (kind, id) AS (SELECT 'user', {user} \
         UNION SELECT 'team', team_id FROM reached CROSS JOIN team_members \
         ON member_id = reached.id AND team_members.owner = ?2 WHERE reached.kind = 'user' \
         UNION SELECT 'role', role_id FROM reached CROSS JOIN role_members \
         ON member_id = reached.id AND role_members.owner = ?2 AND role_members.kind = reached.kind \
         UNION SELECT 'team', parent_id FROM reached CROSS JOIN teams ON teams.id = reached.id \
         WHERE reached.kind = 'team' AND teams.owner = ?2 AND parent_id IS NOT NULL LIMIT {most})"
    )
}

/// The memberships of the user and the user's groups.
const MEMBERSHIPS: &str = "SELECT role_members.kind AS member_kind, member_id, role_id AS group_id, expires_at \
         FROM reached CROSS JOIN role_members ON member_id = reached.id \
         AND role_members.owner = ?2 AND role_members.kind = reached.kind \
         UNION ALL SELECT 'user', member_id, team_id, expires_at FROM reached \
         CROSS JOIN team_members ON member_id = reached.id AND team_members.owner = ?2 \
         WHERE reached.kind = 'user' \
         UNION ALL SELECT 'team', teams.id, parent_id, NULL FROM reached CROSS JOIN teams \
         ON teams.id = reached.id WHERE reached.kind = 'team' AND parent_id IS NOT NULL";

/// The groups of the organization `?2`; `owner` is the column as the query plan should use it.
fn groups(owner: &str, roles: &str, teams: &str) -> String {
    format!(
        "SELECT 'role' AS kind, id, name, is_enabled, domains FROM roles WHERE {owner} = ?2 {roles} \
         UNION ALL SELECT 'team', id, name, is_enabled, '[]' FROM teams WHERE {owner} = ?2 {teams}"
    )
}

/// The permissions of the organization `?2`. What is not approved is not read, so that what members
/// submit keeps no decision from being made.
fn permissions(owner: &str, condition: &str) -> String {
    format!(
        "SELECT id, name, effect, resource_type, resources, actions, domains, applications, \
         projects, expires_at FROM permissions \
         WHERE {owner} = ?2 AND is_enabled AND state = 'Approved' {condition} ORDER BY name"
    )
}

/// The applications that permissions name by name, with their client ids.
fn applications(owner: &str, condition: &str) -> String {
    format!(
        "SELECT DISTINCT applications.name, client_id FROM permissions \
         CROSS JOIN json_each(permissions.applications) AS named CROSS JOIN applications \
         ON applications.organization = ?2 AND applications.name = named.value \
         WHERE {owner} = ?2 AND permissions.applications <> '[]' {condition}"
    )
}

fn everyone() -> String {
    let names = ORGANIZATION_ROLES.map(|(name, _)| format!(", '{name}'")).concat();
    format!(
        "SELECT permission_id, kind, member_id, expires_at FROM permission_subjects \
         WHERE owner = ?2 AND member_id IN ('{EVERYONE}'{names})"
    )
}

/// The part of the policy of `organization` that concerns a user.
pub fn of_user(user: Named<'_>, organization: &str) -> Query<Facts> {
    let (expression, value) = user.expression();
    let reached = reached(&expression);
    let subjects = format!(
        "SELECT permission_id, permission_subjects.kind AS kind, member_id, expires_at FROM reached \
         CROSS JOIN permission_subjects ON member_id = reached.id AND owner = ?2 \
         AND permission_subjects.kind = reached.kind UNION ALL {}",
        everyone()
    );
    let of = |kind: &str| format!("AND id IN (SELECT id FROM reached WHERE kind = '{kind}')");
    let concerned = format!("AND permissions.id IN (SELECT permission_id FROM ({subjects}))");
    // `+owner`: found by the ids, and not by walking through all of the organization.
    let queries = [
        groups("+owner", &of("role"), &of("team")),
        format!("{MEMBERSHIPS} LIMIT {}", MOST_ROWS + 1),
        format!("{} LIMIT {}", permissions("+owner", &concerned), MOST_PERMISSIONS + 1),
        subjects,
        applications("+permissions.owner", &concerned),
    ];
    let statements = queries
        .map(|sql| Statement::new(format!("{reached} {sql}")).bind(value).bind(organization));
    facts(statements.into(), MOST_GROUPS, MOST_PERMISSIONS)
}

/// The whole policy of an organization.
pub fn of_organization(organization: &str) -> Query<Facts> {
    let most = MOST_ROWS + 1;
    let in_roles = "role_id IN (SELECT id FROM roles WHERE owner = ?2)";
    let in_teams = "team_id IN (SELECT id FROM teams WHERE owner = ?2)";
    let in_permissions = "permission_id IN (SELECT id FROM permissions WHERE owner = ?2)";
    let queries = [
        format!("{} LIMIT {most}", groups("owner", "", "")),
        format!(
            "SELECT kind AS member_kind, member_id, role_id AS group_id, expires_at \
             FROM role_members WHERE {in_roles} UNION ALL \
             SELECT 'user', member_id, team_id, expires_at FROM team_members WHERE {in_teams} \
             UNION ALL SELECT 'team', id, parent_id, NULL FROM teams WHERE owner = ?2 \
             AND parent_id IS NOT NULL LIMIT {most}"
        ),
        format!("{} LIMIT {most}", permissions("owner", "")),
        format!(
            "SELECT permission_id, kind, member_id, expires_at FROM permission_subjects \
             WHERE {in_permissions} LIMIT {most}"
        ),
        applications("permissions.owner", ""),
    ];
    let statements = queries.map(|sql| Statement::new(sql).bind("").bind(organization));
    facts(statements.into(), MOST_ROWS, MOST_ROWS)
}

#[derive(Deserialize)]
struct GroupRow {
    kind: String,
    id: String,
    name: String,
    #[serde(deserialize_with = "flag")]
    is_enabled: bool,
    #[serde(deserialize_with = "json")]
    domains: Vec<String>,
}

#[derive(Deserialize)]
struct MembershipRow {
    member_kind: String,
    member_id: String,
    group_id: String,
    expires_at: Option<UnixTime>,
}

#[derive(Deserialize)]
struct PermissionRow {
    id: String,
    name: String,
    effect: String,
    resource_type: String,
    #[serde(deserialize_with = "json")]
    resources: Vec<String>,
    #[serde(deserialize_with = "json")]
    actions: Vec<String>,
    #[serde(deserialize_with = "json")]
    domains: Vec<String>,
    #[serde(deserialize_with = "json")]
    applications: Vec<String>,
    #[serde(deserialize_with = "json")]
    projects: Vec<String>,
    expires_at: Option<UnixTime>,
}

#[derive(Deserialize)]
struct SubjectRow {
    permission_id: String,
    kind: String,
    member_id: String,
    expires_at: Option<UnixTime>,
}

#[derive(Deserialize)]
struct ApplicationRow {
    name: String,
    client_id: String,
}

/// The policy of the rows of these statements: groups, memberships, permissions, their subjects,
/// applications.
fn facts(statements: Vec<Statement>, groups: usize, permissions: usize) -> Query<Facts> {
    let queries = statements.into_iter().map(|it| Query::rows(it, Ok));
    Query::list(queries).and_then(move |tables| {
        let mut tables = tables.into_iter();
        let mut next = || tables.next().unwrap_or_default();
        let rows = Tables {
            groups: records(next())?,
            memberships: records(next())?,
            permissions: records(next())?,
            subjects: records(next())?,
            applications: records(next())?,
        };
        let is_complete = rows.groups.len() <= groups
            && rows.permissions.len() <= permissions
            && rows.memberships.len() <= MOST_ROWS
            && rows.subjects.len() <= MOST_ROWS;
        Ok(Facts { policy: rows.policy(), is_complete })
    })
}

fn records<T: for<'de> Deserialize<'de>>(rows: Vec<Row>) -> Result<Vec<T>, DatabaseError> {
    rows.into_iter().map(Row::into_record).collect()
}

struct Tables {
    groups: Vec<GroupRow>,
    memberships: Vec<MembershipRow>,
    permissions: Vec<PermissionRow>,
    subjects: Vec<SubjectRow>,
    applications: Vec<ApplicationRow>,
}

impl Tables {
    fn policy(self) -> Policy {
        let Self { groups, memberships, permissions, subjects, applications } = self;
        let places: BTreeMap<String, usize> =
            groups.iter().enumerate().map(|(place, group)| (group.id.clone(), place)).collect();
        let mut groups: Vec<Group> = groups.into_iter().map(GroupRow::group).collect();
        let mut users: BTreeMap<String, Vec<Assignment>> = BTreeMap::new();
        for MembershipRow { member_kind, member_id, group_id, expires_at } in memberships {
            let Some(&group) = places.get(&group_id) else { continue };
            let assignment = Assignment { group, expires_at };
            if member_kind == "user" {
                users.entry(member_id).or_default().push(assignment);
            } else if let Some(member) = places.get(&member_id).and_then(|it| groups.get_mut(*it)) {
                member.member_of.push(assignment);
            }
        }
        let mut named: BTreeMap<String, Vec<SubjectRow>> = BTreeMap::new();
        for subject in subjects {
            named.entry(subject.permission_id.clone()).or_default().push(subject);
        }
        let mut clients: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for ApplicationRow { name, client_id } in applications {
            clients.entry(name).or_default().push(client_id);
        }
        let permissions = permissions.into_iter().map(|row| {
            let subjects = named.remove(&row.id).unwrap_or_default();
            let mut permission = row.permission(&clients);
            for subject in subjects {
                subject.add_to(&mut permission, &places);
            }
            permission.users.sort_unstable();
            permission.users.dedup();
            permission
        });
        let permissions = permissions.collect();
        Policy { permissions, groups, users: users.into_iter().collect() }
    }
}

impl GroupRow {
    fn group(self) -> Group {
        Group {
            kind: if self.kind == "role" { GroupKind::Role } else { GroupKind::Team },
            name: self.name,
            standing: if self.is_enabled { Standing::Active } else { Standing::Disabled },
            narrowing: Narrowing::of_domains(&self.domains),
            member_of: Vec::new(),
        }
    }
}

impl PermissionRow {
    /// The permission without its subjects. An application that it names by name is named by its
    /// client id too, which is all that an edge knows of it.
    fn permission(self, clients: &BTreeMap<String, Vec<String>>) -> Permission {
        let mut narrowing = Narrowing::of_domains(&self.domains);
        narrowing.projects.extend(self.projects);
        narrowing.applications.extend(self.applications);
        let found = narrowing.applications.iter().filter_map(|name| clients.get(name)).flatten();
        let found: Vec<String> = found.cloned().collect();
        narrowing.applications.extend(found);
        Permission {
            name: self.name,
            effect: Effect::stored(&self.effect),
            standing: Standing::Active,
            resource_type: self.resource_type,
            resources: self.resources,
            actions: self.actions,
            narrowing,
            users: Vec::new(),
            groups: Vec::new(),
            roles: Vec::new(),
            expires_at: self.expires_at,
        }
    }
}

impl SubjectRow {
    fn add_to(self, permission: &mut Permission, places: &BTreeMap<String, usize>) {
        let Self { kind, member_id, expires_at, .. } = self;
        let role = match kind.as_str() {
            "everyone" => Some(Role::Member),
            "role" => organization_role(&member_id),
            _ => None,
        };
        if let Some(role) = role {
            permission.roles.push((role, expires_at));
        } else if kind == "user" {
            permission.users.push((member_id, expires_at));
        } else if let Some(&group) = places.get(&member_id) {
            permission.groups.push(Assignment { group, expires_at });
        }
    }
}

/// The organization role that a permission names among its roles.
fn organization_role(name: &str) -> Option<Role> {
    ORGANIZATION_ROLES.iter().find(|(known, _)| *known == name).map(|(_, role)| *role)
}
