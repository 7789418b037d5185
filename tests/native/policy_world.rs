//! Roles, teams and permissions written into the database of a world, by name.

use serde_json::{Value, json};

use crate::{
    oauth::{sql, subject},
    world::World,
};

/// A world whose policy a test writes.
pub struct Policies<'a>(pub &'a World);

/// A permission: what a test does not say is the permission of the demo, for every member.
pub struct Permission<'a> {
    pub owner: &'a str,
    pub name: &'a str,
    pub effect: &'a str,
    pub resources: &'a [&'a str],
    pub actions: &'a [&'a str],
    /// Kind and name, as [`Policies::member`] takes them.
    pub subjects: &'a [(&'a str, &'a str)],
}

impl Default for Permission<'_> {
    fn default() -> Self {
        Self {
            owner: "hanzo",
            name: "permission",
            effect: "Allow",
            resources: &["*"],
            actions: &["*"],
            subjects: &[("everyone", "")],
        }
    }
}

impl Policies<'_> {
    /// The id of what kind and name say; a user of another organization is `owner/name`.
    fn id(&self, owner: &str, kind: &str, name: &str) -> String {
        let (owner, name) = name.split_once('/').unwrap_or((owner, name));
        match kind {
            "user" => subject(self.0, owner, name),
            "everyone" => String::new(),
            // An organization role is its own id.
            _ if name.starts_with('@') => name.to_owned(),
            _ => format!("{kind}:{owner}/{name}"),
        }
    }

    fn group(&self, table: &str, kind: &str, owner: &str, name: &str) {
        let id = self.id(owner, kind, name);
        sql(
            self.0,
            &format!(
                "INSERT INTO {table} (id, owner, name, created_at, updated_at) \
                 VALUES ('{id}', '{owner}', '{name}', 0, 0)"
            ),
        );
    }

    pub fn role(&self, owner: &str, name: &str, members: &[(&str, &str)]) {
        self.group("roles", "role", owner, name);
        for (kind, member) in members {
            self.member("role", owner, name, kind, member, None);
        }
    }

    pub fn team(&self, owner: &str, name: &str, users: &[&str]) {
        self.group("teams", "team", owner, name);
        for user in users {
            self.member("team", owner, name, "user", user, None);
        }
    }

    pub fn parent(&self, owner: &str, team: &str, parent: &str) {
        let (team, parent) = (self.id(owner, "team", team), self.id(owner, "team", parent));
        sql(self.0, &format!("UPDATE teams SET parent_id = '{parent}' WHERE id = '{team}'"));
    }

    /// Makes `member` a member of a role or team, until `expires_at`.
    pub fn member(
        &self,
        group: &str,
        owner: &str,
        name: &str,
        kind: &str,
        member: &str,
        expires_at: Option<i64>,
    ) {
        let (of, id) = (self.id(owner, group, name), self.id(owner, kind, member));
        let end = expires_at.map_or("NULL".to_owned(), |end| end.to_string());
        sql(
            self.0,
            &format!(
                "INSERT INTO {group}_members ({group}_id, kind, member_id, owner, expires_at) \
                 VALUES ('{of}', '{kind}', '{id}', '{owner}', {end})"
            ),
        );
    }

    pub fn permission(&self, permission: &Permission<'_>) {
        let Permission { owner, name, effect, resources, actions, subjects } = permission;
        let (resources, actions) = (json!(resources), json!(actions));
        sql(
            self.0,
            &format!(
                "INSERT INTO permissions (id, owner, name, effect, resources, actions, state, \
                 submitter_id, submitter, created_at, updated_at) VALUES \
                 ('permission:{owner}/{name}', '{owner}', '{name}', '{effect}', '{resources}', \
                 '{actions}', 'Approved', 'x', 'x', 0, 0)"
            ),
        );
        for (kind, member) in *subjects {
            let id = self.id(owner, kind, member);
            sql(
                self.0,
                &format!(
                    "INSERT INTO permission_subjects (permission_id, kind, member_id, owner) \
                     VALUES ('permission:{owner}/{name}', '{kind}', '{id}', '{owner}')"
                ),
            );
        }
    }

    /// Sets a column of a permission of hanzo.
    pub fn set(&self, name: &str, column: &str, value: &str) {
        sql(
            self.0,
            &format!(
                "UPDATE permissions SET {column} = {value} WHERE id = 'permission:hanzo/{name}'"
            ),
        );
    }

    /// What `POST /v1/authz/check` says of a user of hanzo, asked by alice.
    pub fn check(&self, subject: &str, verb: &str, path: &str) -> Value {
        let body = json!({"subject": subject, "verb": verb, "path": path});
        self.0.post("/v1/authz/check").of("alice").json(&body).send().ok()
    }

    /// The code of what Casdoor's form cannot say: the decision about a resource of any name.
    pub fn code(&self, user: &str, action: &str, resource: &str) -> String {
        let path =
            format!("/v1/iam/users/hanzo/{user}/permissions?action={action}&resource={resource}");
        let answer = self.0.get(&path).of("alice").send().ok();
        answer["decision"]["code"].as_str().unwrap().to_owned()
    }
}
