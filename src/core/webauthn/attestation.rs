//! Attestation statements (§8): `none`, and `packed` with and without certificates.

use super::{
    Aaguid, Refusal,
    authenticator_data::AttestedCredential,
    cose::{CoseAlgorithm, CredentialKey},
    policy::{Conveyance, OtherAttestation, Policy},
};
use crate::core::{
    cbor::Cbor,
    crypto::Signatures,
    time::UnixTime,
    x509::{Certificate, ChainError, TrustAnchor, verify_chain, verify_der},
};

/// `id-fido-gen-ce-aaguid`: 1.3.6.1.4.1.45724.1.1.4
const AAGUID: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0xe5, 0x1c, 0x01, 0x01, 0x04];
/// `id-at-commonName`: 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// `id-at-countryName`: 2.5.4.6
const COUNTRY: &[u8] = &[0x55, 0x04, 0x06];
/// `id-at-organizationName`: 2.5.4.10
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
/// `id-at-organizationalUnitName`: 2.5.4.11
const UNIT: &[u8] = &[0x55, 0x04, 0x0b];

/// The certificates that attestations may lead to, each for all models or some of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustAnchors(Vec<(TrustAnchor, Vec<Aaguid>)>);

impl TrustAnchors {
    /// Adds an anchor for these models; for all if there are none.
    pub fn add(&mut self, anchor: TrustAnchor, models: Vec<Aaguid>) {
        self.0.push((anchor, models));
    }

    fn of(&self, model: Aaguid) -> impl Iterator<Item = &TrustAnchor> {
        let concerned = move |models: &[Aaguid]| models.is_empty() || models.contains(&model);
        self.0.iter().filter(move |(_, models)| concerned(models)).map(|(anchor, _)| anchor)
    }
}

/// What the attestation of a credential proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attestation {
    /// Nothing: there is none.
    None,
    /// Nothing: its format is not verified here.
    Unverified,
    /// That the authenticator has the credential's private key.
    Itself,
    /// That the holder of a certificate made it; no trust anchor vouches for the certificate.
    Untrusted,
    /// The model: a trust anchor vouches for the certificate.
    Trusted,
}

impl Attestation {
    /// Its name in a credential record.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unverified => "unverified",
            Self::Itself => "self",
            Self::Untrusted => "basic",
            Self::Trusted => "trusted",
        }
    }
}

/// What a statement is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    /// Authenticator data and hash of the client data, which statements sign.
    pub(super) signed: &'a [u8],
    pub(super) credential: &'a AttestedCredential<'a>,
    pub(super) key: &'a CredentialKey,
}

/// Steps 22 to 25 of §7.1.
pub(super) async fn verify(
    crypto: &dyn Signatures,
    format: &str,
    statement: &Cbor<'_>,
    subject: Subject<'_>,
    policy: &Policy,
    anchors: &TrustAnchors,
    now: UnixTime,
) -> Result<Attestation, Refusal> {
    let (attestation, distrust) = match format {
        "none" if *statement == Cbor::Map(Vec::new()) => (Attestation::None, None),
        "none" => return Err(Refusal::AttestationStatement("not empty")),
        "packed" => packed(crypto, statement, subject, anchors, now).await?,
        _ if policy.other_attestation == OtherAttestation::TreatAsNone
            && policy.attestation == Conveyance::None =>
        {
            (Attestation::Unverified, None)
        }
        _ => return Err(Refusal::AttestationFormat),
    };
    match (policy.attestation, attestation, distrust) {
        (Conveyance::None, ..) | (Conveyance::Direct, Attestation::Trusted, _) => Ok(attestation),
        (Conveyance::Direct, _, Some(error)) => Err(Refusal::AttestationTrust(error)),
        (Conveyance::Direct, ..) => Err(Refusal::AttestationMissing),
    }
}

/// `packed` (§8.2): what it proves, and why its certificate is not trusted.
async fn packed(
    crypto: &dyn Signatures,
    statement: &Cbor<'_>,
    subject: Subject<'_>,
    anchors: &TrustAnchors,
    now: UnixTime,
) -> Result<(Attestation, Option<ChainError>), Refusal> {
    let algorithm = statement
        .text_key("alg")
        .and_then(Cbor::integer)
        .and_then(CoseAlgorithm::from_number)
        .ok_or(Refusal::AttestationStatement("alg"))?;
    let signature = statement
        .text_key("sig")
        .and_then(Cbor::bytes)
        .ok_or(Refusal::AttestationStatement("sig"))?;
    let Some(chain) = statement.text_key("x5c") else {
        if algorithm != subject.key.algorithm() {
            return Err(Refusal::AttestationStatement("alg"));
        }
        let verified = subject.key.verify(crypto, subject.signed, signature).await?;
        return signed(verified).map(|()| (Attestation::Itself, None));
    };
    let chain = certificates(chain).ok_or(Refusal::AttestationStatement("x5c"))?;
    let first = chain.first().ok_or(Refusal::AttestationStatement("x5c"))?;
    let key = first.key.as_ref().ok_or(Refusal::AttestationCertificate("key"))?;
    signed(verify_der(crypto, key, algorithm.scheme(), subject.signed, signature).await?)?;
    attestation_certificate(first, subject.credential.aaguid)?;
    match verify_chain(crypto, &chain, anchors.of(subject.credential.aaguid), now).await {
        Ok(()) => Ok((Attestation::Trusted, None)),
        Err(ChainError::Crypto(error)) => Err(error.into()),
        Err(error) => Ok((Attestation::Untrusted, Some(error))),
    }
}

fn signed(verified: bool) -> Result<(), Refusal> {
    if verified { Ok(()) } else { Err(Refusal::AttestationSignature) }
}

fn certificates<'a>(chain: &Cbor<'a>) -> Option<Vec<Certificate<'a>>> {
    let Cbor::Array(chain) = chain else { return None };
    chain.iter().map(|der| Certificate::from_der(der.bytes()?)).collect()
}

/// The requirements of §8.2.1, and that its extension names the same model.
fn attestation_certificate(certificate: &Certificate<'_>, model: Aaguid) -> Result<(), Refusal> {
    let require = |holds: bool, part| {
        if holds { Ok(()) } else { Err(Refusal::AttestationCertificate(part)) }
    };
    require(certificate.version == 3, "version")?;
    let one = |attribute| match certificate.subject(attribute).as_slice() {
        [text] => Some(*text),
        _ => None,
    };
    let is_country = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
    require(one(COUNTRY).is_some_and(is_country), "subject country")?;
    require(one(ORGANIZATION).is_some_and(|text| !text.is_empty()), "subject organization")?;
    require(one(UNIT) == Some("Authenticator Attestation"), "subject unit")?;
    require(one(COMMON_NAME).is_some_and(|text| !text.is_empty()), "subject name")?;
    let authority = certificate.basic_constraints().is_none_or(|found| found.authority);
    require(!authority, "basic constraints")?;
    if let Some(extension) = certificate.extension(AAGUID) {
        // An OCTET STRING inside the one of the extension.
        let same = extension.value.strip_prefix(&[0x04, 0x10]) == Some(&model.0);
        require(same && !extension.critical, "aaguid")?;
    }
    Ok(())
}
