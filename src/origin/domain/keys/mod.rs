//! API keys: patches and state changes.

pub mod limits;
pub mod mint;

use serde::Deserialize;

use crate::{
    core::{
        apikey::{KeyScope, PUBLISH},
        directory::{
            Attributes, Count, Invalid, Kept, Line, ObjectName, OrgName, Patch, RESTRICTIONS, Text,
            Timestamp, Unchecked,
        },
        limit::{AttemptLimit, Budget},
    },
    origin::{
        Origin,
        domain::{
            change::{Change, Unrecorded},
            change_error::ChangeError,
            commit::commit,
            revocation,
        },
        store::{
            attempts::{self, Attempt},
            keys::{Key, KeyKind, KeyLimits, KeyState},
            publications,
        },
    },
};

/// Calls a minute.
pub const MAXIMUM_RATE: u64 = 1_000_000;
/// A greater number is inexact in JavaScript.
const MAXIMUM_BUDGET: u64 = (1 << 53) - 1;

/// The members that a key keeps.
pub const ATTRIBUTES: Attributes = Attributes {
    ignored: &[
        // This server sets them.
        "id",
        "accessSecretDigest",
        "prefix",
        "lastFour",
        "spend",
        "creator",
        "revoker",
        "revokeTime",
        "usedTime",
        "exposedTime",
        "createdTime",
        "createdAt",
        "updatedTime",
        "updatedAt",
        RESTRICTIONS,
        // It belongs to another resource.
        "deleted",
    ],
    maximum: 4 * 1024,
};

/// What a request sets of a key. Absent members stay as they are. Members without a field are kept as
/// attributes; `null` removes one.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct KeyPatch {
    /// The organization; on creation the caller's, if absent. Cannot be changed.
    pub owner: Patch<OrgName>,
    /// On creation: the same as `owner`.
    pub organization: Patch<OrgName>,
    /// Unique in the organization among keys that are not revoked; generated if absent. Cannot be
    /// changed.
    pub name: Patch<ObjectName>,
    /// The name for people.
    pub display_name: Patch<Line>,
    /// On creation: `Organization` or `Application` if the key acts for no user.
    pub r#type: Patch<String>,
    /// On creation: the holder, as `name` or `owner/name`; the caller if absent.
    pub user: Patch<String>,
    /// On creation: the `client_id` that the key is bound to.
    pub application: Patch<String>,
    /// The limits of the key, comma separated (WIRE §3.2); `publish` makes a publishable key, and
    /// `""` is unlimited. The class cannot be changed.
    pub scope: Patch<SentScope>,
    /// Whether it may obtain tokens for users of its organization.
    pub act: Option<bool>,
    /// On creation: whether it carries the platform authority of its holder.
    pub platform: Option<bool>,
    /// When it ends; `""`: never.
    pub expire_time: Patch<Timestamp>,
    /// Calls a minute; 0: unlimited.
    pub rate: Option<Count<MAXIMUM_RATE>>,
    /// Calls in all.
    pub budget: Option<BudgetPatch>,
    /// Whether it works. `Revoked` cannot be undone.
    pub state: Patch<KeyState>,
    /// On creation: the text of a key of an earlier system, which is imported.
    pub access_secret: Patch<String>,
    /// On creation: the same as `accessSecret`.
    pub access_key: Patch<String>,
    /// All other members.
    #[serde(flatten)]
    pub attributes: Kept<Unchecked>,
}

/// What a request sets of a key's budget, in calls; 0: unlimited.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase", expecting = "an object")]
pub struct BudgetPatch {
    /// In a calendar month (UTC).
    month: Option<Count<MAXIMUM_BUDGET>>,
    /// In its whole life.
    total: Option<Count<MAXIMUM_BUDGET>>,
    // An object in a map's form: a list is refused.
    #[serde(flatten)]
    _further: Unchecked,
}

/// The class and the limits that a `scope` states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentScope {
    /// The class.
    pub kind: KeyKind,
    /// The limits.
    pub scope: KeyScope,
}

impl Default for SentScope {
    fn default() -> Self {
        Self { kind: KeyKind::Secret, scope: KeyScope::default() }
    }
}

