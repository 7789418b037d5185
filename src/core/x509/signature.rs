//! Verifies signatures in the form of X.509 and Web Authentication: ECDSA as a DER sequence.

use der::{AnyRef, Decode, Reader, asn1::UintRef};

use crate::core::{
    crypto::{CryptoError, Signatures},
    signature::{Scheme, VerifyingKey},
};

/// Whether `signature` of `message` is `key`'s. That of ECDSA is `Ecdsa-Sig-Value` (RFC 3279 §2.2.3).
pub async fn verify_der(
    crypto: &dyn Signatures,
    key: &VerifyingKey,
    scheme: Scheme,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, CryptoError> {
    let Some(length) = key.coordinate_length() else {
        return crypto.verify_with(key, scheme, message, signature).await;
    };
    match fixed(signature, length) {
        Some(signature) => crypto.verify_with(key, scheme, message, &signature).await,
        None => Ok(false),
    }
}

/// `r` and `s` of a DER signature, `length` bytes each; `None` if it is not strict DER or they are larger.
fn fixed(signature: &[u8], length: usize) -> Option<Vec<u8>> {
    let numbers = AnyRef::from_der(signature).ok()?.sequence(|reader| {
        let numbers = [UintRef::decode(reader)?, UintRef::decode(reader)?];
        Ok::<_, der::Error>((numbers, reader.is_finished()))
    });
    let (numbers, true) = numbers.ok()? else { return None };
    let mut fixed = Vec::with_capacity(2 * length);
    for number in numbers {
        let bytes = number.as_bytes();
        fixed.extend(std::iter::repeat_n(0, length.checked_sub(bytes.len())?));
        fixed.extend_from_slice(bytes);
    }
    Some(fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_and_s_are_padded_and_never_truncated() {
        assert_eq!(fixed(&[0x30, 6, 2, 1, 1, 2, 1, 2], 2), Some(vec![0, 1, 0, 2]));
        assert_eq!(fixed(&[0x30, 8, 2, 2, 0, 0x80, 2, 2, 0, 0x81], 1), Some(vec![0x80, 0x81]));
        assert_eq!(fixed(&[0x30, 7, 2, 2, 1, 0, 2, 1, 2], 1), None);
    }

    #[test]
    fn a_signature_that_is_not_strict_der_is_none() {
        for signature in [
            &[][..],
            &[0x30, 6, 2, 1, 1, 2, 1, 2, 0],       // trailing
            &[0x30, 9, 2, 1, 1, 2, 1, 2, 2, 1, 3], // three numbers
            &[0x30, 7, 2, 2, 0, 1, 2, 1, 2],       // a leading zero
            &[0x30, 6, 2, 1, 0xff, 2, 1, 2],       // negative
            &[0x30, 0x81, 6, 2, 1, 1, 2, 1, 2],    // a long length
            &[0x31, 6, 2, 1, 1, 2, 1, 2],          // a set
        ] {
            assert_eq!(fixed(signature, 32), None, "{signature:?}");
        }
    }
}
