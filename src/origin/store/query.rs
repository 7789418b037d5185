//! Typed reads, and how a request loads all it needs in one round trip.
//!
//! A [`Query`] is one or several statements together with the function from their rows to a value. The
//! functions of this folder return queries; a handler puts those that it needs into a tuple and
//! [loads](load) them as one batch, which is one transaction: the values agree with each other.

use serde::de::DeserializeOwned;

use crate::ports::{Database, DatabaseError, Row, Statement};

type Reader<T> = Box<dyn FnOnce(&mut dyn Iterator<Item = Vec<Row>>) -> Result<T, DatabaseError>>;

/// Statements that read a `T`.
pub struct Query<T> {
    statements: Vec<Statement>,
    read: Reader<T>,
}

impl<T: 'static> Query<T> {
    /// The value that `read` makes of the rows of `statement`.
    pub fn rows(
        statement: Statement,
        read: impl FnOnce(Vec<Row>) -> Result<T, DatabaseError> + 'static,
    ) -> Self {
        let read: Reader<T> = Box::new(|results| read(results.next().unwrap_or_default()));
        Self { statements: vec![statement], read }
    }

    /// `value`, without a statement: for facts that a request does not need.
    pub fn ready(value: T) -> Self {
        Self { statements: Vec::new(), read: Box::new(|_| Ok(value)) }
    }

    /// The query whose value is `f` of this one's.
    pub fn map<U: 'static>(self, f: impl FnOnce(T) -> U + 'static) -> Query<U> {
        let read = self.read;
        Query { statements: self.statements, read: Box::new(|results| read(results).map(f)) }
    }

    /// The query whose value is `f` of this one's, unless `f` fails.
    pub fn and_then<U: 'static>(
        self,
        f: impl FnOnce(T) -> Result<U, DatabaseError> + 'static,
    ) -> Query<U> {
        let read = self.read;
        Query { statements: self.statements, read: Box::new(|results| read(results).and_then(f)) }
    }

    /// Both values.
    pub fn and<U: 'static>(self, other: Query<U>) -> Query<(T, U)> {
        let (first, second) = (self.read, other.read);
        let mut statements = self.statements;
        statements.extend(other.statements);
        Query { statements, read: Box::new(|results| Ok((first(results)?, second(results)?))) }
    }

    /// The values of all `queries`, in their order.
    pub fn list(queries: impl IntoIterator<Item = Self>) -> Query<Vec<T>> {
        let (mut statements, mut readers) = (Vec::new(), Vec::new());
        for query in queries {
            statements.extend(query.statements);
            readers.push(query.read);
        }
        let read: Reader<Vec<T>> =
            Box::new(|results| readers.into_iter().map(|read| read(results)).collect());
        Query { statements, read }
    }

    /// The statements that it runs.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Runs the statements, in one round trip; without a statement, in none.
    pub async fn fetch(self, database: &dyn Database) -> Result<T, DatabaseError> {
        let mut statements = self.statements;
        let results = match statements.len() {
            0 => Vec::new(),
            1 => match statements.pop() {
                Some(statement) => vec![database.run(statement).await?],
                None => Vec::new(),
            },
            _ => database.batch(statements).await?,
        };
        (self.read)(&mut results.into_iter())
    }
}

impl<T: DeserializeOwned + 'static> Query<Option<T>> {
    /// The first row of `statement` as a record, if there is one.
    pub fn first(statement: Statement) -> Self {
        Self::rows(statement, |rows| rows.into_iter().next().map(Row::into_record).transpose())
    }
}

impl<T: DeserializeOwned + 'static> Query<Vec<T>> {
    /// All rows of `statement` as records.
    pub fn all(statement: Statement) -> Self {
        Self::rows(statement, |rows| rows.into_iter().map(Row::into_record).collect())
    }
}

impl<T: 'static> From<Option<Query<T>>> for Query<Option<T>> {
    fn from(query: Option<Query<T>>) -> Self {
        query.map_or_else(|| Self::ready(None), |query| query.map(Some))
    }
}

impl<T> std::fmt::Debug for Query<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query").field("statements", &self.statements).finish_non_exhaustive()
    }
}

/// A tuple of queries.
pub trait Queries {
    /// The tuple of their values.
    type Values: 'static;

    /// One query for all of them.
    fn joined(self) -> Query<Self::Values>;
}

macro_rules! tuples {
    ($(($($query:ident $value:ident),+))+) => { $(
        impl<$($value: 'static),+> Queries for ($(Query<$value>,)+) {
            type Values = ($($value,)+);

            fn joined(self) -> Query<Self::Values> {
                let ($($query,)+) = self;
                let mut statements = Vec::new();
                $(statements.extend($query.statements); let $query = $query.read;)+
                Query { statements, read: Box::new(|results| Ok(($($query(results)?,)+))) }
            }
        }
    )+ };
}

tuples! {
    (a A, b B)
    (a A, b B, c C)
    (a A, b B, c C, d D)
    (a A, b B, c C, d D, e E)
    (a A, b B, c C, d D, e E, f F)
    (a A, b B, c C, d D, e E, f F, g G)
    (a A, b B, c C, d D, e E, f F, g G, h H)
}

/// The values of all `queries`, read in one round trip and one transaction.
pub async fn load<Q: Queries>(
    database: &dyn Database,
    queries: Q,
) -> Result<Q::Values, DatabaseError> {
    queries.joined().fetch(database).await
}
