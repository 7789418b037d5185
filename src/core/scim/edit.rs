//! A write of a resource (RFC 7644 §3.5): PUT sends all of it, PATCH operations on it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{error::Refusal, patch::Patch, resource::Resource, schema::ResourceType};

/// The most characters of an id.
const MAXIMUM_ID: usize = 100;

/// What a client writes.
#[derive(Debug)]
pub enum Edit {
    /// The whole resource (§3.5.1).
    Whole(Resource),
    /// Operations (§3.5.2).
    Operations(Patch),
}

impl Edit {
    /// The edit of a PUT.
    pub fn whole(
        resource_type: &'static ResourceType,
        body: &Map<String, Value>,
    ) -> Result<Self, Refusal> {
        resource_type.read(body).map(Self::Whole)
    }

    /// The edit of a PATCH.
    pub fn operations(body: &Map<String, Value>) -> Result<Self, Refusal> {
        Patch::read(body).map(Self::Operations)
    }

    /// What `current` becomes.
    pub fn of(
        &self,
        resource_type: &'static ResourceType,
        current: &Resource,
    ) -> Result<Resource, Refusal> {
        match self {
            Self::Whole(resource) => Ok(resource.clone()),
            Self::Operations(patch) => {
                let mut resource = current.clone();
                patch.apply(resource_type, &mut resource)?;
                Ok(resource)
            }
        }
    }

    /// The texts of the values that are written, and of a URL its last segment: among them are the ids
    /// of the resources that these values refer to.
    pub fn ids(&self) -> Vec<String> {
        let mut ids = BTreeSet::new();
        match self {
            Self::Whole(resource) => resource.values().for_each(|value| collect(value, &mut ids)),
            Self::Operations(patch) => patch.values().for_each(|value| collect(value, &mut ids)),
        }
        ids.into_iter().collect()
    }
}

fn collect(value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let id = text.rsplit('/').next().unwrap_or_default();
            if (1..=MAXIMUM_ID).contains(&id.len()) {
                ids.insert(id.to_owned());
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, ids)),
        Value::Object(object) => object.values().for_each(|value| collect(value, ids)),
        _ => {}
    }
}
