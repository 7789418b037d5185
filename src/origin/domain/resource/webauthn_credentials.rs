//! Passkeys and security keys: the published form. They cannot be created from a description,
//! because only an authenticator can prove possession of the private key.

use serde::{Deserialize, Serialize};

use super::{Actor, Resource, Scene};
use crate::{
    core::directory::Timestamp,
    origin::{
        domain::change_error::ChangeError,
        store::{
            resource::{Meta, Wanted},
            webauthn_credentials::WebauthnCredential,
        },
    },
};

/// Why a request cannot make or change a credential.
pub const REFUSED: &str = "a credential is registered by its authenticator while its user is signed \
     in, and does not change: delete it and register another one";

/// Nothing of a credential can be set.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WebauthnCredentialPatch {}

/// A passkey or security key. Its public half is not a secret.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the flags of the specification")]
pub struct WebauthnCredentialView {
    /// UUID.
    pub id: String,
    /// The home organization of its user.
    pub owner: String,
    /// Unique in the organization.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// Whose it is, as `owner/name`.
    pub user: String,
    /// The id that the authenticator gave it (base64url).
    pub credential_id: String,
    /// The COSE key (base64url).
    pub public_key: String,
    /// The model of the authenticator.
    pub aaguid: String,
    /// `platform` or `cross-platform`.
    pub attachment: String,
    /// The type of its attestation.
    pub attestation_type: String,
    /// The format of its attestation.
    pub attestation_format: String,
    /// How browsers reach it.
    pub transport: Vec<String>,
    /// The counter of its last assertion.
    pub sign_count: i64,
    /// Whether the user was present when it was made.
    pub user_present: bool,
    /// Whether the user was verified when it was made.
    pub user_verified: bool,
    /// Whether it may be backed up.
    pub backup_eligible: bool,
    /// Whether it is backed up.
    pub backup_state: bool,
    /// Whether its counter has gone back.
    pub clone_warning: bool,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_time: Option<Timestamp>,
    /// When it was created.
    pub created_time: Timestamp,
    /// When it was last changed.
    pub updated_time: Timestamp,
}

impl Resource for WebauthnCredential {
    const KIND: &'static str = "webauthn-credential";
    const QUOTA: u32 = 10_000;
    type Patch = WebauthnCredentialPatch;
    type View = WebauthnCredentialView;

    fn named(_: &WebauthnCredentialPatch) -> (Option<&str>, Option<&str>) {
        (None, None)
    }

    fn wanted(_: &WebauthnCredentialPatch, _: &str) -> Wanted {
        Wanted::default()
    }

    fn blank(meta: Meta, by: &Actor) -> Self {
        Self {
            meta,
            user_id: by.id.clone(),
            user: Some(by.name.clone()),
            credential_id: String::new(),
            public_key: String::new(),
            aaguid: String::new(),
            attachment: String::new(),
            attestation_type: String::new(),
            attestation_format: String::new(),
            transports: Vec::new(),
            sign_count: 0,
            user_present: false,
            user_verified: false,
            backup_eligible: false,
            backup_state: false,
            clone_warning: false,
            used_at: None,
        }
    }

    fn apply(&mut self, _: WebauthnCredentialPatch, _: &Scene<'_>) -> Result<(), ChangeError> {
        Err(ChangeError::Conflict(REFUSED.to_owned()))
    }

    fn view(&self) -> WebauthnCredentialView {
        let Meta { id, owner, name, display_name, created_at, updated_at, .. } = self.meta.clone();
        WebauthnCredentialView {
            id,
            owner,
            name,
            display_name,
            user: self.user.clone().unwrap_or_default(),
            credential_id: self.credential_id.clone(),
            public_key: self.public_key.clone(),
            aaguid: self.aaguid.clone(),
            attachment: self.attachment.clone(),
            attestation_type: self.attestation_type.clone(),
            attestation_format: self.attestation_format.clone(),
            transport: self.transports.clone(),
            sign_count: self.sign_count,
            user_present: self.user_present,
            user_verified: self.user_verified,
            backup_eligible: self.backup_eligible,
            backup_state: self.backup_state,
            clone_warning: self.clone_warning,
            used_time: self.used_at.map(Timestamp),
            created_time: Timestamp(created_at),
            updated_time: Timestamp(updated_at),
        }
    }
}
