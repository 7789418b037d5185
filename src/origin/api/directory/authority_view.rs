//! The reply of `POST /v1/iam/authority/explain`.

use serde::Serialize;

use crate::core::{
    authority::{Directory, Source},
    directory::Timestamp,
};

/// What the holder of a credential may do, and what removed the rest.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Explanation {
    /// The holder.
    pub(super) subject: SubjectView,
    /// The client that obtained the credential, or that a key is bound to.
    pub(super) client: Option<ClientView>,
    /// What the credential carries.
    pub(super) authority: AuthorityView,
    /// The resources that accept the credential's audience.
    pub(super) resources: Vec<ResourceView>,
    /// What was removed, and by which input.
    pub(super) cuts: Vec<CutView>,
}

/// The holder of a credential.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SubjectView {
    /// The home organization.
    pub(super) organization: String,
    /// The roles in organizations that the caller administers.
    pub(super) roles: Vec<RoleView>,
}

/// A role.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RoleView {
    /// The organization.
    pub(super) org: String,
    /// `member`, `admin` or `owner`.
    pub(super) role: &'static str,
}

/// A client.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClientView {
    /// The OAuth `client_id`.
    pub(super) client_id: String,
    /// How far it is trusted with what a person may do.
    pub(super) trust: &'static str,
    /// Its capabilities, if it acts for itself.
    pub(super) capabilities: Vec<String>,
}

/// What a credential carries.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuthorityView {
    /// The organization that it acts in.
    pub(super) organization: String,
    /// The roles in organizations that the caller administers.
    pub(super) roles: Vec<RoleView>,
    /// Whether it administers the platform; only the platform learns that.
    pub(super) platform: Option<bool>,
    /// Until when.
    pub(super) platform_until: Option<Timestamp>,
    /// `closed`, `read` or `open`: how far it reaches into the directory.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "String"))]
    pub(super) directory: Directory,
}

/// A resource.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ResourceView {
    /// The path under which it is reached.
    pub(super) path: String,
    /// Whether it accepts the credential's audience.
    pub(super) accepted: bool,
}

/// Something that the holder has and the credential does not carry.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CutView {
    /// `subject`, `client`, `credential` or `resource`: what removed it.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "String"))]
    pub(super) by: Source,
    /// What was removed.
    pub(super) what: String,
}
