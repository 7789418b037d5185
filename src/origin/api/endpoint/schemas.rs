//! The schemas of an endpoint's types for the OpenAPI document.

use schemars::{Schema, SchemaGenerator};

use super::{Body, Contents, Endpoint, ErrorReply, Parameter, Query, Reply};

/// The schemas of an endpoint's types.
#[derive(Debug)]
pub(crate) struct Schemas {
    pub(crate) parameters: &'static [Parameter],
    pub(crate) media_types: &'static [&'static str],
    pub(crate) body: Option<Schema>,
    pub(crate) status: u16,
    pub(crate) contents: Contents,
    pub(crate) is_conditional: bool,
    pub(crate) redirects: &'static [u16],
    pub(crate) refusals: &'static [u16],
    pub(crate) refused: Contents,
    pub(crate) statuses: &'static [u16],
    pub(crate) error: Schema,
    pub(crate) error_type: &'static str,
}

impl Schemas {
    /// Those of `E`.
    pub(crate) fn of<E: Endpoint>(generator: &mut SchemaGenerator) -> Self {
        Self {
            parameters: E::Query::PARAMETERS,
            media_types: E::Body::MEDIA_TYPES,
            body: E::Body::schema(generator),
            status: E::Reply::STATUS.as_u16(),
            contents: E::Reply::contents(generator),
            is_conditional: E::Reply::CONDITIONAL,
            redirects: E::Reply::REDIRECTS,
            refusals: E::Reply::REFUSALS,
            refused: E::Reply::refusals(generator),
            statuses: E::Error::STATUSES,
            error: E::Error::schema(generator),
            error_type: E::Error::MEDIA_TYPE,
        }
    }
}
