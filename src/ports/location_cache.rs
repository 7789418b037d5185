//! A cache shared by the isolates of one location (Workers: the Cache API).

use async_trait::async_trait;

/// A local byte cache. It may evict at any time, and never fails: unreadable entries count as
/// absent.
#[async_trait(?Send)]
pub trait LocationCache {
    /// The bytes stored under `name`, unless expired.
    async fn get(&self, name: &str) -> Option<Vec<u8>>;

    /// Keeps `bytes` under `name` for `ttl` seconds.
    async fn put(&self, name: &str, bytes: &[u8], ttl: u32);
}
