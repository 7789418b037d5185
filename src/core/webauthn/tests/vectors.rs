//! The test vectors of Web Authentication Level 3, and what their relying party expects.

use super::super::*;
use crate::{
    core::{time::UnixTime, webauthn::Attestation},
    platform::native::RustCrypto,
};

/// A registration and an authentication of the specification.
#[derive(Debug, Clone)]
pub(super) struct Vector {
    pub(super) title: String,
    pub(super) user: UserHandle,
    pub(super) registration: Kept<RegistrationResponse>,
    pub(super) authentication: Kept<AuthenticationResponse>,
    pub(super) aaguid: Aaguid,
}

/// A response and the challenge that it answers.
#[derive(Debug, Clone)]
pub(super) struct Kept<T> {
    pub(super) challenge: Challenge,
    pub(super) response: T,
}

/// What a relying party is configured with.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub(super) relying_party: RelyingParty,
    pub(super) policy: Policy,
    pub(super) anchors: TrustAnchors,
    pub(super) algorithms: Vec<CoseAlgorithm>,
    pub(super) now: UnixTime,
    pub(super) conditional: bool,
}

pub(super) fn site() -> Site {
    Site {
        relying_party: RelyingParty {
            id: "example.org".to_owned(),
            name: "Example".to_owned(),
            origins: vec!["https://example.org".to_owned()],
            embedders: Vec::new(),
        },
        // Not every vector has the flag.
        policy: Policy::default().with_user_verification(Requirement::Preferred),
        anchors: anchors(&[]),
        algorithms: CoseAlgorithm::ALL.to_vec(),
        now: UnixTime(1_795_464_000),
        conditional: false,
    }
}

/// The root of the specification's attestations, for these models.
pub(super) fn anchors(models: &[Aaguid]) -> TrustAnchors {
    let (_, values) = sections().remove(0);
    let (_, der) = values.into_iter().find(|(name, _)| name == "attestation_ca_cert").unwrap();
    let mut anchors = TrustAnchors::default();
    anchors.add(TrustAnchor::from_der(&der).unwrap(), models.to_vec());
    anchors
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|digits| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap())
        .collect()
}

/// Names and bytes.
type Values = Vec<(String, Vec<u8>)>;

/// Titles and values of the published sections.
pub(super) fn sections() -> Vec<(String, Values)> {
    let text = include_str!("../../../../tests/vectors/webauthn-l3/w3c-webauthn-l3.json");
    let sections: serde_json::Value = serde_json::from_str(text).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let value = |value: &serde_json::Value| (text(&value["name"]), bytes(&text(&value["hex"])));
    let section = |section: &serde_json::Value| {
        let values = section["values"].as_array().unwrap();
        (text(&section["title"]), values.iter().map(value).collect())
    };
    sections.as_array().unwrap().iter().map(section).collect()
}

pub(super) fn vectors() -> Vec<Vector> {
    let vector = |(title, values): (String, Values)| {
        let nth = |wanted: &str, n: usize| {
            let mut found = values.iter().filter(|(name, _)| name == wanted);
            found.nth(n).unwrap_or_else(|| panic!("{title}: {wanted}")).1.clone()
        };
        let challenge = |n| Base64Url(nth("challenge", n)).try_into().unwrap();
        let raw_id = Base64Url(nth("credential_id", 0));
        Vector {
            user: UserHandle::new(b"user of the vectors").unwrap(),
            registration: Kept {
                challenge: challenge(0),
                response: RegistrationResponse {
                    raw_id: raw_id.clone(),
                    kind: "public-key".to_owned(),
                    response: AttestationResponse {
                        client_data_json: Base64Url(nth("clientDataJSON", 0)),
                        attestation_object: Base64Url(nth("attestationObject", 0)),
                        transports: vec!["internal".to_owned(), "No Such".to_owned()],
                    },
                    authenticator_attachment: Some("platform".to_owned()),
                    client_extension_results: ExtensionResults::default(),
                },
            },
            authentication: Kept {
                challenge: challenge(1),
                response: AuthenticationResponse {
                    raw_id,
                    kind: "public-key".to_owned(),
                    response: AssertionResponse {
                        client_data_json: Base64Url(nth("clientDataJSON", 1)),
                        authenticator_data: Base64Url(nth("authenticatorData", 0)),
                        signature: Base64Url(nth("signature", 0)),
                        user_handle: None,
                    },
                },
            },
            aaguid: Aaguid(nth("aaguid", 0).try_into().unwrap()),
            title,
        }
    };
    sections().into_iter().skip(1).map(vector).collect()
}

impl Site {
    pub(super) fn register(&self, vector: &Vector) -> Result<VerifiedRegistration, Refusal> {
        let expected = ExpectedRegistration {
            relying_party: &self.relying_party,
            policy: &self.policy,
            challenge: &vector.registration.challenge,
            user: &vector.user,
            algorithms: &self.algorithms,
            conditional: self.conditional,
            anchors: &self.anchors,
            now: self.now,
        };
        let response = &vector.registration.response;
        pollster::block_on(verify_registration(&RustCrypto, expected, response))
    }

    pub(super) fn authenticate(
        &self,
        vector: &Vector,
        record: &CredentialRecord,
    ) -> Result<VerifiedAuthentication, Refusal> {
        self.authenticate_among(vector, record, Some(&vector.user), &[])
    }

    pub(super) fn authenticate_among(
        &self,
        vector: &Vector,
        record: &CredentialRecord,
        user: Option<&UserHandle>,
        allowed: &[Base64Url],
    ) -> Result<VerifiedAuthentication, Refusal> {
        let expected = ExpectedAuthentication {
            relying_party: &self.relying_party,
            policy: &self.policy,
            challenge: &vector.authentication.challenge,
            user,
            allowed,
        };
        let response = &vector.authentication.response;
        pollster::block_on(verify_authentication(&RustCrypto, expected, record, response))
    }
}

/// The record that a registration leaves.
pub(super) fn record(registration: &VerifiedRegistration) -> CredentialRecord {
    CredentialRecord {
        id: registration.credential_id().clone(),
        user: registration.user().clone(),
        key: CredentialKey::from_cose(&registration.public_key().0).unwrap(),
        sign_count: registration.sign_count(),
        aaguid: registration.aaguid(),
        backup_eligible: registration.backup_eligible(),
    }
}

#[test]
fn every_vector_of_the_specification_registers_and_signs_in() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let registration = site().register(&vector).unwrap();
        assert_eq!(registration.aaguid(), vector.aaguid, "{}", vector.title);
        assert_eq!(registration.user(), &vector.user);
        assert_eq!(registration.algorithm(), CoseAlgorithm::Es256);
        assert_eq!(registration.attachment(), Some(Attachment::Platform));
        assert_eq!(registration.transports(), ["internal"]);
        assert!(registration.user_present());
        let verified = site().authenticate(&vector, &record(&registration)).unwrap();
        assert_eq!(verified.user(), &vector.user);
        assert_eq!(verified.credential_id(), registration.credential_id());
        assert!(!verified.clone_warning());
    }
}

#[test]
fn the_result_says_what_the_attestation_proves() {
    let attestations: Vec<_> = vectors()
        .iter()
        .map(|vector| site().register(vector).unwrap())
        .map(|registration| (registration.format().to_owned(), registration.attestation()))
        .collect();
    let packed = "packed".to_owned();
    assert_eq!(
        attestations,
        [
            ("none".to_owned(), Attestation::None),
            (packed.clone(), Attestation::Itself),
            (packed, Attestation::Trusted),
        ]
    );
}
