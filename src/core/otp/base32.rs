//! Base32 (RFC 4648 §6), in which authenticator apps take a secret.

const ALPHABET: [u8; 32] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// `bytes` in base32 without padding, which authenticator apps do not expect.
pub fn encode(bytes: &[u8]) -> String {
    spelled(bytes, &ALPHABET)
}

/// `bytes`, five bits a character, most significant first; the last one is filled with zeros.
pub(super) fn spelled(bytes: &[u8], alphabet: &[u8; 32]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        buffer = (buffer << 8 | u32::from(*byte)) & 0xfff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(character(alphabet, buffer >> bits));
        }
    }
    if bits > 0 {
        text.push(character(alphabet, buffer << (5 - bits)));
    }
    text
}

fn character(alphabet: &[u8; 32], value: u32) -> char {
    alphabet.get((value & 31) as usize).copied().map(char::from).unwrap_or_default()
}

/// The bytes of base32 in either case, with or without padding, spaces and hyphens, as people and other
/// systems write it. `None` if it is no base32, or if the bits after the last byte are not zero.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for character in text.bytes().filter(|byte| !matches!(byte, b' ' | b'-')) {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a',
            b'2'..=b'7' => character - b'2' + 26,
            _ => return None,
        };
        buffer = (buffer << 5 | u32::from(value)) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((buffer >> bits) & 0xff).ok()?);
        }
    }
    (bits < 5 && buffer & ((1 << bits) - 1) == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 §10.
    #[test]
    fn the_vectors_of_rfc_4648_are_encoded() {
        for (plain, coded) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(decode("mzxw 6ytb-oi======").as_deref(), Some(&b"foobar"[..]));
    }

    #[test]
    fn a_text_that_is_no_base32_has_no_bytes() {
        for text in ["M", "MZ", "MZX", "M1", "M8", "MY=A", "M\u{e9}"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_encoded_is_decoded(bytes: Vec<u8>) {
            proptest::prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
    }
}
