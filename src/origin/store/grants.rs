//! Grants: the access that a user gave a client. Every user token belongs to one, and is revoked
//! with it.

use serde::Deserialize;

use super::{
    people::{self, People},
    purges::{self, Key},
    query::Query,
    revocations::{self, Since},
    users::Target,
};
use crate::{
    core::{
        revocation::{Sequence, Subject},
        signin::Methods,
        time::UnixTime,
        token::Actor,
    },
    ports::{Statement, flag, json},
};

/// A grant.
#[derive(Debug, Clone, Deserialize)]
pub struct Grant {
    /// Random; the `gid` of its tokens.
    pub id: String,
    /// The client that obtained it.
    pub client_id: String,
    /// The user; `None`: a client's own grant, stored before migration 0009.
    pub user_id: Option<String>,
    /// The tenant: the user's home organization, or the application's.
    pub organization: String,
    /// The browser session in which it began: the `sid` of its tokens.
    pub session_id: Option<String>,
    /// Its scope, space-separated.
    pub scope: String,
    /// The audience that its tokens are for (RFC 8707), if one was named.
    pub resource: Option<String>,
    /// Established without a client secret, so its refreshes need none.
    #[serde(deserialize_with = "flag")]
    pub is_public: bool,
    /// When the user signed in.
    pub auth_time: Option<UnixTime>,
    /// The methods of the sign-in (`amr`, RFC 8176).
    #[serde(deserialize_with = "json")]
    pub methods: Vec<String>,
    /// The actor for the user (RFC 8693 §4.1).
    #[serde(deserialize_with = "json")]
    pub actor: Option<Actor>,
    /// The grant of the token that was exchanged for this one.
    pub parent_id: Option<String>,
    /// The grant type that established it.
    pub kind: String,
    /// When it ends, however often it is refreshed.
    pub expires_at: UnixTime,
    /// When it was revoked.
    pub revoked_at: Option<UnixTime>,
    /// When it began.
    pub created_at: UnixTime,
    /// The holder of the credential that its token was issued to, to act for the user: `user:<id>` or
    /// `key:<id>`.
    pub issued_by: Option<String>,
    /// Whether its tokens carried platform authority when it began.
    #[serde(deserialize_with = "flag")]
    pub is_platform: bool,
}

impl Grant {
    /// Whether it is neither revoked nor expired at `now`.
    pub fn is_live(&self, now: UnixTime) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// When the user signed in, with a second factor if the account has `enrolled` one.
    pub fn confirmed_at(&self, enrolled: Methods) -> Option<UnixTime> {
        let is_multi_factor = self.methods.iter().any(|name| name == "mfa");
        self.auth_time.filter(|_| is_multi_factor || !enrolled.has_second())
    }

    /// The holder of that kind that its token was issued to; empty if it is of another kind.
    fn issued_by(&self, kind: &str) -> &str {
        let id = self.issued_by.as_deref().and_then(|holder| holder.strip_prefix(kind));
        id.unwrap_or_default()
    }

    /// The subjects whose revocation keeps it from being added.
    fn since(&self, given: Given<'_>, sequence: Sequence) -> Since {
        let (exchanged, its_client) = match given {
            Given::ByExchange { jti, client_id } => (jti, client_id),
            _ => ("", ""),
        };
        let subjects = [
            Subject::Token(exchanged),
            Subject::Application(its_client),
            Subject::User(self.user_id.as_deref().unwrap_or_default()),
            Subject::Application(&self.client_id),
            Subject::Organization(&self.organization),
            Subject::Session(self.session_id.as_deref().unwrap_or_default()),
            Subject::Grant(self.parent_id.as_deref().unwrap_or_default()),
            Subject::User(self.issued_by("user:")),
            Subject::Key(self.issued_by("key:")),
            Subject::Everything,
        ];
        Since::new(&subjects, sequence)
    }
}

