//! Logout at and by SAML identity providers (SAML profiles §4.4).
//!
//! A logout there ends all sessions of the named user that began at an identity provider, because a
//! `SessionIndex` cannot be mapped to a local session.

use serde_json::{Map, Value};

use super::{
    Ours, addresses,
    messages::{Incoming, Outgoing},
    our_keys,
};
use crate::{
    core::saml::{
        NameId,
        binding::Kind,
        logout,
        message::{self, Head},
        settings::Service,
    },
    origin::{
        Origin,
        authn::{
            csrf,
            federation::{Failure, Leading, ending},
        },
        domain::{
            federation::{
                documents::Age,
                requests::{Journey, Purpose, browser, new_state},
                saml::{IdentityProvider, identity_provider, name_of_session, session_key},
            },
            homes,
            saml::new_id,
        },
        http::Request,
        store::{
            identities::{self, Identity},
            providers::{self, Provider},
            resource::Stored,
            users::User,
        },
    },
    ports::DatabaseError,
};

/// The `amr` of a session that began at an identity provider.
const FEDERATED: &str = "fed";

/// Lifetime of a logout request, in seconds.
const LIFETIME: i64 = 300;

/// Ends the sessions of the user named in the identity provider's request, and returns how the
/// browser delivers the response; `None` if the provider accepts none.
pub async fn requested(
    origin: &Origin,
    http: &Request,
    provider: &Provider,
    known: &IdentityProvider,
    incoming: &Incoming,
) -> Result<Option<Leading>, Failure> {
    let IdentityProvider { settings, partner } = known;
    let destination = addresses(origin, http, provider).at("slo");
    let request = incoming.read(origin, partner, &destination, logout::request)?;
    incoming.is_new(origin, partner).await?;
    let keys = our_keys(origin, &provider.meta().owner).await?;
    let name = incoming.named(request.name_id, keys.decrypter(origin), settings.algorithms).await?;
    let (id, name) = (&provider.meta().id, session_key(&name));
    ending::end(origin, || identities::by_session(id, &name)).await?;
    let Some(service) = Service::of(&partner.role.single_logout) else { return Ok(None) };
    let issuer = Ours::of(origin, http, provider, settings).entity_id;
    let (id, now) = (new_id(origin), origin.clock.now());
    let head = Head { id: &id, now, issuer: &issuer, destination: &service.responses };
    let response = message::logout_response(&head, &request.id);
    let relay_state = incoming.relay_state.as_str();
    let outgoing = Outgoing { kind: Kind::Response, service: &service, relay_state };
    Ok(Some(outgoing.sent(response, Some(&keys.signer(origin))).await?))
}

/// How the browser delivers a logout request to the identity provider of the ending session, and
/// from there to `target`; `None` if the provider accepts none. An unreachable provider does not
/// prevent the local logout.
pub async fn leading(
    origin: &Origin,
    http: &Request,
    user: &User,
    methods: &[String],
    target: &str,
) -> Option<Leading> {
    if !methods.iter().any(|method| method == FEDERATED) {
        return None;
    }
    let led = led(origin, http, user, target).await;
    led.inspect_err(|failure| origin.failed("saml.logout", failure)).ok().flatten()
}

async fn led(
    origin: &Origin,
    http: &Request,
    user: &User,
    target: &str,
) -> Result<Option<Leading>, Failure> {
    let home = homes::at(origin, &user.owner).await?;
    let linked = identities::of_user(&user.id).fetch(&*home.database).await?;
    let mut introduced: Vec<(Identity, NameId, Option<String>)> = linked
        .into_iter()
        .filter_map(|identity| {
            let session: &Map<String, Value> = identity.details.get("session")?.as_object()?;
            let (name, index) = name_of_session(session)?;
            Some((identity, name, index))
        })
        .collect();
    introduced.sort_by_key(|(identity, ..)| identity.used_at);
    let Some((identity, name, index)) = introduced.pop() else { return Ok(None) };
    let Some(provider_id) = &identity.provider_id else { return Ok(None) };
    let owner = identity.provider.split_once('/').map_or("", |(owner, _)| owner);
    let at = homes::at(origin, owner).await?;
    let found = providers::by_id(provider_id).fetch(&*at.database).await?;
    let Some(provider) = found else { return Ok(None) };
    let IdentityProvider { settings, partner } =
        identity_provider(origin, &provider, Age::Usual).await?;
    let Some(service) = Service::of(&partner.role.single_logout) else { return Ok(None) };
    let issuer = Ours::of(origin, http, &provider, &settings).entity_id;
    let state = new_state(origin);
    let (id, now) = (super::request_id(&state), origin.clock.now());
    let head = Head { id: &id, now, issuer: &issuer, destination: &service.location };
    let request = message::logout_request(&head, &name, index.as_deref(), now.plus(LIFETIME));
    let keys = our_keys(origin, &provider.meta().owner).await?;
    let outgoing = Outgoing { kind: Kind::Request, service: &service, relay_state: &state };
    let leading = outgoing.sent(request, Some(&keys.signer(origin))).await?;
    let cookie = csrf::binding(origin, http).unwrap_or_default();
    let purpose = Purpose::SignIn { client_id: String::new(), return_to: target.to_owned() };
    let journey = Journey::to(&provider, browser(cookie), purpose, Value::Null);
    journey.sign_out(origin, &state).await?;
    Ok(Some(leading))
}

/// The target of a logout returning with `relay_state`; `None` if unknown.
///
/// The state is a secret of this browser and the identity provider, and is consumed once. The
/// target was checked when the logout began and does not depend on the response.
pub async fn returned(
    origin: &Origin,
    provider: &Provider,
    relay_state: &str,
) -> Result<Option<String>, DatabaseError> {
    let taken = Journey::<Value>::signed_out(origin, relay_state).await?;
    let taken = taken.filter(|journey| journey.provider_id == provider.meta().id);
    Ok(taken.map(|journey| journey.purpose.return_to().to_owned()))
}
