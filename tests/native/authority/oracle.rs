//! What an attack has come to: which calls each credential opens, which rows changed, and which
//! objects were shown, each against what the beginning justifies.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use hanzo_iam::core::{
    apikey::{ApiKey, KeyScope},
    encoding::from_base64url,
    principal::PLATFORM_ORGANIZATION,
};
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    cast::{APP, CLIENTS, Credential, Person, canary, token_of},
    steps::Start,
};
use crate::{
    oauth::sql,
    world::{Image, World},
};

const ORGANIZATIONS: [&str; 3] = ["admin", "hanzo", "acme"];
/// After that long nothing of [`Start::Key`] that expires may work.
const LATER: i64 = 3600;

/// What a set of credentials opens, in words.
type Powers = BTreeSet<String>;

/// What has happened so far, and what may.
pub struct Record {
    allowed: Powers,
    /// Whether everything that the attacker began with ends within the hour.
    ends: bool,
    /// The organization of a client that the attacker is.
    home: Option<&'static str>,
    before: BTreeMap<(String, String), Map<String, Value>>,
    seen: RefCell<BTreeSet<String>>,
    administered: BTreeMap<String, Vec<String>>,
}

/// What should not have happened.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings(pub BTreeSet<String>);

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|finding| writeln!(f, "  {finding}"))
    }
}

impl Record {
    /// The record of an attack that begins with what is `allowed`.
    pub fn new(world: &World, start: Start, allowed: &[Credential]) -> Self {
        let image = world.image();
        let mut powers = Powers::new();
        for credential in allowed {
            powers.extend(powers_of(&image, credential));
        }
        // A person's sign-in reaches every service; the scope of a key says which.
        if !matches!(start, Start::Key { .. }) {
            powers.extend(["GET", "POST"].map(|method| format!("calls services with {method}")));
        }
        Self {
            allowed: powers,
            ends: matches!(start, Start::Key { expires: true, .. }),
            home: match start {
                Start::Secret(client) => Some(client.organization),
                _ => None,
            },
            before: rows(world),
            seen: RefCell::default(),
            administered: administered(world),
        }
    }

    /// Notes what an answer showed.
    pub fn saw(&self, text: &str) {
        let mut seen = self.seen.borrow_mut();
        for part in text.split("canary:").skip(1) {
            seen.extend(part.split_once(';').map(|(name, _)| format!("canary:{name};")));
        }
    }

    /// What the beginning does not justify.
    pub fn judge(&self, world: &World, who: Option<Person>, held: &[Credential]) -> Findings {
        let mut findings = BTreeSet::new();
        let image = world.image();
        for credential in held {
            let more = powers_of(&image, credential);
            findings.extend(more.into_iter().filter(|power| !self.may(power)));
            if self.ends {
                world.clock.advance(LATER);
                let late = powers_of(&world.image(), credential);
                world.clock.advance(-LATER);
                findings.extend(late.into_iter().map(|power| format!("without end: {power}")));
            }
        }
        let shown: BTreeSet<String> = self.seen.borrow().clone();
        let readable = self.readable(who);
        findings.extend(shown.difference(&readable).map(|mark| format!("saw {mark}")));
        findings.extend(self.changes(world, who));
        Findings(findings)
    }

    /// The platform's administrator may do everything that the credential's own limits allow.
    fn may(&self, power: &str) -> bool {
        let is_limit = power.starts_with("calls services");
        self.allowed.contains(power)
            || (!is_limit && self.allowed.contains("creates organizations"))
    }

    /// The marks of what the attacker may read.
    fn readable(&self, who: Option<Person>) -> BTreeSet<String> {
        let mut marks = BTreeSet::new();
        for person in Person::ALL {
            let (owner, name) = (person.owner(), person.name());
            let own = who == Some(person);
            if own || self.may(&format!("reads users of {owner}")) {
                marks.insert(canary("user", owner, name));
            }
            if own || self.may(&format!("reads keys of {owner}")) {
                marks.insert(canary("key", owner, name));
            }
        }
        for client in CLIENTS {
            if self.may(&format!("reads applications of {}", client.organization)) {
                marks.insert(canary("application", client.organization, client.id));
            }
        }
        for name in ORGANIZATIONS {
            let belongs =
                self.home == Some(name) || who.is_some_and(|person| self.belongs(person, name));
            if belongs || self.may(&format!("reads users of {name}")) {
                marks.insert(canary("organization", "admin", name));
            }
        }
        marks
    }

    fn belongs(&self, person: Person, organization: &str) -> bool {
        person.owner() == organization
            || self.before.iter().any(|((table, _), row)| {
                table == "memberships"
                    && row["organization"] == organization
                    && self
                        .before
                        .get(&("users".to_owned(), text(row, "user_id").to_owned()))
                        .is_some_and(|user| user["name"] == person.name())
            })
    }

