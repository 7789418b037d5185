//! Attestations of the vectors: changed, untrusted, of other formats, and under each policy.

use super::{
    super::*,
    mutations::{data_at, with_client_data},
    vectors::{anchors, sections, site, vectors},
};
use crate::core::{
    time::UnixTime,
    x509::{Certificate, ChainError},
};

#[test]
fn an_attestation_of_other_data_is_refused() {
    for vector in vectors().into_iter().skip(1) {
        let mut changed = vector.clone();
        let object = &mut changed.registration.response.response.attestation_object.0;
        let at = data_at(object) + 37;
        object[at] ^= 1; // the model
        assert_eq!(site().register(&changed), Err(Refusal::AttestationSignature));
        let changed = with_client_data(&vector, r#""crossOrigin":false"#, r#""other":0"#);
        assert_eq!(site().register(&changed), Err(Refusal::AttestationSignature));
    }
}

#[test]
fn an_attestation_certificate_is_as_the_specification_says() {
    for (from, to, part) in [
        ("Authenticator Attestation", "Authenticator attestation", "subject unit"),
        ("AA", "aa", "subject country"),
    ] {
        let mut vector = vectors().remove(2);
        let object = &mut vector.registration.response.response.attestation_object.0;
        // The subject is the last place; the issuer has similar names.
        let at = object.windows(from.len()).rposition(|window| window == from.as_bytes()).unwrap();
        object[at..at + from.len()].copy_from_slice(to.as_bytes());
        assert_eq!(site().register(&vector), Err(Refusal::AttestationCertificate(part)));
    }
}

#[test]
fn a_policy_that_wants_an_attestation_gets_a_trusted_one_or_refuses() {
    let [none, own, certified] = vectors().try_into().unwrap();
    let mut site = site();
    site.policy.attestation = Conveyance::Direct;
    assert_eq!(site.register(&none), Err(Refusal::AttestationMissing));
    assert_eq!(site.register(&own), Err(Refusal::AttestationMissing));
    assert!(site.register(&certified).is_ok());
    let untrusted = |error| Err(Refusal::AttestationTrust(error));
    let mut early = site.clone();
    early.now = UnixTime(0);
    assert_eq!(early.register(&certified), untrusted(ChainError::Time));
    let mut alone = site.clone();
    alone.anchors = TrustAnchors::default();
    assert_eq!(alone.register(&certified), untrusted(ChainError::Untrusted));
    alone.anchors = anchors(&[Aaguid([7; 16])]);
    assert_eq!(alone.register(&certified), untrusted(ChainError::Untrusted), "another model's");
    alone.policy.attestation = Conveyance::None;
    assert_eq!(alone.register(&certified).unwrap().attestation(), Attestation::Untrusted);
    alone.anchors = anchors(&[certified.aaguid]);
    assert_eq!(alone.register(&certified).unwrap().attestation(), Attestation::Trusted);
}

/// The root in PEM, as an organization configures it.
#[test]
fn a_policy_names_the_roots_that_attestations_lead_to() {
    let [_, _, certified] = vectors().try_into().unwrap();
    let (_, values) = sections().remove(0);
    let (_, der) = values.into_iter().find(|(name, _)| name == "attestation_ca_cert").unwrap();
    let pem = |label| {
        pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::default(), &der).unwrap()
    };
    let read = |certificate: &str, model: Aaguid| {
        let root = serde_json::json!({"certificate": certificate, "aaguids": [model]});
        serde_json::from_value::<Policy>(serde_json::json!({"attestationRoots": [root]}))
    };
    for (model, expected) in
        [(certified.aaguid, Attestation::Trusted), (Aaguid([7; 16]), Attestation::Untrusted)]
    {
        let mut site = site();
        site.anchors = read(&pem("CERTIFICATE"), model).unwrap().anchors();
        assert_eq!(site.register(&certified).unwrap().attestation(), expected);
    }
    for wrong in ["", "MIIB", &pem("PUBLIC KEY"), &pem("CERTIFICATE").replacen("MII", "AII", 1)] {
        assert!(read(wrong, certified.aaguid).is_err(), "{wrong}");
    }
}

#[test]
fn a_chain_whose_last_signature_is_another_ones_is_untrusted() {
    let mut site = site();
    site.policy.attestation = Conveyance::Direct;
    let mut vector = vectors().remove(2);
    let object = &mut vector.registration.response.response.attestation_object.0;
    let at = object.windows(4).position(|window| window == [0x63, b'x', b'5', b'c']).unwrap() + 4;
    // `81 59 length`: an array of one byte string of two bytes' length.
    let length = usize::from(u16::from_be_bytes([object[at + 2], object[at + 3]]));
    let last = at + 4 + length - 1;
    assert!(Certificate::from_der(&object[at + 4..=last]).is_some());
    object[last] ^= 1;
    let refusal = Refusal::AttestationTrust(ChainError::Untrusted);
    assert_eq!(site.register(&vector), Err(refusal));
}

#[test]
fn a_format_that_is_not_verified_counts_as_none_or_is_refused() {
    let mut vector = vectors().remove(1);
    let object = &mut vector.registration.response.response.attestation_object.0;
    let at = object.windows(6).position(|window| window == b"packed").unwrap();
    object[at..at + 6].copy_from_slice(b"locked");
    assert_eq!(site().register(&vector).unwrap().attestation(), Attestation::Unverified);
    let mut strict = site();
    strict.policy.other_attestation = OtherAttestation::Refuse;
    assert_eq!(strict.register(&vector), Err(Refusal::AttestationFormat));
    let mut direct = site();
    direct.policy.attestation = Conveyance::Direct;
    assert_eq!(direct.register(&vector), Err(Refusal::AttestationFormat));
    // An attestation statement where there must be none.
    let object = &mut vector.registration.response.response.attestation_object.0;
    object.splice(at - 1..at + 6, *b"\x64none");
    let refusal = Refusal::AttestationStatement("not empty");
    assert_eq!(site().register(&vector), Err(refusal));
}
