//! The text that a wallet signs (EIP-4361; CAIP-122 for the other chains): issued by the server,
//! read strictly.
//!
//! At sign-in the signed text must be the issued one, byte for byte. Parsing a text that differs says
//! in which line.

use std::fmt::{self, Write};

use super::{
    Address, Chain,
    uri::{is_authority, is_scheme, is_segment, is_uri},
};
use crate::core::time::UnixTime;

/// The longest message, in bytes.
pub const MAXIMUM_MESSAGE: usize = 4096;

const VERSION: &str = "1";
const FIRST_LINE: &str = " wants you to sign in with your ";

/// A sign-in message, with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    text: String,
    scheme: Option<String>,
    domain: String,
    address: Address,
    statement: Option<String>,
    uri: String,
    chain_id: String,
    nonce: String,
    issued_at: Time,
    expires_at: Option<Time>,
    not_before: Option<Time>,
    request_id: Option<String>,
    resources: Vec<String>,
}

/// What a message is issued for.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// The authority (RFC 3986 §3.2) that asks: the issuer's host, with its port if it has one.
    pub domain: &'a str,
    /// The account that signs in.
    pub address: &'a Address,
    /// What the user is told, in ASCII.
    pub statement: Option<&'a str>,
    /// What is signed in to.
    pub uri: &'a str,
    /// The chain's reference, [`Chain::message_reference`] if there is none.
    pub chain_id: Option<&'a str>,
    /// At least eight letters and digits that are used once.
    pub nonce: &'a str,
    /// The present time.
    pub issued_at: UnixTime,
    /// When the message is refused.
    pub expires_at: UnixTime,
    /// An identifier of the request.
    pub request_id: Option<&'a str>,
    /// URIs that the user agrees to.
    pub resources: &'a [String],
}

/// A part of a message, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The whole text: its length.
    Text,
    /// The scheme and the domain of the first line.
    Domain,
    /// The rest of the first line, which names the chain.
    Chain,
    /// The address, in its canonical form.
    Address,
    /// The statement, and the empty lines around it.
    Statement,
    /// `URI`.
    Uri,
    /// `Version`.
    Version,
    /// `Chain ID`.
    ChainId,
    /// `Nonce`.
    Nonce,
    /// `Issued At`.
    IssuedAt,
    /// `Expiration Time`.
    ExpirationTime,
    /// `Not Before`.
    NotBefore,
    /// `Request ID`.
    RequestId,
    /// `Resources`.
    Resources,
    /// Text behind the last line that a message has.
    End,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "length",
            Self::Domain => "domain",
            Self::Chain => "first line",
            Self::Address => "address",
            Self::Statement => "statement",
            Self::Uri => "URI",
            Self::Version => "version",
            Self::ChainId => "chain ID",
            Self::Nonce => "nonce",
            Self::IssuedAt => "time of issue",
            Self::ExpirationTime => "expiration time",
            Self::NotBefore => "“not before” time",
            Self::RequestId => "request ID",
            Self::Resources => "resources",
            Self::End => "end",
        })
    }
}

/// A point in time as a message writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Time {
    text: String,
    at: UnixTime,
}

impl Time {
    fn parse(text: &str) -> Option<Self> {
        // RFC 3339 §5.6; other readers allow a space for the `T`.
        let at = text.parse().ok().filter(|_| text.as_bytes().get(10) == Some(&b'T'))?;
        Some(Self { text: text.to_owned(), at })
    }
}

impl Message {
    /// A new message. Every field is checked by reading the text again, so that none can pretend to
    /// be another one.
    pub fn issue(draft: &Draft<'_>) -> Result<Self, Field> {
        let message = Self::parse(&draft.text())?;
        let is_as_drafted = [
            (message.domain == draft.domain && message.scheme.is_none(), Field::Domain),
            (message.address == *draft.address, Field::Address),
            (message.statement.as_deref() == draft.statement, Field::Statement),
            (message.uri == draft.uri, Field::Uri),
            (message.nonce == draft.nonce, Field::Nonce),
            (message.issued_at.at == draft.issued_at, Field::IssuedAt),
            (message.expires_at() == Some(draft.expires_at), Field::ExpirationTime),
            (message.request_id.as_deref() == draft.request_id, Field::RequestId),
            (message.resources == draft.resources, Field::Resources),
        ];
        match is_as_drafted.into_iter().find(|(is_right, _)| !is_right) {
            Some((_, field)) => Err(field),
            None => Ok(message),
        }
    }

