//! Filters with placeholders. A placeholder is part of a value and is replaced by a value, so that
//! user input cannot change the filter.

use super::{Filter, FilterError, text};

/// A template placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placeholder {
    /// `{login}`: the entered login name.
    Login,
    /// `{dn}`: the distinguished name of the user or group to find among members.
    Dn,
}

impl Placeholder {
    /// The name within the braces.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Dn => "dn",
        }
    }
}

/// A part of a value in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The placeholder's value.
    Placeholder(Placeholder),
}

/// A filter such as `(&(objectClass=person)(uid={login}))`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    filter: Filter<Vec<Piece>>,
    placeholder: Placeholder,
}

impl Template {
    /// Parses RFC 4515 with `placeholder` in at least one value. A literal `{` is written `\7b`.
    pub fn parse(text: &str, placeholder: Placeholder) -> Result<Self, FilterError> {
        let filter = text::parse(text, &[placeholder])?;
        if has(&filter, placeholder) {
            Ok(Self { filter, placeholder })
        } else {
            Err(FilterError::PlaceholderMissing(placeholder.name()))
        }
    }

    /// The filter with this value substituted for the placeholder.
    pub fn fill(&self, value: &[u8]) -> Filter {
        fill(&self.filter, &[(self.placeholder, value)])
    }
}

fn has(filter: &Filter<Vec<Piece>>, placeholder: Placeholder) -> bool {
    let within = |value: &Vec<Piece>| value.contains(&Piece::Placeholder(placeholder));
    match filter {
        Filter::And(filters) | Filter::Or(filters) => {
            filters.iter().any(|filter| has(filter, placeholder))
        }
        Filter::Not(filter) => has(filter, placeholder),
        Filter::Present(_) => false,
        Filter::Equal(_, value)
        | Filter::AtLeast(_, value)
        | Filter::AtMost(_, value)
        | Filter::Approximately(_, value)
        | Filter::Extensible { value, .. } => within(value),
        Filter::Substrings { initial, any, last, .. } => {
            initial.iter().chain(any).chain(last).any(within)
        }
    }
}

pub(super) fn fill(filter: &Filter<Vec<Piece>>, values: &[(Placeholder, &[u8])]) -> Filter {
    let value = |pieces: &Vec<Piece>| {
        let mut bytes = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Bytes(literal) => bytes.extend_from_slice(literal),
                Piece::Placeholder(wanted) => {
                    let found = values.iter().find(|(placeholder, _)| placeholder == wanted);
                    bytes.extend_from_slice(found.map(|(_, value)| *value).unwrap_or_default());
                }
            }
        }
        bytes
    };
    let set = |filters: &Vec<_>| filters.iter().map(|filter| fill(filter, values)).collect();
    match filter {
        Filter::And(filters) => Filter::And(set(filters)),
        Filter::Or(filters) => Filter::Or(set(filters)),
        Filter::Not(filter) => Filter::Not(Box::new(fill(filter, values))),
        Filter::Equal(attribute, pieces) => Filter::Equal(attribute.clone(), value(pieces)),
        Filter::AtLeast(attribute, pieces) => Filter::AtLeast(attribute.clone(), value(pieces)),
        Filter::AtMost(attribute, pieces) => Filter::AtMost(attribute.clone(), value(pieces)),
        Filter::Approximately(attribute, pieces) => {
            Filter::Approximately(attribute.clone(), value(pieces))
        }
        Filter::Present(attribute) => Filter::Present(attribute.clone()),
        Filter::Substrings { attribute, initial, any, last } => Filter::Substrings {
            attribute: attribute.clone(),
            initial: initial.as_ref().map(value),
            any: any.iter().map(value).collect(),
            last: last.as_ref().map(value),
        },
        Filter::Extensible { attribute, rule, dn_attributes, value: pieces } => {
            Filter::Extensible {
                attribute: attribute.clone(),
                rule: rule.clone(),
                dn_attributes: *dn_attributes,
                value: value(pieces),
            }
        }
    }
}
