//! The world of the protocol tests: an origin over SQLite with the demo's accounts.

use std::{
    collections::BTreeMap,
    rc::Rc,
    sync::{LazyLock, Mutex},
};

use crate::{log::Lines, plans, webhooks::Receivers};
use hanzo_iam::{
    core::{
        authority::PLATFORM_MAX_AGE,
        publication::{Route, Upstream},
        root_key::{RootKey, RootKeys},
        time::UnixTime,
        token::Role,
    },
    origin::{
        Config, Databases, Limits, Occasion, Origin, Place, Trace,
        http::{Request, Response},
        messages::Senders,
        store::{memberships, users},
    },
    platform::native::{ManualClock, MemorySnapshots, RustCrypto, SeededRandom, Sqlite, Tcp},
    ports::Clock,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

/// The issuer, and the base of every request.
pub const ISSUER: &str = "https://hanzo.id";
/// When every test begins.
pub const START: UnixTime = UnixTime(1_795_464_000);
/// The password of every user who has one (alice and bob: hashing takes its time).
pub const PASSWORD: &str = "correct horse battery staple";
/// The secret of the confidential client `hanzo-cloud`, which has every capability in `hanzo`.
pub const CLOUD_SECRET: &str = "hanzo-cloud-secret-of-the-tests";
/// The secret of the confidential client `acme-app`, which has no capability.
pub const ACME_SECRET: &str = "acme-app-secret-of-the-tests-00";

/// An origin, its clock, and the API keys of the demo's users: `root` (platform), `alice`
/// (administers hanzo), `bob` (member of hanzo), `dave` (administers acme), `erin` (member of
/// acme), and `reader`, a key of alice that only reads.
pub struct World {
    pub origin: Origin,
    pub clock: Rc<ManualClock>,
    pub database: Rc<Sqlite>,
    pub keys: BTreeMap<String, String>,
    pub log: Rc<Lines>,
    pub outbound: Rc<Receivers>,
    others: Vec<Rc<Sqlite>>,
    snapshots: Rc<MemorySnapshots>,
    random: Rc<SeededRandom>,
}

/// A world at one moment. The one that many tests begin with is made once a process and copied: the
/// signing keys and passwords of the demo take most of a second.
pub struct Image {
    database: Sqlite,
    snapshots: MemorySnapshots,
    random: SeededRandom,
    now: UnixTime,
    keys: BTreeMap<String, String>,
    others: Vec<Sqlite>,
}

static EMPTY: LazyLock<Mutex<Image>> = LazyLock::new(|| {
    let migrations = migrations();
    let migrations: Vec<&str> = migrations.iter().map(String::as_str).collect();
    Mutex::new(Image {
        database: Sqlite::migrated(&migrations).unwrap().observed(plans::observe),
        snapshots: MemorySnapshots::default(),
        random: SeededRandom::new(1),
        now: START,
        keys: BTreeMap::new(),
        others: Vec::new(),
    })
});

static DEMO: LazyLock<Mutex<Image>> =
    LazyLock::new(|| Mutex::new(plans::unobserved(|| World::seeded(&seed()).image())));

/// The databases of an origin that has `others` besides the first.
fn together(first: &Rc<Sqlite>, others: &[Rc<Sqlite>]) -> Rc<Databases> {
    let all = std::iter::once(first).chain(others);
    Rc::new(Databases::new(all.map(|database| Rc::clone(database) as _).collect()))
}

/// Every migration, in order.
pub fn migrations() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// The seed of the demo.
pub fn seed() -> Value {
    let user = |owner: &str, name: &str, is_admin: bool, password: Option<&str>| {
        json!({
            "owner": owner, "name": name, "displayName": name, "isAdmin": is_admin,
            "email": format!("{name}@{owner}.example"), "emailVerified": true,
            "password": password,
        })
    };
    let key = |owner: &str, name: &str| json!({"owner": owner, "user": name, "name": name});
    json!({
        "organizations": [
            {"name": "admin", "displayName": "Platform"},
            {"name": "hanzo", "displayName": "Hanzo"},
            {"name": "acme", "displayName": "Acme"},
        ],
        "users": [
            user("admin", "root", true, None),
            user("hanzo", "alice", true, Some(PASSWORD)),
            user("hanzo", "bob", false, Some(PASSWORD)),
            user("acme", "dave", true, None),
            user("acme", "erin", false, None),
        ],
        "applications": [
            {
                "owner": "admin", "name": "hanzo-cloud", "organization": "hanzo",
                "clientId": "hanzo-cloud", "clientSecret": CLOUD_SECRET,
                "redirectUris": ["https://cloud.hanzo.ai/callback"],
                "grantTypes": [
                    "authorization_code", "refresh_token", "client_credentials", "password",
                    "token-exchange",
                ],
                "resources": ["https://api.hanzo.ai", "https://hanzo.id/v1/iam"],
                "isFirstParty": true, "scopes": ["iam"],
                "capabilities": [
                    "directory", "key-resolve", "publishable-resolve", "key-mint",
                    "token-exchange",
                ],
            },
            {
                "owner": "admin", "name": "hanzo-app", "organization": "hanzo",
                "clientId": "hanzo-app", "clientSecret": null,
                "redirectUris": ["http://localhost:3000/callback", "http://127.0.0.1/callback"],
                "grantTypes": ["authorization_code", "refresh_token", "device_code"],
                "isFirstParty": true, "scopes": ["iam"],
            },
            {
                "owner": "acme", "name": "acme-app", "organization": "acme",
                "clientId": "acme-app", "clientSecret": ACME_SECRET,
                "redirectUris": ["https://acme.example/callback"],
                "grantTypes": ["authorization_code", "refresh_token", "client_credentials"],
            },
        ],
        "keys": [
            {"owner": "admin", "user": "root", "name": "root", "platform": true}, key("hanzo", "alice"), key("hanzo", "bob"),
            key("acme", "dave"), key("acme", "erin"),
            {"owner": "hanzo", "user": "alice", "name": "reader", "scope": "read:*"},
        ],
    })
}

impl World {
    /// An origin without any account.
    pub fn empty() -> Self {
        Self::from_image(&EMPTY.lock().unwrap())
    }

    /// The demo.
    pub fn demo() -> Self {
        Self::from_image(&DEMO.lock().unwrap())
    }

    /// An origin bootstrapped with `seed`.
    pub fn seeded(seed: &Value) -> Self {
        let mut world = Self::empty();
        let answer = world.post("/internal/bootstrap").json(seed).send().ok();
        for key in answer["keys"].as_array().unwrap() {
            let name = key["name"].as_str().unwrap().to_owned();
            world.keys.insert(name, key["key"].as_str().unwrap().to_owned());
        }
        world
    }

    /// Another instance of the origin over a copy of the database and of KV.
    pub fn from_image(image: &Image) -> Self {
        let clock = Rc::new(ManualClock::at(image.now));
        let database = Rc::new(image.database.backup().unwrap());
        let others: Vec<_> =
            image.others.iter().map(|other| Rc::new(other.backup().unwrap())).collect();
        let snapshots = Rc::new(image.snapshots.clone());
        let random = Rc::new(image.random.clone());
        let log = Rc::new(Lines::default());
        let outbound = Rc::new(Receivers::default());
        let origin = Origin {
            config: Rc::new(Config {
                issuer: ISSUER.to_owned(),
                issuers_by_host: Vec::new(),
                root_keys: RootKeys { current: RootKey::new([7; 32]), previous: None },
                environment: "test".to_owned(),
                routes: vec![Route {
                    service: "echo".to_owned(),
                    upstream: Upstream::Binding("ECHO".to_owned()),
                    public: vec!["/public/*".to_owned()],
                    identity: None,
                    audiences: Vec::new(),
                    requires: Vec::new(),
                    deadline: None,
                }],
                platform_max_age: PLATFORM_MAX_AGE,
                refresh_grace: 10,
                session_origins: Vec::new(),
                related_origins: Vec::new(),
                limits: Limits::default(),
                webhook_hosts: Vec::new(),
                federation_hosts: Vec::new(),
                dns_over_https: "https://dns.example.com/query".to_owned(),
                breach_range: None,
                nodes: std::collections::BTreeMap::new(),
            }),
            database: Rc::clone(&database) as _,
            databases: together(&database, &others),
            place: Place::default(),
            snapshots: Rc::clone(&snapshots) as _,
            clock: Rc::clone(&clock) as _,
            random: Rc::clone(&random) as _,
            crypto: Rc::new(RustCrypto),
            outbound: Rc::clone(&outbound) as _,
            sockets: Rc::new(Tcp),
            messages: Rc::new(Senders::default()),
            outbox: Rc::default(),
            log: Rc::clone(&log) as _,
            watch: Rc::default(),
            occasion: Occasion::default(),
        };
        let keys = image.keys.clone();
        Self { origin, clock, database, keys, log, outbound, others, snapshots, random }
    }

    /// The configuration, to change it.
    pub fn config_mut(&mut self) -> &mut Config {
        Rc::make_mut(&mut self.origin.config)
    }

    /// A second database beside that of the world, number 1. The schedule has made it part of the
    /// deployment.
    pub fn second_database(&mut self) -> Rc<Sqlite> {
        let second = Rc::new(EMPTY.lock().unwrap().database.backup().unwrap());
        self.others = vec![Rc::clone(&second)];
        self.origin.databases = together(&self.database, &self.others);
        pollster::block_on(self.origin.scheduled()).unwrap();
        second
    }

    /// The world as it is now, which what comes later does not change.
    pub fn image(&self) -> Image {
        Image {
            database: self.database.backup().unwrap(),
            snapshots: MemorySnapshots::clone(&self.snapshots),
            random: SeededRandom::clone(&self.random),
            now: self.clock.now(),
            keys: self.keys.clone(),
            others: self.others.iter().map(|other| other.backup().unwrap()).collect(),
        }
    }

    pub fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Call<'_> {
        self.call(Method::POST, path)
    }

    pub fn put(&self, path: &str) -> Call<'_> {
        self.call(Method::PUT, path)
    }

    pub fn delete(&self, path: &str) -> Call<'_> {
        self.call(Method::DELETE, path)
    }

    /// Makes a user a member of a further organization.
    pub fn join(&self, owner: &str, name: &str, organization: &str, role: Role) {
        let database = &*self.origin.database;
        pollster::block_on(async {
            let user = users::find(database, owner, name).await.unwrap().unwrap();
            let now = self.origin.clock.now();
            database
                .run(memberships::join(&user.id, organization, role, now, u32::MAX))
                .await
                .unwrap();
        });
    }

    /// Suspends an organization, or lets it be used again.
    pub fn suspend(&self, organization: &str, is_disabled: bool) {
        let path = format!("/v1/iam/organizations/admin/{organization}");
        self.put(&path).of("root").json(&json!({"isDisabled": is_disabled})).send().ok();
    }

    /// A request for `path`, which may have a query.
    pub fn call(&self, method: Method, path: &str) -> Call<'_> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request {
            method,
            base: ISSUER.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            client_ip: "192.0.2.1".to_owned(),
            request_id: "test".to_owned(),
            trace: Trace::default(),
        };
        Call { world: self, request }
    }
}

