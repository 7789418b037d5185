//! Base62 of fixed width (`0-9A-Za-z`): letters and digits only, so that a double click selects
//! a whole key.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `bytes` as a big-endian number in `width` digits. The width must hold it: 11 for 8 bytes, 27
/// for 20, 6 for 4; higher digits are lost.
pub(super) fn encode(bytes: &[u8], width: usize) -> String {
    let mut number = bytes.to_vec();
    let mut digits = Vec::with_capacity(width);
    for _ in 0..width {
        let mut remainder = 0_u32;
        for byte in &mut number {
            let value = (remainder << 8) | u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or_default(); // < 256, as remainder < 62
            remainder = value % 62;
        }
        let digit = usize::try_from(remainder).ok().and_then(|index| ALPHABET.get(index));
        digits.push(char::from(*digit.unwrap_or(&b'0')));
    }
    zeroize::Zeroize::zeroize(&mut number);
    digits.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_written_with_leading_zeros() {
        assert_eq!(encode(&[0; 8], 11), "00000000000");
        assert_eq!(encode(&[61], 2), "0z");
        assert_eq!(encode(&[62], 2), "10");
        assert_eq!(encode(&[0xff; 8], 11), "LygHa16AHYF");
        assert_eq!(encode(&[0xff; 4], 6), "4gfFC3");
    }

    proptest! {
        #[test]
        fn the_width_holds_every_number(bytes: [u8; 8], other: [u8; 8]) {
            let value = |text: &str| text.bytes().fold(0_u128, |sum, byte| {
                sum * 62 + ALPHABET.iter().position(|a| *a == byte).unwrap() as u128
            });
            prop_assert_eq!(value(&encode(&bytes, 11)), u128::from(u64::from_be_bytes(bytes)));
            prop_assert_eq!(bytes == other, encode(&bytes, 11) == encode(&other, 11));
        }
    }
}
