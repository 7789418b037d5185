//! Why a ceremony is refused: one variant for each step that can fail.

use std::fmt;

use crate::core::{crypto::CryptoError, x509::ChainError};

/// The step of §7.1 or §7.2 that failed. It is for the log: the person learns only that it did not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A part of the response cannot be read.
    Malformed(&'static str),
    /// The response is of another ceremony or kind of credential.
    Type,
    /// The response answers another challenge.
    Challenge,
    /// The page has an origin that is not on the list.
    Origin,
    /// The page was embedded in a page of another origin.
    Embedded,
    /// The credential is of another relying party.
    RelyingParty,
    /// The user was not present.
    UserPresence,
    /// The user was not verified, which the policy requires.
    UserVerification,
    /// It says that it is backed up and cannot be.
    BackupFlags,
    /// It may be synced, which the policy forbids.
    Synced,
    /// Its algorithm was not offered.
    Algorithm,
    /// Its key is none of its algorithm.
    Key,
    /// The policy wants an attestation, and the response has none that proves the model.
    AttestationMissing,
    /// The format of its attestation is not verified here, and the policy refuses such.
    AttestationFormat,
    /// The statement does not have the form of its format.
    AttestationStatement(&'static str),
    /// The signature of the attestation is another one's.
    AttestationSignature,
    /// The attestation certificate is not as §8.2.1 says.
    AttestationCertificate(&'static str),
    /// The attestation certificate leads to no trust anchor.
    AttestationTrust(ChainError),
    /// The policy does not admit this model.
    Model,
    /// The policy wants another attachment.
    Attachment,
    /// The id is empty, longer than 1023 bytes, or not the one that the response names.
    CredentialId,
    /// The credential is not one of those that were asked for.
    NotAllowed,
    /// The credential is another user's, or the response names another user.
    User,
    /// Whether it may be backed up has changed since its registration.
    BackupEligibility,
    /// The signature is another key's, or of other data.
    Signature,
    /// The counter did not increase: the authenticator may have been cloned.
    Counter,
    /// The platform could not verify a signature.
    Crypto(CryptoError),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Malformed(part) => return write!(f, "malformed: {part}"),
            Self::Type => "type",
            Self::Challenge => "challenge",
            Self::Origin => "origin",
            Self::Embedded => "cross-origin",
            Self::RelyingParty => "relying party id",
            Self::UserPresence => "user presence",
            Self::UserVerification => "user verification",
            Self::BackupFlags => "backup flags",
            Self::Synced => "synced credential",
            Self::Algorithm => "algorithm",
            Self::Key => "public key",
            Self::AttestationMissing => "attestation missing",
            Self::AttestationFormat => "attestation format",
            Self::AttestationStatement(part) => {
                return write!(f, "attestation statement: {part}");
            }
            Self::AttestationSignature => "attestation signature",
            Self::AttestationCertificate(part) => {
                return write!(f, "attestation certificate: {part}");
            }
            Self::AttestationTrust(error) => return write!(f, "attestation trust: {error}"),
            Self::Model => "authenticator model",
            Self::Attachment => "attachment",
            Self::CredentialId => "credential id",
            Self::NotAllowed => "credential not asked for",
            Self::User => "user",
            Self::BackupEligibility => "backup eligibility changed",
            Self::Signature => "signature",
            Self::Counter => "counter did not increase",
            Self::Crypto(error) => return error.fmt(f),
        };
        f.write_str(text)
    }
}

impl std::error::Error for Refusal {}

impl From<CryptoError> for Refusal {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}
