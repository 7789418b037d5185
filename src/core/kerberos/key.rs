//! A protocol key and the keys derived from it (RFC 3961 §5.1 and §5.3, RFC 8009 §3 and §5).

use aes::{
    Aes128, Aes256,
    cipher::{Array, BlockCipherEncrypt, BlockSizeUser, KeyInit, consts::U16},
};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use super::{Etype, error::CipherError};
use crate::core::secret::Secret;

/// The purpose of a derived key: the last octet of the constant (RFC 3961 §5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// `Kc`: checksums.
    Checksum,
    /// `Ke`: encryption.
    Encryption,
    /// `Ki`: integrity of what is encrypted.
    Integrity,
}

/// A protocol key with its encryption type.
#[derive(Debug, Clone)]
pub struct Key {
    etype: Etype,
    bytes: Secret<Vec<u8>>,
}

impl Key {
    /// A key of these bytes; `None` if the length does not match the type.
    pub fn new(etype: Etype, bytes: &[u8]) -> Option<Self> {
        (bytes.len() == etype.key_length())
            .then(|| Self { etype, bytes: Secret::new(bytes.to_vec()) })
    }

    /// Its encryption type.
    pub const fn etype(&self) -> Etype {
        self.etype
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.expose()
    }

    /// The key for one usage (RFC 4120 §7.5.1) and purpose.
    pub(super) fn derive(
        &self,
        usage: u32,
        purpose: Purpose,
    ) -> Result<Secret<Vec<u8>>, CipherError> {
        let [a, b, c, d] = usage.to_be_bytes();
        let last = match purpose {
            Purpose::Checksum => 0x99,
            Purpose::Encryption => 0xaa,
            Purpose::Integrity => 0x55,
        };
        let constant = [a, b, c, d, last];
        let length = match purpose {
            Purpose::Encryption => self.etype.key_length(),
            Purpose::Checksum | Purpose::Integrity => self.etype.mac_key_length(),
        };
        match self.etype {
            Etype::Aes128Sha1 => chain::<Aes128>(self.bytes(), &constant, length),
            Etype::Aes256Sha1 => chain::<Aes256>(self.bytes(), &constant, length),
            Etype::Aes128Sha256 | Etype::Aes256Sha384 => {
                // KDF-HMAC-SHA2 (RFC 8009 §3): one block of SP 800-108's counter mode.
                let bits = u32::try_from(length * 8).unwrap_or(u32::MAX).to_be_bytes();
                let parts: [&[u8]; 4] = [&[0, 0, 0, 1], &constant, &[0], &bits];
                let mut bytes = hmac(self.etype, self.bytes(), &parts)?;
                bytes.truncate(length);
                Ok(Secret::new(bytes))
            }
        }
    }
}

/// The whole HMAC of `parts`, with the type's hash.
pub(super) fn hmac(etype: Etype, key: &[u8], parts: &[&[u8]]) -> Result<Vec<u8>, CipherError> {
    fn run<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Result<Vec<u8>, CipherError> {
        let mut mac = <M as KeyInit>::new_from_slice(key).map_err(|_| CipherError::Key)?;
        for part in parts {
            mac.update(part);
        }
        Ok(mac.finalize().into_bytes().to_vec())
    }
    match etype {
        Etype::Aes128Sha1 | Etype::Aes256Sha1 => run::<Hmac<Sha1>>(key, parts),
        Etype::Aes128Sha256 => run::<Hmac<Sha256>>(key, parts),
        Etype::Aes256Sha384 => run::<Hmac<Sha384>>(key, parts),
    }
}

/// `DK` (RFC 3961 §5.1): the folded constant encrypted again and again until the key is long enough.
fn chain<C>(key: &[u8], constant: &[u8], length: usize) -> Result<Secret<Vec<u8>>, CipherError>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
{
    let cipher = C::new_from_slice(key).map_err(|_| CipherError::Key)?;
    let folded = n_fold(constant, 16);
    let mut block = Array::<u8, U16>::try_from(folded.as_slice()).map_err(|_| CipherError::Key)?;
    let mut derived = Vec::with_capacity(length);
    while derived.len() < length {
        cipher.encrypt_block(&mut block);
        derived.extend_from_slice(&block);
    }
    derived.truncate(length);
    Ok(Secret::new(derived))
}

