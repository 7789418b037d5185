//! Options that pages pass to `navigator.credentials`, as JSON (§5.1.9, §5.1.10).

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Base64Url, Challenge, CoseAlgorithm, RelyingParty, UserHandle,
    policy::{Conveyance, Policy, Requirement},
};

/// How long a ceremony may take (§15.1 recommends 5 minutes): the life of its challenge.
pub const TIMEOUT_SECONDS: u32 = 300;

/// A kind of authenticator that the browser may propose first (§5.8.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// A security key.
    SecurityKey,
    /// This device.
    ClientDevice,
    /// A phone.
    Hybrid,
}

/// A credential that is asked for, or excluded (§5.8.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// Its id.
    pub id: Base64Url,
    /// How browsers reach it.
    pub transports: Vec<String>,
}

/// The account that a credential is made for (§5.4.3).
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    /// Its handle.
    pub handle: &'a UserHandle,
    /// Its login, by which people tell accounts apart.
    pub name: &'a str,
    /// The person's name; may be empty.
    pub display_name: &'a str,
}

/// What creation options are made of.
#[derive(Debug, Clone, Copy)]
pub struct Creation<'a> {
    /// The relying party.
    pub relying_party: &'a RelyingParty,
    /// The policy of the account's organization.
    pub policy: &'a Policy,
    /// The challenge.
    pub challenge: &'a Challenge,
    /// The account.
    pub account: Account<'a>,
    /// The algorithms that are offered, the preferred first.
    pub algorithms: &'a [CoseAlgorithm],
    /// The credentials that the account has already.
    pub exclude: &'a [Descriptor],
    /// What the browser may propose first.
    pub hints: &'a [Hint],
}

/// What request options are made of.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The relying party.
    pub relying_party: &'a RelyingParty,
    /// The policy; before the account is known, that of the application's organization.
    pub policy: &'a Policy,
    /// The challenge.
    pub challenge: &'a Challenge,
    /// The credentials that are asked for. Empty before the person has proven a factor: the list would say
    /// whether an account exists and has passkeys (§14.6.2).
    pub allow: &'a [Descriptor],
    /// What the browser may propose first.
    pub hints: &'a [Hint],
}

fn descriptors(list: &[Descriptor]) -> Vec<Value> {
    let one = |credential: &Descriptor| {
        let mut one = json!({ "type": "public-key", "id": credential.id });
        if let (false, Some(members)) = (credential.transports.is_empty(), one.as_object_mut()) {
            members.insert("transports".to_owned(), json!(credential.transports));
        }
        one
    };
    list.iter().map(one).collect()
}

impl Creation<'_> {
    /// `PublicKeyCredentialCreationOptionsJSON`, as `parseCreationOptionsFromJSON` reads it.
    pub fn to_json(&self) -> Value {
        let Account { handle, name, display_name } = self.account;
        let algorithm =
            |algorithm: &CoseAlgorithm| json!({ "type": "public-key", "alg": algorithm.number() });
        let mut selection = json!({
            "residentKey": self.policy.resident_key,
            // What browsers of Level 1 read.
            "requireResidentKey": self.policy.resident_key == Requirement::Required,
            "userVerification": self.policy.user_verification,
        });
        if let (Some(attachment), Some(members)) =
            (self.policy.attachment, selection.as_object_mut())
        {
            members.insert("authenticatorAttachment".to_owned(), json!(attachment));
        }
        json!({
            "rp": { "id": self.relying_party.id, "name": self.relying_party.name },
            "user": { "id": handle, "name": name, "displayName": display_name },
            "challenge": self.challenge,
            "pubKeyCredParams": self.algorithms.iter().map(algorithm).collect::<Vec<_>>(),
            "timeout": TIMEOUT_SECONDS * 1000,
            "excludeCredentials": descriptors(self.exclude),
            "authenticatorSelection": selection,
            "hints": self.hints,
            "attestation": self.policy.attestation,
            "attestationFormats": match self.policy.attestation {
                Conveyance::None => &[][..],
                Conveyance::Direct => &["packed"],
            },
            "extensions": { "credProps": true },
        })
    }
}

impl Request<'_> {
    /// `PublicKeyCredentialRequestOptionsJSON`, as `parseRequestOptionsFromJSON` reads it.
    pub fn to_json(&self) -> Value {
        json!({
            "challenge": self.challenge,
            "timeout": TIMEOUT_SECONDS * 1000,
            "rpId": self.relying_party.id,
            "allowCredentials": descriptors(self.allow),
            "userVerification": self.policy.user_verification,
            "hints": self.hints,
        })
    }
}
