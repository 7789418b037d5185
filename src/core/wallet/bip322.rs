//! BIP-322, simple signatures: the witness of a transaction that spends a virtual output, whose script
//! is the address's and whose input commits to the message.

use super::{
    WalletError,
    bitcoin::{BitcoinAddress, witness_script},
    digest::{hash160, hash256, tagged},
    signature::{compressed_key, verify_der, verify_schnorr},
};
use crate::core::encoding::sha256;

const SIGHASH_DEFAULT: u8 = 0;
const SIGHASH_ALL: u8 = 1;
/// The output of the transaction that is signed: no amount, `OP_RETURN`.
const OUTPUT: [u8; 10] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 0x6a];

/// Verifies the witness of a P2WPKH output, or of a P2TR output that is spent by its key.
pub(super) fn verify(
    address: &BitcoinAddress,
    message: &str,
    witness: &[u8],
) -> Result<(), WalletError> {
    let stack = read_stack(witness).ok_or(WalletError::SignatureForm)?;
    match (address, stack.as_slice()) {
        (BitcoinAddress::P2wpkh(digest), [signature, key]) => {
            let point = compressed_key(key)?;
            if hash160(key) != *digest {
                return Err(WalletError::AnotherKey);
            }
            let (&SIGHASH_ALL, der) =
                signature.split_last().ok_or(WalletError::MissingSignature)?
            else {
                return Err(WalletError::SignatureForm);
            };
            verify_der(&point, &version_0_digest(digest, message), der)
        }
        (BitcoinAddress::P2tr(key), [signature]) => {
            let (signature, sighash) = match signature.split_last() {
                Some((&SIGHASH_ALL, rest)) if signature.len() == 65 => (rest, SIGHASH_ALL),
                _ if signature.len() == 64 => (*signature, SIGHASH_DEFAULT),
                _ => return Err(WalletError::SignatureForm),
            };
            verify_schnorr(key, &taproot_digest(key, message, sighash), signature)
        }
        (BitcoinAddress::P2wpkh(_) | BitcoinAddress::P2tr(_), _) => Err(WalletError::SignatureForm),
        (BitcoinAddress::P2pkh(_) | BitcoinAddress::P2sh(_), _) => Err(WalletError::Scheme),
    }
}

/// The ID of the virtual transaction that has the output (BIP-322 `to_spend`).
fn to_spend(script: &[u8], message: &str) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(160);
    bytes.extend(0_u32.to_le_bytes());
    // One input: no previous output, `OP_0 PUSH32 digest`, sequence 0.
    bytes.push(1);
    bytes.extend([0; 32]);
    bytes.extend(u32::MAX.to_le_bytes());
    bytes.extend([34, 0, 32]);
    bytes.extend(message_hash(message));
    bytes.extend(0_u32.to_le_bytes());
    // One output without amount.
    bytes.push(1);
    bytes.extend(0_u64.to_le_bytes());
    bytes.extend(compact_size(script.len()));
    bytes.extend(script);
    bytes.extend(0_u32.to_le_bytes());
    hash256(&bytes)
}

fn message_hash(message: &str) -> [u8; 32] {
    tagged("BIP0322-signed-message", message.as_bytes())
}

/// What the only input of the virtual transaction signs by BIP-143.
fn version_0_digest(digest: &[u8; 20], message: &str) -> [u8; 32] {
    let outpoint = outpoint(&witness_script(digest), message);
    let mut bytes = Vec::with_capacity(182);
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend(hash256(&outpoint));
    bytes.extend(hash256(&0_u32.to_le_bytes()));
    bytes.extend(&outpoint);
    // The script code of P2WPKH: `OP_DUP OP_HASH160 digest OP_EQUALVERIFY OP_CHECKSIG`.
    bytes.extend([0x19, 0x76, 0xa9, 20]);
    bytes.extend(digest);
    bytes.extend([0x88, 0xac]);
    bytes.extend(0_u64.to_le_bytes());
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend(hash256(&OUTPUT));
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend(u32::from(SIGHASH_ALL).to_le_bytes());
    hash256(&bytes)
}

