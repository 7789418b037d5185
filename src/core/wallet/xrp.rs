//! The XRP Ledger: classic addresses, keys of either of its curves, signatures as `ripple-keypairs`
//! makes them.

use std::fmt;

use bs58::Alphabet;

use super::{
    WalletError,
    digest::{hash160, hash256, sha512_half},
    signature::{compressed_key, verify_der, verify_ed25519},
    text::{from_base58check, from_hex, signature_hex},
};

/// The type prefix of an account ID.
const ACCOUNT: u8 = 0;
/// The prefix of an Ed25519 key, which makes it as long as a compressed secp256k1 key.
const ED25519: u8 = 0xed;

/// An account ID: the digest of a public key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct XrpAddress([u8; 20]);

impl XrpAddress {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match from_base58check(text, Alphabet::RIPPLE)?.split_first()? {
            (&ACCOUNT, id) => id.try_into().ok().map(Self),
            _ => None,
        }
    }
}

impl fmt::Display for XrpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![ACCOUNT];
        bytes.extend(self.0);
        let checksum = hash256(&bytes);
        bytes.extend(checksum.iter().take(4));
        f.write_str(&bs58::encode(bytes).with_alphabet(Alphabet::RIPPLE).into_string())
    }
}

/// Verifies the signature of `message` by the master key of the account. A regular key, which the
/// ledger's state names, is not accepted: it cannot be told from the address.
pub(super) fn verify(
    address: &XrpAddress,
    public_key: Option<&str>,
    message: &str,
    signature: &str,
) -> Result<(), WalletError> {
    let key = public_key.ok_or(WalletError::MissingPublicKey)?;
    let key = from_hex(key).filter(|key| key.len() == 33).ok_or(WalletError::PublicKey)?;
    if hash160(&key) != address.0 {
        return Err(WalletError::AnotherKey);
    }
    let signature = signature_hex(signature)?;
    match key.split_first() {
        Some((&ED25519, point)) => verify_ed25519(point, message.as_bytes(), &signature),
        _ => verify_der(&compressed_key(&key)?, &sha512_half(message.as_bytes()), &signature),
    }
}
