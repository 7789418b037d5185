//! Verifies registrations (§7.1).

use serde::Deserialize;

use super::{
    Aaguid, Attestation, Base64Url, Challenge, CoseAlgorithm, CredentialKey, Refusal, RelyingParty,
    TrustAnchors, UserHandle, attestation,
    authenticator_data::{AuthenticatorData, Flags, LONGEST_ID},
    client_data::{self, Ceremony},
    cose::algorithm_number,
    policy::{Attachment, Policy},
};
use crate::core::{cbor::Cbor, crypto::Signatures, encoding::sha256, time::UnixTime};

/// The longest attestation object that is read.
const LONGEST_OBJECT: usize = 64 * 1024;

/// `RegistrationResponseJSON` (§5.1.8.1), as `PublicKeyCredential.toJSON()` makes it. Other members are
/// ignored: each of them says again what is in these.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RegistrationResponse {
    /// The credential's id.
    pub raw_id: Base64Url,
    /// `public-key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the authenticator returned.
    pub response: AttestationResponse,
    /// How the authenticator is attached.
    #[serde(default)]
    pub authenticator_attachment: Option<String>,
    /// Results of client extensions.
    #[serde(default)]
    pub client_extension_results: ExtensionResults,
}

impl RegistrationResponse {
    /// The challenge that the response says it answers, by which the record of the begin is found.
    pub fn challenge(&self) -> Option<Challenge> {
        client_data::challenge(&self.response.client_data_json.0)
    }
}

/// `AuthenticatorAttestationResponseJSON` (§5.2.1).
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AttestationResponse {
    /// The client data, as it is hashed.
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: Base64Url,
    /// The attestation object.
    #[serde(rename = "attestationObject")]
    pub attestation_object: Base64Url,
    /// How browsers reach the authenticator.
    #[serde(default)]
    pub transports: Vec<String>,
}

/// The results of the client extensions that we ask for. Others are tolerated.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ExtensionResults {
    /// Properties of the credential (§10.1.3).
    #[serde(default)]
    pub cred_props: Option<CredentialProperties>,
}

/// `CredentialPropertiesOutput`.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CredentialProperties {
    /// Whether the credential is discoverable.
    #[serde(default)]
    pub rk: Option<bool>,
}

/// What a registration must be, from the record of its begin.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedRegistration<'a> {
    /// The relying party.
    pub relying_party: &'a RelyingParty,
    /// The policy of the user's organization.
    pub policy: &'a Policy,
    /// The challenge of the begin.
    pub challenge: &'a Challenge,
    /// The account of the begin.
    pub user: &'a UserHandle,
    /// The algorithms that were offered.
    pub algorithms: &'a [CoseAlgorithm],
    /// Whether the browser was asked to create it without a gesture (`mediation: "conditional"`), so that the
    /// user need not have been present.
    pub conditional: bool,
    /// Where attestations may lead to.
    pub anchors: &'a TrustAnchors,
    /// The time.
    pub now: UnixTime,
}

/// A credential whose registration has been verified. The caller stores it unless its id is registered for
/// any user (§7.1 step 27).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRegistration {
    user: UserHandle,
    credential_id: Base64Url,
    public_key: Base64Url,
    algorithm: CoseAlgorithm,
    sign_count: u32,
    aaguid: Aaguid,
    format: String,
    attestation: Attestation,
    attachment: Option<Attachment>,
    transports: Vec<String>,
    discoverable: Option<bool>,
    flags: Flags,
}

impl VerifiedRegistration {
    /// The account that it was registered for.
    pub const fn user(&self) -> &UserHandle {
        &self.user
    }

    /// Its id; unique over all users.
    pub const fn credential_id(&self) -> &Base64Url {
        &self.credential_id
    }

    /// Its `COSE_Key`, as [`CredentialKey::from_cose`] reads it.
    pub const fn public_key(&self) -> &Base64Url {
        &self.public_key
    }

    /// The algorithm of its key.
    pub const fn algorithm(&self) -> CoseAlgorithm {
        self.algorithm
    }

    /// The first value of its counter.
    pub const fn sign_count(&self) -> u32 {
        self.sign_count
    }

    /// The model; proven if [`Self::attestation`] is `Trusted`.
    pub const fn aaguid(&self) -> Aaguid {
        self.aaguid
    }

    /// The format of its attestation statement.
    pub fn format(&self) -> &str {
        &self.format
    }

    /// What its attestation proves.
    pub const fn attestation(&self) -> Attestation {
        self.attestation
    }

    /// How the authenticator is attached, if the browser says so.
    pub const fn attachment(&self) -> Option<Attachment> {
        self.attachment
    }

