//! Endpoint input: caller, path, query and body.

use std::marker::PhantomData;

use http::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Who;
use crate::{
    core::directory::{Invalid, read},
    origin::{
        Origin,
        http::{ParameterError, Parameters, Request, RestError},
    },
};

/// Authentication of an endpoint's caller, before the rest of the request is read.
pub trait Caller: Sized {
    /// The caller of `request`, if `who` admits it.
    fn authenticate(
        origin: &Origin,
        request: &Request,
        who: Who,
    ) -> impl Future<Output = Result<Self, RestError>>;
}

/// The handler authenticates the caller itself, by its protocol's rules.
impl Caller for () {
    async fn authenticate(_: &Origin, _: &Request, _: Who) -> Result<Self, RestError> {
        Ok(())
    }
}

/// The variable segments of a path, in order.
pub trait Path: Sized {
    /// Parses them. An invalid object name is 404.
    fn read(segments: &[&str]) -> Result<Self, RestError>;
}

/// A segment of a path.
pub trait Segment: Sized {
    /// Parses a segment.
    fn parse(text: &str) -> Option<Self>;
}

impl Segment for String {
    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Path for () {
    fn read(_: &[&str]) -> Result<Self, RestError> {
        Ok(())
    }
}

macro_rules! paths {
    ($(($($name:ident),+))+) => { $(
        impl<$($name: Segment),+> Path for ($($name,)+) {
            fn read(segments: &[&str]) -> Result<Self, RestError> {
                let mut segments = segments.iter();
                let path = ($({
                    let segment = segments.next().and_then(|text| $name::parse(text));
                    segment.ok_or_else(RestError::not_found)?
                },)+);
                Ok(path)
            }
        }
    )+ };
}

paths! { (A) (A, B) (A, B, C) }

/// A parameter of a query or a form.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name on the wire.
    pub name: &'static str,
    /// Its description. Empty in the workers, which embed the OpenAPI document.
    pub description: &'static str,
    /// Whether it is required.
    pub is_required: bool,
    /// Its type.
    pub kind: Kind,
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A whole number within the bounds.
    Integer(i64, i64),
    /// `true` or `false`.
    Flag,
}

impl Parameter {
    /// An optional parameter.
    pub const fn optional(name: &'static str, description: &'static str) -> Self {
        let description = if cfg!(target_arch = "wasm32") { "" } else { description };
        Self { name, description, is_required: false, kind: Kind::Text }
    }

    /// A required parameter.
    pub const fn required(name: &'static str, description: &'static str) -> Self {
        Self { is_required: true, ..Self::optional(name, description) }
    }

    /// `true` or `false`.
    #[must_use]
    pub const fn flag(self) -> Self {
        Self { kind: Kind::Flag, ..self }
    }

    /// A whole number from `least` to `most`.
    #[must_use]
    pub const fn integer(self, least: i64, most: i64) -> Self {
        Self { kind: Kind::Integer(least, most), ..self }
    }
}

/// The query of an endpoint. Undeclared parameters are ignored.
pub trait Query: Sized {
    /// The parameters that [`read`](Self::read) reads.
    const PARAMETERS: &'static [Parameter];

    /// The query as a value.
    fn read(parameters: &Parameters) -> Result<Self, Invalid>;

    /// The query of `request`.
    fn of(request: &Request) -> Result<Self, RestError> {
        let mut parameters = request.query_parameters()?;
        parameters.retain(|name| Self::PARAMETERS.iter().any(|known| known.name == name));
        Ok(Self::read(&parameters)?)
    }
}

/// No query, or one that the handler parses itself.
impl Query for () {
    const PARAMETERS: &'static [Parameter] = &[];

    fn read(_: &Parameters) -> Result<Self, Invalid> {
        Ok(())
    }

    fn of(_: &Request) -> Result<Self, RestError> {
        Ok(())
    }
}

/// The body of an endpoint.
pub trait Body: Sized {
    /// The accepted media types, in order of preference. Empty if the body is not read.
    const MEDIA_TYPES: &'static [&'static str];
    /// The error for an invalid body.
    type Error;

    /// The body of `request`.
    fn read(request: &Request) -> Result<Self, Self::Error>;

    /// Its schema.
    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema>;
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// No body is read.
#[derive(Debug, Clone, Copy)]
pub struct NoBody;

impl Body for NoBody {
    const MEDIA_TYPES: &'static [&'static str] = &[];
    type Error = RestError;

    fn read(_: &Request) -> Result<Self, RestError> {
        Ok(Self)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(_: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        None
    }
}

