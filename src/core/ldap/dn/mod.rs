//! Distinguished names (RFC 4514) and their comparison.
//!
//! Two names are equal if their attribute types are the same (by name or OID, case-insensitively)
//! and their values match as directory strings (RFC 4518): case-folded, Unicode-normalized, with
//! runs of spaces collapsed.

mod normal;
mod parse;

use std::{
    fmt,
    hash::{Hash, Hasher},
};

/// A distinguished name.
#[derive(Clone)]
pub struct Dn {
    text: String,
    /// From the entry up to the root.
    rdns: Vec<Rdn>,
}

/// A relative distinguished name: sorted pairs of type and value, both normalized.
pub(super) type Rdn = Vec<(String, Value)>;

/// A normalized value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Value {
    /// Normalized text.
    Text(String),
    /// The BER of a non-text value.
    Ber(Vec<u8>),
}

/// Why a text is not a distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DnError {
    /// Longer than 8 KiB.
    #[error("the name is longer than 8 KiB")]
    TooLong,
    /// More than 64 relative names, or more than 16 attributes in one.
    #[error("the name has too many parts")]
    TooManyParts,
    /// An attribute type is malformed.
    #[error("the attribute type at byte {0} of the name is malformed")]
    Type(usize),
    /// `=` is missing.
    #[error("`=` is due at byte {0} of the name")]
    Equals(usize),
    /// A value has an unescaped special character or a malformed escape.
    #[error("the value is malformed at byte {0} of the name")]
    Value(usize),
    /// A hex value is not a single BER element.
    #[error("the hex value that ends at byte {0} of the name is malformed")]
    Hex(usize),
}

impl Dn {
    /// Parses RFC 4514, and allows spaces around `,`, `+` and `=` as in RFC 2253. The empty text is
    /// the root.
    pub fn parse(text: &str) -> Result<Self, DnError> {
        Ok(Self { rdns: parse::parse(text)?, text: text.to_owned() })
    }

    /// The original text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is the root.
    pub const fn is_root(&self) -> bool {
        self.rdns.is_empty()
    }

    /// Whether it equals `base` or is below it.
    pub fn is_within(&self, base: &Self) -> bool {
        self.rdns.ends_with(&base.rdns)
    }

    /// The canonical text of this name, for use as a key; never sent to a server.
    pub fn normalized(&self) -> String {
        let mut text = String::new();
        for (index, rdn) in self.rdns.iter().enumerate() {
            text.push_str(if index > 0 { "," } else { "" });
            for (index, (kind, value)) in rdn.iter().enumerate() {
                text.push_str(if index > 0 { "+" } else { "" });
                text.push_str(kind);
                text.push('=');
                normal::write(value, &mut text);
            }
        }
        text
    }

    /// The normalized value of the first relative name, such as a group's own name.
    pub fn leaf(&self) -> Option<&str> {
        match self.rdns.first()?.first()? {
            (_, Value::Text(text)) => Some(text),
            (_, Value::Ber(_)) => None,
        }
    }
}

impl PartialEq for Dn {
    fn eq(&self, other: &Self) -> bool {
        self.rdns == other.rdns
    }
}

impl Eq for Dn {}

impl Hash for Dn {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rdns.hash(state);
    }
}

impl fmt::Display for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dn({:?})", self.text)
    }
}
