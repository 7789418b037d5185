//! Dispatch of a request to its endpoint in the list. An unknown path is a JSON 404.

use http::{Method, StatusCode};

use super::{compat::LegacyRequest, cors, list::Matched};
use crate::origin::{
    Origin,
    http::{Request, Response, RestError, journal::Subject, request::MAXIMUM_BODY, response},
};

impl Origin {
    /// Answers `request`. Every failure is an answer; nothing here panics.
    pub async fn handle(&self, mut request: Request) -> Response {
        // HEAD is GET without the content (RFC 9110 §9.3.2).
        let is_head = request.method == Method::HEAD;
        if is_head {
            request.method = Method::GET;
        }
        let realm = self.config.issuer_for(&request.base).to_owned();
        let request_id = request.request_id.clone();
        let subject = Subject::from(&request);
        let permission = cors::permission(self, &request).await;
        let mut answer = if cors::is_preflight(&request) {
            cors::preflight(&request, &permission)
        } else {
            cors::allow(self.route(request).await, &permission)
        };
        response::name_realm(&mut answer, &realm);
        self.record(subject, &answer);
        if is_head {
            answer.body_mut().clear();
        }
        response::with_header(answer, http::HeaderName::from_static("x-request-id"), &request_id)
    }

    async fn route(&self, request: Request) -> Response {
        if request.body.len() > MAXIMUM_BODY {
            return RestError::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")
                .into_response();
        }
        let LegacyRequest { request, style } = LegacyRequest::read(request);
        let answer = match request {
            Ok(request) => self.dispatch(&request).await,
            Err(refused) => refused.into_response(),
        };
        LegacyRequest::response(style, answer)
    }

    async fn dispatch(&self, request: &Request) -> Response {
        let Some(segments) = request.segments() else {
            return RestError::new(StatusCode::BAD_REQUEST, "the path is malformed")
                .into_response();
        };
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        if let Some(matched) = Matched::find(&path) {
            return match matched.endpoint(&request.method) {
                Some(entry) => (entry.handler)(self, request, matched.segments).await,
                None => matched.refuse(RestError::method(matched.allow())),
            };
        }
        RestError::not_found().into_response()
    }
}