    /// Reads a message, or says which part is missing, malformed or out of order.
    pub fn parse(text: &str) -> Result<Self, Field> {
        if text.len() > MAXIMUM_MESSAGE {
            return Err(Field::Text);
        }
        let mut lines = Lines { lines: text.split('\n').collect(), next: 0 };
        let (scheme, domain, chain) = first_line(lines.take().unwrap_or_default())?;
        let line = lines.take().ok_or(Field::Address)?;
        let address = Address::parse(chain, line)
            .ok()
            .filter(|address| address.to_string() == line)
            .ok_or(Field::Address)?;
        let statement = statement(&mut lines)?;
        let uri = lines.tagged("URI: ").filter(|uri| is_uri(uri)).ok_or(Field::Uri)?;
        lines.tagged("Version: ").filter(|version| *version == VERSION).ok_or(Field::Version)?;
        let chain_id = lines
            .tagged("Chain ID: ")
            .filter(|reference| is_reference(chain, reference))
            .ok_or(Field::ChainId)?;
        let nonce = lines.tagged("Nonce: ").filter(|nonce| is_nonce(nonce)).ok_or(Field::Nonce)?;
        let issued_at = lines.time("Issued At: ", Field::IssuedAt)?.ok_or(Field::IssuedAt)?;
        let expires_at = lines.time("Expiration Time: ", Field::ExpirationTime)?;
        let not_before = lines.time("Not Before: ", Field::NotBefore)?;
        let request_id = lines.tagged("Request ID: ");
        if !request_id.is_none_or(is_segment) {
            return Err(Field::RequestId);
        }
        let mut resources = Vec::new();
        if lines.tagged("Resources:").is_some_and(|rest| !rest.is_empty()) {
            return Err(Field::Resources);
        } else if lines.before() == Some("Resources:") {
            while let Some(resource) = lines.tagged("- ") {
                if !is_uri(resource) {
                    return Err(Field::Resources);
                }
                resources.push(resource.to_owned());
            }
        }
        if lines.take().is_some() {
            return Err(Field::End);
        }
        Ok(Self {
            text: text.to_owned(),
            scheme: scheme.map(str::to_owned),
            domain: domain.to_owned(),
            address,
            statement: statement.map(str::to_owned),
            uri: uri.to_owned(),
            chain_id: chain_id.to_owned(),
            nonce: nonce.to_owned(),
            issued_at,
            expires_at,
            not_before,
            request_id: request_id.map(str::to_owned),
            resources,
        })
    }

    /// The text to sign.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The authority that asks.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The scheme in front of the domain.
    pub fn scheme(&self) -> Option<&str> {
        self.scheme.as_deref()
    }

    /// The account that signs in.
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// What the user is told.
    pub fn statement(&self) -> Option<&str> {
        self.statement.as_deref()
    }

    /// What is signed in to.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The reference of the chain.
    pub fn chain_id(&self) -> &str {
        &self.chain_id
    }

    /// What is used once.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// When it was issued.
    pub const fn issued_at(&self) -> UnixTime {
        self.issued_at.at
    }

    /// When it is refused.
    pub fn expires_at(&self) -> Option<UnixTime> {
        self.expires_at.as_ref().map(|time| time.at)
    }

    /// The URIs that the user agrees to.
    pub fn resources(&self) -> &[String] {
        &self.resources
    }

    /// Whether it may be used now: not before its time, and not at or after its expiration.
    pub(super) fn is_current(&self, now: UnixTime) -> bool {
        self.expires_at().is_none_or(|end| now < end)
            && self.not_before.as_ref().is_none_or(|start| now >= start.at)
    }

