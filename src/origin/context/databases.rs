//! The databases of the origin, and what an isolate remembers of where things are.
//!
//! With one database, nothing here is asked and nothing is remembered. With several, the locator chooses
//! the database of a request before its handler runs ([`Origin::at`]), and every batch of writes first
//! checks that the organizations concerned are not being moved ([`Guarded`]).

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    fmt,
    rc::Rc,
};

use async_trait::async_trait;

use super::{Origin, Watch};
use crate::{
    core::time::UnixTime,
    ports::{Database, DatabaseError, Row, Statement},
};

/// How many places an isolate remembers.
const REMEMBERED: usize = 20_000;

/// The databases. Number 0 is the directory database: it knows where each organization is.
#[derive(Default)]
pub struct Databases {
    /// Empty if there is one only.
    all: Vec<(Rc<dyn Database>, Rc<Watch>)>,
    homes: RefCell<Memory<usize>>,
    owners: RefCell<Memory<Option<String>>>,
}

/// What is remembered, and the time before it was asked.
type Memory<T> = BTreeMap<String, (UnixTime, T)>;

fn recalled<T: Clone>(memory: &RefCell<Memory<T>>, name: &str, now: UnixTime) -> Option<T> {
    let memory = memory.borrow();
    let (at, value) = memory.get(name)?;
    (0..Databases::REMEMBERED_FOR).contains(&now.since(*at)).then(|| value.clone())
}

fn remember<T>(memory: &RefCell<Memory<T>>, name: String, at: UnixTime, value: T) {
    let mut memory = memory.borrow_mut();
    if memory.len() >= REMEMBERED {
        memory.clear();
    }
    memory.insert(name, (at, value));
}

impl Databases {
    /// Seconds for which an isolate remembers where something is. A move keeps both databases from being
    /// written for longer than that.
    pub const REMEMBERED_FOR: i64 = 5;

    /// These databases, in the order of their numbers.
    pub fn new(all: Vec<Rc<dyn Database>>) -> Self {
        let several = if all.len() > 1 { all } else { Vec::new() };
        let all = several.into_iter().map(|database| (database, Rc::default())).collect();
        Self { all, ..Self::default() }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.len().max(1)
    }

    /// Whether there is more than one.
    pub const fn are_several(&self) -> bool {
        !self.all.is_empty()
    }

    /// The number of the database of an organization, if it is remembered.
    pub fn home(&self, organization: &str, now: UnixTime) -> Option<usize> {
        recalled(&self.homes, organization, now)
    }

    /// Remembers the database of an organization. `at` is the time before it was asked.
    pub fn remember_home(&self, organization: &str, at: UnixTime, number: usize) {
        remember(&self.homes, organization.to_owned(), at, number);
    }

    /// The organization that has the thing of that name, if it is remembered; the inner `None`: none has.
    pub fn owner(&self, thing: &str, now: UnixTime) -> Option<Option<String>> {
        recalled(&self.owners, thing, now)
    }

    /// Remembers the organization that has a thing. `at` is the time before it was asked.
    pub fn remember_owner(&self, thing: &str, at: UnixTime, owner: Option<String>) {
        remember(&self.owners, thing.to_owned(), at, owner);
    }

    /// Forgets everything.
    pub fn forget(&self) {
        self.homes.borrow_mut().clear();
        self.owners.borrow_mut().clear();
    }
}

impl fmt::Debug for Databases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Databases").field("count", &self.count()).finish_non_exhaustive()
    }
}

/// The place of a request among the databases.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The number of the database that the request is about: [`Origin::database`].
    pub number: usize,
    /// The number of the one that has the rows of the credential.
    pub caller: usize,
    /// The organizations that the request may write for, each with its database.
    pub organizations: Rc<Vec<(String, usize)>>,
    /// Whether a write was refused because one of them is being moved.
    pub is_moving: Rc<Cell<bool>>,
    /// Whether a write was refused because its organization lives in another database: the request names
    /// one organization and changes another.
    pub is_astray: Rc<Cell<bool>>,
}

impl Place {
    /// Whether the rows of the credential are in the database of the request.
    pub const fn is_of_caller(&self) -> bool {
        self.number == self.caller
    }
}

impl Origin {
    /// The same context over the database `number`.
    #[must_use]
    pub fn at(&self, number: usize) -> Self {
        let Some((database, watch)) = self.databases.all.get(number) else { return self.clone() };
        let place = Place { number, ..self.place.clone() };
        let concerned = place.organizations.iter().filter(|(_, home)| *home == number);
        let organizations: Vec<String> = concerned.map(|(name, _)| name.clone()).collect();
        let database: Rc<dyn Database> = if organizations.is_empty() {
            Rc::clone(database)
        } else {
            let (database, is_moving) = (Rc::clone(database), Rc::clone(&place.is_moving));
            Rc::new(Guarded { database, organizations, is_moving })
        };
        Self { database, watch: Rc::clone(watch), place, ..self.clone() }
    }

    /// The same context over each database, in the order of their numbers.
    pub fn everywhere(&self) -> impl Iterator<Item = Self> {
        (0..self.databases.count()).map(|number| self.at(number))
    }

    /// The same context over the directory database.
    #[must_use]
    pub fn directory(&self) -> Self {
        self.at(0)
    }

    /// The same context over the database that has the rows of the request's credential.
    #[must_use]
    pub fn of_caller(&self) -> Self {
        self.at(self.place.caller)
    }

    /// The name of something in KV that each database has one of.
    pub fn name_in_snapshots(&self, name: &str) -> String {
        match self.place.number {
            0 => name.to_owned(),
            number => format!("{number}@{name}"),
        }
    }
}

/// A database whose writing transactions fail while one of the organizations is being moved.
struct Guarded {
    database: Rc<dyn Database>,
    organizations: Vec<String>,
    is_moving: Rc<Cell<bool>>,
}

impl Guarded {
    fn guards(&self) -> Vec<Statement> {
        let guard = "INSERT INTO guards (organization) VALUES (?1)";
        self.organizations.iter().map(|name| Statement::new(guard).bind(name)).collect()
    }

    fn noted<T>(&self, result: Result<T, DatabaseError>) -> Result<T, DatabaseError> {
        if let Err(DatabaseError::Failed(why)) = &result
            && why.contains("the organization is being moved")
        {
            self.is_moving.set(true);
        }
        result
    }
}

/// Whether a statement may write, and does not look at the fences itself.
fn writes(statement: &Statement) -> bool {
    ["INSERT ", "UPDATE ", "DELETE "].iter().any(|verb| statement.sql.contains(verb))
        && !statement.sql.contains("JOIN fences ON")
}

#[async_trait(?Send)]
impl Database for Guarded {
    async fn run(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        if !writes(&statement) {
            return self.database.run(statement).await;
        }
        let mut results = self.batch(vec![statement]).await?;
        Ok(results.pop().unwrap_or_default())
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        if !statements.iter().any(writes) {
            return self.database.batch(statements).await;
        }
        let mut all = self.guards();
        let guards = all.len();
        all.extend(statements);
        let mut results = self.noted(self.database.batch(all).await)?;
        Ok(results.split_off(guards.min(results.len())))
    }
}
