//! Public documents: discovery (OpenID Connect Discovery 1.0 §4, RFC 8414 §3) and JWKS
//! (RFC 7517 §5).

use super::{Error, Response};
use crate::core::{
    encoding::{hex, sha256},
    request_head::RequestHead,
    request_id::RequestId,
};

/// The discovery document, `{I}` standing for the issuer. It lists only what is implemented.
const DISCOVERY: &str = concat!(
    r#"{"issuer":"{I}","#,
    r#""authorization_endpoint":"{I}/v1/iam/oauth/authorize","#,
    r#""token_endpoint":"{I}/v1/iam/oauth/token","#,
    r#""userinfo_endpoint":"{I}/v1/iam/oauth/userinfo","#,
    r#""jwks_uri":"{I}/v1/iam/.well-known/jwks","#,
    r#""introspection_endpoint":"{I}/v1/iam/oauth/introspect","#,
    r#""revocation_endpoint":"{I}/v1/iam/oauth/revoke","#,
    r#""end_session_endpoint":"{I}/v1/iam/oauth/logout","#,
    r#""backchannel_logout_supported":true,"backchannel_logout_session_supported":true,"#,
    r#""frontchannel_logout_supported":true,"frontchannel_logout_session_supported":true,"#,
    r#""device_authorization_endpoint":"{I}/v1/iam/oauth/device","#,
    r#""response_types_supported":["code"],"#,
    r#""response_modes_supported":["query","fragment","form_post"],"#,
    r#""grant_types_supported":["authorization_code","refresh_token","client_credentials","#,
    r#""password","urn:ietf:params:oauth:grant-type:token-exchange","#,
    r#""urn:ietf:params:oauth:grant-type:device_code"],"#,
    r#""prompt_values_supported":["none","login","consent","select_account"],"#,
    r#""acr_values_supported":["aal1","aal2","phr","phrh"],"#,
    r#""ui_locales_supported":["en","de","fr","es","pt","ja","zh","ar"],"#,
    r#""subject_types_supported":["public"],"#,
    r#""id_token_signing_alg_values_supported":["RS256","ES256"],"#,
    r#""scopes_supported":["openid","email","profile","address","phone","offline_access"],"#,
    r#""token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post","none"],"#,
    r#""introspection_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"],"#,
    r#""revocation_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post","none"],"#,
    r#""code_challenge_methods_supported":["S256"],"#,
    r#""authorization_response_iss_parameter_supported":true,"#,
    r#""request_parameter_supported":false,"request_uri_parameter_supported":false,"#,
    r#""claims_supported":["iss","sub","aud","iat","exp","nbf","jti","nonce","azp","act","owner","#,
    r#""organization","orgs","scope","tokenType","name","preferred_username","displayName","#,
    r#""email","email_verified","picture","groups","auth_time","amr","acr","at_hash","sid","#,
    r#""given_name","family_name","website","gender","birthdate","locale","zoneinfo","updated_at","#,
    r#""address","phone_number","phone_number_verified"]}"#,
);

/// How long clients may cache a document.
const CACHING: &str = "public, max-age=60";

/// The discovery document of `issuer`.
pub(in crate::edge) fn discovery(
    head: &RequestHead<'_>,
    issuer: &str,
    request_id: RequestId,
) -> Response {
    let body = DISCOVERY.replace("{I}", issuer);
    let digest = hex(&sha256(body.as_bytes()));
    let etag = ["\"", digest.get(..32).unwrap_or_default(), "\""].concat();
    document(head, body, &etag, request_id)
}

/// A public document, or 304 if the client has it (RFC 9110 §13.1.2). Any page may read it.
pub(in crate::edge) fn document(
    head: &RequestHead<'_>,
    body: String,
    etag: &str,
    request_id: RequestId,
) -> Response {
    let is_known = || head.header("if-none-match").is_some_and(|known| names(known, etag));
    let response = match head.method {
        "GET" | "HEAD" if is_known() => Response::empty(304, request_id),
        "GET" => Response::json(200, body, request_id),
        "HEAD" => Response::json(200, "", request_id),
        "OPTIONS" => Response::empty(204, request_id)
            .with("access-control-allow-methods", "GET, HEAD".to_owned())
            .with("access-control-allow-headers", "*, authorization".to_owned()),
        _ => return Error::Method("GET, HEAD, OPTIONS").response("", request_id),
    };
    response
        .with("etag", etag.to_owned())
        .with("cache-control", CACHING.to_owned())
        .with("access-control-allow-origin", "*".to_owned())
}

/// Whether `If-None-Match` contains `etag`, by weak comparison (RFC 9110 §8.8.3.2).
fn names(known: &str, etag: &str) -> bool {
    known.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_discovery_document_is_json() {
        let document: serde_json::Value =
            serde_json::from_str(&DISCOVERY.replace("{I}", "https://hanzo.id")).unwrap();
        assert_eq!(document["jwks_uri"], "https://hanzo.id/v1/iam/.well-known/jwks");
    }

    #[test]
    fn an_etag_is_found_in_lists_weak_or_by_star() {
        for known in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "*", "\"b\",W/\"a\""] {
            assert!(names(known, "\"a\""), "{known}");
        }
        for known in ["", "\"b\"", "a", "\"a", "\"aa\""] {
            assert!(!names(known, "\"a\""), "{known}");
        }
    }
}
