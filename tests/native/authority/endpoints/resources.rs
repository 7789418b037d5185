//! The rows of teams, roles, permissions, workspaces, projects and providers, and of the synchronizations of
//! directories. `prepare` makes some of each in hanzo and in the platform's organization.

use serde_json::{Value, json};

use super::{
    Body::{Json, Nothing},
    Row, row,
};
use crate::{oauth::sql, world::World};

const PLURALS: [&str; 6] = ["teams", "roles", "permissions", "workspaces", "projects", "providers"];

/// Makes the resources that the rows name.
pub fn prepare(world: &World) {
    for plural in PLURALS {
        for (owner, name) in [("hanzo", "made"), ("hanzo", "second"), ("admin", "made")] {
            let body = json!({"owner": owner, "name": name});
            world.post(&format!("/v1/iam/{plural}")).of("root").json(&body).send().ok();
        }
    }
    for owner in ["hanzo", "admin"] {
        let directory = json!({
            "owner": owner, "name": "directory", "category": "LDAP", "host": "ldap.example.com",
            "baseDn": "dc=x", "username": "cn=reader,dc=x", "password": "secret-of-the-reader",
        });
        world.post("/v1/iam/providers").of("root").json(&directory).send().ok();
        let run = json!({"owner": owner, "provider": "directory"});
        world.post("/v1/iam/ldap-syncs").of("root").json(&run).send().ok();
        sql(world, &format!("UPDATE ldap_syncs SET id = 'of-{owner}' WHERE owner = '{owner}'"));
    }
    sql(
        world,
        "INSERT INTO webauthn_credentials (id, owner, name, user_id, credential_id, public_key, \
         created_at, updated_at) SELECT 'c', 'hanzo', 'laptop', id, 'Y3JlZA', 'a2V5', 1, 1 \
         FROM users WHERE owner = 'hanzo' AND name = 'mia'",
    );
}

fn certs() -> Vec<Row> {
    let (all, none) = ("/v1/iam/certs", "/v1/iam/certs/admin/none");
    vec![
        row("GET /v1/iam/certs", "", all, Nothing),
        row("POST /v1/iam/certs", "", all, Json(json!({}))),
        row("GET /v1/iam/certs/{}/{}", "unknown", none, Nothing),
        row("PUT /v1/iam/certs/{}/{}", "unknown", none, Json(json!({}))),
        row("DELETE /v1/iam/certs/{}/{}", "unknown", none, Nothing),
    ]
}

/// A request that describes a credential is refused with 409.
fn passkeys() -> Vec<Row> {
    let all = "/v1/iam/webauthn-credentials";
    let (laptop, none) = (format!("{all}/hanzo/laptop"), format!("{all}/hanzo/none"));
    let of_mia = format!("{all}?user=hanzo/mia");
    let one = "GET /v1/iam/webauthn-credentials/{}/{}";
    vec![
        row("GET /v1/iam/webauthn-credentials", "", all, Nothing),
        row("GET /v1/iam/webauthn-credentials", "of hanzo/mia", &of_mia, Nothing)
            .missing(&format!("{all}?user=hanzo/nobody")),
        row("POST /v1/iam/webauthn-credentials", "", all, Json(json!({}))).documented("?"),
        row(one, "of hanzo/mia", &laptop, Nothing).missing(&none),
        row("PUT /v1/iam/webauthn-credentials/{}/{}", "of hanzo/mia", &laptop, Json(json!({})))
            .documented("?"),
        row("DELETE /v1/iam/webauthn-credentials/{}/{}", "of hanzo/mia", &laptop, Nothing)
            .missing(&none),
    ]
}

/// The endpoint of a method, by its plural.
macro_rules! endpoints {
    ($($plural:literal),+) => {
        fn endpoints(plural: &str) -> [&'static str; 5] {
            match plural {
                "teams" => [
                    "GET /v1/iam/teams",
                    "POST /v1/iam/teams",
                    "GET /v1/iam/teams/{}",
                    "PUT /v1/iam/teams/{}",
                    "DELETE /v1/iam/teams/{}",
                ],
                $($plural => [
                    concat!("GET /v1/iam/", $plural),
                    concat!("POST /v1/iam/", $plural),
                    concat!("GET /v1/iam/", $plural, "/{}/{}"),
                    concat!("PUT /v1/iam/", $plural, "/{}/{}"),
                    concat!("DELETE /v1/iam/", $plural, "/{}/{}"),
                ],)+
                _ => unreachable!(),
            }
        }
    };
}

endpoints!("roles", "permissions", "workspaces", "projects", "providers");

fn path(plural: &str, owner: &str, name: &str) -> String {
    match plural {
        "teams" => format!("/v1/iam/teams/{name}?organization={owner}"),
        _ => format!("/v1/iam/{plural}/{owner}/{name}"),
    }
}

fn of(plural: &str) -> Vec<Row> {
    let [list, create, read, update, delete] = endpoints(plural);
    let all = format!("/v1/iam/{plural}");
    let (hanzo, admin) = (path(plural, "hanzo", "made"), path(plural, "admin", "made"));
    let (none, no_admin) = (path(plural, "hanzo", "none"), path(plural, "admin", "none"));
    let new = |owner: &str| Json(json!({"owner": owner, "name": "another"}));
    let change = || Json(json!({"displayName": "x"}));
    vec![
        row(list, "", &all, Nothing),
        row(list, "of hanzo", &format!("{all}?owner=hanzo"), Nothing),
        row(list, "of admin", &format!("{all}?owner=admin"), Nothing)
            .missing(&format!("{all}?owner=nowhere")),
        row(create, "in hanzo", &all, new("hanzo")),
        row(create, "in admin", &all, new("admin")),
        row(read, "of hanzo", &hanzo, Nothing).missing(&none),
        row(read, "of admin", &admin, Nothing).missing(&no_admin),
        row(update, "of hanzo", &hanzo, change()).missing(&none),
        row(update, "of admin", &admin, change()).missing(&no_admin),
        row(delete, "of hanzo", &hanzo, Nothing).missing(&none),
        row(delete, "of admin", &admin, Nothing).missing(&no_admin),
    ]
}

fn synchronizations() -> Vec<Row> {
    let mut rows = Vec::new();
    for (owner, about, within) in
        [("hanzo", "of hanzo", "in hanzo"), ("admin", "of admin", "in admin")]
    {
        let all = "/v1/iam/ldap-syncs";
        let new = Json(json!({"owner": owner, "provider": "none"}));
        let (one, none) = (format!("{all}/{owner}/of-{owner}"), format!("{all}/{owner}/none"));
        let (cancel, no_cancel) = (format!("{one}/cancel"), format!("{none}/cancel"));
        let list = format!("{all}?owner={owner}");
        rows.extend([
            row("GET /v1/iam/ldap-syncs", about, &list, Nothing),
            row("POST /v1/iam/ldap-syncs", within, all, new),
            row("GET /v1/iam/ldap-syncs/{}/{}", about, &one, Nothing).missing(&none),
            row("POST /v1/iam/ldap-syncs/{}/{}/cancel", about, &cancel, Nothing)
                .missing(&no_cancel),
        ]);
    }
    rows
}

pub fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = PLURALS.into_iter().flat_map(of).collect();
    rows.extend(certs());
    rows.extend(passkeys());
    rows.extend(synchronizations());
    let approved: Value = json!({"state": "Approved"});
    let permission = "/v1/iam/permissions/hanzo/made";
    rows.push(row(
        "PUT /v1/iam/permissions/{}/{}",
        "approval in hanzo",
        permission,
        Json(approved),
    ));
    rows
}
