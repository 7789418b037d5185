//! A cache that the isolates of one location share (Workers: the Cache API).

use async_trait::async_trait;

/// A cache of bytes near the caller. It may forget at any time, and never fails: what cannot be
/// read is not there.
#[async_trait(?Send)]
pub trait LocationCache {
    /// The bytes put under `name`, unless their time is over.
    async fn get(&self, name: &str) -> Option<Vec<u8>>;

    /// Keeps `bytes` under `name` for `ttl` seconds.
    async fn put(&self, name: &str, bytes: &[u8], ttl: u32);
}
