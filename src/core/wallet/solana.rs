//! Solana: an address is an Ed25519 key, and the message is signed as it is (Sign In With Solana).

use std::fmt;

use super::{
    WalletError,
    signature::verify_ed25519,
    text::{from_base58, from_base64, from_hex},
};

/// The public key of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SolanaAddress([u8; 32]);

impl SolanaAddress {
    pub(super) fn parse(text: &str) -> Option<Self> {
        from_base58(text)?.try_into().ok().map(Self)
    }
}

impl fmt::Display for SolanaAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(self.0).into_string())
    }
}

/// Verifies the signature of `message` by the account's key. An account of a program has no key that
/// is a point of the curve, and is refused.
pub(super) fn verify(
    address: &SolanaAddress,
    message: &str,
    signature: &str,
) -> Result<(), WalletError> {
    let signature = signature_bytes(signature).ok_or(WalletError::SignatureForm)?;
    verify_ed25519(&address.0, message.as_bytes(), &signature)
}

/// The 64 bytes of a signature. Their three forms have different lengths or alphabets: 128 digits of
/// hex, 88 characters of base64 that end with `==`, at most 88 of base58.
fn signature_bytes(text: &str) -> Option<Vec<u8>> {
    match text.len() {
        128 | 130 => from_hex(text),
        _ if text.ends_with("==") => from_base64(text),
        _ => from_base58(text),
    }
    .filter(|bytes| bytes.len() == 64)
}
