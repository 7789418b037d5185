//! API keys: records, without the key text.

mod list;

use serde::{Deserialize, Serialize};

pub use self::list::{BY_AGE, BY_NAME, Selection, list};
use super::{left::Left, query::Query};
use crate::{
    core::{
        limit::{AttemptLimit, Budget, Month, Slot, Spend},
        time::UnixTime,
    },
    ports::{Database, DatabaseError, Statement, flag, json},
};

/// An API key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
pub struct Key {
    /// The id inside an `hk-` key, else a UUID.
    pub id: String,
    /// The organization.
    pub owner: String,
    /// Unique in the organization among the keys that are not revoked.
    pub name: String,
    /// The display name.
    pub display_name: String,
    /// The class of the key, fixed when it is created.
    pub kind: KeyKind,
    /// The holder; `None`: the organization itself.
    pub user_id: Option<String>,
    /// The client that it is bound to.
    pub application: Option<String>,
    /// base64url(SHA-256) of the key.
    pub digest: String,
    /// Its first characters.
    pub prefix: String,
    /// Its last characters, by which its holder recognises it.
    pub last_four: String,
    /// See [`crate::core::apikey::KeyScope`].
    pub scope: String,
    /// Whether it works.
    pub state: KeyState,
    /// Whether it may obtain tokens for users of its organization.
    #[serde(deserialize_with = "flag")]
    pub act: bool,
    /// Whether it carries the platform authority of its holder.
    #[serde(deserialize_with = "flag")]
    pub platform: bool,
    /// When it ends, if it does.
    pub expires_at: Option<UnixTime>,
    /// The creator.
    pub creator: String,
    /// The user or application that revoked it.
    pub revoker: Option<String>,
    /// When.
    pub revoked_at: Option<UnixTime>,
    /// When it was last used at the origin.
    pub used_at: Option<UnixTime>,
    /// When it was first seen in a URL.
    pub exposed_at: Option<UnixTime>,
    /// Published members that no code reads.
    #[serde(deserialize_with = "json")]
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// When it was created.
    pub created_at: UnixTime,
    /// When it was last changed.
    pub updated_at: UnixTime,
    /// How often it has been changed.
    pub version: i64,
    /// How many calls a minute it may make.
    pub rate: Option<u32>,
    /// How many calls it may make in a month.
    pub budget_month: Option<u64>,
    /// How many calls it may make in all.
    pub budget_total: Option<u64>,
    /// The last month in which it was used at an edge.
    #[serde(default)]
    pub spend_in_month: Option<Month>,
    /// Its calls in that month.
    #[serde(default)]
    pub spend_month: Option<u64>,
    /// All its calls.
    #[serde(default)]
    pub spend_total: Option<u64>,
    /// The holder's username.
    #[serde(default)]
    pub holder: Option<String>,
    /// The text of a publishable key, which is public; `None` for a secret key.
    pub public_text: Option<String>,
}

impl Key {
    /// Whether it may be published.
    pub fn is_publishable(&self) -> bool {
        self.kind == KeyKind::Publishable
    }

    /// What it may use.
    pub const fn limits(&self) -> KeyLimits {
        let budget = Budget { month: self.budget_month, total: self.budget_total };
        KeyLimits { rate: self.rate, budget }
    }

    /// Sets what it may use.
    pub const fn set_limits(&mut self, limits: KeyLimits) {
        self.rate = limits.rate;
        self.budget_month = limits.budget.month;
        self.budget_total = limits.budget.total;
    }

    /// Whether it may do what `other` may, so that edges need not reread it.
    pub fn agrees(&self, other: &Self) -> bool {
        self.state == other.state
            && self.scope == other.scope
            && self.act == other.act
            && self.expires_at == other.expires_at
            && self.limits() == other.limits()
    }

    /// What it has spent, as far as the edges have reported.
    pub fn spend(&self) -> Spend {
        Spend {
            in_month: self.spend_in_month.unwrap_or_default(),
            month: self.spend_month.unwrap_or_default(),
            total: self.spend_total.unwrap_or_default(),
        }
    }
}

const SELECT: &str = "SELECT keys.*, users.name AS holder, key_usage.month AS spend_in_month, \
     key_usage.month_calls AS spend_month, key_usage.total_calls AS spend_total \
     FROM keys LEFT JOIN users ON users.id = keys.user_id \
     LEFT JOIN key_usage ON key_usage.key_id = keys.id";

