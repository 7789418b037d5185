//! Encryption alone: `crypto.json`, and the checksums of RFC 8009.

use super::*;
use crate::core::encoding::hex;

#[test]
fn every_vector_of_encryption_holds() {
    let file = file("crypto.json");
    let (mut accepted, mut refused) = (0, 0);
    for vector in file["vectors"].as_array().unwrap() {
        let key = key(&vector["etype"], &vector["key"]);
        let usage = u32::try_from(vector["usage"].as_u64().unwrap()).unwrap();
        let cipher = unhex(vector["ciphertext"].as_str().unwrap());
        let opened = decrypt(&key, usage, &cipher);
        if vector["expected"] == "refuse" {
            assert!(opened.is_err(), "{vector}");
            refused += 1;
            continue;
        }
        let plain = unhex(vector["plaintext"].as_str().unwrap());
        assert_eq!(opened.unwrap().expose(), &plain, "{vector}");
        let confounder = unhex(vector["confounder"].as_str().unwrap());
        let made = encrypt(&key, usage, &confounder.try_into().unwrap(), &plain).unwrap();
        assert_eq!(made, cipher, "{vector}");
        accepted += 1;
    }
    assert_eq!((accepted, refused), (37, 16));
}

#[test]
fn checksums_are_those_of_rfc_8009_appendix_a() {
    let data: Vec<u8> = (0..=0x14).collect();
    for (etype, key, expected) in [
        (
            Etype::Aes128Sha256,
            "3705d96080c17728a0e800eab6e0d23c",
            "d78367186643d67b411cba9139fc1dee",
        ),
        (
            Etype::Aes256Sha384,
            "6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52",
            "45ee791567eefca37f4ac1e0222de80d43c3bfa06699672a",
        ),
    ] {
        let key = Key::new(etype, &unhex(key)).unwrap();
        assert_eq!(hex(&checksum(&key, 2, &[&data]).unwrap()), expected);
    }
}

proptest::proptest! {
    #[test]
    fn what_is_encrypted_opens_and_nothing_else(
        number in 17..=20_i32, seed: [u8; 32], confounder: [u8; 16],
        plain in proptest::collection::vec(0_u8.., 0..70), at: usize, bit in 0..8_u32,
    ) {
        let etype = Etype::from_number(number).unwrap();
        let key = Key::new(etype, &seed[..etype.key_length()]).unwrap();
        let mut cipher = encrypt(&key, 11, &confounder, &plain).unwrap();
        let opened = decrypt(&key, 11, &cipher).unwrap();
        proptest::prop_assert_eq!(opened.expose(), &plain);
        proptest::prop_assert!(decrypt(&key, 12, &cipher).is_err());
        let at = at % cipher.len();
        proptest::prop_assert!(decrypt(&key, 11, &cipher[..at]).is_err());
        cipher[at] ^= 1 << bit;
        proptest::prop_assert_eq!(decrypt(&key, 11, &cipher).unwrap_err(), CipherError::Integrity);
    }
}
