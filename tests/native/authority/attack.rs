//! An attacker: the credentials they hold, and the calls they make with them.
//!
//! The attacker owns a web site ([`EVIL`]), can have a signed-in person follow a link, and sees
//! every answer to calls of their own. The attacker does not see a victim's browser.

use http::Method;
use serde_json::{Value, json};

use super::{
    cast::{
        APP, CLIENTS, CLOUD, Credential, DIRECTORY, EVIL, Person, SECRET, WIDGET, consent,
        session_of, token_of,
    },
    oracle::{Findings, Record},
    steps::{
        DELETES, Extra, HOME, Held, OWN_SECRET, PASSWORD, Place, READS, Start, Step, UserChange,
        ask,
    },
};
use crate::world::{Answer, World};
use hanzo_iam::ports::Clock;

/// A client as far as the attacker knows it.
#[derive(Debug, Clone)]
pub struct Known {
    pub owner: String,
    pub id: String,
    pub redirect: String,
    /// Whether its codes can be sent to the attacker.
    pub is_captured: bool,
    pub secret: Option<String>,
}

/// A run of an attacker through a world.
pub struct Attack {
    pub world: World,
    pub who: Option<Person>,
    home: &'static str,
    pub held: Vec<Credential>,
    pub refresh: Vec<(Place, String)>,
    pub clients: Vec<Known>,
    pub users: Vec<(String, String)>,
    record: Record,
    pub log: Vec<String>,
}

impl Attack {
    /// An attacker in `world`; `None` if the person cannot have the token to begin with.
    pub fn begin(world: World, start: Start) -> Option<Self> {
        let clients = CLIENTS.map(|client| {
            let is_attacker = matches!(start, Start::Secret(known) if known == client);
            Known {
                owner: client.owner.to_owned(),
                id: client.id.to_owned(),
                redirect: client.redirect.to_owned(),
                is_captured: is_attacker,
                secret: is_attacker.then(|| SECRET.to_owned()),
            }
        });
        let (who, held) = begin_with(&world, start)?;
        // A signed-in person may have tokens of first-party clients and keys.
        let mut allowed = vec![held.clone()];
        if let Start::Session(person) = start {
            allowed.extend(token_of(&world, person, APP, "openid profile iam", None));
            allowed.push(Credential::Key(world.keys[person.name()].clone()));
        }
        // Its administrators stand behind a tenant's client: it may carry their role there.
        if let Start::Secret(client) = start
            && client != WIDGET
        {
            let people = [Person::Alice, Person::Dave].into_iter();
            let tokens = people.filter(|person| person.owner() == client.organization).filter_map(
                |person| token_of(&world, person, client, "openid iam", Some(DIRECTORY)),
            );
            allowed.extend(tokens);
        }
        let record = Record::new(&world, start, &allowed);
        Some(Self {
            world,
            who,
            home: match start {
                Start::Session(person)
                | Start::Token { person, .. }
                | Start::Key { person, .. } => person.owner(),
                Start::Secret(client) => client.organization,
            },
            held: vec![held],
            refresh: Vec::new(),
            clients: clients.to_vec(),
            users: Vec::new(),
            record,
            log: Vec::new(),
        })
    }

    /// Makes a move. What the world refuses changes nothing.
    pub fn step(&mut self, step: Step) {
        let before = self.held.len();
        let status = match self.try_step(step) {
            None => "impossible".to_owned(),
            Some(answer) if answer.body()["status"] == "error" => {
                format!("{} in the envelope: {}", answer.status(), answer.body()["msg"])
            }
            Some(answer) => answer.status().to_string(),
        };
        let gained = self.held.len() - before;
        let gained =
            if gained > 0 { format!(", {gained} more credentials") } else { String::new() };
        self.log.push(format!("{step:?}: {status}{gained}"));
    }

    /// What the attacker has come to that the beginning does not justify.
    pub fn findings(&self) -> Findings {
        self.record.judge(&self.world, self.who, &self.held)
    }