/// What a key may use; each limit may be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyLimits {
    /// Calls a minute.
    pub rate: Option<u32>,
    /// Calls in all.
    pub budget: Budget,
}

/// The class of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// Acts for its holder.
    Secret,
    /// May be in a page: calls only endpoints marked public.
    Publishable,
}

/// Whether a key works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyState {
    /// It does.
    Active,
    /// Not at present.
    Disabled,
    /// Never again.
    Revoked,
}

impl KeyKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Publishable => "publishable",
        }
    }
}

impl KeyState {
    /// The name, as it is stored and published.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Disabled => "Disabled",
            Self::Revoked => "Revoked",
        }
    }
}

/// The key with that digest.
pub fn by_digest(digest: &str) -> Query<Option<Key>> {
    Query::first(Statement::new(format!("{SELECT} WHERE digest = ?1")).bind(digest))
}

/// The key of that id.
pub fn by_id(id: &str) -> Query<Option<Key>> {
    Query::first(Statement::new(format!("{SELECT} WHERE keys.id = ?1")).bind(id))
}

/// The id of the key `?2` of the organization `?1`: of the one that is not revoked, else of the last
/// that was. Each part is one search in an index.
pub(super) const NAMED: &str = "coalesce(\
     (SELECT id FROM keys WHERE owner = ?1 AND name = ?2 AND state <> 'Revoked'), \
     (SELECT id FROM keys WHERE owner = ?1 AND name = ?2 ORDER BY created_at DESC, id DESC LIMIT 1))";

/// The key of that name: the one that is not revoked, else the last that was.
pub fn named(owner: &str, name: &str) -> Query<Option<Key>> {
    let statement = Statement::new(format!("{SELECT} WHERE keys.id = {NAMED}"));
    Query::first(statement.bind(owner).bind(name))
}

/// The key of that id, if it is the organization's.
pub fn by_id_in(owner: &str, id: &str) -> Query<Option<Key>> {
    let statement = Statement::new(format!("{SELECT} WHERE keys.id = ?2 AND keys.owner = ?1"));
    Query::first(statement.bind(owner).bind(id))
}

/// The keys of the agent of that name that have not ended at `now`, the newest first.
pub fn live_of_agent(owner: &str, name: &str, now: UnixTime) -> Query<Vec<Key>> {
    let statement = Statement::new(format!(
        "{SELECT} WHERE keys.user_id = (SELECT agents.user_id FROM agents \
         WHERE agents.owner = ?1 AND agents.name = ?2) AND state <> 'Revoked' \
         AND (keys.expires_at IS NULL OR keys.expires_at > ?3) \
         ORDER BY keys.created_at DESC, keys.id DESC"
    ));
    Query::all(statement.bind(owner).bind(name).bind(now))
}

/// The keys with those digests.
pub(super) fn with_digests(digests: &str) -> Statement {
    Statement::new(format!(
        "{SELECT} WHERE digest IN (SELECT value FROM json_each(?1)) ORDER BY keys.id"
    ))
    .bind(digests)
}

/// The ids and digests of keys by id after `cursor`, for the repair of what is published.
pub async fn after(
    database: &dyn Database,
    cursor: &str,
    limit: i64,
) -> Result<Vec<(String, String)>, DatabaseError> {
    #[derive(Deserialize)]
    struct Named {
        id: String,
        digest: String,
    }
    let statement = Statement::new(
        "SELECT id, digest FROM keys WHERE id > ?1 AND NOT EXISTS \
         (SELECT 1 FROM fences WHERE organization = keys.owner) ORDER BY id LIMIT ?2",
    );
    let named: Vec<Named> = database.all(statement.bind(cursor).bind(limit)).await?;
    Ok(named.into_iter().map(|key| (key.id, key.digest)).collect())
}

/// What bounds the creation of a key.
#[derive(Debug, Clone, Copy)]
pub struct Admission<'a> {
    /// The quota of live keys, if the organization has none of its own; `None`: the key takes the
    /// place of another.
    pub quota: Option<u32>,
    /// Where creations are counted, the present one included ([`super::attempts::counting`]), and
    /// how many there may be.
    pub attempts: Option<(&'a Slot, AttemptLimit)>,
}