    /// The rows that changed and were not the attacker's to change.
    fn changes(&self, world: &World, who: Option<Person>) -> BTreeSet<String> {
        let rows_after = rows(world);
        let keys: BTreeSet<_> = self.before.keys().chain(rows_after.keys()).collect();
        let mut changes = BTreeSet::new();
        for key in keys {
            let (before, after) = (self.before.get(key), rows_after.get(key));
            if before == after {
                continue;
            }
            let Some(row) = before.or(after) else { continue };
            // With a user who is deleted, the memberships go.
            let user = ("users".to_owned(), text(row, "user_id").to_owned());
            let goes = key.0 == "memberships"
                && row["organization"] != PLATFORM_ORGANIZATION
                && !rows_after.contains_key(&user);
            if !goes && !self.touchable(&key.0, row, who) {
                changes.insert(format!("changed {}", describe(&key.0, row)));
            }
            if let (Some(before), Some(after)) = (before, after)
                && key.0 == "users"
                && ["password_hash", "email", "phone"]
                    .iter()
                    .any(|name| before[*name] != after[*name])
                && !self.is_no_more(text(before, "id"), before, who)
            {
                changes.insert(format!("took over {}", describe(&key.0, before)));
            }
        }
        changes
    }

    fn touchable(&self, table: &str, row: &Map<String, Value>, who: Option<Person>) -> bool {
        let writes = |organization: &str| {
            self.may("creates organizations")
                || self.may(&format!("creates users in {organization}"))
        };
        let is_own = |name: &str| {
            who.is_some_and(|person| row["owner"] == person.owner() && row[name] == person.name())
        };
        match table {
            "users" => writes(text(row, "owner")) || is_own("name"),
            "applications" => writes(text(row, "owner")) && writes(text(row, "organization")),
            "organizations" => writes(text(row, "name")),
            "memberships" => writes(text(row, "organization")),
            _ => writes(text(row, "owner")) || is_own("holder"),
        }
    }

    /// Whether the attacker administers every organization that the user administers.
    fn is_no_more(&self, id: &str, row: &Map<String, Value>, who: Option<Person>) -> bool {
        let own = who.is_some_and(|p| row["owner"] == p.owner() && row["name"] == p.name());
        own || self.administered.get(id).is_none_or(|organizations| {
            organizations.iter().all(|name| self.may(&format!("creates users in {name}")))
        })
    }
}

/// Which organizations each user administers.
fn administered(world: &World) -> BTreeMap<String, Vec<String>> {
    let rows = sql(
        world,
        "SELECT id AS user, owner AS organization FROM users WHERE is_admin
         UNION SELECT user_id, organization FROM memberships WHERE role <> 'member'",
    );
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        let user = text(&row, "user").to_owned();
        found.entry(user).or_default().push(text(&row, "organization").to_owned());
    }
    found
}

/// Every row that an attacker might change, without columns that any request updates.
fn rows(world: &World) -> BTreeMap<(String, String), Map<String, Value>> {
    let mut all = BTreeMap::new();
    for (table, query) in [
        ("users", "SELECT * FROM users"),
        ("applications", "SELECT * FROM applications"),
        ("organizations", "SELECT * FROM organizations"),
        ("memberships", "SELECT *, user_id || organization AS id FROM memberships"),
        (
            "keys",
            "SELECT keys.*, users.name AS holder FROM keys LEFT JOIN users ON users.id = user_id",
        ),
    ] {
        for mut row in sql(world, query) {
            for name in ["last_signin_at", "updated_at", "used_at", "exposed_at", "not_before"] {
                row.remove(name);
            }
            all.insert((table.to_owned(), text(&row, "id").to_owned()), row);
        }
    }
    all
}

fn describe(table: &str, row: &Map<String, Value>) -> String {
    let owner = row.get("owner").or(row.get("organization")).and_then(Value::as_str);
    let name = row.get("name").and_then(Value::as_str).unwrap_or_default();
    format!("{table} {}/{name}", owner.unwrap_or_default())
}

