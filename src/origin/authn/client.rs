//! Authentication of OAuth clients (RFC 6749 §2.3).

use crate::{
    core::{
        encoding::digest,
        log::Caller,
        oauth::client::{ClientCredentials, ClientError, Sources},
        secret::constant_time_eq,
        time::UnixTime,
    },
    origin::{
        Origin,
        domain::clients::Client,
        http::{OAuthError, OAuthErrorCode, Parameters, Request},
        store::{
            clients::{self, Registered},
            query::Query,
        },
    },
};

/// Parameters that must not be in a URL, because URLs are logged (RFC 6749 §2.3.1, RFC 9700
/// §4.3.2).
const SECRET_PARAMETERS: [&str; 11] = [
    "client_secret",
    "clientSecret",
    "client_assertion",
    "code",
    "code_verifier",
    "refresh_token",
    "password",
    "device_code",
    "subject_token",
    "actor_token",
    "token",
];

/// Unverified client credentials.
#[derive(Debug)]
pub struct UnverifiedClient(ClientCredentials);

impl UnverifiedClient {
    /// Reads the credentials. Secrets in the URL are refused.
    pub fn read(request: &Request, parameters: &Parameters) -> Result<Self, OAuthError> {
        refuse_secrets_in_url(request)?;
        credentials(request, parameters).map(Self)
    }

    /// The `client_id`.
    pub fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// Loads the client named in the credentials.
    pub fn query(&self) -> Query<Option<Registered>> {
        clients::find(&self.0.client_id)
    }

    /// Returns the client if its secret, if sent, is correct; `registered` is the result of
    /// [`Self::query`]. No secret is required here, and none is ignored. A disabled application and
    /// one of a suspended organization get `disabled_as`.
    pub fn authenticate(
        &self,
        request: &Request,
        registered: Option<Registered>,
        disabled_as: OAuthErrorCode,
        now: UnixTime,
    ) -> Result<Client, OAuthError> {
        let presented = self.0.secret.as_ref().map(|secret| digest(secret.expose()));
        // An unknown client takes a comparison as well, and gets the same error.
        let right = presented.as_deref().is_none_or(|presented| match &registered {
            Some(registered) => registered.has_secret(presented, now),
            None => constant_time_eq(presented.as_bytes(), b""),
        });
        let Some(registered) = registered.filter(|_| right) else { return Err(failed()) };
        let Some(application) = registered.enabled() else {
            return Err(OAuthError::new(disabled_as, "the application is disabled"));
        };
        let authenticated = presented.is_some();
        request.trace.note(Caller {
            subject: format!("{}/{}", application.owner, application.name),
            organization: application.organization.clone(),
            client: application.client_id.clone(),
            credential: if authenticated { "client" } else { "none" },
            id: String::new(),
            name: format!("{}/{}", application.owner, application.name),
            acting: Vec::new(),
        });
        Ok(Client { application, authenticated })
    }
}

/// Returns the client of `request` if its credentials are right: [`UnverifiedClient`] in one step, for
/// an endpoint that reads nothing else in the same batch.
pub async fn authenticate(
    origin: &Origin,
    request: &Request,
    parameters: &Parameters,
    disabled_as: OAuthErrorCode,
) -> Result<Client, OAuthError> {
    let presented = UnverifiedClient::read(request, parameters)?;
    let registered = presented.query().fetch(&*origin.database).await?;
    presented.authenticate(request, registered, disabled_as, origin.clock.now())
}

/// Refuses a request whose URL carries a parameter that belongs in the body or a header.
pub fn refuse_secrets_in_url(request: &Request) -> Result<(), OAuthError> {
    let query = request.query_parameters()?;
    if query.any(&SECRET_PARAMETERS).is_some() {
        return Err(OAuthError::new(
            OAuthErrorCode::InvalidRequest,
            "secrets do not belong in a URL: send them in the body",
        ));
    }
    Ok(())
}

fn credentials(
    request: &Request,
    parameters: &Parameters,
) -> Result<ClientCredentials, OAuthError> {
    ClientCredentials::parse(Sources {
        authorization: request.authorization()?,
        client_id: parameters.get("client_id"),
        client_secret: parameters.get("client_secret"),
        assertion: parameters.any(&["client_assertion", "client_assertion_type"]).is_some(),
    })
    .map_err(|error| {
        let code = if error.is_request() {
            OAuthErrorCode::InvalidRequest
        } else {
            OAuthErrorCode::InvalidClient
        };
        match error {
            ClientError::Malformed => failed(),
            other => OAuthError::new(code, other.to_string()),
        }
    })
}

fn failed() -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidClient, "client authentication failed")
}
