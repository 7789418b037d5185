//! What SCIM asks of the database: authentication, one load, and of a write one commit.

use http::Method;
use serde_json::{Value, json};

use super::{get, id, patch, post, send};
use crate::{trips::Budget, world::World};

fn bob(world: &World) -> Value {
    id(world, "hanzo", "bob").into()
}

fn nothing(_: &World) -> Value {
    Value::Null
}

pub const SCIM: [Budget; 10] = [
    Budget {
        name: "a SCIM user",
        trips: 2,
        rows: 0,
        prepare: bob,
        run: |world, id| get(world, &format!("/Users/{}", id.as_str().unwrap())),
    },
    Budget {
        name: "list of SCIM users",
        trips: 2,
        rows: 0,
        prepare: nothing,
        run: |world, _| get(world, "/Users?count=50"),
    },
    Budget {
        name: "search of SCIM users and groups",
        trips: 2,
        rows: 0,
        prepare: nothing,
        run: |world, _| send(world, Method::POST, "/.search", &json!({"count": 50})),
    },
    Budget {
        name: "the caller as a SCIM user",
        trips: 2,
        rows: 0,
        prepare: nothing,
        run: |world, _| get(world, "/Me"),
    },
    Budget {
        name: "SCIM users by userName or address",
        trips: 2,
        rows: 0,
        prepare: nothing,
        run: |world, _| {
            get(world, "/Users?filter=userName+eq+%22bob%22+or+emails+eq+%22x%40y.z%22")
        },
    },
    Budget {
        name: "SCIM users by another attribute",
        trips: 2,
        rows: 0,
        prepare: nothing,
        run: |world, _| get(world, "/Users?filter=title+pr&sortBy=title"),
    },
    Budget {
        name: "creation of a SCIM user",
        trips: 3,
        rows: 13,
        prepare: nothing,
        run: |world, _| {
            let emails = json!([{"value": "zoe@x.example"}]);
            post(world, &json!({"userName": "zoe@x.example", "externalId": "1", "emails": emails}))
        },
    },
    Budget {
        name: "change of a SCIM user",
        trips: 3,
        rows: 9,
        prepare: bob,
        run: |world, id| {
            let operations = json!([{"op": "add", "path": "title", "value": "x"}]);
            patch(world, id.as_str().unwrap(), &operations)
        },
    },
    Budget {
        name: "replacement of a SCIM user by the same",
        trips: 2,
        rows: 0,
        prepare: bob,
        run: |world, id| {
            let path = format!("/Users/{}", id.as_str().unwrap());
            let body = json!({
                "userName": "bob", "displayName": "bob",
                "emails": [{"value": "bob@hanzo.example", "type": "work", "primary": true}],
            });
            send(world, Method::PUT, &path, &body)
        },
    },
    Budget {
        name: "deactivation of a SCIM user, with publication",
        trips: 9,
        rows: 20,
        prepare: bob,
        run: |world, id| {
            let operations = json!([{"op": "replace", "path": "active", "value": false}]);
            patch(world, id.as_str().unwrap(), &operations)
        },
    },
];
