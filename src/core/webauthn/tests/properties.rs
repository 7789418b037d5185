//! Properties: what is signed cannot be changed, and no bytes cause a panic.

use proptest::prelude::*;

use super::{
    super::*,
    mutations::data_at,
    vectors::{record, site, vectors},
};
use crate::core::x509::Certificate;

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn an_authentication_with_any_byte_changed_is_refused(
        which in 0..3_usize, part in 0..3_u8, at: prop::sample::Index, bit in 0..8_u8,
    ) {
        let mut vector = vectors().remove(which);
        let record = record(&site().register(&vector).unwrap());
        let response = &mut vector.authentication.response.response;
        let bytes = match part {
            0 => &mut response.client_data_json.0,
            1 => &mut response.authenticator_data.0,
            _ => &mut response.signature.0,
        };
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(site().authenticate(&vector, &record).is_err());
    }

    #[test]
    fn a_certified_registration_with_any_byte_of_what_is_signed_changed_is_refused(
        client: bool, at: prop::sample::Index, bit in 0..8_u8,
    ) {
        let mut site = site();
        site.policy.attestation = Conveyance::Direct;
        let mut vector = vectors().remove(2);
        let response = &mut vector.registration.response.response;
        let (bytes, from) = if client {
            (&mut response.client_data_json.0, 0)
        } else {
            let from = data_at(&response.attestation_object.0);
            (&mut response.attestation_object.0, from)
        };
        let at = from + at.index(bytes.len() - from);
        bytes[at] ^= 1 << bit;
        prop_assert!(site.register(&vector).is_err());
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes: Vec<u8>, cut: prop::sample::Index) {
        let vector = vectors().remove(2);
        let record = record(&site().register(&vector).unwrap());
        let object = vector.registration.response.response.attestation_object.0.clone();
        let beginning = object[..cut.index(object.len())].to_vec();
        for bytes in [bytes.clone(), [beginning, bytes].concat()] {
            let mut changed = vector.clone();
            changed.registration.response.response.attestation_object = Base64Url(bytes.clone());
            prop_assert!(site().register(&changed).is_err());
            let mut changed = vector.clone();
            changed.registration.response.response.client_data_json = Base64Url(bytes.clone());
            changed.authentication.response.response.authenticator_data = Base64Url(bytes.clone());
            prop_assert!(site().register(&changed).is_err());
            prop_assert!(site().authenticate(&changed, &record).is_err());
            prop_assert!(CredentialKey::from_cose(&bytes).is_none());
            prop_assert!(Certificate::from_der(&bytes).is_none());
        }
    }
}
