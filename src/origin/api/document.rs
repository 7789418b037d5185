//! The OpenAPI document as it is served: the text of `docs/openapi.json`.

use http::StatusCode;

use super::endpoint::{Call, Documented, Who, endpoint};
use crate::{
    core::cors::CorsClass,
    origin::{
        Origin,
        http::{RestError, response},
    },
};

endpoint! {
    /// Returns this document.
    pub Document = GET "/v1/iam/openapi.json" as "getOpenapi",
    who: Who::Public, cors: CorsClass::Public;
    reply: Documented<serde_json::Value>,
    error: RestError;
    document
}

const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

async fn document(
    _: &Origin,
    _: Call<'_, Document>,
) -> Result<Documented<serde_json::Value>, RestError> {
    let answer = response::text_of(StatusCode::OK, "application/json", DOCUMENT);
    Ok(response::with_header(answer, http::header::CACHE_CONTROL, "public, max-age=300").into())
}
