//! Requests to third-party services over the public Internet.

use async_trait::async_trait;
use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, ReadableStream, ReadableStreamDefaultReader, RequestInit, RequestRedirect,
    Response,
};

use super::{http::init, message};
use crate::ports::{Http, HttpError, HttpRequest, HttpResponse};

/// How long a service has to respond, in milliseconds.
const DEADLINE: u32 = 10_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

/// The most bytes of a response that are read.
const LONGEST: usize = 256 * 1024;

/// `fetch`, without redirects: a receiver must not choose another one. [`Http::send`] reads of
/// the response to anything but GET only the status.
#[derive(Debug, Clone, Copy)]
pub struct Internet;

#[async_trait(?Send)]
impl Http for Internet {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let is_read = request.method == "GET";
        exchange(request, is_read).await.map_err(|error| HttpError(message(&error)))
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        exchange(request, true).await.map_err(|error| HttpError(message(&error)))
    }
}

async fn exchange(request: HttpRequest, is_read: bool) -> Result<HttpResponse, JsValue> {
    let response = respond(&request).await?;
    let mut body = Vec::new();
    match response.body() {
        Some(stream) if is_read => body = bounded(&stream).await?,
        Some(stream) => {
            JsFuture::from(stream.cancel()).await?;
        }
        None => {}
    }
    let content_type = response.headers().get("content-type")?.unwrap_or_default();
    Ok(HttpResponse { status: response.status(), content_type, body })
}

/// The response, once its headers are there. A safe request whose connection is lost before that is sent once more:
/// the runtime keeps connections, and a server may close one just as it is used again (RFC 9110 §9.2.2, RFC 9112
/// §9.3.1). Other requests are not: the server may have acted on them.
async fn respond(request: &HttpRequest) -> Result<Response, JsValue> {
    let init = init(request)?;
    let deadline = AbortSignal::timeout_with_u32(DEADLINE);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&deadline));
    let mut response = JsFuture::from(fetch(&request.url, &init)?).await;
    if response.is_err() && request.method == "GET" && !deadline.aborted() {
        response = JsFuture::from(fetch(&request.url, &init)?).await;
    }
    response.map(JsCast::unchecked_into)
}

/// All bytes of a body, which may be of any length.
async fn bounded(stream: &ReadableStream) -> Result<Vec<u8>, JsValue> {
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut body = Vec::new();
    loop {
        let part = JsFuture::from(reader.read()).await?;
        if Reflect::get(&part, &JsValue::from_str("done"))?.is_truthy() {
            return Ok(body);
        }
        let bytes = Reflect::get(&part, &JsValue::from_str("value"))?;
        body.extend(Uint8Array::new(&bytes).to_vec());
        if body.len() > LONGEST {
            JsFuture::from(reader.cancel()).await?;
            return Err(JsValue::from_str("the response is too long"));
        }
    }
}
