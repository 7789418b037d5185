//! Sign-in by name and password, and the same search without a password for tests of the settings.

use super::{Answer, Directory, LdapError, Person, Step, Task, finder::Finder};
use crate::core::secret::Secret;

/// A person whose password the directory has verified. Only [`SignIn`] makes it.
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

/// Finds the one person of a login name and binds as that person.
#[derive(Debug)]
pub struct SignIn(Finder);

impl SignIn {
    /// Of what the person typed. Fails before anything is sent if a part is empty or malformed.
    pub fn new(login: &str, password: Secret<String>) -> Result<Self, LdapError> {
        Finder::new(login, Some(password)).map(Self)
    }

    /// The same, but with as many round trips for a name that no one has as for one that a person has: who
    /// measures the time does not learn which names there are.
    #[must_use]
    pub fn even(self) -> Self {
        Self(self.0.even())
    }

    /// The exchange of a sign-in that asks for no password and always fails, with [`LdapError::NotAsked`] for a
    /// name that a person has: it takes as long as one that asks.
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

/// Finds the one person of a login name, without proof of who asks: for an administrator's test.
#[derive(Debug)]
pub struct Lookup(Finder);

impl Lookup {
    /// Of a login name.
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
