//! `grant_type=urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4): a device polls for
//! the user's decision.

use super::{TokenCall, TokenRequest, invalid_grant};
use crate::{
    core::{
        encoding::digest,
        oauth::{
            device::{Device, DeviceFlow, PollRefusal},
            scope::Scope,
        },
    },
    origin::{
        domain::{
            people::Person,
            tokens::issue::{self, GrantRequest, Issued},
        },
        http::{OAuthError, OAuthErrorCode},
        store::{
            accounts::{self, Named},
            device_codes::{self, DeviceCode},
            grants::Given,
        },
    },
};

/// The grant type.
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

const REFUSED: &str = "the device code is not valid";

/// Handles a poll; an approved code is redeemed once.
pub async fn answer(call: TokenCall<'_>) -> Result<Issued, OAuthError> {
    let code = call.parameters.get("device_code").map(digest).unwrap_or_default();
    let (named, client_id) = (Named::DeviceCode(&code), call.client.client_id());
    let facts = device_codes::find(&code)
        .and(accounts::find(named))
        .and(accounts::consent(named, client_id));
    let (request, ((stored, account), consent)) = call.load(facts).await?;
    let TokenRequest { origin, moment, keys, issuer, client, parameters } = request;
    client.must_list(GRANT_TYPE)?;
    client.must_authenticate_if_confidential()?;
    parameters.require("device_code")?;
    let now = moment.now;
    let Some(stored) = stored else {
        return Err(invalid_grant(REFUSED, "no such device code"));
    };
    let device = state(&stored).ok_or_else(|| invalid_grant(REFUSED, "unknown state"))?;
    match device.poll(client.client_id(), now) {
        Ok(_) => {}
        Err(PollRefusal::OtherClient) => {
            return Err(invalid_grant(REFUSED, PollRefusal::OtherClient));
        }
        Err(refusal) => {
            if let Some(interval) = match refusal {
                PollRefusal::Pending => Some(stored.poll_interval),
                PollRefusal::TooFast { interval } => Some(interval),
                _ => None,
            } {
                device_codes::polled(&*origin.database, &code, interval, now).await?;
            }
            return Err(OAuthError::new(code_of(refusal), refusal.to_string()));
        }
    }
    let since = stored.auth_time.unwrap_or_default();
    let person = account
        .and_then(|account| Person::standing(account, since, moment.now))
        .filter(|person| person.is_admitted_to(&client.application))
        .ok_or_else(|| invalid_grant(REFUSED, "the user is not in good standing"))?;
    let request = GrantRequest {
        moment,
        keys: &keys,
        issuer,
        client: &client,
        person: &person,
        consent: consent.as_ref(),
        scope: Scope::parse(&stored.scope)?,
        resource: stored.resource,
        is_public: !client.authenticated,
        session_id: stored.session_id,
        auth_time: since,
        methods: stored.methods,
        platform_asked: stored.platform_asked,
        nonce: None,
        kind: GRANT_TYPE,
    };
    issue::establish(origin, request, Given::ByDevice(&code)).await?.ok_or_else(|| {
        OAuthError::new(code_of(PollRefusal::Expired), PollRefusal::Expired.to_string())
    })
}

fn state(stored: &DeviceCode) -> Option<Device> {
    let flow = DeviceFlow {
        client_id: stored.client_id.clone(),
        interval: stored.poll_interval,
        polled_at: stored.polled_at,
        expires_at: stored.expires_at,
    };
    Device::read(&stored.state, flow)
}

const fn code_of(refusal: PollRefusal) -> OAuthErrorCode {
    match refusal {
        PollRefusal::Pending => OAuthErrorCode::AuthorizationPending,
        PollRefusal::TooFast { .. } => OAuthErrorCode::SlowDown,
        PollRefusal::Denied => OAuthErrorCode::AccessDenied,
        PollRefusal::Expired => OAuthErrorCode::ExpiredToken,
        PollRefusal::OtherClient => OAuthErrorCode::InvalidGrant,
    }
}
