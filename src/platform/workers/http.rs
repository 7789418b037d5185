//! Requests over a service binding.

use async_trait::async_trait;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};

use super::message;
use crate::ports::{Http, HttpError, HttpRequest, HttpResponse};

#[wasm_bindgen]
extern "C" {
    /// A service binding, as JavaScript has it.
    #[derive(Debug, Clone)]
    pub type Fetcher;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Fetcher, url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

/// A service binding: another worker of ours.
#[derive(Debug, Clone)]
pub struct Service(pub Fetcher);

#[async_trait(?Send)]
impl Http for Service {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        exchange(&self.0, request).await.map_err(|error| HttpError(message(&error)))
    }
}

async fn exchange(service: &Fetcher, request: HttpRequest) -> Result<HttpResponse, JsValue> {
    let init = init(&request)?;
    let answer = JsFuture::from(service.fetch(&request.url, &init)?).await?;
    let answer: Response = answer.unchecked_into();
    let body = JsFuture::from(answer.array_buffer()?).await?;
    Ok(HttpResponse {
        status: answer.status(),
        content_type: String::new(),
        body: Uint8Array::new(&body).to_vec(),
    })
}

pub(super) fn init(request: &HttpRequest) -> Result<RequestInit, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &request.headers {
        headers.append(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(request.method);
    init.set_headers_headers(&headers);
    if !request.body.is_empty() {
        init.set_body(&Uint8Array::from(request.body.as_slice()));
    }
    Ok(init)
}
