//! Dispatches a request to its endpoint. All that differs between endpoints is in their
//! declarations; an unknown path is a JSON 404.

use http::{Method, StatusCode};

use super::{
    compat::{Alias, LegacyRequest},
    cors,
    endpoint::Declaration,
    list::{self, Matched},
};
use crate::{
    core::cors::CorsClass,
    origin::{
        Origin,
        http::{
            Request, Response, RestError, journal::RequestLine, request::MAXIMUM_BODY, response,
        },
    },
};

impl Origin {
    /// The response to `request`. Every failure is a response; nothing here panics.
    pub async fn handle(&self, mut request: Request) -> Response {
        // HEAD is GET without the content (RFC 9110 §9.3.2).
        let is_head = request.method == Method::HEAD;
        if is_head {
            request.method = Method::GET;
        }
        let realm = self.config.issuer_for(&request.base).to_owned();
        let request_id = request.request_id.clone();
        let subject = RequestLine::from(&request);
        let declared = declaration(&request);
        let class = declared.map_or(CorsClass::None, |declared| declared.cors);
        let permission = cors::permission(self, &request, class).await;
        let mut response = if cors::is_preflight(&request) {
            cors::preflight(&request, &permission)
        } else {
            let limit = declared.map_or(MAXIMUM_BODY, |declared| declared.body_limit);
            cors::allow(self.route(request, limit).await, &permission)
        };
        response::name_realm(&mut response, &realm);
        self.record(subject, &response);
        if is_head {
            response.body_mut().clear();
        }
        response::with_header(response, http::HeaderName::from_static("x-request-id"), &request_id)
    }

    async fn route(&self, request: Request, body_limit: usize) -> Response {
        if request.body.len() > body_limit {
            return RestError::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")
                .into_response();
        }
        let LegacyRequest { request, style } = LegacyRequest::read(request);
        let response = match request {
            Ok(request) => self.dispatch(&request).await,
            Err(refused) => refused.into_response(),
        };
        LegacyRequest::response(style, response)
    }

    async fn dispatch(&self, request: &Request) -> Response {
        let Some(segments) = request.segments() else {
            return RestError::new(StatusCode::BAD_REQUEST, "the path is malformed")
                .into_response();
        };
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let Some(matched) = Matched::find(&path) else {
            return RestError::not_found().into_response();
        };
        match matched.endpoint(&request.method) {
            Some(entry) => {
                let origin = self.during(request.occasion(entry.declaration.operation));
                (entry.handler)(&origin, request, matched.segments).await
            }
            None => matched.refuse(RestError::method(matched.allow())),
        }
    }
}

/// The declaration for the path of `request`, whatever its method and spelling.
fn declaration(request: &Request) -> Option<&'static Declaration> {
    if let Some(alias) = Alias::find(&request.path) {
        return list::operation(alias.operation);
    }
    let segments = request.segments()?;
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    Matched::find(&path)?.declaration()
}
