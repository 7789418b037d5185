//! The published membership.

use serde::Serialize;

use crate::{
    core::{directory::Timestamp, principal::PLATFORM_ORGANIZATION, time::UnixTime, token::Role},
    origin::store::{memberships::Member, users::Target},
};

/// How a user belongs to an organization.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MembershipView {
    /// Always `admin`.
    pub owner: &'static str,
    /// `<user>|<organization>`.
    pub name: String,
    /// The user, as `owner/name`.
    pub user: String,
    /// The user's `sub`.
    pub user_id: String,
    /// The person's name.
    pub display_name: String,
    /// The organization.
    pub organization: String,
    /// The same as `organization`.
    pub org: String,
    /// The role there.
    pub role: Role,
    /// Whether it is the user's home organization, which cannot be left.
    pub is_home: bool,
    /// The invitation that was accepted, if it still exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
    /// When it began.
    pub created_time: Timestamp,
}

impl From<Member> for MembershipView {
    fn from(member: Member) -> Self {
        let user = format!("{}/{}", member.owner, member.name);
        Self {
            owner: PLATFORM_ORGANIZATION,
            name: format!("{user}|{}", member.organization),
            user,
            user_id: member.user_id,
            display_name: member.display_name,
            is_home: member.organization == member.owner,
            org: member.organization.clone(),
            organization: member.organization,
            role: member.role,
            invitation: member.invitation,
            created_time: Timestamp(member.created_at),
        }
    }
}

impl MembershipView {
    /// The membership of `target` in `organization` with that role; `known` is the row of an
    /// additional membership, which otherwise starts at `now`.
    pub fn of(
        target: &Target,
        organization: &str,
        role: Role,
        known: Option<Member>,
        now: UnixTime,
    ) -> Self {
        let user = &target.user;
        let is_home = organization == user.owner;
        let (invitation, began) = match known.filter(|_| !is_home) {
            Some(known) => (known.invitation, known.created_at),
            None => (None, if is_home { user.created_at } else { now }),
        };
        Self::from(Member {
            user_id: user.id.clone(),
            owner: user.owner.clone(),
            name: user.name.clone(),
            display_name: user.display_name.clone(),
            organization: organization.to_owned(),
            role,
            invitation,
            created_at: began,
        })
    }
}
