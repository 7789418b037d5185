//! The person whose factors a call changes, and the proof that it takes.

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

/// A person who may change the own factors now.
#[derive(Debug)]
pub(super) struct Enrolee {
    /// The session in which the person proved a factor just now.
    pub(super) current: Current,
    pub(super) held: Held,
}

impl Enrolee {
    /// The person of the browser's session, on a page of ours, in which the most that the account has was proved
    /// within ten minutes. A token or key, which others may have, changes no factor.
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
