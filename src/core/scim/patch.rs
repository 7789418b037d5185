//! PATCH (RFC 7644 §3.5.2): `add`, `remove` and `replace`, in the forms in which identity providers
//! send them.
//!
//! Entra ID writes `Add`, `"True"`, paths as names of members (`emails[type eq "work"].value`), and
//! members to be removed as the value of a `remove`; Okta replaces without a path.

mod list;

use serde_json::{Map, Value};

use super::{
    error::{Refusal, ScimType},
    path::{Place, Target},
    resource::Resource,
    schema::{Attribute, Mutability, ResourceType},
};

/// The schema of a PATCH request.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The most operations of one request.
const MAXIMUM_OPERATIONS: usize = 100;

/// The operations of a PATCH request, in order.
#[derive(Debug)]
pub struct Patch {
    operations: Vec<Operation>,
}

#[derive(Debug)]
struct Operation {
    verb: Verb,
    path: Option<String>,
    value: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| {
        object.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}

impl Patch {
    /// Reads the body of a request.
    pub fn read(body: &Map<String, Value>) -> Result<Self, Refusal> {
        let named = member(body, "schemas").and_then(Value::as_array);
        if named.is_some_and(|named| !named.iter().any(|urn| urn.as_str() == Some(PATCH_OP))) {
            return Err(Refusal::syntax(format!("schemas must contain {PATCH_OP}")));
        }
        let sent = member(body, "Operations").and_then(Value::as_array);
        let sent = sent.ok_or_else(|| Refusal::syntax("Operations must be a list"))?;
        if sent.is_empty() || sent.len() > MAXIMUM_OPERATIONS {
            return Err(Refusal::syntax("Operations must have from 1 to 100 entries"));
        }
        let operations = sent.iter().map(Operation::read).collect::<Result<_, _>>()?;
        Ok(Self { operations })
    }

    /// The values of the operations.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        self.operations.iter().map(|operation| &operation.value)
    }

    /// Changes `resource`: all operations or, if one is refused, none.
    pub fn apply(
        &self,
        resource_type: &'static ResourceType,
        resource: &mut Resource,
    ) -> Result<(), Refusal> {
        let mut changed = resource.clone();
        for operation in &self.operations {
            operation.apply(resource_type, &mut changed)?;
        }
        let mut required = resource_type.attributes().filter(|attribute| attribute.required);
        if let Some(missing) = required.find(|attribute| !changed.contains_key(attribute.name)) {
            return Err(Refusal::value(format!("{} is required", missing.name)));
        }
        *resource = changed;
        Ok(())
    }
}

impl Operation {
    fn read(sent: &Value) -> Result<Self, Refusal> {
        let object =
            sent.as_object().ok_or_else(|| Refusal::syntax("an operation is no object"))?;
        let verb = member(object, "op").and_then(Value::as_str).unwrap_or_default();
        let verb = match verb.to_ascii_lowercase().as_str() {
            "add" => Verb::Add,
            "replace" => Verb::Replace,
            "remove" => Verb::Remove,
            _ => return Err(Refusal::syntax("op must be add, replace or remove")),
        };
        let path = match member(object, "path") {
            None | Some(Value::Null) => None,
            Some(Value::String(path)) if path.is_empty() => None,
            Some(Value::String(path)) => Some(path.trim().to_owned()),
            Some(_) => return Err(Refusal::path("path must be a string")),
        };
        let value = member(object, "value").cloned();
        if value.is_none() && verb == Verb::Add {
            return Err(Refusal::value("an add needs a value"));
        }
        Ok(Self { verb, path, value: value.unwrap_or(Value::Null) })
    }

    fn apply(
        &self,
        resource_type: &'static ResourceType,
        resource: &mut Resource,
    ) -> Result<(), Refusal> {
        if let Some(path) = &self.path {
            let place = Place::find(resource_type, path)?
                .ok_or_else(|| Refusal::path(format!("{path:.100} is not an attribute")))?;
            place.writable()?;
            return match self.verb {
                Verb::Remove => place.remove(resource, &self.value),
                _ => place.put(resource, self.verb, &self.value),
            };
        }
        if self.verb == Verb::Remove {
            return Err(Refusal::new(ScimType::NoTarget, "a remove needs a path"));
        }
        let members = self.value.as_object();
        let members = members.ok_or_else(|| {
            Refusal::value("without a path, the value must be an object of attributes")
        })?;
        for (name, value) in members {
            // What no schema has, or the service sets, is left out, as in a whole resource.
            if let Some(place) = Place::find(resource_type, name)?
                && place.writable().is_ok()
            {
                place.put(resource, self.verb, value)?;
            }
        }
        Ok(())
    }
}

