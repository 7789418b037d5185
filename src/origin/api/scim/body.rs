//! Bodies of SCIM requests.

use std::marker::PhantomData;

use http::StatusCode;
use serde_json::{Map, Value};

use super::{
    error::ScimError,
    reply::MEDIA_TYPE,
    shapes::{ScimGroupInput, ScimPatch, ScimUserInput},
};
use crate::{
    core::scim::{Edit, Refusal, ResourceType, ScimType},
    origin::{
        api::endpoint::{Body, Described},
        http::Request,
    },
};

const JSON: &str = "application/json";

/// A JSON object with the schema of `T`, parsed by the rules of SCIM.
#[derive(Debug)]
pub struct ScimBody<T>(pub Map<String, Value>, PhantomData<T>);

impl<T: Described> Body for ScimBody<T> {
    const MEDIA_TYPES: &'static [&'static str] = &[MEDIA_TYPE, JSON];
    type Error = ScimError;

    fn read(request: &Request) -> Result<Self, ScimError> {
        let media_type = request.media_type();
        if !media_type.is_some_and(|sent| Self::MEDIA_TYPES.contains(&sent.as_str())) {
            let why = "the body must be application/scim+json";
            return Err(ScimError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
        }
        let object = serde_json::from_slice(&request.body)
            .map_err(|_| Refusal::new(ScimType::InvalidSyntax, "the body must be a JSON object"))?;
        Ok(Self(object, PhantomData))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        Some(generator.subschema_for::<T>())
    }
}

/// The schema of a body that writes a resource.
pub trait Writes {
    /// Parses the edit of such a body.
    fn edit(
        resource_type: &'static ResourceType,
        sent: &Map<String, Value>,
    ) -> Result<Edit, Refusal>;
}

impl<T: Writes> ScimBody<T> {
    /// The edit of a resource of that type.
    pub fn edit(&self, resource_type: &'static ResourceType) -> Result<Edit, Refusal> {
        T::edit(resource_type, &self.0)
    }
}

impl Writes for ScimPatch {
    fn edit(_: &'static ResourceType, sent: &Map<String, Value>) -> Result<Edit, Refusal> {
        Edit::operations(sent)
    }
}

macro_rules! wholes {
    ($($shape:ty)+) => { $(
        impl Writes for $shape {
            fn edit(
                resource_type: &'static ResourceType,
                sent: &Map<String, Value>,
            ) -> Result<Edit, Refusal> {
                Edit::whole(resource_type, sent)
            }
        }
    )+ };
}

wholes! { ScimUserInput ScimGroupInput }
