//! Polkadot and the other Substrate chains: SS58 addresses, and accounts of the three kinds of keys.

use std::fmt;

use super::{
    WalletError,
    digest::{blake2b_256, blake2b_512},
    signature::{recover, sec1, verify_ed25519},
    sr25519,
    text::{from_base58, signature_hex},
};

/// The prefix of Polkadot's own addresses.
const POLKADOT: u8 = 0;

/// An account ID, which is the same on every Substrate chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PolkadotAddress([u8; 32]);

impl PolkadotAddress {
    /// Reads SS58 with the prefix of any chain, of one byte or two.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = from_base58(text)?;
        let (body, checksum) = bytes.split_last_chunk::<2>()?;
        let (prefix, id) = body.split_last_chunk::<32>()?;
        let is_prefix = match prefix {
            [one] => *one < 64,
            [first, _] => (64..128).contains(first),
            _ => false,
        };
        let is_right = blake2b_512(&[b"SS58PRE".as_slice(), body].concat()).starts_with(checksum);
        (is_prefix && is_right).then_some(Self(*id))
    }
}

/// The address on Polkadot.
impl fmt::Display for PolkadotAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![POLKADOT];
        bytes.extend(self.0);
        let checksum = blake2b_512(&[b"SS58PRE".as_slice(), &bytes].concat());
        bytes.extend(checksum.iter().take(2));
        f.write_str(&bs58::encode(bytes).into_string())
    }
}

/// Verifies the signature of `message`, as it is or between `<Bytes>` and `</Bytes>`, as extensions
/// wrap it so that no transaction can be signed under the guise of a message.
pub(super) fn verify(
    address: &PolkadotAddress,
    scheme: Option<&str>,
    message: &str,
    signature: &str,
) -> Result<(), WalletError> {
    if !scheme.is_none_or(|scheme| ["ed25519", "sr25519", "ecdsa"].contains(&scheme)) {
        return Err(WalletError::Scheme);
    }
    let signature = signature_hex(signature)?;
    let wrapped = format!("<Bytes>{message}</Bytes>");
    let mut refused = WalletError::SignatureForm;
    for (kind, signature) in forms(&signature) {
        if scheme.is_none_or(|scheme| scheme == kind.name()) {
            for message in [wrapped.as_str(), message] {
                match verify_kind(address, kind, message.as_bytes(), signature) {
                    Ok(()) => return Ok(()),
                    Err(error) => refused = error,
                }
            }
        }
    }
    Err(refused)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ed25519,
    Sr25519,
    Ecdsa,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Sr25519 => "sr25519",
            Self::Ecdsa => "ecdsa",
        }
    }
}

/// What a signature can be: 64 bytes, whose last bit tells sr25519 (always set) from Ed25519 (never
/// set); 65 bytes of ECDSA with its recovery ID; any of them behind the number of its kind
/// (`MultiSignature`).
fn forms(signature: &[u8]) -> Vec<(Kind, &[u8])> {
    let mut forms = Vec::new();
    match (signature.len(), signature) {
        (64, [.., last]) if last & 0x80 != 0 => forms.push((Kind::Sr25519, signature)),
        (64, _) => forms.push((Kind::Ed25519, signature)),
        (65, [first, rest @ ..]) => {
            forms.push((Kind::Ecdsa, signature));
            match first {
                0 => forms.push((Kind::Ed25519, rest)),
                1 => forms.push((Kind::Sr25519, rest)),
                _ => {}
            }
        }
        (66, [2, rest @ ..]) => forms.push((Kind::Ecdsa, rest)),
        _ => {}
    }
    forms
}

fn verify_kind(
    address: &PolkadotAddress,
    kind: Kind,
    message: &[u8],
    signature: &[u8],
) -> Result<(), WalletError> {
    match kind {
        Kind::Ed25519 => verify_ed25519(&address.0, message, signature),
        Kind::Sr25519 => sr25519::verify(&address.0, message, signature),
        Kind::Ecdsa => {
            let (recovery, r_and_s) = signature.split_last().ok_or(WalletError::SignatureForm)?;
            let key = recover(&blake2b_256(message), r_and_s, *recovery)?;
            if blake2b_256(&sec1(&key, true)) == address.0 {
                Ok(())
            } else {
                Err(WalletError::AnotherKey)
            }
        }
    }
}
