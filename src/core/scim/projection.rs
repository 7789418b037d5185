//! The attributes of a response (RFC 7644 §3.9; RFC 7643 §7, `returned`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{
    error::Refusal,
    path::{Scope, Target},
    resource::Resource,
    schema::{ResourceType, Returned},
};

/// The most names of one parameter.
const MAXIMUM_NAMES: usize = 100;

/// The attributes that a client asks for, or does not want.
#[derive(Debug, Default)]
pub struct Projection {
    only: Option<Names>,
    without: Names,
}

/// Attributes by the object that holds them (empty: the core schema), with the parts of complex ones;
/// no parts: the whole attribute.
type Names = BTreeMap<(&'static str, &'static str), BTreeSet<&'static str>>;

impl Projection {
    /// Reads `attributes` and `excludedAttributes`. Names that are no attributes are left out.
    pub fn read<'a>(
        resource_type: &'static ResourceType,
        attributes: impl IntoIterator<Item = &'a str>,
        excluded: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Refusal> {
        let mut attributes = attributes.into_iter().peekable();
        let asks = attributes.peek().is_some();
        let only = names(resource_type, attributes)?;
        let without = names(resource_type, excluded)?;
        if asks && !without.is_empty() {
            let why = "attributes and excludedAttributes exclude each other";
            return Err(Refusal::value(why));
        }
        Ok(Self { only: asks.then_some(only), without })
    }

    /// Whether the response has the attribute of that name of the core schema, or a part of it.
    pub fn includes(&self, name: &'static str) -> bool {
        let key = ("", name);
        match &self.only {
            Some(only) => only.contains_key(&key),
            None => self.without.get(&key).is_none_or(|parts| !parts.is_empty()),
        }
    }

    /// Removes from `resource` what the response does not have.
    pub fn apply(&self, resource_type: &'static ResourceType, resource: &mut Resource) {
        for attribute in resource_type.attributes() {
            let key = ("", attribute.name);
            let is_fixed = attribute.returned == Returned::Always;
            if attribute.returned == Returned::Never {
                resource.remove(attribute.name);
            } else if !is_fixed {
                self.apply_to(resource, key);
            }
        }
        for extension in resource_type.extensions {
            let whole = (extension.id, "");
            if self.without.contains_key(&whole) {
                resource.remove(extension.id);
            } else if self.only.as_ref().is_none_or(|only| !only.contains_key(&whole))
                && let Some(object) = resource.get_mut(extension.id).and_then(Value::as_object_mut)
            {
                for attribute in extension.attributes {
                    self.apply_to(object, (extension.id, attribute.name));
                }
                if object.is_empty() {
                    resource.remove(extension.id);
                }
            }
        }
    }

    fn apply_to(&self, object: &mut Map<String, Value>, key: (&'static str, &'static str)) {
        let (_, name) = key;
        if let Some(only) = &self.only {
            match only.get(&key) {
                None => {
                    object.remove(name);
                }
                Some(parts) if parts.is_empty() => {}
                Some(parts) => {
                    if let Some(value) = object.get_mut(name) {
                        retain(value, &|part| parts.contains(part));
                    }
                }
            }
        } else if let Some(parts) = self.without.get(&key) {
            if parts.is_empty() {
                object.remove(name);
            } else if let Some(value) = object.get_mut(name) {
                retain(value, &|part| !parts.contains(part));
            }
        }
    }
}

fn retain(value: &mut Value, keeps: &dyn Fn(&str) -> bool) {
    match value {
        Value::Object(object) => object.retain(|name, _| keeps(name)),
        Value::Array(values) => values.iter_mut().for_each(|value| retain(value, keeps)),
        _ => {}
    }
}

fn names<'a>(
    resource_type: &'static ResourceType,
    sent: impl IntoIterator<Item = &'a str>,
) -> Result<Names, Refusal> {
    let mut names = Names::new();
    for (count, name) in sent.into_iter().enumerate() {
        if count >= MAXIMUM_NAMES {
            return Err(Refusal::value("there are too many names of attributes"));
        }
        let name = name.trim();
        if let Some(extension) = resource_type.extension(name) {
            names.insert((extension.id, ""), BTreeSet::new());
            continue;
        }
        let Some(target) = Target::find(Scope::Resource(resource_type), name) else { continue };
        let key = (target.extension.map_or("", |schema| schema.id), target.attribute.name);
        match target.sub {
            None => {
                names.insert(key, BTreeSet::new());
            }
            Some(sub) => match names.get_mut(&key) {
                None => {
                    names.insert(key, BTreeSet::from([sub.name]));
                }
                Some(parts) if parts.is_empty() => {}
                Some(parts) => {
                    parts.insert(sub.name);
                }
            },
        }
    }
    Ok(names)
}
