//! Password sign-in and its guessing limits.
//!
//! An attempt is counted before anything is hashed: by source (the client's network), which bounds
//! both spraying and hashing cost, and by login ([`guesses`]). The batch that counts also reads the
//! account. A login is counted whether or not a user has it: known and unknown names cause the same
//! statements, rows and one hash (ATTACKS G-98).

use thiserror::Error;

use crate::{
    core::{
        limit::Slot,
        network::network,
        password::{self, Password, PasswordError},
        signin::{Evidence, Method},
        time::UnixTime,
        webauthn::Refusal,
    },
    origin::{
        Origin,
        authn::familiar,
        domain::{
            change::{Change, Committed, Position, Unrecorded},
            commit::commit,
            federation::Refusal as Refused,
            federation::{
                offered::Offered,
                vouching::{self, Vouching},
            },
            guesses::{self, EVERYWHERE, Guesser, LOCKOUT},
            people::Person,
        },
        http::{OAuthError, OAuthErrorCode, Request},
        store::{
            accounts::{self, Account, Named},
            attempts::{self, Attempt, PasswordSource},
            guesses::{Counters, Guess, Guessed},
            identities::Identity,
            query::{Query, load},
            users,
        },
    },
    ports::DatabaseError,
};

/// A confidential client signs in many users and has the limit of this many networks.
const NETWORKS_OF_A_CLIENT: i64 = 20;

/// The source of a password.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A browser or another program, by its network.
    Request(&'a Request),
    /// An authenticated confidential client, whose address does not identify the user's network.
    Client(&'a str),
}

impl<'a> Source<'a> {
    /// The address of the network, or the client.
    pub fn from(self) -> &'a str {
        match self {
            Self::Request(request) => &request.client_ip,
            Self::Client(client_id) => client_id,
        }
    }
}

impl<'a> From<&'a Request> for Source<'a> {
    fn from(request: &'a Request) -> Self {
        Self::Request(request)
    }
}

/// Why a user is not signed in.
#[derive(Debug, Error)]
pub enum SigninError {
    /// Unknown account or wrong password, not distinguished.
    #[error("the username or password is wrong")]
    Wrong,
    /// Too many wrong passwords for that name, whether or not an account has it.
    #[error("too many wrong passwords: sign-in is locked for 15 minutes, please try again later")]
    Locked(UnixTime),
    /// Too many passwords from this network or client.
    #[error("too many sign-in attempts from this network, please try again in 10 minutes")]
    RateLimited(UnixTime),
    /// The password is right, but the account or its organization is disabled.
    #[error("the account is disabled")]
    Disabled,
    /// An invalid password.
    #[error(transparent)]
    Password(PasswordError),
    /// An invalid passkey; the user learns no more.
    #[error("the passkey could not be verified")]
    Passkey(Refusal),
    /// The user may not use the application.
    #[error("this account may not use this application")]
    NotAdmitted,
    /// Unknown name or wrong password in a directory; shown to the user like [`Self::Wrong`].
    #[error("the username or password is wrong")]
    WrongInDirectory(Refused),
    /// A directory is unavailable.
    #[error("the password could not be verified, please try again later")]
    Unverified(Refused),
    /// The database failed.
    #[error("the sign-in could not be completed, please try again")]
    Database(#[from] DatabaseError),
}

impl From<SigninError> for OAuthError {
    fn from(error: SigninError) -> Self {
        match error {
            SigninError::Database(error) => error.into(),
            SigninError::RateLimited(_) => {
                Self::new(OAuthErrorCode::TemporarilyUnavailable, error.to_string())
            }
            refused => Self::new(OAuthErrorCode::InvalidGrant, refused.to_string()),
        }
    }
}

/// A login and password in a request.
#[derive(Debug, Clone, Copy)]
pub struct PasswordLogin<'a> {
    /// Their source.
    pub source: Source<'a>,
    /// The organization in which the login is looked up.
    pub owner: &'a str,
    /// A username, e-mail address or phone number.
    pub login: &'a str,
    /// The entered password.
    pub password: &'a str,
}

/// A user with a verified password, and the change that records it.
#[derive(Debug)]
pub struct Proof {
    /// The person, who may sign in. [`users::User::password_hash`] is that of the password, unless a directory
    /// has verified it.
    pub person: Person,
    /// The change, to which the caller adds its own statements and which it commits.
    pub change: Change,
    required: Vec<Position>,
    directory: Option<ByDirectory>,
}

