//! Workers KV.

use async_trait::async_trait;
use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

use super::message;
use crate::ports::{Publishing, Snapshots, SnapshotsError};

#[wasm_bindgen]
extern "C" {
    /// A KV namespace, as JavaScript has it.
    #[derive(Debug, Clone)]
    pub type KvNamespace;

    #[wasm_bindgen(method, catch)]
    fn get(this: &KvNamespace, name: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn put(
        this: &KvNamespace,
        name: &str,
        text: &str,
        options: &JsValue,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn delete(this: &KvNamespace, name: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn list(this: &KvNamespace, options: &JsValue) -> Result<Promise, JsValue>;
}

/// A KV namespace. Bound here and not by `worker`, whose KV reads and writes through
/// `serde_wasm_bindgen`: the edge would be a tenth larger, and asks for texts only.
#[derive(Debug, Clone)]
pub struct Kv(pub KvNamespace);

#[async_trait(?Send)]
impl Snapshots for Kv {
    async fn get(&self, name: &str) -> Result<Option<String>, SnapshotsError> {
        Ok(settled(self.0.get(name)).await?.as_string())
    }
}

#[async_trait(?Send)]
impl Publishing for Kv {
    #[expect(clippy::cast_precision_loss, reason = "seconds are fewer than 2⁵³")]
    async fn put(&self, name: &str, text: &str, ttl: Option<u64>) -> Result<(), SnapshotsError> {
        let options = ttl.map(|ttl| object(&[("expirationTtl", JsValue::from(ttl as f64))]));
        let options = options.transpose()?.unwrap_or(JsValue::UNDEFINED);
        settled(self.0.put(name, text, &options)).await?;
        Ok(())
    }

    async fn delete(&self, name: &str) -> Result<(), SnapshotsError> {
        settled(self.0.delete(name)).await?;
        Ok(())
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, SnapshotsError> {
        let mut names = Vec::new();
        let mut cursor = JsValue::UNDEFINED;
        loop {
            let options = object(&[("prefix", JsValue::from_str(prefix)), ("cursor", cursor)])?;
            let page = settled(self.0.list(&options)).await?;
            for key in Array::from(&member(&page, "keys")?).iter() {
                names.extend(member(&key, "name")?.as_string());
            }
            cursor = member(&page, "cursor")?;
            if member(&page, "list_complete")?.is_truthy() || !cursor.is_string() {
                return Ok(names);
            }
        }
    }
}

fn object(members: &[(&str, JsValue)]) -> Result<JsValue, SnapshotsError> {
    let object = JsValue::from(Object::new());
    for (name, value) in members {
        Reflect::set(&object, &JsValue::from_str(name), value).map_err(|error| failure(&error))?;
    }
    Ok(object)
}

fn member(object: &JsValue, name: &str) -> Result<JsValue, SnapshotsError> {
    Reflect::get(object, &JsValue::from_str(name)).map_err(|error| failure(&error))
}

async fn settled(promise: Result<Promise, JsValue>) -> Result<JsValue, SnapshotsError> {
    let promise = promise.map_err(|error| failure(&error))?;
    JsFuture::from(promise).await.map_err(|error| failure(&error))
}

fn failure(error: &JsValue) -> SnapshotsError {
    SnapshotsError(message(error))
}
