//! Logout messages and metadata.

use super::{Vector, index};
use crate::core::{
    saml::{
        logout::{self, Expected, MessageError},
        metadata::{self, MetadataError},
        xml::{Limits, parse},
    },
    time::UnixTime,
};

fn read(vector: &Vector, issuer: &str) -> Result<Option<logout::LogoutRequest>, MessageError> {
    let document = parse(&vector.message(), &Limits::MESSAGE).unwrap();
    let expected = Expected {
        now: vector.now(),
        issuer,
        destination: vector.destination.as_deref().unwrap_or_default(),
        signed: false,
    };
    if vector.kind == "LogoutRequest" {
        return logout::request(&document, &expected).map(Some);
    }
    let request = vector.in_response_to.as_deref().unwrap_or_default();
    logout::response(&document, &expected, request).map(|()| None)
}

#[test]
fn every_logout_message_is_judged_as_listed() {
    let mut read_ones = 0;
    for mut vector in index().into_iter().filter(|one| one.kind.starts_with("Logout")) {
        let issuer = match vector.reason.as_str() {
            "issuer is unknown" => "http://idp.example.com/known".to_owned(),
            _ => vector.issuer.clone().unwrap(),
        };
        let over = vector.reason.contains("NotOnOrAfter");
        if over {
            vector.clock = Some("2026-01-01T00:00:00Z".to_owned());
        }
        let verdict = read(&vector, &issuer);
        match (vector.expected.as_str(), &verdict) {
            ("structure-ok", Ok(request)) => {
                if let Some(request) = request {
                    let name = request.name_id.as_ref().map(|name| &name.value);
                    assert_eq!(name, vector.name_id.as_ref(), "{}", vector.file);
                    assert_eq!(request.session_indexes, vector.session_index);
                }
            }
            ("refuse", Err(error)) => {
                let right = match vector.reason.as_str() {
                    "issuer is unknown" => matches!(error, MessageError::Issuer),
                    "no NameID" => matches!(error, MessageError::Missing("NameID")),
                    "no Status" => matches!(error, MessageError::Missing("Status")),
                    "status is not Success" => matches!(error, MessageError::Status(_)),
                    _ => over && matches!(error, MessageError::Expired),
                };
                assert!(right, "{}: {error} ({})", vector.file, vector.reason);
            }
            _ => panic!("{}: {verdict:?} ({})", vector.file, vector.reason),
        }
        read_ones += 1;
    }
    assert_eq!(read_ones, 18);
}

#[test]
fn every_metadata_file_is_judged_as_listed() {
    let mut read_ones = 0;
    for vector in index().into_iter().filter(|one| one.kind == "metadata") {
        let read = metadata::read(&vector.message(), vector.now());
        read_ones += 1;
        if vector.expected == "refuse" {
            let error = read.unwrap_err();
            let right = match vector.reason.as_str() {
                "validUntil has passed" => matches!(error, MetadataError::Expired(_)),
                "not well-formed XML" => matches!(error, MetadataError::Xml(_)),
                _ => matches!(error, MetadataError::NotMetadata),
            };
            assert!(right, "{}: {error}", vector.file);
            continue;
        }
        let entities = read.unwrap_or_else(|error| panic!("{}: {error}", vector.file));
        assert_eq!(entities.len(), vector.entities.len(), "{}", vector.file);
        for (entity, listed) in entities.iter().zip(&vector.entities) {
            assert_eq!(entity.id, listed["entityID"].as_str().unwrap());
            let kinds: Vec<_> = entity.roles.iter().map(|role| name_of(&role.kind)).collect();
            let roles: Vec<_> = listed["roles"].as_array().unwrap().iter().collect();
            assert_eq!(kinds, roles, "{}", vector.file);
            let mut certificates: Vec<_> = entity
                .roles
                .iter()
                .flat_map(|role| role.signing_keys().map(|key| &key.certificate))
                .collect();
            let all = certificates.len();
            certificates.sort();
            certificates.dedup();
            let count = usize::try_from(listed["signing_certs"].as_u64().unwrap()).unwrap();
            assert!([all, certificates.len()].contains(&count), "{}: {all}", vector.file);
        }
    }
    assert_eq!(read_ones, 17);
}

fn name_of(kind: &metadata::RoleKind) -> &str {
    match kind {
        metadata::RoleKind::IdentityProvider => "IDPSSODescriptor",
        metadata::RoleKind::ServiceProvider => "SPSSODescriptor",
        metadata::RoleKind::Other(name) => name,
    }
}

#[test]
fn metadata_gives_the_keys_that_verify() {
    let bytes = super::file("made/idp-metadata.xml");
    let entities = metadata::read(&bytes, UnixTime(0)).unwrap();
    let role = &entities[0].roles[0];
    assert!(role.saml2 && role.signing_keys().all(|key| key.verifying().is_some()));
    assert_eq!(role.signing_keys().count(), 2);
    assert_eq!(role.single_sign_on[0].location, "https://idp.hanzo.test/saml/sso");
}