/// A password verified by a directory.
#[derive(Debug, Clone, Copy)]
struct ByDirectory {
    needs_own_factor: bool,
}

impl Proof {
    /// The proof of `person` by sign-in steps recorded in `change`. Each statement of `required`
    /// must take effect.
    pub const fn of(person: Person, change: Change, required: Vec<Position>) -> Self {
        Self { person, change, required, directory: None }
    }

    /// The evidence of the password.
    pub fn evidence(&self, now: UnixTime) -> Evidence {
        let user_id = self.person.user.id.clone();
        match self.directory {
            None => Evidence::by(Method::Password, user_id, now),
            Some(ByDirectory { needs_own_factor }) => {
                Evidence::by_another_system(Method::Password, user_id, now, needs_own_factor)
            }
        }
    }

    /// The proof of `person` by a directory. `needs_own_factor`: a factor of the account must also
    /// be proven.
    pub(super) const fn by_directory(
        person: Person,
        change: Change,
        required: Vec<Position>,
        needs_own_factor: bool,
    ) -> Self {
        Self { person, change, required, directory: Some(ByDirectory { needs_own_factor }) }
    }

    /// Commits the proof by itself, and returns the person.
    pub async fn commit(self, origin: &Origin) -> Result<Person, SigninError> {
        take(origin, self.change, &self.required).await?;
        Ok(self.person)
    }

    /// The user, the change, and the statements that must take effect ([`are_current`]).
    pub fn into_parts(self) -> (Person, Change, Vec<Position>) {
        (self.person, self.change, self.required)
    }
}

/// [`SigninError::Wrong`] if one of `required` took no effect: the password was changed while it was being
/// verified, or a step was taken twice.
pub fn are_current(committed: &Committed, required: &[Position]) -> Result<(), SigninError> {
    if required.iter().all(|position| committed.took_effect(*position)) {
        Ok(())
    } else {
        Err(SigninError::Wrong)
    }
}

/// Commits a step. Unless each statement of `required` takes effect, none of the change does, and the error is
/// that of [`are_current`].
pub async fn take(
    origin: &Origin,
    mut change: Change,
    required: &[Position],
) -> Result<(), SigninError> {
    for position in required {
        change.require(*position);
    }
    are_current(&commit(origin, change).await?, required)
}

/// The user of `login` in `owner`, if `password` is correct and the user may sign in.
pub async fn check(
    origin: &Origin,
    source: Source<'_>,
    owner: &str,
    login: &str,
    password: &str,
) -> Result<Person, SigninError> {
    let login = PasswordLogin { source, owner, login, password };
    let (proof, ()) = verify(origin, login, |_| Query::ready(())).await?;
    proof.commit(origin).await
}

/// Counts the attempt and reads the account in one round trip, together with the data of `further`;
/// then verifies the local password. Only a user who may sign in gets a proof.
pub async fn verify<T: 'static>(
    origin: &Origin,
    attempt: PasswordLogin<'_>,
    further: impl FnOnce(Named<'_>) -> Query<T>,
) -> Result<(Proof, T), SigninError> {
    let attempted = Attempted::of(origin, attempt, &[], further).await?;
    if attempted.is_right() {
        return attempted.proven(origin).await;
    }
    attempted.wrong(origin).await?;
    Err(SigninError::Wrong)
}

/// A counted attempt after one hash: compared with the local password, if any.
#[derive(Debug)]
pub(super) struct Attempted<T> {
    /// The further data.
    pub further: T,
    /// The account's identities at the requested providers.
    pub links: Vec<Identity>,
    found: Option<Account>,
    /// The compared hash; `None` if the account has none or belongs to a directory.
    own: Option<String>,
    password: Password,
    matches: bool,
    login: String,
    counters: Counters,
    state: Guessed,
    slot: Slot,
    now: UnixTime,
}

