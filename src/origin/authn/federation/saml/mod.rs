//! Sign-in with SAML 2.0 identity providers (SAML profiles §4.1).
//!
//! The state of a journey is the `RelayState` and, prefixed with `_`, the ID of the request:
//! `InResponseTo` of a response identifies the journey, which is consumed once.

pub mod clients;
pub mod logout;
pub mod messages;

use serde_json::json;

use self::messages::Outgoing;
use super::{Departure, Failure};
use crate::{
    core::{
        federation::Assertion,
        saml::{
            binding::Kind,
            message::{self, AuthnRequest, Head},
            response::{AssertionError, Context, Expected, Login, ResponseError, accept},
            settings::{Service, Settings},
            signature::SignatureError,
            xml::{Limits, parse},
        },
    },
    origin::{
        Origin,
        domain::{
            federation::{
                Refusal, SETTINGS,
                documents::Age,
                requests::new_state,
                saml::{IdentityProvider, identity_provider, replay_key},
            },
            saml::{
                Addresses,
                keys::{KeyError, Keys, keys},
            },
        },
        http::Request,
        store::{federation, providers::Provider, resource::Stored},
    },
};

/// Name of the response check.
pub const RESPONSE: &str = "response";

/// Path of Casdoor's single assertion consumer service, whose URL is its entity ID.
pub const OLDER_CONSUMER: &str = "/api/acs";

/// The service provider URLs for the identity provider, on the host of the request.
pub fn addresses(origin: &Origin, http: &Request, provider: &Provider) -> Addresses {
    let meta = provider.meta();
    let issuer = origin.config.issuer_for(&http.base);
    Addresses::of_service_provider(issuer, &meta.owner, &meta.name)
}

/// The service provider's identity at an identity provider.
#[derive(Debug)]
pub struct Ours {
    /// The SP entity ID.
    pub entity_id: String,
    /// The assertion consumer service.
    pub acs_url: String,
}

impl Ours {
    /// Reads it from the provider record, on the host of the request.
    pub fn of(origin: &Origin, http: &Request, provider: &Provider, settings: &Settings) -> Self {
        let addresses = addresses(origin, http, provider);
        let older = format!("{}{OLDER_CONSUMER}", origin.config.issuer_for(&http.base));
        match &settings.our_entity_id {
            Some(id) if *id == older => Self { entity_id: older.clone(), acs_url: older },
            Some(id) => Self { entity_id: id.clone(), acs_url: addresses.at("acs") },
            None => Self { entity_id: addresses.entity_id(), acs_url: addresses.at("acs") },
        }
    }
}

/// The keys of the organization, or the refusal of a sign-in that cannot be signed.
pub async fn our_keys(origin: &Origin, owner: &str) -> Result<Keys, Failure> {
    keys(origin, owner).await.map_err(|error| match error {
        KeyError::Database(error) => error.into(),
        error => Refusal::of(SETTINGS, error).into(),
    })
}

/// Reports the identity provider's metadata, for its check.
pub(super) async fn probe(origin: &Origin, provider: &Provider) -> Result<String, Refusal> {
    let IdentityProvider { partner, .. } =
        identity_provider(origin, provider, Age::Renewed).await?;
    let meta = provider.meta();
    let ours = Addresses::of_service_provider(&origin.config.issuer, &meta.owner, &meta.name);
    let (entity, keys) = (&partner.entity_id, partner.keys().len());
    if keys == 0 {
        return Err(Refusal::new("metadata", format!("{entity} has no key that we can verify")));
    }
    Ok(format!("{entity} signs with {keys} keys; register {} there", ours.at("metadata")))
}

