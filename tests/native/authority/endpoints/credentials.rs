//! Rows of sessions, tokens and the account's own keys.

use serde_json::json;

use super::{
    Body::{Json, Nothing},
    Row, row,
};
use crate::{oauth::sql, world::World};

/// The rows of this family.
pub fn rows(world: &World) -> Vec<Row> {
    let mut rows = sessions();
    rows.extend(tokens(world));
    rows.extend(account(world));
    rows.extend(service_accounts());
    rows.extend(acting());
    rows.extend(secrets());
    rows
}

fn secrets() -> Vec<Row> {
    const LIST: &str = "GET /v1/iam/applications/{}/{}/secrets";
    const CREATE: &str = "POST /v1/iam/applications/{}/{}/secrets";
    let (desk, gone) =
        ("/v1/iam/applications/hanzo/hanzo-desk", "/v1/iam/applications/hanzo/nothing");
    let (cloud, none) =
        ("/v1/iam/applications/admin/hanzo-cloud", "/v1/iam/applications/admin/nothing");
    let secrets = |application: &str| format!("{application}/secrets");
    vec![
        row(LIST, "hanzo/hanzo-desk", &secrets(desk), Nothing).missing(&secrets(gone)),
        row(LIST, "admin/hanzo-cloud", &secrets(cloud), Nothing).missing(&secrets(none)),
        row(CREATE, "hanzo/hanzo-desk", &secrets(desk), Nothing).missing(&secrets(gone)),
        row(CREATE, "admin/hanzo-cloud", &secrets(cloud), Nothing).missing(&secrets(none)),
        row(
            "DELETE /v1/iam/applications/{}/{}/secrets/{}",
            "hanzo/hanzo-desk, none",
            &format!("{desk}/secrets/nothing"),
            Nothing,
        ),
        row(
            "POST /v1/iam/admin/applications/upsert",
            "",
            "/v1/iam/admin/applications/upsert",
            Json(json!({"name": "hanzo-made", "organization": "hanzo"})),
        )
        .documented("e"),
    ]
}

fn acting() -> Vec<Row> {
    const ISSUE: &str = "POST /v1/iam/tokens/issue";
    const IMPERSONATE: &str = "POST /v1/iam/impersonate";
    let (mia, gone) = ("/v1/iam/tokens/issue?id=hanzo/mia", "/v1/iam/tokens/issue?id=hanzo/nobody");
    let (root, no_root) =
        ("/v1/iam/tokens/issue?id=admin/root", "/v1/iam/tokens/issue?id=admin/nobody");
    let of =
        |target: &str| json!({"target": target, "reason": "a reason", "clientId": "hanzo-app"});
    vec![
        // A user who does not exist, or is of the platform, is an error in the envelope.
        row(ISSUE, "for hanzo/mia", mia, Nothing).missing(gone).documented("e"),
        row(ISSUE, "for admin/root", root, Nothing).missing(no_root).documented("e"),
        // `0`: oneself.
        row(IMPERSONATE, "hanzo/mia", "/v1/iam/impersonate", Json(of("hanzo/mia")))
            .missing_body("/v1/iam/users/hanzo/mia", of("hanzo/nobody")),
        row(IMPERSONATE, "admin/root", "/v1/iam/impersonate", Json(of("admin/root")))
            .missing_body("/v1/iam/users/admin/root", of("admin/nobody"))
            .documented("0"),
        row(
            "POST /v1/iam/assume",
            "hanzo",
            "/v1/iam/assume",
            Json(json!({"org": "hanzo", "clientId": "hanzo-app"})),
        ),
        row("POST /v1/iam/release", "one's own", "/v1/iam/release", Nothing),
        row(
            "POST /v1/iam/switch",
            "to hanzo",
            "/v1/iam/switch",
            Json(json!({"org": "hanzo", "clientId": "hanzo-app"})),
        ),
        row(
            "POST /v1/iam/switch",
            "to admin",
            "/v1/iam/switch",
            Json(json!({"org": "admin", "clientId": "hanzo-app"})),
        ),
    ]
}

