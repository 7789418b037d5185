//! The published key of the account API (`AccountApiKey`).

use serde::Serialize;

use crate::{
    core::{directory::Timestamp, limit::Budget, time::UnixTime},
    origin::{
        api::directory::{
            keys::view::{BudgetView, SpendView},
            paging::Listed,
        },
        store::keys::{Key, KeyKind, KeyState},
    },
};

/// An API key. What is absent is unlimited, or never happened.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AccountApiKey {
    /// Names the key in `PATCH` and `DELETE /v1/account/keys/{id}`.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// `secret` or `publishable`.
    pub r#type: &'static str,
    /// The text of the key: a publishable key always shows it, a secret key in the reply that creates
    /// it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The first characters of the key.
    pub prefix: String,
    /// `active`, `expired`, `disabled` or `revoked`.
    pub status: &'static str,
    /// What it may reach, as `kind:name`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(default))]
    pub limit: Vec<String>,
    /// Calls a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// Calls that it may make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetView>,
    /// Calls that it has made.
    pub spend: SpendView,
    /// When it was created.
    pub created: Timestamp,
    /// Who created it, as `owner/name`.
    pub creator: String,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// When it was last used at the origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<Timestamp>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Timestamp>,
    /// Who revoked it, as `owner/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoker: Option<String>,
}

impl Listed for AccountApiKey {
    const PLURAL: &'static str = "keys";
    const HAS_TOTAL: bool = false;
    const ENDS_EMPTY: bool = false;
}

impl AccountApiKey {
    /// `key` at `now`.
    pub fn new(key: Key, now: UnixTime) -> Self {
        let status = match key.state {
            KeyState::Revoked => "revoked",
            KeyState::Disabled => "disabled",
            KeyState::Active if key.expires_at.is_some_and(|end| end <= now) => "expired",
            KeyState::Active => "active",
        };
        let Budget { month, total } = key.limits().budget;
        let spend = key.spend().at(now);
        let limits = key.scope.split(',').filter(|limit| !limit.is_empty());
        Self {
            status,
            limit: limits.map(str::to_owned).collect(),
            r#type: match key.kind {
                KeyKind::Secret => "secret",
                KeyKind::Publishable => "publishable",
            },
            rate: key.rate,
            budget: (month.is_some() || total.is_some()).then_some(BudgetView { month, total }),
            spend: SpendView { month: spend.month, total: spend.total },
            id: key.id,
            name: if key.display_name.is_empty() { key.name } else { key.display_name },
            key: key.public_text,
            prefix: key.prefix,
            created: Timestamp(key.created_at),
            creator: key.creator,
            expires: key.expires_at.map(Timestamp),
            used: key.used_at.map(Timestamp),
            revoked: key.revoked_at.map(Timestamp),
            revoker: key.revoker,
        }
    }
}
