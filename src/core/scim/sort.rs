//! The order of a list (RFC 7644 §3.4.2.3).

use std::cmp::Ordering;

use serde_json::Value;

use super::{
    error::Refusal,
    path::{Scope, Target},
    resource::Resource,
    schema::{Kind, ResourceType},
    value::is_primary,
};

/// By which attribute a list is sorted.
#[derive(Debug, Clone, Copy)]
pub struct Sorting {
    /// The attribute.
    pub target: Target,
    /// Whether the greatest value comes first.
    pub descending: bool,
}

/// A value of a resource as it is compared; a resource without one comes last.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// A flag.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A text, in lower case unless case counts.
    Text(String),
    /// No value.
    Absent,
}

impl Sorting {
    /// Reads `sortBy` and `sortOrder`.
    pub fn read(
        resource_type: &'static ResourceType,
        by: &str,
        order: Option<&str>,
    ) -> Result<Self, Refusal> {
        let descending = match order.map(str::to_ascii_lowercase).as_deref() {
            None | Some("" | "ascending") => false,
            Some("descending") => true,
            Some(_) => return Err(Refusal::value("sortOrder must be ascending or descending")),
        };
        let target = Target::find(Scope::Resource(resource_type), by);
        let target = target.ok_or_else(|| Refusal::path("sortBy is not an attribute"))?;
        let sub = target.sub.or_else(|| target.attribute.default_sub());
        let target = Target { sub, ..target };
        if target.leaf().kind == Kind::Complex {
            return Err(Refusal::path("sortBy is complex: name one of its parts"));
        }
        Ok(Self { target, descending })
    }

    /// What a resource is sorted by: of a list, the primary value, else the first.
    pub fn key(&self, resource: &Resource) -> SortKey {
        let target = &self.target;
        let whole = Target { sub: None, ..*target };
        let primary = whole.values(resource).find(|value| is_primary(value));
        let value = match (primary, target.sub) {
            (Some(primary), Some(sub)) => primary.get(sub.name),
            _ => target.values(resource).next(),
        };
        match value {
            Some(Value::Bool(flag)) => SortKey::Flag(*flag),
            Some(Value::Number(number)) => number.as_i64().map_or(SortKey::Absent, SortKey::Number),
            Some(Value::String(text)) if target.leaf().case_exact => SortKey::Text(text.clone()),
            Some(Value::String(text)) => SortKey::Text(text.to_lowercase()),
            _ => SortKey::Absent,
        }
    }

    /// Sorts `resources`; those with equal values keep their order. In descending order those
    /// without a value come first.
    pub fn sort(&self, resources: &mut [Resource]) {
        resources.sort_by_cached_key(|resource| Directed(self.key(resource), self.descending));
    }
}

#[derive(PartialEq, Eq)]
struct Directed(SortKey, bool);

impl Ord for Directed {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = self.0.cmp(&other.0);
        if self.1 { order.reverse() } else { order }
    }
}

impl PartialOrd for Directed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
