//! The rows that are for everyone, and those behind the hop.

use serde_json::json;

use super::endpoints::{
    Body::{Form, Json, Nothing},
    Row, row,
};
use crate::browser::query;

/// The pages of the account, which are for a session: any credential besides leads to the sign-in.
pub fn account_pages() -> Vec<Row> {
    let pages = [
        "GET /account",
        "GET /account/data",
        "GET /account/profile",
        "GET /account/password",
        "GET /account/passkeys",
        "GET /account/factors",
        "GET /account/identities",
        "GET /account/sessions",
        "GET /account/applications",
        "GET /account/activity",
        "GET /account/keys",
        "GET /account/delete",
        "GET /account/confirm",
        "POST /account/profile",
        "POST /account/password",
        "POST /account/passkeys",
        "POST /account/factors",
        "POST /account/identities",
        "POST /account/sessions",
        "POST /account/applications",
        "POST /account/keys",
        "POST /account/delete",
        "POST /account/confirm",
    ];
    let of = |endpoint: &'static str| {
        let (method, path) = endpoint.split_once(' ').unwrap();
        let (about, body) =
            if method == "GET" { ("", Nothing) } else { ("forged", Form(Vec::new())) };
        row(endpoint, about, path, body).documented(">")
    };
    pages.into_iter().map(of).collect()
}

/// SAML: messages of partners, which prove themselves. Any credential besides says nothing.
pub fn saml() -> Vec<Row> {
    let rows = [
        ("GET /v1/iam/saml/idp/{}/{}/metadata", "/v1/iam/saml/idp/acme/acme-app/metadata"),
        ("GET /api/saml/metadata", "/api/saml/metadata?application=acme/acme-app"),
        ("GET /v1/iam/saml/idp/{}/{}/sso", "/v1/iam/saml/idp/acme/acme-app/sso"),
        ("POST /v1/iam/saml/idp/{}/{}/sso", "/v1/iam/saml/idp/acme/acme-app/sso"),
        ("GET /api/saml/redirect/{}/{}", "/api/saml/redirect/acme/acme-app"),
        ("GET /v1/iam/saml/idp/{}/{}/continue", "/v1/iam/saml/idp/acme/acme-app/continue?state=x"),
        ("GET /v1/iam/saml/idp/{}/{}/slo", "/v1/iam/saml/idp/acme/acme-app/slo"),
        ("POST /v1/iam/saml/idp/{}/{}/slo", "/v1/iam/saml/idp/acme/acme-app/slo"),
        ("GET /v1/iam/saml/sp/{}/{}/metadata", "/v1/iam/saml/sp/acme/none/metadata"),
        ("POST /v1/iam/saml/sp/{}/{}/acs", "/v1/iam/saml/sp/acme/none/acs"),
        ("POST /api/acs", "/api/acs"),
        ("GET /v1/iam/saml/sp/{}/{}/slo", "/v1/iam/saml/sp/acme/none/slo"),
        ("POST /v1/iam/saml/sp/{}/{}/slo", "/v1/iam/saml/sp/acme/none/slo"),
        ("GET /v1/iam/saml/sp/{}/{}/confirm", "/v1/iam/saml/sp/acme/none/confirm"),
        ("POST /v1/iam/saml/sp/{}/{}/confirm", "/v1/iam/saml/sp/acme/none/confirm"),
    ];
    let of = |(endpoint, path): (&'static str, &str)| {
        let body = if endpoint.starts_with("GET") { Nothing } else { Form(Vec::new()) };
        row(endpoint, "unknown", path, body).documented("0>")
    };
    rows.into_iter().map(of).collect()
}