impl Text for SentScope {
    /// Refuses a limit that this server does not know.
    fn read(text: &str) -> Result<Self, Invalid> {
        let (publish, limits): (Vec<&str>, Vec<&str>) =
            text.split(',').map(str::trim).partition(|entry| *entry == PUBLISH);
        let kind = if publish.is_empty() { KeyKind::Secret } else { KeyKind::Publishable };
        let scope = limits.join(",").parse();
        let scope = scope.map_err(|error| Invalid::new(format!("cannot be used: {error}")))?;
        Ok(Self { kind, scope })
    }
}

impl Text for KeyState {
    fn read(text: &str) -> Result<Self, Invalid> {
        match text {
            "Active" => Ok(Self::Active),
            "Disabled" => Ok(Self::Disabled),
            "Revoked" => Ok(Self::Revoked),
            _ => Err(Invalid::new("must be Active, Disabled or Revoked".to_owned())),
        }
    }
}

impl KeyPatch {
    /// The limits `present` with the changes of this patch; 0 removes a limit.
    pub fn limits(&self, present: KeyLimits) -> KeyLimits {
        let set = |sent: Option<u64>, present: Option<u64>| {
            sent.map_or(present, |limit| Some(limit).filter(|limit| *limit > 0))
        };
        let budget = self.budget.clone().unwrap_or_default();
        let rate = set(self.rate.map(|Count(rate)| rate), present.rate.map(u64::from));
        KeyLimits {
            rate: rate.and_then(|rate| u32::try_from(rate).ok()),
            budget: Budget {
                month: set(budget.month.map(|Count(calls)| calls), present.budget.month),
                total: set(budget.total.map(|Count(calls)| calls), present.budget.total),
            },
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{KeyState, SentScope};

    impl JsonSchema for SentScope {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "KeyScope".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            let entry = "(publish|(read|product|model|project):[^,]+)";
            json_schema!({"type": "string", "pattern": format!("^({entry}(,{entry})*)?$")})
        }
    }

    impl JsonSchema for KeyState {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "KeyState".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({"type": "string", "enum": ["Active", "Disabled", "Revoked"]})
        }
    }
}

/// Limit per minute of key changes in the revocation feed, per caller or per user for services:
/// each is an entry that is kept for a month.
const CHANGES: AttemptLimit = AttemptLimit::within(120, 60);

/// Counts a change of keys by or for `whom`.
pub async fn count_change(origin: &Origin, whom: &str) -> Result<(), ChangeError> {
    let slot = origin.slot("key-changes", whom);
    let now = origin.clock.now();
    match attempts::count(&*origin.database, &slot, CHANGES, now).await? {
        Attempt::Allowed => Ok(()),
        Attempt::Refused(_) => Err(ChangeError::TooManyKeyChanges),
    }
}

/// Stores a changed key, unless it has been changed since `before` was read; `whom` is counted for
/// a change that the edges must read.
pub async fn update(
    origin: &Origin,
    before: &Key,
    key: &mut Key,
    whom: &str,
) -> Result<(), ChangeError> {
    if !key.agrees(before) {
        count_change(origin, whom).await?;
    }
    key.updated_at = origin.clock.now();
    let mut change = Change::updated(before, key);
    change.publish_keys(publications::key(&key.id, key.updated_at));
    let mut statements = revocation::key_changed(before, key, key.updated_at);
    let update = statements.pop();
    change.revoke(statements);
    let updated = update.map(|update| change.decide(update));
    let committed = commit(origin, change).await?;
    if updated.is_some_and(|updated| committed.took_effect(updated)) {
        key.version += 1;
        return Ok(());
    }
    Err(ChangeError::Stale)
}

/// Revokes a key permanently. Its row is kept, so that it never becomes valid again and its history
/// can be read; `whom` is counted unless it was already revoked.
pub async fn revoke(
    origin: &Origin,
    key: &mut Key,
    revoker: &str,
    whom: &str,
) -> Result<(), ChangeError> {
    let is_live = key.state != KeyState::Revoked;
    if is_live {
        count_change(origin, whom).await?;
    }
    let now = origin.clock.now();
    let mut change =
        if is_live { Change::deleted(key) } else { Change::unrecorded(Unrecorded::Continuation) };
    change.revoke(revocation::key(&key.id, revoker, now));
    change.publish_keys(publications::key(&key.id, now));
    commit(origin, change).await?;
    if is_live {
        key.state = KeyState::Revoked;
        key.version += 1;
        key.revoker = Some(revoker.to_owned());
        (key.revoked_at, key.updated_at) = (Some(now), now);
    }
    Ok(())
}
