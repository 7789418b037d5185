//! Each vector of the specification is refused after each single change.

use super::{
    super::*,
    vectors::{Vector, record, site, vectors},
};

/// Replaces a part of client data.
fn edited(json: &Base64Url, from: &str, to: &str) -> Base64Url {
    let text = String::from_utf8(json.0.clone()).unwrap();
    assert!(text.contains(from), "{text}");
    Base64Url(text.replacen(from, to, 1).into_bytes())
}

/// Edits the client data of both ceremonies.
pub(super) fn with_client_data(vector: &Vector, from: &str, to: &str) -> Vector {
    let mut vector = vector.clone();
    let data = &mut vector.registration.response.response.client_data_json;
    *data = edited(data, from, to);
    let data = &mut vector.authentication.response.response.client_data_json;
    *data = edited(data, from, to);
    vector
}

/// Where authenticator data begins in an attestation object.
pub(super) fn data_at(object: &[u8]) -> usize {
    let hash = crate::core::encoding::sha256(b"example.org");
    object.windows(32).position(|window| window == hash).unwrap()
}

/// Edits the flags of both ceremonies.
pub(super) fn with_flags(vector: &Vector, edit: impl Fn(u8) -> u8) -> Vector {
    let mut vector = vector.clone();
    let object = &mut vector.registration.response.response.attestation_object.0;
    let at = data_at(object) + 32;
    object[at] = edit(object[at]);
    let data = &mut vector.authentication.response.response.authenticator_data.0;
    data[32] = edit(data[32]);
    vector
}

/// The refusals of registration and authentication.
pub(super) fn refusals(site: &super::vectors::Site, vector: &Vector) -> [Option<Refusal>; 2] {
    let original = vectors().into_iter().find(|other| other.title == vector.title).unwrap();
    let record = record(&super::vectors::site().register(&original).unwrap());
    [site.register(vector).err(), site.authenticate(vector, &record).err()]
}

pub(super) fn both(refusal: &Refusal) -> [Option<Refusal>; 2] {
    [Some(refusal.clone()), Some(refusal.clone())]
}

#[test]
fn another_origin_is_refused_however_similar() {
    for vector in vectors() {
        for origin in [
            "https://badexample.org",
            "https://login.example.org",
            "https://example.org:8443",
            "https://example.org.evil.example",
            "https://example.org/",
            "https://EXAMPLE.org",
            "http://example.org",
            "null",
            "",
        ] {
            let changed = with_client_data(&vector, "https://example.org", origin);
            assert_eq!(refusals(&site(), &changed), both(&Refusal::Origin), "{origin}");
        }
    }
}

#[test]
fn a_related_origin_is_accepted_because_it_is_on_the_list() {
    let mut site = site();
    site.relying_party.origins.push("https://example.com".to_owned());
    for vector in vectors() {
        let changed = with_client_data(&vector, "https://example.org", "https://example.com");
        let [_, authentication] = refusals(&site, &changed);
        assert_eq!(authentication, Some(Refusal::Signature), "only the signature is left");
    }
    assert_eq!(
        site.relying_party.related_origins().to_string(),
        r#"{"origins":["https://example.org","https://example.com"]}"#
    );
}

#[test]
fn another_challenge_is_refused() {
    for mut vector in vectors() {
        std::mem::swap(&mut vector.registration.challenge, &mut vector.authentication.challenge);
        assert_eq!(refusals(&site(), &vector), both(&Refusal::Challenge));
    }
}

#[test]
fn a_response_of_the_other_ceremony_is_refused() {
    for vector in vectors() {
        let mut changed = vector.clone();
        let data = &mut changed.registration.response.response.client_data_json;
        *data = edited(data, "webauthn.create", "webauthn.get");
        let data = &mut changed.authentication.response.response.client_data_json;
        *data = edited(data, "webauthn.get", "webauthn.create");
        assert_eq!(refusals(&site(), &changed), both(&Refusal::Type));
        let mut changed = vector;
        changed.registration.response.kind = "password".to_owned();
        changed.authentication.response.kind = "password".to_owned();
        assert_eq!(refusals(&site(), &changed), both(&Refusal::Type));
    }
}

