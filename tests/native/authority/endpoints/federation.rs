//! The rows of sign-in by identity providers, besides the records of the providers.

use serde_json::json;

use super::{
    Body::{Form, Json, Nothing},
    Row, row,
};
use crate::oauth::sql;

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for owner in ["hanzo", "admin"] {
        let about = if owner == "hanzo" { "of hanzo" } else { "of admin" };
        let of = |name: &str, what: &str| format!("/v1/iam/providers/{owner}/{name}/{what}");
        let sample = Json(json!({"attributes": {"sub": "7"}}));
        for (endpoint, what, body) in [
            ("GET /v1/iam/providers/{}/{}/attempts", "attempts", Nothing),
            ("POST /v1/iam/providers/{}/{}/check", "check", Nothing),
            ("POST /v1/iam/providers/{}/{}/mapping", "mapping", sample),
        ] {
            rows.push(row(endpoint, about, &of("made", what), body).missing(&of("none", what)));
        }
        let keys = format!("/v1/iam/saml-keys?owner={owner}");
        let announcement = Json(json!({"owner": owner}));
        rows.push(row("GET /v1/iam/saml-keys", about, &keys, Nothing));
        rows.push(row("POST /v1/iam/saml-keys", about, "/v1/iam/saml-keys", announcement));
        let of = |kid: &str| format!("/v1/iam/saml-keys/{owner}/{kid}");
        let (key, none) = (of("made"), of("none"));
        rows.push(row("DELETE /v1/iam/saml-keys/{}/{}", about, &key, Nothing).missing(&none));
        let domains = format!("/v1/iam/domains?owner={owner}");
        let claim = Json(json!({"owner": owner, "domain": "new.example"}));
        rows.push(row("GET /v1/iam/domains", about, &domains, Nothing));
        rows.push(row("POST /v1/iam/domains", about, "/v1/iam/domains", claim));
        let domain = format!("/v1/iam/domains/{owner}/made.example");
        let none = format!("/v1/iam/domains/{owner}/none.example");
        let verify = format!("{domain}/verify");
        let endpoint = "POST /v1/iam/domains/{}/{}/verify";
        // The DNS does not answer.
        rows.push(row(endpoint, about, &verify, Nothing).documented("?"));
        rows.push(row("DELETE /v1/iam/domains/{}/{}", about, &domain, Nothing).missing(&none));
    }
    let callback = "/v1/iam/oauth/callback?state=unknown";
    rows.push(row("GET /v1/iam/oauth/callback", "unknown", callback, Nothing));
    rows.push(row("POST /v1/iam/oauth/callback", "unknown", callback, Nothing).documented(">"));
    let own = "/v1/iam/oauth/callback/acme/none?state=unknown";
    rows.push(row("GET /v1/iam/oauth/callback/{}/{}", "unknown", own, Nothing));
    rows.push(row("POST /v1/iam/oauth/callback/{}/{}", "unknown", own, Nothing).documented(">"));
    let logout = "/v1/iam/oauth/backchannel-logout/acme/none";
    let token = Form(vec![("logout_token", "x".to_owned())]);
    rows.push(row("POST /v1/iam/oauth/backchannel-logout/{}/{}", "unknown", logout, token));
    rows
}

/// Claims a domain for hanzo and one for the platform's organization, and announces a SAML key of each.
pub fn prepare(world: &crate::world::World) {
    for owner in ["hanzo", "admin"] {
        let body = json!({"owner": owner, "domain": "made.example"});
        world.post("/v1/iam/domains").of("root").json(&body).send().ok();
        world.post("/v1/iam/saml-keys").of("root").json(&json!({"owner": owner})).send().ok();
        let of = format!("WHERE owner = '{owner}'");
        let latest = format!("(SELECT max(signs_from) FROM saml_keys {of})");
        sql(world, &format!("DELETE FROM saml_keys {of} AND signs_from = {latest}"));
        sql(world, &format!("UPDATE saml_keys SET kid = 'made' {of}"));
    }
}
