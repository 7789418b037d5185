//! The people, clients and credentials of the authority tests.

use std::sync::{LazyLock, Mutex};

use hanzo_iam::{
    core::{
        encoding::{base64url, digest},
        oauth::{pkce::Challenge, scope::Scope},
    },
    origin::{
        domain::codes::CodeRequest,
        store::{
            consents,
            sessions::{self, Session},
            users::{self, User},
        },
    },
    ports::Clock,
};
use serde_json::{Value, json};

use crate::{
    browser::CHALLENGE,
    oauth::{VERIFIER, code, session_cookie, subject},
    world::{Answer, Call, ISSUER, Image, World},
};

/// The resource identifier of the directory (RFC 8707).
pub const DIRECTORY: &str = "https://hanzo.id/v1/iam";
/// Where an attacker's client has its codes sent.
pub const EVIL: &str = "https://evil.example/callback";
/// The secret of every confidential client.
pub const SECRET: &str = "the-secret-of-the-authority-tests";

/// A person of the cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Person {
    /// Member of hanzo.
    Bob,
    /// Member of acme.
    Erin,
    /// Administers hanzo.
    Alice,
    /// Administers acme.
    Dave,
    /// Member of hanzo, to be given further memberships.
    Mia,
    /// Administers the platform.
    Root,
}

use Person::{Alice, Bob, Dave, Erin, Mia, Root};

impl Person {
    pub const ALL: [Self; 6] = [Bob, Erin, Alice, Dave, Mia, Root];

    pub const fn owner(self) -> &'static str {
        match self {
            Bob | Alice | Mia => "hanzo",
            Erin | Dave => "acme",
            Root => "admin",
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Bob => "bob",
            Erin => "erin",
            Alice => "alice",
            Dave => "dave",
            Mia => "mia",
            Root => "root",
        }
    }

    /// The user, unless deleted.
    pub fn user(self, world: &World) -> Option<User> {
        let database = &*world.origin.database;
        pollster::block_on(users::find(database, self.owner(), self.name())).unwrap()
    }

    const fn is_admin(self) -> bool {
        matches!(self, Alice | Dave | Root)
    }
}

/// A registered client of the cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    pub owner: &'static str,
    pub id: &'static str,
    pub organization: &'static str,
    pub redirect: &'static str,
    pub is_public: bool,
}

/// First-party, public, and it may carry platform authority.
pub const APP: Client = client("admin", "hanzo-app", "hanzo", "http://localhost:3000/callback");
/// First-party, with capabilities.
pub const CLOUD: Client =
    confidential("admin", "hanzo-cloud", "hanzo", "https://cloud.hanzo.ai/callback");
/// Tenant clients.
pub const ACME: Client = confidential("acme", "acme-app", "acme", "https://acme.example/callback");
pub const DESK: Client =
    confidential("hanzo", "hanzo-desk", "hanzo", "https://desk.hanzo.example/callback");
/// Third-party: shared beyond its organization.
pub const WIDGET: Client =
    confidential("acme", "acme-widget", "acme", "https://widget.example/callback");
/// Owned by the platform for hanzo, and not marked first-party.
pub const TOOL: Client = client("admin", "hanzo-tool", "hanzo", "http://localhost:4000/callback");

pub const CLIENTS: [Client; 6] = [APP, CLOUD, ACME, DESK, WIDGET, TOOL];

const fn client(
    owner: &'static str,
    id: &'static str,
    organization: &'static str,
    redirect: &'static str,
) -> Client {
    Client { owner, id, organization, redirect, is_public: true }
}

const fn confidential(
    owner: &'static str,
    id: &'static str,
    organization: &'static str,
    redirect: &'static str,
) -> Client {
    Client { owner, id, organization, redirect, is_public: false }
}

/// Marks that are found again in an answer that shows the object.
pub fn canary(kind: &str, owner: &str, name: &str) -> String {
    format!("canary:{kind}:{owner}/{name};")
}

fn application(client: Client, further: &Value) -> Value {
    let mut object = json!({
        "owner": client.owner, "name": client.id, "organization": client.organization,
        "clientId": client.id, "redirectUris": [client.redirect],
        "clientSecret": if client.is_public { Value::Null } else { json!(SECRET) },
        "grantTypes": ["authorization_code", "refresh_token"],
        "scopes": ["iam", "iam:read"], "resources": [DIRECTORY],
        "remark": canary("application", client.organization, client.id),
    });
    let members = object.as_object_mut().unwrap();
    members.extend(further.as_object().unwrap().clone());
    object
}

