//! Statements that append to the feed. Each precedes the recorded change in its batch, skips what
//! is already revoked, and returns its entries.

use crate::{
    core::{
        oauth::lifetime::Lifetimes,
        publication::{KeyRecord, PolicyRecord},
        time::UnixTime,
        token::LEEWAY,
    },
    origin::store::left::Left,
    ports::Statement,
};

/// How far the clocks of two machines may differ, in seconds (ATTACKS H-119): an entry is
/// kept for this long after the credentials that it concerns have expired.
const SKEW: i64 = 600;

/// How long entries of subjects that keys depend on are kept, in seconds: longer than an earlier
/// record is valid, even one that a delayed write restored.
const KEYS_REMEMBERED_FOR: i64 = KeyRecord::BELIEVED_FOR + 24 * 3600;

/// How long D1 keeps backups, and a week more, in seconds.
const BACKUPS_KEPT_FOR: i64 = 37 * 24 * 3600;

/// The right that the subject of an entry has lost besides its credentials. A restored row loses it
/// again, even if it was granted again after the backup, which is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The account, application or organization was disabled.
    Disabled,
    /// It was deleted.
    Deleted,
    /// The data of the person were erased.
    Erased,
    /// The password is another.
    Password,
    /// A role was taken away.
    Role,
    /// The client secret is another.
    Secret,
    /// The key may do less.
    Narrowed,
    /// The key never works again.
    Revoked,
}

impl Cause {
    /// How it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
            Self::Erased => "erased",
            Self::Password => "password",
            Self::Role => "role",
            Self::Secret => "secret",
            Self::Narrowed => "narrowed",
            Self::Revoked => "revoked",
        }
    }
}

fn text(causes: &[Cause]) -> String {
    causes.iter().map(|cause| cause.as_str()).collect::<Vec<_>>().join("+")
}

const INSERT: &str = "INSERT INTO revocations (kind, id, until, cause, recorded_at)";
const RETURNING: &str = "RETURNING seq, kind, id, until, cause";

/// `until` of what may concern any token; `?1` is now. A token that is being signed lives no longer
/// than any application configures, an older one no longer than was configured then.
fn until() -> String {
    let lifetime = "SELECT max(access_token_lifetime) FROM applications";
    format!("{} + {LEEWAY} + {SKEW}", last_expiry(lifetime))
}

/// When the last token expires of the applications whose lifetimes `configured` selects the longest
/// of; `?1` is now.
fn last_expiry(configured: &str) -> String {
    let (shortest, longest) = (Lifetimes::SHORTEST, Lifetimes::LONGEST);
    format!(
        "max((SELECT until FROM token_horizon), \
         ?1 + min(max(coalesce(({configured}), 0), {shortest}), {longest}))"
    )
}

/// `until` of what may concern any token, and any key for which `condition` holds.
fn until_with_keys(condition: &str) -> String {
    let until = until();
    format!(
        "max({until}, CASE WHEN EXISTS (SELECT 1 FROM keys WHERE state <> 'Revoked' \
         AND ({condition})) THEN ?1 + {KEYS_REMEMBERED_FOR} ELSE 0 END)"
    )
}

/// One access token, which expires at `expires_at`.
pub fn token(jti: &str, expires_at: UnixTime, now: UnixTime) -> Statement {
    Statement::new(format!(
        "{INSERT} SELECT 'token', ?2, ?3 + {LEEWAY} + {SKEW}, '', ?1 WHERE NOT EXISTS \
         (SELECT 1 FROM revocations WHERE kind = 'token' AND id = ?2) {RETURNING}"
    ))
    .bind(now)
    .bind(jti)
    .bind(expires_at)
}

/// The grants in the table `family`, each until its last token has expired: a revoked grant is
/// issued no other. A token without its application is invalid anyway.
fn of_family(family: &str, condition: &str) -> String {
    let lifetime = "SELECT access_token_lifetime FROM applications \
                    WHERE applications.client_id = grants.client_id";
    let last_expiry = last_expiry(lifetime);
    format!(
        "WITH RECURSIVE family (id) AS ({family} UNION \
         SELECT grants.id FROM grants JOIN family ON grants.parent_id = family.id) \
         {INSERT} SELECT 'grant', id, max(?1, min(expires_at, {last_expiry})) \
         + {LEEWAY} + {SKEW}, '', ?1 \
         FROM grants WHERE revoked_at IS NULL AND id IN (SELECT id FROM family) {condition} \
         {RETURNING}"
    )
}

/// A grant and the grants that were exchanged from it.
pub fn grant(id: &str, now: UnixTime) -> Statement {
    Statement::new(of_family("SELECT ?2", "")).bind(now).bind(id)
}

/// The grants of the user to the client, with those exchanged from them.
pub fn grants_between(user_id: &str, client_id: &str, now: UnixTime) -> Statement {
    let family = "SELECT id FROM grants WHERE user_id = ?2 AND client_id = ?3";
    Statement::new(of_family(family, "")).bind(now).bind(user_id).bind(client_id)
}

