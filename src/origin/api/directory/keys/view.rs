//! The published API key (`IamKey`): everything but the key.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    core::{apikey::PUBLISH, directory::Timestamp, limit::Budget, time::UnixTime},
    origin::{
        api::directory::{
            paging::Listed,
            versioned::{Editable, Versioned},
        },
        http::EntityTag,
        store::keys::{Key, KeyKind, KeyState},
    },
};

/// An API key.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// Members without a field, as they were sent.
    #[serde(flatten)]
    pub attributes: Map<String, Value>,
    /// The id inside an `hk-` key, else a UUID.
    pub id: String,
    /// The organization.
    pub owner: String,
    /// Unique in the organization among keys that are not revoked.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// `User`, `Application` or `Organization`: for whom it acts.
    pub r#type: &'static str,
    /// The same as `owner`.
    pub organization: String,
    /// The `client_id` that it is bound to; empty if none.
    pub application: String,
    /// The holder's username; empty if none.
    pub user: String,
    /// The first characters of the key.
    pub prefix: String,
    /// The last characters, by which its holder recognizes it.
    pub last_four: String,
    /// The limits of the key (WIRE §3.2); empty: unlimited.
    pub scope: String,
    /// `Active`, `Disabled` or `Revoked`.
    pub state: &'static str,
    /// Whether it may obtain tokens for users of its organization.
    pub act: bool,
    /// Whether it carries the platform authority of its holder.
    pub platform: bool,
    /// Calls a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// Calls that it may make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetView>,
    /// Calls that it has made.
    pub spend: SpendView,
    /// Who created it, as `owner/name`.
    pub creator: String,
    /// Who revoked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoker: Option<String>,
    /// When it was created.
    pub created_time: Timestamp,
    /// When it was last changed.
    pub updated_time: Timestamp,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_time: Option<Timestamp>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoke_time: Option<Timestamp>,
    /// When it was last used at the origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_time: Option<Timestamp>,
    /// When it was first seen in a URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposed_time: Option<Timestamp>,
    /// The text of a new secret key, shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_secret: Option<String>,
    /// The text of a new publishable key, shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key: Option<String>,
}

/// The calls that a key may make.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct BudgetView {
    /// In a calendar month (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<u64>,
    /// In its whole life.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

/// The calls that a key has made, as far as the edges have reported.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SpendView {
    /// In this calendar month (UTC).
    pub month: u64,
    /// In its whole life.
    pub total: u64,
}

/// The published scope of `key`, with its class.
pub fn scope(key: &Key) -> String {
    match key.kind {
        KeyKind::Secret => key.scope.clone(),
        KeyKind::Publishable if key.scope.is_empty() => PUBLISH.to_owned(),
        KeyKind::Publishable => format!("{PUBLISH},{}", key.scope),
    }
}

impl Listed for KeyView {
    const PLURAL: &'static str = "keys";
    const HAS_TOTAL: bool = false;
}

impl Versioned for Key {
    const TABLE: &'static str = "keys";

    fn version(&self) -> (&str, i64) {
        (&self.id, self.version)
    }

    fn tag(&self) -> EntityTag {
        let spent = i64::try_from(self.spend().total).unwrap_or(i64::MAX);
        let times = [self.used_at, self.exposed_at].into_iter().flatten().map(|time| time.0);
        EntityTag::new(&self.id, self.version).counting(times.fold(spent, i64::wrapping_add))
    }
}

impl Editable for Key {
    type View = KeyView;

    fn shown(&self) -> KeyView {
        KeyView::new(self.clone(), self.updated_at)
    }

    fn blank(&self) -> Self {
        Self {
            display_name: String::new(),
            scope: String::new(),
            state: KeyState::Active,
            act: false,
            expires_at: None,
            rate: None,
            budget_month: None,
            budget_total: None,
            attributes: Map::new(),
            ..self.clone()
        }
    }

    fn unshown() -> Map<String, Value> {
        let none = json!({"month": 0, "total": 0});
        let members = [("expireTime", "".into()), ("rate", 0.into()), ("budget", none)];
        members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
    }
}

impl KeyView {
    /// `key` at `now`.
    pub fn new(key: Key, now: UnixTime) -> Self {
        let kind = if key.user_id.is_some() {
            "User"
        } else if key.application.is_some() {
            "Application"
        } else {
            "Organization"
        };
        let Budget { month, total } = key.limits().budget;
        let spend = key.spend().at(now);
        Self {
            scope: scope(&key),
            attributes: key.attributes,
            id: key.id,
            organization: key.owner.clone(),
            owner: key.owner,
            name: key.name,
            display_name: key.display_name,
            r#type: kind,
            application: key.application.unwrap_or_default(),
            user: key.holder.unwrap_or_default(),
            prefix: key.prefix,
            last_four: key.last_four,
            state: key.state.as_str(),
            act: key.act,
            platform: key.platform,
            rate: key.rate,
            budget: (month.is_some() || total.is_some()).then_some(BudgetView { month, total }),
            spend: SpendView { month: spend.month, total: spend.total },
            creator: key.creator,
            revoker: key.revoker,
            created_time: Timestamp(key.created_at),
            updated_time: Timestamp(key.updated_at),
            expire_time: key.expires_at.map(Timestamp),
            revoke_time: key.revoked_at.map(Timestamp),
            used_time: key.used_at.map(Timestamp),
            exposed_time: key.exposed_at.map(Timestamp),
            access_secret: None,
            access_key: None,
        }
    }

    /// The view with the key's text, shown once.
    #[must_use]
    pub fn with_text(self, kind: KeyKind, text: &str) -> Self {
        let text = Some(text.to_owned());
        match kind {
            KeyKind::Secret => Self { access_secret: text, ..self },
            KeyKind::Publishable => Self { access_key: text, ..self },
        }
    }
}