/// Pages and what they ask before anyone has signed in: public, or for the browser's session only.
pub fn pages() -> Vec<Row> {
    let authorize = format!("/v1/iam/oauth/authorize?{}", query(&[]));
    let page = format!("/login/oauth/authorize?{}", query(&[]));
    let login =
        json!({"type": "login", "application": "hanzo-app", "username": "bob", "password": "x"});
    let assertion = json!({
        "rawId": "AQ", "type": "public-key",
        "response": {"clientDataJSON": "AQ", "authenticatorData": "AQ", "signature": "AQ"},
    });
    vec![
        row("GET /v1/iam/oauth/authorize", "", &authorize, Nothing).documented(">"),
        row("POST /v1/iam/oauth/authorize", "", &authorize, Form(vec![])).documented(">"),
        row("GET /login/oauth/authorize", "", &page, Nothing),
        row(
            "POST /login/oauth/authorize",
            "forged",
            &page,
            Form(vec![("username", "bob".to_owned())]),
        ),
        row(
            "GET /v1/iam/spnego",
            "",
            &page.replace("/login/oauth/authorize", "/v1/iam/spnego"),
            Nothing,
        ),
        row("GET /login/oauth/device", "", "/login/oauth/device", Nothing).documented(">"),
        row("GET /login/oauth/device/{}", "unknown", "/login/oauth/device/BBBB-BBBB", Nothing)
            .documented(">"),
        row("POST /login/oauth/device/{}", "forged", "/login/oauth/device/BBBB-BBBB", Form(vec![]))
            .documented(">"),
        row("GET /login", "", "/login", Nothing).documented(">"),
        row("POST /login", "forged", "/login", Form(vec![])).documented(">"),
        row("GET /v1/iam/openapi.json", "", "/v1/iam/openapi.json", Nothing),
        row("GET /v1/iam/docs", "", "/v1/iam/docs", Nothing),
        row("GET /v1/iam/oauth/logout", "", "/v1/iam/oauth/logout", Nothing).documented(">"),
        row("POST /v1/iam/oauth/logout", "", "/v1/iam/oauth/logout", Form(vec![])).documented(">"),
        row(
            "POST /v1/iam/oauth/device/info",
            "unknown",
            "/v1/iam/oauth/device/info",
            Json(json!({"userCode": "BBBB-BBBB"})),
        )
        .documented("e0"),
        row("GET /login/code/{}", "", "/login/code/123456?client_id=hanzo-app", Nothing),
        row(
            "POST /v1/iam/signup",
            "closed",
            "/v1/iam/signup",
            Json(json!({"application": "hanzo-app", "email": "z@new.example", "password": "x"})),
        )
        .documented("e0"),
        row(
            "POST /v1/iam/verification-codes",
            "no service",
            "/v1/iam/verification-codes",
            Json(json!({"applicationId": "hanzo-app", "dest": "bob@hanzo.example"})),
        )
        .documented("e0"),
        row("POST /v1/iam/login", "wrong password", "/v1/iam/login", Json(login)).documented("e"),
        row(
            "GET /v1/iam/web3/nonce",
            "",
            "/v1/iam/web3/nonce?address=0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            Nothing,
        ),
        row(
            "POST /v1/iam/web3/verify",
            "not signed",
            "/v1/iam/web3/verify?clientId=hanzo-app",
            Json(json!({"address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"})),
        )
        .documented("e"),
        row(
            "GET /v1/iam/auth/application",
            "hanzo-app",
            "/v1/iam/auth/application?clientId=hanzo-app",
            Nothing,
        ),
        row("GET /v1/iam/auth/methods", "", "/v1/iam/auth/methods", Nothing),
        row("GET /v1/iam/webauthn/signin/begin", "", "/v1/iam/webauthn/signin/begin", Nothing),
        row(
            "POST /v1/iam/webauthn/signin/finish",
            "not begun",
            "/v1/iam/webauthn/signin/finish?type=login&clientId=hanzo-app",
            Json(assertion),
        )
        .documented("e"),
        row("GET /.well-known/webauthn", "", "/.well-known/webauthn", Nothing),
        row(
            "POST /v1/iam/auth/identifier",
            "",
            "/v1/iam/auth/identifier",
            Json(json!({"clientId": "hanzo-app", "identifier": "bob"})),
        ),
    ]
}

/// Behind the hop: a request without one gets 403 with any credential.
pub fn internal() -> Vec<Row> {
    vec![
        row("GET /internal/edge", "", "/internal/edge", Nothing),
        row("GET /internal/revocations", "", "/internal/revocations?epoch=1&after=0", Nothing),
        row("GET /internal/keys/{}", "", "/internal/keys/x", Nothing),
        row("GET /internal/policies/{}", "", "/internal/policies/hanzo", Nothing),
        row("POST /internal/decisions", "", "/internal/decisions", Json(json!({}))),
        row("POST /internal/usage", "", "/internal/usage", Json(json!({}))),
        row("POST /internal/exposures", "", "/internal/exposures", Json(json!({"digest": "x"}))),
        row("POST /internal/bootstrap", "", "/internal/bootstrap", Json(json!({}))),
    ]
}
