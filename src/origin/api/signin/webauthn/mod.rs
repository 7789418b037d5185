//! Passkeys without the hosted pages, for Casdoor clients (WIRE §8): sign-in and registration, in
//! two calls each, and related origins.

mod signin;
pub(super) mod signup;

pub use self::{
    signin::{BeginSignin, FinishSignin},
    signup::{BeginSignup, FinishSignup},
};
use http::StatusCode;

use crate::{
    core::cors::CorsClass,
    origin::{
        Origin,
        api::endpoint::{Call, Documented, Who, endpoint},
        domain::passkeys,
        http::{Envelope, RestError, response},
    },
};

endpoint! {
    /// Returns the origins whose pages may use the passkeys of this host (Web Authentication Level 3 §5.11.1).
    pub RelatedOrigins = GET "/.well-known/webauthn" as "getRelatedOrigins",
    who: Who::Public, cors: CorsClass::Public;
    reply: Documented<serde_json::Value>,
    error: RestError;
    related_origins
}

async fn related_origins(
    origin: &Origin,
    call: Call<'_, RelatedOrigins>,
) -> Result<Documented<serde_json::Value>, RestError> {
    let origins = passkeys::relying_party(origin, &call.request.base).related_origins();
    Ok(response::json(StatusCode::OK, &origins).into())
}

fn cross_site() -> Envelope {
    Envelope::error("the request comes from another site")
        .code("cross_site")
        .with_status(StatusCode::FORBIDDEN)
}