    fn named(&self, organization: &'static str) -> &'static str {
        if organization == HOME { self.home } else { organization }
    }

    fn send(&mut self, with: Held, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let credential = self.held[with % self.held.len()].clone();
        let call = credential.on(self.world.call(method, path));
        let answer = match body {
            Some(body) => call.json(body).send(),
            None => call.send(),
        };
        self.record.saw(&answer.text());
        answer
    }

    fn try_step(&mut self, step: Step) -> Option<Answer> {
        Some(match step {
            Step::RegisterClient { with, owner, organization, extra } => {
                self.register(with, self.named(owner), self.named(organization), extra)
            }
            Step::AlterClient { with, client, change } => self.alter_client(with, client, change),
            Step::CreateUser { with, owner, r#type, is_admin } => {
                self.create_user(with, self.named(owner), r#type, is_admin)
            }
            Step::AlterUser { with, person, change } => self.alter_user(with, person, change),
            Step::MakeKey { with, owner, of_organization, act } => {
                let owner = self.named(owner);
                let kind = if of_organization { "Organization" } else { "User" };
                let name = format!("made{}", self.held.len());
                let body = json!({"owner": owner, "type": kind, "act": act, "name": name});
                let answer = self.send(with, Method::POST, "/v1/iam/keys", Some(&body));
                self.keep_key(&answer.body()["accessSecret"]);
                answer
            }
            Step::MintKey { with, person } => {
                let path =
                    format!("/v1/iam/users/{}/{}/keys?type=secret", person.owner(), person.name());
                let answer = self.send(with, Method::POST, &path, None);
                self.keep_key(&answer.body()["data"]["accessKey"]);
                answer
            }
            Step::WidenKey { with, person } => {
                let path = format!("/v1/iam/keys/{}/{}", person.owner(), LIMITED);
                let body = json!({"scope": "", "expireTime": "", "state": "Active"});
                self.send(with, Method::PUT, &path, Some(&body))
            }
            Step::Link { victim, client, scope, resource } => {
                let client = client % self.clients.len();
                if !self.clients[client].is_captured {
                    return None;
                }
                // A third party's client asks, and the victim clicks on.
                if client == WIDGET_PLACE {
                    consent(&self.world, victim, WIDGET, scope);
                }
                let victim = session_of(&self.world, victim)?;
                let redirect = self.clients[client].redirect.clone();
                self.authorize(&victim, client, &redirect, scope, resource)?
            }
            Step::Authorize { with, client, scope, resource } => {
                let client = client % self.clients.len();
                let held = self.held[with % self.held.len()].clone();
                let Credential::Session(_) = held else { return None };
                let redirect = self.clients[client].redirect.clone();
                self.authorize(&held, client, &redirect, scope, resource)?
            }
            Step::SignIn { user, client, scope } => self.sign_in(user, client, scope)?,
            Step::Refresh { token, scope } => {
                let (client, token) = self.refresh.get(token % self.refresh.len().max(1))?.clone();
                let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", &*token)];
                form.extend((!scope.is_empty()).then_some(("scope", scope)));
                self.token_request(client, &form)
            }
            Step::Exchange { with, subject, resource } => {
                let subject = self.held[subject % self.held.len()].clone();
                let Credential::Token(subject) = subject else { return None };
                let mut form = vec![
                    ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
                    ("subject_token", &*subject),
                    ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                ];
                form.extend(resource.then_some(("resource", DIRECTORY)));
                self.as_client(with, &form)?
            }
            Step::ClientToken { with, resource } => {
                let mut form = vec![("grant_type", "client_credentials")];
                form.extend(resource.then_some(("resource", DIRECTORY)));
                self.as_client(with, &form)?
            }
            Step::PasswordGrant { with, user, scope } => {
                let (owner, name) = self.users.get(user % self.users.len().max(1))?.clone();
                let form = [
                    ("grant_type", "password"),
                    ("username", &*format!("{owner}/{name}")),
                    ("password", PASSWORD),
                    ("scope", scope),
                ];
                self.as_client(with, &form)?
            }
            Step::CreateOrganization { with } => {
                let body = json!({"name": "made"});
                self.send(with, Method::POST, "/v1/iam/organizations", Some(&body))
            }
            Step::AlterAccount { with } => {
                let body = json!({"displayName": "changed"});
                self.send(with, Method::PUT, "/v1/iam/account", Some(&body))
            }
            Step::Read { with, what } => {
                self.send(with, Method::GET, READS[what % READS.len()], None)
            }
            Step::Delete { with, what } => {
                self.send(with, Method::DELETE, DELETES[what % DELETES.len()], None)
            }
        })
    }

    fn register(&mut self, with: Held, owner: &str, organization: &str, extra: Extra) -> Answer {
        let id = format!("{organization}-made{}", self.clients.len());
        let mut body = json!({
            "owner": owner, "organization": organization, "name": id, "clientId": id,
            "redirectUris": [EVIL], "clientSecret": OWN_SECRET,
            "grantTypes": ["authorization_code", "refresh_token", "client_credentials"],
            "scopes": ["iam", "iam:read"],
        });
        ask(&mut body, extra);
        let answer = self.send(with, Method::POST, "/v1/iam/applications", Some(&body));
        if answer.status().is_success() {
            let secret = (extra != Extra::Public).then(|| OWN_SECRET.to_owned());
            self.clients.push(Known {
                owner: owner.to_owned(),
                id: id.clone(),
                redirect: EVIL.to_owned(),
                is_captured: true,
                secret: secret.clone(),
            });
            self.held.extend(secret.map(|secret| Credential::Client { id, secret }));
        }
        answer
    }

    fn alter_client(&mut self, with: Held, client: Place, change: Extra) -> Answer {
        let client = client % self.clients.len();
        let known = &self.clients[client];
        let path = format!("/v1/iam/applications/{}/{}", known.owner, known.id);
        let mut body = json!({});
        ask(&mut body, change);
        let answer = self.send(with, Method::PUT, &path, Some(&body));
        if answer.status().is_success() {
            let known = &mut self.clients[client];
            match change {
                Extra::Secret => {
                    known.secret = Some(OWN_SECRET.to_owned());
                    let (id, secret) = (known.id.clone(), OWN_SECRET.to_owned());
                    self.held.push(Credential::Client { id, secret });
                }
                Extra::Redirect => {
                    known.is_captured = true;
                    EVIL.clone_into(&mut known.redirect);
                }
                Extra::Public => known.secret = None,
                _ => {}
            }
        }
        answer
    }

    fn create_user(&mut self, with: Held, owner: &str, r#type: &str, is_admin: bool) -> Answer {
        let name = format!("made{}", self.users.len());
        let body = json!({
            "owner": owner, "name": name, "type": r#type, "isAdmin": is_admin, "password": PASSWORD,
        });
        let answer = self.send(with, Method::POST, "/v1/iam/users", Some(&body));
        if answer.status().is_success() {
            self.users.push((owner.to_owned(), name));
        }
        answer
    }

    fn alter_user(&mut self, with: Held, person: Person, change: UserChange) -> Answer {
        let path = format!("/v1/iam/users/{}/{}", person.owner(), person.name());
        let body = match change {
            UserChange::Email => json!({"email": "attacker@evil.example"}),
            UserChange::Password => json!({"password": PASSWORD}),
            UserChange::Admin => json!({"isAdmin": true}),
            UserChange::ServiceAccount => json!({"type": "service-account"}),
        };
        let answer = self.send(with, Method::PUT, &path, Some(&body));
        if answer.status().is_success() && change == UserChange::Password {
            self.users.push((person.owner().to_owned(), person.name().to_owned()));
        }
        answer
    }

    fn keep_key(&mut self, text: &Value) {
        self.held.extend(text.as_str().map(|text| Credential::Key(text.to_owned())));
    }
}

/// The place of [`WIDGET`] among the clients.
const WIDGET_PLACE: Place = 4;

/// The name of the key of [`Start::Key`].
const LIMITED: &str = "limited";

fn begin_with(world: &World, start: Start) -> Option<(Option<Person>, Credential)> {
    Some(match start {
        Start::Session(person) => (Some(person), session_of(world, person)?),
        Start::Token { person, client, scope } => {
            let resource = (client != APP && client != CLOUD).then_some(DIRECTORY);
            (Some(person), token_of(world, person, client, scope, resource)?)
        }
        Start::Key { person, scope, expires } => {
            // A key with platform authority never lasts.
            let life = if expires { 1800 } else { 80 * 24 * 3600 };
            let is_root = person == Person::Root;
            let end = (expires || is_root).then(|| world.clock.now().plus(life).to_string());
            let body = json!({
                "owner": person.owner(), "user": person.name(), "name": LIMITED, "scope": scope,
                "expireTime": end.unwrap_or_default(), "platform": is_root,
            });
            let answer = world.post("/v1/iam/keys").of("root").json(&body).send().ok();
            (Some(person), Credential::Key(answer["accessSecret"].as_str().unwrap().to_owned()))
        }
        Start::Secret(client) => {
            let credential =
                Credential::Client { id: client.id.to_owned(), secret: SECRET.to_owned() };
            (None, credential)
        }
    })
}
