//! What is written is read: by ourselves, with all checks on.

use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey};

use super::{file, pem, private_key};
use crate::{
    core::{
        saml::{
            Algorithms, Attribute, NameId, Recipient, Signer,
            binding::{Kind, Redirect},
            describe,
            encryption::Decrypter,
            issue::{self, Assertion},
            logout,
            message::{self, AuthnRequest, Head},
            metadata, request,
            response::{Context, Expected, Login, ResponseError, accept},
            signature::verify,
            xml::{Limits, parse},
        },
        secret::Secret,
        signature::{RsaKey, VerifyingKey},
        time::UnixTime,
        token::Algorithm,
    },
    platform::native::RustCrypto,
};

const NOW: UnixTime = UnixTime(1_795_608_000);
const IDP: &str = "https://iam.hanzo.test/saml/metadata";
const SP: &str = "https://app.hanzo.test/saml/metadata";
const ACS: &str = "https://app.hanzo.test/saml/acs";

/// The published test key that decrypts; any RSA key signs.
fn rsa_key() -> (Secret<Vec<u8>>, VerifyingKey) {
    let private = private_key("made/keys/dev-sp-decryption-TEST-ONLY.pem");
    let key = rsa::PrivateKey::from_pkcs8_der(private.expose()).unwrap();
    let info = rsa::PublicKey::from(&key).to_public_key_der().unwrap();
    // 00, modulus of 256 bytes, 02 03 010001
    let bytes = info.as_bytes();
    let modulus = &bytes[bytes.len() - 261..bytes.len() - 5];
    (private, VerifyingKey::Rsa(RsaKey::new(modulus, &[1, 0, 1]).unwrap()))
}

fn with_signer<T>(test: impl FnOnce(&Signer<'_>, &[VerifyingKey]) -> T) -> T {
    let (private_key, public) = rsa_key();
    let certificate = pem("made/certs/dev-sp-decryption.pem");
    let signer = Signer {
        crypto: &RustCrypto,
        algorithm: Algorithm::Rs256,
        private_key: &private_key,
        certificate: &certificate,
    };
    test(&signer, &[public])
}

fn head(issuer: &'static str, destination: &'static str) -> Head<'static> {
    Head { id: "_m1", now: NOW, issuer, destination }
}

fn read(message: &str, keys: &[VerifyingKey], require: bool) -> Result<Login, ResponseError> {
    let private = [rsa_key().0];
    let expected = Expected {
        now: NOW,
        issuer: IDP,
        keys,
        audience: SP,
        acs_url: ACS,
        request: Some("_q1"),
        allow_unsolicited: false,
        require_signed_assertion: require,
        algorithms: Algorithms::default(),
    };
    let decrypter = Decrypter { crypto: &RustCrypto, keys: &private };
    let context = Context { signatures: &RustCrypto, decrypter };
    pollster::block_on(accept(message.as_bytes(), &expected, &context))
}

fn name_id(value: &str) -> NameId {
    NameId { value: value.to_owned(), format: None, qualifier: None, sp_qualifier: Some(SP.into()) }
}

fn issued(
    signer: &Signer<'_>,
    name_id: &NameId,
    attributes: &[Attribute],
    recipient: Option<&Recipient<'_>>,
) -> String {
    let assertion = Assertion {
        id: "_a1",
        audience: SP,
        in_response_to: Some("_q1"),
        name_id,
        attributes,
        until: NOW.plus(300),
        session_index: "_s1",
        session_ends: Some(NOW.plus(3600)),
        authenticated_at: NOW.plus(-5),
        context: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    };
    pollster::block_on(issue::response(&head(IDP, ACS), &assertion, signer, recipient)).unwrap()
}

#[test]
fn a_response_that_we_issue_is_accepted() {
    with_signer(|signer, keys| {
        let attributes = [Attribute {
            name: "displayName".into(),
            name_format: None,
            friendly_name: Some("Name".into()),
            values: vec!["Zoë & <山田> \"🦀\"\r\n\t]]>".into(), String::new()],
        }];
        let name = name_id("a&b<c>@hanzo.test");
        let message = issued(signer, &name, &attributes, None);
        let login = read(&message, keys, true).unwrap();
        assert_eq!((login.name_id, login.attributes.as_slice()), (name, attributes.as_slice()));
        assert_eq!(login.session_index.as_deref(), Some("_s1"));
        assert_eq!(login.replay_until, NOW.plus(360));
        let altered = message.replace("a&amp;b", "a&amp;c");
        assert!(matches!(read(&altered, keys, true), Err(ResponseError::Signature(_))));
    });
}

