//! ATTACKS 100, and what else can be wrong with a sign-in.

use super::*;
use crate::core::{encoding::hex, wallet::text::from_hex};

/// Why `signed` is refused when the message says something else than the issued one.
fn with_other_text(signed: &Signed, from: &str, to: &str) -> Option<WalletError> {
    let message = signed.message.replacen(from, to, 1);
    assert_ne!(message, signed.message);
    reason(verify(&signed.issued(), &Presented { message: &message, ..signed.presented() }, NOW))
}

#[test]
fn another_text_than_the_issued_one_is_refused_by_the_part_that_differs() {
    let signed = Signed::of(Chain::Evm);
    for (from, to, field) in [
        ("hanzo.id wants", "evil.example wants", Field::Domain),
        ("hanzo.id wants", "http://hanzo.id wants", Field::Domain),
        ("https://hanzo.id/login", "https://evil.example/login", Field::Uri),
        ("Chain ID: 1", "Chain ID: 10", Field::ChainId),
        ("Nonce: 0", "Nonce: 1", Field::Nonce),
        ("Sign in to Hanzo.", "Sign in to Evil.", Field::Statement),
        ("Issued At: 2026", "Issued At: 2027", Field::IssuedAt),
        ("12:05:00Z", "12:05:01Z", Field::ExpirationTime),
        ("12:05:00Z", "12:05:00Z\nNot Before: 2026-11-26T12:00:00Z", Field::NotBefore),
        ("12:05:00Z", "12:05:00Z\nRequest ID: 1", Field::RequestId),
        ("12:05:00Z", "12:05:00Z\nResources:\n- https://evil.example", Field::Resources),
        (signed.address.as_str(), "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", Field::Address),
    ] {
        assert_eq!(with_other_text(&signed, from, to), Some(WalletError::Differs(field)), "{to}");
    }
    for (from, to, field) in [
        // The checksum of the address.
        (signed.address.as_str(), signed.address.to_lowercase().as_str(), Field::Address),
        ("12:05:00Z", "12:05:00Z\n", Field::End),
        ("\n\nURI", "\n\n\nURI", Field::Uri),
        ("Version: 1", "Version: 2", Field::Version),
        ("Ethereum", "Dogecoin", Field::Chain),
        ("Ethereum", "Solana", Field::Address),
    ] {
        assert_eq!(with_other_text(&signed, from, to), Some(WalletError::Malformed(field)), "{to}");
    }
    let empty = Presented { message: "", ..signed.presented() };
    let refused = reason(verify(&signed.issued(), &empty, NOW));
    assert_eq!(refused, Some(WalletError::Malformed(Field::Domain)));
}

#[test]
fn an_expired_message_is_refused_on_every_chain() {
    for signed in Signed::all() {
        let end = signed.issued().expires_at().unwrap();
        for (now, expected) in [(end, Some(WalletError::Expired)), (end.plus(-1), None)] {
            let result = verify(&signed.issued(), &signed.presented(), now);
            assert_eq!(reason(result), expected, "{}", signed.by);
        }
    }
}

#[test]
fn a_missing_signature_is_refused_on_every_chain() {
    for signed in Signed::all() {
        let unsigned = Signed { signature: String::new(), ..signed };
        assert_eq!(unsigned.refused(), Some(WalletError::MissingSignature));
    }
    let unsigned = Signed { signature: "0x".to_owned(), ..Signed::of(Chain::Evm) };
    assert_eq!(unsigned.refused(), Some(WalletError::MissingSignature));
}

#[test]
fn another_chain_or_address_than_the_issued_one_is_refused() {
    let (evm, solana) = (Signed::of(Chain::Evm), Signed::of(Chain::Solana));
    let crossed = Presented { chain: Chain::Solana, ..evm.presented() };
    assert_eq!(reason(verify(&evm.issued(), &crossed, NOW)), Some(WalletError::Chain));
    let wrong = Signed { address: solana.address.clone(), ..evm.clone() };
    assert_eq!(wrong.refused(), Some(WalletError::Address));
    let mut address = evm.address.clone();
    let digit = address.pop().unwrap();
    address.push(if digit == '0' { '1' } else { '0' });
    let address = address.to_lowercase();
    assert_eq!(Signed { address, ..evm }.refused(), Some(WalletError::AnotherAddress));
}

#[test]
fn a_scheme_of_another_chain_is_refused() {
    for signed in Signed::all() {
        let other = Signed { scheme: Some("none".to_owned()), ..signed };
        assert_eq!(other.refused(), Some(WalletError::Scheme), "{}", other.by);
    }
}

