//! The rows of export and import.

use super::{Body, Row, row};

pub(super) fn rows() -> Vec<Row> {
    const EXPORT: &str = "/v1/iam/organizations/admin/hanzo/export";
    const IMPORT: &str = "/v1/iam/organizations/admin/hanzo/import";
    let line = "{\"kind\":\"user\",\"object\":{\"owner\":\"hanzo\",\"name\":\"imported\"}}\n";
    let nothing = || Body::Nothing;
    vec![
        row("GET /v1/iam/organizations/admin/{}/export", "hanzo", EXPORT, nothing()),
        row(
            "GET /v1/iam/organizations/admin/{}/export",
            "hanzo, with secrets",
            &format!("{EXPORT}?secrets=true"),
            nothing(),
        ),
        row("POST /v1/iam/organizations/admin/{}/import", "hanzo", IMPORT, Body::Lines(line)),
    ]
}
