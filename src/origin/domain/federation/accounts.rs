//! Resolves a provider's assertion to an account: the linked one, one with the same verified
//! address or a new one, if the application allows these.

use serde_json::{Map, Value, json};

use super::{identity_key, kerberos, offered::Offered, profile, reference, vouching};
use crate::{
    core::{
        directory::is_username,
        federation::{Assertion, Profile},
        random::Random,
    },
    origin::{
        Origin,
        domain::{
            change_error::ChangeError,
            federation::vouching::Vouching,
            identities::{self, External, IdentityError},
            people::Person,
            signup::{Admission, Door, SignupError, derived, numbered},
        },
        store::{
            accounts::{self, Named},
            organizations::Organization,
            resource::Stored,
            users::{self, User},
        },
    },
    ports::DatabaseError,
};

/// Why an assertion resolves to no account.
#[derive(Debug, thiserror::Error)]
pub enum Unresolved {
    /// No account is linked to the identity, and none may be created.
    #[error("no account is linked to the identity, and the application makes none")]
    NotLinked,
    /// Another account already has the address.
    #[error("another account of the organization has the address {0}")]
    AddressTaken(String),
    /// The terms must be accepted first.
    #[error("the terms have to be accepted first")]
    Terms,
    /// An invitation is missing or invalid.
    #[error("an invitation is needed")]
    Invitation,
    /// The organization's user quota is exhausted.
    #[error("the organization does not take further accounts")]
    Full,
    /// The provider's claims do not form a valid account.
    #[error("{0}")]
    Unacceptable(String),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// An asserted identity during a sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Introduced<'a> {
    /// The provider.
    pub offered: &'a Offered,
    /// Its assertion.
    pub assertion: &'a Assertion,
    /// The account attributes mapped from the assertion.
    pub profile: &'a Profile,
}

/// Links the identity to an existing or new account in the organization of `door`. Returns once the
/// identity is linked.
pub async fn resolve(
    origin: &Origin,
    named: Introduced<'_>,
    organization: &Organization,
    door: Option<Door<'_>>,
    admission: Admission<'_>,
) -> Result<(), Unresolved> {
    let Introduced { offered, assertion, profile } = named;
    let owner = &organization.name;
    let external = || external(offered, assertion, profile);
    if let Some(user) = named_account(origin, named, owner).await? {
        let person = Person::active(user, origin.clock.now());
        let person =
            person.filter(|person| vouching::of(&offered.provider, person) == Vouching::Enough);
        let person = person.ok_or(Unresolved::NotLinked)?;
        identities::link(origin, &person.user, external()).await.map_err(not_linked)?;
        return Ok(());
    }
    if let Some(user) = same_address(origin, owner, profile).await? {
        let binds = offered.item.binding_rule.iter().any(|rule| rule == "Email");
        let is_address = user.user.email == profile.email;
        if !binds || !is_address || !profile.email_verified || !user.user.email_verified {
            return Err(Unresolved::AddressTaken(profile.email.clone()));
        }
        let person = Person::active(user, origin.clock.now());
        let person =
            person.filter(|person| vouching::of(&offered.provider, person) == Vouching::Enough);
        let person = person.ok_or_else(|| Unresolved::AddressTaken(profile.email.clone()))?;
        identities::link(origin, &person.user, external()).await.map_err(not_linked)?;
        return Ok(());
    }
    let door = door.filter(|_| offered.item.can_sign_up).ok_or(Unresolved::NotLinked)?;
    let name = username(origin, owner, profile).await?;
    let is_own = offered.provider.meta().owner == *owner;
    let fill = |user: &mut User| profile::fill(user, profile, is_own);
    let created = door.create_from(origin, external(), (&name, &fill), admission, is_own).await;
    created.map(drop).map_err(|error| match error {
        SignupError::Terms => Unresolved::Terms,
        SignupError::Invitation => Unresolved::Invitation,
        SignupError::Change(ChangeError::Quota { .. }) => Unresolved::Full,
        SignupError::Change(ChangeError::Database(error)) => error.into(),
        SignupError::Change(error) => Unresolved::Unacceptable(error.to_string()),
        SignupError::Closed => Unresolved::NotLinked,
        SignupError::AddressTaken | SignupError::UsernameTaken | SignupError::IdentityTaken => {
            Unresolved::AddressTaken(profile.email.clone())
        }
    })
}

fn not_linked(error: IdentityError) -> Unresolved {
    match error {
        IdentityError::Database(error) => error.into(),
        error => Unresolved::Unacceptable(error.to_string()),
    }
}

/// The identity to link.
pub fn external<'a>(
    offered: &'a Offered,
    assertion: &'a Assertion,
    profile: &'a Profile,
) -> External<'a> {
    let provider = &offered.provider;
    let mut details = Map::new();
    let of = [
        ("name", profile.display_name.as_str()),
        ("email", &profile.email),
        ("username", &profile.username),
        ("providerName", offered.name()),
        ("providerType", &provider.r#type),
    ];
    for (member, text) in of {
        if !text.is_empty() {
            details.insert(member.to_owned(), json!(text));
        }
    }
    if !assertion.session.is_empty() {
        details.insert("session".to_owned(), Value::Object(assertion.session.clone()));
    }
    External {
        provider: reference(provider).into(),
        provider_id: Some(&provider.meta().id),
        subject: &profile.subject,
        details,
    }
}

/// The account of `owner` to which the provider's record maps the identity.
async fn named_account(
    origin: &Origin,
    named: Introduced<'_>,
    owner: &str,
) -> Result<Option<accounts::Account>, DatabaseError> {
    let username = kerberos::existing(named.offered, owner, &named.assertion.subject);
    let Some(username) = username else { return Ok(None) };
    let login = accounts::login(owner, &username);
    accounts::find(Named::Login(&login)).fetch(&*origin.database).await
}

/// The account of `owner` with the address.
async fn same_address(
    origin: &Origin,
    owner: &str,
    profile: &Profile,
) -> Result<Option<accounts::Account>, DatabaseError> {
    if profile.email.is_empty() {
        return Ok(None);
    }
    let login = accounts::login(owner, &profile.email);
    accounts::find(Named::Login(&login)).fetch(&*origin.database).await
}

/// A free username: the provider's, or one derived from the address.
async fn username(
    origin: &Origin,
    owner: &str,
    profile: &Profile,
) -> Result<String, DatabaseError> {
    let random: &dyn Random = &*origin.random;
    let wanted = profile.username.to_lowercase();
    let local = wanted.split('@').next().unwrap_or_default();
    let name = match (is_username(local), profile.email.is_empty()) {
        (true, _) => local.to_owned(),
        (false, false) => derived(&profile.email),
        (false, true) => numbered("user", random),
    };
    let taken = users::find(&*origin.database, owner, &name).await?.is_some();
    Ok(if taken { numbered(&name, random) } else { name })
}

/// The key of the identity ([`identity_key`]).
pub fn key(owner: &str, offered: &Offered, profile: &Profile) -> String {
    identity_key(owner, &offered.provider, &profile.subject)
}
