//! Resources as clients send them (RFC 7644 §3.3, §3.5.1).

use serde_json::{Map, Value};

use super::{
    error::Refusal,
    schema::{Attribute, Mutability, ResourceType},
};

/// A resource: its members have the names of the schema, extensions stand under their URN.
pub type Resource = Map<String, Value>;

impl ResourceType {
    /// The resource that a client sends. Attributes that it may not write or that no schema has are
    /// left out.
    pub fn read(&self, sent: &Map<String, Value>) -> Result<Resource, Refusal> {
        let mut resource = Resource::new();
        for (name, value) in sent {
            if name.eq_ignore_ascii_case("schemas") {
                self.check_schemas(value)?;
            } else if let Some(attribute) = self.attribute(name) {
                assign(&mut resource, attribute, value)?;
            } else if let (Some(extension), Value::Object(sent)) = (self.extension(name), value) {
                let mut object = Map::new();
                for (name, value) in sent {
                    if let Some(attribute) = extension.attribute(name) {
                        assign(&mut object, attribute, value)?;
                    }
                }
                if !object.is_empty() {
                    resource.insert(extension.id.to_owned(), Value::Object(object));
                }
            }
        }
        for attribute in self.attributes().filter(|attribute| attribute.required) {
            if !resource.contains_key(attribute.name) {
                return Err(Refusal::value(format!("{} is required", attribute.name)));
            }
        }
        Ok(resource)
    }

    /// A client that names schemas must name the one of the resource.
    fn check_schemas(&self, sent: &Value) -> Result<(), Refusal> {
        let named = sent.as_array().map(Vec::as_slice).unwrap_or_default();
        let is_ours = |urn: &Value| urn.as_str() == Some(self.schema.id);
        if named.iter().any(is_ours) {
            return Ok(());
        }
        Err(Refusal::value(format!("schemas must contain {}", self.schema.id)))
    }

    /// `schemas` of a resource: the core schema and the extensions that it has.
    pub fn schemas_of(&self, resource: &Resource) -> Value {
        let extensions = self.extensions.iter().map(|schema| schema.id);
        let present = extensions.filter(|id| resource.contains_key(*id));
        std::iter::once(self.schema.id).chain(present).collect::<Vec<_>>().into()
    }
}

fn assign(
    object: &mut Map<String, Value>,
    attribute: &Attribute,
    sent: &Value,
) -> Result<(), Refusal> {
    if attribute.mutability == Mutability::ReadOnly {
        return Ok(());
    }
    if let Some(value) = attribute.read(sent)? {
        let is_new = object.insert(attribute.name.to_owned(), value).is_none();
        if !is_new {
            return Err(Refusal::syntax(format!("{} is sent twice", attribute.name)));
        }
    }
    Ok(())
}
