//! Messages that the wallets' own libraries signed.

use super::*;

#[test]
fn every_signature_of_the_libraries_is_accepted() {
    for signed in Signed::all() {
        let Ok(Outcome::Verified(wallet)) = signed.verify() else {
            panic!("{} ({}): {:?}", signed.by, signed.chain, signed.refused())
        };
        assert_eq!(wallet.chain(), signed.chain);
        assert_eq!(wallet.account(), format!("{}:{}", signed.chain, wallet.address()));
        // Without a scheme the form follows from the signature, except for TON's second proof.
        if signed.scheme.as_deref() != Some("sign_data") {
            assert_eq!(Signed { scheme: None, ..signed.clone() }.refused(), None, "{}", signed.by);
        }
    }
}

#[test]
fn every_chain_has_signatures() {
    for chain in Chain::ALL {
        assert!(Signed::all().iter().any(|signed| signed.chain == chain), "{chain}");
        assert_eq!(Chain::named(chain.name()), Some(chain));
    }
}

#[test]
fn a_signature_is_of_its_text_only() {
    for signed in Signed::all() {
        // The same message with another nonce: the signature is of a text that was issued before.
        let message = signed.message.replace("0123456789abcdef0123", "3210fedcba9876543210");
        let replayed = Signed { message, ..signed.clone() };
        assert_ne!(replayed.message, signed.message);
        assert!(replayed.refused().is_some(), "{}", signed.by);
    }
}

#[test]
fn a_signature_is_of_its_account_only() {
    let all = Signed::all();
    for signed in &all {
        for other in all.iter().filter(|other| other.chain == signed.chain) {
            if other.message == signed.message {
                continue;
            }
            let stolen = Signed {
                signature: other.signature.clone(),
                public_key: other.public_key.clone(),
                extra: other.extra.clone(),
                scheme: None,
                ..signed.clone()
            };
            assert!(stolen.refused().is_some(), "{} for {}", other.by, signed.by);
        }
    }
}

#[test]
fn a_changed_signature_is_refused() {
    for signed in Signed::all() {
        for place in 0..signed.signature.len() {
            let mut bytes = signed.signature.clone().into_bytes();
            bytes[place] = match bytes[place] {
                // A change of case is none in hex.
                b'1' => b'2',
                _ => b'1',
            };
            let signature = String::from_utf8(bytes).unwrap();
            let changed = Signed { signature, ..signed.clone() };
            // BIP-137's header has several values for one key, and without its `x` hex begins with the
            // number of a kind (`MultiSignature`).
            // The unprotected header of a `COSE_Sign1` is not signed; its name here is `hashed`.
            let is_unsigned = signed
                .signature
                .find("66686173686564")
                .is_some_and(|name| (name..name + 14).contains(&place));
            let is_prefix = [Chain::Bitcoin, Chain::Polkadot].contains(&signed.chain) && place < 2;
            assert!(
                changed.refused().is_some() || is_prefix || is_unsigned,
                "{} at {place}",
                signed.by
            );
        }
    }
}

#[test]
fn a_right_signature_of_a_wrong_account_is_refused() {
    #[derive(Deserialize)]
    struct Refused {
        error: String,
        #[serde(flatten)]
        signed: Signed,
    }
    let text = include_str!("../../../../tests/vectors/wallets/refused.json");
    let all: Vec<Refused> = serde_json::from_str(text).unwrap();
    assert_eq!(all.len(), 5);
    for Refused { error, signed } in all {
        assert_eq!(format!("{:?}", signed.refused().unwrap()), error, "{}", signed.by);
    }
}
