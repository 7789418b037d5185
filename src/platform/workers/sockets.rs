//! Connections over `cloudflare:sockets`.

use async_trait::async_trait;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

use super::message;
use crate::ports::{Sockets, Stream, StreamError, Tls};

#[wasm_bindgen(module = "/src/platform/workers/sockets.js")]
extern "C" {
    type Connection;

    #[wasm_bindgen(catch)]
    fn open_socket(host: &str, port: u16, tls: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn read(this: &Connection) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn write(this: &Connection, bytes: Uint8Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = startTls)]
    fn start_tls(this: &Connection) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method)]
    fn close(this: &Connection);
}

/// The sockets of the platform, which verifies certificates itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct CloudflareSockets;

struct Open(Connection);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

async fn settled(promise: Result<Promise, JsValue>) -> Result<JsValue, StreamError> {
    let failed = |error: JsValue| StreamError(message(&error));
    JsFuture::from(promise.map_err(failed)?).await.map_err(failed)
}

#[async_trait(?Send)]
impl Sockets for CloudflareSockets {
    async fn connect(
        &self,
        host: &str,
        port: u16,
        tls: Tls,
    ) -> Result<Box<dyn Stream>, StreamError> {
        let tls = match tls {
            Tls::Now => "now",
            Tls::Later => "later",
            Tls::Never => "never",
        };
        let connection = settled(open_socket(host, port, tls)).await?;
        Ok(Box::new(Open(connection.unchecked_into())))
    }
}

#[async_trait(?Send)]
impl Stream for Open {
    async fn read(&mut self) -> Result<Vec<u8>, StreamError> {
        let bytes: Uint8Array = settled(self.0.read()).await?.unchecked_into();
        Ok(bytes.to_vec())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        settled(self.0.write(Uint8Array::from(bytes))).await.map(|_| ())
    }

    async fn start_tls(&mut self) -> Result<(), StreamError> {
        settled(self.0.start_tls()).await.map(|_| ())
    }
}
