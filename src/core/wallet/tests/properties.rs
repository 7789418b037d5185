//! Random input gets a typed error.

use proptest::prelude::*;

use super::*;
use crate::core::{cbor::Cbor, wallet::cell};

fn any_signed() -> impl Strategy<Value = Signed> {
    proptest::sample::select(Signed::all())
}

/// Bytes with some of them cut, changed or added.
fn mangled(bytes: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = bytes.len();
    (0..=length, 0..=length, proptest::collection::vec(any::<u8>(), 0..6)).prop_map(
        move |(from, to, put)| {
            let mut bytes = bytes.clone();
            bytes.splice(from.min(to)..from.max(to), put);
            bytes
        },
    )
}

proptest! {
    #[test]
    fn arbitrary_parts_never_verify_and_never_panic(
        signed in any_signed(),
        scheme in proptest::option::of("[a-z0-9_]{0,9}"),
        public_key in proptest::option::of("(0x)?[0-9a-f]{0,80}"),
        signature in prop_oneof![
            "(0x)?[0-9a-f]{0,140}", "[A-Za-z0-9+/]{84,90}={0,2}", "[1-9A-HJ-NP-Za-km-z]{80,90}", ".*",
        ],
        state_init in proptest::option::of("[A-Za-z0-9+/]{0,64}"),
        timestamp in proptest::option::of(any::<i64>()),
    ) {
        let extra = Extra { state_init, timestamp, domain: None };
        let forged = Signed { scheme, public_key, signature, extra, ..signed };
        prop_assert!(forged.refused().is_some());
    }

    #[test]
    fn an_arbitrary_text_is_never_the_issued_one(signed in any_signed(), text in "(.|\n){0,200}") {
        let presented = Presented { message: &text, ..signed.presented() };
        prop_assert!(verify(&signed.issued(), &presented, NOW).is_err());
    }

    #[test]
    fn a_message_that_is_read_is_read_again(signed in any_signed(), at in 0_usize..400, put in "[ -~\n]{0,3}") {
        let mut text = signed.message;
        text.insert_str(at.min(text.len()), &put);
        if let Ok(message) = Message::parse(&text) {
            prop_assert_eq!(message.text(), &text);
            prop_assert_eq!(Message::parse(message.text()), Ok(message));
        }
    }

    #[test]
    fn an_address_that_is_read_has_one_canonical_form(
        chain in proptest::sample::select(Chain::ALL.to_vec()),
        text in prop_oneof![".*", "0x[0-9a-fA-F]{40}", "[1-9A-HJ-NP-Za-km-z]{24,50}", "-?[01]:[0-9a-f]{64}"],
    ) {
        if let Ok(address) = Address::parse(chain, &text) {
            prop_assert_eq!(Address::parse(chain, &address.to_string()), Ok(address));
        }
    }

    #[test]
    fn mangled_cells_are_read_or_refused(
        bytes in proptest::sample::select(states()).prop_flat_map(mangled)
    ) {
        if let Some(bag) = cell::Bag::parse(&bytes) {
            prop_assert!(bag.root().is_some());
        }
    }

    #[test]
    fn mangled_cose_is_read_or_refused(
        bytes in proptest::sample::select(signatures()).prop_flat_map(mangled), other: Vec<u8>
    ) {
        let _ = Cbor::only(&bytes);
        let _ = Cbor::only(&other);
    }
}

fn states() -> Vec<Vec<u8>> {
    let states = Signed::all().into_iter().filter_map(|signed| signed.extra.state_init);
    states.map(|state| text::from_base64(&state).unwrap()).collect()
}

fn signatures() -> Vec<Vec<u8>> {
    let signed = Signed::all().into_iter().filter(|signed| signed.chain == Chain::Cardano);
    signed.map(|signed| text::from_hex(&signed.signature).unwrap()).collect()
}

#[test]
fn deep_and_large_values_are_refused_without_work() {
    assert_eq!(Cbor::only(&[0x81; 4096]), None);
    assert_eq!(Cbor::only(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
    assert_eq!(Cbor::only(&[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
    let long = "1".repeat(100_000);
    for chain in Chain::ALL {
        assert_eq!(Address::parse(chain, &long), Err(WalletError::Address));
    }
    assert_eq!(Message::parse(&long), Err(Field::Text));
}
