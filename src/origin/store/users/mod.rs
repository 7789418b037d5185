//! Users (people and machines) of an organization.

mod list;
mod named;

use serde::{Deserialize, Serialize};

pub(super) use self::{
    list::LISTED,
    named::{OF_REFERENCE, all_targets, targets},
};
pub use self::{
    list::{BY_AGE, Deleted, Selection, list},
    named::{Named, reference, target},
};
use super::query::Query;
use crate::{
    core::{
        directory::folded,
        locale::Language,
        time::UnixTime,
        token::{OrganizationRole, Role},
    },
    ports::{Database, DatabaseError, Statement, flag, json},
};

/// A user.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
pub struct User {
    /// UUID: the `sub` of every token.
    pub id: String,
    /// The home organization.
    pub owner: String,
    /// The username, unique in the organization.
    pub name: String,
    /// The person's name.
    pub display_name: String,
    /// Lower case; empty if none.
    pub email: String,
    /// Whether the address is known to be the user's.
    #[serde(deserialize_with = "flag")]
    pub email_verified: bool,
    /// E.164; empty if none.
    pub phone: String,
    /// URL or `data:image`.
    pub avatar: String,
    /// `normal-user`, `service-account`, …
    pub r#type: String,
    /// Administrator of the home organization.
    #[serde(deserialize_with = "flag")]
    pub is_admin: bool,
    /// Disabled: no credential of the user is accepted.
    #[serde(deserialize_with = "flag")]
    pub is_forbidden: bool,
    /// Deleted, with the row kept: as if disabled, and left out of lists.
    #[serde(default)]
    pub deleted_at: Option<UnixTime>,
    /// The id in another system.
    pub external_id: Option<String>,
    /// PHC string of the password; `None`: no sign-in by password.
    pub password_hash: Option<String>,
    /// The last sign-in.
    pub last_signin_at: Option<UnixTime>,
    /// Tokens issued before this are revoked.
    pub not_before: UnixTime,
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

/// A further organization of a user and the role there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The organization's name.
    pub organization: String,
    /// The role of the user there.
    pub role: Role,
}

impl User {
    /// The home organization and the further ones, as the `orgs` claim lists them.
    pub fn roles(&self, memberships: &[Membership]) -> Vec<OrganizationRole> {
        roles(&self.owner, self.is_admin, memberships)
    }

    /// The e-mail address if it is verified; otherwise empty.
    pub fn verified_email(&self) -> &str {
        if self.email_verified { &self.email } else { "" }
    }

