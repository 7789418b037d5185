//! Texts for bytes in the forms that wallets use: hex with or without `0x`, standard base64, base58.

use base64::{Engine, engine::general_purpose::STANDARD};
use bs58::Alphabet;

use super::{WalletError, digest::hash256};

/// The longest text of a signature, key or proof, in bytes.
pub(super) const MAXIMUM_TEXT: usize = 16 * 1024;

/// The bytes of hex in either case, with or without `0x`.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() || text.len() > MAXIMUM_TEXT {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?)).collect()
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The bytes of padded base64 in its standard alphabet.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAXIMUM_TEXT { None } else { STANDARD.decode(text).ok() }
}

/// The bytes of base58 in Bitcoin's alphabet. Its decoding takes quadratic time, so its length is
/// bounded.
pub(super) fn from_base58(text: &str) -> Option<Vec<u8>> {
    decode(text, Alphabet::BITCOIN)
}

/// The payload of base58 with a checksum (the first four bytes of the payload's double SHA-256).
pub(super) fn from_base58check(text: &str, alphabet: &Alphabet) -> Option<Vec<u8>> {
    let bytes = decode(text, alphabet)?;
    let (payload, checksum) = bytes.split_last_chunk::<4>()?;
    hash256(payload).starts_with(checksum).then(|| payload.to_vec())
}

fn decode(text: &str, alphabet: &Alphabet) -> Option<Vec<u8>> {
    if text.len() > 128 {
        return None;
    }
    bs58::decode(text).with_alphabet(alphabet).into_vec().ok()
}

/// A signature in hex, or the error that it has another form.
pub(super) fn signature_hex(text: &str) -> Result<Vec<u8>, WalletError> {
    from_hex(text).ok_or(WalletError::SignatureForm)
}
