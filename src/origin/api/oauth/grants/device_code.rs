//! `grant_type=urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4): a device asks
//! whether somebody has decided.

use super::{TokenRequest, invalid_grant};
use crate::{
    core::{
        encoding::digest,
        oauth::{
            device::{Device, PollRefusal, Waiting},
            scope::Scope,
        },
    },
    origin::{
        Origin,
        domain::{
            subject,
            tokens::issue::{self, Allowed, TokenAnswer},
        },
        http::{OAuthError, OAuthErrorCode},
        store::{
            device_codes::{self, DeviceCode},
            grants::Given,
        },
    },
};

/// The grant type.
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

const REFUSED: &str = "the device code is not valid";

/// Answers a poll, and redeems an approved code once.
pub async fn answer(origin: &Origin, request: TokenRequest<'_>) -> Result<TokenAnswer, OAuthError> {
    let TokenRequest { moment, issuer, client, parameters } = request;
    client.must_list(GRANT_TYPE)?;
    client.must_authenticate_if_confidential()?;
    let digest = digest(parameters.require("device_code")?);
    let database = &*origin.database;
    let now = moment.now;
    let Some(stored) = device_codes::find(database, &digest).await? else {
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
                device_codes::polled(database, &digest, interval, now).await?;
            }
            return Err(OAuthError::new(code_of(refusal), refusal.to_string()));
        }
    }
    let since = stored.auth_time.unwrap_or_default();
    let person = match &stored.user_id {
        Some(user_id) => subject::standing(origin, user_id, since).await?,
        None => None,
    }
    .filter(|person| person.is_admitted_to(&client.application))
    .ok_or_else(|| invalid_grant(REFUSED, "the user is not in good standing"))?;
    let allowed = Allowed {
        moment,
        issuer,
        client: &client,
        person: &person,
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
    issue::establish(origin, allowed, Given::ByDevice(&digest)).await?.ok_or_else(|| {
        OAuthError::new(code_of(PollRefusal::Expired), PollRefusal::Expired.to_string())
    })
}

fn state(stored: &DeviceCode) -> Option<Device> {
    let waiting = Waiting {
        client_id: stored.client_id.clone(),
        interval: stored.poll_interval,
        polled_at: stored.polled_at,
        expires_at: stored.expires_at,
    };
    Device::read(&stored.state, waiting)
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
