//! Linked identities of users: wallets and identity provider accounts. Every change is audited.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::{
    core::message::Channel,
    origin::{
        Origin,
        domain::{audit::Subject, change::Change, commit::commit},
        store::{
            accounts::Named,
            factors::{self, Held},
            identities::{self as rows, Identity},
            query::load,
            users::{self, User},
        },
    },
    ports::DatabaseError,
};

/// The provider of wallets.
pub const WALLET: &str = "wallet";

/// Maximum number of identities per user.
const MOST: i64 = 20;

/// A proven external identity.
#[derive(Debug, Clone)]
pub struct External<'a> {
    /// [`WALLET`], or `owner/name` of an identity provider.
    pub provider: Cow<'a, str>,
    /// `providers.id`; `None` for a wallet.
    pub provider_id: Option<&'a str>,
    /// The account at the provider.
    pub subject: &'a str,
    /// Display details.
    pub details: Map<String, Value>,
}

/// Why an identity cannot be linked or removed.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Another user of the organization has it.
    #[error("the identity is linked to another account")]
    Taken,
    /// The user has the maximum number.
    #[error("the account has {MOST} linked identities already; remove one first")]
    TooMany,
    /// The user does not have it.
    #[error("the account has no such identity")]
    Unknown,
    /// The user would have no sign-in method left.
    #[error(
        "the identity is the only way to sign in to the account: add a passkey, a password or \
         another identity first"
    )]
    Last,
    /// The organization's user quota is exhausted.
    #[error("the organization does not take further accounts")]
    Full,
    /// The database failed.
    #[error("the request could not be completed")]
    Database(#[from] DatabaseError),
}

/// Links `external` to `user`. Linking it again changes nothing.
pub async fn link(
    origin: &Origin,
    user: &User,
    external: External<'_>,
) -> Result<Identity, IdentityError> {
    let identity = of(origin, user, external);
    let mut change = Change::of(subject(user, &identity, "linked"));
    let linked = change.decide(rows::link(&identity, MOST));
    if commit(origin, change).await?.took_effect(linked) {
        return Ok(identity);
    }
    let known = rows::find(&user.owner, &identity.provider, &identity.subject);
    match known.fetch(&*origin.database).await? {
        Some(known) if known.user_id == user.id => Ok(known),
        Some(_) => Err(IdentityError::Taken),
        None => Err(IdentityError::TooMany),
    }
}

/// Removes an identity of `user`, unless it is the last sign-in method.
pub async fn unlink(
    origin: &Origin,
    user: &User,
    provider: &str,
    account: &str,
) -> Result<(), IdentityError> {
    let now = origin.clock.now();
    let identity = rows::find(&user.owner, provider, account);
    let held = factors::held(Named::Id(&user.id), "", now);
    let (identity, held) = load(&*origin.database, (identity, held)).await?;
    let identity = identity.filter(|identity| identity.user_id == user.id);
    let identity = identity.ok_or(IdentityError::Unknown)?;
    let mut change = Change::of(subject(user, &identity, "unlinked"));
    let removed = change.decide(rows::unlink(&identity, signs_in_otherwise(origin, user, &held)));
    if commit(origin, change).await?.took_effect(removed) {
        Ok(())
    } else {
        Err(IdentityError::Last)
    }
}

/// Stores a new `user` with the identity `external`.
pub(super) async fn create(
    origin: &Origin,
    user: &User,
    external: External<'_>,
) -> Result<(), IdentityError> {
    let identity = of(origin, user, external);
    let mut change = Change::created(user);
    change.record(subject(user, &identity, "linked"));
    let quota = origin.config.limits.quotas.users;
    let created = change.decide(users::insert(user, quota));
    change.require(created);
    change.write(rows::link_created(&identity));
    match commit(origin, change).await {
        Ok(committed) if committed.took_effect(created) => Ok(()),
        Ok(_) => Err(IdentityError::Full),
        Err(DatabaseError::Conflict) => Err(IdentityError::Taken),
        Err(error) => Err(error.into()),
    }
}

/// Whether the user can sign in without any identity: by a password, a passkey, or codes that are sent to
/// an address which is known to be the user's.
fn signs_in_otherwise(origin: &Origin, user: &User, held: &Held) -> bool {
    // Codes to the mailbox are not a first factor if they are the second one.
    let by_code = user.email_verified
        && !user.email.is_empty()
        && origin.messages.carries(Channel::Email)
        && held.factor("email").is_none();
    user.password_hash.is_some() || held.passkeys > 0 || by_code
}

fn of(origin: &Origin, user: &User, external: External<'_>) -> Identity {
    Identity {
        owner: user.owner.clone(),
        provider: external.provider.into_owned(),
        provider_id: external.provider_id.map(str::to_owned),
        subject: external.subject.to_owned(),
        user_id: user.id.clone(),
        details: external.details,
        created_at: origin.clock.now(),
        used_at: None,
    }
}

fn subject(user: &User, identity: &Identity, what: &str) -> Subject {
    let Identity { provider, subject, .. } = identity;
    let facts = json!({"provider": provider, "subject": subject, "change": what});
    Subject::with(&user.owner, "identity", &user.name, &facts)
}
