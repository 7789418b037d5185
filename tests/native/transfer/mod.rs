//! Export and import of an organization.

mod authority;
mod lines;
mod round_trip;

use serde_json::{Value, json};

use crate::{
    oauth::sql,
    world::{Answer, Call, PASSWORD, World},
};

/// A hash of bcrypt with cost 10, of the password `password`.
pub const BCRYPT: &str = "$2b$10$cgT08pfGUo9SUIIvXrIJ1uSXp0VJmOIKgEC6vqGvqRddK4Z3JB28G";

/// The call with a key of the user: of the demo, or of `lamp`.
pub fn by<'a>(world: &World, call: Call<'a>, caller: &str) -> Call<'a> {
    if world.keys.contains_key(caller) {
        return call.of(caller);
    }
    let body = json!({"owner": "lamp", "user": caller});
    let key = world.post("/v1/iam/keys").of("root").json(&body).send().ok();
    call.bearer(key["accessSecret"].as_str().unwrap())
}

/// All lines of an export, taken in pages of `limit` objects, without the ends of the pages.
pub fn export(world: &World, caller: &str, name: &str, query: &str, limit: usize) -> Vec<Value> {
    let (mut lines, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!(
            "/v1/iam/organizations/admin/{name}/export?limit={limit}&cursor={cursor}{query}"
        );
        let answer = by(world, world.get(&path), caller).send();
        assert_eq!(answer.status(), 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
        let page: Vec<Value> =
            answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (last, objects) = page.split_last().unwrap();
        assert!(objects.len() <= limit + 1, "{path}");
        lines.extend_from_slice(objects);
        match last["next"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
        assert!(lines.len() < 1000, "the export does not end");
    }
    lines
}

pub fn import(world: &World, caller: &str, name: &str, query: &str, lines: &[Value]) -> Answer {
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    import_text(world, caller, name, query, &text.join("\n"))
}

pub fn import_text(world: &World, caller: &str, name: &str, query: &str, text: &str) -> Answer {
    let path = format!("/v1/iam/organizations/admin/{name}/import{query}");
    let call = world.post(&path).header("content-type", "application/x-ndjson");
    let mut call = by(world, call, caller);
    call.request.body = text.as_bytes().to_vec();
    call.send()
}

/// The organization `lamp`, with an object of every kind; returns the text of a key in it.
pub fn lamp(world: &World) -> String {
    let make = |path: &str, body: Value| world.post(path).of("root").json(&body).send().ok();
    make(
        "/v1/iam/organizations",
        json!({"name": "lamp", "displayName": "Lamp & Söhne", "tag": "x"}),
    );
    for (name, admin) in [("ada", true), ("bo", false), ("cy", false), ("di", false)] {
        make(
            "/v1/iam/users",
            json!({
                "owner": "lamp", "name": name, "isAdmin": admin, "displayName": name.to_uppercase(),
                "email": format!("{name}@lamp.example"), "password": PASSWORD, "tag": "staff",
            }),
        );
    }
    make("/v1/iam/memberships", json!({"user": "hanzo/bob", "org": "lamp", "role": "admin"}));
    make("/v1/iam/memberships", json!({"user": "lamp/di", "org": "lamp", "role": "owner"}));
    make(
        "/v1/iam/applications",
        json!({
            "owner": "lamp", "name": "lamp-app", "organization": "lamp", "clientId": "lamp-app",
            "redirectUris": ["https://lamp.example/callback"],
            "grantTypes": ["authorization_code", "refresh_token"],
        }),
    );
    for (plural, body) in [
        ("workspaces", json!({"name": "main", "tags": ["x"], "isDefault": true})),
        ("projects", json!({"name": "alpha", "workspace": "main", "metadata": "{}"})),
        ("teams", json!({"name": "below", "users": ["lamp/bo"]})),
        ("teams", json!({"name": "top", "users": ["lamp/ada", "hanzo/bob"]})),
        ("roles", json!({"name": "all", "users": ["lamp/ada"], "teams": ["lamp/below"]})),
        ("roles", json!({"name": "part", "users": ["lamp/cy"]})),
        (
            "permissions",
            json!({
                "name": "read", "roles": ["lamp/part"], "resources": ["doc:*"], "actions": ["read"],
                "effect": "Allow",
            }),
        ),
        (
            "providers",
            json!({
                "name": "github", "category": "OAuth", "type": "GitHub", "clientId": "g",
                "clientSecret": "a provider's secret",
            }),
        ),
    ] {
        let mut body = body;
        body["owner"] = json!("lamp");
        make(&format!("/v1/iam/{plural}"), body);
    }
    let put = |path: &str, body: Value| world.put(path).of("root").json(&body).send().ok();
    put("/v1/iam/teams/below?owner=lamp", json!({"parent": "top"}));
    put("/v1/iam/roles/lamp/all", json!({"roles": ["lamp/part"]}));
    put("/v1/iam/users/lamp/cy", json!({"isForbidden": true}));
    make(
        "/v1/iam/service-accounts",
        json!({"organization": "lamp", "name": "bot", "user": "ada", "role": "admin", "agentRef": "a-1"}),
    );
    make("/v1/iam/teams", json!({"owner": "lamp", "name": "bots", "users": ["lamp/lamp-bot"]}));
    make(
        "/v1/iam/invitations",
        json!({"owner": "lamp", "name": "guests", "role": "admin", "quota": 3}),
    );
    make(
        "/v1/iam/webhooks",
        json!({"owner": "lamp", "name": "audit", "url": "https://hooks.lamp.example/in",
            "events": ["createUser"]}),
    );
    sql(
        world,
        "INSERT INTO webauthn_credentials (id, owner, name, user_id, credential_id, public_key, \
         transports, sign_count, user_verified, created_at, updated_at) \
         SELECT '4f0d7f5e-0000-4000-8000-000000000001', owner, 'laptop', id, 'AQID', 'pQEC', \
         '[\"internal\"]', 7, 1, 1700000000, 1700000000 FROM users WHERE owner = 'lamp' AND name = 'ada'",
    );
    let key = json!({"owner": "lamp", "user": "bo", "name": "bo-key", "scope": "read:*"});
    // A key of the same name that was revoked.
    make("/v1/iam/keys", key.clone());
    world.delete("/v1/iam/keys/lamp/bo-key").of("root").send().ok();
    make("/v1/iam/keys", key)["accessSecret"].as_str().unwrap().to_owned()
}

/// The lines without the time of the export, and without what has to be set again of a provider: there is
/// nothing of it after an import.
pub fn comparable(lines: &[Value]) -> Vec<Value> {
    let mut lines = lines.to_vec();
    lines[0].as_object_mut().unwrap().remove("exported");
    for line in &mut lines {
        if line["kind"] == "provider" {
            line.as_object_mut().unwrap().remove("setAgain");
            let secret = line.pointer_mut("/object/clientSecret").unwrap();
            *secret = "".into();
        }
    }
    lines
}

/// Fails at the first line that differs.
pub fn assert_same(again: &[Value], exported: &[Value]) {
    let (again, exported) = (comparable(again), comparable(exported));
    for (again, exported) in again.iter().zip(&exported) {
        assert_eq!(again, exported);
    }
    assert_eq!(again.len(), exported.len());
}

pub fn find<'a>(lines: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let found = lines.iter().find(|line| line["kind"] == kind && line["object"]["name"] == name);
    assert!(found.is_some(), "{kind} {name}");
    found.unwrap()
}
