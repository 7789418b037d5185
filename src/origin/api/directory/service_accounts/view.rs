//! The published service account.

use serde::Serialize;

use crate::{
    core::{directory::Timestamp, secret::Secret, time::UnixTime, token::Role},
    origin::{
        domain::bounds,
        store::{
            agents::{Agent, Listed},
            keys::Key,
            users::roles,
        },
    },
};

/// A service account of an agent.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccountView {
    /// The account: the `sub` of its tokens.
    pub id: String,
    /// The organization.
    pub owner: String,
    /// `<organization>-<agent>`, unique in the organization.
    pub name: String,
    /// Always `service-account`.
    pub r#type: &'static str,
    /// The name for people.
    pub display_name: String,
    /// What the agent is called elsewhere.
    pub agent_ref: String,
    /// The person who answers for it, as `owner/name`; empty if the person is gone.
    pub user: String,
    /// `admin` or `member`: its role in the organization, as far as its person has it.
    pub role: &'static str,
    /// `active`; `expired`; `disabled` if it is; `orphaned` if its person may do nothing here.
    pub status: &'static str,
    /// When it was created.
    pub created_time: Timestamp,
    /// When it ends.
    pub expire_time: Timestamp,
}

/// A service account with a new key.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewKeyView {
    #[serde(flatten)]
    account: ServiceAccountView,
    /// The id of the key; empty without a key.
    access_key: String,
    /// The text of the key, shown once; empty without a key.
    access_secret: String,
    /// When the key ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_expire_time: Option<Timestamp>,
    /// When the keys end that it had before; absent if there are none, or they have ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    present_keys_expire_time: Option<Timestamp>,
}

impl NewKeyView {
    /// `account` without a key.
    pub const fn without(account: ServiceAccountView) -> Self {
        Self {
            account,
            access_key: String::new(),
            access_secret: String::new(),
            key_expire_time: None,
            present_keys_expire_time: None,
        }
    }

    /// `account` with its new `key` and its text. The current keys expire at `end`.
    pub fn new(
        account: ServiceAccountView,
        key: Key,
        text: &Secret<String>,
        end: Option<UnixTime>,
    ) -> Self {
        Self {
            account,
            access_secret: text.expose().clone(),
            access_key: key.id,
            key_expire_time: key.expires_at.map(Timestamp),
            present_keys_expire_time: end.map(Timestamp),
        }
    }
}

impl ServiceAccountView {
    /// `listed` at `now`.
    pub fn new(listed: Listed, now: UnixTime) -> Self {
        let Listed { agent, display_name, is_admin, is_forbidden, sponsor, bound } = listed;
        let Agent { user_id, owner, name, agent_ref, expires_at, created_at, .. } = agent;
        let bounded = bounds::bounded(roles(&owner, is_admin, &[]), bound.as_ref(), now);
        let status = match &bounded {
            _ if is_forbidden => "disabled",
            _ if now >= expires_at => "expired",
            None => "orphaned",
            Some(_) => "active",
        };
        let role = bounded.and_then(|roles| roles.first().map(|role| role.role));
        Self {
            id: user_id,
            owner,
            name,
            r#type: "service-account",
            display_name,
            agent_ref,
            user: sponsor.unwrap_or_default(),
            role: role.unwrap_or(Role::Member).name(),
            status,
            created_time: Timestamp(created_at),
            expire_time: Timestamp(expires_at),
        }
    }
}
