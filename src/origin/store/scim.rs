//! User look-ups of provisioning clients: by name, id or address, or page by page, each with the
//! teams of direct membership.

use serde::{Deserialize, Serialize};

use super::{
    query::Query,
    resource::Member,
    users::{LISTED, Selection, User},
};
use crate::{
    core::{directory::folded, time::UnixTime},
    ports::{Row, Statement, json},
};

/// `userName` as it is compared (migration 0016).
const USER_NAME: &str = "coalesce(json_extract(attributes, '$.scim.key'), name)";

/// A team of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRef {
    /// Its id.
    pub id: String,
    /// Its name to show; the name if it has none.
    pub display: String,
}

/// A user with its teams.
#[derive(Debug, Clone)]
pub struct Provisioned {
    /// The user.
    pub user: User,
    /// The enabled teams, by name.
    pub teams: Vec<TeamRef>,
}

/// A search by an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The user with that id.
    Id(String),
    /// The user with that `userName`, in lower case.
    UserName(String),
    /// The users whose `userName` begins like that, in lower case.
    UserNamePrefix(String),
    /// The users with that external id.
    ExternalId(String),
    /// The users with that e-mail address among theirs, in lower case.
    Email(String),
}

/// The teams of the user in the row, at the time `now`, an expression.
fn teams(now: &str) -> String {
    format!(
        "(SELECT json_group_array(json_object('id', id, 'display', display)) FROM (\
         SELECT teams.id, coalesce(nullif(display_name, ''), teams.name) AS display \
         FROM team_members JOIN teams ON teams.id = team_id \
         WHERE member_id = users.id AND team_members.owner = users.owner AND is_enabled \
         AND (expires_at IS NULL OR expires_at > {now}) ORDER BY teams.name)) AS teams"
    )
}

#[derive(Deserialize)]
struct Teams {
    #[serde(deserialize_with = "json")]
    teams: Vec<TeamRef>,
}

fn read(statement: Statement) -> Query<Vec<Provisioned>> {
    Query::rows(statement, |rows| {
        let provisioned = rows.into_iter().map(|row| {
            let Teams { teams } = row.clone().into_record()?;
            Ok(Provisioned { user: row.into_record()?, teams })
        });
        provisioned.collect()
    })
}

impl Lookup {
    /// The users of `owner` that it finds, at most `limit`.
    pub fn users(&self, owner: &str, now: UnixTime, limit: i64) -> Query<Vec<Provisioned>> {
        let (condition, value, further) = match self {
            Self::Id(id) => ("id = ?2".to_owned(), id, None),
            Self::UserName(name) => (format!("{USER_NAME} = ?2"), name, None),
            Self::UserNamePrefix(prefix) => {
                let end = format!("{prefix}\u{10FFFF}");
                (format!("{USER_NAME} >= ?2 AND {USER_NAME} < ?5"), prefix, Some(end))
            }
            Self::ExternalId(id) => ("external_id = ?2".to_owned(), id, None),
            Self::Email(address) => ("email = ?2 AND email <> ''".to_owned(), address, None),
        };
        let teams = teams("?3");
        let sql = format!(
            "SELECT {LISTED}, {teams} FROM users WHERE owner = ?1 AND deleted_at IS NULL \
             AND {condition} LIMIT ?4"
        );
        let statement = Statement::new(sql).bind(owner).bind(value).bind(now).bind(limit);
        let found = match further {
            Some(end) => read(statement.bind(end)),
            None => read(statement),
        };
        let Self::Email(address) = self else { return found };
        // The account has one address; its further ones are in the attributes of few users.
        let sql = format!(
            "SELECT {LISTED}, {teams} FROM users WHERE owner = ?1 AND deleted_at IS NULL \
             AND json_array_length(attributes, '$.scim.emails') > 1 \
             AND EXISTS (SELECT 1 FROM json_each(attributes, '$.scim.emails') \
             WHERE lower(json_extract(json_each.value, '$.value')) = ?2) LIMIT ?4"
        );
        let further = Statement::new(sql).bind(owner).bind(address).bind(now).bind(limit);
        found.and(read(further)).map(|(mut found, further)| {
            found.extend(further);
            found
        })
    }
}

/// A page of the users of `owner`, by `userName`.
pub fn page(owner: &str, now: UnixTime, limit: i64, offset: i64) -> Query<Vec<Provisioned>> {
    let teams = teams("?2");
    let sql = format!(
        "SELECT {LISTED}, {teams} FROM users WHERE owner = ?1 AND deleted_at IS NULL \
         ORDER BY {USER_NAME} LIMIT ?3 OFFSET ?4"
    );
    read(Statement::new(sql).bind(owner).bind(now).bind(limit).bind(offset))
}

/// How many users `owner` has.
pub fn count(owner: &str) -> Query<i64> {
    Selection { owner: Some(owner), ..Selection::default() }.count()
}

/// The teams of the user of `owner` with that username, if one is given, or id.
pub fn teams_of(owner: &str, name: Option<&str>, id: &str, now: UnixTime) -> Query<Vec<TeamRef>> {
    let sql = format!(
        "SELECT {} FROM users WHERE owner = ?1 AND (id = ?2 OR name = ?3) \
         ORDER BY name = ?3 DESC LIMIT 1",
        teams("?4")
    );
    let statement = Statement::new(sql).bind(owner).bind(id).bind(name.map(folded)).bind(now);
    Query::rows(statement, |rows| {
        let teams = rows.into_iter().next().map(Row::into_record::<Teams>);
        Ok(teams.transpose()?.map(|row| row.teams).unwrap_or_default())
    })
}

/// Whether a user of `owner` has that username, or that `userName`.
pub fn is_name_taken(owner: &str, name: &str) -> Query<bool> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM users WHERE owner = ?1 AND name = ?2) \
         OR EXISTS (SELECT 1 FROM users WHERE owner = ?1 AND {USER_NAME} = ?2) AS taken"
    );
    Query::rows(Statement::new(sql).bind(owner).bind(name), |rows| {
        Ok(rows.first().is_some_and(|row| row.is_set("taken")))
    })
}

/// The users with those ids who may be members of a team of `owner`, as its members.
pub fn members(owner: &str, ids: &[String]) -> Query<Vec<Member>> {
    let sql = "SELECT 'user' AS kind, users.id, users.owner || '/' || users.name AS name, \
         NULL AS expires_at FROM json_each(?2) AS sent CROSS JOIN users ON users.id = sent.value \
         WHERE deleted_at IS NULL AND (users.owner = ?1 OR EXISTS (SELECT 1 FROM memberships \
         WHERE user_id = users.id AND organization = ?1))";
    Query::all(Statement::new(sql).bind(owner).bind(super::json_text(&ids)))
}

/// Whether a team of `owner` has that name.
pub fn is_team_name_taken(owner: &str, name: &str) -> Query<bool> {
    let sql = "SELECT 1 AS taken FROM teams WHERE owner = ?1 AND name = ?2";
    Query::rows(Statement::new(sql).bind(owner).bind(name), |rows| Ok(!rows.is_empty()))
}
