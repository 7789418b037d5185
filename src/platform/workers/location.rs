//! The Cache API, which the isolates of one location share.

use async_trait::async_trait;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Response, ResponseInit};

use crate::ports::LocationCache;

#[wasm_bindgen]
extern "C" {
    type Cache;

    #[wasm_bindgen(thread_local_v2, js_namespace = caches, js_name = default)]
    static CACHE: Option<Cache>;

    #[wasm_bindgen(method, catch, js_name = match)]
    fn find(this: &Cache, url: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn put(this: &Cache, url: &str, response: &Response) -> Result<Promise, JsValue>;
}

/// The cache of the location that an isolate is in. Where there is none (bare workerd, a
/// `workers.dev` address) nothing is ever found, and each isolate asks for itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Location;

#[async_trait(?Send)]
impl LocationCache for Location {
    async fn get(&self, name: &str) -> Option<Vec<u8>> {
        let found = CACHE.with(|cache| cache.as_ref()?.find(&url(name)).ok())?;
        let found: Response = JsFuture::from(found).await.ok()?.dyn_into().ok()?;
        let bytes = JsFuture::from(found.array_buffer().ok()?).await.ok()?;
        Some(Uint8Array::new(&bytes).to_vec())
    }

    async fn put(&self, name: &str, bytes: &[u8], ttl: u32) {
        let Ok(response) = cacheable(bytes, ttl) else { return };
        let put = CACHE.with(|cache| cache.as_ref()?.put(&url(name), &response).ok());
        if let Some(put) = put {
            // What could not be kept will be asked for again.
            let _ = JsFuture::from(put).await;
        }
    }
}

/// No request can have this address: the host does not exist, and the cache is our zone's own.
fn url(name: &str) -> String {
    ["https://edge.invalid/", name].concat()
}

fn cacheable(bytes: &[u8], ttl: u32) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    headers.set("cache-control", &["max-age=", &ttl.to_string()].concat())?;
    let init = ResponseInit::new();
    init.set_headers_headers(&headers);
    Response::new_with_opt_js_u8_array_and_init(Some(&Uint8Array::from(bytes)), &init)
}
