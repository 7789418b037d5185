//! Ceremonies of an authenticator made here: every algorithm, extensions, and the options that precede them.

use ciborium::Value;
use p256::ecdsa::signature::Signer;
use rsa::traits::PublicKeyParts;

use super::{
    super::*,
    vectors::{Kept, Vector, record, site},
};
use crate::{
    core::{
        encoding::sha256,
        random::Random,
        x509::tests::{Made, signing_key},
    },
    platform::native::SeededRandom,
};

/// A private key of each algorithm.
enum Key {
    Es256(p256::ecdsa::SigningKey),
    EdDsa(ed25519_dalek::SigningKey),
    Es384(p384::ecdsa::SigningKey),
    Rs256(Box<rsa::PrivateKey>),
}

impl Key {
    fn new(algorithm: CoseAlgorithm) -> Self {
        match algorithm {
            CoseAlgorithm::Es256 => {
                Self::Es256(p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap())
            }
            CoseAlgorithm::EdDsa => Self::EdDsa(ed25519_dalek::SigningKey::from_bytes(&[7; 32])),
            CoseAlgorithm::Es384 => {
                Self::Es384(p384::ecdsa::SigningKey::from_slice(&[7; 48]).unwrap())
            }
            CoseAlgorithm::Rs256 => {
                Self::Rs256(Box::new(rsa::PrivateKey::new(&mut getrandom::SysRng, 2048).unwrap()))
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Es256(key) => {
                let signature: p256::ecdsa::DerSignature = key.sign(message);
                signature.as_bytes().to_vec()
            }
            Self::EdDsa(key) => key.sign(message).to_bytes().to_vec(),
            Self::Es384(key) => {
                let signature: p384::ecdsa::DerSignature = key.sign(message);
                signature.as_bytes().to_vec()
            }
            Self::Rs256(key) => {
                let key = rsa::pkcs1v15::SigningKey::<sha2::Sha256>::new((**key).clone());
                let signature: rsa::pkcs1v15::Signature = key.sign(message);
                Box::<[u8]>::from(signature).into_vec()
            }
        }
    }

    fn cose(&self, algorithm: CoseAlgorithm) -> Vec<u8> {
        let point = |curve: i64, point: &[u8]| {
            let (x, y) = point[1..].split_at(point.len() / 2);
            vec![
                (1, Value::from(2)),
                (-1, curve.into()),
                (-2, Value::Bytes(x.to_vec())),
                (-3, Value::Bytes(y.to_vec())),
            ]
        };
        let mut members = match self {
            Self::Es256(key) => point(1, key.verifying_key().to_sec1_point(false).as_bytes()),
            Self::Es384(key) => point(2, key.verifying_key().to_sec1_point(false).as_bytes()),
            Self::EdDsa(key) => vec![
                (1, Value::from(1)),
                (-1, 6.into()),
                (-2, Value::Bytes(key.verifying_key().to_bytes().to_vec())),
            ],
            Self::Rs256(key) => vec![
                (1, Value::from(3)),
                (-1, Value::Bytes(key.n_bytes().to_vec())),
                (-2, Value::Bytes(key.e_bytes().to_vec())),
            ],
        };
        members.push((3, algorithm.number().into()));
        written(&Value::Map(members.into_iter().map(|(k, v)| (Value::from(k), v)).collect()))
    }
}

fn written(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

const PRESENT_AND_VERIFIED: u8 = 0b101;
const CREDENTIAL: u8 = 1 << 6;
const EXTENSIONS: u8 = 1 << 7;

fn data(flags: u8, count: u32, credential: &[u8], extensions: &[u8]) -> Vec<u8> {
    let hash = sha256(b"example.org");
    [&hash[..], &[flags], &count.to_be_bytes(), credential, extensions].concat()
}

fn client_data(kind: &str, challenge: &Challenge) -> Vec<u8> {
    let origin = "https://example.org";
    format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}"}}"#).into_bytes()
}

/// Both ceremonies of a new credential with this id, attested by itself.
fn ceremonies(algorithm: CoseAlgorithm, id: &[u8], counts: (u32, u32)) -> Vector {
    let key = Key::new(algorithm);
    let sign = |message: &[u8]| {
        vec![
            (Value::from("alg"), algorithm.number().into()),
            (Value::from("sig"), Value::Bytes(key.sign(message))),
        ]
    };
    attested(&key, algorithm, id, counts, sign)
}

/// Both ceremonies of a new ES256 credential of model 9, attested by the key of this certificate.
fn certified(certificate: &Made<'_>) -> Vector {
    let algorithm = CoseAlgorithm::Es256;
    let sign = |message: &[u8]| {
        let signature: p256::ecdsa::DerSignature = signing_key(certificate.keys.1).sign(message);
        vec![
            (Value::from("alg"), algorithm.number().into()),
            (Value::from("sig"), Value::Bytes(signature.as_bytes().to_vec())),
            (Value::from("x5c"), Value::Array(vec![Value::Bytes(certificate.der())])),
        ]
    };
    attested(&Key::new(algorithm), algorithm, &[1; 16], (0, 0), sign)
}

/// Both ceremonies; the responses have gone through JSON as a page sends them.
fn attested(
    key: &Key,
    algorithm: CoseAlgorithm,
    id: &[u8],
    counts: (u32, u32),
    statement: impl Fn(&[u8]) -> Vec<(Value, Value)>,
) -> Vector {
    let random = SeededRandom::new(1);
    let random: &dyn Random = &random;
    let challenges = [Challenge::new(random), Challenge::new(random)];
    let user = UserHandle::new(b"a person").unwrap();
    let length = u16::try_from(id.len()).unwrap().to_be_bytes();
    let credential = [&[9; 16][..], &length, id, &key.cose(algorithm)].concat();
    let extensions = written(&Value::Map(vec![(Value::from("credProtect"), Value::from(2))]));
    let flags = PRESENT_AND_VERIFIED | EXTENSIONS;
    let created = data(flags | CREDENTIAL, counts.0, &credential, &extensions);
    let create = client_data("webauthn.create", &challenges[0]);
    let statement = statement(&[&created[..], &sha256(&create)].concat());
    let object = written(&Value::Map(vec![
        (Value::from("fmt"), Value::from("packed")),
        (Value::from("attStmt"), Value::Map(statement)),
        (Value::from("authData"), Value::Bytes(created)),
    ]));
    let asserted = data(flags, counts.1, &[], &extensions);
    let get = client_data("webauthn.get", &challenges[1]);
    let signature = key.sign(&[&asserted[..], &sha256(&get)].concat());
    let id = Base64Url(id.to_vec());
    let registration = serde_json::json!({
        "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "cross-platform",
        "response": {
            "clientDataJSON": Base64Url(create), "attestationObject": Base64Url(object),
            "transports": ["usb", "nfc", "usb"], "publicKeyAlgorithm": -7, "publicKey": null,
        },
        "clientExtensionResults": { "credProps": { "rk": true }, "other": 1 },
    });
    let authentication = serde_json::json!({
        "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": null,
        "response": {
            "clientDataJSON": Base64Url(get), "authenticatorData": Base64Url(asserted),
            "signature": Base64Url(signature), "userHandle": user,
        },
        "clientExtensionResults": {},
    });
    let [first, second] = challenges;
    Vector {
        title: String::new(),
        user,
        registration: Kept {
            challenge: first,
            response: serde_json::from_value(registration).unwrap(),
        },
        authentication: Kept {
            challenge: second,
            response: serde_json::from_value(authentication).unwrap(),
        },
        aaguid: Aaguid([9; 16]),
    }
}

#[test]
fn a_credential_of_every_algorithm_registers_and_signs_in_as_a_page_sends_it() {
    let mut site = site();
    site.policy = Policy::default();
    for algorithm in CoseAlgorithm::ALL {
        let vector = ceremonies(algorithm, &[1; 16], (3, 7));
        let registration = site.register(&vector).unwrap();
        assert_eq!(registration.algorithm(), algorithm);
        assert_eq!(registration.attestation(), Attestation::Itself);
        assert_eq!(registration.discoverable(), Some(true));
        assert_eq!(registration.transports(), ["usb", "nfc"]);
        assert_eq!(registration.attachment(), Some(Attachment::CrossPlatform));
        assert!(!registration.backup_eligible() && !registration.backup_state());
        let mut record = record(&registration);
        let verified = site.authenticate_among(&vector, &record, None, &[]).unwrap();
        assert!(verified.user_verified());
        assert_eq!((verified.previous_count(), verified.sign_count()), (3, 7));
        for count in [7, 8] {
            record.sign_count = count;
            assert_eq!(site.authenticate(&vector, &record), Err(Refusal::Counter));
        }
        let mut other = vector;
        *other.authentication.response.response.signature.0.last_mut().unwrap() ^= 1;
        record.sign_count = 3;
        assert_eq!(site.authenticate(&other, &record), Err(Refusal::Signature));
    }
}

#[test]
fn an_attestation_certificate_names_the_model_of_the_authenticator_data() {
    /// `id-fido-gen-ce-aaguid`
    const ID: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0xe5, 0x1c, 0x01, 0x01, 0x04];
    let refused = |part| Err(Refusal::AttestationCertificate(part));
    let with = |critical, value: &[u8]| {
        let extensions: &[(&[u8], bool, &[u8])] = &[(ID, critical, value)];
        let certificate = Made { extensions, ..Made::default() };
        let mut site = site();
        let anchor = TrustAnchor::from_der(&certificate.der()).unwrap();
        site.anchors.add(anchor, vec![Aaguid([9; 16])]);
        site.register(&certified(&certificate)).map(|registration| registration.attestation())
    };
    let model = |byte: u8| [&[0x04, 0x10][..], &[byte; 16]].concat();
    assert_eq!(with(false, &model(9)), Ok(Attestation::Trusted));
    assert_eq!(with(false, &model(8)), refused("aaguid"));
    assert_eq!(with(false, &[9; 16]), refused("aaguid"));
    assert_eq!(with(true, &model(9)), refused("aaguid"));
}