/// `n-fold` to `length` bytes (RFC 3961 §5.1): copies of the input, each rotated right by 13 bits more
/// than the one before, cut in pieces that are added in ones' complement. The inputs are constants of
/// the protocol: nothing secret decides its time.
fn n_fold(input: &[u8], length: usize) -> Vec<u8> {
    let bits = input.len() * 8;
    if bits == 0 || length == 0 {
        return vec![0; length];
    }
    let bit = |position: usize| -> u32 {
        let byte = input.get(position / 8).copied().unwrap_or_default();
        u32::from(byte >> (7 - position % 8)) & 1
    };
    let total = input.len() / gcd(input.len(), length) * length;
    let mut sum = vec![0_u32; length];
    for at in 0..total {
        let rotation = 13 * (at / input.len()) % bits;
        let start = (at % input.len()) * 8 + bits - rotation;
        let byte = (start..start + 8).fold(0, |byte, position| byte << 1 | bit(position % bits));
        if let Some(column) = sum.get_mut(at % length) {
            *column += byte;
        }
    }
    let mut carry = 0;
    loop {
        for column in sum.iter_mut().rev() {
            let with_carry = *column + carry;
            carry = with_carry >> 8;
            *column = with_carry & 0xff;
        }
        if carry == 0 {
            return sum.into_iter().map(|column| column.to_le_bytes()[0]).collect();
        }
    }
}

const fn gcd(mut a: usize, mut b: usize) -> usize {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::encoding::hex;

    #[test]
    fn n_fold_is_that_of_rfc_3961_appendix_a_1() {
        for (input, length, expected) in [
            ("012345", 8, "be072631276b1955"),
            ("password", 7, "78a07b6caf85fa"),
            ("Rough Consensus, and Running Code", 8, "bb6ed30870b7f0e0"),
            ("password", 21, "59e4a8ca7c0385c3c37b3f6d2000247cb6e6bd5b3e"),
            (
                "MASSACHVSETTS INSTITVTE OF TECHNOLOGY",
                24,
                "db3b0d8f0b061e603282b308a50841229ad798fab9540c1b",
            ),
            ("Q", 21, "518a54a2_15a8452a_518a54a2_15a8452a_518a54a2_15"),
            ("ba", 21, "fb25d531ae8974499f52fd92ea9857c4ba24cf297e"),
            ("kerberos", 8, "6b65726265726f73"),
            ("kerberos", 16, "6b65726265726f737b9b5b2b93132b93"),
            ("kerberos", 21, "8372c236344e5f1550cd0747e15d62ca7a5a3bcea4"),
            ("kerberos", 32, "6b65726265726f737b9b5b2b93132b935c9bdcdad95c9899c4cae4dee6d6cae4"),
        ] {
            assert_eq!(
                hex(&n_fold(input.as_bytes(), length)),
                expected.replace('_', ""),
                "{input}"
            );
        }
    }

    fn derived(etype: Etype, key: &[u8], purpose: Purpose) -> String {
        hex(Key::new(etype, key).unwrap().derive(2, purpose).unwrap().expose())
    }

    #[test]
    fn keys_are_derived_as_in_rfc_8009_appendix_a() {
        let key: Vec<u8> = [
            0x37, 0x05, 0xd9, 0x60, 0x80, 0xc1, 0x77, 0x28, 0xa0, 0xe8, 0x00, 0xea, 0xb6, 0xe0,
            0xd2, 0x3c,
        ]
        .to_vec();
        let of = |purpose| derived(Etype::Aes128Sha256, &key, purpose);
        assert_eq!(of(Purpose::Checksum), "b31a018a48f54776f403e9a396325dc3");
        assert_eq!(of(Purpose::Encryption), "9b197dd1e8c5609d6e67c3e37c62c72e");
        assert_eq!(of(Purpose::Integrity), "9fda0e56ab2d85e1569a688696c26a6c");
        let key = [
            0x6d, 0x40, 0x4d, 0x37, 0xfa, 0xf7, 0x9f, 0x9d, 0xf0, 0xd3, 0x35, 0x68, 0xd3, 0x20,
            0x66, 0x98, 0x00, 0xeb, 0x48, 0x36, 0x47, 0x2e, 0xa8, 0xa0, 0x26, 0xd1, 0x6b, 0x71,
            0x82, 0x46, 0x0c, 0x52,
        ];
        let of = |purpose| derived(Etype::Aes256Sha384, &key, purpose);
        assert_eq!(of(Purpose::Checksum), "ef5718be86cc84963d8bbb5031e9f5c4ba41f28faf69e73d");
        assert_eq!(
            of(Purpose::Encryption),
            "56ab22bee63d82d7bc5227f6773f8ea7a5eb1c825160c38312980c442e5c7e49"
        );
        assert_eq!(of(Purpose::Integrity), "69b16514e3cd8e56b82010d5c73012b622c4d00ffc23ed1f");
    }

    #[test]
    fn a_key_of_another_length_is_none() {
        assert!(Key::new(Etype::Aes128Sha1, &[0; 32]).is_none());
        assert!(Key::new(Etype::Aes256Sha384, &[0; 16]).is_none());
    }
}
