//! The rows of webhooks.

use serde_json::json;

use super::{
    Body::{Json, Nothing},
    Row, row,
};
use crate::{oauth::sql, world::World};

/// Makes a webhook in hanzo and one in the platform's organization, each with a delivery.
pub fn prepare(world: &World) {
    for owner in ["hanzo", "admin"] {
        let body = json!({"owner": owner, "name": "made", "url": "https://hooks.example.com/"});
        world.post("/v1/iam/webhooks").of("root").json(&body).send().ok();
        let event = json!({"owner": owner, "action": "prepared"});
        world.post("/v1/iam/audit-logs").of("root").json(&event).send().ok();
    }
}

pub fn rows(world: &World) -> Vec<Row> {
    let new = |owner: &str| {
        Json(json!({"owner": owner, "name": "another", "url": "https://hooks.example.com/"}))
    };
    let made = |owner: &str| format!("/v1/iam/webhooks/{owner}/made");
    let none = "/v1/iam/webhooks/hanzo/none";
    let change = || Json(json!({"displayName": "x"}));
    // Some rows are of an empty world.
    let delivered = "SELECT number FROM deliveries JOIN webhooks ON webhooks.id = receiver \
         WHERE webhooks.owner = 'hanzo' ORDER BY number DESC LIMIT 1";
    let number = sql(world, delivered).first().map_or(1, |row| row["number"].as_i64().unwrap());
    let (get, put, delete) = (
        "GET /v1/iam/webhooks/{}/{}",
        "PUT /v1/iam/webhooks/{}/{}",
        "DELETE /v1/iam/webhooks/{}/{}",
    );
    let mut rows = vec![
        row("GET /v1/iam/webhooks", "of hanzo", "/v1/iam/webhooks?owner=hanzo", Nothing),
        row("POST /v1/iam/webhooks", "in hanzo", "/v1/iam/webhooks", new("hanzo")),
        row("POST /v1/iam/webhooks", "in admin", "/v1/iam/webhooks", new("admin")),
    ];
    for owner in ["hanzo", "admin"] {
        let about = if owner == "hanzo" { "of hanzo" } else { "of admin" };
        let path = made(owner);
        let missing = if owner == "hanzo" { none } else { "/v1/iam/webhooks/admin/none" };
        let under = |what: &str| (format!("{path}/{what}"), format!("{missing}/{what}"));
        let (secret, no_secret) = under("secret");
        let (list, no_list) = under("deliveries");
        let (replay, no_replay) = under(&format!("deliveries/{number}/replay"));
        rows.extend([
            row(get, about, &path, Nothing).missing(missing),
            row(put, about, &path, change()).missing(missing),
            row(delete, about, &path, Nothing).missing(missing),
            row("POST /v1/iam/webhooks/{}/{}/secret", about, &secret, Nothing).missing(&no_secret),
            row("GET /v1/iam/webhooks/{}/{}/deliveries", about, &list, Nothing).missing(&no_list),
        ]);
        if owner == "hanzo" {
            let endpoint = "POST /v1/iam/webhooks/{}/{}/deliveries/{}/replay";
            rows.push(row(endpoint, about, &replay, Nothing).missing(&no_replay));
        }
    }
    rows
}
