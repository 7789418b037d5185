//! Requests over a service binding.

use async_trait::async_trait;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Request, RequestInit, Response};
use worker::worker_sys::Fetcher;

use super::message;
use crate::world::{Http, HttpError};

/// A service binding: another worker of ours.
#[derive(Debug, Clone)]
pub struct Service(pub Fetcher);

#[async_trait(?Send)]
impl Http for Service {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, HttpError> {
        let request = outgoing(request).map_err(|error| failure(&error))?;
        let answer = self.0.fetch(&request).map_err(|error| failure(&error))?;
        let answer = JsFuture::from(answer).await.map_err(|error| failure(&error))?;
        incoming(&answer.unchecked_into()).await
    }
}

fn outgoing(request: http::Request<Vec<u8>>) -> Result<Request, JsValue> {
    let (parts, body) = request.into_parts();
    let headers = Headers::new()?;
    for (name, value) in &parts.headers {
        headers.append(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))?;
    }
    let init = RequestInit::new();
    init.set_method(parts.method.as_str());
    init.set_headers_headers(&headers);
    if !body.is_empty() {
        init.set_body(&Uint8Array::from(body.as_slice()));
    }
    Request::new_with_str_and_init(&parts.uri.to_string(), &init)
}

async fn incoming(answer: &Response) -> Result<http::Response<Vec<u8>>, HttpError> {
    let body = answer.array_buffer().map_err(|error| failure(&error))?;
    let body = JsFuture::from(body).await.map_err(|error| failure(&error))?;
    let mut response = http::Response::builder().status(answer.status());
    for entry in Array::from(&answer.headers()).iter() {
        let pair = Array::from(&entry);
        if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
            response = response.header(name, value);
        }
    }
    response.body(Uint8Array::new(&body).to_vec()).map_err(|error| HttpError(error.to_string()))
}

fn failure(error: &JsValue) -> HttpError {
    HttpError(message(error))
}
