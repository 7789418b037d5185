//! The device authorization endpoint (RFC 8628 §3.1). The user approves at
//! [`crate::origin::api::signin::device`].

use serde::Serialize;

use super::{forms::DeviceForm, grants::device_code::GRANT_TYPE};
use crate::{
    core::{
        encoding::{base64url, digest},
        limit::AttemptLimit,
        network::network,
        oauth::{
            audience,
            device::{INTERVAL, LIFETIME, UserCode},
            scope::Scope,
        },
        time::UnixTime,
    },
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Form, Rate, View, Who, endpoint},
        authn::client,
        domain::clients::Client,
        http::{OAuthError, OAuthErrorCode, Request},
        store::{
            attempts::{self, Attempt},
            device_codes::{self, DeviceCode},
        },
    },
    ports::DatabaseError,
};

/// Limit of device codes per network or confidential client.
const REQUESTS: AttemptLimit = AttemptLimit::within(100, 600);

endpoint! {
    /// Begins a device authorization (RFC 8628 §3.1).
    ///
    /// The parameters come in the query, as JSON or as a form.
    pub RequestDeviceCode = POST "/v1/iam/oauth/device" as "requestDeviceCode",
    who: Who::Client, rate: Rate::Guesses, audit: Audit::Nothing("the decision about the code leaves an entry");
    body: Form<DeviceForm>,
    reply: View<DeviceResponse>,
    error: OAuthError;
    begin
}

/// The codes of a device (RFC 8628 §3.2).
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct DeviceResponse {
    /// What the device polls the token endpoint with.
    device_code: String,
    /// What the person types.
    user_code: String,
    /// Where the person types it.
    verification_uri: String,
    /// The same address with the code in it.
    verification_uri_complete: String,
    /// Seconds until both codes expire.
    expires_in: i64,
    /// Seconds between two polls.
    interval: i64,
}

async fn begin(
    origin: &Origin,
    call: Call<'_, RequestDeviceCode>,
) -> Result<View<DeviceResponse>, OAuthError> {
    let request = call.request;
    let parameters = &request.query_parameters()?.merged(call.body.0)?;
    let client =
        client::authenticate(origin, request, parameters, OAuthErrorCode::InvalidClient).await?;
    client.must_list(GRANT_TYPE)?;
    client.must_authenticate_if_confidential()?;
    let scope = Scope::granted(parameters.get("scope"), &client.application.scopes)?;
    let resource = audience::registered(parameters.get("resource"), client.registration())?;
    let now = origin.clock.now();
    within_limit(origin, request, &client, now).await?;
    let device_code = base64url(&origin.random.bytes::<32>());
    let mut record = DeviceCode {
        digest: digest(&device_code),
        user_code: String::new(),
        client_id: client.client_id().to_owned(),
        scope: scope.to_string(),
        resource,
        state: "pending".to_owned(),
        is_public: !client.authenticated,
        user_id: None,
        session_id: None,
        auth_time: None,
        methods: Vec::new(),
        platform_asked: false,
        poll_interval: INTERVAL,
        polled_at: None,
        expires_at: now.plus(LIFETIME),
        created_at: now,
    };
    insert(origin, &mut record).await?;
    let issuer = origin.config.issuer_for(&request.base);
    let verification_uri = format!("{issuer}/login/oauth/device");
    Ok(View(DeviceResponse {
        device_code,
        verification_uri_complete: format!("{verification_uri}/{}", record.user_code),
        user_code: record.user_code,
        verification_uri,
        expires_in: LIFETIME,
        interval: INTERVAL,
    }))
}

/// Counts the request per network, or per authenticated client, because it writes a row before any
/// user interaction.
async fn within_limit(
    origin: &Origin,
    request: &Request,
    client: &Client,
    now: UnixTime,
) -> Result<(), OAuthError> {
    let whom = if client.authenticated {
        format!("client:{}", client.client_id())
    } else {
        network(&request.client_ip)
    };
    let slot = origin.slot("device-codes", &whom);
    match attempts::count(&*origin.directory().database, &slot, REQUESTS, now).await? {
        Attempt::Allowed => Ok(()),
        Attempt::Refused(_) => Err(OAuthError::new(
            OAuthErrorCode::TemporarilyUnavailable,
            "too many device codes were asked for from this network, please try again later",
        )),
    }
}

/// Stores the code under a user code that no other live code has.
async fn insert(origin: &Origin, record: &mut DeviceCode) -> Result<(), DatabaseError> {
    for _ in 0..4 {
        let code = UserCode::from_random(origin.random.bytes());
        code.as_str().clone_into(&mut record.user_code);
        match device_codes::insert(&*origin.database, record).await {
            Err(DatabaseError::Conflict) => {}
            other => return other,
        }
    }
    Err(DatabaseError::Conflict)
}
