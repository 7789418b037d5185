//! Search filters (RFC 4511 §4.5.1.7): the typed form and its encoding.

mod template;
mod text;

use super::ber::{OCTETS, SEQUENCE, element, octets};

pub use template::{Placeholder, Template};

/// Transitive matching of linked values: `LDAP_MATCHING_RULE_IN_CHAIN` of Active Directory.
pub const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";

/// Maximum nesting depth of a filter.
pub(super) const DEEPEST: usize = 32;
/// Maximum number of items in a filter.
pub(super) const MOST_ITEMS: usize = 4096;

/// A filter. Values are raw bytes; `V` differs in a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter<V = Vec<u8>> {
    /// All of them; an empty list is true (RFC 4526).
    And(Vec<Self>),
    /// Any of them; an empty list is false (RFC 4526).
    Or(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// The attribute has the value.
    Equal(String, V),
    /// The attribute has a value with these parts in this order.
    Substrings {
        /// The attribute.
        attribute: String,
        /// The prefix.
        initial: Option<V>,
        /// The inner substrings.
        any: Vec<V>,
        /// The suffix.
        last: Option<V>,
    },
    /// The attribute has a value at or above this.
    AtLeast(String, V),
    /// The attribute has a value at or below this.
    AtMost(String, V),
    /// The attribute has a value.
    Present(String),
    /// The attribute has a value approximately equal to this.
    Approximately(String, V),
    /// The attribute has a value that a rule matches.
    Extensible {
        /// The attribute; `None` for all that the rule applies to.
        attribute: Option<String>,
        /// The rule, such as [`IN_CHAIN`]; `None` for equality.
        rule: Option<String>,
        /// Whether the attributes of the entry's DN are also matched.
        dn_attributes: bool,
        /// The value.
        value: V,
    },
}

/// Why a text is not a valid filter, or a filter cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Longer than 64 KiB.
    #[error("the filter is longer than 64 KiB")]
    TooLong,
    /// Deeper than [`DEEPEST`].
    #[error("the filter nests deeper than 32")]
    TooDeep,
    /// More items than [`MOST_ITEMS`].
    #[error("the filter has more than 4096 items")]
    TooManyItems,
    /// An expected character is missing.
    #[error("`{expected}` is due at byte {at} of the filter")]
    Expected {
        /// The expected character.
        expected: &'static str,
        /// Byte offset.
        at: usize,
    },
    /// An attribute description (RFC 4512 §2.5) is malformed.
    #[error("`{0}` is not an attribute")]
    Attribute(String),
    /// A matching rule is malformed.
    #[error("`{0}` is not a matching rule")]
    Rule(String),
    /// A value has an unescaped special character or a malformed escape.
    #[error("a value has an unescaped character or a malformed escape at byte {at} of the filter")]
    Value {
        /// Byte offset.
        at: usize,
    },
    /// A placeholder not supported by this template.
    #[error("`{{{0}}}` is not a placeholder of this filter (a literal brace is written \\7b)")]
    Placeholder(String),
    /// The template lacks its required placeholder.
    #[error("the filter does not contain `{{{0}}}`")]
    PlaceholderMissing(&'static str),
}

impl Filter {
    /// The attribute has the value.
    pub fn equal(attribute: impl Into<String>, value: impl AsRef<[u8]>) -> Self {
        Self::Equal(attribute.into(), value.as_ref().to_vec())
    }

    /// The attribute has a value at or above this.
    pub fn at_least(attribute: impl Into<String>, value: impl AsRef<[u8]>) -> Self {
        Self::AtLeast(attribute.into(), value.as_ref().to_vec())
    }

    /// The attribute has a value at or below this.
    pub fn at_most(attribute: impl Into<String>, value: impl AsRef<[u8]>) -> Self {
        Self::AtMost(attribute.into(), value.as_ref().to_vec())
    }

    /// All of them.
    pub fn all(filters: impl IntoIterator<Item = Self>) -> Self {
        Self::And(filters.into_iter().collect())
    }

    /// Any of them.
    pub fn any(filters: impl IntoIterator<Item = Self>) -> Self {
        Self::Or(filters.into_iter().collect())
    }

    /// Parses RFC 4515.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let template = text::parse(text, &[])?;
        Ok(template::fill(&template, &[]))
    }

    /// Its encoding.
    pub(super) fn encode(&self) -> Result<Vec<u8>, FilterError> {
        encode(self, DEEPEST)
    }
}

fn encode(filter: &Filter, depth: usize) -> Result<Vec<u8>, FilterError> {
    let inner = |filter: &Filter| encode(filter, depth.checked_sub(1).ok_or(FilterError::TooDeep)?);
    let set = |tag, filters: &[Filter]| {
        let parts = filters.iter().map(inner).collect::<Result<Vec<_>, _>>()?;
        Ok(element(tag, &[&parts.concat()]))
    };
    let assertion = |tag, attribute: &str, value: &[u8]| {
        Ok(element(tag, &[&octets(checked(attribute)?.as_bytes()), &octets(value)]))
    };
    match filter {
        Filter::And(filters) => set(0xa0, filters),
        Filter::Or(filters) => set(0xa1, filters),
        Filter::Not(filter) => Ok(element(0xa2, &[&inner(filter)?])),
        Filter::Equal(attribute, value) => assertion(0xa3, attribute, value),
        Filter::AtLeast(attribute, value) => assertion(0xa5, attribute, value),
        Filter::AtMost(attribute, value) => assertion(0xa6, attribute, value),
        Filter::Approximately(attribute, value) => assertion(0xa8, attribute, value),
        Filter::Present(attribute) => Ok(element(0x87, &[checked(attribute)?.as_bytes()])),
        Filter::Substrings { attribute, initial, any, last } => {
            let initial = initial.iter().map(|part| element(0x80, &[part]));
            let any = any.iter().map(|part| element(0x81, &[part]));
            let last = last.iter().map(|part| element(0x82, &[part]));
            let parts: Vec<u8> = initial.chain(any).chain(last).flatten().collect();
            let sequence = element(SEQUENCE, &[&parts]);
            Ok(element(0xa4, &[&element(OCTETS, &[checked(attribute)?.as_bytes()]), &sequence]))
        }
        Filter::Extensible { attribute, rule, dn_attributes, value } => {
            let part = |tag, text: &Option<String>| {
                text.as_ref().map(|text| element(tag, &[text.as_bytes()])).unwrap_or_default()
            };
            if let Some(attribute) = attribute {
                checked(attribute)?;
            }
            if let Some(rule) = rule.as_ref().filter(|rule| !text::is_rule(rule)) {
                return Err(FilterError::Rule(rule.clone()));
            }
            // False is the default, which is not encoded (RFC 4511 §5.1).
            let dn = if *dn_attributes { element(0x84, &[&[0xff]]) } else { Vec::new() };
            let value = element(0x83, &[value]);
            Ok(element(0xa9, &[&part(0x81, rule), &part(0x82, attribute), &value, &dn]))
        }
    }
}

fn checked(attribute: &str) -> Result<&str, FilterError> {
    if text::is_attribute(attribute) {
        Ok(attribute)
    } else {
        Err(FilterError::Attribute(attribute.to_owned()))
    }
}

/// Whether this is an attribute description (RFC 4512 §2.5): `uid`, `2.5.4.3`, `userCertificate;binary`.
pub fn is_attribute(text: &str) -> bool {
    text::is_attribute(text)
}
