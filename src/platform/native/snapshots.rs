//! Snapshots in memory.

use std::{cell::RefCell, collections::BTreeMap};

use async_trait::async_trait;

use crate::ports::{Publishing, Snapshots, SnapshotsError};

/// A store that is consistent immediately and ignores times to live.
#[derive(Debug, Default, Clone)]
pub struct MemorySnapshots(RefCell<BTreeMap<String, String>>);

#[async_trait(?Send)]
impl Snapshots for MemorySnapshots {
    async fn get(&self, name: &str) -> Result<Option<String>, SnapshotsError> {
        Ok(self.0.borrow().get(name).cloned())
    }
}

#[async_trait(?Send)]
impl Publishing for MemorySnapshots {
    async fn put(&self, name: &str, text: &str, _ttl: Option<u64>) -> Result<(), SnapshotsError> {
        self.0.borrow_mut().insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    async fn delete(&self, name: &str) -> Result<(), SnapshotsError> {
        self.0.borrow_mut().remove(name);
        Ok(())
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, SnapshotsError> {
        Ok(self.0.borrow().keys().filter(|name| name.starts_with(prefix)).cloned().collect())
    }
}