#[test]
fn an_attestation_by_another_certificates_key_is_refused() {
    let mut certificate = Made::default();
    let vector = certified(&certificate);
    assert_eq!(site().register(&vector).unwrap().attestation(), Attestation::Untrusted);
    certificate.keys.1 = 3;
    let mut changed = vector;
    let object = &mut changed.registration.response.response.attestation_object.0;
    let (old, new) = (Made::default().der(), certificate.der());
    let at = object.windows(32).position(|window| window == &old[old.len() - 32..]).unwrap() + 32;
    if old.len() != new.len() {
        // The length of a signature varies; so does the one byte string's head.
        let start = at - old.len();
        object[start - 2..start].copy_from_slice(&u16::try_from(new.len()).unwrap().to_be_bytes());
    }
    object.splice(at - old.len()..at, new);
    assert_eq!(site().register(&changed), Err(Refusal::AttestationSignature));
}

#[test]
fn an_authority_or_a_certificate_for_another_purpose_does_not_attest() {
    let refused = |part| Err(Refusal::AttestationCertificate(part));
    let extensions: &[(&[u8], bool, &[u8])] =
        &[(&[0x55, 0x1d, 0x13], true, &[0x30, 0x03, 0x01, 0x01, 0xff])];
    let authority = Made { extensions, ..Made::default() };
    assert_eq!(site().register(&certified(&authority)), refused("basic constraints"));
    let other = Made { unit: "Web Server", ..Made::default() };
    assert_eq!(site().register(&certified(&other)), refused("subject unit"));
}