#[test]
fn an_embedded_page_is_refused_unless_its_embedder_is_on_the_list() {
    let embedded = r#""crossOrigin":true"#;
    let inside = |top: &str| format!(r#"{embedded},"topOrigin":"{top}""#);
    for vector in vectors() {
        let changed = with_client_data(&vector, r#""crossOrigin":false"#, embedded);
        assert_eq!(refusals(&site(), &changed), both(&Refusal::Embedded));
        let mut site = site();
        site.relying_party.embedders.push("https://example.com".to_owned());
        assert_eq!(refusals(&site, &changed), both(&Refusal::Embedded), "it does not say where");
        for (top, refused) in [("https://example.com", false), ("https://badexample.com", true)] {
            let changed = with_client_data(&vector, r#""crossOrigin":false"#, &inside(top));
            let [_, authentication] = refusals(&site, &changed);
            assert_eq!(authentication == Some(Refusal::Embedded), refused, "{top}");
        }
    }
}

#[test]
fn a_member_of_the_client_data_that_appears_twice_is_refused() {
    let twice = r#""crossOrigin":false,"origin":"https://example.org""#;
    for vector in vectors() {
        let changed = with_client_data(&vector, r#""crossOrigin":false"#, twice);
        assert_eq!(refusals(&site(), &changed), both(&Refusal::Malformed("clientDataJSON")));
    }
}

#[test]
fn another_relying_party_is_refused() {
    for vector in vectors() {
        let mut site = site();
        site.relying_party.id = "example.com".to_owned();
        assert_eq!(refusals(&site, &vector), both(&Refusal::RelyingParty));
        let mut changed = vector;
        let object = &mut changed.registration.response.response.attestation_object.0;
        let at = data_at(object);
        object[at] ^= 1;
        changed.authentication.response.response.authenticator_data.0[0] ^= 1;
        assert_eq!(refusals(&super::vectors::site(), &changed), both(&Refusal::RelyingParty));
    }
}

#[test]
fn flags_that_are_required_must_be_there() {
    let mut strict = site();
    strict.policy.user_verification = Requirement::Required;
    for vector in vectors() {
        let absent = with_flags(&vector, |flags| flags & !1);
        assert_eq!(refusals(&site(), &absent), both(&Refusal::UserPresence));
        let unverified = with_flags(&vector, |flags| flags & !4);
        assert_eq!(refusals(&strict, &unverified), both(&Refusal::UserVerification));
        let impossible = with_flags(&vector, |flags| flags & !8 | 16);
        assert_eq!(refusals(&site(), &impossible), both(&Refusal::BackupFlags));
        let changed = with_flags(&vector, |flags| (flags ^ 8) & !16);
        let [_, authentication] = refusals(&site(), &changed);
        assert_eq!(authentication, Some(Refusal::BackupEligibility));
    }
}

#[test]
fn only_a_conditional_registration_may_lack_user_presence() {
    let mut site = site();
    site.conditional = true;
    let absent = with_flags(&vectors()[0], |flags| flags & !1);
    assert!(!site.register(&absent).unwrap().user_present());
}

#[test]
fn an_algorithm_that_was_not_offered_is_refused() {
    for vector in vectors() {
        let mut site = site();
        site.algorithms = vec![CoseAlgorithm::EdDsa, CoseAlgorithm::Rs256];
        assert_eq!(site.register(&vector), Err(Refusal::Algorithm));
    }
}

#[test]
fn a_key_of_another_type_or_curve_than_its_algorithm_is_refused() {
    // `1: 2, 3: -7, -1: 1` of the key: EC2, ES256, P-256.
    let key = [0x01, 0x02, 0x03, 0x26, 0x20, 0x01];
    for (at, byte, refusal) in [
        (1, 0x01, Refusal::Key),       // OKP
        (5, 0x02, Refusal::Key),       // P-384
        (3, 0x27, Refusal::Key),       // EdDSA
        (3, 0x25, Refusal::Algorithm), // one that we do not know
    ] {
        let mut vector = vectors().remove(0);
        let object = &mut vector.registration.response.response.attestation_object.0;
        let start = object.windows(6).position(|window| window == key).unwrap();
        object[start + at] = byte;
        assert_eq!(site().register(&vector), Err(refusal));
    }
}

#[test]
fn trailing_bytes_are_refused() {
    for vector in vectors() {
        let mut changed = vector.clone();
        changed.registration.response.response.attestation_object.0.push(0);
        changed.authentication.response.response.authenticator_data.0.push(0);
        assert_eq!(
            refusals(&site(), &changed),
            ["attestationObject", "authenticatorData"].map(|part| Some(Refusal::Malformed(part)))
        );
        changed = vector;
        changed.authentication.response.response.signature.0.push(0);
        assert_eq!(refusals(&site(), &changed), [None, Some(Refusal::Signature)]);
    }
}

#[test]
fn a_flipped_signature_is_refused() {
    for vector in vectors() {
        let mut changed = vector.clone();
        *changed.authentication.response.response.signature.0.last_mut().unwrap() ^= 1;
        assert_eq!(refusals(&site(), &changed), [None, Some(Refusal::Signature)]);
        changed.authentication.response.response.signature.0.clear();
        assert_eq!(refusals(&site(), &changed), [None, Some(Refusal::Signature)]);
    }
}

#[test]
fn a_credential_of_another_user_is_refused() {
    let other = UserHandle::new(b"another").unwrap();
    for mut vector in vectors() {
        let site = site();
        let mine = record(&site.register(&vector).unwrap());
        let mut theirs = mine.clone();
        theirs.user = other.clone();
        assert_eq!(site.authenticate(&vector, &theirs), Err(Refusal::User));
        // The response names another account than the record.
        vector.authentication.response.response.user_handle = Some(other.clone().into());
        assert_eq!(site.authenticate(&vector, &mine), Err(Refusal::User));
        assert_eq!(site.authenticate_among(&vector, &mine, None, &[]), Err(Refusal::User));
        // Without an account at the begin the response must name it.
        vector.authentication.response.response.user_handle = None;
        assert_eq!(site.authenticate_among(&vector, &mine, None, &[]), Err(Refusal::User));
        vector.authentication.response.response.user_handle = Some(vector.user.clone().into());
        assert!(site.authenticate_among(&vector, &mine, None, &[]).is_ok());
    }
}

#[test]
fn a_credential_that_was_not_asked_for_is_refused() {
    let vectors = vectors();
    let (first, second) = (&vectors[0], &vectors[1]);
    let site = site();
    let record_of = |vector: &Vector| record(&site.register(vector).unwrap());
    let allowed = [first.authentication.response.raw_id.clone()];
    let among = |vector: &Vector| {
        site.authenticate_among(vector, &record_of(vector), Some(&vector.user), &allowed)
    };
    assert!(among(first).is_ok());
    assert_eq!(among(second), Err(Refusal::NotAllowed));
    assert_eq!(site.authenticate(second, &record_of(first)), Err(Refusal::CredentialId));
}

#[test]
fn the_id_of_a_registration_is_the_attested_one() {
    for mut vector in vectors() {
        vector.registration.response.raw_id.0[0] ^= 1;
        assert_eq!(site().register(&vector), Err(Refusal::CredentialId));
    }
}

#[test]
fn a_counter_that_does_not_increase_is_refused_or_warned_of_as_the_policy_says() {
    for vector in vectors() {
        let mut site = site();
        let mut record = record(&site.register(&vector).unwrap());
        assert_eq!(record.sign_count, 0);
        assert_eq!(site.authenticate(&vector, &record).unwrap().sign_count(), 0);
        record.sign_count = 1;
        assert_eq!(site.authenticate(&vector, &record), Err(Refusal::Counter));
        site.policy.counter_regression = CounterRegression::Warn;
        let verified = site.authenticate(&vector, &record).unwrap();
        assert!(verified.clone_warning());
        assert_eq!((verified.previous_count(), verified.sign_count()), (1, 1));
    }
}

#[test]
fn the_policy_admits_models_attachments_and_synced_credentials_at_both_ceremonies() {
    for vector in vectors() {
        let edit = |edit: fn(&mut Policy, Aaguid)| {
            let mut site = site();
            edit(&mut site.policy, vector.aaguid);
            site
        };
        let allowed = edit(|policy, model| policy.allowed_aaguids = vec![model]);
        assert_eq!(refusals(&allowed, &vector), [None, None]);
        let others = edit(|policy, _| policy.allowed_aaguids = vec![Aaguid([7; 16])]);
        assert_eq!(refusals(&others, &vector), both(&Refusal::Model));
        let denied = edit(|policy, model| policy.denied_aaguids = vec![model]);
        assert_eq!(refusals(&denied, &vector), both(&Refusal::Model));
        let unsynced = edit(|policy, _| policy.synced = false);
        let synced = site().register(&vector).unwrap().backup_eligible();
        let expected = if synced { both(&Refusal::Synced) } else { [None, None] };
        assert_eq!(refusals(&unsynced, &vector), expected);
        let keys = edit(|policy, _| policy.attachment = Some(Attachment::CrossPlatform));
        assert_eq!(refusals(&keys, &vector), [Some(Refusal::Attachment), None]);
    }
}