#[test]
fn an_assertion_is_encrypted_for_the_service_provider() {
    with_signer(|signer, keys| {
        let name = name_id("alice");
        let content_key = Secret::new([7; 32]);
        let recipient = Recipient {
            crypto: &RustCrypto,
            key: &keys[0],
            content_key: &content_key,
            nonce: [9; 12],
        };
        let message = issued(signer, &name, &[], Some(&recipient));
        assert!(!message.contains("alice"));
        assert_eq!(read(&message, keys, true).unwrap().name_id, name);
        if let Some(folder) = std::env::var_os("SAML_WRITE") {
            let folder = std::path::PathBuf::from(folder);
            std::fs::write(folder.join("encrypted.xml"), message).unwrap();
            std::fs::write(folder.join("plain.xml"), issued(signer, &name, &[], None)).unwrap();
        }
    });
}

#[test]
fn a_character_that_xml_does_not_allow_is_not_written() {
    with_signer(|signer, _| {
        let name = name_id("a\u{1}");
        let head = head(IDP, ACS);
        let unsigned = message::logout_request(&head, &name, None, NOW);
        assert!(pollster::block_on(unsigned.signed(signer)).is_err());
    });
}

#[test]
fn a_failure_is_reported_with_its_inner_code() {
    with_signer(|signer, keys| {
        let codes = ["urn:x:Responder", "urn:x:NoPassive"];
        let head = head(IDP, ACS);
        let failure = issue::failure(&head, Some("_q1"), &codes, Some("no"), signer);
        let message = pollster::block_on(failure).unwrap();
        let status =
            ResponseError::Status { code: "urn:x:NoPassive".into(), message: Some("no".into()) };
        assert_eq!(read(&message, keys, true), Err(status));
    });
}

#[test]
fn a_request_travels_by_query_and_form() {
    with_signer(|signer, keys| {
        let sso = "https://iam.hanzo.test/saml/sso";
        let asked = AuthnRequest { acs_url: ACS, contexts: &["urn:c"], ..AuthnRequest::default() };
        let written = || message::authn_request(&head(SP, sso), &asked);
        let plain = written().plain().unwrap();
        let query = message::to_query(Kind::Request, &plain, Some("a b&ü"), Some(signer));
        let query = pollster::block_on(query).unwrap();
        let redirect = Redirect::from_query(&query).unwrap();
        let verified = redirect.verify(&RustCrypto, keys, Algorithms::default());
        assert_eq!(pollster::block_on(verified), Ok(()));
        assert_eq!(redirect.relay_state.as_deref(), Some("a b&ü"));
        let entities = metadata::read(&file("made/sp-metadata.xml"), NOW).unwrap();
        let expected = logout::Expected { now: NOW, issuer: SP, destination: sso, signed: true };
        let document = parse(&redirect.message, &Limits::MESSAGE).unwrap();
        let read = request::authn_request(&document, &expected, &entities[0].roles[0]).unwrap();
        assert_eq!((read.consumer.as_str(), read.contexts), (ACS, vec!["urn:c".to_owned()]));

        let signed = pollster::block_on(written().signed(signer)).unwrap();
        let document = parse(signed.as_bytes(), &Limits::MESSAGE).unwrap();
        let root = document.root().unwrap();
        let verified = verify(&RustCrypto, root, keys, Algorithms::default(), &Limits::MESSAGE);
        assert!(pollster::block_on(verified).is_ok());
    });
}

#[test]
fn logout_messages_are_read_back() {
    let slo = "https://iam.hanzo.test/saml/slo";
    let (head, name) = (head(SP, slo), name_id("alice"));
    let expected = logout::Expected { now: NOW, issuer: SP, destination: slo, signed: true };
    let text = message::logout_request(&head, &name, Some("_s1"), NOW.plus(60)).plain().unwrap();
    let read = logout::request(&parse(text.as_bytes(), &Limits::MESSAGE).unwrap(), &expected);
    let read = read.unwrap();
    assert_eq!((read.name_id, read.session_indexes), (Some(name), vec!["_s1".to_owned()]));
    let text = message::logout_response(&head, "_q1").plain().unwrap();
    let document = parse(text.as_bytes(), &Limits::MESSAGE).unwrap();
    assert_eq!(logout::response(&document, &expected, "_q1"), Ok(()));
    assert!(logout::response(&document, &expected, "_q2").is_err());
}

#[test]
fn metadata_that_we_write_is_read_and_verified() {
    with_signer(|signer, keys| {
        for name in ["made/idp-metadata.xml", "made/sp-metadata.xml"] {
            let entity = metadata::read(&file(name), NOW).unwrap().remove(0);
            let text =
                pollster::block_on(describe::metadata(&entity, "_d1", Some(signer))).unwrap();
            let algorithms = Algorithms::default();
            let read = metadata::verified(&RustCrypto, text.as_bytes(), keys, algorithms, NOW);
            assert_eq!(pollster::block_on(read), Ok(vec![entity]));
        }
    });
}