/// A type with a JSON schema, on native builds, which generate the OpenAPI document; on Workers,
/// every type implements it.
#[cfg(not(target_arch = "wasm32"))]
pub trait Described: schemars::JsonSchema {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: schemars::JsonSchema> Described for T {}
/// See the native variant.
#[cfg(target_arch = "wasm32")]
pub trait Described {}
#[cfg(target_arch = "wasm32")]
impl<T> Described for T {}

/// A JSON body, parsed as a `T`. No other media type is accepted: a cross-site page can send a form
/// without a preflight, but not JSON.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + Described> Body for Json<T> {
    const MEDIA_TYPES: &'static [&'static str] = &[JSON];
    type Error = RestError;

    fn read(request: &Request) -> Result<Self, RestError> {
        Ok(Self(read(object(request)?)?))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }
}

/// [`Json`], or no body at all.
#[derive(Debug)]
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned + Default + Described> Body for OptionalJson<T> {
    const MEDIA_TYPES: &'static [&'static str] = &[JSON];
    type Error = RestError;

    fn read(request: &Request) -> Result<Self, RestError> {
        if request.body.is_empty() {
            return Ok(Self(T::default()));
        }
        Json::read(request).map(|Json(sent)| Self(sent))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }
}

/// A JSON body with the schema of `T`, parsed by the handler.
#[derive(Debug)]
pub struct Object<T>(pub Map<String, Value>, pub PhantomData<T>);

impl<T: Described> Body for Object<T> {
    const MEDIA_TYPES: &'static [&'static str] = &[JSON];
    type Error = RestError;

    fn read(request: &Request) -> Result<Self, RestError> {
        object(request).map(|object| Self(object, PhantomData))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }
}

/// The members in a PUT or PATCH of an object with the schema of `T`. A PATCH is a JSON merge patch
/// (RFC 7396) under either media type.
#[derive(Debug)]
pub struct Patched<T> {
    /// The members.
    pub members: Map<String, Value>,
    /// Whether they are a merge patch: `null` removes a member, and an object is merged.
    pub is_merge: bool,
    described: PhantomData<T>,
}

/// The media type of JSON merge patches (RFC 7396).
pub(in crate::origin::api) const MERGE_PATCH: &str = "application/merge-patch+json";

impl<T: Described> Body for Patched<T> {
    const MEDIA_TYPES: &'static [&'static str] = &[JSON, MERGE_PATCH];
    type Error = RestError;

    fn read(request: &Request) -> Result<Self, RestError> {
        let is_merge = request.method == Method::PATCH;
        let members = if is_merge && request.media_type().as_deref() == Some(MERGE_PATCH) {
            parsed(request)?
        } else {
            object(request)?
        };
        Ok(Self { members, is_merge, described: PhantomData })
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }
}

fn object(request: &Request) -> Result<Map<String, Value>, RestError> {
    if request.media_type().as_deref() != Some(JSON) {
        let why = "the body must be application/json";
        return Err(RestError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    parsed(request)
}

fn parsed(request: &Request) -> Result<Map<String, Value>, RestError> {
    serde_json::from_slice(&request.body)
        .map_err(|_| RestError::new(StatusCode::BAD_REQUEST, "the body must be a JSON object"))
}

/// A form, or the same parameters as a flat JSON object (WIRE §4.2), with the schema of `T`.
#[derive(Debug)]
pub struct Form<T>(pub Parameters, PhantomData<T>);

impl<T: Described> Body for Form<T> {
    const MEDIA_TYPES: &'static [&'static str] = &[FORM, JSON];
    type Error = ParameterError;

    fn read(request: &Request) -> Result<Self, ParameterError> {
        request.body_parameters().map(|parameters| Self(parameters, PhantomData))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }
}

/// A body with the schema of `T`, parsed by the handler.
#[derive(Debug)]
pub struct Unread<T>(PhantomData<T>);

impl<T: Described> Body for Unread<T> {
    const MEDIA_TYPES: &'static [&'static str] = &[JSON, FORM];
    type Error = RestError;

    fn read(_: &Request) -> Result<Self, RestError> {
        Ok(Self(PhantomData))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }
}

/// A form of a hosted page, with the schema of `T`, parsed by the handler.
#[derive(Debug)]
pub struct Posted<T>(PhantomData<T>);

impl<T: Described> Body for Posted<T> {
    const MEDIA_TYPES: &'static [&'static str] = &[FORM];
    type Error = RestError;

    fn read(_: &Request) -> Result<Self, RestError> {
        Ok(Self(PhantomData))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }
}