/// The grants of the user to the client in a browser's session, with those exchanged from them.
pub fn grants_in_session(
    user_id: &str,
    client_id: &str,
    session_id: &str,
    now: UnixTime,
) -> Statement {
    let family = "SELECT id FROM grants WHERE user_id = ?2 AND client_id = ?3 AND session_id = ?4";
    Statement::new(of_family(family, "")).bind(now).bind(user_id).bind(client_id).bind(session_id)
}

/// The grants of a user of that kind, and of that organization if one is given, with those exchanged
/// from them.
pub fn grants_of_kind(
    (user_id, kind, organization): (&str, &str, Option<&str>),
    now: UnixTime,
) -> Statement {
    let family = "SELECT id FROM grants \
                  WHERE user_id = ?2 AND kind = ?3 AND (?4 IS NULL OR organization = ?4)";
    Statement::new(of_family(family, "")).bind(now).bind(user_id).bind(kind).bind(organization)
}

/// What was issued to `holder` to act for others, and what was exchanged from it.
pub fn issued_by(holder: &str, now: UnixTime) -> Statement {
    let family = "SELECT id FROM grants WHERE issued_by = ?2";
    Statement::new(of_family(family, "")).bind(now).bind(holder)
}

/// What was issued to the keys of the user to act for others, and what was exchanged from it.
pub fn issued_by_keys_of(user_id: &str, now: UnixTime) -> Statement {
    let family = "SELECT id FROM grants \
                  WHERE issued_by IN (SELECT 'key:' || keys.id FROM keys WHERE keys.user_id = ?2)";
    Statement::new(of_family(family, "")).bind(now).bind(user_id)
}

/// What other clients exchanged for tokens of this one.
pub fn exchanged_from(client_id: &str, now: UnixTime) -> Statement {
    let family = "SELECT id FROM grants WHERE client_id = ?2 AND revoked_at IS NULL";
    Statement::new(of_family(family, "AND client_id <> ?2")).bind(now).bind(client_id)
}

/// A browser's sign-in.
pub fn session(user_id: &str, id: &str, now: UnixTime) -> Statement {
    let until = until();
    Statement::new(format!(
        "{INSERT} SELECT 'session', id, {until}, '', ?1 FROM sessions \
         WHERE user_id = ?2 AND id = ?3 {RETURNING}"
    ))
    .bind(now)
    .bind(user_id)
    .bind(id)
}

/// The sign-ins of a person in every browser.
pub fn sessions(user_id: &str, now: UnixTime) -> Statement {
    let until = until();
    Statement::new(format!(
        "{INSERT} SELECT 'session', id, {until}, '', ?1 FROM sessions WHERE user_id = ?2 {RETURNING}"
    ))
    .bind(now)
    .bind(user_id)
}

fn of_user(source: &str) -> String {
    let until = until_with_keys("user_id = subject.id");
    format!("{INSERT} SELECT 'user', subject.id, {until}, subject.cause, ?1 {source} {RETURNING}")
}

/// The user `?2` with the cause `?3`, and the agents that the user answers for.
const WITH_AGENTS: &str = "(SELECT ?2 AS id, ?3 AS cause \
     UNION ALL SELECT user_id, '' FROM agents WHERE sponsor_id = ?2)";

/// Everything issued to the user, and to the agents that the user answers for, which may have less
/// authority from now on.
pub fn user(id: &str, causes: &[Cause], now: UnixTime) -> Statement {
    let subject = format!("FROM {WITH_AGENTS} AS subject");
    let sql = if causes.contains(&Cause::Erased) {
        // As long as a backup may bring the person back.
        format!(
            "{INSERT} SELECT 'user', subject.id, ?1 + {BACKUPS_KEPT_FOR}, subject.cause, ?1 \
             {subject} {RETURNING}"
        )
    } else {
        of_user(&subject)
    };
    Statement::new(sql).bind(now).bind(id).bind(text(causes))
}

/// Everything issued to a user whose membership of `organization` is now what is `left` of it, and to
/// the user's agents. A restored row loses the membership, or the role, again.
pub fn membership(user_id: &str, organization: &str, left: Left, now: UnixTime) -> Statement {
    let cause = match left {
        Left::Nothing => LEFT,
        Left::Role(_) => LOWERED,
    };
    let condition = left.condition(2, 4);
    let sql = of_user(&format!("FROM {WITH_AGENTS} AS subject WHERE {condition}"));
    let cause = format!("{cause}.{organization}");
    Statement::new(sql).bind(now).bind(user_id).bind(cause).bind(organization)
}

/// The cause of an entry, before the name of the organization: a membership that has ended.
pub(super) const LEFT: &str = "left";

/// The same: a membership with a smaller role than before.
pub(super) const LOWERED: &str = "lowered";

/// Everything issued to members of the organization whose home is another one.
pub fn members(organization: &str, now: UnixTime) -> Statement {
    let members = "(SELECT user_id AS id, '' AS cause FROM memberships WHERE organization = ?2)";
    let sql = of_user(&format!("FROM {members} AS subject WHERE true"));
    Statement::new(sql).bind(now).bind(organization)
}

