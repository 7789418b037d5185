//! Directories over LDAP, natively: sign-in and synchronization against a server in memory.

mod server;
mod signin;
mod sync;

use std::rc::Rc;

use serde_json::{Value, json};

use self::server::{BASE, Entry, READER, READER_PASSWORD, Server, ServerSockets};
use crate::{
    oauth::sql,
    world::{Answer, World},
};

/// Our origin, and a directory whose people are alice, carol and dora, of whom alice is in `ops`.
struct Scene {
    world: World,
    server: Rc<Server>,
}

impl Scene {
    /// `hanzo` has the provider `corp`, which the application `hanzo-app` offers with `item` besides the name.
    fn new(provider: &Value, item: &Value) -> Self {
        let server = Server::with([
            Entry::person("alice", 1),
            Entry::person("carol", 2),
            Entry::person("dora", 3),
            Entry::group("ops", &["carol"]),
        ]);
        let mut world = World::demo();
        world.origin.sockets = Rc::new(ServerSockets(Rc::clone(&server)));
        let record = record(provider);
        world.post("/v1/iam/providers").of("alice").json(&record).send().ok();
        let mut listed = json!({"name": "corp", "canSignIn": true, "canSignUp": true});
        listed.as_object_mut().unwrap().extend(item.as_object().unwrap().clone());
        let scene = Self { world, server };
        scene.application(&json!({"providers": [listed]}));
        scene
    }

    /// Changes the application `hanzo-app`.
    fn application(&self, members: &Value) {
        let path = "/v1/iam/applications/admin/hanzo-app";
        self.world.put(path).of("root").json(members).send().ok();
    }

    /// Changes the provider.
    fn provider(&self, members: &Value) -> Answer {
        self.world.put("/v1/iam/providers/hanzo/corp").of("alice").json(members).send()
    }

    /// Signs in by the call of the published clients.
    fn login(&self, username: &str, password: &str) -> Value {
        self.login_from("192.0.2.1", username, password)
    }

    fn login_from(&self, ip: &str, username: &str, password: &str) -> Value {
        let body = json!({
            "type": "login", "application": "hanzo-app", "organization": "hanzo",
            "clientId": "hanzo-app", "username": username, "password": password,
        });
        let mut call = self.world.post("/v1/iam/login").json(&body);
        ip.clone_into(&mut call.request.client_ip);
        serde_json::from_str(&call.send().text()).unwrap()
    }

    /// The attempts that the administrators of the provider see, the latest first: outcome, check, detail.
    fn attempts(&self) -> Vec<(String, String, String)> {
        let path = "/v1/iam/providers/hanzo/corp/attempts";
        let list = self.world.get(path).of("alice").send().ok();
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let rows = list["attempts"].as_array().unwrap().clone();
        let row = |row: &Value| (text(row, "outcome"), text(row, "check"), text(row, "detail"));
        rows.iter().map(row).collect()
    }

    /// The check of the last attempt.
    fn last_check(&self) -> String {
        self.attempts().first().map(|(_, check, _)| check.clone()).unwrap_or_default()
    }

    /// The users of `hanzo` by name.
    fn users(&self) -> Vec<String> {
        let rows = sql(&self.world, "SELECT name FROM users WHERE owner = 'hanzo' ORDER BY name");
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    }
}

/// The record of the provider, with further members.
fn record(further: &Value) -> Value {
    let mut record = json!({
        "owner": "hanzo", "name": "corp", "displayName": "Corp", "category": "LDAP",
        "type": "OpenLDAP", "host": "ldap.example.com", "baseDn": BASE,
        "username": READER, "password": READER_PASSWORD,
    });
    record.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    record
}
