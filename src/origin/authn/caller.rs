//! Authentication of the origin's callers: the only place that turns a request into a
//! [`Principal`].
//!
//! The origin verifies every credential itself, and checks in the database what a signature does
//! not prove: a request by a disabled user, organization or application, or with a revoked grant or
//! key, is not authenticated. Roles are current, not those at the time of issue.

use http::{StatusCode, header};
use thiserror::Error;

use super::{
    csrf,
    session::{self, Current},
};
use crate::{
    core::{
        apikey::is_api_key,
        authority::Authority,
        credential::{self, Authorization, CredentialError, KEY_HEADER, basic_pair},
        encoding::digest,
        oauth::client::{ClientCredentials, Sources},
        principal::{Credential, Principal, PrincipalKind},
        secret::Secret,
        token::Role,
    },
    origin::{
        Origin,
        domain::{
            authority,
            keyring::KeyringError,
            publication,
            tokens::live::{self, LiveToken},
        },
        http::{OAuthError, OAuthErrorCode, Request, RestError},
        store::{applications::Application, clients, keys, users::User},
    },
    ports::DatabaseError,
};

/// Why a request is not authenticated.
#[derive(Debug, Error)]
pub enum CallerError {
    /// Two credentials, or a malformed one (RFC 6750 §2: `invalid_request`).
    #[error("the request must carry one credential in one place")]
    Malformed,
    /// An API key in a cookie.
    #[error("a key must be sent in the Authorization header, not in a cookie")]
    KeyInCookie,
    /// An invalid, expired or revoked credential. The client learns no more.
    #[error("the credential is not valid")]
    Invalid,
    /// The credential could not be checked.
    #[error(transparent)]
    Failed(#[from] CallerFailure),
}

/// A failure while checking a credential.
#[derive(Debug, Error)]
pub enum CallerFailure {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The signing keys, or the cryptography.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

impl From<CallerError> for RestError {
    fn from(error: CallerError) -> Self {
        match error {
            CallerError::Malformed | CallerError::KeyInCookie => {
                Self::new(StatusCode::BAD_REQUEST, error.to_string())
            }
            CallerError::Invalid => Self::unauthenticated(),
            CallerError::Failed(cause) => Self::internal(cause),
        }
    }
}

impl From<CallerError> for OAuthError {
    fn from(error: CallerError) -> Self {
        let code = match error {
            CallerError::Malformed | CallerError::KeyInCookie => OAuthErrorCode::InvalidRequest,
            CallerError::Invalid => OAuthErrorCode::InvalidToken,
            CallerError::Failed(cause) => return Self::internal(cause),
        };
        Self::new(code, error.to_string())
    }
}

impl From<DatabaseError> for CallerError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<KeyringError> for CallerError {
    fn from(error: KeyringError) -> Self {
        Self::Failed(error.into())
    }
}

/// The caller of `request`; `None` if it carries no credential. An explicitly sent invalid
/// credential is an error; invalid cookies, which browsers send automatically, count as absent.
///
/// A header takes precedence over the browser's session, and the session over a token in a cookie.
/// The session belongs to this server. A token cookie was set by an application, possibly on a
/// sibling host, and stays in the browser after the token has expired: it must neither replace the
/// signed-in user nor lock the user out.
pub async fn authenticate(
    origin: &Origin,
    request: &Request,
) -> Result<Option<Principal>, CallerError> {
    let principal = presented_by(&origin.of_caller(), request).await?;
    if let Some(principal) = &principal {
        request.trace.note(principal);
    }
    Ok(principal)
}

async fn presented_by(
    origin: &Origin,
    request: &Request,
) -> Result<Option<Principal>, CallerError> {
    let cookies = cookie_tokens(origin, request).await?;
    match presented(request)? {
        None => match of_session(origin, request).await? {
            None => of_cookies(origin, &cookies).await,
            signed_in => Ok(signed_in),
        },
        Some(HeaderCredential::Text(text)) => of_text(origin, text).await.map(Some),
        Some(HeaderCredential::Basic(authorization)) => {
            // The gateway also accepts a token as the Basic password (WIRE §6).
            if let Some(text) = credential_in(authorization) {
                return of_text(origin, text.expose()).await.map(Some);
            }
            let sources = Sources { authorization: Some(authorization), ..Sources::default() };
            let client = ClientCredentials::parse(sources).map_err(|_| CallerError::Invalid)?;
            let secret = client.secret.as_ref().map_or("", |secret| secret.expose());
            of_client(origin, &client.client_id, secret).await.map(Some)
        }
    }
}

/// The application that authenticates by `client_id` and secret.
pub async fn of_client(
    origin: &Origin,
    client_id: &str,
    secret: &str,
) -> Result<Principal, CallerError> {
    let registered = clients::find(client_id).fetch(&*origin.database).await?;
    let registered = registered.ok_or(CallerError::Invalid)?;
    if !registered.has_secret(&digest(secret), origin.clock.now()) {
        return Err(CallerError::Invalid);
    }
    let application = registered.enabled().ok_or(CallerError::Invalid)?;
    let authority = authority::of_application(origin, &application);
    Ok(of_application(application, authority, Credential::Client))
}

/// Candidate access tokens in cookies (WIRE §6), parsed as in the gateway. None for cross-site
/// requests.
pub async fn cookie_tokens<'a>(
    origin: &Origin,
    request: &'a Request,
) -> Result<Vec<&'a str>, CallerError> {
    let headers = request.headers.get_all(header::COOKIE);
    match credential::cookie_tokens(headers.iter().filter_map(|value| value.to_str().ok())) {
        Ok(tokens) if may_use_cookies(origin, request) => Ok(tokens),
        Ok(_) => Ok(Vec::new()),
        Err(CredentialError::KeyInCookie(digest)) => {
            origin.database.run(keys::expose(&digest, origin.clock.now())).await?;
            Err(CallerError::KeyInCookie)
        }
        Err(_) => Err(CallerError::Malformed),
    }
}

