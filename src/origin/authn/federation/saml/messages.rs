//! SAML messages that the browser carries to and from a partner.

use http::Method;

use super::super::{Failure, Leading};
use crate::{
    core::{
        encoding::digest,
        saml::{
            Algorithms, NameId, SKEW,
            binding::{Kind, Redirect, from_form},
            encryption::{Decrypter, decrypt},
            instant,
            logout::{Expected, MessageError, claimed_issuer, encrypted_name},
            message,
            settings::{Binding, Partner, Service},
            signature::verify,
            xml::{Document, Limits, parse},
        },
        time::UnixTime,
    },
    origin::{
        Origin,
        domain::federation::{Refusal, SETTINGS},
        http::Request,
        store::federation,
    },
};

/// Name of the message check.
pub const MESSAGE: &str = "message";

/// Maximum age of a request, in seconds.
const FRESH: i64 = 10 * 60;

/// A message to a partner.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Request or response.
    pub kind: Kind,
    /// The endpoint.
    pub service: &'a Service,
    /// The `RelayState`; empty if none.
    pub relay_state: &'a str,
}

impl Outgoing<'_> {
    /// How the browser delivers the message, signed if there is a signer.
    pub async fn sent(
        self,
        message: message::Unsigned,
        signer: Option<&crate::core::saml::Signer<'_>>,
    ) -> Result<Leading, Refusal> {
        let unwritten = |error: &dyn std::fmt::Display| Refusal::of(SETTINGS, error);
        let relay_state = Some(self.relay_state).filter(|state| !state.is_empty());
        let to = match self.kind {
            Kind::Request => &self.service.location,
            Kind::Response => &self.service.responses,
        };
        match self.service.binding {
            Binding::Redirect => {
                let text = message.plain().map_err(|error| unwritten(&error))?;
                let query = message::to_query(self.kind, &text, relay_state, signer).await;
                let query = query.map_err(|error| unwritten(&error))?;
                let separator = if to.contains('?') { '&' } else { '?' };
                Ok(Leading::To(format!("{to}{separator}{query}")))
            }
            Binding::Post => {
                let text = match signer {
                    Some(signer) => message.signed(signer).await,
                    None => message.plain(),
                };
                let text = text.map_err(|error| unwritten(&error))?;
                Ok(posting(self.kind, to, &text, relay_state))
            }
        }
    }
}

/// The form that posts a serialized message to a partner.
pub fn posting(kind: Kind, to: &str, message: &str, relay_state: Option<&str>) -> Leading {
    let name = match kind {
        Kind::Request => "SAMLRequest",
        Kind::Response => "SAMLResponse",
    };
    let mut fields = vec![(name, message::to_form(message))];
    fields.extend(relay_state.map(|state| ("RelayState", state.to_owned())));
    Leading::Posting { action: to.to_owned(), fields }
}

/// A message from a partner. Its sender is authenticated only if it is signed.
#[derive(Debug)]
pub struct Incoming {
    /// Request or response.
    pub kind: Kind,
    /// The `RelayState`; empty if none.
    pub relay_state: String,
    /// Whether it has a verified signature of the partner.
    pub is_signed: bool,
    document: Document,
}

/// A received message, before its sender is known.
#[derive(Debug)]
pub enum Arrived {
    /// In a query.
    Query(Redirect),
    /// In a form.
    Form {
        /// Request or response.
        kind: Kind,
        /// XML.
        message: Vec<u8>,
        /// The `RelayState`; empty if none.
        relay_state: String,
    },
}

impl Arrived {
    /// The message in the request.
    pub fn of(http: &Request) -> Result<Self, Refusal> {
        let unread = |error: &dyn std::fmt::Display| Refusal::of(MESSAGE, error);
        if http.method != Method::POST {
            return Redirect::from_query(&http.query)
                .map(Self::Query)
                .map_err(|error| unread(&error));
        }
        let form = http.body_parameters().map_err(|error| unread(&error))?;
        let (kind, value) = match (form.get("SAMLRequest"), form.get("SAMLResponse")) {
            (Some(value), None) => (Kind::Request, value),
            (None, Some(value)) => (Kind::Response, value),
            _ => return Err(unread(&"there must be one SAMLRequest or SAMLResponse")),
        };
        let message = from_form(value).map_err(|error| unread(&error))?;
        let relay_state = form.get("RelayState").unwrap_or_default().to_owned();
        if relay_state.len() > 1024 {
            return Err(unread(&"the RelayState is too long"));
        }
        Ok(Self::Form { kind, message, relay_state })
    }

