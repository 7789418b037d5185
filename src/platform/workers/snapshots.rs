//! Workers KV.

use async_trait::async_trait;
use worker::{KvError, KvStore};

use crate::world::{Publishing, Snapshots, SnapshotsError};

/// A KV namespace.
#[derive(Debug, Clone)]
pub struct Kv(pub KvStore);

#[async_trait(?Send)]
impl Snapshots for Kv {
    async fn get(&self, name: &str) -> Result<Option<String>, SnapshotsError> {
        self.0.get(name).text().await.map_err(|error| failure(&error))
    }
}

#[async_trait(?Send)]
impl Publishing for Kv {
    async fn put(&self, name: &str, text: &str, ttl: Option<u64>) -> Result<(), SnapshotsError> {
        let mut put = self.0.put(name, text).map_err(|error| failure(&error))?;
        if let Some(ttl) = ttl {
            put = put.expiration_ttl(ttl);
        }
        put.execute().await.map_err(|error| failure(&error))
    }

    async fn delete(&self, name: &str) -> Result<(), SnapshotsError> {
        self.0.delete(name).await.map_err(|error| failure(&error))
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, SnapshotsError> {
        let mut names = Vec::new();
        let mut cursor = None;
        loop {
            let mut list = self.0.list().prefix(prefix.to_owned());
            if let Some(cursor) = cursor.take() {
                list = list.cursor(cursor);
            }
            let page = list.execute().await.map_err(|error| failure(&error))?;
            names.extend(page.keys.into_iter().map(|key| key.name));
            cursor = page.cursor.filter(|_| !page.list_complete);
            if cursor.is_none() {
                return Ok(names);
            }
        }
    }
}

fn failure(error: &KvError) -> SnapshotsError {
    SnapshotsError(error.to_string())
}
