//! The customer-facing account API below `/v1/account`: API keys, and the CSRF token that browsers
//! send with each change. It calls the same functions as `/v1/iam/keys`.

pub mod csrf;
pub mod keys;

use http::StatusCode;

use crate::origin::{
    Origin,
    api::{
        directory::caller::DirectoryCaller,
        endpoint::{Caller, Who},
    },
    authn::{caller, csrf as tokens},
    http::{Request, RestError},
};

/// The caller of an account endpoint. A change with cookie authentication must also carry the token
/// of `GET /v1/account/csrf`.
#[derive(Debug)]
pub struct AccountCaller(pub DirectoryCaller);

impl Caller for AccountCaller {
    async fn authenticate(origin: &Origin, request: &Request, _: Who) -> Result<Self, RestError> {
        let caller = DirectoryCaller::of(origin, request).await?;
        let needs_token = !request.method.is_safe() && !caller::is_presented(request);
        let token = request.header(tokens::HEADER);
        if needs_token && !tokens::is_of(origin, &caller.principal.subject, token) {
            let why = "send the token of GET /v1/account/csrf in the header X-CSRF-Token";
            return Err(RestError::new(StatusCode::FORBIDDEN, why));
        }
        Ok(Self(caller))
    }
}
