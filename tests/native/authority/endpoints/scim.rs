//! SCIM.

use serde_json::json;

use super::{
    Body::{Json, Nothing},
    Row, row,
};
use crate::{oauth::sql, world::World};

const BASE: &str = "/v1/iam/scim/v2";

fn id(world: &World, owner: &str, name: &str) -> String {
    let query = format!("SELECT id FROM users WHERE owner = '{owner}' AND name = '{name}'");
    let found = sql(world, &query);
    found.first().map_or("none", |row| row["id"].as_str().unwrap()).to_owned()
}

/// The rows of the endpoints.
pub fn rows(world: &World) -> Vec<Row> {
    let path = |rest: &str| format!("{BASE}{rest}");
    let gone = path("/Users/00000000-0000-0000-0000-000000000000");
    let (mia, root) = (id(world, "hanzo", "mia"), id(world, "admin", "root"));
    let (mia, root) = (path(&format!("/Users/{mia}")), path(&format!("/Users/{root}")));
    let (named, no_one) = (path("/Users/hanzo/mia"), path("/Users/hanzo/nobody"));
    let user = || Json(json!({"userName": "mia", "title": "x"}));
    let title = || Json(json!({"Operations": [{"op": "add", "path": "title", "value": "x"}]}));
    let address = || {
        let emails = json!([{"value": "x@x.example"}]);
        Json(json!({"Operations": [{"op": "replace", "path": "emails", "value": emails}]}))
    };
    let team = sql(world, "SELECT id FROM teams WHERE owner = 'hanzo' LIMIT 1");
    let team = team.first().map_or("none", |row| row["id"].as_str().unwrap()).to_owned();
    let team = path(&format!("/Groups/{team}"));
    let no_team = path("/Groups/00000000-0000-0000-0000-000000000000");
    let group = || Json(json!({"displayName": "made"}));
    let rename = Json(json!({
        "Operations": [{"op": "replace", "path": "displayName", "value": "made"}],
    }));
    let bulk = Json(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [],
    }));
    vec![
        row(
            "GET /v1/iam/scim/v2/ServiceProviderConfig",
            "",
            &path("/ServiceProviderConfig"),
            Nothing,
        ),
        row("GET /v1/iam/scim/v2/ResourceTypes", "", &path("/ResourceTypes"), Nothing),
        row("GET /v1/iam/scim/v2/ResourceTypes/{}", "", &path("/ResourceTypes/User"), Nothing),
        row("GET /v1/iam/scim/v2/Schemas", "", &path("/Schemas"), Nothing),
        row(
            "GET /v1/iam/scim/v2/Schemas/{}",
            "",
            &path("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User"),
            Nothing,
        ),
        row("GET /v1/iam/scim/v2/Users", "", &path("/Users"), Nothing),
        row("POST /v1/iam/scim/v2/Users/.search", "", &path("/Users/.search"), Json(json!({}))),
        row("POST /v1/iam/scim/v2/Users", "", &path("/Users"), Json(json!({"userName": "made"}))),
        row("GET /v1/iam/scim/v2/Users/{}", "hanzo/mia", &mia, Nothing).missing(&gone),
        row("GET /v1/iam/scim/v2/Users/{}", "admin/root", &root, Nothing).missing(&gone),
        row("PUT /v1/iam/scim/v2/Users/{}", "hanzo/mia", &mia, user()).missing(&gone),
        row("PATCH /v1/iam/scim/v2/Users/{}", "hanzo/mia", &mia, title()).missing(&gone),
        row("PATCH /v1/iam/scim/v2/Users/{}", "address of hanzo/mia", &mia, address())
            .missing(&gone),
        row("PATCH /v1/iam/scim/v2/Users/{}", "address of admin/root", &root, address())
            .missing(&gone),
        row("DELETE /v1/iam/scim/v2/Users/{}", "hanzo/mia", &mia, Nothing).missing(&gone),
        row("DELETE /v1/iam/scim/v2/Users/{}", "admin/root", &root, Nothing).missing(&gone),
        row("GET /v1/iam/scim/v2/Users/{}/{}", "hanzo/mia", &named, Nothing).missing(&no_one),
        row("PUT /v1/iam/scim/v2/Users/{}/{}", "hanzo/mia", &named, user()).missing(&no_one),
        row("PATCH /v1/iam/scim/v2/Users/{}/{}", "hanzo/mia", &named, title()).missing(&no_one),
        row("DELETE /v1/iam/scim/v2/Users/{}/{}", "hanzo/mia", &named, Nothing).missing(&no_one),
        row("GET /v1/iam/scim/v2/Groups", "", &path("/Groups"), Nothing),
        row("POST /v1/iam/scim/v2/Groups/.search", "", &path("/Groups/.search"), Json(json!({}))),
        row("POST /v1/iam/scim/v2/Groups", "", &path("/Groups"), group()),
        row("GET /v1/iam/scim/v2/Groups/{}", "of hanzo", &team, Nothing).missing(&no_team),
        row("PUT /v1/iam/scim/v2/Groups/{}", "of hanzo", &team, group()).missing(&no_team),
        row("PATCH /v1/iam/scim/v2/Groups/{}", "of hanzo", &team, rename).missing(&no_team),
        row("DELETE /v1/iam/scim/v2/Groups/{}", "of hanzo", &team, Nothing).missing(&no_team),
        row("GET /v1/iam/scim/v2/Me", "", &path("/Me"), Nothing),
        row(
            "PUT /v1/iam/scim/v2/Me",
            "userName",
            &path("/Me"),
            Json(json!({"userName": "renamed"})),
        ),
        row("PATCH /v1/iam/scim/v2/Me", "title", &path("/Me"), title()),
        row("PATCH /v1/iam/scim/v2/Me", "address", &path("/Me"), address()),
        row("POST /v1/iam/scim/v2/.search", "", &path("/.search"), Json(json!({}))),
        row("POST /v1/iam/scim/v2/Bulk", "of nothing", &path("/Bulk"), bulk),
    ]
}