/// The principal of the first valid token. Invalid ones are skipped, because another application
/// may have set the cookies.
async fn of_cookies(origin: &Origin, tokens: &[&str]) -> Result<Option<Principal>, CallerError> {
    for token in tokens {
        match of_token(origin, token).await {
            Err(CallerError::Invalid) => {}
            found => return found.map(Some),
        }
    }
    Ok(None)
}

/// A raw credential in a header.
pub(super) enum HeaderCredential<'a> {
    /// A token or a key.
    Text(&'a str),
    /// The whole header.
    Basic(&'a str),
}

/// The headers that carry a credential.
const CREDENTIAL_HEADERS: [&str; 3] = ["authorization", "x-authorization", KEY_HEADER];

/// Whether `request` carries a credential in a header, valid or not.
pub fn is_presented(request: &Request) -> bool {
    CREDENTIAL_HEADERS.iter().any(|name| request.headers.contains_key(*name))
}

/// Whether `request` carries the credential of a client by Basic.
pub fn is_basic(request: &Request) -> bool {
    matches!(
        request.header("authorization").map(Authorization::parse),
        Some(Ok(Authorization::Basic(_)))
    )
}

/// The one credential in a header (ATTACKS A-28: two are an error).
pub(super) fn presented(request: &Request) -> Result<Option<HeaderCredential<'_>>, CallerError> {
    let mut headers = CREDENTIAL_HEADERS
        .into_iter()
        .flat_map(|name| request.headers.get_all(name).iter().map(move |value| (name, value)))
        .filter(|(name, value)| *name != KEY_HEADER || !value.is_empty());
    let Some((name, value)) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(CallerError::Malformed);
    }
    let value = str::from_utf8(value.as_bytes()).map_err(|_| CallerError::Malformed)?;
    let found = if name == KEY_HEADER {
        credential::key_alone(value).map(HeaderCredential::Text)
    } else {
        match Authorization::parse(value) {
            Ok(Authorization::Bearer(text)) => Ok(HeaderCredential::Text(text)),
            Ok(Authorization::Basic(_)) => Ok(HeaderCredential::Basic(value)),
            Err(error) => Err(error.into()),
        }
    };
    match found {
        Ok(presented) => Ok(Some(presented)),
        Err(CredentialError::Unsupported) => Err(CallerError::Invalid),
        Err(_) => Err(CallerError::Malformed),
    }
}

/// The password of a Basic header, if it is a token or a key and not a client's secret.
pub(super) fn credential_in(authorization: &str) -> Option<Secret<String>> {
    let Ok(Authorization::Basic(credentials)) = Authorization::parse(authorization) else {
        return None;
    };
    let (_, secret) = basic_pair(credentials)?;
    let password = secret.expose();
    let is_token =
        password.starts_with("eyJ") && password.bytes().filter(|byte| *byte == b'.').count() == 2;
    (is_token || is_api_key(password)).then_some(secret)
}