/// A request that is being put together.
pub struct Call<'a> {
    world: &'a World,
    pub request: Request,
}

impl Call<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.request.headers.append(name, HeaderValue::from_str(value).unwrap());
        self
    }

    /// `Authorization: Bearer`.
    pub fn bearer(self, credential: &str) -> Self {
        self.header("authorization", &format!("Bearer {credential}"))
    }

    /// `Authorization: Basic`.
    pub fn basic(self, user: &str, password: &str) -> Self {
        use base64ct::{Base64, Encoding};
        let pair = Base64::encode_string(format!("{user}:{password}").as_bytes());
        self.header("authorization", &format!("Basic {pair}"))
    }

    /// With the API key of the demo's user.
    pub fn of(self, name: &str) -> Self {
        let key = self.world.keys[name].clone();
        self.bearer(&key)
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.request.body = body.to_string().into_bytes();
        self.header("content-type", "application/json")
    }

    pub fn form(mut self, pairs: &[(&str, &str)]) -> Self {
        let mut body = form_urlencoded::Serializer::new(String::new());
        self.request.body = body.extend_pairs(pairs).finish().into_bytes();
        self.header("content-type", "application/x-www-form-urlencoded")
    }

    pub fn send(self) -> Answer {
        let origin = &self.world.origin;
        plans::checking(|| {
            pollster::block_on(async {
                let response = origin.handle(self.request).await;
                origin.send_outbox().await;
                Answer(response)
            })
        })
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer(pub Response);

impl Answer {
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name).and_then(|value| value.to_str().ok())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.body().clone()).unwrap()
    }

    pub fn body(&self) -> Value {
        serde_json::from_slice(self.0.body()).unwrap_or(Value::Null)
    }

    /// The body of a 200.
    pub fn ok(&self) -> Value {
        assert_eq!(self.status(), StatusCode::OK, "{}", self.text());
        self.body()
    }

    /// The body, once the status has been checked.
    pub fn refused(&self, status: u16) -> Value {
        assert_eq!(self.status().as_u16(), status, "{}", self.text());
        self.body()
    }
}
