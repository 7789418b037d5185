//! Names of attributes in filters and parameters (RFC 7644 §3.10), and the paths of PATCH (§3.5.2).

use serde_json::{Map, Value};

use super::{
    error::Refusal,
    filter::Filter,
    schema::{Attribute, ResourceType, Schema},
};

/// An attribute of a resource, or one inside a complex attribute.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The extension that it belongs to; `None`: the core schema.
    pub extension: Option<&'static Schema>,
    /// The attribute.
    pub attribute: &'static Attribute,
    /// The attribute inside it.
    pub sub: Option<&'static Attribute>,
}

/// What names are resolved against.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scope {
    /// A resource.
    Resource(&'static ResourceType),
    /// One value of a complex attribute.
    Values(&'static Attribute),
}

impl Target {
    /// The attribute that `text` names, as `[urn:]attribute[.sub]`; case does not count.
    pub(super) fn find(scope: Scope, text: &str) -> Option<Self> {
        let resource_type = match scope {
            Scope::Values(attribute) => {
                let attribute = attribute.sub(text)?;
                return Some(Self { extension: None, attribute, sub: None });
            }
            Scope::Resource(resource_type) => resource_type,
        };
        let (extension, name) = match text.rsplit_once(':') {
            None => (None, text),
            Some((urn, name)) if urn.eq_ignore_ascii_case(resource_type.schema.id) => (None, name),
            Some((urn, name)) => (Some(resource_type.extension(urn)?), name),
        };
        let (name, sub) = match name.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (name, None),
        };
        let attribute = match extension {
            Some(schema) => schema.attribute(name)?,
            None => resource_type.attribute(name)?,
        };
        let sub = match sub {
            Some(sub) => Some(attribute.sub(sub)?),
            None => None,
        };
        Some(Self { extension, attribute, sub })
    }

    /// The attribute whose values are compared.
    pub fn leaf(&self) -> &'static Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// The values in `resource`, those of a list one by one.
    pub fn values<'a>(&self, resource: &'a Map<String, Value>) -> impl Iterator<Item = &'a Value> {
        let holder = match self.extension {
            Some(schema) => resource.get(schema.id).and_then(Value::as_object),
            None => Some(resource),
        };
        let value = holder.and_then(|holder| holder.get(self.attribute.name));
        let values = match value {
            Some(Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        let sub = self.sub;
        values.iter().filter_map(move |value| match sub {
            Some(sub) => value.get(sub.name),
            None => Some(value),
        })
    }
}

/// What an operation of PATCH changes.
#[derive(Debug)]
pub enum Place {
    /// All of an extension.
    Extension(&'static Schema),
    /// An attribute, or a part of it.
    Attribute {
        /// The attribute, or the one inside it.
        target: Target,
        /// Which values of the list; `None`: all.
        filter: Option<Filter>,
    },
}

impl Place {
    /// Reads `attrPath / valuePath [subAttr]`. `Ok(None)`: well formed, but no attribute.
    pub(super) fn find(
        resource_type: &'static ResourceType,
        text: &str,
    ) -> Result<Option<Self>, Refusal> {
        if let Some(extension) = resource_type.extension(text) {
            return Ok(Some(Self::Extension(extension)));
        }
        let scope = Scope::Resource(resource_type);
        let Some((name, rest)) = text.split_once('[') else {
            if !is_name(text) {
                return Err(Refusal::path(format!("{text:.100} is not a path")));
            }
            let target = Target::find(scope, text);
            return Ok(target.map(|target| Self::Attribute { target, filter: None }));
        };
        let (filter, sub) =
            rest.rsplit_once(']').ok_or_else(|| Refusal::path("the path has no ] for its ["))?;
        let Some(mut target) = Target::find(scope, name) else { return Ok(None) };
        if target.sub.is_some() || !target.attribute.multi_valued {
            return Err(Refusal::path(format!("{name:.100} is no list of values")));
        }
        let filter = Filter::parse_values(target.attribute, filter)?;
        target.sub = match sub.strip_prefix('.') {
            None if sub.is_empty() => None,
            None => return Err(Refusal::path("the path goes on after its ]")),
            Some(sub) => match target.attribute.sub(sub) {
                Some(sub) => Some(sub),
                None => return Ok(None),
            },
        };
        Ok(Some(Self::Attribute { target, filter: Some(filter) }))
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 256
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:$".contains(&byte))
}