impl<T: 'static> Attempted<T> {
    /// Counts the attempt, and compares the password with the local one. An account linked to one
    /// of `providers` (`owner/name`) has no local password.
    pub(super) async fn of(
        origin: &Origin,
        attempt: PasswordLogin<'_>,
        providers: &[String],
        further: impl FnOnce(Named<'_>) -> Query<T>,
    ) -> Result<Self, SigninError> {
        let PasswordLogin { source, owner, login, password } = attempt;
        let password = Password::parse(password).map_err(SigninError::Password)?;
        let now = origin.clock.now();
        let guesser = source.guesser(origin, owner, login);
        let counters = guesses::of_password(origin, owner, login, &guesser);
        let (slot, networks) = slot_of(origin, source);
        let mut source = source_of(origin, &slot, networks);
        if guesser.is_familiar() {
            // Failures of others in the same network do not count for a known browser; hashes do.
            source.failures = source.all;
        }
        let login = accounts::login(owner, login);
        let links = match providers {
            [] => Query::ready(Vec::new()),
            providers => accounts::links(&login, providers),
        };
        let named = Named::Login(&login);
        let account_of = (accounts::find(named), further(named).and(links));
        let guess = guess(&login, &counters, now);
        let (counted, (found, (further, links))) =
            counted(origin, source, guess, account_of).await?;
        let state = match counted {
            (Attempt::Refused(until), _) => return Err(SigninError::RateLimited(until)),
            (_, None) => {
                let why = "attempts: not counted".to_owned();
                return Err(DatabaseError::Record(why).into());
            }
            (_, Some(state)) => state,
        };
        if let Attempt::Refused(until) = state.login {
            return Err(SigninError::Locked(until));
        }
        let own = found.as_ref().and_then(|found| found.user.password_hash.clone());
        let matches = password.matches(own.as_deref());
        Ok(Self {
            further,
            links,
            found,
            own,
            password,
            matches,
            login,
            counters,
            state,
            slot,
            now,
        })
    }

    /// Whether the local password matches. A guesser locked out under another login of the account
    /// must not learn that both are one account.
    pub(super) const fn is_right(&self) -> bool {
        self.matches && !self.is_locked()
    }

    /// Whether the password may be a directory's: the account has no local one, or is linked to a
    /// directory.
    pub(super) const fn may_be_elsewhere(&self) -> bool {
        (self.own.is_none() || !self.links.is_empty()) && !self.is_locked()
    }

    /// Whether each of `offered` may vouch for the login's account, if there is one.
    pub(super) fn is_vouched_for(&self, offered: &[&Offered]) -> bool {
        let Some(account) = self.found.clone() else { return true };
        Person::active(account, self.now).is_none_or(|person| {
            let is_enough = |it: &&Offered| vouching::of(&it.provider, &person) == Vouching::Enough;
            offered.iter().all(is_enough)
        })
    }

    const fn is_locked(&self) -> bool {
        self.state.wrong >= LOCKOUT.attempts
    }

    /// Counts a wrong guess.
    pub(super) async fn wrong(&self, origin: &Origin) -> Result<(), DatabaseError> {
        let guess = guess(&self.login, &self.counters, self.now);
        origin.database.batch(guess.wrong(self.state.is_first)).await.map(drop)
    }

    /// Reverts the count of an unanswered guess.
    pub(super) async fn unanswered(&self, origin: &Origin) -> Result<(), DatabaseError> {
        let user = self.found.as_ref().map(|found| &found.user);
        origin.database.batch(self.counters.taken_back(user)).await.map(drop)
    }

    /// The change that clears earlier failures after a correct directory password.
    pub(super) async fn right_elsewhere(&self, origin: &Origin) -> Result<Change, DatabaseError> {
        let user = self.found.as_ref().map(|found| &found.user);
        let mut change = Change::unrecorded(Unrecorded::Counting);
        change.write_all(self.counters.forgotten_for(user, self.state.wrong));
        refund(origin, &mut change, &self.slot).await?;
        Ok(change)
    }

    /// The proof by the local password.
    pub(super) async fn proven(self, origin: &Origin) -> Result<(Proof, T), SigninError> {
        let Self { further, found, own, password, counters, state, slot, now, .. } = self;
        let (Some(mut found), Some(stored)) = (found, own) else {
            return Err(SigninError::Wrong);
        };
        let hash = rehashed(origin, &password, &stored);
        let mut change = Change::unrecorded(Unrecorded::Counting);
        let signed_in = change.write(users::signed_in(
            &found.user,
            &stored,
            hash.as_deref().unwrap_or(&stored),
            now,
        ));
        change.write_all(counters.forgotten(&found.user, state.wrong));
        refund(origin, &mut change, &slot).await?;
        found.user.version += i64::from(hash.is_some());
        found.user.password_hash = hash.or(Some(stored));
        let Some(person) = Person::active(found, now) else {
            take(origin, change, &[signed_in]).await?;
            return Err(SigninError::Disabled);
        };
        Ok((Proof::of(person, change, vec![signed_in]), further))
    }
}

