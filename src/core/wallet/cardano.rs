//! Cardano: addresses of the main network that a key controls, and signatures of CIP-30's `signData`
//! (a `COSE_Sign1` by CIP-8).

use std::fmt;

use bech32::{Bech32, Hrp, primitives::decode::CheckedHrpstring};

use super::{
    WalletError,
    digest::blake2b_224,
    signature::verify_ed25519,
    text::{from_hex, signature_hex},
};
use crate::core::cbor::Cbor;

const MAIN_NETWORK: u8 = 1;
const EDDSA: Cbor<'static> = Cbor::Integer(-8);
/// The simple values (RFC 8949 §3.3).
const FALSE: Cbor<'static> = Cbor::Other(20, 20);
const TRUE: Cbor<'static> = Cbor::Other(21, 21);

/// An address by CIP-19: with a header, the digest of a payment or stake key, and for a base address
/// the digest of whom the stake belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct CardanoAddress {
    bytes: Vec<u8>,
    key_hash: [u8; 28],
}

impl CardanoAddress {
    /// Reads bech32, and the hex that CIP-30 returns.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > 128 {
            return None;
        }
        if let Some(bytes) = from_hex(text) {
            return Self::of_bytes(bytes);
        }
        let checked = CheckedHrpstring::new::<Bech32>(text).ok()?;
        let address = Self::of_bytes(checked.byte_iter().collect())?;
        // The prefix follows from the header, and bits that are left over are zero.
        (address.to_string() == text.to_ascii_lowercase()).then_some(address)
    }

    fn of_bytes(bytes: Vec<u8>) -> Option<Self> {
        let (header, rest) = bytes.split_first()?;
        let (key_hash, stake) = rest.split_first_chunk::<28>()?;
        let length = match header >> 4 {
            // A payment key, with a stake key or a stake script.
            0 | 2 => 28,
            // A payment key alone, a stake key alone.
            6 | 14 => 0,
            _ => return None,
        };
        if header & 15 != MAIN_NETWORK || stake.len() != length {
            return None;
        }
        Some(Self { key_hash: *key_hash, bytes })
    }
}

impl fmt::Display for CardanoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_stake = self.bytes.first().is_some_and(|header| header >> 4 == 14);
        let prefix = Hrp::parse(if is_stake { "stake" } else { "addr" }).map_err(|_| fmt::Error)?;
        f.write_str(&bech32::encode::<Bech32>(prefix, &self.bytes).map_err(|_| fmt::Error)?)
    }
}

/// Verifies a `COSE_Sign1` in hex by the `COSE_Key` in hex whose digest the address contains.
pub(super) fn verify(
    address: &CardanoAddress,
    public_key: Option<&str>,
    message: &str,
    signature: &str,
) -> Result<(), WalletError> {
    let key = public_key.ok_or(WalletError::MissingPublicKey)?;
    let key = from_hex(key).ok_or(WalletError::PublicKey)?;
    let key = ed25519_key(&key).ok_or(WalletError::PublicKey)?;
    if blake2b_224(key) != address.key_hash {
        return Err(WalletError::AnotherKey);
    }

    let signed = signature_hex(signature)?;
    let Some(Cbor::Array(parts)) = Cbor::only(&signed) else {
        return Err(WalletError::SignatureForm);
    };
    let [Cbor::Bytes(protected), unprotected, Cbor::Bytes(payload), Cbor::Bytes(signature)] =
        parts.as_slice()
    else {
        return Err(WalletError::SignatureForm);
    };
    let headers = Cbor::only(protected).ok_or(WalletError::SignatureForm)?;
    let is_understood = headers.number_key(1) == Some(&EDDSA)
        // A critical header (RFC 9052 §3.1) is one that we do not know.
        && headers.number_key(2).is_none();
    if !is_understood {
        return Err(WalletError::SignatureForm);
    }
    if headers.text_key("address") != Some(&Cbor::Bytes(&address.bytes)) {
        return Err(WalletError::AnotherAddress);
    }
    // Hardware wallets sign the digest of what they cannot show (CIP-8).
    let is_hashed = match unprotected.text_key("hashed") {
        None | Some(&FALSE) => false,
        Some(&TRUE) => true,
        Some(_) => return Err(WalletError::SignatureForm),
    };
    let is_message = if is_hashed {
        blake2b_224(message.as_bytes()) == *payload
    } else {
        message.as_bytes() == *payload
    };
    if !is_message {
        return Err(WalletError::Signature);
    }
    verify_ed25519(key, &signature_structure(protected, payload), signature)
}

/// The key of a `COSE_Key`: an octet key pair of Ed25519 (RFC 9053 §7.2), for signatures.
fn ed25519_key(bytes: &[u8]) -> Option<&[u8]> {
    let key = Cbor::only(bytes)?;
    let has = |label, value| key.number_key(label) == Some(&Cbor::Integer(value));
    let is_ed25519 = has(1, 1) && has(-1, 6);
    let is_for_eddsa = key.number_key(3).is_none_or(|algorithm| *algorithm == EDDSA);
    match key.number_key(-2) {
        Some(Cbor::Bytes(key)) if is_ed25519 && is_for_eddsa => Some(key),
        _ => None,
    }
}

/// What a `COSE_Sign1` signs (RFC 9052 §4.4), without external data.
fn signature_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x84\x6aSignature1".to_vec();
    bytes.extend(byte_string(protected));
    bytes.extend(byte_string(&[]));
    bytes.extend(byte_string(payload));
    bytes
}

/// The head of a byte string, and its bytes.
fn byte_string(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len();
    let mut encoded = match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length), _) if length < 24 => vec![0x40 | length],
        (Ok(length), _) => vec![0x58, length],
        (_, Ok(length)) => [&[0x59], length.to_be_bytes().as_slice()].concat(),
        _ => [&[0x5b], (length as u64).to_be_bytes().as_slice()].concat(),
    };
    encoded.extend(bytes);
    encoded
}
