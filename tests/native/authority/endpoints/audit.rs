//! The audit trail.

use serde_json::json;

use super::{Body, Row, row};

pub(super) fn rows() -> Vec<Row> {
    let event = |owner: &str| Body::Json(json!({"owner": owner, "action": "invoice-paid"}));
    let get = |endpoint, about, path: &str| row(endpoint, about, path, Body::Nothing);
    vec![
        get("GET /v1/iam/audit-logs", "", "/v1/iam/audit-logs"),
        get("GET /v1/iam/audit-logs", "of hanzo", "/v1/iam/audit-logs?owner=hanzo"),
        get("GET /v1/iam/audit-logs", "of admin", "/v1/iam/audit-logs?owner=admin"),
        get("GET /v1/iam/audit-logs/verify", "of hanzo", "/v1/iam/audit-logs/verify?owner=hanzo"),
        get("GET /v1/iam/audit-logs/export", "of hanzo", "/v1/iam/audit-logs/export?owner=hanzo"),
        get("GET /v1/iam/audit-logs/{}/{}", "hanzo/1", "/v1/iam/audit-logs/hanzo/1")
            .missing("/v1/iam/audit-logs/hanzo/999999"),
        row("POST /v1/iam/audit-logs", "in hanzo", "/v1/iam/audit-logs", event("hanzo")),
        row("POST /v1/iam/audit-logs", "in admin", "/v1/iam/audit-logs", event("admin")),
    ]
}
