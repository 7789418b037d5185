//! Federated sign-in: the asserted user and the evidence.

use crate::{
    core::{
        federation::{Assertion, Mapping, Profile},
        signin::{Evidence, Method, own_factors},
        time::UnixTime,
    },
    origin::{
        Origin,
        authn::federation::{Failure, profile_of},
        domain::{
            change_error::ChangeError,
            federation::{
                accounts::{self as linked, Introduced, Unresolved},
                offered::Offered,
                profile,
                vouching::{self, Vouching},
            },
            people::Person,
            signup::{Admission, Door},
        },
        store::{
            accounts::{self, Account, Named},
            organizations::Organization,
            query::{Query, load},
        },
    },
    ports::DatabaseError,
};

/// A sign-in with a verified provider response.
#[derive(Debug, Clone, Copy)]
pub struct ProviderLogin<'a> {
    /// The provider.
    pub offered: &'a Offered,
    /// Its assertion.
    pub assertion: &'a Assertion,
    /// The organization whose people sign in.
    pub organization: &'a Organization,
    /// Where a user without an account can sign up, if anywhere.
    pub door: Option<Door<'a>>,
    /// Additional input for a new account.
    pub admission: Admission<'a>,
}

/// An asserted user.
#[derive(Debug)]
pub struct Known<T> {
    /// The user.
    pub person: Person,
    /// The further data.
    pub further: T,
    /// The key of the identity.
    pub key: String,
    needs_own_factor: bool,
}

impl<T> Known<T> {
    /// Whether a factor of the account must also be proven.
    pub const fn needs_own_factor(&self) -> bool {
        self.needs_own_factor
    }

    /// The evidence; `method` is the authentication method at the provider.
    pub fn evidence(&self, method: Method, now: UnixTime) -> Evidence {
        let user_id = self.person.user.id.clone();
        Evidence::by_another_system(method, user_id, now, self.needs_own_factor)
    }
}

/// Why the user is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum NotKnown {
    /// There is no account.
    #[error(transparent)]
    Unresolved(#[from] Unresolved),
    /// The account or its organization is disabled.
    #[error("the account is disabled")]
    Disabled,
    /// The account has more authority than the provider may vouch for.
    #[error("the account holds more than the administrators of the provider")]
    BeyondProvider,
    /// The provider's record or response is refused.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The provider's claims cannot be applied.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl From<DatabaseError> for NotKnown {
    fn from(error: DatabaseError) -> Self {
        Self::Failure(error.into())
    }
}

/// The asserted user, together with the data read by `further`. The user is linked or created if
/// the application allows it, and updated according to the provider's record.
pub async fn known<T: 'static>(
    origin: &Origin,
    login: ProviderLogin<'_>,
    further: impl Fn(Named<'_>) -> Query<T>,
) -> Result<Known<T>, NotKnown> {
    let ProviderLogin { offered, assertion, organization, door, admission } = login;
    let (mapping, profile) = profile_of(&offered.provider, assertion).map_err(Failure::from)?;
    let key = linked::key(&organization.name, offered, &profile);
    let read = || {
        let named = Named::Identity(&key);
        load(&*origin.database, (accounts::find(named), further(named)))
    };
    let (mut account, mut read_further) = read().await?;
    if account.is_none() {
        let introduced = Introduced { offered, assertion, profile: &profile };
        linked::resolve(origin, introduced, organization, door, admission).await?;
        (account, read_further) = read().await?;
    }
    let account = account.ok_or(Unresolved::NotLinked)?;
    let person = standing(origin, account)?;
    let vouching = vouching::of(&offered.provider, &person);
    if vouching == Vouching::Nothing {
        return Err(NotKnown::BeyondProvider);
    }
    let needs_own_factor = vouching == Vouching::WithOwnFactor;
    if needs_own_factor && !own_factors(person.enrolled).has_second() {
        return Err(NotKnown::BeyondProvider);
    }
    // The provider may not change users with more authority than it may vouch for.
    let person = if needs_own_factor {
        person
    } else {
        updated(origin, offered, &mapping, &profile, person).await?
    };
    Ok(Known { person, further: read_further, key, needs_own_factor })
}

fn standing(origin: &Origin, account: Account) -> Result<Person, NotKnown> {
    Person::active(account, origin.clock.now()).ok_or(NotKnown::Disabled)
}

/// Updates the user from the provider's claims.
async fn updated(
    origin: &Origin,
    offered: &Offered,
    mapping: &Mapping,
    profile: &Profile,
    person: Person,
) -> Result<Person, NotKnown> {
    let before = person.user.version;
    let user = profile::sync(origin, &offered.provider, mapping, profile, &person).await?;
    if user.version == before {
        return Ok(person);
    }
    let account = accounts::find(Named::Id(&user.id)).fetch(&*origin.database).await?;
    standing(origin, account.ok_or(Unresolved::NotLinked)?)
}
