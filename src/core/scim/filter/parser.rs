//! The grammar of filters (RFC 7644 §3.4.2.2, figure 1).

use serde_json::Value;

use super::{
    Filter,
    comparison::{Comparison, Operator},
};
use crate::core::scim::{
    error::Refusal,
    path::{Scope, Target},
    schema::Kind,
};

/// The longest filter, in bytes.
const MAXIMUM_LENGTH: usize = 4096;

/// How deep groups may stand in each other.
const MAXIMUM_DEPTH: usize = 16;

/// The most comparisons.
const MAXIMUM_TERMS: usize = 50;

/// A recursive-descent parser.
pub(super) struct Parser<'a> {
    text: &'a str,
    scope: Scope,
    among_types: bool,
    depth: usize,
    terms: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(scope: Scope, text: &'a str) -> Result<Self, Refusal> {
        if text.len() > MAXIMUM_LENGTH {
            return Err(Refusal::filter("the filter is too long"));
        }
        Ok(Self { text: text.trim(), scope, among_types: false, depth: 0, terms: 0 })
    }

    /// An attribute that the type does not have has no value.
    pub(super) const fn among_types(self) -> Self {
        Self { among_types: true, ..self }
    }

    /// The filter that is the whole text.
    pub(super) fn whole(mut self) -> Result<Filter, Refusal> {
        let filter = self.any()?;
        if self.text.is_empty() { Ok(filter) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> Refusal {
        if self.text.is_empty() {
            Refusal::filter("the filter ends too early")
        } else {
            Refusal::filter(format!("the filter cannot go on with {:.40}", self.text))
        }
    }

    /// Takes `word` if it stands next, as a whole word.
    fn word(&mut self, word: &str) -> bool {
        let rest = match self.text.split_at_checked(word.len()) {
            Some((head, rest)) if head.eq_ignore_ascii_case(word) => rest,
            _ => return false,
        };
        if !rest.starts_with([' ', '(', '\t']) {
            return false;
        }
        self.text = rest.trim_start();
        true
    }

    fn any(&mut self) -> Result<Filter, Refusal> {
        let mut filters = vec![self.all()?];
        while self.word("or") {
            filters.push(self.all()?);
        }
        Ok(joined(filters, Filter::Any))
    }

    fn all(&mut self) -> Result<Filter, Refusal> {
        let mut filters = vec![self.one()?];
        while self.word("and") {
            filters.push(self.one()?);
        }
        Ok(joined(filters, Filter::All))
    }

    fn one(&mut self) -> Result<Filter, Refusal> {
        if let Some(rest) = self.text.strip_prefix('(') {
            return self.group(rest, ')');
        }
        let before = self.text;
        if self.word("not") {
            if let Some(rest) = self.text.strip_prefix('(') {
                return Ok(Filter::Not(Box::new(self.group(rest, ')')?)));
            }
            self.text = before;
        }
        self.term()
    }

    /// The filter of `rest` up to `end`.
    fn group(&mut self, rest: &'a str, end: char) -> Result<Filter, Refusal> {
        self.depth += 1;
        if self.depth > MAXIMUM_DEPTH {
            return Err(Refusal::filter("the filter is nested too deep"));
        }
        self.text = rest.trim_start();
        let filter = self.any()?;
        self.text = self.text.strip_prefix(end).ok_or_else(|| self.unexpected())?.trim_start();
        self.depth -= 1;
        Ok(filter)
    }

    fn term(&mut self) -> Result<Filter, Refusal> {
        self.terms += 1;
        if self.terms > MAXIMUM_TERMS {
            return Err(Refusal::filter("the filter has too many comparisons"));
        }
        let end = self.text.find([' ', '\t', '(', ')', '[', ']', '"']);
        let (name, rest) = self.text.split_at(end.unwrap_or(self.text.len()));
        if name.is_empty() {
            return Err(self.unexpected());
        }
        let target = Target::find(self.scope, name);
        if target.is_none() && !self.among_types {
            return Err(Refusal::filter(format!("{name:.100} is not an attribute")));
        }
        if let Some(rest) = rest.strip_prefix('[') {
            return self.values(target, name, rest);
        }
        self.text = rest.trim_start();
        let end = self.text.find([' ', '\t', ')', ']']).unwrap_or(self.text.len());
        let (operator, rest) = self.text.split_at(end);
        if operator.eq_ignore_ascii_case("pr") {
            self.text = rest.trim_start();
            return Ok(target.map_or(Filter::Constant(false), Filter::Present));
        }
        let operator = Operator::read(operator)
            .ok_or_else(|| Refusal::filter(format!("{operator:.40} is not an operator")))?;
        self.text = rest.trim_start();
        let operand = self.operand()?;
        let Some(target) = target else {
            return Ok(Filter::Constant((operator == Operator::Ne) != operand.is_null()));
        };
        Comparison::new(target, operator, &operand).map(Filter::Compare)
    }

    fn values(
        &mut self,
        target: Option<Target>,
        name: &str,
        rest: &'a str,
    ) -> Result<Filter, Refusal> {
        let list = target.filter(|it| it.sub.is_none() && it.attribute.kind == Kind::Complex);
        let (Some(target), Scope::Resource(_)) = (list, self.scope) else {
            return Err(Refusal::filter(format!("{name:.100} has no values to choose from")));
        };
        let outer = std::mem::replace(&mut self.scope, Scope::Values(target.attribute));
        let filter = self.group(rest, ']')?;
        self.scope = outer;
        Ok(Filter::Values(target, Box::new(filter)))
    }

    /// The JSON value that stands next: a string, a number, `true`, `false` or `null`.
    fn operand(&mut self) -> Result<Value, Refusal> {
        let end = if self.text.starts_with('"') {
            let mut is_escaped = false;
            let end = self.text.char_indices().skip(1).find(|(_, c)| {
                let ends = *c == '"' && !is_escaped;
                is_escaped = *c == '\\' && !is_escaped;
                ends
            });
            end.map_or(self.text.len(), |(at, _)| at + 1)
        } else {
            self.text.find([' ', '\t', ')', ']']).unwrap_or(self.text.len())
        };
        let (text, rest) = self.text.split_at(end);
        let value = match text.to_ascii_lowercase().as_str() {
            // Some clients write them as Python does.
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => serde_json::from_str(text).map_err(|_| self.unexpected())?,
        };
        self.text = rest.trim_start();
        Ok(value)
    }
}

fn joined(mut filters: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match filters.len() {
        1 => filters.pop().unwrap_or(Filter::Constant(false)),
        _ => join(filters),
    }
}