/// What a grant depends on, checked in the transaction that adds it.
#[derive(Debug, Clone, Copy)]
pub enum Given<'a> {
    /// The password is still the user's, who is not disabled.
    ByPassword {
        /// Its hash.
        hash: &'a str,
        /// The scope of the user's consent, which is still the same; `None`: there was none.
        consent: Option<&'a str>,
    },
    /// The code with this digest was redeemed for it.
    ByCode(&'a str),
    /// The device code with this digest was redeemed for it.
    ByDevice(&'a str),
    /// The access token that was exchanged for it still lives.
    ByExchange {
        /// Its id.
        jti: &'a str,
        /// The client that obtained it.
        client_id: &'a str,
    },
    /// The holder of a credential acts for the user.
    ByHolder {
        /// The key, which may act.
        key_id: Option<&'a str>,
    },
}

/// Adds a grant if `given` holds and none of its subjects has been revoked since they were checked:
/// `sequence` was the highest number in the feed before that. Returns the id if it was added. A code
/// is redeemed by the row itself: its grant has one id ([`super::codes::Code::grant_id`]).
pub fn insert(grant: &Grant, given: Given<'_>, sequence: Sequence) -> Statement {
    const COLUMNS: &str = "INSERT INTO grants (id, client_id, user_id, organization, session_id, \
        scope, resource, is_public, auth_time, methods, actor, parent_id, kind, expires_at, \
        created_at, issued_by) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, \
        ?15, ?19";
    let (condition, digest) = match given {
        Given::ByPassword { hash, .. } => (
            "EXISTS (SELECT 1 FROM users WHERE id = ?3 AND NOT is_forbidden \
             AND deleted_at IS NULL AND password_hash = ?16) AND (?20 IS NULL OR EXISTS (SELECT 1 FROM consents \
             WHERE user_id = ?3 AND client_id = ?2 AND scope = ?20))",
            Some(hash),
        ),
        Given::ByCode(digest) => {
            ("EXISTS (SELECT 1 FROM codes WHERE digest = ?16 AND expires_at > ?15)", Some(digest))
        }
        Given::ByDevice(digest) => (
            "EXISTS (SELECT 1 FROM device_codes WHERE digest = ?16 AND grant_id = ?1)",
            Some(digest),
        ),
        Given::ByExchange { .. } => (
            "?16 IS NULL AND EXISTS (SELECT 1 FROM grants AS parent \
             WHERE parent.id = ?12 AND parent.revoked_at IS NULL)",
            None,
        ),
        Given::ByHolder { key_id } => (
            "(?16 IS NULL OR EXISTS (SELECT 1 FROM keys \
             WHERE id = ?16 AND state = 'Active' AND act)) \
             AND (?12 IS NULL OR EXISTS (SELECT 1 FROM grants AS parent \
             WHERE parent.id = ?12 AND parent.revoked_at IS NULL))",
            key_id,
        ),
    };
    let is_revoked = revocations::is_revoked(17);
    let statement = Statement::new(format!(
        "{COLUMNS} WHERE {condition} AND NOT {is_revoked} \
             ON CONFLICT (id) DO NOTHING RETURNING id"
    ));
    let statement = statement
        .bind(&grant.id)
        .bind(&grant.client_id)
        .bind(grant.user_id.as_deref())
        .bind(&grant.organization)
        .bind(grant.session_id.as_deref())
        .bind(&grant.scope)
        .bind(grant.resource.as_deref())
        .bind(grant.is_public)
        .bind(grant.auth_time)
        .bind(super::json_text(&grant.methods))
        .bind(grant.actor.as_ref().map(super::json_text))
        .bind(grant.parent_id.as_deref())
        .bind(&grant.kind)
        .bind(grant.expires_at)
        .bind(grant.created_at)
        .bind(digest);
    let statement = grant.since(given, sequence).bind(statement);
    let statement = statement.bind(grant.issued_by.as_deref());
    match given {
        Given::ByPassword { consent, .. } => statement.bind(consent),
        _ => statement,
    }
}

/// How a request names a grant.
#[derive(Debug, Clone, Copy)]
pub enum Named<'a> {
    /// By its id.
    Id(&'a str),
    /// By the digest of one of its refresh tokens.
    RefreshToken(&'a str),
    /// As the impersonation that the code with this digest was issued for.
    ActingOfCode(&'a str),
}

/// The grant of that name, revoked or not.
pub fn find(named: Named<'_>) -> Query<Option<Grant>> {
    let (id, value) = match named {
        Named::Id(id) => ("?1", id),
        Named::RefreshToken(digest) => {
            ("(SELECT grant_id FROM refresh_tokens WHERE digest = ?1)", digest)
        }
        Named::ActingOfCode(digest) => {
            ("(SELECT acting_grant FROM codes WHERE digest = ?1)", digest)
        }
    };
    let sql = format!(
        "SELECT *, EXISTS (SELECT 1 FROM platform_grants WHERE grant_id = grants.id) \
         AS is_platform FROM grants WHERE id = {id}"
    );
    Query::first(Statement::new(sql).bind(value))
}

/// The live grants of a page of people, by person, the newest first.
pub fn of_people(people: People<'_>, client_id: Option<&str>, now: UnixTime) -> Query<Vec<Grant>> {
    let of_client = if client_id.is_some() { "AND client_id = ?6" } else { "" };
    let statement = people.with(&format!(
        "SELECT grants.*, EXISTS (SELECT 1 FROM platform_grants WHERE grant_id = grants.id) \
         AS is_platform FROM people JOIN grants ON grants.user_id = people.id \
         WHERE revoked_at IS NULL AND expires_at > ?4 {of_client} \
         ORDER BY people.name, grants.created_at DESC, grants.id LIMIT ?5"
    ));
    let statement = statement.bind(now).bind(people::MAXIMUM_ROWS);
    Query::all(client_id.into_iter().fold(statement, Statement::bind))
}

/// The people of a page who have grants, and the name of the last one read if there may be more.
pub fn people(people: People<'_>) -> Query<(Vec<Target>, Option<String>)> {
    people::having(people, "grants")
}

/// Revokes a grant and the grants that were exchanged from it, with all their tokens.
pub fn revocation(id: &str, now: UnixTime) -> Statement {
    Statement::new(
        "WITH RECURSIVE family (id) AS (SELECT ?1 UNION \
         SELECT grants.id FROM grants JOIN family ON grants.parent_id = family.id) \
         UPDATE grants SET revoked_at = ?2 \
         WHERE revoked_at IS NULL AND id IN (SELECT id FROM family)",
    )
    .bind(id)
    .bind(now)
}

/// Revokes the grants of `user_id` to `client_id` (logout), with those exchanged from them.
pub fn revocation_between(user_id: &str, client_id: &str, now: UnixTime) -> Statement {
    Statement::new(
        "WITH RECURSIVE family (id) AS (\
         SELECT id FROM grants WHERE user_id = ?1 AND client_id = ?2 UNION \
         SELECT grants.id FROM grants JOIN family ON grants.parent_id = family.id) \
         UPDATE grants SET revoked_at = ?3 \
         WHERE revoked_at IS NULL AND id IN (SELECT id FROM family)",
    )
    .bind(user_id)
    .bind(client_id)
    .bind(now)
}

/// Revokes the grants of a browser session, with those exchanged from them, which name the session
/// too.
pub fn revocation_in_session(user_id: &str, session_id: &str, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE grants SET revoked_at = ?3 \
         WHERE user_id = ?1 AND session_id = ?2 AND revoked_at IS NULL",
    )
    .bind(user_id)
    .bind(session_id)
    .bind(now)
}

/// Revokes the grants of `user_id` to `client_id` in a browser session, with those exchanged from them.
pub fn revocation_of_client_in_session(
    user_id: &str,
    client_id: &str,
    session_id: &str,
    now: UnixTime,
) -> Statement {
    Statement::new(
        "WITH RECURSIVE family (id) AS (SELECT id FROM grants \
         WHERE user_id = ?1 AND client_id = ?2 AND session_id = ?3 UNION \
         SELECT grants.id FROM grants JOIN family ON grants.parent_id = family.id) \
         UPDATE grants SET revoked_at = ?4 \
         WHERE revoked_at IS NULL AND id IN (SELECT id FROM family)",
    )
    .bind(user_id)
    .bind(client_id)
    .bind(session_id)
    .bind(now)
}

/// Revokes the grants of every browser session of the user, with those exchanged from them, which name
/// the session too.
pub fn revocation_in_sessions(user_id: &str, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE grants SET revoked_at = ?2 \
         WHERE user_id = ?1 AND session_id IS NOT NULL AND revoked_at IS NULL",
    )
    .bind(user_id)
    .bind(now)
}

/// Revokes what was issued to `holder`, and what was exchanged from it: in that session, if one is given.
pub fn revocation_issued_by(holder: &str, session_id: Option<&str>, now: UnixTime) -> Statement {
    Statement::new(
        "WITH RECURSIVE family (id) AS (SELECT id FROM grants \
         WHERE issued_by = ?1 AND (?2 IS NULL OR session_id = ?2) UNION \
         SELECT grants.id FROM grants JOIN family ON grants.parent_id = family.id) \
         UPDATE grants SET revoked_at = ?3 \
         WHERE revoked_at IS NULL AND id IN (SELECT id FROM family)",
    )
    .bind(holder)
    .bind(session_id)
    .bind(now)
}

/// Revokes what was issued to the keys of the user, and what was exchanged from it.
pub fn revocation_issued_by_keys_of(user_id: &str, now: UnixTime) -> Statement {
    Statement::new(
        "WITH RECURSIVE family (id) AS (SELECT id FROM grants \
         WHERE issued_by IN (SELECT 'key:' || keys.id FROM keys WHERE keys.user_id = ?1) UNION \
         SELECT grants.id FROM grants JOIN family ON grants.parent_id = family.id) \
         UPDATE grants SET revoked_at = ?2 \
         WHERE revoked_at IS NULL AND id IN (SELECT id FROM family)",
    )
    .bind(user_id)
    .bind(now)
}

/// Revokes the grants of a user of that kind, and of that organization if one is given, with those
/// exchanged from them.
pub fn revocation_of_kind(
    (user_id, kind, organization): (&str, &str, Option<&str>),
    now: UnixTime,
) -> Statement {
    Statement::new(
        "WITH RECURSIVE family (id) AS (SELECT id FROM grants \
         WHERE user_id = ?1 AND kind = ?2 AND (?3 IS NULL OR organization = ?3) UNION \
         SELECT grants.id FROM grants JOIN family ON grants.parent_id = family.id) \
         UPDATE grants SET revoked_at = ?4 \
         WHERE revoked_at IS NULL AND id IN (SELECT id FROM family)",
    )
    .bind(user_id)
    .bind(kind)
    .bind(organization)
    .bind(now)
}

/// Revokes the grants of a client, with those exchanged from them.
pub fn revocation_of_client(client_id: &str, now: UnixTime) -> Statement {
    Statement::new(
        "WITH RECURSIVE family (id) AS (\
         SELECT id FROM grants WHERE client_id = ?1 AND revoked_at IS NULL UNION \
         SELECT grants.id FROM grants JOIN family ON grants.parent_id = family.id) \
         UPDATE grants SET revoked_at = ?2 \
         WHERE revoked_at IS NULL AND id IN (SELECT id FROM family)",
    )
    .bind(client_id)
    .bind(now)
}

/// Removes, in parts, the grants that ended before `before`.
pub fn purge(before: UnixTime, begins: bool) -> [Statement; 2] {
    let [advance, remove] = purges::part("grants", Key::text("id"), begins, "expires_at < ?1");
    [advance, remove.bind(before)]
}
