//! Links a provider identity to the account of a session.

use super::{Asked, Begun, Failure, begin, profile_of};
use crate::{
    core::federation::Assertion,
    origin::{
        Origin,
        authn::{csrf, session::Current},
        domain::{
            federation::{
                accounts::external,
                offered::{self, Offered},
                requests::{Journey, Purpose},
            },
            identities::{self, IdentityError},
        },
        http::Request,
        store::{identities::Identity, organizations, providers, query::load, resource::Stored},
    },
    ports::DatabaseError,
};

/// The redirecting providers whose identities users of the organization may link.
pub async fn linkable(origin: &Origin, owner: &str) -> Result<Vec<Offered>, DatabaseError> {
    let queries = (organizations::by_name(owner), providers::linkable(owner));
    let (organization, found) = load(&*origin.database, queries).await?;
    let Some(organization) = organization else { return Ok(Vec::new()) };
    let mut all = offered::by_organization(&organization, found);
    all.retain(|offered| offered.protocol.is_redirecting());
    Ok(all)
}

/// Sends the browser to the provider, to return to the local path `return_to`.
pub async fn leave(
    origin: &Origin,
    http: &Request,
    current: &Current,
    offered: &Offered,
    return_to: &str,
) -> Result<Begun, Failure> {
    let session_id = current.session.id.clone();
    let purpose = Purpose::Link { session_id, return_to: return_to.to_owned() };
    begin(origin, http, offered, purpose, Asked { login: "", is_anew: true }).await
}

/// Why an identity is not linked.
#[derive(Debug, thiserror::Error)]
pub enum NotLinked {
    /// The ticket is unknown, or belongs to another browser or session.
    #[error("the ticket is unknown, or is of another browser or session")]
    Ticket,
    /// The provider's response or record is refused.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The identity cannot be linked to the account.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

/// Links the identity of `ticket` to the account of the session that requested it.
pub async fn link(
    origin: &Origin,
    http: &Request,
    current: &Current,
    ticket: &str,
) -> Result<Identity, NotLinked> {
    let cookie = csrf::binding(origin, http).unwrap_or_default();
    let arrived = Journey::<Assertion>::arrived(origin, ticket, cookie).await;
    let arrived = arrived.map_err(Failure::from)?.filter(|journey| {
        let asked = &current.session.id;
        matches!(&journey.purpose, Purpose::Link { session_id, .. } if session_id == asked)
    });
    let journey = arrived.ok_or(NotLinked::Ticket)?;
    let user = &current.person.user;
    let offered = linkable(origin, &user.owner).await.map_err(Failure::from)?;
    let offered = offered.iter().find(|it| it.provider.meta().id == journey.provider_id);
    let offered = offered.ok_or(NotLinked::Ticket)?;
    let profile = profile_of(&offered.provider, &journey.content).map_err(Failure::from)?.1;
    let external = external(offered, &journey.content, &profile);
    Ok(identities::link(origin, user, external).await?)
}
