//! The grants of the token endpoint, one module each.

pub mod authorization_code;
pub mod client_credentials;
pub mod device_code;
pub mod password;
pub mod refresh_token;
pub mod token_exchange;

use super::error::invalid_grant;
use crate::origin::{
    Origin,
    authn::client::UnverifiedClient,
    domain::{clients::Client, revocation::Moment},
    http::{OAuthError, OAuthErrorCode, Parameters, Request},
    store::{
        query::Query,
        signing_keys::{self, SigningKey},
    },
};

/// A token request, before loading data.
#[derive(Debug)]
pub struct TokenCall<'a> {
    /// The origin.
    pub origin: &'a Origin,
    /// The request.
    pub request: &'a Request,
    /// Its parameters.
    pub parameters: &'a Parameters,
    /// The unauthenticated client.
    pub client: UnverifiedClient,
    /// The error for a disabled client.
    pub disabled_as: OAuthErrorCode,
}

impl<'a> TokenCall<'a> {
    /// Loads the common and grant-specific data in one round trip, and authenticates the client.
    pub async fn load<T: 'static>(
        self,
        further: Query<T>,
    ) -> Result<(TokenRequest<'a>, T), OAuthError> {
        let Self { origin, request, parameters, client, disabled_as } = self;
        let now = origin.clock.now();
        let (((moment, registered), keys), further) = Moment::query(now)
            .and(client.query())
            .and(signing_keys::signing_now(now))
            .and(further)
            .fetch(&*origin.database)
            .await?;
        let client = client.authenticate(request, registered, disabled_as, now)?;
        let issuer = origin.config.issuer_for(&request.base);
        Ok((TokenRequest { origin, moment, keys, issuer, client, parameters }, further))
    }
}

/// A token request with its authenticated client.
#[derive(Debug)]
pub struct TokenRequest<'a> {
    /// The origin.
    pub origin: &'a Origin,
    /// The moment of the read that the decision is based on.
    pub moment: Moment,
    /// The signing keys at that moment.
    pub keys: Vec<SigningKey>,
    /// The `iss` of issued tokens.
    pub issuer: &'a str,
    /// The client.
    pub client: Client,
    /// The parameters.
    pub parameters: &'a Parameters,
}
