//! The rows of the endpoints that decide.

use serde_json::{Value, json};

use super::super::endpoints::{
    Body::{Json, Nothing},
    Row, row,
};

pub fn rows() -> Vec<Row> {
    const CHECK: &str = "POST /v1/authz/check";
    const ENFORCE: &str = "POST /v1/iam/enforce";
    const BATCH: &str = "POST /v1/iam/batch-enforce";
    const EVALUATION: &str = "POST /access/v1/evaluation";
    const EVALUATIONS: &str = "POST /access/v1/evaluations";
    const PERMISSIONS: &str = "GET /v1/iam/users/{}/{}/permissions";
    let check = |subject: &str| json!({"subject": subject, "verb": "GET", "path": "/v1/echo/x"});
    let evaluation = |subject: &str| {
        json!({
            "subject": {"type": "user", "id": subject}, "action": {"name": "read"},
            "resource": {"type": "document", "id": "1"},
        })
    };
    let evaluations = |subject: &str| {
        let mut body = evaluation(subject);
        body["evaluations"] = json!([{}, {"action": {"name": "write"}}]);
        body
    };
    let tuple = |subject: &str| json!([subject, "x", "read"]);
    let mut rows = vec![
        row(CHECK, "oneself", "/v1/authz/check", Json(json!({"verb": "GET", "path": "/v1/x"}))),
        row(PERMISSIONS, "oneself", "/v1/iam/users/{me}/permissions", Nothing),
        row(
            "GET /.well-known/authzen-configuration",
            "",
            "/.well-known/authzen-configuration",
            Nothing,
        ),
    ];
    for (user, nobody) in [("hanzo/mia", "hanzo/nobody"), ("admin/root", "admin/nobody")] {
        let asked = |endpoint: &'static str, path: &str, body: &dyn Fn(&str) -> Value| {
            let object = format!("/v1/iam/users/{user}");
            row(endpoint, about(user), path, Json(body(user))).missing_body(&object, body(nobody))
        };
        rows.extend([
            asked(CHECK, "/v1/authz/check", &check),
            asked(ENFORCE, "/v1/iam/enforce", &tuple),
            asked(BATCH, "/v1/iam/batch-enforce", &|subject| json!([tuple(subject)])),
            asked(EVALUATION, "/access/v1/evaluation", &evaluation),
            asked(EVALUATIONS, "/access/v1/evaluations", &evaluations),
            row(PERMISSIONS, about(user), &format!("/v1/iam/users/{user}/permissions"), Nothing)
                .missing(&format!("/v1/iam/users/{nobody}/permissions")),
        ]);
    }
    rows
}

/// The name as a constant, for the table.
fn about(user: &str) -> &'static str {
    if user == "hanzo/mia" { "hanzo/mia" } else { "admin/root" }
}