/// Stores a new key, and returns its id, unless that is more than `admission` allows.
pub fn insert(key: &Key, admission: Admission<'_>) -> Statement {
    let Admission { quota, attempts } = admission;
    let room = super::room("keys", 2, 23);
    Statement::new(format!(
        "INSERT INTO keys (id, owner, name, display_name, kind, user_id, application, digest, \
         prefix, last_four, scope, state, act, expires_at, creator, attributes, created_at, \
         updated_at, rate, budget_month, budget_total, platform, public_text) SELECT ?1, ?2, ?3, ?4, \
         ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?27 \
         WHERE (?23 IS NULL OR {room}) \
         AND (?6 IS NULL OR EXISTS (SELECT 1 FROM users WHERE id = ?6)) AND (?24 IS NULL OR coalesce((SELECT count FROM attempts \
         WHERE subject = ?24 AND occupant = ?25), 0) <= ?26) RETURNING id"
    ))
    .bind(&key.id)
    .bind(&key.owner)
    .bind(&key.name)
    .bind(&key.display_name)
    .bind(key.kind.as_str())
    .bind(key.user_id.as_ref())
    .bind(key.application.as_ref())
    .bind(&key.digest)
    .bind(&key.prefix)
    .bind(&key.last_four)
    .bind(&key.scope)
    .bind(key.state.as_str())
    .bind(key.act)
    .bind(key.expires_at)
    .bind(&key.creator)
    .bind(super::json_text(&key.attributes))
    .bind(key.created_at)
    .bind(key.updated_at)
    .bind(key.rate.map(i64::from))
    .bind(number(key.budget_month))
    .bind(number(key.budget_total))
    .bind(key.platform)
    .bind(quota.map(i64::from))
    .bind(attempts.map(|(slot, _)| &slot.subject))
    .bind(attempts.map(|(slot, _)| &slot.occupant))
    .bind(attempts.map(|(_, limit)| limit.attempts))
    .bind(key.public_text.as_ref())
}

/// A budget fits: it is at most 2⁵³.
fn number(limit: Option<u64>) -> Option<i64> {
    limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX))
}

/// Stores what has changed, and returns the id, unless the key has changed since it was read.
pub fn update(key: &Key) -> Statement {
    Statement::new(
        "UPDATE keys SET display_name = ?2, scope = ?3, state = ?4, act = ?5, expires_at = ?6, \
         attributes = ?7, updated_at = ?8, rate = ?10, budget_month = ?11, budget_total = ?12, \
         version = version + 1 WHERE id = ?1 AND version = ?9 AND state <> 'Revoked' RETURNING id",
    )
    .bind(&key.id)
    .bind(&key.display_name)
    .bind(&key.scope)
    .bind(key.state.as_str())
    .bind(key.act)
    .bind(key.expires_at)
    .bind(super::json_text(&key.attributes))
    .bind(key.updated_at)
    .bind(key.version)
    .bind(key.rate.map(i64::from))
    .bind(number(key.budget_month))
    .bind(number(key.budget_total))
}

/// Ends a key forever. The first revoker stays on record.
pub fn revoke(id: &str, revoker: &str, now: UnixTime) -> Statement {
    Statement::new(
        "UPDATE keys SET state = 'Revoked', revoker = ?2, revoked_at = ?3, updated_at = ?3, \
         version = version + 1 WHERE id = ?1 AND state <> 'Revoked'",
    )
    .bind(id)
    .bind(revoker)
    .bind(now)
}

/// Ends forever the keys that the user holds in an organization that it has left.
pub fn revoke_held(user_id: &str, organization: &str, revoker: &str, now: UnixTime) -> Statement {
    let gone = Left::Nothing.condition(1, 2);
    Statement::new(format!(
        "UPDATE keys SET state = 'Revoked', revoker = ?3, revoked_at = ?4, updated_at = ?4, \
         version = version + 1 WHERE user_id = ?1 AND owner = ?2 AND state <> 'Revoked' AND {gone}"
    ))
    .bind(user_id)
    .bind(organization)
    .bind(revoker)
    .bind(now)
}

/// Notes that the key stood in a URL; the first time stays.
pub fn expose(digest: &str, now: UnixTime) -> Statement {
    Statement::new("UPDATE keys SET exposed_at = ?2 WHERE digest = ?1 AND exposed_at IS NULL")
        .bind(digest)
        .bind(now)
}
