//! The framing of GSS tokens (RFC 2743 §3.1) and of Kerberos within them (RFC 4121 §4.1).

use der::{AnyRef, Decode, EncodingRules, Reader, SliceReader, Tag, TagNumber, Tagged};

use super::{Refusal, der_write};

/// Object identifiers, as their DER content.
pub(super) mod oid {
    /// 1.2.840.113554.1.2.2, Kerberos (RFC 4121).
    pub(in super::super) const KERBEROS: &[u8] =
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];
    /// 1.2.840.48018.1.2.2, Kerberos as Windows 2000 wrote it and Windows still offers it first
    /// ([MS-SPNG] §1.9).
    pub(in super::super) const MICROSOFT_KERBEROS: &[u8] =
        &[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02];
    /// 1.3.6.1.5.5.2, SPNEGO (RFC 4178).
    pub(in super::super) const SPNEGO: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x02];
    /// 1.3.6.1.4.1.311.2.2.10, NTLM.
    pub(in super::super) const NTLM: &[u8] =
        &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a];
}

/// The NTLM signature.
const NTLM_SIGNATURE: &[u8] = b"NTLMSSP\0";

/// Token ids (RFC 4121 §4.1).
const AP_REQ: [u8; 2] = [1, 0];
const AP_REP: [u8; 2] = [2, 0];
const KRB_ERROR: [u8; 2] = [3, 0];

/// The Kerberos OID of this mechanism; `None` for another mechanism.
pub(super) fn kerberos(mechanism: &[u8]) -> Option<&'static [u8]> {
    [oid::KERBEROS, oid::MICROSOFT_KERBEROS].into_iter().find(|name| *name == mechanism)
}

/// Whether this mechanism is Kerberos.
pub(super) fn is_kerberos(mechanism: &[u8]) -> bool {
    kerberos(mechanism).is_some()
}

/// Whether this is an NTLM token.
pub(super) fn is_ntlm(token: &[u8]) -> bool {
    token.starts_with(NTLM_SIGNATURE)
}

/// The mechanism and content of an initial token.
pub(super) fn initial_token(token: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    let read = || -> der::Result<_> {
        let mut reader = SliceReader::new_with_encoding_rules(token, EncodingRules::Der)?;
        let element = AnyRef::decode(&mut reader)?;
        reader.finish()?;
        let wanted = Tag::Application { constructed: true, number: TagNumber(0) };
        element.tag().assert_eq(wanted)?;
        let mut reader = SliceReader::new_with_encoding_rules(element.value(), EncodingRules::Der)?;
        let mechanism = AnyRef::decode(&mut reader)?;
        mechanism.tag().assert_eq(Tag::ObjectIdentifier)?;
        Ok((mechanism.value(), reader.read_slice(reader.remaining_len())?))
    };
    read().map_err(Refusal::malformed("the GSS token"))
}

/// The AP-REQ in the content of a Kerberos token.
pub(super) fn ap_req(content: &[u8]) -> Result<&[u8], Refusal> {
    content.strip_prefix(&AP_REQ).ok_or(Refusal::Unexpected("the id of the Kerberos token"))
}

/// The AP-REQ in a complete Kerberos token.
pub(super) fn kerberos_token(token: &[u8]) -> Result<&[u8], Refusal> {
    if is_ntlm(token) {
        return Err(Refusal::Ntlm);
    }
    match initial_token(token)? {
        (mechanism, content) if is_kerberos(mechanism) => ap_req(content),
        _ => Err(Refusal::Mechanism),
    }
}

fn wrap(id: [u8; 2], message: &[u8]) -> Vec<u8> {
    let mechanism = der_write::element(0x06, &[oid::KERBEROS]);
    der_write::element(0x60, &[&mechanism, &id, message])
}

/// The token with an AP-REP.
pub(super) fn ap_rep_token(message: &[u8]) -> Vec<u8> {
    wrap(AP_REP, message)
}

/// The token with a KRB-ERROR.
pub(super) fn error_token(message: &[u8]) -> Vec<u8> {
    wrap(KRB_ERROR, message)
}
