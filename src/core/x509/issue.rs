//! Writes self-signed certificates (RFC 5280 §4.1), used only as containers of a public key.

use crate::core::{
    asn1::element,
    crypto::{CryptoError, Signing},
    secret::Secret,
    signature::RsaKey,
    time::UnixTime,
    token::Algorithm,
};

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// digitalSignature and keyEncipherment, of which the last five bits are unused (§4.2.1.3).
const SIGNS_AND_ENCIPHERS: &[u8] = &[BIT_STRING, 2, 5, 0xa0];

/// What a certificate says.
#[derive(Debug, Clone, Copy)]
pub struct SelfSigned<'a> {
    /// The common name.
    pub name: &'a str,
    /// Random, of 16 bytes.
    pub serial: &'a [u8; 16],
    /// The key.
    pub key: &'a RsaKey,
    /// When it begins.
    pub begins: UnixTime,
    /// When it ends.
    pub ends: UnixTime,
}

impl SelfSigned<'_> {
    /// The certificate in DER, signed with the private half (PKCS#8 DER) of its key by RSA-SHA256.
    pub async fn certificate(
        &self,
        crypto: &dyn Signing,
        private_key: &Secret<Vec<u8>>,
    ) -> Result<Vec<u8>, CryptoError> {
        let signed = self.to_be_signed();
        let signature = crypto.sign(Algorithm::Rs256, private_key, &signed).await?;
        Ok(element(SEQUENCE, &[&signed, &rsa_sha256(), &bits(&signature)]))
    }

    fn to_be_signed(self) -> Vec<u8> {
        let version = element(0xa0, &[&element(INTEGER, &[&[2]])]);
        let name = self.common_name();
        let validity = element(SEQUENCE, &[&time(self.begins), &time(self.ends)]);
        let no_authority = element(SEQUENCE, &[]);
        let extensions = [
            critical(super::oid::BASIC_CONSTRAINTS, &no_authority),
            critical(super::oid::KEY_USAGE, SIGNS_AND_ENCIPHERS),
        ];
        let [constraints, usage] = &extensions;
        let extensions = element(0xa3, &[&element(SEQUENCE, &[constraints, usage])]);
        let parts: [&[u8]; 8] = [
            &version,
            &unsigned(self.serial),
            &rsa_sha256(),
            &name,
            &validity,
            &name,
            &key_info(self.key),
            &extensions,
        ];
        element(SEQUENCE, &parts)
    }

    fn common_name(&self) -> Vec<u8> {
        let value = element(UTF8_STRING, &[self.name.as_bytes()]);
        let attribute = element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[COMMON_NAME]), &value]);
        element(SEQUENCE, &[&element(SET, &[&attribute])])
    }
}

/// `SubjectPublicKeyInfo` of an RSA key (RFC 3279 §2.3.1).
fn key_info(key: &RsaKey) -> Vec<u8> {
    let algorithm = [element(OBJECT_IDENTIFIER, &[super::oid::RSA]), element(NULL, &[])];
    let numbers = [unsigned(key.modulus()), unsigned(key.exponent())];
    let ([identifier, none], [modulus, exponent]) = (&algorithm, &numbers);
    let numbers = element(SEQUENCE, &[modulus, exponent]);
    element(SEQUENCE, &[&element(SEQUENCE, &[identifier, none]), &bits(&numbers)])
}

fn rsa_sha256() -> Vec<u8> {
    let identifier = element(OBJECT_IDENTIFIER, &[super::oid::RSA_SHA256]);
    element(SEQUENCE, &[&identifier, &element(NULL, &[])])
}

fn critical(id: &[u8], value: &[u8]) -> Vec<u8> {
    let id = element(OBJECT_IDENTIFIER, &[id]);
    element(SEQUENCE, &[&id, &element(BOOLEAN, &[&[0xff]]), &element(OCTET_STRING, &[value])])
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bytes])
}

/// A number that is not negative, in as few bytes as can be.
fn unsigned(big_endian: &[u8]) -> Vec<u8> {
    let zeros = big_endian.iter().take_while(|byte| **byte == 0).count();
    let digits = big_endian.get(zeros..).unwrap_or_default();
    let sign: &[u8] = if digits.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    element(INTEGER, &[sign, digits])
}

/// Years before 2050 have two digits (RFC 5280 §4.1.2.5).
fn time(at: UnixTime) -> Vec<u8> {
    let digits: String = at.to_string().chars().filter(char::is_ascii_digit).collect();
    let seconds = digits.get(..14).unwrap_or_default();
    match seconds.strip_prefix("20") {
        Some(short) if short < "50" => element(UTC_TIME, &[short.as_bytes(), b"Z"]),
        _ => element(GENERALIZED_TIME, &[seconds.as_bytes(), b"Z"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        core::{
            signature::VerifyingKey,
            x509::{Certificate, TrustAnchor, verify_chain},
        },
        platform::native::RustCrypto,
    };

    const NOW: UnixTime = UnixTime(1_795_608_000);

    #[test]
    fn a_certificate_is_read_back_with_its_key_and_its_signature_holds() {
        let pair = pollster::block_on(RustCrypto.generate(Algorithm::Rs256)).unwrap();
        let (modulus, exponent) = pair.public.rsa_numbers().unwrap();
        let key = RsaKey::new(&modulus, &exponent).unwrap();
        for ends in [NOW.plus(3600), NOW.plus(60 * 365 * 24 * 3600)] {
            let wanted = SelfSigned {
                name: "id.example",
                serial: &[0x80; 16],
                key: &key,
                begins: NOW.plus(-60),
                ends,
            };
            let der = pollster::block_on(wanted.certificate(&RustCrypto, &pair.private)).unwrap();
            let read = Certificate::from_der(&der).unwrap();
            assert_eq!(read.key, Some(VerifyingKey::Rsa(key.clone())));
            assert_eq!(read.subject(COMMON_NAME), ["id.example"]);
            assert!(!read.basic_constraints().unwrap().authority);
            let anchor = TrustAnchor::from_der(&der).unwrap();
            let valid = |now| {
                let chain = [read.clone()];
                let chain = verify_chain(&RustCrypto, &chain, [&anchor].into_iter(), now);
                pollster::block_on(chain).is_ok()
            };
            assert_eq!([NOW, ends.plus(1), NOW.plus(-61)].map(valid), [true, false, false]);
        }
    }
}
