//! Which client calls, and what it may do.

use crate::{
    core::{
        encoding::digest,
        log::Caller,
        oauth::{
            audience::Registration,
            client::{ClientCredentials, ClientError, Sources},
            lifetime::Lifetimes,
        },
        secret::constant_time_eq,
    },
    origin::{
        Origin,
        http::{OAuthError, OAuthErrorCode, Parameters, Request},
        store::{
            applications::{self, Application},
            organizations,
        },
    },
};

/// What may never stand in a URL, where every log would keep it (RFC 6749 §2.3.1, RFC 9700 §4.3.2).
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

/// A client in good standing. Unless it has authenticated, anybody may be claiming its name.
#[derive(Debug)]
pub struct Client {
    /// The application.
    pub application: Application,
    /// Whether it has presented its secret.
    pub authenticated: bool,
}

impl Client {
    /// `client_id`
    pub fn client_id(&self) -> &str {
        &self.application.client_id
    }

    /// Whether the application is registered for `grant_type`. One that names none may use
    /// authorization codes (RFC 7591 §2) and refresh what they give. A URN may be written without
    /// its prefix.
    pub fn lists(&self, grant_type: &str) -> bool {
        let listed = &self.application.grant_types;
        if listed.is_empty() {
            return matches!(grant_type, "authorization_code" | "refresh_token");
        }
        let short = grant_type.strip_prefix("urn:ietf:params:oauth:grant-type:");
        listed.iter().any(|known| known == grant_type || Some(known.as_str()) == short)
    }

    /// Refuses what the application is not registered for.
    pub fn must_list(&self, grant_type: &str) -> Result<(), OAuthError> {
        if self.lists(grant_type) {
            return Ok(());
        }
        Err(OAuthError::new(
            OAuthErrorCode::UnauthorizedClient,
            "the client is not registered for this grant type",
        ))
    }

    /// Refuses a client that has not proven who it is: a public one cannot, another must.
    pub fn must_authenticate(&self) -> Result<(), OAuthError> {
        if self.authenticated {
            return Ok(());
        }
        if self.application.client_secret_digest.is_none() {
            return Err(OAuthError::new(
                OAuthErrorCode::UnauthorizedClient,
                "a public client may not do this",
            ));
        }
        Err(failed())
    }

    /// Refuses a confidential client that has not authenticated.
    pub fn must_authenticate_if_confidential(&self) -> Result<(), OAuthError> {
        if self.application.client_secret_digest.is_none() {
            return Ok(());
        }
        self.must_authenticate()
    }

    /// Refuses a confidential client that has not authenticated (RFC 6749 §3.2.1), unless its
    /// record lets PKCE take the secret's place.
    pub fn must_authenticate_unless_by_pkce(&self) -> Result<(), OAuthError> {
        if self.application.pkce_without_secret {
            return Ok(());
        }
        self.must_authenticate_if_confidential()
    }

    /// For whom its tokens may be.
    pub fn registration(&self) -> Registration<'_> {
        self.application.registration()
    }

    /// How long what it obtains lives.
    pub fn lifetimes(&self) -> Lifetimes {
        Lifetimes::configured(
            self.application.access_token_lifetime,
            self.application.refresh_token_lifetime,
        )
    }
}

/// The client that `request` names, if what it presents is right. A secret is never required here
/// and never ignored. A disabled application and one of a suspended organization get `disabled_as`.
pub async fn authenticate(
    origin: &Origin,
    request: &Request,
    parameters: &Parameters,
    disabled_as: OAuthErrorCode,
) -> Result<Client, OAuthError> {
    refuse_secrets_in_url(request)?;
    let credentials = credentials(request, parameters)?;
    let database = &*origin.database;
    let application = applications::find_by_client_id(database, &credentials.client_id).await?;
    let presented = credentials.secret.as_ref().map(|secret| digest(secret.expose()));
    let stored = application.as_ref().and_then(|known| known.client_secret_digest.as_deref());
    // A client that does not exist costs a comparison as well, and is told the same.
    let right = presented.as_deref().is_none_or(|presented| {
        constant_time_eq(presented.as_bytes(), stored.unwrap_or_default().as_bytes())
    });
    let Some(application) = application.filter(|_| right) else { return Err(failed()) };
    if application.is_disabled
        || !organizations::is_live(database, &application.organization).await?
    {
        return Err(OAuthError::new(disabled_as, "the application is disabled"));
    }
    let authenticated = presented.is_some();
    request.trace.note(Caller {
        subject: format!("{}/{}", application.owner, application.name),
        organization: application.organization.clone(),
        client: application.client_id.clone(),
        credential: if authenticated { "client" } else { "none" },
        id: String::new(),
    });
    Ok(Client { application, authenticated })
}

/// Refuses a request whose URL carries what only a body or a header may.
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
    let mut headers = request.headers.get_all(http::header::AUTHORIZATION).iter();
    let authorization = headers.next().map(|value| value.to_str().unwrap_or_default());
    if headers.next().is_some() {
        return Err(OAuthError::new(
            OAuthErrorCode::InvalidRequest,
            "there may be one Authorization header",
        ));
    }
    ClientCredentials::parse(Sources {
        authorization,
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
