//! Discovery (OpenID Connect Discovery 1.0 §4, RFC 8414 §3) and JWKS (RFC 7517 §5), from memory.

use super::{Answer, Edge, Error};
use crate::core::{
    encoding::{hex, sha256},
    request_head::RequestHead,
    request_id::RequestId,
};

/// The discovery document; `{I}` is the issuer. It names only what works.
const DISCOVERY: &str = concat!(
    r#"{"issuer":"{I}","#,
    r#""authorization_endpoint":"{I}/v1/iam/oauth/authorize","#,
    r#""token_endpoint":"{I}/v1/iam/oauth/token","#,
    r#""userinfo_endpoint":"{I}/v1/iam/oauth/userinfo","#,
    r#""jwks_uri":"{I}/v1/iam/.well-known/jwks","#,
    r#""introspection_endpoint":"{I}/v1/iam/oauth/introspect","#,
    r#""revocation_endpoint":"{I}/v1/iam/oauth/revoke","#,
    r#""end_session_endpoint":"{I}/v1/iam/oauth/logout","#,
    r#""device_authorization_endpoint":"{I}/v1/iam/oauth/device","#,
    r#""response_types_supported":["code"],"#,
    r#""response_modes_supported":["query","fragment","form_post"],"#,
    r#""grant_types_supported":["authorization_code","refresh_token","client_credentials","#,
    r#""password","urn:ietf:params:oauth:grant-type:token-exchange","#,
    r#""urn:ietf:params:oauth:grant-type:device_code"],"#,
    r#""prompt_values_supported":["none","login","select_account"],"#,
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
    r#""email","email_verified","picture","groups","auth_time","amr","at_hash","sid","#,
    r#""given_name","family_name","website","gender","birthdate","locale","zoneinfo","updated_at","#,
    r#""address","phone_number","phone_number_verified"]}"#,
);

/// How long clients may keep a document.
const CACHING: &str = "public, max-age=60";

impl Edge {
    /// The discovery document of the host that the client used.
    pub(super) fn discovery(&self, head: &RequestHead<'_>, request_id: RequestId) -> Answer {
        let document = DISCOVERY.replace("{I}", self.config.issuer_for(head.host()));
        let digest = hex(&sha256(document.as_bytes()));
        let etag = ["\"", digest.get(..32).unwrap_or_default(), "\""].concat();
        document_answer(head, document, &etag, request_id)
    }

    /// The public signing keys; `None` while none are known.
    pub(super) fn jwks(&self, head: &RequestHead<'_>, request_id: RequestId) -> Option<Answer> {
        let published = self.published()?;
        Some(document_answer(head, published.jwks.clone(), &published.etag, request_id))
    }
}

/// A public document, conditionally (RFC 9110 §13.1.2). Any page may read it.
fn document_answer(
    head: &RequestHead<'_>,
    document: String,
    etag: &str,
    request_id: RequestId,
) -> Answer {
    let answer = match head.method {
        "GET" | "HEAD" => {
            let unchanged = head.header("if-none-match").is_some_and(|known| names(known, etag));
            if unchanged {
                Answer { status: 304, headers: Vec::new(), body: String::new(), request_id }
            } else {
                let body = if head.method == "HEAD" { String::new() } else { document };
                Answer::json(200, body, request_id)
            }
        }
        "OPTIONS" => Answer { status: 204, headers: Vec::new(), body: String::new(), request_id }
            .with("access-control-allow-methods", "GET, HEAD".to_owned())
            .with("access-control-allow-headers", "*, authorization".to_owned()),
        _ => return Error::Method("GET, HEAD, OPTIONS").answer("", request_id),
    };
    answer
        .with("etag", etag.to_owned())
        .with("cache-control", CACHING.to_owned())
        .with("access-control-allow-origin", "*".to_owned())
}

/// Whether `If-None-Match` names `etag`; the weak comparison (RFC 9110 §8.8.3.2).
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
