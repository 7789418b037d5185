//! Browser sessions, by user and id, with the digest of their cookie.

use serde::Deserialize;

use super::{
    people::{self, People},
    purges::{self, Key},
    query::Query,
    users::Target,
};
use crate::{
    core::{
        session::{Factor, Limits},
        signin::{Methods, Resumed},
        time::UnixTime,
    },
    ports::{Statement, json},
};

/// A session.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Session {
    /// The user.
    pub user_id: String,
    /// The `sid` of its tokens.
    pub id: String,
    /// base64url(SHA-256) of the cookie.
    pub digest: String,
    /// When the user signed in (`auth_time`).
    pub authenticated_at: UnixTime,
    /// The methods of the sign-in (`amr`, RFC 8176).
    #[serde(deserialize_with = "json")]
    pub methods: Vec<String>,
    /// The authentication context class that was reached (`acr`); empty: none is claimed.
    pub acr: String,
    /// When each method was last proved.
    #[serde(deserialize_with = "json")]
    pub factors: Vec<Factor>,
    /// The issuer of the host that has the cookie; empty: it began before this was noted.
    pub issuer: String,
    /// When it ends.
    pub expires_at: UnixTime,
    /// When it ends unless it is used.
    pub idle_ends_at: UnixTime,
    /// When it began.
    pub created_at: UnixTime,
    /// When it was last used, as far as that is noted ([`used`]).
    pub used_at: UnixTime,
    /// The browser and the operating system that it began with.
    pub device: String,
    /// The address that it began from.
    pub address: String,
    /// Its country (ISO 3166-1 alpha-2), if it is known.
    pub country: String,
    /// The address of the last use.
    pub used_address: String,
    /// Its country.
    pub used_country: String,
}

impl Session {
    /// The form that the state machine continues.
    pub fn resumed(&self) -> Resumed {
        Resumed::new(self.user_id.clone(), self.id.clone(), self.methods.clone())
    }

    /// Since when it carries platform authority: the sign-in, or the second factor of an account that has `enrolled`
    /// one, if that was earlier. `None`: it carries none.
    pub fn platform_since(&self, enrolled: Methods) -> Option<UnixTime> {
        self.confirmed_at(enrolled).map(|at| at.min(self.authenticated_at))
    }

    /// When it last proved the most that an account can which has `enrolled` those second factors.
    pub fn confirmed_at(&self, enrolled: Methods) -> Option<UnixTime> {
        Resumed::confirmed_at(self.authenticated_at, &self.factors, enrolled)
    }

    /// Whether it is live at `now` under the current limits.
    pub fn is_within(&self, limits: Limits, now: UnixTime) -> bool {
        limits.admit(self.created_at, self.used_at, now)
    }
}

/// The look-up key of a session, parsed from its cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionKey {
    /// [`Session::user_id`]
    pub user_id: String,
    /// [`Session::id`]
    pub id: String,
    /// [`Session::digest`]
    pub digest: String,
}

/// Where a session is used from.
#[derive(Debug, Clone, Copy)]
pub struct Whereabouts<'a> {
    /// The client's address.
    pub address: &'a str,
    /// Its country, or empty.
    pub country: &'a str,
}

/// Adds a session, and returns its id, unless the user has been disabled, or has another password
/// hash than `password_hash`, the one that the sign-in was checked against.
pub fn insert(session: &Session, password_hash: Option<&str>) -> Statement {
    Statement::new(
        "INSERT INTO sessions (id, digest, user_id, authenticated_at, methods, expires_at, \
         created_at, acr, factors, issuer, used_at, idle_ends_at, device, address, country, \
         used_address, used_country) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?9, ?10, ?11, ?12, ?13, \
         ?14, ?15, ?16, ?15, ?16 WHERE EXISTS (SELECT 1 FROM users \
         WHERE id = ?3 AND NOT is_forbidden AND deleted_at IS NULL AND password_hash IS ?8) RETURNING id",
    )
    .bind(&session.id)
    .bind(&session.digest)
    .bind(&session.user_id)
    .bind(session.authenticated_at)
    .bind(super::json_text(&session.methods))
    .bind(session.expires_at)
    .bind(session.created_at)
    .bind(password_hash)
    .bind(&session.acr)
    .bind(super::json_text(&session.factors))
    .bind(&session.issuer)
    .bind(session.used_at)
    .bind(session.idle_ends_at)
    .bind(&session.device)
    .bind(&session.address)
    .bind(&session.country)
}

