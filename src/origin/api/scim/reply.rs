//! Replies of SCIM: resources and lists, with their media type, entity tag and location.

use std::marker::PhantomData;

use http::{StatusCode, header};
use serde_json::Value;

use crate::{
    core::scim::{Resource, text},
    origin::{
        api::endpoint::{Described, Reply},
        http::{Response, response},
    },
};

/// The media type of SCIM (RFC 7644 §8.1).
pub(super) const MEDIA_TYPE: &str = "application/scim+json";

/// A reply of that status whose content is described as a `T`.
#[derive(Debug)]
pub struct Scim<T, const STATUS: u16 = 200> {
    body: Value,
    is_unchanged: bool,
    content: PhantomData<T>,
}

/// 201 with the new resource.
pub type Created<T> = Scim<T, 201>;

impl<T, const STATUS: u16> From<Value> for Scim<T, STATUS> {
    fn from(body: Value) -> Self {
        Self { body, is_unchanged: false, content: PhantomData }
    }
}

impl<T, const STATUS: u16> From<Resource> for Scim<T, STATUS> {
    fn from(resource: Resource) -> Self {
        Value::Object(resource).into()
    }
}

impl<T> Scim<T> {
    /// 304: the client has the resource already.
    pub fn unchanged(resource: Resource) -> Self {
        Self { is_unchanged: true, ..resource.into() }
    }
}

impl<T: Described, const STATUS: u16> Reply for Scim<T, STATUS> {
    const STATUS: StatusCode = if STATUS == 201 { StatusCode::CREATED } else { StatusCode::OK };
    const MEDIA_TYPE: &'static str = MEDIA_TYPE;
    const REDIRECTS: &'static [u16] = if STATUS == 200 { &[304] } else { &[] };

    fn into_response(self) -> Response {
        let meta = self.body.get("meta").and_then(Value::as_object);
        let of_meta = |name| meta.map(|meta| text(meta, name).to_owned()).unwrap_or_default();
        let (version, location) = (of_meta("version"), of_meta("location"));
        let mut response = if self.is_unchanged {
            response::empty(StatusCode::NOT_MODIFIED)
        } else {
            response::no_store(response::json_as(Self::STATUS, MEDIA_TYPE, &self.body))
        };
        if !version.is_empty() {
            response = response::with_header(response, header::ETAG, &version);
        }
        if Self::STATUS == StatusCode::CREATED {
            response = response::with_header(response, header::LOCATION, &location);
        }
        response
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }
}
