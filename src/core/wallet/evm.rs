//! Ethereum and the chains of its virtual machine: EIP-55 addresses, and accounts with a key
//! (EIP-191 signatures, checked by recovery). Contract accounts are in [`super::contract`].

use std::fmt;

use super::{
    WalletError,
    digest::keccak256,
    signature::{recover, sec1},
    text::from_hex,
};
use crate::core::encoding::hex_digits;

/// The last 20 bytes of the digest of a public key, or the address of a contract.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct EvmAddress(pub(super) [u8; 20]);

impl EvmAddress {
    /// Reads `0x` and 40 digits: all lowercase, all uppercase, or in the case that EIP-55 asks for.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("0x")?;
        let address = Self(from_hex(text)?.try_into().ok()?);
        let has_no_checksum = !digits.bytes().any(|digit| digit.is_ascii_lowercase())
            || !digits.bytes().any(|digit| digit.is_ascii_uppercase());
        (has_no_checksum || address.to_string() == text).then_some(address)
    }
}

/// EIP-55: a letter is uppercase if the digit of the digest at its place is 8 or more.
impl fmt::Display for EvmAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits: Vec<u8> = self.0.iter().flat_map(|byte| hex_digits(*byte)).collect();
        let digest = keccak256(&digits);
        let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        f.write_str("0x")?;
        for (digit, nibble) in digits.into_iter().zip(nibbles) {
            let digit = if nibble >= 8 { digit.to_ascii_uppercase() } else { digit };
            fmt::Write::write_char(f, char::from(digit))?;
        }
        Ok(())
    }
}

/// EIP-191's digest of a text (`personal_sign`).
pub(super) fn personal_digest(message: &str) -> [u8; 32] {
    let mut bytes = format!("\x19Ethereum Signed Message:\n{}", message.len()).into_bytes();
    bytes.extend(message.as_bytes());
    keccak256(&bytes)
}

/// Verifies that the key of `address` signed `digest`.
pub(super) fn verify(
    address: &EvmAddress,
    digest: &[u8; 32],
    signature: &[u8],
) -> Result<(), WalletError> {
    let (r_and_s, recovery) = split(signature)?;
    let key = recover(digest, &r_and_s, recovery)?;
    // Without the first byte, which only says that both coordinates follow.
    let recovered = keccak256(sec1(&key, false).get(1..).unwrap_or_default());
    if recovered.ends_with(&address.0) { Ok(()) } else { Err(WalletError::AnotherKey) }
}

/// `r || s` and the recovery ID of a signature: 65 bytes with `v` of 27, 28, 0 or 1, or the 64 bytes of
/// EIP-2098, whose highest bit of `s` is the recovery ID.
fn split(signature: &[u8]) -> Result<([u8; 64], u8), WalletError> {
    if let Ok(mut compact) = <[u8; 64]>::try_from(signature) {
        // The first byte of `s`.
        let mut recovery = 0;
        if let Some(first) = compact.get_mut(32) {
            recovery = *first >> 7;
            *first &= 0x7f;
        }
        return Ok((compact, recovery));
    }
    let (v, r_and_s) = signature.split_last().ok_or(WalletError::MissingSignature)?;
    let r_and_s = r_and_s.try_into().map_err(|_| WalletError::SignatureForm)?;
    match v {
        0 | 27 => Ok((r_and_s, 0)),
        1 | 28 => Ok((r_and_s, 1)),
        _ => Err(WalletError::SignatureForm),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_mixed_case_must_have_the_checksum_of_eip_55() {
        // EIP-55's own list.
        for text in [
            "0x52908400098527886E0F7030069857D2E4169EE7",
            "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
            "0xde709f2102306220921060314715629080e2fb77",
            "0x27b1fdb04752bbc536007a920d24acb045561c26",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
            "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        ] {
            let address = EvmAddress::parse(text).unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(EvmAddress::parse(&text.to_lowercase()), Some(address));
        }
        for wrong in [
            "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe",
            "0x",
            "",
        ] {
            assert_eq!(EvmAddress::parse(wrong), None, "{wrong}");
        }
    }
}