/// Stores what a session reached under another cookie, `session.digest`, and returns its id, unless
/// `before` is no longer the digest of its cookie, or the user has been disabled.
pub fn rotate(session: &Session, before: &str, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE sessions SET digest = ?4, authenticated_at = ?5, methods = ?6, acr = ?7, \
         factors = ?8, used_at = ?9, idle_ends_at = ?10, used_address = ?11, used_country = ?12 \
         WHERE user_id = ?1 AND id = ?2 AND digest = ?3 AND expires_at > ?9 AND idle_ends_at > ?9 \
         AND EXISTS (SELECT 1 FROM users \
         WHERE id = ?1 AND NOT is_forbidden AND deleted_at IS NULL) RETURNING id",
    )
    .bind(&session.user_id)
    .bind(&session.id)
    .bind(before)
    .bind(&session.digest)
    .bind(session.authenticated_at)
    .bind(super::json_text(&session.methods))
    .bind(&session.acr)
    .bind(super::json_text(&session.factors))
    .bind(now)
    .bind(session.idle_ends_at)
    .bind(&session.used_address)
    .bind(&session.used_country)
}

/// The session of a cookie, if live at `now`.
pub fn find(key: &SessionKey, now: UnixTime) -> Query<Option<Session>> {
    let statement = Statement::new(
        "SELECT * FROM sessions WHERE user_id = ?1 AND id = ?2 AND digest = ?3 \
         AND expires_at > ?4 AND idle_ends_at > ?4",
    );
    Query::first(statement.bind(&key.user_id).bind(&key.id).bind(&key.digest).bind(now))
}

/// Notes that the session of a cookie is used at `now`, if that is due ([`Limits::noting`]) and it lives
/// under the limits of today. It writes nothing for an organization that is being moved: a read is
/// not refused for that.
pub fn used(key: &SessionKey, from: Whereabouts<'_>, now: UnixTime) -> Query<()> {
    let default = Limits::default();
    let lifetime = format!("iif(session_lifetime = 0, {}, session_lifetime)", default.lifetime);
    let idle = format!("iif(session_idle_time = 0, {}, session_idle_time)", default.idle);
    let of = "FROM users JOIN organizations ON organizations.name = users.owner \
              WHERE users.id = ?1";
    let idle = format!("(SELECT min({idle}, {lifetime}) {of})");
    let statement = Statement::new(format!(
        "UPDATE sessions SET used_at = ?4, used_address = ?5, used_country = ?6, \
         idle_ends_at = ?4 + {idle} WHERE user_id = ?1 AND id = ?2 AND digest = ?3 \
         AND expires_at > ?4 AND idle_ends_at > ?4 \
         AND used_at <= ?4 - min(3600, (idle_ends_at - used_at) / 4) \
         AND used_at + {idle} > ?4 AND created_at + (SELECT {lifetime} {of}) > ?4 \
         AND NOT EXISTS (SELECT 1 FROM users JOIN fences ON fences.organization = users.owner \
         WHERE users.id = ?1)"
    ));
    let statement = statement.bind(&key.user_id).bind(&key.id).bind(&key.digest).bind(now);
    Query::rows(statement.bind(from.address).bind(from.country), |_| Ok(()))
}

/// The session of that user and id, if live at `now`.
pub fn find_by_id(user_id: &str, id: &str, now: UnixTime) -> Query<Option<Session>> {
    let statement = Statement::new(
        "SELECT * FROM sessions WHERE user_id = ?1 AND id = ?2 \
         AND expires_at > ?3 AND idle_ends_at > ?3",
    );
    Query::first(statement.bind(user_id).bind(id).bind(now))
}