impl Place {
    fn writable(&self) -> Result<(), Refusal> {
        let Self::Attribute { target, .. } = self else { return Ok(()) };
        let is_read_only = |attribute: &Attribute| attribute.mutability == Mutability::ReadOnly;
        let is_fixed = target.sub.is_some_and(|sub| sub.mutability == Mutability::Immutable);
        if is_read_only(target.attribute) || target.sub.is_some_and(is_read_only) || is_fixed {
            let why = format!("{} cannot be changed", target.leaf().name);
            return Err(Refusal::new(ScimType::Mutability, why));
        }
        Ok(())
    }

    fn put(&self, resource: &mut Resource, verb: Verb, sent: &Value) -> Result<(), Refusal> {
        match self {
            Self::Extension(schema) => {
                let Some(sent) = sent.as_object() else {
                    return Err(Refusal::value("an extension must be an object"));
                };
                for (name, value) in sent {
                    let Some(attribute) = schema.attribute(name) else { continue };
                    let target = Target { extension: Some(*schema), attribute, sub: None };
                    let place = Self::Attribute { target, filter: None };
                    place.put(resource, verb, value)?;
                }
                Ok(())
            }
            Self::Attribute { target, filter } => target.within(resource, |holder| {
                if target.attribute.multi_valued {
                    return list::put(holder, target, filter.as_ref(), verb, sent);
                }
                put_one(holder, target, sent)
            }),
        }
    }

    fn remove(&self, resource: &mut Resource, sent: &Value) -> Result<(), Refusal> {
        match self {
            Self::Extension(schema) => {
                resource.remove(schema.id);
                Ok(())
            }
            Self::Attribute { target, filter } => {
                if target.attribute.required && target.sub.is_none() {
                    let why = format!("{} is required", target.attribute.name);
                    return Err(Refusal::new(ScimType::Mutability, why));
                }
                target.within(resource, |holder| {
                    if target.attribute.multi_valued {
                        return list::remove(holder, target, filter.as_ref(), sent);
                    }
                    let name = target.attribute.name;
                    match (target.sub, holder.get_mut(name).and_then(Value::as_object_mut)) {
                        (Some(sub), Some(object)) => {
                            object.remove(sub.name);
                            if object.is_empty() {
                                holder.remove(name);
                            }
                        }
                        (Some(_), None) => {}
                        (None, _) => {
                            holder.remove(name);
                        }
                    }
                    Ok(())
                })
            }
        }
    }
}

impl Target {
    /// Changes the object that holds the attribute: the resource or its extension.
    fn within(
        &self,
        resource: &mut Resource,
        change: impl FnOnce(&mut Map<String, Value>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let Some(schema) = self.extension else { return change(resource) };
        let mut holder = match resource.remove(schema.id) {
            Some(Value::Object(holder)) => holder,
            _ => Map::new(),
        };
        change(&mut holder)?;
        if !holder.is_empty() {
            resource.insert(schema.id.to_owned(), Value::Object(holder));
        }
        Ok(())
    }
}

/// Sets an attribute that is no list. Of a complex one, the sent parts replace those that it has.
fn put_one(holder: &mut Map<String, Value>, target: &Target, sent: &Value) -> Result<(), Refusal> {
    let name = target.attribute.name;
    let Some(sub) = target.sub else {
        match (target.attribute.read(sent)?, holder.get_mut(name)) {
            (Some(Value::Object(sent)), Some(Value::Object(object))) => object.extend(sent),
            (Some(value), _) => {
                holder.insert(name.to_owned(), value);
            }
            (None, _) => {
                holder.remove(name);
            }
        }
        return Ok(());
    };
    let mut object = match holder.remove(name) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    };
    set(&mut object, sub, sent)?;
    if !object.is_empty() {
        holder.insert(name.to_owned(), Value::Object(object));
    }
    Ok(())
}

/// Sets or, without a value, removes a part of a complex value.
fn set(object: &mut Map<String, Value>, sub: &Attribute, sent: &Value) -> Result<(), Refusal> {
    match sub.read(sent)? {
        Some(value) => object.insert(sub.name.to_owned(), value),
        None => object.remove(sub.name),
    };
    Ok(())
}
