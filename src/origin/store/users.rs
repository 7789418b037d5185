//! Users: the people (and machines) of an organization.

use serde::{Deserialize, Serialize};

use super::{filter::Filter, query::Query};
use crate::{
    core::{
        directory::folded,
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
    /// When it was made.
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
        let at_home = if self.is_admin { Role::Admin } else { Role::Member };
        let owns = |membership: &&Membership| {
            membership.organization == self.owner && membership.role == Role::Owner
        };
        let home = memberships.iter().find(owns).map_or(at_home, |owned| owned.role);
        let further = memberships.iter().filter(|further| further.organization != self.owner);
        std::iter::once(OrganizationRole { org: self.owner.clone(), role: home })
            .chain(further.map(|further| OrganizationRole {
                org: further.organization.clone(),
                role: further.role,
            }))
            .collect()
    }

    /// Whether the records of the user's keys say something else than before.
    pub fn is_published_otherwise(&self, before: &Self) -> bool {
        let published = |user: &Self| {
            let Self { owner, name, email, r#type, is_admin, .. } = user;
            let texts = [owner, name, email, r#type].map(String::clone);
            (texts, *is_admin, user.is_barred())
        };
        published(self) != published(before)
    }

    /// Whether nothing of the user is accepted: the account is disabled or deleted.
    pub const fn is_barred(&self) -> bool {
        self.is_forbidden || self.deleted_at.is_some()
    }

    /// Whether this is a program's account.
    pub fn is_machine(&self) -> bool {
        self.r#type == "service-account"
    }
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

/// How a request names a user.
#[derive(Debug, Clone, Copy)]
pub enum Named<'a> {
    /// By `users.id`.
    Id(&'a str),
    /// By the username in an organization; case does not count.
    Name {
        /// The home organization.
        owner: &'a str,
        /// The username.
        name: &'a str,
    },
    /// By the username or the id.
    Path {
        /// The home organization.
        owner: &'a str,
        /// The username or the id.
        name: &'a str,
    },
    /// By the e-mail address, in lower case.
    Address {
        /// The home organization.
        owner: &'a str,
        /// The address.
        email: &'a str,
    },
    /// As the holder of a key.
    HolderOf {
        /// The organization of the key.
        owner: &'a str,
        /// The name of the key.
        key: &'a str,
    },
    /// As the holder of the key with that digest.
    HolderOfDigest(&'a str),
}

impl Named<'_> {
    /// The id of the user, as an expression over the parameters that [`Self::bind`] binds.
    pub(super) fn expression(self) -> String {
        let by_name = "SELECT id FROM users WHERE owner = ?1 AND name = ?2";
        match self {
            Self::Id(_) => "?1".to_owned(),
            Self::Name { .. } => format!("({by_name})"),
            Self::Path { .. } => {
                format!(
                    "coalesce(({by_name}), (SELECT id FROM users WHERE id = ?3 AND owner = ?1))"
                )
            }
            Self::Address { .. } => {
                "(SELECT id FROM users WHERE email = ?2 AND owner = ?1 AND email <> '')".to_owned()
            }
            Self::HolderOf { .. } => format!("(SELECT user_id FROM keys {})", super::keys::NAMED),
            Self::HolderOfDigest(_) => "(SELECT user_id FROM keys WHERE digest = ?1)".to_owned(),
        }
    }

    /// Binds the first parameters of a statement.
    pub(super) fn bind(self, statement: Statement) -> Statement {
        match self {
            Self::Id(text) | Self::HolderOfDigest(text) => statement.bind(text),
            Self::Name { owner, name } => statement.bind(owner).bind(folded(name)),
            Self::Path { owner, name } => statement.bind(owner).bind(folded(name)).bind(name),
            Self::Address { owner, email } => statement.bind(owner).bind(email),
            Self::HolderOf { owner, key } => statement.bind(owner).bind(key),
        }
    }
}

/// The user that a request names.
pub fn target(named: Named<'_>) -> Query<Option<Target>> {
    #[derive(Deserialize)]
    struct Further {
        #[serde(deserialize_with = "json")]
        further: Vec<Membership>,
    }
    let id = named.expression();
    let statement = Statement::new(format!(
        "SELECT users.*, (SELECT json_group_array(json_object('organization', organization, \
         'role', role)) FROM (SELECT organization, role FROM memberships \
         WHERE user_id = users.id ORDER BY organization)) AS further FROM users WHERE id = {id}"
    ));
    let statement = named.bind(statement);
    Query::rows(statement, |rows| {
        let target = rows.into_iter().next().map(|row| {
            let Further { further: memberships } = row.clone().into_record()?;
            Ok(Target { user: row.into_record()?, memberships })
        });
        target.transpose()
    })
}

/// The user with that subject (`users.id`).
pub async fn find_by_id(database: &dyn Database, id: &str) -> Result<Option<User>, DatabaseError> {
    database.first(Statement::new("SELECT * FROM users WHERE id = ?1").bind(id)).await
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

/// The order of a list of users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// By organization and name.
    #[default]
    Name,
    /// The newest first, of one organization.
    Newest,
}

/// The users of an organization (or of all): those of that e-mail address or phone number, if it is
/// given, and only the one of that id, if that is.
#[derive(Debug, Clone, Default)]
pub struct Selection<'a> {
    /// The organization.
    pub owner: Option<&'a str>,
    /// Lower case.
    pub email: Option<&'a str>,
    /// As it is stored.
    pub phone: Option<&'a str>,
    /// The id of the only user that the caller may see.
    pub only: Option<&'a str>,
    /// Which of them, as to deletion.
    pub deleted: Deleted,
    /// How they are ordered.
    pub order: Order,
}

/// Whether a list has users who are deleted and keep their row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deleted {
    /// It leaves them out.
    #[default]
    Without,
    /// It has them too.
    With,
    /// It has only them.
    Only,
}

/// Without the password, which a list never needs, and without large pictures: a thousand of them
/// would not fit into an isolate.
pub(super) const LISTED: &str = "id, owner, name, display_name, email, email_verified, phone, \
     CASE WHEN length(avatar) > 2048 THEN '' ELSE avatar END AS avatar, type, is_admin, \
     is_forbidden, deleted_at, external_id, last_signin_at, not_before, attributes, created_at, updated_at, \
     version";

/// A page of the selected users, and how many there are in all.
pub fn list(selection: &Selection<'_>, limit: i64, offset: i64) -> Query<(Vec<User>, i64)> {
    let page = selection.filter().statement(&format!("SELECT {LISTED} FROM users"), |next| {
        let order = match selection.order {
            Order::Name => "owner, name",
            Order::Newest => "created_at DESC, name DESC",
        };
        format!("ORDER BY {order} LIMIT ?{next} OFFSET ?{}", next + 1)
    });
    Query::all(page.bind(limit).bind(offset)).and(selection.count())
}

impl Selection<'_> {
    fn filter(&self) -> Filter {
        // The indexes cover users with an address or number only.
        let by = |filter: Filter, column: &str, value: Option<&str>| match value {
            Some(value) => filter.is(column, Some(value)).also(&format!("{column} <> ''")),
            None => filter,
        };
        let filter = Filter::default().is("owner", self.owner);
        let filter = by(by(filter, "email", self.email), "phone", self.phone);
        let filter = filter.is("id", self.only);
        match self.deleted {
            Deleted::Without => filter.also("deleted_at IS NULL"),
            Deleted::With => filter,
            Deleted::Only => filter.also("deleted_at IS NOT NULL"),
        }
    }

    /// How many there are. All users of an organization are counted already.
    pub(super) fn count(&self) -> Query<i64> {
        #[derive(Deserialize)]
        struct Count {
            count: i64,
        }
        let Self { owner, email, phone, only, deleted, .. } = self;
        let statement = if email.or(*phone).or(*only).is_none() {
            let sum = match deleted {
                Deleted::Without => "sum(CASE kind WHEN 'users' THEN count ELSE -count END)",
                Deleted::With => "sum(CASE kind WHEN 'users' THEN count ELSE 0 END)",
                Deleted::Only => "sum(CASE kind WHEN 'users' THEN 0 ELSE count END)",
            };
            let sum = format!("SELECT coalesce({sum}, 0) AS count FROM populations");
            let counted = Filter::default().also("kind IN ('users', 'deleted-users')");
            counted.is("organization", *owner).statement(&sum, |_| String::new())
        } else {
            self.filter().statement("SELECT count(*) AS count FROM users", |_| String::new())
        };
        Query::<Option<Count>>::first(statement).map(|row| row.map_or(0, |row| row.count))
    }
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
