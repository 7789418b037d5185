//! The served OpenAPI document (`docs/openapi.json`), and the reference page rendered from it.

use std::sync::OnceLock;

use http::{StatusCode, header};
use serde_json::Value;

use super::endpoint::{Call, Documented, Endpoint, Parameter, Query, Reply, Who, endpoint};
use crate::{
    core::{cors::CorsClass, directory::Invalid, encoding},
    origin::{
        Origin,
        http::{Parameters, Request, Response, RestError, response},
        pages::{self, reference::Wanted},
    },
};

endpoint! {
    /// Returns this document.
    pub Document = GET "/v1/iam/openapi.json" as "getOpenapi",
    who: Who::Public, cors: CorsClass::Public;
    reply: Documented<Value>,
    error: RestError;
    document
}

endpoint! {
    /// Returns the reference page of the API, for a browser.
    pub Reference = GET "/v1/iam/docs" as "getReference", who: Who::Public, cors: CorsClass::Public;
    query: Wanted,
    reply: Html,
    error: RestError;
    reference
}

const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

/// Cache lifetime of document and page, in seconds.
const FRESH: u32 = 300;

impl Query for Wanted {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("q", "Only operations whose description contains these words."),
        Parameter::optional("operation", "The operation to describe in full, by its operation id."),
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let read = |name| parameters.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self { words: read("q"), operation: read("operation") })
    }
}

/// A page for a browser, or 304 if the browser has it.
#[derive(Debug)]
pub struct Html(Response);

impl Reply for Html {
    const MEDIA_TYPE: &'static str = "text/html";
    const REDIRECTS: &'static [u16] = &[304];

    fn into_response(self) -> Response {
        self.0
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(_: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        None
    }
}

async fn document(_: &Origin, call: Call<'_, Document>) -> Result<Documented<Value>, RestError> {
    if is_known(call.request) {
        return Ok(tagged(response::empty(StatusCode::NOT_MODIFIED)).into());
    }
    let answer = response::text_of(StatusCode::OK, "application/json", DOCUMENT);
    let fresh = format!("public, max-age={FRESH}");
    Ok(tagged(response::with_header(answer, header::CACHE_CONTROL, &fresh)).into())
}

async fn reference(_: &Origin, call: Call<'_, Reference>) -> Result<Html, RestError> {
    /// The page with all operations.
    static ALL: OnceLock<String> = OnceLock::new();
    if is_known(call.request) {
        return Ok(Html(tagged(response::empty(StatusCode::NOT_MODIFIED))));
    }
    let whole = call.query == Wanted::default();
    if let Some(page) = ALL.get().filter(|_| whole) {
        return Ok(Html(tagged(pages::public(StatusCode::OK, page.clone(), FRESH))));
    }
    let parsed = serde_json::from_str(DOCUMENT).map_err(|_| RestError::internal("the document"))?;
    let address = Document::DECLARATION.path;
    let (status, page) = pages::reference::render(&parsed, address, &call.query);
    if whole {
        let _ = ALL.set(page.clone());
    }
    Ok(Html(tagged(pages::public(status, page, FRESH))))
}

/// The entity tag of the document and of every page rendered from it.
fn tag() -> &'static str {
    static TAG: OnceLock<String> = OnceLock::new();
    TAG.get_or_init(|| format!("\"{}\"", encoding::hex(&encoding::sha256(DOCUMENT.as_bytes()))))
}

fn tagged(response: Response) -> Response {
    response::with_header(response, header::ETAG, tag())
}

/// Whether the client has the current version (RFC 9110 §13.1.2).
fn is_known(request: &Request) -> bool {
    request.header("if-none-match").is_some_and(|tags| {
        tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag())
    })
}