    /// The claimed issuer of the message, not yet verified.
    pub fn claimed_issuer(&self) -> Result<Option<String>, Refusal> {
        let message = match self {
            Self::Query(redirect) => &redirect.message,
            Self::Form { message, .. } => message,
        };
        let document =
            parse(message, &Limits::MESSAGE).map_err(|error| Refusal::of(MESSAGE, error))?;
        Ok(claimed_issuer(&document))
    }

    /// The `RelayState` of a response; `None` for a request.
    pub fn answers(&self) -> Option<&str> {
        match self {
            Self::Query(redirect) if redirect.kind == Kind::Response => {
                Some(redirect.relay_state.as_deref().unwrap_or_default())
            }
            Self::Form { kind: Kind::Response, relay_state, .. } => Some(relay_state),
            _ => None,
        }
    }

    /// The message of a partner. A present signature must be valid; with `must_be_signed`, one is
    /// required.
    pub async fn of_partner(
        self,
        origin: &Origin,
        partner: &Partner,
        algorithms: Algorithms,
        must_be_signed: bool,
    ) -> Result<Incoming, Refusal> {
        let unread = |error: &dyn std::fmt::Display| Refusal::of(MESSAGE, error);
        let (crypto, keys) = (&*origin.crypto, partner.keys());
        // A signature by an unknown key proves nothing and is treated as absent.
        let is_checked = must_be_signed || !keys.is_empty();
        let incoming = match self {
            Self::Query(redirect) => {
                let is_signed = is_checked && redirect.is_signed();
                if is_signed {
                    let verified = redirect.verify(crypto, &keys, algorithms).await;
                    verified.map_err(|error| unread(&error))?;
                }
                let document = parse(&redirect.message, &Limits::MESSAGE);
                let document = document.map_err(|error| unread(&error))?;
                let relay_state = redirect.relay_state.unwrap_or_default();
                Incoming { kind: redirect.kind, relay_state, is_signed, document }
            }
            Self::Form { kind, message, relay_state } => {
                let came = parse(&message, &Limits::MESSAGE).map_err(|error| unread(&error))?;
                let root = came.root().ok_or_else(|| unread(&"the message is empty"))?;
                let signature = crate::core::saml::signature::signature_of(root);
                let is_signed = signature.map_err(|error| unread(&error))?.is_some() && is_checked;
                let document = if is_signed {
                    let verified = verify(crypto, root, &keys, algorithms, &Limits::MESSAGE).await;
                    verified.map_err(|error| unread(&error))?.into_document()
                } else {
                    came
                };
                Incoming { kind, relay_state, is_signed, document }
            }
        };
        if must_be_signed && !incoming.is_signed {
            return Err(unread(&"the message is not signed"));
        }
        Ok(incoming)
    }
}

impl Incoming {
    /// Parses the message with `read`, a function of the core.
    pub fn read<'a, T>(
        &'a self,
        origin: &Origin,
        partner: &'a Partner,
        destination: &'a str,
        read: impl FnOnce(&'a Document, &Expected<'a>) -> Result<T, MessageError>,
    ) -> Result<T, Refusal> {
        let now = origin.clock.now();
        let issuer = &partner.entity_id;
        let expected = Expected { now, issuer, destination, signed: self.is_signed };
        read(&self.document, &expected).map_err(|error| Refusal::of(MESSAGE, error))
    }

    /// The document.
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// The `NameID` of a logout request: `plain`, else the decrypted one.
    pub async fn named(
        &self,
        plain: Option<NameId>,
        decrypter: Decrypter<'_>,
        algorithms: Algorithms,
    ) -> Result<NameId, Refusal> {
        if let Some(name) = plain {
            return Ok(name);
        }
        let missing = || Refusal::new(MESSAGE, "it names nobody");
        let wrapper = encrypted_name(&self.document).ok().flatten().ok_or_else(missing)?;
        let plain = decrypt(wrapper, decrypter, algorithms, &Limits::MESSAGE).await;
        let plain = plain.map_err(|error| Refusal::of(MESSAGE, error))?;
        NameId::of(&plain).ok_or_else(missing)
    }

    /// Refuses stale and replayed requests.
    pub async fn is_new(&self, origin: &Origin, partner: &Partner) -> Result<(), Failure> {
        let now = origin.clock.now();
        let root = self.document.root();
        let of = |name: &str| root.and_then(|root| root.attribute(name)).unwrap_or_default();
        let issued = instant(of("IssueInstant")).unwrap_or(UnixTime(0));
        if now.since(issued) > FRESH + SKEW {
            return Err(Refusal::new(MESSAGE, format!("it was issued at {issued}")).into());
        }
        let key = digest(&format!("saml-request:{}:{}", partner.entity_id, of("ID")));
        let once = federation::once(&key, now.plus(2 * FRESH));
        if origin.directory().database.run(once).await?.is_empty() {
            return Err(Refusal::new("replay", "the request has been taken before").into());
        }
        Ok(())
    }
}
