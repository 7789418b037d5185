//! The organization whose database has the rows of a request's credential, read from the unverified
//! credential: only to select the database, never to trust it.

use super::{
    caller::{self, HeaderCredential},
    session,
};
use crate::{
    core::{
        apikey::is_api_key,
        credential,
        encoding::digest,
        oauth::client::{ClientCredentials, Sources},
        principal::PLATFORM_ORGANIZATION,
        token::Untrusted,
    },
    origin::{Origin, domain::homes, http::Request, store::homes::Thing},
    ports::DatabaseError,
};

/// The organizations of a credential, if it names any.
#[derive(Debug, Default)]
pub struct Home {
    /// The one whose database has the credential's rows.
    pub home: Option<String>,
    /// The default organization of a request that names none: differs from `home` for a token
    /// issued for an additional organization of the user.
    pub default: Option<String>,
}

impl Home {
    fn only(home: Option<String>) -> Self {
        Self { default: home.clone(), home }
    }
}

/// The organizations of the request's credential.
pub async fn of(origin: &Origin, request: &Request) -> Result<Home, DatabaseError> {
    match caller::presented(request) {
        Ok(Some(HeaderCredential::Text(text))) => of_text(origin, text).await,
        Ok(Some(HeaderCredential::Basic(authorization))) => {
            if let Some(text) = caller::credential_in(authorization) {
                return of_text(origin, text.expose()).await;
            }
            let sources = Sources { authorization: Some(authorization), ..Sources::default() };
            let Ok(client) = ClientCredentials::parse(sources) else { return Ok(Home::default()) };
            let owner = homes::owner_of(origin, Thing::Client(&client.client_id)).await?;
            Ok(Home::only(owner))
        }
        Ok(None) => of_cookies(origin, request).await,
        Err(_) => Ok(Home::default()),
    }
}

async fn of_cookies(origin: &Origin, request: &Request) -> Result<Home, DatabaseError> {
    for user_id in session::people(request) {
        if let Some(owner) = homes::owner_of(origin, Thing::User(&user_id)).await? {
            return Ok(Home::only(Some(owner)));
        }
    }
    let headers = request.headers.get_all(http::header::COOKIE);
    let texts = headers.iter().filter_map(|value| value.to_str().ok());
    let tokens = credential::cookie_tokens(texts).unwrap_or_default();
    for token in tokens {
        if let Some(home) = of_token(origin, token).await? {
            return Ok(home);
        }
    }
    Ok(Home::default())
}

/// The organizations of a key or token.
pub async fn of_text(origin: &Origin, text: &str) -> Result<Home, DatabaseError> {
    if is_api_key(text) {
        return homes::owner_of(origin, Thing::Key(&digest(text))).await.map(Home::only);
    }
    Ok(of_token(origin, text).await?.unwrap_or_default())
}

/// The home organization of a user's token, or the client's of a program's. A token with which a
/// platform administrator assumes another organization belongs to the platform's organization.
async fn of_token(origin: &Origin, text: &str) -> Result<Option<Home>, DatabaseError> {
    let claims = Untrusted::parse(text).ok().and_then(|token| token.danger_unverified_claims());
    let Some(claims) = claims else { return Ok(None) };
    let default = Some(claims.owner).filter(|owner| !owner.is_empty());
    let home = if !claims.assumed.is_empty() {
        Some(PLATFORM_ORGANIZATION.to_owned())
    } else if claims.orgs.len() == 1 {
        // It may be limited to an organization other than the home.
        let owner = homes::owner_of(origin, Thing::User(&claims.sub)).await?;
        owner.or_else(|| default.clone())
    } else {
        claims.orgs.into_iter().next().map(|role| role.org).or_else(|| default.clone())
    };
    Ok(Some(Home { home, default }))
}