const fn guess<'a>(login: &'a str, counters: &'a Counters, now: UnixTime) -> Guess<'a> {
    Guess { login, counters, lock: LOCKOUT, slowing: EVERYWHERE, now }
}

/// Counts a passkey that is to be verified, and reads `beside` where that is counted, in the first of several
/// databases, and `further`: in one round trip with one database.
///
/// Signatures cannot be guessed, so passkeys are counted only per network, and separately from
/// passwords: password guessing in the same network does not block passkeys.
pub async fn passkey_counted<U: 'static, T: 'static>(
    origin: &Origin,
    request: &Request,
    beside: Query<U>,
    further: Query<T>,
) -> Result<(U, T), SigninError> {
    let slot = origin.slot("passkey", &network(&request.client_ip));
    let limit = origin.config.limits.signin_attempts;
    let counting = attempts::counted(&slot, limit, origin.clock.now()).and(beside);
    let ((counted, beside), further) = if origin.place.number == 0 {
        load(&*origin.database, (counting, further)).await?
    } else {
        let counted = counting.fetch(&*origin.directory().database).await?;
        (counted, further.fetch(&*origin.database).await?)
    };
    match counted {
        Attempt::Refused(until) => Err(SigninError::RateLimited(until)),
        Attempt::Allowed => Ok((beside, further)),
    }
}

/// Reverts the count of a successful attempt, in `change` if the source is counted in the same
/// database.
async fn refund(origin: &Origin, change: &mut Change, source: &Slot) -> Result<(), DatabaseError> {
    if origin.place.number == 0 {
        change.write(attempts::refund(source));
    } else {
        origin.directory().database.run(attempts::refund(source)).await?;
    }
    Ok(())
}

impl Source<'_> {
    fn guesser(self, origin: &Origin, owner: &str, login: &str) -> Guesser {
        match self {
            Source::Request(request) => familiar::guesser(origin, request, owner, login),
            Source::Client(client_id) => Guesser::of_client(client_id),
        }
    }
}

fn slot_of(origin: &Origin, source: Source<'_>) -> (Slot, i64) {
    let (whom, networks) = match source {
        Source::Request(request) => (network(&request.client_ip), 1),
        Source::Client(client_id) => (format!("client:{client_id}"), NETWORKS_OF_A_CLIENT),
    };
    (origin.slot("signin", &whom), networks)
}

fn source_of<'a>(origin: &Origin, slot: &'a Slot, networks: i64) -> PasswordSource<'a> {
    let limits = &origin.config.limits;
    let failures = limits.signin_failures.times(networks);
    PasswordSource { slot, failures, all: limits.signin_attempts.times(networks) }
}

/// Counts the attempt, and runs `queries` on the account. All sources are counted in database 0, so
/// that guesses in every database count together. The login is counted in the account's database.
async fn counted<T: 'static>(
    origin: &Origin,
    source: PasswordSource<'_>,
    guess: Guess<'_>,
    queries: (Query<Option<Account>>, Query<T>),
) -> Result<((Attempt, Option<Guessed>), (Option<Account>, T)), DatabaseError> {
    let (account, further) = queries;
    if origin.place.number == 0 {
        let counted = source.counted(guess.now).and(guess.counted(Some(&source)));
        let (counted, found, further) =
            load(&*origin.database, (counted, account, further)).await?;
        return Ok((counted, (found, further)));
    }
    let source = source.counted(guess.now).fetch(&*origin.directory().database).await?;
    let guessed = match source {
        Attempt::Allowed => guess.counted(None),
        Attempt::Refused(_) => Query::ready(None),
    };
    let (guessed, found, further) = load(&*origin.database, (guessed, account, further)).await?;
    Ok(((source, guessed), (found, further)))
}

/// The hash under today's parameters, if `stored` is not.
fn rehashed(origin: &Origin, password: &Password, stored: &str) -> Option<String> {
    if !password::is_outdated(stored) {
        return None;
    }
    let hash = password.hash(origin.random.bytes());
    hash.inspect_err(|error| origin.failed("signin.rehash", error)).ok()
}
