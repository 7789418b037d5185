//! Signatures of the chains' curves: ECDSA and Schnorr over secp256k1, Ed25519.

use ed25519_dalek as ed25519;
use k256::{
    ecdsa::{RecoveryId, Signature, VerifyingKey, signature::hazmat::PrehashVerifier},
    schnorr,
};

use super::WalletError;

/// The uncompressed (65 bytes) or compressed (33 bytes) form of a secp256k1 key.
pub(super) fn sec1(key: &VerifyingKey, compressed: bool) -> Vec<u8> {
    key.to_sec1_point(compressed).as_bytes().to_vec()
}

/// A secp256k1 key from its compressed form, the only one that is accepted.
pub(super) fn compressed_key(bytes: &[u8]) -> Result<VerifyingKey, WalletError> {
    if bytes.len() != 33 {
        return Err(WalletError::PublicKey);
    }
    VerifyingKey::from_sec1_bytes(bytes).map_err(|_| WalletError::PublicKey)
}

/// The key that made a signature `r || s` of `digest`. `s` must be in the lower half (EIP-2, BIP-62),
/// so that a signature has one form.
pub(super) fn recover(
    digest: &[u8; 32],
    r_and_s: &[u8],
    recovery: u8,
) -> Result<VerifyingKey, WalletError> {
    let signature = Signature::from_slice(r_and_s).map_err(|_| WalletError::SignatureForm)?;
    require_low_s(&signature)?;
    let recovery = RecoveryId::from_byte(recovery).ok_or(WalletError::SignatureForm)?;
    VerifyingKey::recover_from_prehash(digest, &signature, recovery)
        .map_err(|_| WalletError::Signature)
}

/// Verifies an ECDSA signature in strict DER with a low `s`.
pub(super) fn verify_der(
    key: &VerifyingKey,
    digest: &[u8; 32],
    der: &[u8],
) -> Result<(), WalletError> {
    let signature = Signature::from_der(der).map_err(|_| WalletError::SignatureForm)?;
    require_low_s(&signature)?;
    key.verify_prehash(digest, &signature).map_err(|_| WalletError::Signature)
}

/// Verifies a BIP-340 signature of a 32-byte digest by an x-only key.
pub(super) fn verify_schnorr(
    key: &[u8],
    digest: &[u8; 32],
    signature: &[u8],
) -> Result<(), WalletError> {
    let key = schnorr::VerifyingKey::from_slice(key).map_err(|_| WalletError::PublicKey)?;
    let signature =
        schnorr::Signature::from_slice(signature).map_err(|_| WalletError::SignatureForm)?;
    key.verify_raw(digest, &signature).map_err(|_| WalletError::Signature)
}

/// Verifies Ed25519 (RFC 8032) without cofactor; keys and `R` of small order are refused, because
/// under them one signature fits many messages.
pub(super) fn verify_ed25519(
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), WalletError> {
    let key = key.try_into().map_err(|_| WalletError::PublicKey)?;
    let key = ed25519::VerifyingKey::from_bytes(key).map_err(|_| WalletError::PublicKey)?;
    let signature =
        ed25519::Signature::from_slice(signature).map_err(|_| WalletError::SignatureForm)?;
    key.verify_strict(message, &signature).map_err(|_| WalletError::Signature)
}

fn require_low_s(signature: &Signature) -> Result<(), WalletError> {
    if signature.normalize_s() == *signature { Ok(()) } else { Err(WalletError::HighS) }
}