    /// Whether the records of the user's keys say something else than before.
    pub fn is_published_otherwise(&self, before: &Self) -> bool {
        let published = |user: &Self| {
            let Self { owner, name, r#type, is_admin, .. } = user;
            let texts = [owner, name, user.verified_email(), r#type].map(str::to_owned);
            (texts, *is_admin, user.is_barred())
        };
        published(self) != published(before)
    }

    /// Whether nothing of the user is accepted: the account is disabled or deleted.
    pub const fn is_barred(&self) -> bool {
        self.is_forbidden || self.deleted_at.is_some()
    }

    /// The language of pages and messages that the person has chosen.
    pub fn language(&self) -> Option<Language> {
        self.attributes.get("language")?.as_str().and_then(Language::of_tag)
    }

    /// Whether this is a program's account.
    pub fn is_machine(&self) -> bool {
        self.r#type == "service-account"
    }
}

/// The home organization `owner` and the further ones, with the role in each.
pub fn roles(owner: &str, is_admin: bool, memberships: &[Membership]) -> Vec<OrganizationRole> {
    let at_home = if is_admin { Role::Admin } else { Role::Member };
    let owns = |membership: &&Membership| {
        membership.organization == owner && membership.role == Role::Owner
    };
    let home = memberships.iter().find(owns).map_or(at_home, |owned| owned.role);
    let further = memberships.iter().filter(|further| further.organization != owner);
    std::iter::once(OrganizationRole { org: owner.to_owned(), role: home })
        .chain(further.map(|further| OrganizationRole {
            org: further.organization.clone(),
            role: further.role,
        }))
        .collect()
}

/// A user with every further organization, suspended ones included: the roles that the account may
/// regain, not those that it has.
#[derive(Debug, Clone)]
pub struct Target {
    /// The user.
    pub user: User,
    /// The further organizations.
    pub memberships: Vec<Membership>,
}

impl Target {
    /// Every organization and role, the home first.
    pub fn roles(&self) -> Vec<OrganizationRole> {
        self.user.roles(&self.memberships)
    }
}

/// The user with that id.
pub fn by_id(id: &str) -> Query<Option<User>> {
    Query::first(Statement::new("SELECT * FROM users WHERE id = ?1").bind(id))
}

/// The user with that subject (`users.id`).
pub async fn find_by_id(database: &dyn Database, id: &str) -> Result<Option<User>, DatabaseError> {
    by_id(id).fetch(database).await
}

/// The user of that name in `owner`; case does not count.
pub async fn find(
    database: &dyn Database,
    owner: &str,
    name: &str,
) -> Result<Option<User>, DatabaseError> {
    database
        .first(
            Statement::new("SELECT * FROM users WHERE owner = ?1 AND name = ?2")
                .bind(owner)
                .bind(folded(name)),
        )
        .await
}

/// The organizations that `user_id` belongs to besides the home one, by name, without suspended ones:
/// these give no role.
pub async fn memberships(
    database: &dyn Database,
    user_id: &str,
) -> Result<Vec<Membership>, DatabaseError> {
    database
        .all(
            Statement::new(
                "SELECT organization, role FROM memberships \
                 JOIN organizations ON organizations.name = organization \
                 WHERE user_id = ?1 AND NOT is_disabled ORDER BY organization",
            )
            .bind(user_id),
        )
        .await
}

/// Notes a sign-in with the password whose hash is `verified`, replaces that by `hash` (the same,
/// or one of today's parameters), and returns the id, unless the password has been changed
/// concurrently.
pub fn signed_in(user: &User, verified: &str, hash: &str, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE users SET last_signin_at = ?2, password_hash = ?4, \
         version = version + (?3 <> ?4) WHERE id = ?1 AND password_hash = ?3 RETURNING id",
    )
    .bind(&user.id)
    .bind(now)
    .bind(verified)
    .bind(hash)
}

/// Notes a sign-in by a code that was sent to the user's verified address, and returns the id, unless the
/// address has been changed concurrently.
pub fn signed_in_by_address(user: &User, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE users SET last_signin_at = ?2 WHERE id = ?1 AND email = ?3 AND email_verified \
         RETURNING id",
    )
    .bind(&user.id)
    .bind(now)
    .bind(&user.email)
}

