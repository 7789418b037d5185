//! The person whose factors a call changes, and the proof that it takes.

use http::StatusCode;

use crate::{
    core::{principal::Credential, signin::Resumed},
    origin::{
        Origin,
        api::signin::account::{cross_site, own_token, signed_out},
        authn::{
            caller, csrf,
            session::{self, Current},
        },
        http::{Envelope, Request},
        store::{
            accounts::Named,
            factors::{self, Held},
            query::load,
            sessions,
            users::{self, User},
        },
    },
};

/// A person who may change the own factors now.
#[derive(Debug)]
pub(super) struct Enrolee {
    pub(super) user: User,
    pub(super) held: Held,
    /// The session in which the person proved a factor just now.
    pub(super) session: String,
    /// It, if it is the browser's.
    pub(super) current: Option<Current>,
}

impl Enrolee {
    /// The person of the browser's session, or of a token that carries everything of its user and was
    /// obtained in a session. A factor was proved in the session within ten minutes.
    pub(super) async fn of(origin: &Origin, request: &Request) -> Result<Self, Envelope> {
        let now = origin.clock.now();
        if !caller::is_presented(request) {
            if !csrf::is_from_ours(origin, request) {
                return Err(cross_site().code("cross_site"));
            }
            let current = session::current(origin, request).await?.ok_or_else(signed_out)?;
            if !current.is_fresh(now) {
                return Err(stale());
            }
            let (user, id) = (current.person.user.clone(), current.session.id.clone());
            let held = factors::held(Named::Id(&user.id), "", now).fetch(&*origin.database).await?;
            return Ok(Self { user, held, session: id, current: Some(current) });
        }
        let principal = own_token(origin, request).await?;
        let id: &str = match &principal.credential {
            Credential::Token { session, .. } if !principal.authority.is_delegated() => session,
            _ => "",
        };
        if id.is_empty() {
            return Err(Envelope::error("this takes the account's own sign-in")
                .with_status(StatusCode::FORBIDDEN));
        }
        let found = sessions::find_by_id(&principal.subject, id, now);
        let held = factors::held(Named::Id(&principal.subject), "", now);
        let queries = (found, users::by_id(&principal.subject), held);
        let (found, user, held) = load(&*origin.database, queries).await?;
        let (Some(found), Some(user)) = (found, user) else { return Err(stale()) };
        if !Resumed::is_fresh(found.confirmed_at(held.enrolled()), now) {
            return Err(stale());
        }
        Ok(Self { user, held, session: found.id, current: None })
    }
}

/// The refusal of a session in which no factor was proved just now.
fn stale() -> Envelope {
    Envelope::error("sign in again, with a second factor if the account has one")
        .code("insufficient_user_authentication")
        .with_status(StatusCode::FORBIDDEN)
}
