//! Bitcoin: addresses of the main network that one key controls, and the two standards of signed
//! messages: BIP-137 (recovery) and BIP-322 (a transaction that is never sent).
//!
//! Scripts (P2SH of anything but one key, P2WSH, script paths of P2TR) would need an interpreter of
//! Bitcoin's script, and are refused.

use std::fmt;

use bech32::{
    Fe32,
    primitives::hrp::{self, Hrp},
    segwit,
};
use bs58::Alphabet;

use super::{
    WalletError, bip322,
    digest::{hash160, hash256},
    signature::{recover, sec1},
    text::{from_base58check, from_base64},
};

const P2PKH: u8 = 0;
const P2SH: u8 = 5;

/// An address of the main network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum BitcoinAddress {
    /// The digest of a key.
    P2pkh([u8; 20]),
    /// The digest of a script; signatures are accepted if it is P2WPKH's.
    P2sh([u8; 20]),
    /// The digest of a compressed key, as witness program of version 0.
    P2wpkh([u8; 20]),
    /// An x-only key, as witness program of version 1.
    P2tr([u8; 32]),
}

impl BitcoinAddress {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Ok((hrp, version, program)) = segwit::decode(text) {
            return match (version, <[u8; 20]>::try_from(program.as_slice())) {
                _ if hrp != hrp::BC => None,
                (Fe32::Q, Ok(digest)) => Some(Self::P2wpkh(digest)),
                (Fe32::P, Err(_)) => program.try_into().ok().map(Self::P2tr),
                _ => None,
            };
        }
        let payload = from_base58check(text, Alphabet::BITCOIN)?;
        let (version, digest) = payload.split_first()?;
        let digest = digest.try_into().ok()?;
        match *version {
            P2PKH => Some(Self::P2pkh(digest)),
            P2SH => Some(Self::P2sh(digest)),
            _ => None,
        }
    }
}

impl fmt::Display for BitcoinAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base58check = |version, digest: &[u8]| {
            let mut bytes = vec![version];
            bytes.extend(digest);
            let checksum = hash256(&bytes);
            bytes.extend(checksum.iter().take(4));
            bs58::encode(bytes).into_string()
        };
        let bech32 = |version, program: &[u8]| {
            let hrp: Hrp = hrp::BC;
            segwit::encode(hrp, version, program).map_err(|_| fmt::Error)
        };
        f.write_str(&match self {
            Self::P2pkh(digest) => base58check(P2PKH, digest),
            Self::P2sh(digest) => base58check(P2SH, digest),
            Self::P2wpkh(program) => bech32(Fe32::Q, program)?,
            Self::P2tr(program) => bech32(Fe32::P, program)?,
        })
    }
}

/// Verifies a signature in base64: of 65 bytes by BIP-137, any other by BIP-322 (simple).
pub(super) fn verify(
    address: &BitcoinAddress,
    scheme: Option<&str>,
    message: &str,
    signature: &str,
) -> Result<(), WalletError> {
    // The prefix that newer text of BIP-322 gives to a simple signature.
    let (is_simple, signature) = match signature.strip_prefix("smp") {
        Some(signature) => (true, signature),
        None => (false, signature),
    };
    let signature = from_base64(signature).ok_or(WalletError::SignatureForm)?;
    let is_legacy = !is_simple && signature.len() == 65;
    match scheme {
        None if is_legacy => verify_legacy(address, message, &signature),
        Some("bip137" | "ecdsa") if !is_simple => verify_legacy(address, message, &signature),
        None | Some("bip322" | "bip322-simple") => bip322::verify(address, message, &signature),
        Some(_) => Err(WalletError::Scheme),
    }
}

/// BIP-137: the header says the recovery ID and the form of the address. Wallets that are older than
/// it use the header of a compressed key for every form, so that a segwit address takes either.
fn verify_legacy(
    address: &BitcoinAddress,
    message: &str,
    signature: &[u8],
) -> Result<(), WalletError> {
    let Some((&header, r_and_s)) = signature.split_first().filter(|_| signature.len() == 65) else {
        return Err(WalletError::SignatureForm);
    };
    let recovery =
        header.checked_sub(27).filter(|id| *id < 16).ok_or(WalletError::SignatureForm)?;
    let key = recover(&message_digest(message), r_and_s, recovery % 4)?;
    let digest = |compressed| hash160(&sec1(&key, compressed));
    let is_of_address = match (address, header) {
        (BitcoinAddress::P2pkh(expected), 27..=30) => digest(false) == *expected,
        (BitcoinAddress::P2sh(expected), 31..=38) => {
            hash160(&witness_script(&digest(true))) == *expected
        }
        (BitcoinAddress::P2pkh(expected), 31..=34)
        | (BitcoinAddress::P2wpkh(expected), 31..=34 | 39..=42) => digest(true) == *expected,
        _ => return Err(WalletError::Scheme),
    };
    if is_of_address { Ok(()) } else { Err(WalletError::AnotherKey) }
}

/// What a message is signed as before BIP-322.
fn message_digest(message: &str) -> [u8; 32] {
    let mut bytes = b"\x18Bitcoin Signed Message:\n".to_vec();
    bytes.extend(bip322::compact_size(message.len()));
    bytes.extend(message.as_bytes());
    hash256(&bytes)
}

/// The script of a P2WPKH output: `OP_0` and the digest of the key.
pub(super) fn witness_script(digest: &[u8; 20]) -> Vec<u8> {
    [&[0, 20], digest.as_slice()].concat()
}
