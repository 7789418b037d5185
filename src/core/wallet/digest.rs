//! The digests of the chains.

use blake2::{
    Blake2b, Blake2b512,
    digest::consts::{U28, U32},
};
use ripemd::Ripemd160;
use sha2::{Digest, Sha512};
use sha3::Keccak256;

use crate::core::encoding::sha256;

/// Keccak-256, the digest of Ethereum (not SHA3-256: the padding differs).
pub(super) fn keccak256(bytes: &[u8]) -> [u8; 32] {
    Keccak256::digest(bytes).into()
}

/// SHA-256 of SHA-256: Bitcoin's `hash256`.
pub(super) fn hash256(bytes: &[u8]) -> [u8; 32] {
    sha256(&sha256(bytes))
}

/// RIPEMD-160 of SHA-256: Bitcoin's `hash160`, and the account ID of XRP.
pub(super) fn hash160(bytes: &[u8]) -> [u8; 20] {
    Ripemd160::digest(sha256(bytes)).into()
}

/// The first half of SHA-512: what XRP signs.
pub(super) fn sha512_half(bytes: &[u8]) -> [u8; 32] {
    let mut half = [0; 32];
    for (to, from) in half.iter_mut().zip(Sha512::digest(bytes)) {
        *to = from;
    }
    half
}

/// BLAKE2b-224, the digest of keys on Cardano.
pub(super) fn blake2b_224(bytes: &[u8]) -> [u8; 28] {
    Blake2b::<U28>::digest(bytes).into()
}

/// BLAKE2b-256, what ECDSA signs on Polkadot.
pub(super) fn blake2b_256(bytes: &[u8]) -> [u8; 32] {
    Blake2b::<U32>::digest(bytes).into()
}

/// BLAKE2b-512, the checksum of SS58.
pub(super) fn blake2b_512(bytes: &[u8]) -> [u8; 64] {
    Blake2b512::digest(bytes).into()
}

/// BIP-340's tagged hash.
pub(super) fn tagged(tag: &str, bytes: &[u8]) -> [u8; 32] {
    let tag = sha256(tag.as_bytes());
    sha256(&[&tag, &tag, bytes].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::encoding::hex;

    #[test]
    fn digests_of_the_empty_text_are_the_published_ones() {
        assert_eq!(
            hex(&keccak256(b"")),
            "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
        );
        assert_eq!(
            hex(&blake2b_256(b"")),
            "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
        );
        assert_eq!(hex(&hash160(b"")), "b472a266d0bd89c13706a4132ccfb16f7c3b9fcb");
        assert_eq!(
            hex(&sha512_half(b"")),
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
        );
    }
}