/// The session of that id, if it lives at `now`, of a person of the organizations `among`; `None`: of
/// any person, which reads the whole table.
pub fn search(id: &str, among: Option<&[String]>, now: UnixTime) -> Query<Option<Session>> {
    let of = match among {
        Some(_) => {
            "user_id IN (SELECT users.id FROM users \
             WHERE owner IN (SELECT value FROM json_each(?3)))"
        }
        None => "?3 IS NULL",
    };
    let sql = format!(
        "SELECT * FROM sessions WHERE {of} AND id = ?1 AND expires_at > ?2 \
         AND idle_ends_at > ?2"
    );
    let among = among.map(|names| super::json_text(&names));
    Query::first(Statement::new(sql).bind(id).bind(now).bind(among))
}

/// The user's live sessions at `now`, most recently used first.
pub fn of_user(user_id: &str, now: UnixTime) -> Query<Vec<Session>> {
    let statement = Statement::new(
        "SELECT * FROM sessions WHERE user_id = ?1 AND expires_at > ?2 AND idle_ends_at > ?2 \
         ORDER BY used_at DESC, id LIMIT ?3",
    );
    Query::all(statement.bind(user_id).bind(now).bind(people::MAXIMUM_ROWS))
}

/// A user's session, and the clients with a live grant in it.
#[derive(Debug, Clone, Deserialize)]
pub struct SignIn {
    /// The session.
    #[serde(flatten)]
    pub session: Session,
    /// The client ids, in order.
    #[serde(deserialize_with = "json")]
    pub applications: Vec<String>,
}

/// The sessions of a page of people that live at `now`, by person, the newest first.
pub fn of_people(people: People<'_>, now: UnixTime) -> Query<Vec<SignIn>> {
    let statement = people.with(
        "SELECT sessions.*, (SELECT json_group_array(client_id) FROM (SELECT DISTINCT client_id \
         FROM grants WHERE grants.user_id = sessions.user_id AND session_id = sessions.id \
         AND revoked_at IS NULL AND grants.expires_at > ?4 ORDER BY client_id)) AS applications \
         FROM people JOIN sessions ON sessions.user_id = people.id WHERE sessions.expires_at > ?4 \
         AND sessions.idle_ends_at > ?4 \
         ORDER BY people.name, sessions.created_at DESC, sessions.id LIMIT ?5",
    );
    Query::all(statement.bind(now).bind(people::MAXIMUM_ROWS))
}

/// The people of a page who have sessions, and the name of the last one read if there may be more.
pub fn people(people: People<'_>) -> Query<(Vec<Target>, Option<String>)> {
    people::having(people, "sessions")
}

/// Removes the sessions of that user.
pub fn remove_of_user(user_id: &str) -> Statement {
    Statement::new("DELETE FROM sessions WHERE user_id = ?1").bind(user_id)
}

/// Removes the session of that user and id.
pub fn remove(user_id: &str, id: &str) -> Statement {
    Statement::new("DELETE FROM sessions WHERE user_id = ?1 AND id = ?2").bind(user_id).bind(id)
}

/// Removes the session of a cookie.
pub fn remove_of_cookie(key: &SessionKey) -> Statement {
    Statement::new("DELETE FROM sessions WHERE user_id = ?1 AND id = ?2 AND digest = ?3")
        .bind(&key.user_id)
        .bind(&key.id)
        .bind(&key.digest)
}

/// Removes, in parts, the sessions that have ended or were not used for too long.
pub fn purge(now: UnixTime, begins: bool) -> [Statement; 2] {
    let [advance, remove] = purges::part(
        "sessions",
        Key::text("user_id"),
        begins,
        "(expires_at <= ?1 OR idle_ends_at <= ?1)",
    );
    [advance, remove.bind(now)]
}
