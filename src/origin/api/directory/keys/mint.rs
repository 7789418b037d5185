//! How a key comes to be: minted here, or brought along from an earlier system.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::{
    core::{
        apikey::{ApiKey, Form, ImportedForm, KeyScope},
        encoding::uuid,
        limit::AttemptLimit,
        time::UnixTime,
    },
    origin::{
        Origin,
        api::directory::request::over_quota,
        domain::{publication, revocation},
        http::RestError,
        store::{
            attempts::{self, Attempt},
            keys::{self, Key, KeyKind, KeyLimits, KeyState},
            publications,
        },
    },
};

/// How often an organization may replace all of its keys in a day.
const TURNOVER: i64 = 10;

const DAY: i64 = 24 * 3600;

/// What a new key is to be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The organization.
    pub owner: String,
    /// Unique in it; `None`: one is made up.
    pub name: Option<String>,
    /// For people.
    pub display_name: String,
    /// The class; fixed from here on.
    pub kind: KeyKind,
    /// The holder; `None`: the organization.
    pub user_id: Option<String>,
    /// The client that it is bound to.
    pub application: Option<String>,
    /// Its limits.
    pub scope: KeyScope,
    /// Whether it may obtain tokens for users.
    pub act: bool,
    /// Whether it carries the platform authority of its holder.
    pub platform: bool,
    /// When it ends.
    pub expires_at: Option<UnixTime>,
    /// Who makes it.
    pub creator: String,
    /// What it may use.
    pub limits: KeyLimits,
    /// Members that no code reads.
    pub attributes: Map<String, Value>,
}

/// Mints a key, stores its digest, publishes its record. The text exists in the answer and
/// nowhere else.
pub async fn mint(origin: &Origin, new: NewKey) -> Result<(Key, ApiKey), RestError> {
    let config = &origin.config;
    let text = ApiKey::mint(&*origin.random, &config.root_keys, &config.environment);
    let key = store(origin, stored(origin, new, &text)).await?;
    Ok((key, text))
}

/// As [`mint`], in place of a key of the same name, which ends in the same transaction.
pub async fn replace(
    origin: &Origin,
    before: Option<&Key>,
    new: NewKey,
) -> Result<(Key, ApiKey), RestError> {
    let config = &origin.config;
    let text = ApiKey::mint(&*origin.random, &config.root_keys, &config.environment);
    let key = stored(origin, new, &text);
    count(origin, &key.owner).await?;
    let now = origin.clock.now();
    let mut statements = Vec::new();
    if let Some(before) = before {
        statements.extend(revocation::key(&before.id, &key.creator, now));
        statements.push(publications::key(&before.id, now));
    }
    let takes_a_place = before.is_some_and(|before| before.state != KeyState::Revoked);
    let quota = origin.config.limits.quotas.keys;
    let place = statements.len();
    statements.push(keys::insert(&key, (!takes_a_place).then_some(quota)));
    statements.push(publications::key(&key.id, now));
    let answers = revocation::commit(origin, statements).await?;
    if answers.get(place).is_none_or(Vec::is_empty) {
        return Err(over_quota(&key.owner, "keys"));
    }
    publication::settle(origin).await;
    Ok((key, text))
}

/// Stores a key of an earlier system. Only its digest is kept.
pub async fn import(origin: &Origin, new: NewKey, text: &ApiKey) -> Result<Key, RestError> {
    store(origin, stored(origin, new, text)).await
}

/// As [`import`], of a key of which only the digest is known.
pub async fn import_digest(origin: &Origin, new: NewKey, digest: &str) -> Result<Key, RestError> {
    let id = uuid(origin.random.bytes());
    let key = row(origin, new, id, digest.to_owned());
    store(origin, key).await
}

/// Counts a new key of `owner`: a revoked key leaves its row, which a quota of live keys does not
/// bound.
async fn count(origin: &Origin, owner: &str) -> Result<(), RestError> {
    let quota = i64::from(origin.config.limits.quotas.keys);
    let limit = AttemptLimit::within(quota.saturating_mul(TURNOVER), DAY);
    let slot = origin.slot("keys", owner);
    let now = origin.clock.now();
    match attempts::count(&*origin.database, &slot, limit, now).await? {
        Attempt::Allowed => Ok(()),
        Attempt::Refused(until) => Err(RestError::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!("the organization {owner} has made too many keys: the next at {until}"),
        )),
    }
}

async fn store(origin: &Origin, key: Key) -> Result<Key, RestError> {
    count(origin, &key.owner).await?;
    let quota = Some(origin.config.limits.quotas.keys);
    let queue = publications::key(&key.id, origin.clock.now());
    let answers = origin.database.batch(vec![keys::insert(&key, quota), queue]).await?;
    if answers.first().is_none_or(Vec::is_empty) {
        return Err(over_quota(&key.owner, "keys"));
    }
    publication::settle(origin).await;
    Ok(key)
}

fn stored(origin: &Origin, new: NewKey, text: &ApiKey) -> Key {
    let id = match text.form() {
        Form::Minted { id } => id.clone(),
        Form::Imported(_) => uuid(origin.random.bytes()),
    };
    let kind = match text.form() {
        Form::Imported(ImportedForm::Publishable) => KeyKind::Publishable,
        _ => new.kind,
    };
    Key {
        kind,
        prefix: text.prefix().to_owned(),
        last_four: text.last_four().to_owned(),
        ..row(origin, new, id, text.digest())
    }
}

fn row(origin: &Origin, new: NewKey, id: String, digest: String) -> Key {
    let now = origin.clock.now();
    Key {
        name: new.name.unwrap_or_else(|| format!("key-{id}")),
        id,
        owner: new.owner,
        display_name: new.display_name,
        kind: new.kind,
        user_id: new.user_id,
        application: new.application,
        digest,
        prefix: String::new(),
        last_four: String::new(),
        scope: new.scope.to_string(),
        state: KeyState::Active,
        act: new.act,
        platform: new.platform,
        expires_at: new.expires_at,
        creator: new.creator,
        revoker: None,
        revoked_at: None,
        used_at: None,
        exposed_at: None,
        rate: new.limits.rate,
        budget_month: new.limits.budget.month,
        budget_total: new.limits.budget.total,
        spend_in_month: None,
        spend_month: None,
        spend_total: None,
        attributes: new.attributes,
        created_at: now,
        updated_at: now,
        version: 0,
        holder: None,
    }
}
