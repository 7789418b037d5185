//! Organizations: the tenants.

use serde::{Deserialize, Serialize};

use super::{
    accounts::Named,
    filter::Filter,
    keyset::{Order, Part},
    owned,
    query::Query,
};
use crate::{
    core::{password::Policy, time::UnixTime},
    ports::{Database, DatabaseError, Statement, flag, json},
};

/// An organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
pub struct Organization {
    /// UUID; unlike the name it is never used again.
    pub id: String,
    /// The slug that every row of it carries as `owner`.
    pub name: String,
    /// The display name.
    pub display_name: String,
    /// Suspended: none of its users, applications or keys is accepted.
    #[serde(deserialize_with = "flag")]
    pub is_disabled: bool,
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

impl Organization {
    /// The rules for new passwords (`passwordOptions`).
    pub fn password_policy(&self) -> Policy {
        let options = self.attributes.get("passwordOptions").and_then(serde_json::Value::as_array);
        Policy::of(options.into_iter().flatten().filter_map(serde_json::Value::as_str))
    }

    /// Whether a user who is deleted keeps the row at first (`enableSoftDeletion`).
    pub fn keeps_deleted_users(&self) -> bool {
        self.attributes.get("enableSoftDeletion").and_then(serde_json::Value::as_bool) == Some(true)
    }
}

/// The organization of that name.
pub fn by_name(name: &str) -> Query<Option<Organization>> {
    Query::first(Statement::new("SELECT * FROM organizations WHERE name = ?1").bind(name))
}

/// The organization of the client with that id.
pub fn of_client(client_id: &str) -> Query<Option<Organization>> {
    let sql = "SELECT * FROM organizations WHERE name = \
               (SELECT organization FROM applications WHERE client_id = ?1)";
    Query::first(Statement::new(sql).bind(client_id))
}

/// The organization of the person who is proven in the sign-in of that id.
pub fn of_flow(id: &str, now: UnixTime) -> Query<Option<Organization>> {
    let sql = "SELECT * FROM organizations WHERE name = (SELECT users.owner FROM flows \
               JOIN users ON users.id = flows.user_id WHERE flows.id = ?1 AND expires_at > ?2)";
    Query::first(Statement::new(sql).bind(id).bind(now))
}

/// The home organization of that user.
pub fn home_of(named: Named<'_>) -> Query<Option<Organization>> {
    let (id, value) = named.expression();
    let sql = format!(
        "SELECT * FROM organizations WHERE name = (SELECT owner FROM users WHERE id = {id})"
    );
    Query::first(Statement::new(sql).bind(value))
}

/// The organization of that name.
pub async fn find(
    database: &dyn Database,
    name: &str,
) -> Result<Option<Organization>, DatabaseError> {
    by_name(name).fetch(database).await
}

/// Whether there is an organization of that name, and it is not suspended.
pub async fn is_live(database: &dyn Database, name: &str) -> Result<bool, DatabaseError> {
    Ok(find(database, name).await?.is_some_and(|organization| !organization.is_disabled))
}

/// By name.
pub const BY_NAME: Order = Order { name: "name", columns: &["name"], descends: false };

/// A part of the organizations by name: of these, if they are given, and those that contain `text` in
/// the name or that for people.
pub fn list(among: Option<&[String]>, text: &str, part: &Part) -> Query<Vec<Organization>> {
    // `instr`, not `LIKE`: a client's `%` is a percent sign. One JSON parameter, not a list of
    // them: D1 takes at most 100.
    let text = Some(text.to_lowercase()).filter(|text| !text.is_empty());
    let mut filter = Filter::default();
    if part.after.is_none() {
        filter = filter.also("name > ''");
    }
    if let Some(names) = among {
        let among = "name IN (SELECT value FROM json_each(?))";
        filter = filter.holds(among, super::json_text(&names));
    }
    if let Some(text) = text {
        let contains = "(instr(lower(name), ?) > 0 OR instr(lower(display_name), ?) > 0)";
        filter = filter.holds(contains, text);
    }
    Query::all(filter.part("SELECT * FROM organizations", BY_NAME, 0, part))
}

/// The name of an organization that has been deleted.
#[derive(Debug, Clone, Deserialize)]
pub struct Tombstone {
    /// The name, which is reserved.
    pub name: String,
    /// The id of the organization that was.
    pub id: String,
    /// When it was deleted.
    pub created_at: UnixTime,
}

/// The tombstone of that name.
pub fn tombstone(name: &str) -> Query<Option<Tombstone>> {
    Query::first(Statement::new("SELECT * FROM tombstones WHERE name = ?1").bind(name))
}

/// One of `names` that is an organization's, or was.
pub fn any_of(names: &[String]) -> Query<Option<String>> {
    #[derive(Deserialize)]
    struct Found {
        name: String,
    }
    let statement = Statement::new(format!("{NAMED} (SELECT value FROM json_each(?1)) LIMIT 1"));
    let found = Query::<Option<Found>>::first(statement.bind(super::json_text(&names)));
    found.map(|found| found.map(|found| found.name))
}

/// The names, among those that follow, of organizations that are or were.
pub(super) const NAMED: &str = "SELECT name FROM (SELECT name FROM organizations UNION ALL \
     SELECT name FROM tombstones) WHERE name IN";

/// Releases the name, and returns it if it was a tombstone's.
pub fn release(name: &str) -> Statement {
    Statement::new("DELETE FROM tombstones WHERE name = ?1 RETURNING name").bind(name)
}

/// Stores a new organization, and returns its id, unless another tenant has a client whose id
/// begins with the name: it would pass for one of this organization.
pub fn insert(organization: &Organization) -> Statement {
    Statement::new(
        "INSERT INTO organizations \
         (id, name, display_name, is_disabled, attributes, created_at, updated_at, \
         session_lifetime, session_idle_time, second_factor) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, \
         coalesce(?5 ->> '$.sessionLifetime', 0), coalesce(?5 ->> '$.sessionIdleTime', 0), \
         json_object('requireMfa', ?5 -> '$.requireMfa', 'mfaItems', ?5 -> '$.mfaItems', \
         'mfaRememberInHours', ?5 -> '$.mfaRememberInHours') WHERE NOT EXISTS (SELECT 1 FROM applications \
         WHERE owner <> 'admin' AND lower(client_id) >= ?2 || '-' AND lower(client_id) < ?2 || '.') \
         RETURNING id",
    )
    .bind(&organization.id)
    .bind(&organization.name)
    .bind(&organization.display_name)
    .bind(organization.is_disabled)
    .bind(super::json_text(&organization.attributes))
    .bind(organization.created_at)
    .bind(organization.updated_at)
}

/// Notes who founded a new organization, and returns its id, unless the person has founded `most` of
/// those that exist, or one of its own (`personal`) already.
pub fn note_founder(id: &str, founder_id: &str, personal: bool, most: u32) -> Statement {
    Statement::new(
        "UPDATE organizations SET founder_id = ?2 WHERE id = ?1 \
         AND (SELECT count(*) FROM organizations AS founded WHERE founded.founder_id = ?2) < ?3 \
         AND (NOT ?4 OR NOT EXISTS (SELECT 1 FROM organizations AS founded \
         WHERE founded.founder_id = ?2 \
         AND json_extract(founded.attributes, '$.isPersonal'))) RETURNING id",
    )
    .bind(id)
    .bind(founder_id)
    .bind(i64::from(most))
    .bind(personal)
}

/// Removes an organization that is new and has nothing.
pub fn remove(id: &str) -> Statement {
    Statement::new("DELETE FROM organizations WHERE id = ?1").bind(id)
}

/// Removes an organization that was not founded after all.
pub fn remove_unfounded(id: &str) -> Statement {
    Statement::new("DELETE FROM organizations WHERE id = ?1 AND founder_id IS NULL").bind(id)
}

/// Stores what has changed, and returns the id, unless it has changed since `organization` was
/// read.
pub fn update(organization: &Organization) -> Statement {
    Statement::new(
        "UPDATE organizations SET display_name = ?2, is_disabled = ?3, attributes = ?4, \
         session_lifetime = coalesce(?4 ->> '$.sessionLifetime', 0), \
         session_idle_time = coalesce(?4 ->> '$.sessionIdleTime', 0), \
         second_factor = json_object('requireMfa', ?4 -> '$.requireMfa', 'mfaItems', \
         ?4 -> '$.mfaItems', 'mfaRememberInHours', ?4 -> '$.mfaRememberInHours'), updated_at = ?5, version = version + 1 WHERE id = ?1 AND version = ?6 RETURNING id",
    )
    .bind(&organization.id)
    .bind(&organization.display_name)
    .bind(organization.is_disabled)
    .bind(super::json_text(&organization.attributes))
    .bind(organization.updated_at)
    .bind(organization.version)
}

/// Deletes an organization that has neither users nor applications, with everything of it, and keeps
/// its name from being given again. Fails as a whole if it still has some.
pub fn delete(organization: &Organization, now: UnixTime) -> Vec<Statement> {
    let mut statements = owned::delete_organization(&organization.name, &organization.id);
    statements.push(
        Statement::new("INSERT INTO tombstones (name, id, created_at) VALUES (?1, ?2, ?3)")
            .bind(&organization.name)
            .bind(&organization.id)
            .bind(now),
    );
    statements
}

/// How many users and applications it has.
pub fn population(name: &str) -> Query<i64> {
    #[derive(Deserialize)]
    struct Count {
        count: i64,
    }
    let statement = Statement::new(
        "SELECT coalesce(sum(count), 0) AS count FROM populations \
         WHERE kind IN ('users', 'applications') AND organization = ?1",
    );
    let count = Query::<Option<Count>>::first(statement.bind(name));
    count.map(|row| row.map_or(0, |row| row.count))
}
