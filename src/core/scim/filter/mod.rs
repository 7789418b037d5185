//! Filters (RFC 7644 §3.4.2.2): grammar, evaluation, and which look-ups a filter allows.
//!
//! Length, depth and the number of comparisons are bounded (ATTACKS H-113), and names and operands are
//! resolved and folded once, when the filter is read.

mod comparison;
mod parser;

use serde_json::{Map, Value};

pub use self::comparison::{Comparison, Operator};
use self::parser::Parser;
use super::{
    error::Refusal,
    path::{Scope, Target},
    schema::{Attribute, ResourceType},
};

/// A condition on a resource.
#[derive(Debug)]
pub enum Filter {
    /// All of these.
    All(Vec<Self>),
    /// Any of these.
    Any(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// The attribute has a value.
    Present(Target),
    /// The attribute compares with the operand.
    Compare(Comparison),
    /// One value of a list meets the condition.
    Values(Target, Box<Self>),
    /// The same for every resource: its type does not have the attribute.
    Constant(bool),
}

impl Filter {
    /// Reads a filter on the resources of a type. Every attribute must be one of the type's.
    pub fn parse(resource_type: &'static ResourceType, text: &str) -> Result<Self, Refusal> {
        Parser::new(Scope::Resource(resource_type), text)?.whole()
    }

    /// Reads a filter on resources of several types, for those of one type: an attribute that the
    /// type does not have has no value (RFC 7644 §3.4.2.1).
    pub fn parse_among(resource_type: &'static ResourceType, text: &str) -> Result<Self, Refusal> {
        Parser::new(Scope::Resource(resource_type), text)?.among_types().whole()
    }

    /// Reads a filter on the values of a list.
    pub(super) fn parse_values(attribute: &'static Attribute, text: &str) -> Result<Self, Refusal> {
        Parser::new(Scope::Values(attribute), text)?.whole()
    }

    /// Whether `resource` meets the condition.
    pub fn matches(&self, resource: &Map<String, Value>) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.matches(resource)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(resource)),
            Self::Not(filter) => !filter.matches(resource),
            Self::Present(target) => target.values(resource).next().is_some(),
            Self::Compare(comparison) => comparison.matches(resource),
            Self::Values(target, filter) => {
                let mut objects = target.values(resource).filter_map(Value::as_object);
                objects.any(|object| filter.matches(object))
            }
            Self::Constant(holds) => *holds,
        }
    }

    /// Look-ups that find every resource which meets the condition, and perhaps others; `None` if
    /// there are none. `of` is the look-up of a comparison, given the list that it is inside.
    pub fn lookups<K>(
        &self,
        of: &dyn Fn(Option<&Target>, &Comparison) -> Option<K>,
    ) -> Option<Vec<K>> {
        self.lookups_inside(None, of)
    }

    fn lookups_inside<K>(
        &self,
        list: Option<&Target>,
        of: &dyn Fn(Option<&Target>, &Comparison) -> Option<K>,
    ) -> Option<Vec<K>> {
        match self {
            Self::Compare(comparison) => of(list, comparison).map(|key| vec![key]),
            Self::All(filters) => {
                let lookups = filters.iter().filter_map(|filter| filter.lookups_inside(list, of));
                lookups.min_by_key(Vec::len)
            }
            Self::Any(filters) => {
                let all: Option<Vec<_>> =
                    filters.iter().map(|filter| filter.lookups_inside(list, of)).collect();
                all.map(|all| all.into_iter().flatten().collect())
            }
            Self::Values(target, filter) => filter.lookups_inside(Some(target), of),
            Self::Constant(false) => Some(Vec::new()),
            Self::Not(_) | Self::Present(_) | Self::Constant(true) => None,
        }
    }

    /// The equalities that every value which meets the condition has: what a new value of the list
    /// begins with. `None` if the condition says more than that.
    pub(super) fn equalities(&self) -> Option<Map<String, Value>> {
        match self {
            Self::Compare(comparison) => comparison.equality(),
            Self::All(filters) => {
                let mut object = Map::new();
                for filter in filters {
                    object.extend(filter.equalities()?);
                }
                Some(object)
            }
            _ => None,
        }
    }
}
