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

/// A request to the token endpoint, before anything is read from the database.
#[derive(Debug)]
pub struct TokenCall<'a> {
    /// The origin.
    pub origin: &'a Origin,
    /// The request.
    pub request: &'a Request,
    /// Its parameters.
    pub parameters: &'a Parameters,
    /// The client it names, not yet authenticated.
    pub client: UnverifiedClient,
    /// The error for a client that is disabled.
    pub disabled_as: OAuthErrorCode,
}

impl<'a> TokenCall<'a> {
    /// Reads what every grant needs, together with what this one needs, in one round trip, and
    /// authenticates the client.
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

/// A request to the token endpoint, with its client.
#[derive(Debug)]
pub struct TokenRequest<'a> {
    /// The origin.
    pub origin: &'a Origin,
    /// The moment at which everything that is decided was read.
    pub moment: Moment,
    /// The keys that sign at that moment.
    pub keys: Vec<SigningKey>,
    /// `iss` of what will be issued.
    pub issuer: &'a str,
    /// The client.
    pub client: Client,
    /// The parameters.
    pub parameters: &'a Parameters,
}
