//! A relying party of Web Authentication Level 3: options, and verification of the responses.
//!
//! Section numbers without a document are those of <https://www.w3.org/TR/webauthn-3/>.
//!
//! # How a ceremony goes
//!
//! **Registration.** The begin draws a [`Challenge`], keeps it with the account's [`UserHandle`] and the
//! browser's session for [`TIMEOUT_SECONDS`], and sends [`Creation::to_json`]. The finish takes the kept
//! challenge (one conditional `UPDATE … RETURNING`, so that it is used once, also by a wrong answer), reads a
//! [`RegistrationResponse`], calls [`verify_registration`] and stores the [`VerifiedRegistration`]; its id is
//! unique over all users.
//!
//! **Authentication.** The begin does the same with [`Request::to_json`]. Before a factor is proven it names
//! no credentials, so that the response does not depend on whether an account exists. The finish takes the
//! challenge, finds the [`CredentialRecord`] by the response's `rawId`, calls [`verify_authentication`], and
//! updates the record's counter, backup state and time of use, on the condition that its counter is still
//! [`VerifiedAuthentication::previous_count`]. After [`Refusal::Counter`] it sets the record's warning.
//!
//! A passkey whose [`VerifiedAuthentication::user_verified`] holds is two factors (`amr`: `hwk` or `swk`, `user`,
//! `mfa`); without it, it is one.
//!
//! A [`Refusal`] is for the log. The person sees one text for all of them.

mod attestation;
mod authentication;
mod authenticator_data;
mod bytes;
mod client_data;
mod cose;
mod options;
mod policy;
mod refusal;
mod registration;
#[cfg(test)]
mod tests;

pub use super::x509::TrustAnchor;
pub use attestation::{Attestation, TrustAnchors};
pub use authentication::{
    AssertionResponse, AuthenticationResponse, CredentialRecord, ExpectedAuthentication,
    VerifiedAuthentication, verify_authentication,
};
pub use bytes::{Aaguid, Base64Url, Challenge, UserHandle};
pub use cose::{CoseAlgorithm, CredentialKey};
pub use options::{Account, Creation, Descriptor, Hint, Request, TIMEOUT_SECONDS};
pub use policy::{
    Attachment, AttestationRoot, Conveyance, CounterRegression, OtherAttestation, PemCertificate,
    Policy, Requirement,
};
pub use refusal::Refusal;
pub use registration::{
    AttestationResponse, CredentialProperties, ExpectedRegistration, ExtensionResults,
    RegistrationResponse, VerifiedRegistration, verify_registration,
};

use serde_json::{Value, json};

/// The relying party: to whom credentials belong, and which pages may use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The domain that credentials belong to, such as `hanzo.id`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The origins of pages that may use them, such as `https://hanzo.id`; compared exactly (§13.4.9).
    /// Those outside the domain are its related origins (§5.11).
    pub origins: Vec<String>,
    /// The origins of pages that may embed these pages; none if empty.
    pub embedders: Vec<String>,
}

impl RelyingParty {
    /// The document `/.well-known/webauthn` of the domain (§5.11.1).
    pub fn related_origins(&self) -> Value {
        json!({ "origins": self.origins })
    }
}
