//! Comparisons of attributes (RFC 7644 §3.4.2.2, table 3).

use std::cmp::Ordering;

use chrono::DateTime;
use serde_json::{Map, Value};

use crate::core::scim::{error::Refusal, path::Target, schema::Kind};

/// The comparison of an attribute.
#[derive(Debug)]
pub struct Comparison {
    /// The attribute.
    pub target: Target,
    /// How it compares.
    pub operator: Operator,
    /// With what.
    operand: Operand,
}

/// How an attribute compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its RFC's own word")]
pub enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Debug)]
enum Operand {
    Null,
    Flag(bool),
    Number(i64),
    /// In lower case unless case counts.
    Text(String),
    /// Milliseconds.
    Time(i64),
}

impl Operator {
    pub(super) fn read(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "co" => Self::Co,
            "sw" => Self::Sw,
            "ew" => Self::Ew,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            _ => return None,
        })
    }

    fn admits(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
            Self::Ne | Self::Co | Self::Sw | Self::Ew => false,
        }
    }
}

impl Comparison {
    pub(super) fn new(target: Target, operator: Operator, sent: &Value) -> Result<Self, Refusal> {
        let sub = target.sub.or_else(|| target.attribute.default_sub());
        let target = Target { sub, ..target };
        let leaf = target.leaf();
        let refused = |why: &str| Refusal::filter(format!("{} {why}", leaf.name));
        let equality = matches!(operator, Operator::Eq | Operator::Ne);
        let operand = match (leaf.kind, sent) {
            (Kind::Complex, _) => return Err(refused("is complex: compare one of its parts")),
            (_, Value::Null) if equality => Operand::Null,
            (_, Value::Null) => return Err(refused("does not compare with null in that way")),
            (Kind::Boolean, _) if !equality => return Err(refused("has only eq and ne")),
            (Kind::Boolean, Value::Bool(flag)) => Operand::Flag(*flag),
            (Kind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => {
                Operand::Flag(true)
            }
            (Kind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => {
                Operand::Flag(false)
            }
            (Kind::Boolean, _) => return Err(refused("compares with true and false")),
            (Kind::Integer, Value::Number(number)) if number.is_i64() => {
                Operand::Number(number.as_i64().unwrap_or_default())
            }
            (Kind::Integer, _) => return Err(refused("compares with a whole number")),
            (Kind::DateTime, Value::String(text)) => {
                if matches!(operator, Operator::Co | Operator::Sw | Operator::Ew) {
                    return Err(refused("is a time, which has no parts"));
                }
                Operand::Time(time(text).ok_or_else(|| refused("compares with a time"))?)
            }
            (_, Value::String(text)) if leaf.case_exact => Operand::Text(text.clone()),
            (_, Value::String(text)) => Operand::Text(text.to_lowercase()),
            _ => return Err(refused("compares with a string")),
        };
        Ok(Self { target, operator, operand })
    }

    /// The text that the attribute compares with, in lower case unless case counts.
    pub fn operand(&self) -> Option<&str> {
        match &self.operand {
            Operand::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn matches(&self, resource: &Map<String, Value>) -> bool {
        match self.operator {
            Operator::Ne => !self.any(resource, Operator::Eq),
            operator => self.any(resource, operator),
        }
    }

    /// The member that a value with this equality has; `None` if it is none.
    pub(super) fn equality(&self) -> Option<Map<String, Value>> {
        let value = match (self.operator, &self.operand) {
            (Operator::Eq, Operand::Text(text)) => text.as_str().into(),
            (Operator::Eq, Operand::Flag(flag)) => (*flag).into(),
            _ => return None,
        };
        Some(Map::from_iter([(self.target.leaf().name.to_owned(), value)]))
    }

    fn any(&self, resource: &Map<String, Value>, operator: Operator) -> bool {
        let mut values = self.target.values(resource);
        match &self.operand {
            Operand::Null => values.next().is_none(),
            operand => {
                let is_exact = self.target.leaf().case_exact;
                values.any(|value| holds(operand, operator, value, is_exact))
            }
        }
    }
}

fn holds(operand: &Operand, operator: Operator, value: &Value, is_exact: bool) -> bool {
    match (operand, value) {
        (Operand::Flag(flag), Value::Bool(value)) => operator.admits(value.cmp(flag)),
        (Operand::Number(number), Value::Number(value)) => {
            value.as_i64().is_some_and(|value| operator.admits(value.cmp(number)))
        }
        (Operand::Time(operand), Value::String(text)) => {
            time(text).is_some_and(|value| operator.admits(value.cmp(operand)))
        }
        (Operand::Text(operand), Value::String(value)) => {
            let folded;
            let value = if is_exact {
                value.as_str()
            } else {
                folded = value.to_lowercase();
                &folded
            };
            match operator {
                Operator::Co => value.contains(operand.as_str()),
                Operator::Sw => value.starts_with(operand.as_str()),
                Operator::Ew => value.ends_with(operand.as_str()),
                _ => operator.admits(value.cmp(operand.as_str())),
            }
        }
        _ => false,
    }
}

fn time(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis())
}