fn service_accounts() -> Vec<Row> {
    const LIST: &str = "GET /v1/iam/service-accounts";
    const CREATE: &str = "POST /v1/iam/service-accounts";
    let made = |owner: &str| Json(json!({"organization": owner, "name": "made", "user": "alice"}));
    let (agent, gone) = ("/v1/iam/service-accounts/hanzo-agent", "/v1/iam/service-accounts/gone");
    vec![
        row(LIST, "", "/v1/iam/service-accounts", Nothing),
        row(LIST, "of hanzo", "/v1/iam/service-accounts?organization=hanzo", Nothing),
        row(LIST, "of admin", "/v1/iam/service-accounts?organization=admin", Nothing)
            .missing("/v1/iam/service-accounts?organization=nowhere"),
        row(CREATE, "in hanzo for alice", "/v1/iam/service-accounts", made("hanzo")),
        row(
            "POST /v1/iam/service-accounts/{}/keys",
            "hanzo-agent",
            &format!("{agent}/keys"),
            Nothing,
        )
        .missing(&format!("{gone}/keys")),
        row("DELETE /v1/iam/service-accounts/{}", "hanzo-agent", agent, Nothing).missing(gone),
    ]
}

fn sessions() -> Vec<Row> {
    const LIST: &str = "GET /v1/iam/sessions";
    const READ: &str = "GET /v1/iam/sessions/{}/{}/{}";
    const UPDATE: &str = "PUT /v1/iam/sessions/{}/{}/{}";
    const DELETE: &str = "DELETE /v1/iam/sessions/{}/{}/{}";
    let (mia, gone) = ("/v1/iam/sessions/hanzo/mia/-", "/v1/iam/sessions/hanzo/nobody/-");
    let (root, no_root) = ("/v1/iam/sessions/admin/root/-", "/v1/iam/sessions/admin/nobody/-");
    vec![
        row(LIST, "", "/v1/iam/sessions", Nothing),
        row(LIST, "of hanzo", "/v1/iam/sessions?owner=hanzo", Nothing),
        row(LIST, "of admin", "/v1/iam/sessions?owner=admin", Nothing)
            .missing("/v1/iam/sessions?owner=nowhere"),
        row("POST /v1/iam/sessions", "forged", "/v1/iam/sessions", Json(json!({}))),
        row(READ, "of hanzo/mia", mia, Nothing).missing(gone),
        row(READ, "of admin/root", root, Nothing).missing(no_root),
        row(UPDATE, "of hanzo/mia", mia, Json(json!({"sessionId": []}))).missing(gone),
        row(DELETE, "of hanzo/mia", mia, Nothing).missing(gone),
        row(DELETE, "of admin/root", root, Nothing).missing(no_root),
    ]
}

fn tokens(world: &World) -> Vec<Row> {
    const LIST: &str = "GET /v1/iam/tokens";
    const READ: &str = "GET /v1/iam/tokens/{}/{}";
    const UPDATE: &str = "PUT /v1/iam/tokens/{}/{}";
    const DELETE: &str = "DELETE /v1/iam/tokens/{}/{}";
    let of_mia = sql(
        world,
        "SELECT grants.id FROM grants JOIN users ON users.id = user_id WHERE name = 'mia'",
    );
    let of_mia = of_mia.first().map_or("", |row| row["id"].as_str().unwrap());
    let (mia, gone) = (format!("/v1/iam/tokens/hanzo/{of_mia}"), "/v1/iam/tokens/hanzo/nothing");
    vec![
        row(LIST, "", "/v1/iam/tokens", Nothing),
        row(LIST, "of hanzo", "/v1/iam/tokens?owner=hanzo", Nothing),
        row(LIST, "of admin", "/v1/iam/tokens?owner=admin", Nothing)
            .missing("/v1/iam/tokens?owner=nowhere"),
        row("POST /v1/iam/tokens", "forged", "/v1/iam/tokens", Json(json!({}))),
        row(READ, "of hanzo/mia", &mia, Nothing).missing(gone),
        row(UPDATE, "of hanzo/mia", &mia, Json(json!({}))).missing(gone),
        row(DELETE, "of hanzo/mia", &mia, Nothing).missing(gone),
    ]
}

fn account(world: &World) -> Vec<Row> {
    const CREATE: &str = "POST /v1/account/keys";
    const UPDATE: &str = "PATCH /v1/account/keys/{}";
    const DELETE: &str = "DELETE /v1/account/keys/{}";
    let of_mia = sql(world, "SELECT id FROM keys WHERE name = 'mia'");
    let of_mia = of_mia.first().map_or("", |row| row["id"].as_str().unwrap());
    let (mia, gone) = (format!("/v1/account/keys/{of_mia}"), "/v1/account/keys/nothing");
    vec![
        row("GET /v1/account/csrf", "", "/v1/account/csrf", Nothing),
        row("GET /v1/account/keys", "", "/v1/account/keys", Nothing),
        row(CREATE, "one's own", "/v1/account/keys", Json(json!({"name": "made"}))),
        row(UPDATE, "hanzo/mia's", &mia, Json(json!({"name": "x"}))).missing(gone),
        row(DELETE, "hanzo/mia's", &mia, Nothing).missing(gone),
    ]
}
