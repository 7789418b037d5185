//! `GET /v1/account/csrf`

use serde::Serialize;

use super::AccountCaller;
use crate::origin::{
    Origin,
    api::endpoint::{Call, View, Who, endpoint},
    authn::csrf,
    http::RestError,
};

endpoint! {
    /// Returns the token that a page sends with each change of the account.
    ///
    /// In the header `X-CSRF-Token`. It is the caller's alone and expires.
    pub GetCsrfToken = GET "/v1/account/csrf" as "getAccountCsrfToken", who: Who::Directory;
    caller: AccountCaller,
    reply: View<CsrfToken>,
    error: RestError;
    token
}

/// A token against cross-site request forgery.
#[derive(Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CsrfToken {
    /// The value of the header `X-CSRF-Token`.
    csrf_token: String,
    /// Seconds until it expires.
    expires_in: i64,
}

async fn token(
    origin: &Origin,
    call: Call<'_, GetCsrfToken>,
) -> Result<View<CsrfToken>, RestError> {
    let csrf_token = csrf::token_of(origin, &call.caller.0.principal.subject);
    Ok(View(CsrfToken { csrf_token, expires_in: csrf::LIFETIME }))
}
