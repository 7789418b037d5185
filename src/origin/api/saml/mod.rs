//! SAML 2.0 endpoints of the service provider and identity provider roles.

pub mod idp;
pub mod keys;
pub mod sp;

use http::{HeaderValue, StatusCode, header};

#[cfg(not(target_arch = "wasm32"))]
use crate::origin::api::endpoint::Contents;
use crate::origin::{
    api::endpoint::Reply,
    authn::federation::Leading,
    http::{Response, response},
    pages::{self, Look},
};

/// The media type of metadata (SAML metadata, appendix A).
const METADATA: &str = "application/samlmetadata+xml";

/// A metadata document.
#[derive(Debug)]
pub struct Metadata(pub String);

impl Reply for Metadata {
    const MEDIA_TYPE: &'static str = METADATA;

    fn into_response(self) -> Response {
        let mut answer = response::text(StatusCode::OK, &self.0);
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(METADATA));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
        answer
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn schema(_: &mut schemars::SchemaGenerator) -> Option<schemars::Schema> {
        None
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn contents(_: &mut schemars::SchemaGenerator) -> Contents {
        vec![(METADATA, schemars::json_schema!({"type": "string"}))]
    }
}

/// A message that a browser takes to us in a form (SAML bindings §3.5).
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct MessageForm {
    /// A request, in base64.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "SAMLRequest"))]
    pub saml_request: Option<String>,
    /// A response, in base64.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "SAMLResponse"))]
    pub saml_response: Option<String>,
    /// What comes back with the answer.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "RelayState"))]
    pub relay_state: Option<String>,
}

/// Sends the browser to a partner.
fn led(look: &Look, leading: Leading) -> Response {
    match leading {
        Leading::To(address) => {
            response::redirect(&address).unwrap_or_else(|| pages::onward(look, &address))
        }
        Leading::Posting { action, fields } => pages::form_post(look, &action, &fields),
    }
}