/// The signature `(r, n - s)` with the other recovery ID, which recovers the same key.
fn with_high_s(signature: &[u8]) -> Vec<u8> {
    let parsed = k256::ecdsa::Signature::from_slice(&signature[..64]).unwrap();
    let s = (-*parsed.s()).to_bytes();
    let mut high = signature.to_vec();
    high[32..64].copy_from_slice(&s);
    high
}

#[test]
fn a_signature_with_a_high_s_is_refused() {
    let evm = Signed::of(Chain::Evm);
    let mut high = with_high_s(&from_hex(&evm.signature).unwrap());
    high[64] = 27 + 28 - high[64];
    let evm = Signed { signature: format!("0x{}", hex(&high)), ..evm };
    assert_eq!(evm.refused(), Some(WalletError::HighS));

    let xrp = Signed::all().into_iter().find(|signed| signed.by.contains("secp256k1")).unwrap();
    let der = k256::ecdsa::Signature::from_der(&from_hex(&xrp.signature).unwrap()).unwrap();
    let high = with_high_s(&der.to_bytes());
    let high = k256::ecdsa::Signature::from_slice(&high).unwrap().to_der();
    let xrp = Signed { signature: hex(high.as_bytes()), ..xrp };
    assert_eq!(xrp.refused(), Some(WalletError::HighS));
}

#[test]
fn the_recovery_id_of_evm_has_its_published_values_only() {
    let signed = Signed::of(Chain::Evm);
    let signature = from_hex(&signed.signature).unwrap();
    for v in 0..=u8::MAX {
        let mut bytes = signature.clone();
        bytes[64] = v;
        let refused = Signed { signature: hex(&bytes), ..signed.clone() }.refused();
        let expected = match v {
            v if v == signature[64] || v == signature[64] - 27 => None,
            // The other key that the signature recovers.
            0 | 1 | 27 | 28 => Some(WalletError::AnotherKey),
            _ => Some(WalletError::SignatureForm),
        };
        assert_eq!(refused, expected, "{v}");
    }
}

#[test]
fn a_key_of_small_order_signs_nothing() {
    // The neutral element as key and as R, with S = 0: the equation holds for every message.
    let mut one = [0; 32];
    one[0] = 1;
    let address = bs58::encode(one).into_string();
    let solana = Signed::of(Chain::Solana);
    let message = solana.message.replace(&solana.address, &address);
    let signature = bs58::encode([one.as_slice(), &[0; 32]].concat()).into_string();
    let forged = Signed { address, message, signature, ..solana };
    assert_eq!(forged.refused(), Some(WalletError::Signature));
}

#[test]
fn a_key_that_is_not_the_address_s_is_refused() {
    for chain in [Chain::Xrp, Chain::Cardano] {
        let of_chain: Vec<_> =
            Signed::all().into_iter().filter(|signed| signed.chain == chain).collect();
        let other = of_chain.iter().rev().find(|other| other.public_key != of_chain[0].public_key);
        let public_key = other.unwrap().public_key.clone();
        let signed = Signed { public_key, ..of_chain[0].clone() };
        assert_eq!(signed.refused(), Some(WalletError::AnotherKey), "{chain}");
        let without = Signed { public_key: None, ..signed };
        assert_eq!(without.refused(), Some(WalletError::MissingPublicKey), "{chain}");
    }
}

#[test]
fn a_proof_of_ton_is_for_its_domain_its_time_and_its_contract() {
    let signed = Signed::of(Chain::Ton);
    let with = |extra: Extra| Signed { extra, ..signed.clone() }.refused();
    let extra = signed.extra.clone();
    let elsewhere = Extra { domain: Some("evil.example".to_owned()), ..extra.clone() };
    assert_eq!(with(elsewhere), Some(WalletError::Differs(Field::Domain)));
    assert_eq!(with(Extra { state_init: None, ..extra.clone() }), Some(WalletError::Proof));
    assert_eq!(with(Extra { timestamp: None, ..extra.clone() }), Some(WalletError::Proof));
    let issued_at = signed.issued().issued_at();
    for (timestamp, expected) in [
        (issued_at.0 - 61, WalletError::Expired),
        (NOW.0 + 61, WalletError::Expired),
        (NOW.0, WalletError::Signature),
    ] {
        let extra = Extra { timestamp: Some(timestamp), ..extra.clone() };
        assert_eq!(with(extra), Some(expected));
    }
    // The wallet of another version of the same key.
    let other = Signed::all().into_iter().rfind(|other| other.chain == Chain::Ton).unwrap();
    let state_init = other.extra.state_init;
    assert_eq!(with(Extra { state_init, ..extra }), Some(WalletError::AnotherKey));
}
