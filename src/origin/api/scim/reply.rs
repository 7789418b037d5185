//! SCIM replies: resources and lists, with media type, entity tag and location.

use std::marker::PhantomData;

use http::{StatusCode, header};
use serde_json::Value;

use crate::{
    core::scim::{Projection, Resource, ResourceType, text},
    origin::{
        api::endpoint::{Described, Reply},
        http::{Response, response},
    },
};

/// The media type of SCIM (RFC 7644 §8.1).
pub(super) const MEDIA_TYPE: &str = "application/scim+json";

/// A reply of that status with the schema of `T`.
#[derive(Debug)]
pub struct Scim<T, const STATUS: u16 = 200> {
    body: Value,
    /// The headers of a resource, even of one without `meta`.
    version: String,
    location: String,
    is_unchanged: bool,
    content: PhantomData<T>,
}

/// 201 with the new resource.
pub type Created<T> = Scim<T, 201>;

impl<T, const STATUS: u16> From<Value> for Scim<T, STATUS> {
    fn from(body: Value) -> Self {
        let meta = body.get("meta").and_then(Value::as_object);
        let of_meta = |name| meta.map(|meta| text(meta, name).to_owned()).unwrap_or_default();
        let (version, location) = (of_meta("version"), of_meta("location"));
        Self { body, version, location, is_unchanged: false, content: PhantomData }
    }
}

impl<T, const STATUS: u16> From<Resource> for Scim<T, STATUS> {
    fn from(resource: Resource) -> Self {
        Value::Object(resource).into()
    }
}

impl<T, const STATUS: u16> Scim<T, STATUS> {
    /// The requested attributes of a resource.
    pub fn projected(
        mut resource: Resource,
        projection: &Projection,
        resource_type: &'static ResourceType,
    ) -> Self {
        let whole = Self::from(resource.clone());
        projection.apply(resource_type, &mut resource);
        Self { body: Value::Object(resource), ..whole }
    }
}

impl<T> Scim<T> {
    /// 304: the client has the current version.
    pub fn unchanged(resource: Resource) -> Self {
        Self { is_unchanged: true, ..resource.into() }
    }
}

impl<T: Described, const STATUS: u16> Reply for Scim<T, STATUS> {
    const STATUS: StatusCode = if STATUS == 201 { StatusCode::CREATED } else { StatusCode::OK };
    const MEDIA_TYPE: &'static str = MEDIA_TYPE;
    const REDIRECTS: &'static [u16] = if STATUS == 200 { &[304] } else { &[] };

    fn into_response(self) -> Response {
        let mut response = if self.is_unchanged {
            response::empty(StatusCode::NOT_MODIFIED)
        } else {
            response::no_store(response::json_as(Self::STATUS, MEDIA_TYPE, &self.body))
        };
        for (name, value) in [(header::ETAG, &self.version), (header::LOCATION, &self.location)] {
            if !value.is_empty() {
                response = response::with_header(response, name, value);
            }
        }
        response
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }
}
