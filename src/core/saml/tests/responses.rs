//! Every response, as our default settings judge it and with what they weaken.

use std::fmt::Write;

use super::{Vector, index, key_of, private_key};
use crate::{
    core::saml::{
        Algorithms,
        encryption::{Decrypter, EncryptionError},
        response::{AssertionError, Context, Expected, Login, ResponseError, accept},
        signature::SignatureError,
    },
    platform::native::RustCrypto,
};

/// How a response is judged.
#[derive(Clone, Copy, Default)]
pub(super) struct Settings {
    pub(super) algorithms: Algorithms,
    pub(super) short_keys: bool,
    pub(super) unsolicited: bool,
}

pub(super) const WEAK: Settings = Settings {
    algorithms: Algorithms { danger_sha1: true, danger_cbc: true },
    short_keys: true,
    unsolicited: false,
};

pub(super) fn judge(
    vector: &Vector,
    message: &[u8],
    settings: Settings,
) -> Result<Login, ResponseError> {
    let keys = key_of(vector.signing_cert.as_deref().unwrap(), settings.short_keys);
    let private: Vec<_> = vector.decryption_key.as_deref().map(private_key).into_iter().collect();
    let expected = Expected {
        now: vector.now(),
        issuer: vector.idp_entity_id.as_deref().unwrap(),
        keys: &keys,
        audience: vector.sp_entity_id.as_deref().unwrap(),
        acs_url: vector.acs_url.as_deref().unwrap(),
        request: vector.request_id.as_deref(),
        allow_unsolicited: settings.unsolicited,
        require_signed_assertion: false,
        algorithms: settings.algorithms,
    };
    let decrypter = Decrypter { crypto: &RustCrypto, keys: &private };
    let context = Context { signatures: &RustCrypto, decrypter };
    pollster::block_on(accept(message, &expected, &context))
}

fn responses() -> impl Iterator<Item = Vector> {
    index().into_iter().filter(|vector| vector.kind == "response")
}

/// The settings under which a vector's own verdict is to be seen.
fn settings_of(vector: &Vector) -> Settings {
    let of_others = vector.file.starts_with("python3-saml/");
    let unsolicited = vector.request_id.is_none();
    if of_others { Settings { unsolicited, ..WEAK } } else { Settings::default() }
}

