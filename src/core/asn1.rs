//! Writes ASN.1 elements common to DER (Kerberos, certificates) and BER (LDAP).

/// An element of these parts: a tag of one octet and a definite length in its shortest form (X.690 §8.1, §10.1).
pub fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(length + 6);
    bytes.push(tag);
    if let Ok(short @ ..0x80) = u8::try_from(length) {
        bytes.push(short);
    } else {
        let long = length.to_be_bytes();
        let zeros = long.iter().take_while(|byte| **byte == 0).count();
        let significant = long.get(zeros..).unwrap_or_default();
        bytes.push(0x80 | u8::try_from(significant.len()).unwrap_or_default());
        bytes.extend_from_slice(significant);
    }
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}