    /// How browsers reach the authenticator.
    pub fn transports(&self) -> &[String] {
        &self.transports
    }

    /// Whether it is discoverable, if the browser says so.
    pub const fn discoverable(&self) -> Option<bool> {
        self.discoverable
    }

    /// Whether the user was present.
    pub const fn user_present(&self) -> bool {
        self.flags.user_present()
    }

    /// Whether the user was verified.
    pub const fn user_verified(&self) -> bool {
        self.flags.user_verified()
    }

    /// Whether it may be synced to other devices.
    pub const fn backup_eligible(&self) -> bool {
        self.flags.backup_eligible()
    }

    /// Whether it is backed up now.
    pub const fn backup_state(&self) -> bool {
        self.flags.backed_up()
    }
}

/// Verifies a registration: the steps of §7.1 in their order.
pub async fn verify_registration(
    crypto: &dyn Signatures,
    expected: ExpectedRegistration<'_>,
    response: &RegistrationResponse,
) -> Result<VerifiedRegistration, Refusal> {
    let ExpectedRegistration { relying_party, policy, .. } = expected;
    if response.kind != "public-key" {
        return Err(Refusal::Type);
    }
    let client_data = &response.response.client_data_json.0;
    client_data::verify(client_data, Ceremony::Create, expected.challenge, relying_party)?;
    let (format, statement, bytes) = attestation_object(&response.response.attestation_object.0)
        .ok_or(Refusal::Malformed("attestationObject"))?;
    let data = AuthenticatorData::read(bytes).ok_or(Refusal::Malformed("authenticatorData"))?;
    data.verify(relying_party, !expected.conditional, policy.user_verification)?;
    let credential =
        data.credential.as_ref().ok_or(Refusal::Malformed("attestedCredentialData"))?;
    let offered = algorithm_number(&credential.key)
        .and_then(CoseAlgorithm::from_number)
        .is_some_and(|algorithm| expected.algorithms.contains(&algorithm));
    if !offered {
        return Err(Refusal::Algorithm);
    }
    let key = CredentialKey::read(&credential.key).ok_or(Refusal::Key)?;
    let signed = [bytes, &sha256(client_data)].concat();
    let subject = attestation::Subject { signed: &signed, credential, key: &key };
    let attestation = attestation::verify(
        crypto,
        format,
        &statement,
        subject,
        policy,
        expected.anchors,
        expected.now,
    )
    .await?;
    let id = credential.id;
    if id.is_empty() || id.len() > LONGEST_ID || id != response.raw_id.0 {
        return Err(Refusal::CredentialId);
    }
    policy.admits(credential.aaguid, data.flags.backup_eligible())?;
    let attachment = attachment(response.authenticator_attachment.as_deref());
    if policy.attachment.is_some() && attachment != policy.attachment {
        return Err(Refusal::Attachment);
    }
    Ok(VerifiedRegistration {
        user: expected.user.clone(),
        credential_id: Base64Url(id.to_vec()),
        public_key: Base64Url(credential.cose.to_vec()),
        algorithm: key.algorithm(),
        sign_count: data.sign_count,
        aaguid: credential.aaguid,
        format: format.to_owned(),
        attestation,
        attachment,
        transports: transports(&response.response.transports),
        discoverable: response.client_extension_results.cred_props.as_ref().and_then(|p| p.rk),
        flags: data.flags,
    })
}

/// Format, statement and authenticator data of an attestation object (§6.5.4).
fn attestation_object(bytes: &[u8]) -> Option<(&str, Cbor<'_>, &[u8])> {
    if bytes.len() > LONGEST_OBJECT {
        return None;
    }
    let object = Cbor::only(bytes)?;
    let format = object.text_key("fmt")?.text()?;
    let statement = object.text_key("attStmt")?;
    let data = object.text_key("authData")?.bytes()?;
    (format.len() <= 32 && matches!(statement, Cbor::Map(_)))
        .then(|| (format, statement.clone(), data))
}

/// The attachment of a response; a name that we do not know counts as none (§5.1).
pub(super) fn attachment(name: Option<&str>) -> Option<Attachment> {
    [Attachment::Platform, Attachment::CrossPlatform]
        .into_iter()
        .find(|attachment| Some(attachment.name()) == name)
}

/// The transports that are kept: names in the form of §5.8.4, known or not, each once.
fn transports(names: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        let well_formed = (1..=32).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        if well_formed && kept.len() < 8 && !kept.contains(name) {
            kept.push(name.clone());
        }
    }
    kept
}
