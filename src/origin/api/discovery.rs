//! Endpoints that the edge serves from its snapshot, declared here for completeness. The origin
//! does not serve them.

use crate::{
    core::cors::CorsClass,
    origin::{
        Origin,
        api::endpoint::{Call, Documented, Endpoint, Who, Worker, endpoint},
        http::RestError,
    },
};

endpoint! {
    /// Returns the discovery document (OpenID Connect Discovery 1.0 §4).
    pub OpenidConfiguration = GET "/v1/iam/.well-known/openid-configuration"
    as "getOpenidConfiguration",
    who: Who::Public, cors: CorsClass::Public, worker: Worker::Edge;
    reply: Documented<serde_json::Value>,
    error: RestError;
    at_the_edge
}

endpoint! {
    /// Returns the authorization server's metadata (RFC 8414 §3): the discovery document.
    pub AuthorizationServer = GET "/v1/iam/.well-known/oauth-authorization-server"
    as "getAuthorizationServerMetadata",
    who: Who::Public, cors: CorsClass::Public, worker: Worker::Edge;
    reply: Documented<serde_json::Value>,
    error: RestError;
    at_the_edge
}

endpoint! {
    /// Returns the public signing keys (RFC 7517 §5).
    pub Jwks = GET "/v1/iam/.well-known/jwks" as "getJwks",
    who: Who::Public, cors: CorsClass::Public, worker: Worker::Edge;
    reply: Documented<serde_json::Value>,
    error: RestError;
    at_the_edge
}

async fn at_the_edge<E: Endpoint>(
    _: &Origin,
    _: Call<'_, E>,
) -> Result<Documented<serde_json::Value>, RestError> {
    Err(RestError::not_found())
}
