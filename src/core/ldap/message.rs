//! Decodes server messages (RFC 4511 §4), with limits.

use super::{
    PolicyError, ResultCode,
    ber::{self, BerError, ENUMERATED, INTEGER, OCTETS, Reader, SEQUENCE, SET},
    controls,
};

/// OID of the paged results control (RFC 2696).
pub(super) const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// OID of the password policy control (draft-behera-ldap-password-policy).
pub(super) const PASSWORD_POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";
/// Name of the StartTLS operation (RFC 4511 §4.14).
pub(super) const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
/// Name of the notice of disconnection (RFC 4511 §4.4.1).
pub(super) const DISCONNECTION: &str = "1.3.6.1.4.1.1466.20036";

/// Maximum number of attributes of an entry, of values in total, and of URLs in a referral.
const MOST_ATTRIBUTES: usize = 1024;
const MOST_VALUES: usize = 65_536;
const MOST_URIS: usize = 64;

/// An `LDAPMessage` of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The message ID of the request; 0 for notifications.
    pub id: u32,
    /// The operation.
    pub operation: Operation,
    /// The cookie of the paged results control, if there is one; empty after the last page.
    pub cookie: Option<Vec<u8>>,
    /// The error in the password policy control.
    pub policy: Option<PolicyError>,
}

/// A server operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// A bind response.
    Bind(LdapResult),
    /// An entry that a search found.
    Entry(Entry),
    /// Search references to other servers. Never followed.
    Reference(Vec<String>),
    /// The end of a search.
    SearchDone(LdapResult),
    /// An extended response, or an unsolicited notification.
    Extended {
        /// Its outcome.
        result: LdapResult,
        /// Its OID: absent in responses, present in notifications.
        name: Option<String>,
    },
    /// A response to a request that this client never sends, by its tag.
    Other(u8),
}

impl Operation {
    /// The name in RFC 4511, for errors.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Bind(_) => "bindResponse",
            Self::Entry(_) => "searchResultEntry",
            Self::Reference(_) => "searchResultReference",
            Self::SearchDone(_) => "searchResultDone",
            Self::Extended { .. } => "extendedResponse",
            Self::Other(_) => "another operation",
        }
    }
}

/// The outcome of an operation (RFC 4511 §4.1.9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LdapResult {
    /// The result code.
    pub code: ResultCode,
    /// The existing part of the name.
    pub matched_dn: String,
    /// The server's diagnostic message, for administrators.
    pub diagnostic: String,
    /// Referral URLs. Never followed.
    pub referral: Vec<String>,
}

/// An entry of a search (RFC 4511 §4.5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its distinguished name, as the server writes it.
    pub dn: String,
    /// Its attributes in the server's order.
    pub attributes: Vec<Attribute>,
}

/// An attribute and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Type and options, such as `userCertificate;binary`.
    pub description: String,
    /// The values, unordered.
    pub values: Vec<Vec<u8>>,
}

/// Why a message violates RFC 4511.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{part}: {source}")]
pub struct MessageError {
    /// The faulty part.
    pub part: &'static str,
    /// The error.
    pub source: BerError,
}

fn at(part: &'static str) -> impl Fn(BerError) -> MessageError {
    move |source| MessageError { part, source }
}

impl Message {
    /// Decodes the only message in `bytes`.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        let here = at("message");
        let mut outer = Reader::new(bytes);
        let mut message = Reader::new(outer.expect(SEQUENCE).map_err(&here)?);
        outer.finish().map_err(&here)?;
        let id = message.number(INTEGER).map_err(at("message id"))?;
        let (tag, content) = message.any().map_err(at("operation"))?;
        let operation = operation(tag, content)?;
        let controls = message.optional(0xa0).map_err(at("controls"))?;
        // The message may be extended by later versions (RFC 4511 §4.1.1).
        while !message.is_empty() {
            message.any().map_err(&here)?;
        }
        let mut message = Self { id, operation, cookie: None, policy: None };
        if let Some(list) = controls {
            controls::read(list, &mut message).map_err(at("controls"))?;
        }
        Ok(message)
    }
}