    /// The first part in which `other` differs.
    pub(super) fn difference(&self, other: &Self) -> Field {
        let parts = [
            (self.domain == other.domain && self.scheme == other.scheme, Field::Domain),
            (self.address.chain() == other.address.chain(), Field::Chain),
            (self.address == other.address, Field::Address),
            (self.statement == other.statement, Field::Statement),
            (self.uri == other.uri, Field::Uri),
            (self.chain_id == other.chain_id, Field::ChainId),
            (self.nonce == other.nonce, Field::Nonce),
            (self.issued_at.text == other.issued_at.text, Field::IssuedAt),
            (self.expires_at == other.expires_at, Field::ExpirationTime),
            (self.not_before == other.not_before, Field::NotBefore),
            (self.request_id == other.request_id, Field::RequestId),
            (self.resources == other.resources, Field::Resources),
        ];
        parts.into_iter().find(|(is_same, _)| !is_same).map_or(Field::End, |(_, field)| field)
    }
}

impl Draft<'_> {
    fn text(&self) -> String {
        let chain = self.address.chain();
        let mut text = format!(
            "{}{FIRST_LINE}{} account:\n{}\n",
            self.domain,
            chain.account_name(),
            self.address
        );
        if let Some(statement) = self.statement {
            let _ = write!(text, "\n{statement}\n");
        } else {
            text.push('\n');
        }
        let chain_id = self.chain_id.unwrap_or(chain.message_reference());
        let _ = write!(
            text,
            "\nURI: {}\nVersion: {VERSION}\nChain ID: {chain_id}\nNonce: {}\nIssued At: {}\n\
             Expiration Time: {}",
            self.uri, self.nonce, self.issued_at, self.expires_at
        );
        if let Some(request_id) = self.request_id {
            let _ = write!(text, "\nRequest ID: {request_id}");
        }
        if !self.resources.is_empty() {
            text.push_str("\nResources:");
            for resource in self.resources {
                let _ = write!(text, "\n- {resource}");
            }
        }
        text
    }
}

/// The lines of a text, read in order.
struct Lines<'a> {
    lines: Vec<&'a str>,
    next: usize,
}

impl<'a> Lines<'a> {
    fn take(&mut self) -> Option<&'a str> {
        let line = self.lines.get(self.next).copied()?;
        self.next += 1;
        Some(line)
    }

    /// The line that was taken last.
    fn before(&self) -> Option<&'a str> {
        self.lines.get(self.next.checked_sub(1)?).copied()
    }

    /// Takes the next line if it begins with `tag`, and returns the rest of it.
    fn tagged(&mut self, tag: &str) -> Option<&'a str> {
        let rest = self.lines.get(self.next)?.strip_prefix(tag)?;
        self.next += 1;
        Some(rest)
    }

    fn time(&mut self, tag: &str, field: Field) -> Result<Option<Time>, Field> {
        self.tagged(tag).map(|text| Time::parse(text).ok_or(field)).transpose()
    }
}

/// The scheme, the domain and the chain of `[scheme://]domain wants you to … your Chain account:`.
fn first_line(line: &str) -> Result<(Option<&str>, &str, Chain), Field> {
    let (origin, rest) = line.split_once(FIRST_LINE).ok_or(Field::Domain)?;
    let (scheme, domain) = match origin.split_once("://") {
        Some((scheme, domain)) => (Some(scheme), domain),
        None => (None, origin),
    };
    if !is_authority(domain) || !scheme.is_none_or(is_scheme) {
        return Err(Field::Domain);
    }
    let chain = rest.strip_suffix(" account:").and_then(Chain::of_account_name);
    Ok((scheme, domain, chain.ok_or(Field::Chain)?))
}

/// The statement between two empty lines, or none between them.
fn statement<'a>(lines: &mut Lines<'a>) -> Result<Option<&'a str>, Field> {
    if lines.take() != Some("") {
        return Err(Field::Statement);
    }
    match lines.take() {
        Some("") => Ok(None),
        Some(statement) if is_statement(statement) && lines.take() == Some("") => {
            Ok(Some(statement))
        }
        _ => Err(Field::Statement),
    }
}

/// `1*( reserved / unreserved / " " )` (EIP-4361 §ABNF).
fn is_statement(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;= ".contains(&byte))
}

/// The number of a chain for EVM, a reference of CAIP-2 for the others.
fn is_reference(chain: Chain, text: &str) -> bool {
    if chain == Chain::Evm {
        return text.bytes().all(|digit| digit.is_ascii_digit()) && text.parse::<u64>().is_ok();
    }
    (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn is_nonce(text: &str) -> bool {
    text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
