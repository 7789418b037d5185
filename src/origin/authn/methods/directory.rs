//! Passwords verified by an LDAP directory.
//!
//! Unknown names, directory users, and accounts with a local password cause the same exchange with
//! the server. A password that is not the directory's is not sent to it.

use super::provider::{self, NotKnown, ProviderLogin};
use crate::{
    core::{
        federation::{Assertion, Protocol},
        ldap::SignIn,
        secret::Secret,
    },
    origin::{
        Origin,
        authn::{
            federation,
            password::{self, Attempted, PasswordLogin, Proof, SigninError},
        },
        domain::{
            federation::{
                Refusal, attempts,
                directory::{self, Failed},
                offered::Offered,
                reference,
            },
            signup::{Admission, Door},
        },
        store::{
            accounts::Named,
            identities::{self, Identity},
            organizations::Organization,
            query::Query,
        },
    },
    ports::DatabaseError,
};

/// Timeout of a directory sign-in, in milliseconds.
const DEADLINE: u32 = 10_000;

/// Maximum number of directories tried in sequence.
const MOST: usize = 3;

/// The directories of a sign-in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Directories<'a> {
    /// The offered providers, including directories.
    pub offered: &'a [Offered],
    /// The organization whose people sign in.
    pub organization: Option<&'a Organization>,
    /// Where a user without an account can sign up, if anywhere.
    pub door: Option<Door<'a>>,
    /// Whether the login names a local account whose link has the directory name, as in a step-up
    /// of an existing session.
    pub by_link: bool,
}

/// The result of a correct password.
#[derive(Debug)]
pub enum Verified<T> {
    /// The user, and the further data.
    Proven(Box<Proof>, T),
    /// The directory password is correct, but the user may not sign in with it.
    NotKnown(Box<Introduced>),
}

/// A directory user who is not signed in.
#[derive(Debug)]
pub struct Introduced {
    /// The directory.
    pub offered: Offered,
    /// Its assertion.
    pub assertion: Assertion,
    /// The reason.
    pub why: NotKnown,
}

impl<'a> Directories<'a> {
    /// The directories that may vouch for users of `owner`.
    fn of(&self, owner: &str) -> Vec<&'a Offered> {
        if self.organization.is_none_or(|organization| organization.name != owner) {
            return Vec::new();
        }
        let directories = self.offered.iter();
        let directories = directories.filter(|it| it.protocol == Protocol::Ldap && it.is_of(owner));
        directories.take(MOST).collect()
    }
}

/// As [`password::verify`]; a password that is not the account's own may be one of the directories'.
///
/// An account that is linked to a directory, or has no password of its own, and a name that no account has are
/// the directories'. They are asked once the attempt has been counted.
pub async fn verify<T: 'static>(
    origin: &Origin,
    attempt: PasswordLogin<'_>,
    directories: Directories<'_>,
    further: impl Fn(Named<'_>) -> Query<T>,
) -> Result<Verified<T>, SigninError> {
    let offered = directories.of(attempt.owner);
    let providers: Vec<String> = offered.iter().map(|it| reference(&it.provider)).collect();
    let attempted = Attempted::of(origin, attempt, &providers, &further).await?;
    if attempted.is_right() {
        let (proof, further) = attempted.proven(origin).await?;
        return Ok(Verified::Proven(Box::new(proof), further));
    }
    if offered.is_empty() {
        attempted.wrong(origin).await?;
        return Err(SigninError::Wrong);
    }
    // Never send a password to a directory that may not vouch for the user on its own.
    let vouched = attempted.is_vouched_for(&offered);
    let password = (attempted.may_be_elsewhere() && vouched).then_some(attempt.password);
    let typed = Typed {
        from: attempt.source.from(),
        login: attempt.login,
        password,
        links: &attempted.links,
    };
    let verified = Box::pin(named(origin, &offered, directories.by_link, typed)).await;
    let (offered, assertion) = match verified {
        Ok(named) => named,
        Err(Unverified::Database(error)) => return Err(error.into()),
        Err(Unverified::Unavailable(refusal)) => {
            attempted.unanswered(origin).await?;
            return Err(SigninError::Unverified(refusal));
        }
        Err(Unverified::Wrong(refusal)) => {
            attempted.wrong(origin).await?;
            return Err(SigninError::WrongInDirectory(refusal));
        }
    };
    let Some(organization) = directories.organization else { return Err(SigninError::Wrong) };
    let mut change = attempted.right_elsewhere(origin).await?;
    let login = ProviderLogin {
        offered,
        assertion: &assertion,
        organization,
        door: directories.door,
        admission: Admission::default(),
    };
    let known = match Box::pin(provider::known(origin, login, further)).await {
        Ok(known) => known,
        Err(why) => {
            password::take(origin, change, &[]).await?;
            if matches!(why, NotKnown::Disabled) {
                let refusal = Refusal::of("account", &why);
                federation::noted(
                    origin,
                    attempt.source.from(),
                    &offered.provider,
                    attempt.login,
                    refusal,
                )
                .await?;
                return Err(SigninError::Disabled);
            }
            let offered = offered.clone();
            return Ok(Verified::NotKnown(Box::new(Introduced { offered, assertion, why })));
        }
    };
    attempts::accepted(origin, &offered.provider, &known.person.user.name).await?;
    let needs_own_factor = known.needs_own_factor();
    let provider::Known { person, further, key, .. } = known;
    let used = change.write(identities::used(&person.user.id, &key, origin.clock.now()));
    let proof = Proof::by_directory(person, change, vec![used], needs_own_factor);
    Ok(Verified::Proven(Box::new(proof), further))
}

