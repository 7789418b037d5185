//! Sign-in by name and password, and a look-up without a password for testing settings.

use super::{Answer, Directory, LdapError, Person, Step, Task, finder::Finder};
use crate::core::secret::Secret;

/// A user whose password the directory has verified. Only [`SignIn`] creates one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn(Person);

impl SignedIn {
    /// The person.
    pub const fn person(&self) -> &Person {
        &self.0
    }

    /// The person.
    pub fn into_person(self) -> Person {
        self.0
    }
}

/// Finds the user of a login name and binds as that user.
#[derive(Debug)]
pub struct SignIn(Finder);

impl SignIn {
    /// Creates a sign-in. Fails before sending anything if a part is empty or malformed.
    pub fn new(login: &str, password: Secret<String>) -> Result<Self, LdapError> {
        Finder::new(login, Some(password)).map(Self)
    }

    /// Uses as many round trips for an unknown name as for a known one, to prevent user enumeration
    /// by timing.
    #[must_use]
    pub fn even(self) -> Self {
        Self(self.0.even())
    }

    /// A sign-in without a password that always fails, with [`LdapError::NotAsked`] for a known
    /// name, and takes as long as a real one.
    pub fn decoy(login: &str) -> Result<Self, LdapError> {
        Finder::new(login, None).map(|finder| Self(finder.decoy()))
    }
}

impl Task for SignIn {
    type Output = SignedIn;

    fn start(&mut self, directory: &Directory) -> Result<Step<SignedIn>, LdapError> {
        Ok(map(self.0.start(directory), SignedIn))
    }

    fn answer(
        &mut self,
        directory: &Directory,
        answer: Answer,
    ) -> Result<Step<SignedIn>, LdapError> {
        self.0.answer(directory, answer).map(|step| map(step, SignedIn))
    }
}

/// Finds the user of a login name without authentication, for an administrator's test.
#[derive(Debug)]
pub struct Lookup(Finder);

impl Lookup {
    /// Creates a look-up.
    pub fn new(login: &str) -> Result<Self, LdapError> {
        Finder::new(login, None).map(Self)
    }
}

impl Task for Lookup {
    type Output = Person;

    fn start(&mut self, directory: &Directory) -> Result<Step<Person>, LdapError> {
        Ok(self.0.start(directory))
    }

    fn answer(&mut self, directory: &Directory, answer: Answer) -> Result<Step<Person>, LdapError> {
        self.0.answer(directory, answer)
    }
}

fn map<T, U>(step: Step<T>, done: impl Fn(T) -> U) -> Step<U> {
    match step {
        Step::Wait => Step::Wait,
        Step::Search(asked, search) => Step::Search(asked, search),
        Step::Bind { dn, password } => Step::Bind { dn, password },
        Step::BindService => Step::BindService,
        Step::Done(output) => Step::Done(done(output)),
    }
}