#[test]
fn every_response_is_judged_as_listed() {
    let (mut wrong, mut counts) = (Vec::new(), [0; 4]);
    for vector in responses() {
        let verdict = judge(&vector, &vector.message(), settings_of(&vector));
        let rsa15 = vector.has("rsa15") && vector.expected == "accept";
        let right = match (vector.expected.as_str(), &verdict) {
            // Withdrawn, and with no setting that brings it back.
            (
                "accept",
                Err(ResponseError::Assertion(AssertionError::Encryption(EncryptionError::Key(
                    name,
                )))),
            ) if rsa15 => name.ends_with("#rsa-1_5"),
            ("accept", Ok(_)) => !rsa15,
            ("refuse", verdict) => verdict.is_err(),
            ("either", _) => true,
            _ => false,
        };
        counts[match (rsa15, vector.expected.as_str()) {
            (true, _) => 3,
            (_, "accept") => 0,
            (_, "refuse") => 1,
            _ => 2,
        }] += usize::from(right);
        if let (Ok(login), "accept" | "either") = (&verdict, vector.expected.as_str()) {
            assert_eq!(Some(&login.name_id.value), vector.name_id.as_ref(), "{}", vector.file);
            assert_ne!(Some(&login.name_id.value), vector.must_not_name_id.as_ref());
            if let Some(ids) = vector.assertion_ids.as_ref().filter(|ids| !ids.is_empty()) {
                assert!(ids.contains(&login.assertion_id), "{}", vector.file);
            }
            for (name, values) in vector.attributes.iter().flatten() {
                let found = login.attributes.iter().find(|one| one.name == *name);
                assert_eq!(found.map(|one| &one.values), Some(values), "{}", vector.file);
            }
        }
        if !right {
            let said = verdict.as_ref().map(|login| &login.name_id.value);
            let said = said.map_err(ToString::to_string);
            let line =
                format!("{} [{}]: {:?} ({})", vector.file, vector.expected, said, vector.reason);
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // accept, refuse, either, accept but for RSA 1.5
    assert_eq!(counts, [30, 94, 2, 2]);
}

/// The faults of `made/bad-*`, each under a good signature: the check that is named is the one that fails.
#[test]
fn a_refusal_names_the_check_that_failed() {
    let mut table = String::new();
    for vector in responses().filter(|vector| vector.file.starts_with("made/bad")) {
        let name = vector.file.trim_start_matches("made/").trim_end_matches(".xml");
        let error = judge(&vector, &vector.message(), Settings::default()).unwrap_err();
        writeln!(table, "{name}: {error}").unwrap();
    }
    if std::env::var_os("SAML_BLESS").is_some() {
        std::fs::write("src/core/saml/tests/refusals.txt", &table).unwrap();
    }
    assert_eq!(table, include_str!("refusals.txt"));
}

#[test]
fn sha1_and_cbc_are_refused_by_default_and_for_that_reason() {
    let strong = Settings { short_keys: true, unsolicited: true, ..Settings::default() };
    let old = |vector: &Vector| vector.file.starts_with("python3-saml/");
    for vector in responses().filter(|vector| old(vector) && vector.expected == "accept") {
        let error = judge(&vector, &vector.message(), strong).unwrap_err();
        let withdrawn = match &error {
            ResponseError::Signature(signature)
            | ResponseError::Assertion(AssertionError::Signature(signature)) => {
                matches!(signature, SignatureError::Method(name) | SignatureError::DigestMethod(name)
                    if name.ends_with("sha1"))
            }
            ResponseError::Assertion(AssertionError::Encryption(error)) => {
                matches!(error, EncryptionError::Content(name) if name.ends_with("cbc"))
            }
            _ => false,
        };
        assert!(withdrawn, "{}: {error}", vector.file);
    }
}

#[test]
fn a_short_key_verifies_nothing_by_default() {
    let settings = Settings { short_keys: false, ..WEAK };
    let vector = responses().find(|one| one.file.ends_with("/valid_response2.xml.base64")).unwrap();
    let error = judge(&vector, &vector.message(), settings);
    assert_eq!(error, Err(ResponseError::Signature(SignatureError::NoKey)));
}

#[test]
fn an_unsolicited_response_needs_the_setting_and_no_open_request() {
    let name = "/either-unsolicited.xml";
    let mut vector = responses().find(|one| one.file.ends_with(name)).unwrap();
    let message = vector.message();
    let allowed = Settings { unsolicited: true, ..Settings::default() };
    let unsolicited = Err(ResponseError::Unsolicited);
    assert_eq!(judge(&vector, &message, Settings::default()), unsolicited);
    vector.request_id = None;
    assert_eq!(judge(&vector, &message, Settings::default()), unsolicited);
    assert!(judge(&vector, &message, allowed).is_ok());
}

#[test]
fn an_unsigned_response_cannot_be_made_unsolicited() {
    let vector = responses().find(|one| one.file.ends_with("/ok-assertion-signed.xml"));
    let mut vector = vector.unwrap();
    vector.request_id = None;
    let message = String::from_utf8(vector.message()).unwrap();
    let message = message.replacen(" InResponseTo=\"_req-5f3a91\"", "", 1);
    let allowed = Settings { unsolicited: true, ..Settings::default() };
    let error = judge(&vector, message.as_bytes(), allowed).unwrap_err();
    assert_eq!(error, AssertionError::ConfirmationInResponseTo.into());
}

#[test]
fn a_clock_may_differ_by_sixty_seconds() {
    let vector = responses().find(|one| one.file.ends_with("/ok-assertion-signed.xml"));
    let mut vector = vector.unwrap();
    let message = vector.message();
    // Issued 11:59:55; valid from 11:59:30 until 12:15:00.
    for (clock, accepted) in [
        ("2026-11-25T11:58:54Z", false),
        ("2026-11-25T11:58:55Z", true),
        ("2026-11-25T12:15:59Z", true),
        ("2026-11-25T12:16:00Z", false),
    ] {
        vector.clock = Some(clock.to_owned());
        let verdict = judge(&vector, &message, Settings::default());
        assert_eq!(verdict.is_ok(), accepted, "{clock}: {verdict:?}");
    }
}