/// A password to verify.
#[derive(Debug, Clone, Copy)]
struct Typed<'a> {
    /// The client address.
    from: &'a str,
    /// The login.
    login: &'a str,
    /// The password; `None` if it is not a directory password.
    password: Option<&'a str>,
    /// The account's identities at the directories.
    links: &'a [Identity],
}

/// Why no directory verified a password.
#[derive(Debug)]
enum Unverified {
    /// Name or password are wrong.
    Wrong(Refusal),
    /// The directory is unavailable.
    Unavailable(Refusal),
    /// The database failed.
    Database(DatabaseError),
}

impl From<DatabaseError> for Unverified {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

/// The directory's assertion for a verified password: from the linked directories, or else from
/// each of `offered` until one knows the name.
async fn named<'a>(
    origin: &Origin,
    offered: &[&'a Offered],
    by_link: bool,
    typed: Typed<'_>,
) -> Result<(&'a Offered, Assertion), Unverified> {
    let mut wrong = Refusal::new("settings", "no directory is asked");
    for offered in offered {
        let reference = reference(&offered.provider);
        let link = typed.links.iter().find(|link| link.provider == reference);
        if !typed.links.is_empty() && link.is_none() {
            continue;
        }
        let known_as = link
            .filter(|_| by_link)
            .and_then(|link| link.details.get("username").and_then(serde_json::Value::as_str));
        let login = known_as.unwrap_or(typed.login);
        match asked(origin, offered, login, typed.password).await {
            Ok(assertion) => return Ok((offered, assertion)),
            Err(Failed { refusal, depends_on_person }) => {
                let is_unknown = refusal.check == "login name";
                let refusal =
                    federation::noted(origin, typed.from, &offered.provider, login, refusal)
                        .await?;
                if !depends_on_person {
                    return Err(Unverified::Unavailable(refusal));
                }
                wrong = refusal;
                if !is_unknown {
                    break;
                }
            }
        }
    }
    Err(Unverified::Wrong(wrong))
}

async fn asked(
    origin: &Origin,
    offered: &Offered,
    login: &str,
    password: Option<&str>,
) -> Result<Assertion, Failed> {
    let provider = &offered.provider;
    let directory = directory::of(origin, provider);
    let directory = directory.map_err(|refusal| Failed { refusal, depends_on_person: false })?;
    let task = match password {
        Some(password) => SignIn::new(login, Secret::new(password.to_owned())).map(SignIn::even)?,
        None => SignIn::decoy(login)?,
    };
    let signed_in = directory::exchange(origin, provider, &directory, task, DEADLINE).await?;
    Ok(directory::assertion(provider, &directory, signed_in.person()))
}