#[test]
fn an_id_is_1_to_1023_bytes_long() {
    let register =
        |length| site().register(&ceremonies(CoseAlgorithm::Es256, &vec![1; length], (0, 0)));
    assert_eq!(register(0), Err(Refusal::CredentialId));
    assert!(register(1).is_ok());
    assert!(register(1023).is_ok());
    assert_eq!(register(1024), Err(Refusal::CredentialId));
}

#[test]
fn a_key_that_is_no_point_of_its_curve_signs_nothing() {
    let vector = ceremonies(CoseAlgorithm::Es256, &[1; 16], (0, 0));
    let mut record = record(&site().register(&vector).unwrap());
    let mut cose = Key::new(CoseAlgorithm::Es256).cose(CoseAlgorithm::Es256);
    let at = cose.windows(2).position(|window| window == [0x58, 32]).unwrap() + 2;
    cose[at] ^= 1;
    record.key = CredentialKey::from_cose(&cose).unwrap();
    assert_eq!(site().authenticate(&vector, &record), Err(Refusal::Signature));
}

#[test]
fn creation_options_have_the_members_of_the_specification() {
    let mut site = site();
    site.policy = Policy { attachment: Some(Attachment::Platform), ..Policy::default() };
    let handle = UserHandle::new(&[1]).unwrap();
    let options = Creation {
        relying_party: &site.relying_party,
        policy: &site.policy,
        challenge: &Challenge::from_text(&"A".repeat(43)).unwrap(),
        account: Account { handle: &handle, name: "z@example.org", display_name: "Zoë" },
        algorithms: &CoseAlgorithm::ALL,
        exclude: &[Descriptor { id: Base64Url(vec![2]), transports: vec!["usb".to_owned()] }],
        hints: &[Hint::ClientDevice],
    };
    assert_eq!(
        options.to_json(),
        serde_json::json!({
            "rp": { "id": "example.org", "name": "Example" },
            "user": { "id": "AQ", "name": "z@example.org", "displayName": "Zoë" },
            "challenge": "A".repeat(43),
            "pubKeyCredParams": [
                { "type": "public-key", "alg": -7 },
                { "type": "public-key", "alg": -8 },
                { "type": "public-key", "alg": -35 },
                { "type": "public-key", "alg": -257 },
            ],
            "timeout": 300_000,
            "excludeCredentials": [{ "type": "public-key", "id": "Ag", "transports": ["usb"] }],
            "authenticatorSelection": {
                "authenticatorAttachment": "platform",
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "required",
            },
            "hints": ["client-device"],
            "attestation": "none",
            "attestationFormats": [],
            "extensions": { "credProps": true },
        })
    );
}

#[test]
fn request_options_have_the_members_of_the_specification() {
    let site = site();
    let options = Request {
        relying_party: &site.relying_party,
        policy: &site.policy,
        challenge: &Challenge::from_text(&"A".repeat(43)).unwrap(),
        allow: &[Descriptor { id: Base64Url(vec![2]), transports: Vec::new() }],
        hints: &[],
    };
    assert_eq!(
        options.to_json(),
        serde_json::json!({
            "challenge": "A".repeat(43),
            "timeout": 300_000,
            "rpId": "example.org",
            "allowCredentials": [{ "type": "public-key", "id": "Ag" }],
            "userVerification": "preferred",
            "hints": [],
        })
    );
}
