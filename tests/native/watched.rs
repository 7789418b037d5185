//! A database that records what it is asked, and lets another writer in between.

use std::{cell::RefCell, rc::Rc};

use async_trait::async_trait;
use hanzo_iam::ports::{Database, DatabaseError, Row, Statement};

use crate::world::World;

/// The database of a world, watched.
pub struct Watched {
    inner: Rc<dyn Database>,
    /// The text of every statement.
    pub asked: RefCell<Vec<String>>,
    meddling: RefCell<Option<(&'static str, Vec<String>)>>,
}

impl Watched {
    /// Puts itself between the origin of `world` and its database.
    pub fn over(world: &mut World) -> Rc<Self> {
        let watched = Rc::new(Self {
            inner: Rc::clone(&world.database) as _,
            asked: RefCell::default(),
            meddling: RefCell::default(),
        });
        world.origin.database = Rc::clone(&watched) as _;
        watched
    }

    /// Another writer runs `sql` immediately before the first statement that contains `before`.
    pub fn meddle(&self, before: &'static str, sql: &[&str]) {
        let sql = sql.iter().map(|&text| text.to_owned()).collect();
        self.meddling.replace(Some((before, sql)));
    }

    /// Whether the other writer has had its turn.
    pub fn has_meddled(&self) -> bool {
        self.meddling.borrow().is_none()
    }

    /// The statements since the last call.
    pub fn take(&self) -> Vec<String> {
        self.asked.take()
    }

    async fn note(&self, statements: &[Statement]) -> Result<(), DatabaseError> {
        let texts = statements.iter().map(|statement| statement.sql.to_string());
        self.asked.borrow_mut().extend(texts);
        let due = self.meddling.borrow().as_ref().is_some_and(|(before, _)| {
            statements.iter().any(|statement| statement.sql.contains(before))
        });
        if due && let Some((_, sql)) = self.meddling.take() {
            let statements = sql.into_iter().map(Statement::new).collect();
            self.inner.batch(statements).await?;
        }
        Ok(())
    }
}

#[async_trait(?Send)]
impl Database for Watched {
    async fn run(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        self.note(std::slice::from_ref(&statement)).await?;
        self.inner.run(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        self.note(&statements).await?;
        self.inner.batch(statements).await
    }
}