/// Whether cookies authenticate the request; never for cross-site requests.
fn may_use_cookies(origin: &Origin, request: &Request) -> bool {
    if request.method.is_safe() {
        !csrf::is_cross_site(request)
    } else {
        csrf::is_from_ours(origin, request)
    }
}

/// The user of the browser session. An expired session is neither a credential nor an error.
async fn of_session(origin: &Origin, request: &Request) -> Result<Option<Principal>, CallerError> {
    if !may_use_cookies(origin, request) {
        return Ok(None);
    }
    let Some(current) = session::current(origin, request).await? else { return Ok(None) };
    let Current { session, person } = current;
    let since = session.platform_since(person.enrolled);
    // A session that does not meet the organization's current policy has no administrative
    // authority.
    let mut person = person;
    if !person.demand.is_met_by(&session.methods) {
        person.roles.iter_mut().for_each(|held| held.role = Role::Member);
    }
    let authority = authority::of_session(origin, &person.user, &person.roles, since);
    Ok(Some(of_user(person.user, authority, Credential::Session { id: session.id })))
}

/// The user with the authority that the credential carries. The caller has checked that the account
/// is enabled.
fn of_user(user: User, authority: Authority, credential: Credential) -> Principal {
    Principal {
        kind: publication::kind(&user),
        billing_account: format!("org:{}", authority.organization()),
        owner: authority.organization().to_owned(),
        authority,
        email: user.verified_email().to_owned(),
        subject: user.id,
        home: user.owner,
        name: user.name,
        client_id: String::new(),
        scope: String::new(),
        credential,
        acting: Vec::new(),
    }
}

async fn of_text(origin: &Origin, text: &str) -> Result<Principal, CallerError> {
    if is_api_key(text) { of_key(origin, text).await } else { of_token(origin, text).await }
}

/// The principal of a live access token for the directory.
async fn of_token(origin: &Origin, text: &str) -> Result<Principal, CallerError> {
    let live = live::access_token(origin, text).await?.ok_or(CallerError::Invalid)?;
    if !live.is_for_directory(&origin.config.issuers()) {
        return Err(CallerError::Invalid);
    }
    let LiveToken { claims, application, person, authority, .. } = live;
    let Principal { credential, scope, acting, .. } = claims.into_principal();
    let client_id = application.client_id.clone();
    let principal = match person {
        Some(person) => of_user(person.user, authority, credential),
        None => of_application(application, authority, credential),
    };
    Ok(Principal { client_id, scope, acting, ..principal })
}

/// The client of its own access token, for this API or another; `None` for other or no credentials.
pub async fn client_by_token(
    origin: &Origin,
    request: &Request,
) -> Result<Option<Principal>, CallerError> {
    let Some(HeaderCredential::Text(text)) = presented(request)? else { return Ok(None) };
    if is_api_key(text) {
        return Ok(None);
    }
    let live = live::access_token(origin, text).await?;
    let Some(live) = live.filter(|live| live.person.is_none()) else { return Ok(None) };
    let LiveToken { claims, application, authority, .. } = live;
    let Principal { credential, scope, .. } = claims.into_principal();
    let principal = of_application(application, authority, credential);
    request.trace.note(&principal);
    Ok(Some(Principal { scope, ..principal }))
}

/// The principal of a currently valid API key.
pub async fn of_key(origin: &Origin, text: &str) -> Result<Principal, CallerError> {
    let key = origin.config.api_key(text).ok_or(CallerError::Invalid)?;
    let record = publication::record_of(origin, &key.digest()).await?;
    let record = record.filter(|record| record.is_live(origin.clock.now()));
    Ok(record.ok_or(CallerError::Invalid)?.principal())
}

/// The principal of the application itself.
fn of_application(
    application: Application,
    authority: Authority,
    credential: Credential,
) -> Principal {
    Principal {
        subject: format!("{}/{}", application.owner, application.name),
        billing_account: format!("org:{}", application.organization),
        owner: application.organization.clone(),
        home: application.organization,
        name: application.name,
        email: String::new(),
        authority,
        kind: PrincipalKind::Machine,
        client_id: application.client_id,
        scope: String::new(),
        credential,
        acting: Vec::new(),
    }
}
