//! New keys: minted here, or imported from an earlier system.

use crate::{
    core::{
        apikey::{ApiKey, Form, ImportedForm, KeyScope},
        encoding::uuid,
        limit::{AttemptLimit, Slot},
        time::UnixTime,
    },
    origin::{
        Origin,
        domain::{
            audit::Subject,
            change::{Change, Committed, Position, Unrecorded},
            change_error::ChangeError,
            commit::commit,
            revocation,
        },
        store::{
            attempts::{self, Attempt},
            keys::{self, Admission, Key, KeyKind, KeyLimits, KeyState},
            publications,
        },
    },
};

/// How many times its key quota an organization may create in a day.
const TURNOVER: i64 = 10;

const DAY: i64 = 24 * 3600;

/// What a new key is to be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The organization.
    pub owner: String,
    /// Unique in it; `None`: generated.
    pub name: Option<String>,
    /// The display name.
    pub display_name: String,
    /// The class; it never changes.
    pub kind: KeyKind,
    /// The holder's id and name; `None` for the organization.
    pub holder: Option<(String, String)>,
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
    /// Who creates it.
    pub creator: String,
    /// What it may use.
    pub limits: KeyLimits,
    /// Members without a field.
    pub attributes: serde_json::Map<String, serde_json::Value>,
}

impl NewKey {
    /// The row of a new key, and its text, which is stored nowhere.
    pub fn minted(self, origin: &Origin) -> (Key, ApiKey) {
        let config = &origin.config;
        let text = ApiKey::mint(&*origin.random, &config.root_keys, &config.environment);
        (self.imported(origin, &text), text)
    }

    /// The row of a key whose text is known.
    pub fn imported(self, origin: &Origin, text: &ApiKey) -> Key {
        let id = match text.form() {
            Form::Minted { id } => id.clone(),
            Form::Imported(_) => uuid(origin.random.bytes()),
        };
        let kind = match text.form() {
            Form::Imported(ImportedForm::Publishable) => KeyKind::Publishable,
            _ => self.kind,
        };
        let public_text = (kind == KeyKind::Publishable).then(|| text.text().expose().clone());
        Key {
            kind,
            public_text,
            prefix: text.prefix().to_owned(),
            last_four: text.last_four().to_owned(),
            ..self.row(origin, id, text.digest())
        }
    }

    /// The row of a key of which only the digest is known.
    pub fn of_digest(self, origin: &Origin, digest: &str) -> Key {
        let id = uuid(origin.random.bytes());
        self.row(origin, id, digest.to_owned())
    }

    fn row(self, origin: &Origin, id: String, digest: String) -> Key {
        let now = origin.clock.now();
        let (user_id, holder) = self.holder.unzip();
        Key {
            name: self.name.unwrap_or_else(|| format!("key-{id}")),
            id,
            owner: self.owner,
            display_name: self.display_name,
            kind: self.kind,
            user_id,
            application: self.application,
            digest,
            prefix: String::new(),
            last_four: String::new(),
            scope: self.scope.to_string(),
            state: KeyState::Active,
            act: self.act,
            platform: self.platform,
            expires_at: self.expires_at,
            creator: self.creator,
            revoker: None,
            revoked_at: None,
            used_at: None,
            exposed_at: None,
            rate: self.limits.rate,
            budget_month: self.limits.budget.month,
            budget_total: self.limits.budget.total,
            spend_in_month: None,
            spend_month: None,
            spend_total: None,
            attributes: self.attributes,
            created_at: now,
            updated_at: now,
            version: 0,
            holder,
            public_text: None,
        }
    }
}

/// Stores a new key, within the quota of its organization and the number of keys that it may create
/// in a day.
pub async fn create(origin: &Origin, key: &Key) -> Result<(), ChangeError> {
    let mut change = Change::created(key);
    let storing = store(origin, &mut change, key);
    let committed = commit(origin, change).await?;
    storing.check(&committed)
}

/// A new key in a change.
pub(in crate::origin::domain) struct Storing {
    owner: String,
    counted: Counted,
    inserted: Position,
}

/// Adds a new key to `change`, within the quota of its organization and the number of keys that it may
/// create in a day.
pub(in crate::origin::domain) fn store(origin: &Origin, change: &mut Change, key: &Key) -> Storing {
    let counted = count(origin, change, &key.owner);
    let admission = Admission {
        quota: Some(origin.config.limits.quotas.keys),
        attempts: Some((&counted.slot, counted.limit)),
    };
    let inserted = change.decide(keys::insert(key, admission));
    change.publish_keys(publications::key(&key.id, key.created_at));
    Storing { owner: key.owner.clone(), counted, inserted }
}

