//! Requests to services of others, over the public Internet.

use async_trait::async_trait;
use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, RequestInit, RequestRedirect, Response};

use super::{http::init, message};
use crate::ports::{Http, HttpError, HttpRequest, HttpResponse};

/// How long a service has to respond, in milliseconds.
const DEADLINE: u32 = 10_000;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

/// `fetch`, without redirects: a receiver must not choose another one. Of the response only the status
/// is read: its body may be of any length.
#[derive(Debug, Clone, Copy)]
pub struct Internet;

#[async_trait(?Send)]
impl Http for Internet {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        exchange(request).await.map_err(|error| HttpError(message(&error)))
    }
}

async fn exchange(request: HttpRequest) -> Result<HttpResponse, JsValue> {
    let init = init(&request)?;
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(DEADLINE)));
    let response: Response = JsFuture::from(fetch(&request.url, &init)?).await?.unchecked_into();
    if let Some(body) = response.body() {
        JsFuture::from(body.cancel()).await?;
    }
    Ok(HttpResponse { status: response.status(), body: Vec::new() })
}