/// Stores a new user, and returns the id, unless the organization has as many as its quota allows
/// (`quota`, if it has none of its own).
pub fn insert(user: &User, quota: u32) -> Statement {
    let room = super::room("users", 2, 18);
    Statement::new(format!(
        "INSERT INTO users (id, owner, name, display_name, email, email_verified, phone, avatar, \
         type, is_admin, is_forbidden, external_id, password_hash, not_before, attributes, \
         created_at, updated_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17 \
         WHERE {room} AND NOT EXISTS (SELECT 1 FROM erasures WHERE user_id = ?1) RETURNING id"
    ))
    .bind(&user.id)
    .bind(&user.owner)
    .bind(&user.name)
    .bind(&user.display_name)
    .bind(&user.email)
    .bind(user.email_verified)
    .bind(&user.phone)
    .bind(&user.avatar)
    .bind(&user.r#type)
    .bind(user.is_admin)
    .bind(user.is_forbidden)
    .bind(user.external_id.as_ref())
    .bind(user.password_hash.as_ref())
    .bind(user.not_before)
    .bind(super::json_text(&user.attributes))
    .bind(user.created_at)
    .bind(user.updated_at)
    .bind(i64::from(quota))
}

/// How many more users `owner` may have (`quota`, if it has none of its own).
pub fn room(owner: &str, quota: u32) -> Query<u64> {
    let (population, quota_of) = (super::population("users", 1), super::quota("users", 1, 2));
    let sql = format!("SELECT max(0, {quota_of} - {population}) AS users");
    let found = Query::first(Statement::new(sql).bind(owner).bind(i64::from(quota)));
    found.map(|room: Option<Room>| room.map_or(0, |room| room.users))
}

#[derive(Debug, Deserialize)]
struct Room {
    users: u64,
}

/// Stores new users of `owner` who have names and addresses only, and returns their ids: all of them, or none
/// if the organization has no room (`quota`, if it has none of its own).
pub fn insert_all(owner: &str, users: &[User], quota: u32) -> Statement {
    let room = super::room("users", 2, 3);
    let rows: Vec<_> = users
        .iter()
        .map(|it| {
            let verified = u8::from(it.email_verified);
            (&it.id, &it.name, &it.display_name, &it.email, verified, &it.phone, &it.avatar)
        })
        .collect();
    let created_at = users.first().map_or(UnixTime(0), |user| user.created_at);
    let of = |place: u8| format!("json_extract(value, '$[{place}]')");
    let columns: Vec<String> = (0..7).map(of).collect();
    Statement::new(format!(
        "INSERT INTO users (id, name, display_name, email, email_verified, phone, avatar, owner, type, \
         attributes, created_at, updated_at) SELECT {}, ?2, 'normal-user', '{{}}', ?5, ?5 \
         FROM json_each(?1) WHERE ?4 - 1 + {room} RETURNING id",
        columns.join(", ")
    ))
    .bind(super::json_text(&rows))
    .bind(owner)
    .bind(i64::from(quota))
    .bind(i64::try_from(users.len()).unwrap_or(i64::MAX))
    .bind(created_at)
}

/// Stores what an administrator or the user has changed, and returns the id, unless the user has
/// changed since it was read: two concurrent changes must not undo each other (a profile that is
/// saved, an account that is disabled).
pub fn update(user: &User) -> Statement {
    Statement::new(
        "UPDATE users SET display_name = ?2, email = ?3, email_verified = ?4, phone = ?5, \
         avatar = ?6, type = ?7, is_admin = ?8, is_forbidden = ?9, external_id = ?10, \
         password_hash = ?11, not_before = max(not_before, ?12), attributes = ?13, \
         updated_at = ?14, deleted_at = ?16, version = version + 1 \
         WHERE id = ?1 AND version = ?15 RETURNING id",
    )
    .bind(&user.id)
    .bind(&user.display_name)
    .bind(&user.email)
    .bind(user.email_verified)
    .bind(&user.phone)
    .bind(&user.avatar)
    .bind(&user.r#type)
    .bind(user.is_admin)
    .bind(user.is_forbidden)
    .bind(user.external_id.as_ref())
    .bind(user.password_hash.as_ref())
    .bind(user.not_before)
    .bind(super::json_text(&user.attributes))
    .bind(user.updated_at)
    .bind(user.version)
    .bind(user.deleted_at)
}

/// Ends every session and grant of the user: with them every token that was issued.
pub fn end_sessions_and_grants(user_id: &str, now: UnixTime) -> [Statement; 2] {
    [
        Statement::new("DELETE FROM sessions WHERE user_id = ?1").bind(user_id),
        Statement::new(
            "WITH RECURSIVE family (id) AS (SELECT id FROM grants WHERE user_id = ?1 UNION \
             SELECT grants.id FROM grants JOIN family ON grants.parent_id = family.id) \
             UPDATE grants SET revoked_at = ?2 \
             WHERE revoked_at IS NULL AND id IN (SELECT id FROM family)",
        )
        .bind(user_id)
        .bind(now),
    ]
}