/// Sends the browser to the identity provider.
pub(super) async fn begin(
    origin: &Origin,
    http: &Request,
    provider: &Provider,
    force_authn: bool,
) -> Result<Departure, Failure> {
    let state = new_state(origin);
    let IdentityProvider { settings, partner } =
        identity_provider(origin, provider, Age::Usual).await?;
    let service = Service::of(&partner.role.single_sign_on);
    let service =
        service.ok_or_else(|| Refusal::new(SETTINGS, "there is no address to send to"))?;
    let Ours { entity_id: issuer, acs_url } = Ours::of(origin, http, provider, &settings);
    let id = request_id(&state);
    let (now, destination) = (origin.clock.now(), service.location.as_str());
    let head = Head { id: &id, now, issuer: &issuer, destination };
    let name_id_format = settings.name_id_format.as_deref();
    let request =
        AuthnRequest { acs_url: &acs_url, name_id_format, force_authn, ..AuthnRequest::default() };
    let unsigned = message::authn_request(&head, &request);
    let is_signed = settings.signs_requests || partner.role.requests_signed;
    let keys = our_keys(origin, &provider.meta().owner).await?;
    let signer = is_signed.then(|| keys.signer(origin));
    let outgoing = Outgoing { kind: Kind::Request, service: &service, relay_state: &state };
    let leading = outgoing.sent(unsigned, signer.as_ref()).await?;
    Ok(Departure { leading, state, content: json!({ "request": id, "acs": acs_url }) })
}

/// The ID of the request with that state. An ID does not begin with a digit or `-`.
fn request_id(state: &str) -> String {
    format!("_{state}")
}

/// The claimed `InResponseTo` of a response, not yet verified.
pub fn claimed_request(message: &[u8]) -> Option<String> {
    let document = parse(message, &Limits::MESSAGE).ok()?;
    document.root()?.attribute("InResponseTo").map(str::to_owned)
}

/// The state of the journey with that request ID.
pub fn state_of(request_id: &str) -> &str {
    request_id.strip_prefix('_').unwrap_or_default()
}

/// Verifies the identity provider's response to `request`; `None` for an unsolicited response.
pub async fn answered(
    origin: &Origin,
    http: &Request,
    provider: &Provider,
    message: &[u8],
    request: Option<&str>,
) -> Result<Assertion, Failure> {
    let known = identity_provider(origin, provider, Age::Usual).await?;
    let ours = Ours::of(origin, http, provider, &known.settings);
    let keys = our_keys(origin, &provider.meta().owner).await?;
    let response = Response { message, request, ours: &ours };
    let (known, login) = match response.accepted(origin, &known, &keys).await {
        Ok(login) => (known, login),
        // The signing key may be newer than the cached metadata.
        Err(error) if known.is_renewable() && is_of_unknown_key(&error) => {
            let known = identity_provider(origin, provider, Age::Renewed).await?;
            let login = response.accepted(origin, &known, &keys).await;
            (known, login.map_err(|error| refusal(&error))?)
        }
        Err(error) => return Err(refusal(&error).into()),
    };
    let once = federation::once(&replay_key(provider, &login.assertion_id), login.replay_until);
    let noted = origin.directory().database.run(once).await?;
    if noted.is_empty() {
        return Err(Refusal::new("replay", "the assertion has been accepted before").into());
    }
    Ok(known.assertion(provider, &login)?)
}

struct Response<'a> {
    message: &'a [u8],
    request: Option<&'a str>,
    ours: &'a Ours,
}

impl Response<'_> {
    async fn accepted(
        &self,
        origin: &Origin,
        known: &IdentityProvider,
        keys: &Keys,
    ) -> Result<Login, ResponseError> {
        let IdentityProvider { settings, partner } = known;
        let expected = Expected {
            now: origin.clock.now(),
            issuer: &partner.entity_id,
            keys: &partner.keys(),
            audience: &self.ours.entity_id,
            acs_url: &self.ours.acs_url,
            request: self.request,
            allow_unsolicited: settings.allows_unsolicited && self.request.is_none(),
            require_signed_assertion: settings.wants_signed_assertions,
            algorithms: settings.algorithms,
        };
        let context = Context { signatures: &*origin.crypto, decrypter: keys.decrypter(origin) };
        accept(self.message, &expected, &context).await
    }
}

fn refusal(error: &ResponseError) -> Refusal {
    let detail = match error {
        ResponseError::Status { message: Some(message), .. } => format!("{error}: {message}"),
        _ => error.to_string(),
    };
    Refusal::new(RESPONSE, detail)
}

const fn is_of_unknown_key(error: &ResponseError) -> bool {
    matches!(
        error,
        ResponseError::Signature(SignatureError::Key | SignatureError::NoKey)
            | ResponseError::Assertion(AssertionError::Signature(
                SignatureError::Key | SignatureError::NoKey
            ))
    )
}
