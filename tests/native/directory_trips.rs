//! What the endpoints of the directory may ask of the database. To authenticate a key takes one round
//! trip; a read takes one more, a write one to load and one to commit. What follows a commit is
//! named: the publication of key records takes four, that of the snapshot two, and the copy of
//! revocations two.

use serde_json::{Value, json};

use crate::{
    oauth::tokens,
    trips::Budget,
    world::{Answer, CLOUD_SECRET, World},
};

const KEY: usize = 1;
const READ: usize = KEY + 1;
const WRITE: usize = KEY + 2;
const RECORDS: usize = 4;
const SNAPSHOT: usize = 2;
const COPY: usize = 2;
const POLICY: usize = 1;

const BOB: &str = "/v1/iam/users/hanzo/bob";
const CLOUD: &str = "/v1/iam/applications/admin/hanzo-cloud";
const ROLE: &str = "/v1/iam/roles/hanzo/ops";
const HANZO: &str = "/v1/iam/organizations/admin/hanzo";

fn nothing(_: &World) -> Value {
    Value::Null
}

/// The path of a session of bob.
fn session(world: &World) -> Value {
    crate::oauth::session_of_bob(world);
    let list = world.get("/v1/iam/sessions?user=bob").of("alice").send().ok();
    let entry = &list["sessions"][0];
    let of = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    assert_ne!(of("name"), "", "{list}");
    format!("/v1/iam/sessions/hanzo/{}/{}", of("name"), of("application")).into()
}

/// The path of a token of bob.
fn token(world: &World) -> Value {
    tokens(world);
    let list = world.get("/v1/iam/tokens?user=bob").of("alice").send().ok();
    let id = list["tokens"][0]["id"].as_str().unwrap();
    format!("/v1/iam/tokens/hanzo/{id}").into()
}

fn role_made(world: &World, _: &Value) -> Answer {
    world.post("/v1/iam/roles").of("alice").json(&json!({"name": "ops", "users": ["bob"]})).send()
}

/// A role with a member.
fn role(world: &World) -> Value {
    role_made(world, &Value::Null).ok()
}

/// A further key of bob.
fn key(world: &World) -> Value {
    world.post("/v1/iam/keys").of("bob").json(&json!({"name": "second"})).send().ok()
}