impl Storing {
    /// The error if the key was not stored.
    pub(in crate::origin::domain) fn check(self, committed: &Committed) -> Result<(), ChangeError> {
        let rows = committed.rows(self.counted.position).to_vec();
        allowed(&self.owner, attempts::outcome(self.counted.limit, rows)?)?;
        if committed.took_effect(self.inserted) {
            return Ok(());
        }
        Err(ChangeError::Quota { organization: self.owner, kind: "keys" })
    }
}

/// Stores `key` in place of `before`, which ends in the same transaction.
pub async fn replace(origin: &Origin, before: Option<&Key>, key: &Key) -> Result<(), ChangeError> {
    // Counted first: a refusal must not revoke the current key.
    let mut change = Change::unrecorded(Unrecorded::Counting);
    let counted = count(origin, &mut change, &key.owner);
    let committed = commit(origin, change).await?;
    let rows = committed.rows(counted.position).to_vec();
    allowed(&key.owner, attempts::outcome(counted.limit, rows)?)?;
    let now = origin.clock.now();
    let mut change = Change::created(key);
    if let Some(before) = before {
        change.record(Subject::deleted(before));
        change.revoke(revocation::key(&before.id, &key.creator, now));
        change.publish_keys(publications::key(&before.id, now));
    }
    let takes_a_place = before.is_some_and(|before| before.state != KeyState::Revoked);
    let quota = (!takes_a_place).then_some(origin.config.limits.quotas.keys);
    let inserted = change.decide(keys::insert(key, Admission { quota, attempts: None }));
    change.publish_keys(publications::key(&key.id, now));
    if commit(origin, change).await?.took_effect(inserted) {
        return Ok(());
    }
    Err(ChangeError::Quota { organization: key.owner.clone(), kind: "keys" })
}

/// Stores `key` beside the `present` ones of its holder, which end at `end`, or at once. It may be one
/// more than the quota allows: the others end.
pub async fn rotate(
    origin: &Origin,
    present: &[Key],
    key: &Key,
    end: Option<UnixTime>,
) -> Result<(), ChangeError> {
    // Counted first: a refusal must not revoke the current keys.
    let mut change = Change::unrecorded(Unrecorded::Counting);
    let counted = count(origin, &mut change, &key.owner);
    let committed = commit(origin, change).await?;
    let rows = committed.rows(counted.position).to_vec();
    allowed(&key.owner, attempts::outcome(counted.limit, rows)?)?;
    let now = key.created_at;
    let mut change = Change::created(key);
    for before in present {
        let Some(end) = end else {
            change.record(Subject::deleted(before));
            change.revoke(revocation::key(&before.id, &key.creator, now));
            continue;
        };
        if before.expires_at.is_some_and(|before| before <= end) {
            continue;
        }
        let after = Key { expires_at: Some(end), updated_at: now, ..before.clone() };
        change.record(Subject::updated(before, &after));
        change.revoke(revocation::key_changed(before, &after, now));
    }
    let inserted = change.write(keys::insert(key, Admission { quota: None, attempts: None }));
    let ids: Vec<&str> = present.iter().chain([key]).map(|key| key.id.as_str()).collect();
    change.publish_keys(publications::keys(&ids, now));
    if commit(origin, change).await?.took_effect(inserted) {
        return Ok(());
    }
    Err(ChangeError::Stale)
}

struct Counted {
    slot: Slot,
    limit: AttemptLimit,
    position: Position,
}

/// Counts a new key of `owner`, because revoked keys keep their rows, which the quota of live keys
/// does not bound.
fn count(origin: &Origin, change: &mut Change, owner: &str) -> Counted {
    let quota = i64::from(origin.config.limits.quotas.keys);
    let limit = AttemptLimit::within(quota.saturating_mul(TURNOVER), DAY);
    let slot = origin.slot("keys", owner);
    let position = change.write(attempts::counting(&slot, limit, origin.clock.now()));
    Counted { slot, limit, position }
}

fn allowed(owner: &str, attempt: Attempt) -> Result<(), ChangeError> {
    match attempt {
        Attempt::Allowed => Ok(()),
        Attempt::Refused(until) => {
            Err(ChangeError::TooManyKeys { organization: owner.to_owned(), until })
        }
    }
}