fn seed() -> Value {
    let organizations = ["admin", "hanzo", "acme"].map(|name| {
        json!({"name": name, "displayName": name, "remark": canary("organization", "admin", name)})
    });
    let users = Person::ALL.map(|person| {
        json!({
            "owner": person.owner(), "name": person.name(), "isAdmin": person.is_admin(),
            "email": format!("{}@{}.example", person.name(), person.owner()),
            "emailVerified": true, "tag": canary("user", person.owner(), person.name()),
        })
    });
    let keys = Person::ALL.map(|person| {
        json!({
            "owner": person.owner(), "user": person.name(), "name": person.name(),
            "displayName": canary("key", person.owner(), person.name()),
            "platform": person == Root,
        })
    });
    let first_party = |platform: bool| json!({"isFirstParty": true, "platformAccess": platform});
    let all_grants = json!([
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "password",
        "token-exchange",
    ]);
    let cloud = json!({
        "isFirstParty": true, "grantTypes": all_grants, "isShared": true,
        "capabilities": [
            "directory", "key-resolve", "publishable-resolve", "key-mint", "token-exchange",
        ],
    });
    let mut app = first_party(true);
    app["isShared"] = json!(true);
    app["grantTypes"] = json!(["authorization_code", "refresh_token", "device_code"]);
    let tenant = json!({"grantTypes": all_grants, "capabilities": ["token-exchange"]});
    json!({
        "organizations": organizations,
        "users": users,
        "keys": keys,
        "applications": [
            application(APP, &app),
            application(CLOUD, &cloud),
            application(ACME, &tenant),
            application(DESK, &json!({"grantTypes": all_grants})),
            application(WIDGET, &json!({"isShared": true})),
            application(TOOL, &json!({})),
        ],
    })
}

static IMAGE: LazyLock<Mutex<Image>> = LazyLock::new(|| Mutex::new(World::seeded(&seed()).image()));

/// A copy of the cast's world.
pub fn world() -> World {
    World::from_image(&IMAGE.lock().unwrap())
}

/// What a call is made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    Nothing,
    Key(String),
    Token(String),
    /// The cookie of a browser on a page of ours.
    Session(String),
    Client {
        id: String,
        secret: String,
    },
}

impl Credential {
    /// The call with this credential.
    pub fn on<'a>(&self, call: Call<'a>) -> Call<'a> {
        match self {
            Self::Nothing => call,
            Self::Key(text) | Self::Token(text) => call.bearer(text),
            Self::Client { id, secret } => call.basic(id, secret),
            Self::Session(cookie) => call
                .header("cookie", cookie)
                .header("origin", ISSUER)
                .header("sec-fetch-site", "same-origin"),
        }
    }
}

/// A browser session of `person`, begun now.
pub fn session_of(world: &World, person: Person) -> Option<Credential> {
    let user = person.user(world)?;
    let now = world.clock.now();
    let id = base64url(&world.origin.random.bytes::<16>());
    let value = session_cookie(&user.id, &id);
    let session = Session {
        digest: digest(&value),
        user_id: user.id,
        id,
        authenticated_at: now,
        methods: vec!["pwd".to_owned()],
        expires_at: now.plus(14 * 24 * 3600),
        idle_ends_at: now.plus(3 * 24 * 3600),
        created_at: now,
        used_at: now,
        ..Session::default()
    };
    let insert = sessions::insert(&session, user.password_hash.as_deref());
    pollster::block_on(world.origin.database.run(insert)).unwrap();
    Some(Credential::Session(format!("hanzo_session={value}")))
}

/// Notes that `person` allowed `client` what a page would have asked for.
pub fn consent(world: &World, person: Person, client: Client, scope: &str) {
    let Some(user) = person.user(world) else { return };
    let now = world.clock.now();
    let allowed = consents::put(&user.id, client.id, scope, &[DIRECTORY.to_owned()], now);
    pollster::block_on(world.origin.database.run(allowed)).unwrap();
}

/// The access token that `client` gets for `person`, who signed in just now and consented; `None`
/// if the client does not admit the person.
pub fn token_of(
    world: &World,
    person: Person,
    client: Client,
    scope: &str,
    resource: Option<&str>,
) -> Option<Credential> {
    if client == WIDGET {
        consent(world, person, client, scope);
    }
    token_with(world, person.user(world)?.id, client, scope, resource)
}

/// A first-party token with the scope `iam` for the user of that name.
pub fn token_of_user(world: &World, owner: &str, name: &str, client: Client) -> Option<Credential> {
    token_with(world, subject(world, owner, name), client, "openid profile iam", None)
}

fn token_with(
    world: &World,
    user_id: String,
    client: Client,
    scope: &str,
    resource: Option<&str>,
) -> Option<Credential> {
    let request = CodeRequest {
        client_id: client.id.to_owned(),
        user_id,
        session_id: None,
        redirect_uri: client.redirect.to_owned(),
        scope: Scope::parse(scope).unwrap(),
        resource: resource.map(str::to_owned),
        nonce: None,
        challenge: Challenge::parse(CHALLENGE, Some("S256")).ok(),
        auth_time: world.clock.now(),
        methods: vec!["pwd".to_owned()],
        platform_asked: true,
    };
    let code = code(world, request);
    let secret = (!client.is_public).then_some(SECRET);
    let answer = redeem(world, client.id, secret, client.redirect, &code).body();
    answer["access_token"].as_str().map(|token| Credential::Token(token.to_owned()))
}

/// Redeems a code by PKCE, and with the secret if it is known.
pub fn redeem(
    world: &World,
    client_id: &str,
    secret: Option<&str>,
    redirect: &str,
    code: &str,
) -> Answer {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("client_id", client_id),
        ("code", code),
        ("redirect_uri", redirect),
        ("code_verifier", VERIFIER),
    ];
    form.extend(secret.map(|secret| ("client_secret", secret)));
    world.post("/v1/iam/oauth/token").form(&form).send()
}
