//! Distinguished names (RFC 4514), compared by rule.
//!
//! Two texts are one name if their attribute types are the same (by name or OID, in any case) and their
//! values match as directory strings do (RFC 4518): any case, one Unicode form, runs of spaces as one.

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

/// A relative name: sorted pairs of type and value, both normalized.
pub(super) type Rdn = Vec<(String, Value)>;

/// A value in the form that is compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Value {
    /// Normalized text.
    Text(String),
    /// The BER of a value that is no text.
    Ber(Vec<u8>),
}

/// Why a text is no distinguished name.
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
    /// A value has a character that must be escaped, or a malformed escape.
    #[error("the value is malformed at byte {0} of the name")]
    Value(usize),
    /// A value in hex is not the BER of one element.
    #[error("the hex value that ends at byte {0} of the name is malformed")]
    Hex(usize),
}

impl Dn {
    /// Reads RFC 4514, and spaces around `,`, `+` and `=` as RFC 2253 has them. The empty text is the root.
    pub fn parse(text: &str) -> Result<Self, DnError> {
        Ok(Self { rdns: parse::parse(text)?, text: text.to_owned() })
    }

    /// The text that it was read from.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is the root.
    pub const fn is_root(&self) -> bool {
        self.rdns.is_empty()
    }

    /// Whether it is `base` or lies below it.
    pub fn is_within(&self, base: &Self) -> bool {
        self.rdns.ends_with(&base.rdns)
    }

    /// One text for all texts of this name: to be a key, never to be sent to a server.
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

    /// The value of the first relative name, normalized: the name of a group among its siblings.
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
