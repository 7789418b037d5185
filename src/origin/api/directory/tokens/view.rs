//! The published token (`IamToken`): a grant, without the text of its tokens.

use serde::Serialize;

use crate::{
    core::{directory::Timestamp, time::UnixTime, token::Actor},
    origin::store::{grants::Grant, users::Target},
};

/// What a person allowed a client. Its tokens are not shown.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TokenView {
    /// The id of the grant: the `gid` of its tokens.
    pub id: String,
    /// The person's home organization.
    pub owner: String,
    /// The same as `id`.
    pub name: String,
    /// The client that obtained it: its `client_id`.
    pub application: String,
    /// The organization that its tokens act in.
    pub organization: String,
    /// The person's username.
    pub user: String,
    /// Who acts for the person, as `owner/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Its scope.
    pub scope: String,
    /// The audience that was asked for (RFC 8707); empty: the client itself.
    pub resource: String,
    /// The grant type that established it.
    pub grant_type: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds until it ends, however often it is refreshed.
    pub expires_in: i64,
    /// Whether it was established without a client secret.
    pub public_grant: bool,
    /// Whether its tokens carried platform authority when it began.
    pub platform: bool,
    /// The browser session that it was given in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// When it began.
    pub created_time: Timestamp,
    /// When it ends.
    pub expire_time: Timestamp,
}

impl TokenView {
    /// `grant` of `target` at `now`.
    pub fn new(grant: Grant, target: &Target, now: UnixTime) -> Self {
        Self {
            owner: target.user.owner.clone(),
            name: grant.id.clone(),
            id: grant.id,
            application: grant.client_id,
            organization: grant.organization,
            user: target.user.name.clone(),
            actor: grant.actor.as_ref().map(name),
            scope: grant.scope,
            resource: grant.resource.unwrap_or_default(),
            grant_type: grant.kind,
            token_type: "Bearer",
            expires_in: grant.expires_at.since(now),
            public_grant: grant.is_public,
            platform: grant.is_platform,
            session_id: grant.session_id,
            created_time: Timestamp(grant.created_at),
            expire_time: Timestamp(grant.expires_at),
        }
    }
}

fn name(actor: &Actor) -> String {
    if actor.name.is_empty() {
        return actor.sub.clone();
    }
    format!("{}/{}", actor.owner, actor.name)
}
