//! The user whose factors a call changes, and the required proof.

use http::StatusCode;

use crate::origin::{
    Origin,
    api::signin::account::{cross_site, signed_out},
    authn::{
        caller, csrf,
        session::{self, Current},
    },
    http::{Envelope, Request},
    store::{
        accounts::Named,
        factors::{self, Held},
    },
};

/// A user who may currently change their own factors.
#[derive(Debug)]
pub(super) struct Enrolee {
    /// The session with the recent proof.
    pub(super) current: Current,
    pub(super) held: Held,
}

impl Enrolee {
    /// The user of the browser session of a same-origin request, with the account's strongest
    /// factor proven within ten minutes. Tokens and keys, which can be shared, cannot change
    /// factors.
    pub(super) async fn of(origin: &Origin, request: &Request) -> Result<Self, Envelope> {
        if caller::is_presented(request) {
            return Err(Envelope::error("this takes the browser's own sign-in")
                .with_status(StatusCode::FORBIDDEN));
        }
        if !csrf::is_from_ours(origin, request) {
            return Err(cross_site().code("cross_site"));
        }
        let now = origin.clock.now();
        let current = session::current(origin, request).await?.ok_or_else(signed_out)?;
        if !current.is_fresh(now) {
            return Err(Envelope::error(
                "sign in again, with a second factor if the account has one",
            )
            .code("insufficient_user_authentication")
            .with_status(StatusCode::FORBIDDEN));
        }
        let named = Named::Id(&current.person.user.id);
        let held = factors::held(named, "", now).fetch(&*origin.database).await?;
        Ok(Self { current, held })
    }
}
