//! The authenticator policy of an organization.

use serde::{Deserialize, Serialize};

use super::{Aaguid, Refusal, TrustAnchors};
use crate::core::x509::TrustAnchor;

/// The authenticator policy of an organization. The default asks for user verification and a discoverable
/// credential, and admits every model, synced or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Policy {
    /// Whether the authenticator must verify the user (PIN or biometrics). `required` is enforced; a passkey
    /// without it is one factor.
    pub user_verification: Requirement,
    /// Whether the credential must be discoverable, so that it signs in without a user name.
    pub resident_key: Requirement,
    /// Whether the model must be proven at registration.
    pub attestation: Conveyance,
    /// The certificates that a `direct` attestation must lead to.
    pub attestation_roots: Vec<AttestationRoot>,
    /// What is done with attestation formats that are not verified here. With `direct` they are refused.
    pub other_attestation: OtherAttestation,
    /// The models that are admitted; all if empty. Without `direct` the model is the authenticator's word.
    pub allowed_aaguids: Vec<Aaguid>,
    /// The models that are refused, also at sign-in.
    pub denied_aaguids: Vec<Aaguid>,
    /// Where the authenticator must be; anywhere if absent. It is the browser's word.
    pub attachment: Option<Attachment>,
    /// Whether credentials are admitted that may be synced to other devices, also at sign-in.
    pub synced: bool,
    /// What is done when a counter does not increase.
    pub counter_regression: CounterRegression,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            user_verification: Requirement::Required,
            resident_key: Requirement::Required,
            attestation: Conveyance::None,
            attestation_roots: Vec::new(),
            other_attestation: OtherAttestation::TreatAsNone,
            allowed_aaguids: Vec::new(),
            denied_aaguids: Vec::new(),
            attachment: None,
            synced: true,
            counter_regression: CounterRegression::Refuse,
        }
    }
}

/// How much a property is wanted (§5.8.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Requirement {
    /// Without it the ceremony fails.
    Required,
    /// If it can be had.
    Preferred,
    /// Rather not.
    Discouraged,
}

/// Which attestation is asked for (§5.4.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Conveyance {
    /// None. A statement that comes nevertheless must be valid.
    None,
    /// One that leads to a configured trust anchor; without it the registration is refused.
    Direct,
}

/// A certificate that attestations may lead to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AttestationRoot {
    /// The certificate.
    pub certificate: PemCertificate,
    /// The models that it vouches for; all if empty.
    #[serde(default)]
    pub aaguids: Vec<Aaguid>,
}

/// A certificate as text (RFC 7468 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(with = "String"))]
pub struct PemCertificate {
    text: String,
    anchor: TrustAnchor,
}

impl TryFrom<String> for PemCertificate {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let read = || {
            let (label, der) = pem_rfc7468::decode_vec(text.as_bytes()).ok()?;
            TrustAnchor::from_der(&der).filter(|_| label == "CERTIFICATE")
        };
        let anchor = read().ok_or("must be a certificate in PEM")?;
        Ok(Self { text, anchor })
    }
}

impl From<PemCertificate> for String {
    fn from(certificate: PemCertificate) -> Self {
        certificate.text
    }
}

/// What is done with attestation formats that are not verified here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum OtherAttestation {
    /// The registration is refused.
    Refuse,
    /// It proves nothing.
    TreatAsNone,
}

/// How an authenticator is attached (§5.4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Attachment {
    /// Built into the device.
    Platform,
    /// A security key or another device.
    CrossPlatform,
}

impl Attachment {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::CrossPlatform => "cross-platform",
        }
    }
}

/// What is done when a counter does not increase (§6.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum CounterRegression {
    /// The sign-in is refused.
    Refuse,
    /// The sign-in succeeds with a warning.
    Warn,
}

impl Policy {
    /// The policy for a second factor: the person has proven another one, so that a security key without
    /// PIN suffices unless the organization says otherwise by `user_verification` of this copy.
    #[must_use]
    pub fn with_user_verification(mut self, requirement: Requirement) -> Self {
        self.user_verification = requirement;
        self
    }

    /// The trust anchors of attestations.
    pub fn anchors(&self) -> TrustAnchors {
        let mut anchors = TrustAnchors::default();
        for root in &self.attestation_roots {
            anchors.add(root.certificate.anchor.clone(), root.aaguids.clone());
        }
        anchors
    }

    /// Whether the policy admits an authenticator of this model that may or may not be synced.
    pub(super) fn admits(&self, model: Aaguid, backup_eligible: bool) -> Result<(), Refusal> {
        let allowed = self.allowed_aaguids.is_empty() || self.allowed_aaguids.contains(&model);
        if backup_eligible && !self.synced {
            return Err(Refusal::Synced);
        }
        if allowed && !self.denied_aaguids.contains(&model) { Ok(()) } else { Err(Refusal::Model) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_policy_is_the_default_and_an_unknown_member_is_refused() {
        assert_eq!(serde_json::from_str::<Policy>("{}").unwrap(), Policy::default());
        assert!(serde_json::from_str::<Policy>(r#"{"synced":false,"sinced":true}"#).is_err());
    }

    #[test]
    fn a_policy_reads_back_what_it_writes() {
        let policy = Policy {
            attestation: Conveyance::Direct,
            other_attestation: OtherAttestation::Refuse,
            allowed_aaguids: vec![Aaguid([7; 16])],
            attachment: Some(Attachment::CrossPlatform),
            synced: false,
            counter_regression: CounterRegression::Warn,
            ..Policy::default()
        };
        let json = serde_json::to_string(&policy).unwrap();
        assert!(json.contains(r#""attachment":"cross-platform""#), "{json}");
        assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy);
    }
}
