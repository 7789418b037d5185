//! Finds one user, optionally verifies the password, and finds the groups; shared by sign-in and
//! look-up.

use super::{Answer, Asked, Directory, LdapError, Person, Search, Step, groups::Walk};
use crate::core::secret::Secret;

const LONGEST_LOGIN: usize = 256;
const LONGEST_PASSWORD: usize = 1024;

#[derive(Debug)]
enum Stage {
    /// Searching for the user; the entry found so far.
    Find(Option<super::Entry>),
    /// Draining a search that found several users.
    Several,
    /// Binding as the user.
    Prove(Person),
    /// Rebinding as the service account, to search groups.
    Return(Person),
    /// Searching groups.
    Groups(Box<(Person, Walk)>),
    /// Rebinding as the service account instead of the user, as a decoy before the sign-in fails.
    Miss(LdapError),
    Ended,
}

/// Finds one user.
#[derive(Debug)]
pub(super) struct Finder {
    login: String,
    password: Option<Secret<String>>,
    stage: Stage,
    /// Whether a sign-in for an unknown name takes as many round trips as for a known one.
    even: bool,
    /// Whether no password is verified and the sign-in always fails.
    decoy: bool,
}

impl Finder {
    pub(super) fn new(login: &str, password: Option<Secret<String>>) -> Result<Self, LdapError> {
        if login.is_empty() {
            return Err(LdapError::Empty("login name"));
        }
        if login.len() > LONGEST_LOGIN || login.chars().any(char::is_control) {
            return Err(LdapError::Login);
        }
        if let Some(password) = &password {
            let password = password.expose();
            if password.is_empty() {
                return Err(LdapError::Empty("password"));
            }
            // A server may truncate at NUL, possibly leaving an empty password.
            if password.len() > LONGEST_PASSWORD || password.contains('\0') {
                return Err(LdapError::Password);
            }
        }
        Ok(Self {
            login: login.to_owned(),
            password,
            stage: Stage::Find(None),
            even: false,
            decoy: false,
        })
    }

    pub(super) const fn even(mut self) -> Self {
        self.even = true;
        self
    }

    pub(super) const fn decoy(mut self) -> Self {
        self.decoy = true;
        self.even()
    }

    pub(super) fn start(&self, directory: &Directory) -> Step<Person> {
        let settings = directory.settings();
        let search = Search {
            base: settings.base.clone(),
            scope: settings.scope,
            size_limit: 2, // enough to see that there are several
            time_limit: settings.limits.seconds,
            filter: directory.login_filter.fill(self.login.as_bytes()),
            attributes: directory.person_attributes(),
            page: None,
        };
        Step::Search(Asked::People, search)
    }

    pub(super) fn answer(
        &mut self,
        directory: &Directory,
        answer: Answer,
    ) -> Result<Step<Person>, LdapError> {
        match (std::mem::replace(&mut self.stage, Stage::Ended), answer) {
            (Stage::Find(None), Answer::Entry(entry)) => {
                self.stage = Stage::Find(Some(entry));
                Ok(Step::Wait)
            }
            (Stage::Find(Some(_)), Answer::Entry(_)) if !self.even => Err(LdapError::SeveralPeople),
            (Stage::Find(Some(_)) | Stage::Several, Answer::Entry(_)) => {
                self.stage = Stage::Several;
                Ok(Step::Wait)
            }
            (Stage::Several, Answer::SearchDone { .. }) => self.missed(LdapError::SeveralPeople),
            (Stage::Find(found), Answer::SearchDone { limited, .. }) => {
                if limited {
                    return self.missed(LdapError::SeveralPeople);
                }
                let Some(entry) = found else { return self.missed(LdapError::NoSuchPerson) };
                match Person::read(directory, &entry) {
                    Ok(person) => self.found(directory, person),
                    Err(error) => self.missed(error),
                }
            }
            (Stage::Miss(error), Answer::ServiceBound) => Err(error),
            (Stage::Prove(person), Answer::PersonBound) => {
                if Walk::begin(directory, &person.dn).is_none() {
                    return Ok(Step::Done(person));
                }
                self.stage = Stage::Return(person);
                Ok(Step::BindService)
            }
            (Stage::Return(person), Answer::ServiceBound) => Ok(self.groups(directory, person)),
            (Stage::Groups(mut groups), Answer::Entry(entry)) => {
                groups.1.take(directory, &entry)?;
                self.stage = Stage::Groups(groups);
                Ok(Step::Wait)
            }
            (Stage::Groups(groups), Answer::SearchDone { limited, .. }) => {
                if limited {
                    return Err(LdapError::TooManyGroups(directory.settings().limits.groups));
                }
                let (person, walk) = *groups;
                Ok(self.more_groups(directory, person, walk))
            }
            _ => Err(LdapError::OutOfOrder("an answer")),
        }
    }

    fn missed(&mut self, error: LdapError) -> Result<Step<Person>, LdapError> {
        if !self.even {
            return Err(error);
        }
        self.stage = Stage::Miss(error);
        Ok(Step::BindService)
    }

    fn found(&mut self, directory: &Directory, person: Person) -> Result<Step<Person>, LdapError> {
        if self.decoy {
            return self.missed(LdapError::NotAsked);
        }
        let Some(password) = self.password.take() else {
            return Ok(self.groups(directory, person));
        };
        if !person.active {
            return self.missed(LdapError::PersonDisabled);
        }
        let dn = person.dn.as_str().to_owned();
        self.stage = Stage::Prove(person);
        Ok(Step::Bind { dn, password })
    }

    fn groups(&mut self, directory: &Directory, person: Person) -> Step<Person> {
        match Walk::begin(directory, &person.dn) {
            Some(walk) => self.more_groups(directory, person, walk),
            None => Step::Done(person),
        }
    }

    fn more_groups(
        &mut self,
        directory: &Directory,
        mut person: Person,
        mut walk: Walk,
    ) -> Step<Person> {
        if let Some((asked, search)) = walk.next(directory) {
            self.stage = Stage::Groups(Box::new((person, walk)));
            return Step::Search(asked, search);
        }
        person.groups = Some(walk.finish());
        Step::Done(person)
    }
}
