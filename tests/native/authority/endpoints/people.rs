//! The rows of memberships.

use serde_json::json;

use super::{
    Body::{Json, Nothing},
    Row, row,
};

pub(super) fn rows() -> Vec<Row> {
    memberships()
}

fn memberships() -> Vec<Row> {
    const LIST: &str = "GET /v1/iam/memberships";
    const ADD: &str = "POST /v1/iam/memberships";
    const END: &str = "POST /v1/iam/delete-membership";
    const READ: &str = "GET /v1/iam/memberships/{}/{}/{}";
    const UPDATE: &str = "PUT /v1/iam/memberships/{}/{}/{}";
    const REMOVE: &str = "DELETE /v1/iam/memberships/{}/{}/{}";
    let path = "/v1/iam/memberships";
    let guest = "/v1/iam/memberships/hanzo/acme/guest";
    let gone = "/v1/iam/memberships/hanzo/acme/nobody";
    let other = "/v1/iam/memberships/acme/acme/guest";
    let no_other = "/v1/iam/memberships/acme/acme/nobody";
    let of = |user: &str, org: &str, role: &str| json!({"user": user, "org": org, "role": role});
    vec![
        row(LIST, "one's own", path, Nothing).documented("0"), // a client is no member
        row(LIST, "in hanzo", "/v1/iam/memberships?org=hanzo", Nothing),
        row(LIST, "in admin", "/v1/iam/memberships?org=admin", Nothing)
            .missing("/v1/iam/memberships?org=nowhere"),
        row(LIST, "of hanzo/mia", "/v1/iam/memberships?user=hanzo/mia", Nothing)
            .missing("/v1/iam/memberships?user=hanzo/nobody"),
        row(ADD, "hanzo/mia in acme", path, Json(of("hanzo/mia", "acme", "member"))),
        // A stranger: an administrator does not learn whether there is such an account.
        row(ADD, "acme/erin in hanzo", path, Json(of("acme/erin", "hanzo", "member")))
            .missing_body("/v1/iam/users/acme/erin", of("acme/nobody", "hanzo", "member")),
        row(ADD, "hanzo/mia as owner of hanzo", path, Json(of("hanzo/mia", "hanzo", "owner"))),
        row(ADD, "hanzo/mia in admin", path, Json(of("hanzo/mia", "admin", "admin"))),
        row(READ, "one's home", "/v1/iam/memberships/hanzo/{me}", Nothing),
        row(READ, "acme/guest in hanzo", guest, Nothing).missing(gone),
        row(READ, "acme/guest in acme", other, Nothing).missing(no_other),
        row(UPDATE, "administrator in hanzo", guest, Json(json!({"role": "admin"}))).missing(gone),
        row(UPDATE, "owner of hanzo", guest, Json(json!({"role": "owner"}))).missing(gone),
        row(REMOVE, "acme/guest from hanzo", guest, Nothing).missing(gone),
        row(
            END,
            "acme/guest in hanzo",
            "/v1/iam/delete-membership",
            Json(json!({"user": "acme/guest", "org": "hanzo"})),
        )
        .missing_body(guest, json!({"user": "acme/nobody", "org": "hanzo"})),
    ]
}