fn text<'a>(row: &'a Map<String, Value>, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What `credential` opens in the world of `image`, by trying.
fn powers_of(image: &Image, credential: &Credential) -> Powers {
    let world = World::from_image(image);
    let probe = Probe { world: &world, credential };
    let mut powers = as_client(&world, credential);
    powers.extend(at_services(&world, credential));
    let first = credential.on(world.get("/v1/iam/users")).send();
    if first.status() == StatusCode::UNAUTHORIZED {
        return powers; // the directory does not know the credential
    }
    for organization in ORGANIZATIONS {
        for what in ["users", "keys"] {
            let body = probe.get(&format!("/v1/iam/{what}?owner={organization}"));
            let kind = format!("canary:{}:{organization}/", what.trim_end_matches('s'));
            // One of them may be the caller's own.
            if body.matches(&kind).count() > 1 || (organization == "admin" && body.contains(&kind))
            {
                powers.insert(format!("reads {what} of {organization}"));
            }
        }
        let body = probe.get(&format!("/v1/iam/applications?organization={organization}"));
        if body.contains("\"clientId\"") {
            powers.insert(format!("reads applications of {organization}"));
        }
        let user = json!({"owner": organization, "name": "probe"});
        if probe.opens(Method::POST, "/v1/iam/users", &user) {
            powers.insert(format!("creates users in {organization}"));
        }
        let id = format!("{organization}-probe");
        let application = json!({"owner": organization, "organization": organization, "name": id});
        if probe.opens(Method::POST, "/v1/iam/applications", &application) {
            powers.insert(format!("creates applications in {organization}"));
        }
        let path = format!("/v1/iam/organizations/admin/{organization}");
        if probe.opens(Method::PUT, &path, &json!({"displayName": "probe"})) {
            powers.insert(format!("changes organization {organization}"));
        }
    }
    for person in Person::ALL {
        let path = format!("/v1/iam/users/{}/{}", person.owner(), person.name());
        let email = json!({"email": format!("probe-{}@evil.example", person.name())});
        if probe.opens(Method::PUT, &path, &email) {
            powers.insert(format!("takes over {}/{}", person.owner(), person.name()));
        }
        if probe.opens(Method::POST, &format!("{path}/keys?type=publishable"), &json!({})) {
            powers.insert(format!("mints keys for {}/{}", person.owner(), person.name()));
        }
    }
    for client in CLIENTS {
        let path = format!("/v1/iam/applications/{}/{}", client.owner, client.id);
        if probe.opens(Method::PUT, &path, &json!({"displayName": "probe"})) {
            powers.insert(format!("changes client {}", client.id));
        }
    }
    for person in [Person::Bob, Person::Erin] {
        let path = format!("/v1/iam/keys/principal?accessKey={}", world.keys[person.name()]);
        if probe.get(&path).contains("billing_account") {
            powers.insert(format!("resolves keys of {}", person.owner()));
        }
    }
    if probe.opens(Method::POST, "/v1/iam/organizations", &json!({"name": "probe"})) {
        powers.insert("creates organizations".to_owned());
    }
    if probe.get("/v1/iam/signing-keys").contains("signingKeys") {
        powers.insert("reads signing keys".to_owned());
    }
    powers
}

struct Probe<'a> {
    world: &'a World,
    credential: &'a Credential,
}

impl Probe<'_> {
    fn get(&self, path: &str) -> String {
        let answer = self.credential.on(self.world.get(path)).send();
        if answer.status().is_success() { answer.text() } else { String::new() }
    }

    fn opens(&self, method: Method, path: &str, body: &Value) -> bool {
        let answer = self.credential.on(self.world.call(method, path)).json(body).send();
        answer.status().is_success() && answer.body()["status"] != "error"
    }
}

/// What a client's secret opens at the token endpoint.
fn as_client(world: &World, credential: &Credential) -> Powers {
    let mut powers = Powers::new();
    let Credential::Client { id, secret } = credential else { return powers };
    for person in [Person::Bob, Person::Erin] {
        let Some(Credential::Token(token)) = token_of(world, person, APP, "openid", None) else {
            continue;
        };
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", &*token),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ];
        let answer = world.post("/v1/iam/oauth/token").basic(id, secret).form(&form).send();
        if answer.status().is_success() {
            powers.insert(format!("exchanges tokens of {}", person.owner()));
        }
    }
    powers
}

/// What services learn about the bearer: which organizations it administers, and which calls
/// the scope of a key allows.
fn at_services(world: &World, credential: &Credential) -> Powers {
    let (orgs, scope) = match credential {
        Credential::Token(token) => {
            let claims = token.split('.').nth(1).and_then(from_base64url).unwrap_or_default();
            let claims: Value = serde_json::from_slice(&claims).unwrap_or_default();
            (claims["orgs"].clone(), None)
        }
        Credential::Key(key) => {
            let Ok(key) = ApiKey::parse(key) else { return Powers::new() };
            let record = world.get(&format!("/internal/keys/{}", key.digest())).send().body();
            let expired = record["expires_at"]
                .as_i64()
                .is_some_and(|end| end <= hanzo_iam::ports::Clock::now(&*world.clock).0);
            if record["active"] != true || expired {
                return Powers::new();
            }
            let scope = KeyScope::stored(record["scope"].as_str().unwrap_or_default());
            (record["orgs"].clone(), Some(scope))
        }
        _ => return Powers::new(),
    };
    let mut powers = Powers::new();
    for role in orgs.as_array().into_iter().flatten() {
        if role["role"] != "member" {
            let organization = role["org"].as_str().unwrap_or_default();
            powers.insert(format!("administers {organization} at services"));
        }
    }
    if let Some(scope) = scope {
        for method in [Method::GET, Method::POST] {
            if scope.permits("echo", &method) {
                powers.insert(format!("calls services with {method}"));
            }
        }
    }
    powers
}