pub const DIRECTORY: [Budget; 36] = [
    Budget {
        name: "a user",
        trips: READ,
        rows: 0,
        prepare: nothing,
        run: |world, _| world.get(BOB).of("alice").send(),
    },
    Budget {
        name: "a decision about a path",
        trips: READ,
        rows: 0,
        prepare: nothing,
        run: |world, _| {
            let body = json!({"subject": "hanzo/bob", "verb": "GET", "path": "/v1/echo/x"});
            world.post("/v1/authz/check").of("alice").json(&body).send()
        },
    },
    Budget {
        name: "decisions about two users",
        trips: READ,
        rows: 0,
        prepare: nothing,
        run: |world, _| {
            let body = json!([["bob", "x", "read"], ["alice", "x", "read"], ["bob", "y", "read"]]);
            world.post("/v1/iam/batch-enforce").of("alice").json(&body).send()
        },
    },
    Budget {
        name: "a decision for a client",
        trips: READ,
        rows: 0,
        prepare: nothing,
        run: |world, _| {
            let call = world.post("/v1/iam/enforce").basic("hanzo-cloud", CLOUD_SECRET);
            call.json(&json!(["bob", "x", "read"])).send()
        },
    },
    Budget {
        name: "the permissions of a user",
        trips: READ,
        rows: 0,
        prepare: nothing,
        run: |world, _| world.get("/v1/iam/users/hanzo/bob/permissions").of("alice").send(),
    },
    Budget {
        name: "list of keys",
        trips: READ,
        rows: 0,
        prepare: nothing,
        run: |world, _| world.get("/v1/iam/keys").of("alice").send(),
    },
    Budget {
        name: "a key",
        trips: READ,
        rows: 0,
        prepare: nothing,
        run: |world, _| world.get("/v1/iam/keys/hanzo/bob").of("alice").send(),
    },
    Budget {
        name: "list of organizations",
        trips: READ,
        rows: 0,
        prepare: nothing,
        run: |world, _| world.get("/v1/iam/organizations").of("alice").send(),
    },
    Budget {
        name: "an organization",
        trips: READ,
        rows: 0,
        prepare: nothing,
        run: |world, _| world.get(HANZO).of("alice").send(),
    },
    Budget {
        name: "list of applications",
        trips: READ,
        rows: 0,
        prepare: nothing,
        run: |world, _| world.get("/v1/iam/applications").of("alice").send(),
    },
    Budget {
        name: "an application",
        trips: READ,
        rows: 0,
        prepare: nothing,
        run: |world, _| world.get(CLOUD).of("alice").send(),
    },
    Budget {
        name: "resolution of a key",
        // One more composes the record of the key.
        trips: 3,
        rows: 0,
        prepare: |world| world.keys["bob"].clone().into(),
        run: |world, key| {
            let path = format!("/v1/iam/keys/principal?accessKey={}", key.as_str().unwrap());
            world.get(&path).basic("hanzo-cloud", CLOUD_SECRET).send()
        },
    },
    Budget {
        name: "creation of a user",
        trips: WRITE,
        rows: 10,
        prepare: nothing,
        run: |world, _| {
            world.post("/v1/iam/users").of("alice").json(&json!({"name": "zoe"})).send()
        },
    },
    Budget {
        name: "change of a profile",
        trips: WRITE,
        rows: 5,
        prepare: nothing,
        run: |world, _| world.put(BOB).of("bob").json(&json!({"displayName": "x"})).send(),
    },
    Budget {
        name: "change of an organization",
        trips: WRITE,
        rows: 2,
        prepare: nothing,
        run: |world, _| world.put(HANZO).of("alice").json(&json!({"displayName": "x"})).send(),
    },
    Budget {
        name: "change of an application, with publication",
        // No key record is queued.
        trips: WRITE + 1 + SNAPSHOT,
        rows: 4,
        prepare: nothing,
        run: |world, _| world.put(CLOUD).of("root").json(&json!({"displayName": "x"})).send(),
    },
    Budget {
        name: "creation of a key, with publication",
        trips: WRITE + RECORDS,
        rows: 14,
        prepare: nothing,
        run: |world, _| world.post("/v1/iam/keys").of("bob").json(&json!({"name": "x"})).send(),
    },
    Budget {
        name: "renaming of a key, with publication",
        trips: WRITE + RECORDS,
        rows: 4,
        prepare: key,
        run: |world, _| {
            let path = "/v1/iam/keys/hanzo/second";
            world.put(path).of("bob").json(&json!({"displayName": "x"})).send()
        },
    },
    Budget {
        name: "revocation of a key, with publication",
        // One more counts the revocations of the caller.
        trips: WRITE + 1 + COPY + RECORDS,
        rows: 10,
        prepare: key,
        run: |world, _| world.delete("/v1/iam/keys/hanzo/second").of("bob").send(),
    },
    Budget {
        name: "list of the account's keys",
        trips: READ,
        rows: 0,
        prepare: nothing,
        run: |world, _| world.get("/v1/account/keys").of("bob").send(),
    },
    Budget {
        name: "creation of a key of the account, with publication",
        trips: WRITE + RECORDS,
        rows: 14,
        prepare: nothing,
        run: |world, _| world.post("/v1/account/keys").of("bob").json(&json!({"name": "x"})).send(),
    },
    Budget {
        name: "end of a key of the account, with publication",
        trips: WRITE + 1 + COPY + RECORDS,
        rows: 10,
        prepare: |world| {
            world.post("/v1/account/keys").of("bob").json(&json!({"name": "x"})).send().ok()
        },
        run: |world, key| {
            let path = format!("/v1/account/keys/{}", key["id"].as_str().unwrap());
            world.delete(&path).of("bob").send()
        },
    },
    Budget {
        name: "list of sessions",
        trips: READ,
        rows: 0,
        prepare: session,
        run: |world, _| world.get("/v1/iam/sessions?user=bob").of("alice").send(),
    },
    Budget {
        name: "end of a session",
        trips: WRITE + COPY,
        rows: 7,
        prepare: session,
        run: |world, session| world.delete(session.as_str().unwrap()).of("alice").send(),
    },
    Budget {
        name: "list of tokens",
        trips: READ,
        rows: 0,
        prepare: tokens,
        run: |world, _| world.get("/v1/iam/tokens?user=bob").of("alice").send(),
    },
    Budget {
        name: "end of a token",
        trips: WRITE + COPY,
        rows: 7,
        prepare: token,
        run: |world, token| world.delete(token.as_str().unwrap()).of("alice").send(),
    },
    Budget {
        name: "list of agents",
        trips: READ,
        rows: 0,
        prepare: nothing,
        run: |world, _| world.get("/v1/iam/service-accounts?organization=hanzo").of("alice").send(),
    },
    Budget {
        name: "creation of an agent, with publication",
        trips: WRITE + RECORDS,
        rows: 27,
        prepare: nothing,
        run: |world, _| {
            let body = json!({"organization": "hanzo", "name": "bot"});
            world.post("/v1/iam/service-accounts").of("alice").json(&body).send()
        },
    },
    Budget {
        name: "list of resources",
        trips: READ,
        rows: 0,
        prepare: role,
        run: |world, _| world.get("/v1/iam/roles").of("alice").send(),
    },
    Budget {
        name: "search of resources",
        trips: READ,
        rows: 0,
        prepare: role,
        run: |world, _| world.get("/v1/iam/teams?q=a").of("alice").send(),
    },
    Budget {
        name: "a resource",
        trips: READ,
        rows: 0,
        prepare: role,
        run: |world, _| world.get(ROLE).of("alice").send(),
    },
    Budget {
        name: "creation of a resource without a policy",
        trips: WRITE,
        rows: 5,
        prepare: nothing,
        run: |world, _| {
            world.post("/v1/iam/workspaces").of("alice").json(&json!({"name": "w"})).send()
        },
    },
    Budget {
        name: "creation of a role, with publication of the policy",
        trips: WRITE + COPY + POLICY,
        rows: 13,
        prepare: nothing,
        run: role_made,
    },
    Budget {
        name: "change of a role, with publication of the policy",
        trips: WRITE + COPY + POLICY,
        rows: 10,
        prepare: role,
        run: |world, _| {
            world.put(ROLE).of("alice").json(&json!({"users": ["bob", "alice"]})).send()
        },
    },
    Budget {
        name: "deletion of a role, with publication of the policy",
        trips: WRITE + COPY + POLICY,
        rows: 11,
        prepare: role,
        run: |world, _| world.delete(ROLE).of("alice").send(),
    },
    Budget {
        name: "a page of the audit trail",
        trips: READ,
        rows: 0,
        prepare: role,
        run: |world, _| world.get("/v1/iam/audit-logs").of("alice").send(),
    },
];