/// What it signs by BIP-341, with the key and without an annex.
fn taproot_digest(key: &[u8; 32], message: &str, sighash: u8) -> [u8; 32] {
    let script = [&[0x51, 32], key.as_slice()].concat();
    let mut spent = compact_size(script.len());
    spent.extend(&script);
    // The epoch of the digest, the type, version and lock time 0.
    let mut bytes = vec![0, sighash, 0, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend(sha256(&outpoint(&script, message)));
    bytes.extend(sha256(&0_u64.to_le_bytes()));
    bytes.extend(sha256(&spent));
    bytes.extend(sha256(&0_u32.to_le_bytes()));
    bytes.extend(sha256(&OUTPUT));
    // Key path, no annex; input 0.
    bytes.extend([0, 0, 0, 0, 0]);
    tagged("TapSighash", &bytes)
}

/// The virtual output that is spent.
fn outpoint(script: &[u8], message: &str) -> Vec<u8> {
    let mut outpoint = to_spend(script, message).to_vec();
    outpoint.extend(0_u32.to_le_bytes());
    outpoint
}

/// The items of a witness: their number, then each with its length, and nothing else.
fn read_stack(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let (&count, mut rest) = bytes.split_first()?;
    // A length above 252 would take more bytes; no item of one key is that long.
    if count > 4 {
        return None;
    }
    let mut stack = Vec::new();
    for _ in 0..count {
        let (&length, after) = rest.split_first().filter(|(length, _)| **length < 0xfd)?;
        let (item, after) = after.split_at_checked(length.into())?;
        stack.push(item);
        rest = after;
    }
    rest.is_empty().then_some(stack)
}

/// Bitcoin's variable-length number.
pub(super) fn compact_size(length: usize) -> Vec<u8> {
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length), _) if length < 0xfd => vec![length],
        (_, Ok(length)) => [&[0xfd], length.to_le_bytes().as_slice()].concat(),
        // Messages are bounded far below 4 GiB.
        _ => [&[0xfe], u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes().as_slice()].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{encoding::hex, wallet::text::from_base64};

    const SEGWIT: &str = "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l";
    const TAPROOT: &str = "bc1ppv609nr0vr25u07u95waq5lucwfm6tde4nydujnu8npg4q75mr5sxq8lt3";

    #[test]
    fn message_hashes_and_virtual_transactions_are_those_of_bip_322() {
        assert_eq!(
            hex(&message_hash("")),
            "c90c269c4f8fcbe6880f72a721ddfbf1914268a794cbb21cfafee13770ae19f1"
        );
        assert_eq!(
            hex(&message_hash("Hello World")),
            "f0eb03b1a75ac6d9847f55c624a99169b5dccba2a31f5b23bea77ba270de0a7a"
        );
        let BitcoinAddress::P2wpkh(digest) = BitcoinAddress::parse(SEGWIT).unwrap() else {
            panic!("another form")
        };
        let id = |message| {
            let mut id = to_spend(&witness_script(&digest), message);
            id.reverse();
            hex(&id)
        };
        assert_eq!(id(""), "c5680aa69bb8d860bf82d4e9cd3504b55dde018de765a91bb566283c545a99a7");
        assert_eq!(
            id("Hello World"),
            "b79d196740ad5217771c1098fc4a4b51e0535c32236c71f1ea4d61a2d603352b"
        );
    }

    #[test]
    fn the_signatures_of_bip_322_and_bitcoin_core_are_accepted_for_their_message_only() {
        let vectors = [
            (
                SEGWIT,
                "",
                "AkcwRAIgM2gBAQqvZX15ZiysmKmQpDrG83avLIT492QBzLnQIxYCIBaTpOaD20qRlEylyxFSeEA2ba9YOixpX8z46TSDtS40ASECx/EgAxlkQpQ9hYjgGu6EBCPMVPwVIVJqO4XCsMvViHI=",
            ),
            (
                SEGWIT,
                "",
                "AkgwRQIhAPkJ1Q4oYS0htvyuSFHLxRQpFAY56b70UvE7Dxazen0ZAiAtZfFz1S6T6I23MWI2lK/pcNTWncuyL8UL+oMdydVgzAEhAsfxIAMZZEKUPYWI4BruhAQjzFT8FSFSajuFwrDL1Yhy",
            ),
            (
                SEGWIT,
                "Hello World",
                "AkcwRAIgZRfIY3p7/DoVTty6YZbWS71bc5Vct9p9Fia83eRmw2QCICK/ENGfwLtptFluMGs2KsqoNSk89pO7F29zJLUx9a/sASECx/EgAxlkQpQ9hYjgGu6EBCPMVPwVIVJqO4XCsMvViHI=",
            ),
            (
                SEGWIT,
                "Hello World",
                "AkgwRQIhAOzyynlqt93lOKJr+wmmxIens//zPzl9tqIOua93wO6MAiBi5n5EyAcPScOjf1lAqIUIQtr3zKNeavYabHyR8eGhowEhAsfxIAMZZEKUPYWI4BruhAQjzFT8FSFSajuFwrDL1Yhy",
            ),
            (
                TAPROOT,
                "Hello World",
                "AUHd69PrJQEv+oKTfZ8l+WROBHuy9HKrbFCJu7U1iK2iiEy1vMU5EfMtjc+VSHM7aU0SDbak5IUZRVno2P5mjSafAQ==",
            ),
        ];
        for (address, message, signature) in vectors {
            let address = BitcoinAddress::parse(address).unwrap();
            let witness = from_base64(signature).unwrap();
            assert_eq!(verify(&address, message, &witness), Ok(()), "{message:?}");
            assert_eq!(verify(&address, "another", &witness), Err(WalletError::Signature));
        }
    }
}
