//! Dispatches requests to endpoints, driven by their declarations; an unknown path is a JSON 404.

use http::{Method, StatusCode};

use super::{
    compat::{Alias, LegacyRequest},
    cors,
    endpoint::{Declaration, ErrorReply},
    list::{self, Matched},
    locate,
    scim::{self, ScimError},
    signin::respond,
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
        // Pages may read the 404, for the benefit of developers.
        let class = declared.map_or(CorsClass::Applications, |declared| declared.cors);
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
            let error = RestError::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
            return refusal(&request.path, error);
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
            let error = RestError::new(StatusCode::BAD_REQUEST, "the path is malformed");
            return refusal(&request.path, error);
        };
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let Some(matched) = Matched::find(&path) else {
            return refusal(&request.path, RestError::not_found());
        };
        match matched.endpoint(&request.method) {
            Some(entry) => {
                let origin = self.during(request.occasion(entry.declaration.operation));
                let declaration = &entry.declaration;
                let located = locate::located(&origin, request, declaration, &matched.segments);
                let origin = match located.await {
                    Ok(origin) => origin,
                    Err(error) => return (entry.refuse)(RestError::internal(error)),
                };
                let response = entry.serve(&origin, request, &matched.segments).await;
                if origin.place.is_astray.get() {
                    let why = "the request names another organization than the one that it changes";
                    return (entry.refuse)(RestError::new(StatusCode::BAD_REQUEST, why));
                }
                if origin.place.is_moving.get() {
                    origin.databases.forget();
                    let refused = RestError::new(
                        StatusCode::SERVICE_UNAVAILABLE,
                        "the organization is being moved to another database: try again",
                    );
                    return response::with_header(
                        refused.into_response(),
                        http::header::RETRY_AFTER,
                        "5",
                    );
                }
                respond::for_people(&origin, request, response)
            }
            None => matched.refuse(RestError::method(matched.allow())),
        }
    }
}

/// A refusal outside of endpoints, in the path's error format.
fn refusal(path: &str, error: RestError) -> Response {
    if path.starts_with(scim::PATH) {
        return ScimError::from(error).into_response();
    }
    error.into_response()
}

/// The declaration for the path of `request`, for any method or legacy path.
fn declaration(request: &Request) -> Option<&'static Declaration> {
    if let Some(alias) = Alias::find(&request.path) {
        return list::operation(alias.operation);
    }
    let segments = request.segments()?;
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    Matched::find(&path)?.declaration()
}
