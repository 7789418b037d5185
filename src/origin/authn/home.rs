//! The organization whose database has the rows of a request's credential, read from the credential before
//! it is verified: to decide where to look, never what to believe.

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
        token::Untrusted,
    },
    origin::{Origin, domain::homes, http::Request, store::homes::Thing},
    ports::DatabaseError,
};

/// The organization; `None` if the request carries no credential that names one.
pub async fn of(origin: &Origin, request: &Request) -> Result<Option<String>, DatabaseError> {
    match caller::presented(request) {
        Ok(Some(HeaderCredential::Text(text))) => of_text(origin, text).await,
        Ok(Some(HeaderCredential::Basic(authorization))) => {
            if let Some(text) = caller::credential_in(authorization) {
                return of_text(origin, text.expose()).await;
            }
            let sources = Sources { authorization: Some(authorization), ..Sources::default() };
            let Ok(client) = ClientCredentials::parse(sources) else { return Ok(None) };
            homes::owner_of(origin, Thing::Client(&client.client_id)).await
        }
        Ok(None) => of_cookies(origin, request).await,
        Err(_) => Ok(None),
    }
}

async fn of_cookies(origin: &Origin, request: &Request) -> Result<Option<String>, DatabaseError> {
    for user_id in session::people(request) {
        if let Some(owner) = homes::owner_of(origin, Thing::User(&user_id)).await? {
            return Ok(Some(owner));
        }
    }
    let headers = request.headers.get_all(http::header::COOKIE);
    let texts = headers.iter().filter_map(|value| value.to_str().ok());
    let tokens = credential::cookie_tokens(texts).unwrap_or_default();
    Ok(tokens.into_iter().find_map(of_token))
}

/// The organization of a key or token.
pub async fn of_text(origin: &Origin, text: &str) -> Result<Option<String>, DatabaseError> {
    if is_api_key(text) {
        return homes::owner_of(origin, Thing::Key(&digest(text))).await;
    }
    Ok(of_token(text))
}

/// The home organization of a person's token, the client's of a program's.
fn of_token(text: &str) -> Option<String> {
    let claims = Untrusted::parse(text).ok()?.danger_unverified_claims()?;
    let home = claims.orgs.into_iter().next().map(|role| role.org);
    home.or_else(|| Some(claims.owner).filter(|owner| !owner.is_empty()))
}
