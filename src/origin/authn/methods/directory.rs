//! Passwords that a directory verifies.
//!
//! A name that no one has, one that a person of the directory has, and one whose account has a password of its
//! own here take the same exchange with the server. A password that is not the directory's is not sent to it.

use crate::{
    core::{
        federation::{Assertion, Protocol},
        ldap::SignIn,
        secret::Secret,
    },
    origin::{
        Origin,
        authn::federation,
        domain::{
            federation::{
                Refusal,
                directory::{self, Failed},
                offered::Offered,
                reference,
            },
            signup::Door,
        },
        store::{identities::Identity, organizations::Organization},
    },
    ports::DatabaseError,
};

/// How long a directory may take for a sign-in, in milliseconds.
const DEADLINE: u32 = 10_000;

/// The most directories that are asked one after another.
const MOST: usize = 3;

/// The directories of a sign-in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Directories<'a> {
    /// The providers that the sign-in offers, directories among them.
    pub offered: &'a [Offered],
    /// The organization whose people sign in.
    pub organization: Option<&'a Organization>,
    /// Where a person without an account gets one; `None`: nowhere.
    pub door: Option<Door<'a>>,
    /// Whether the login names an account here, whose own link says by which name the directory knows the person:
    /// a session goes on.
    pub by_link: bool,
}

/// A password that is to be verified.
#[derive(Debug, Clone, Copy)]
pub struct Typed<'a> {
    /// The login.
    pub login: &'a str,
    /// The password; `None`: it is not one of the directory's.
    pub password: Option<&'a str>,
    /// The identities at the directories of the account that the login names.
    pub links: &'a [Identity],
}

/// Why no directory has verified a password.
#[derive(Debug)]
pub enum Unverified {
    /// Name or password are wrong.
    Wrong(Refusal),
    /// The directory could not be asked.
    Unavailable(Refusal),
    /// The database did not answer.
    Database(DatabaseError),
}

impl From<DatabaseError> for Unverified {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl<'a> Directories<'a> {
    /// Those that may speak for people of `owner`.
    pub fn of(&self, owner: &str) -> Vec<&'a Offered> {
        if self.organization.is_none_or(|organization| organization.name != owner) {
            return Vec::new();
        }
        let directories = self.offered.iter();
        let directories = directories.filter(|it| it.protocol == Protocol::Ldap && it.is_of(owner));
        directories.take(MOST).collect()
    }
}

/// What a directory says of the person whose password it has verified: those to which the account is linked, or
/// else each of `offered` until one knows the name.
pub async fn verified<'a>(
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
                let refusal = federation::noted(origin, &offered.provider, login, refusal).await?;
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
