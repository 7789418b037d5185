//! The rows of memberships.

use serde_json::json;

use super::{
    Body::{Json, Nothing},
    Row, row,
};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = memberships();
    rows.extend(lifecycle());
    rows.extend(own_account());
    rows.extend(invitations());
    rows
}

fn invitations() -> Vec<Row> {
    const ACCEPT: &str = "POST /v1/iam/invitations/accept";
    const ONE: &str = "/v1/iam/invitations/hanzo/welcome";
    const NONE: &str = "/v1/iam/invitations/hanzo/nothing";
    let list = "GET /v1/iam/invitations";
    let made =
        |owner: &str, role: &str| Json(json!({"owner": owner, "name": "made", "role": role}));
    let accept = json!({"owner": "hanzo", "code": "inv-unknown"});
    vec![
        row(list, "of hanzo", "/v1/iam/invitations?owner=hanzo", Nothing),
        row(list, "of admin", "/v1/iam/invitations?owner=admin", Nothing)
            .missing("/v1/iam/invitations?owner=nowhere"),
        row(
            "POST /v1/iam/invitations",
            "a member of hanzo",
            "/v1/iam/invitations",
            made("hanzo", "member"),
        ),
        row(
            "POST /v1/iam/invitations",
            "an administrator of hanzo",
            "/v1/iam/invitations",
            made("hanzo", "admin"),
        ),
        row(
            "POST /v1/iam/invitations",
            "an owner of hanzo",
            "/v1/iam/invitations",
            made("hanzo", "owner"),
        ),
        row(
            "POST /v1/iam/invitations",
            "a member of admin",
            "/v1/iam/invitations",
            made("admin", "member"),
        ),
        row("GET /v1/iam/invitations/{}/{}", "hanzo/welcome", ONE, Nothing).missing(NONE),
        row("PUT /v1/iam/invitations/{}/{}", "hanzo/welcome", ONE, Json(json!({"quota": 2})))
            .missing(NONE),
        row("DELETE /v1/iam/invitations/{}/{}", "hanzo/welcome", ONE, Nothing).missing(NONE),
        // It has no address: only callers who may send it get this error.
        Row {
            object: ONE.to_owned(),
            ..row(
                "POST /v1/iam/invitations/{}/{}/send",
                "hanzo/welcome",
                &format!("{ONE}/send"),
                Nothing,
            )
        }
        .missing(&format!("{NONE}/send"))
        .documented("0"),
        row(ACCEPT, "unknown", "/v1/iam/invitations/accept", Json(accept)).documented("e0"),
    ]
}

fn lifecycle() -> Vec<Row> {
    const ERASE: &str = "POST /v1/iam/users/{}/{}/erase";
    const RESET: &str = "DELETE /v1/iam/users/{}/{}/second-factors";
    const EXPORT: &str = "GET /v1/iam/users/{}/{}/export";
    const UPSERT: &str = "POST /v1/iam/admin/users/upsert";
    let path = |user: &str, verb: &str| format!("/v1/iam/users/{user}/{verb}");
    let (mia, guest, root) = ("hanzo/mia", "acme/guest", "admin/root");
    let upsert = |owner: &str, name: &str| {
        Json(json!({"owner": owner, "name": name, "email": "x@x.example"}))
    };
    vec![
        row(ERASE, mia, &path(mia, "erase"), Nothing).missing(&path("hanzo/nobody", "erase")),
        // Belongs to hanzo too: neither administrator erases it.
        row(ERASE, guest, &path(guest, "erase"), Nothing),
        Row {
            object: format!("/v1/iam/users/{root}"),
            ..row(ERASE, root, &path(root, "erase"), Nothing)
        }
        .missing(&path("admin/nobody", "erase")),
        row(RESET, mia, &path(mia, "second-factors"), Nothing)
            .missing(&path("hanzo/nobody", "second-factors")),
        row(RESET, guest, &path(guest, "second-factors"), Nothing),
        Row {
            object: format!("/v1/iam/users/{root}"),
            ..row(RESET, root, &path(root, "second-factors"), Nothing)
        }
        .missing(&path("admin/nobody", "second-factors")),
        row(EXPORT, "oneself", "/v1/iam/users/{me}/export", Nothing),
        row(EXPORT, mia, &path(mia, "export"), Nothing).missing(&path("hanzo/nobody", "export")),
        row(EXPORT, guest, &path(guest, "export"), Nothing),
        row(UPSERT, mia, "/v1/iam/admin/users/upsert", upsert("hanzo", "mia")),
        row(UPSERT, "new in hanzo", "/v1/iam/admin/users/upsert", upsert("hanzo", "made")),
        row(UPSERT, root, "/v1/iam/admin/users/upsert", upsert("admin", "root")),
    ]
}

fn own_account() -> Vec<Row> {
    let erase = json!({"confirm": "not/this"});
    vec![
        row("GET /v1/iam/account/export", "", "/v1/iam/account/export", Nothing).documented("e"),
        // Not the account's name: only callers who may erase it get this error.
        row("POST /v1/iam/account/erase", "", "/v1/iam/account/erase", Json(erase))
            .documented("e0"),
        // Not a name: only callers who may found one get this error.
        row("POST /v1/iam/onboard", "", "/v1/iam/onboard", Json(json!({"name": "."})))
            .documented("e0"),
        row("PUT /v1/iam/terms", "", "/v1/iam/terms", Json(json!({"terms": "1"}))).documented("e"),
        row("POST /v1/iam/preferences", "", "/v1/iam/preferences", Json(json!({"theme": "dark"})))
            .documented("e"),
        row("GET /v1/iam/webauthn/signup/begin", "", "/v1/iam/webauthn/signup/begin", Nothing)
            .documented("e"),
        // Nothing has begun: only callers who may register one get this error.
        row(
            "POST /v1/iam/webauthn/signup/finish",
            "",
            "/v1/iam/webauthn/signup/finish",
            Json(json!({})),
        )
        .documented("e"),
    ]
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
