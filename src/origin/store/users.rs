//! Users: the people (and machines) of an organization.

use serde::{Deserialize, Serialize};

use crate::{
    core::time::UnixTime,
    world::{Database, DatabaseError, Statement, flag, json},
};

/// A user.
#[derive(Debug, Clone, Deserialize)]
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
    /// The id in another system.
    pub external_id: Option<String>,
    /// PHC string of the password; `None`: no sign-in by password.
    pub password_hash: Option<String>,
    /// The last sign-in.
    pub last_signin_at: Option<UnixTime>,
    /// Tokens issued before this are dead.
    pub not_before: UnixTime,
    /// Published members that no code reads.
    #[serde(deserialize_with = "json")]
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it was last changed.
    pub updated_at: UnixTime,
}

/// A further organization of a user and the role there, as the `orgs` claim lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The organization's name.
    pub organization: String,
    /// `owner`, `admin` or `member`.
    pub role: String,
}

/// The user with that subject (`users.id`).
pub async fn find_by_id(database: &dyn Database, id: &str) -> Result<Option<User>, DatabaseError> {
    database.first(Statement::new("SELECT * FROM users WHERE id = ?1").bind(id)).await
}

/// The user of that name in `owner`.
pub async fn find(
    database: &dyn Database,
    owner: &str,
    name: &str,
) -> Result<Option<User>, DatabaseError> {
    database
        .first(
            Statement::new("SELECT * FROM users WHERE owner = ?1 AND name = ?2")
                .bind(owner)
                .bind(name),
        )
        .await
}

/// The user in `owner` whom `login` names: by username, else by e-mail address, else by phone.
pub async fn find_by_login(
    database: &dyn Database,
    owner: &str,
    login: &str,
) -> Result<Option<User>, DatabaseError> {
    database
        .first(
            Statement::new(
                "SELECT * FROM users WHERE owner = ?1 AND (name = ?2 OR (email = ?3 AND ?3 <> '') \
                 OR (phone = ?2 AND ?2 <> '')) \
                 ORDER BY name = ?2 DESC, email = ?3 DESC LIMIT 1",
            )
            .bind(owner)
            .bind(login)
            .bind(login.to_lowercase()),
        )
        .await
}

/// The organizations that `user_id` belongs to besides the home one, by name.
pub async fn memberships(
    database: &dyn Database,
    user_id: &str,
) -> Result<Vec<Membership>, DatabaseError> {
    database
        .all(
            Statement::new(
                "SELECT organization, role FROM memberships WHERE user_id = ?1 \
                 ORDER BY organization",
            )
            .bind(user_id),
        )
        .await
}

/// Notes a sign-in, and replaces the hash of the password when `rehashed` (from what it was to
/// what it is to be) is given and nobody has changed it meanwhile.
pub fn signed_in(user_id: &str, now: UnixTime, rehashed: Option<(&str, &str)>) -> Statement {
    let statement = match rehashed {
        None => "UPDATE users SET last_signin_at = ?2 WHERE id = ?1",
        Some(_) => {
            "UPDATE users SET last_signin_at = ?2, \
             password_hash = CASE password_hash WHEN ?3 THEN ?4 ELSE password_hash END \
             WHERE id = ?1"
        }
    };
    let statement = Statement::new(statement).bind(user_id).bind(now);
    match rehashed {
        None => statement,
        Some((from, to)) => statement.bind(from).bind(to),
    }
}
