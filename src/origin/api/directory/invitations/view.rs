//! The published invitation (`IamInvitation`, OPERATIONS.md part B).

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    core::{directory::Timestamp, token::Role},
    origin::{
        api::directory::{paging::Listed, versioned::Versioned},
        http::EntityTag,
        store::invitations::{Invitation, State},
    },
};

/// An invitation.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InvitationView {
    /// Members without a field, as they were sent.
    #[serde(flatten)]
    pub attributes: Map<String, Value>,
    /// UUID.
    pub id: String,
    /// The organization.
    pub owner: String,
    /// Unique in the organization.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// Shown once, in the reply that creates the invitation; otherwise empty.
    pub code: String,
    /// Always true: the server makes the code.
    pub generated: bool,
    /// The only address that may accept; empty: any.
    pub email: String,
    /// The role that it gives.
    pub role: Role,
    /// How many people may accept it.
    pub quota: i64,
    /// How many have.
    pub used_count: i64,
    /// Whether it may be accepted.
    pub state: State,
    /// Who invites, as `owner/name`.
    pub inviter: String,
    /// When it was last handed to the mail service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_time: Option<Timestamp>,
    /// When it ends.
    pub expire_time: Timestamp,
    /// When it was created.
    pub created_time: Timestamp,
    /// When it was last changed.
    pub updated_time: Timestamp,
}

impl Listed for InvitationView {
    const PLURAL: &'static str = "invitations";
}

impl Versioned for Invitation {
    const TABLE: &'static str = "invitations";

    fn version(&self) -> (&str, i64) {
        (&self.id, self.version)
    }

    fn tag(&self) -> EntityTag {
        EntityTag::new(&self.id, self.version).counting(self.used_count)
    }
}

impl From<Invitation> for InvitationView {
    fn from(invitation: Invitation) -> Self {
        Self {
            attributes: invitation.attributes,
            id: invitation.id,
            owner: invitation.owner,
            name: invitation.name,
            display_name: invitation.display_name,
            code: String::new(),
            generated: true,
            email: invitation.email,
            role: invitation.role,
            quota: invitation.quota,
            used_count: invitation.used_count,
            state: invitation.state,
            inviter: invitation.inviter,
            sent_time: invitation.sent_at.map(Timestamp),
            expire_time: Timestamp(invitation.expires_at),
            created_time: Timestamp(invitation.created_at),
            updated_time: Timestamp(invitation.updated_at),
        }
    }
}