fn operation(tag: u8, content: &[u8]) -> Result<Operation, MessageError> {
    let reader = Reader::new(content);
    match tag {
        0x61 => {
            let (result, rest) = result(reader).map_err(at("bindResponse"))?;
            skip(rest).map_err(at("bindResponse"))?; // serverSaslCreds
            Ok(Operation::Bind(result))
        }
        0x64 => entry(reader).map(Operation::Entry).map_err(at("searchResultEntry")),
        0x65 => {
            let (result, rest) = result(reader).map_err(at("searchResultDone"))?;
            skip(rest).map_err(at("searchResultDone"))?;
            Ok(Operation::SearchDone(result))
        }
        0x73 => uris(reader).map(Operation::Reference).map_err(at("searchResultReference")),
        0x78 => extended(reader).map_err(at("extendedResponse")),
        // The other responses, and intermediate ones (RFC 4511 §4.13).
        0x67 | 0x69 | 0x6b | 0x6d | 0x6f | 0x79 => Ok(Operation::Other(tag)),
        found => Err(at("operation")(BerError::Tag { expected: 0x61, found })),
    }
}

fn skip(mut rest: Reader<'_>) -> Result<(), BerError> {
    while !rest.is_empty() {
        rest.any()?;
    }
    Ok(())
}

/// The components of an `LDAPResult`, and what follows them.
fn result(mut reader: Reader<'_>) -> Result<(LdapResult, Reader<'_>), BerError> {
    let code = ResultCode(reader.number(ENUMERATED)?);
    let matched_dn = reader.text(OCTETS)?.to_owned();
    // Servers may include names in other charsets here: decode lossily.
    let diagnostic = String::from_utf8_lossy(reader.expect(OCTETS)?).into_owned();
    let referral = match reader.optional(0xa3)? {
        Some(content) => uris(Reader::new(content))?,
        None => Vec::new(),
    };
    Ok((LdapResult { code, matched_dn, diagnostic, referral }, reader))
}

fn uris(mut reader: Reader<'_>) -> Result<Vec<String>, BerError> {
    let mut uris = Vec::new();
    while !reader.is_empty() {
        if uris.len() == MOST_URIS {
            return Err(BerError::TooMany);
        }
        uris.push(reader.text(OCTETS)?.to_owned());
    }
    if uris.is_empty() { Err(BerError::Missing) } else { Ok(uris) }
}

fn extended(reader: Reader<'_>) -> Result<Operation, BerError> {
    let (result, mut rest) = result(reader)?;
    let name = rest.optional(0x8a)?.map(ber::text).transpose()?.map(ToOwned::to_owned);
    skip(rest)?; // responseValue
    Ok(Operation::Extended { result, name })
}

fn entry(mut reader: Reader<'_>) -> Result<Entry, BerError> {
    let dn = reader.text(OCTETS)?.to_owned();
    let mut list = Reader::new(reader.expect(SEQUENCE)?);
    reader.finish()?;
    let mut attributes = Vec::new();
    let mut total = 0;
    while !list.is_empty() {
        if attributes.len() == MOST_ATTRIBUTES {
            return Err(BerError::TooMany);
        }
        let mut attribute = Reader::new(list.expect(SEQUENCE)?);
        let description = attribute.text(OCTETS)?.to_owned();
        let mut set = Reader::new(attribute.expect(SET)?);
        attribute.finish()?;
        let mut values = Vec::new();
        while !set.is_empty() {
            total += 1;
            if total > MOST_VALUES {
                return Err(BerError::TooMany);
            }
            values.push(set.expect(OCTETS)?.to_vec());
        }
        attributes.push(Attribute { description, values });
    }
    Ok(Entry { dn, attributes })
}