/// Everything issued to people of the organization who are members of others too: the tokens of a
/// tenant client name the client's organization and not their home.
pub fn people_elsewhere(organization: &str, now: UnixTime) -> Statement {
    let people = "(SELECT DISTINCT users.id, '' AS cause FROM users \
                  JOIN memberships ON user_id = users.id WHERE users.owner = ?2)";
    let sql = of_user(&format!("FROM {people} AS subject WHERE true"));
    Statement::new(sql).bind(now).bind(organization)
}

/// A subject that any key may name: there are few of them, so that it is kept for keys in any case.
fn wide(kind: &str, id: &str, causes: &[Cause], now: UnixTime) -> Statement {
    let until = until_with_keys("true");
    Statement::new(format!("{INSERT} SELECT '{kind}', ?2, {until}, ?3, ?1 WHERE true {RETURNING}"))
        .bind(now)
        .bind(id)
        .bind(text(causes))
}

/// Everything issued to the client.
pub fn application(client_id: &str, causes: &[Cause], now: UnixTime) -> Statement {
    wide("application", client_id, causes, now)
}

/// The records of the keys that are bound to the client, if there are any.
pub fn keys_of_application(client_id: &str, now: UnixTime) -> Statement {
    Statement::new(format!(
        "{INSERT} SELECT 'application', ?2, ?1 + {KEYS_REMEMBERED_FOR}, '', ?1 WHERE EXISTS \
         (SELECT 1 FROM keys WHERE application = ?2 AND state <> 'Revoked') {RETURNING}"
    ))
    .bind(now)
    .bind(client_id)
}

/// Everything issued to the clients of the organization.
pub fn applications_of(organization: &str, now: UnixTime) -> Statement {
    let until = until_with_keys("true");
    Statement::new(format!(
        "{INSERT} SELECT 'application', client_id, {until}, '', ?1 FROM applications \
         WHERE organization = ?2 {RETURNING}"
    ))
    .bind(now)
    .bind(organization)
}

/// The published policy of the organization. The entry outlives every record that was written before.
pub fn policy(organization: &str, now: UnixTime) -> Statement {
    let remembered = 2 * PolicyRecord::BELIEVED_FOR;
    Statement::new(format!(
        "{INSERT} SELECT 'policy', ?2, ?1 + {remembered}, '', ?1 WHERE true {RETURNING}"
    ))
    .bind(now)
    .bind(organization)
}

/// Everything that names the organization.
pub fn organization(name: &str, causes: &[Cause], now: UnixTime) -> Statement {
    wide("organization", name, causes, now)
}

/// The organization has left this database. Nothing is revoked: see [`Subject::Departure`].
///
/// [`Subject::Departure`]: crate::core::revocation::Subject::Departure
pub fn departure(name: &str, now: UnixTime) -> Statement {
    wide("departure", name, &[], now)
}

fn dead_keys(condition: &str, now: UnixTime) -> Statement {
    let cause = Cause::Revoked.as_str();
    Statement::new(format!(
        "{INSERT} SELECT 'key', id, ?1 + {KEYS_REMEMBERED_FOR}, '{cause}', ?1 FROM keys \
         WHERE {condition} = ?2 AND state <> 'Revoked' {RETURNING}"
    ))
    .bind(now)
}

/// A key that never works again.
pub fn key(id: &str, now: UnixTime) -> Statement {
    dead_keys("id", now).bind(id)
}

/// The keys of a deleted user.
pub fn keys_of_user(user_id: &str, now: UnixTime) -> Statement {
    dead_keys("user_id", now).bind(user_id)
}

/// The keys that the user holds in an organization that it has left.
pub fn keys_held(user_id: &str, organization: &str, now: UnixTime) -> Statement {
    let gone = Left::Nothing.condition(2, 3);
    dead_keys(&format!("{gone} AND owner = ?3 AND user_id"), now).bind(user_id).bind(organization)
}

/// The keys of an organization that is deleted.
pub fn keys_of_organization(name: &str, now: UnixTime) -> Statement {
    dead_keys("owner", now).bind(name)
}

/// What is known of a key that changes, if it is still of the `version` that was read.
pub fn key_changed(id: &str, version: i64, causes: &[Cause], now: UnixTime) -> Statement {
    Statement::new(format!(
        "{INSERT} SELECT 'key', id, ?1 + {KEYS_REMEMBERED_FOR}, ?3, ?1 FROM keys \
         WHERE id = ?2 AND version = ?4 AND state <> 'Revoked' {RETURNING}"
    ))
    .bind(now)
    .bind(id)
    .bind(text(causes))
    .bind(version)
}

/// A signing key, and every token that it signed.
pub fn signing_key(kid: &str, now: UnixTime) -> Statement {
    let until = until();
    Statement::new(format!(
        "{INSERT} SELECT 'signing-key', kid, {until}, '', ?1 FROM signing_keys WHERE kid = ?2 \
         {RETURNING}"
    ))
    .bind(now)
    .bind(kid)
}
