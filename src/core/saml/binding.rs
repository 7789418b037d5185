//! Bindings: HTTP POST (SAML bindings §3.5) and HTTP Redirect (§3.4).

use miniz_oxide::inflate::decompress_to_vec_with_limit;

use super::{
    Algorithms, base64_text,
    signature::{SignatureError, by_any},
    xml::Limits,
};
use crate::core::{crypto::Signatures, signature::VerifyingKey};

/// Maximum length of `RelayState`, in bytes. The standard says 80; many implementations send more.
const LONGEST_RELAY_STATE: usize = 1024;

/// Why a message cannot be decoded from its binding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// There is not exactly one `SAMLRequest` or `SAMLResponse`.
    #[error("there must be one SAMLRequest or SAMLResponse")]
    Message,
    /// A parameter appears twice.
    #[error("the parameter {0} appears twice")]
    Duplicate(&'static str),
    /// The message, or the signature, is not base64.
    #[error("{0} is not base64")]
    Base64(&'static str),
    /// The message is not compressed by DEFLATE, or too large.
    #[error("the message is not deflated or too large")]
    Deflate,
    /// `SAMLEncoding` names another encoding.
    #[error("the encoding is not DEFLATE")]
    Encoding,
    /// It is too large.
    #[error("the message is too large")]
    TooLarge,
    /// `RelayState` is too long.
    #[error("the RelayState is too long")]
    RelayState,
    /// `Signature` without `SigAlg`, or vice versa.
    #[error("Signature and SigAlg must come together")]
    Signature,
}

/// The kind of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `SAMLRequest`.
    Request,
    /// `SAMLResponse`.
    Response,
}

/// A message from a query, unverified until [`Redirect::verify`] succeeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// Request or response.
    pub kind: Kind,
    /// The message, XML.
    pub message: Vec<u8>,
    /// The `RelayState`.
    pub relay_state: Option<String>,
    signed: Option<Signed>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Signed {
    octets: String,
    algorithm: String,
    signature: Vec<u8>,
}

/// The XML of a `SAMLRequest` or `SAMLResponse` in a form.
pub fn from_form(value: &str) -> Result<Vec<u8>, BindingError> {
    if value.len() > Limits::MESSAGE.bytes * 2 {
        return Err(BindingError::TooLarge);
    }
    base64_text(value).ok_or(BindingError::Base64("the message"))
}

/// The XML of a message in a query, from its parameter's decoded value.
pub fn from_query_value(value: &str) -> Result<Vec<u8>, BindingError> {
    let deflated = from_form(value)?;
    decompress_to_vec_with_limit(&deflated, Limits::MESSAGE.bytes)
        .map_err(|_| BindingError::Deflate)
}

impl Redirect {
    /// Reads a raw query: the signature covers its original percent-encoding (§3.4.4.1).
    pub fn from_query(query: &str) -> Result<Self, BindingError> {
        let mut raw = Raw::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (slot, name) = match name {
                "SAMLRequest" => (&mut raw.request, "SAMLRequest"),
                "SAMLResponse" => (&mut raw.response, "SAMLResponse"),
                "RelayState" => (&mut raw.relay_state, "RelayState"),
                "SigAlg" => (&mut raw.algorithm, "SigAlg"),
                "Signature" => (&mut raw.signature, "Signature"),
                "SAMLEncoding" => (&mut raw.encoding, "SAMLEncoding"),
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(BindingError::Duplicate(name));
            }
        }
        raw.read()
    }

    /// Whether a signature is present.
    pub const fn is_signed(&self) -> bool {
        self.signed.is_some()
    }

    /// Verifies the signature of the query.
    pub async fn verify(
        &self,
        crypto: &dyn Signatures,
        keys: &[VerifyingKey],
        algorithms: Algorithms,
    ) -> Result<(), SignatureError> {
        let signed = self.signed.as_ref().ok_or(SignatureError::Missing)?;
        let scheme = algorithms.scheme(&signed.algorithm);
        let scheme = scheme.ok_or_else(|| SignatureError::Method(signed.algorithm.clone()))?;
        by_any(crypto, keys, scheme, signed.octets.as_bytes(), &signed.signature).await
    }
}

/// The parameters, still percent-encoded.
#[derive(Default)]
struct Raw<'a> {
    request: Option<&'a str>,
    response: Option<&'a str>,
    relay_state: Option<&'a str>,
    algorithm: Option<&'a str>,
    signature: Option<&'a str>,
    encoding: Option<&'a str>,
}

impl Raw<'_> {
    fn read(&self) -> Result<Redirect, BindingError> {
        let (kind, name, value) = match (self.request, self.response) {
            (Some(value), None) => (Kind::Request, "SAMLRequest", value),
            (None, Some(value)) => (Kind::Response, "SAMLResponse", value),
            _ => return Err(BindingError::Message),
        };
        let deflate = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";
        if self.encoding.is_some_and(|encoding| unescaped(encoding) != deflate) {
            return Err(BindingError::Encoding);
        }
        let relay_state = self.relay_state.map(unescaped);
        if relay_state.as_ref().is_some_and(|state| state.len() > LONGEST_RELAY_STATE) {
            return Err(BindingError::RelayState);
        }
        let signed = match (self.algorithm, self.signature) {
            (None, None) => None,
            (Some(algorithm), Some(signature)) => {
                let signature = base64_text(&unescaped(signature));
                let relay_state = self.relay_state.map(|state| format!("&RelayState={state}"));
                let relay_state = relay_state.unwrap_or_default();
                Some(Signed {
                    octets: format!("{name}={value}{relay_state}&SigAlg={algorithm}"),
                    algorithm: unescaped(algorithm),
                    signature: signature.ok_or(BindingError::Base64("Signature"))?,
                })
            }
            _ => return Err(BindingError::Signature),
        };
        let message = from_query_value(&unescaped(value))?;
        Ok(Redirect { kind, message, relay_state, signed })
    }
}

/// A percent-decoded value.
fn unescaped(value: &str) -> String {
    let pair = [b"v=", value.as_bytes()].concat();
    form_urlencoded::parse(&pair).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}
