//! The columns of the table: every kind of caller with every kind of credential.

use serde_json::json;

use super::cast::{
    self, ACME, APP, CLOUD, Client, Credential, DESK, DIRECTORY, Person, SECRET, WIDGET,
    session_of, token_of,
};
use crate::{
    oauth::sql,
    world::{Call, World},
};

/// The groups of columns, and what each letter in one stands for.
pub const GROUPS: [(&str, &str); 8] = [
    ("anon", "-"),
    ("member", "sftcx"),
    ("admin", "sftcx"),
    ("other", "sftcx"),
    ("platform", "sftcx"),
    ("keys", "FRNPEVA"),
    ("client", "bop"),
    ("service", "fk"),
];

/// What the letters mean, as the file says it.
pub const LEGEND: &str = "\
anon: no credential.
member (hanzo/bob), admin (hanzo/alice), other (acme/dave, who administers acme) and platform
(admin/root), each with: s a session cookie, f a token of a first-party client with the scope iam,
t one of a tenant client with iam for the directory, c one of a third-party client with the consent
to that, x an exchange of f (by hanzo-cloud; for other by a tenant client).
keys of hanzo/alice: F unlimited, R read:*, N product:echo, P publishable, E expired, V revoked,
A an organization's that acts for others.
client hanzo-cloud, which has capabilities: b its id and secret, o a token of its own, p a token of
hanzo/alice through it.
service account hanzo/robot, which administers hanzo: f a token of a first-party client, k a key.
";

/// A caller of the table.
pub struct Caller {
    /// Group and letter.
    pub name: String,
    /// `owner/name` of whom the credential belongs to.
    pub me: &'static str,
    /// `None` if such a credential cannot be had.
    pub credential: Option<Credential>,
}

impl Caller {
    /// The call as this caller makes it; `None` if the credential cannot be had.
    pub fn on<'a>(&self, call: Call<'a>) -> Option<Call<'a>> {
        self.credential.as_ref().map(|credential| credential.on(call))
    }
}

/// The world of the table, with the objects that its calls name, and the callers.
pub fn world_and_callers() -> (World, Vec<Caller>) {
    let world = cast::world();
    prepare(&world);
    let callers = callers(&world);
    (world, callers)
}

fn prepare(world: &World) {
    let root = |path: &str, body: serde_json::Value| {
        world.post(path).of("root").json(&body).send().ok();
    };
    for name in ["empty", "gone"] {
        root("/v1/iam/organizations", json!({ "name": name }));
    }
    world.delete("/v1/iam/organizations/admin/gone").of("root").send().ok();
    let machine = json!({
        "owner": "hanzo", "name": "robot", "type": "service-account", "isAdmin": true,
    });
    root("/v1/iam/users", machine);
    let agent = json!({"organization": "hanzo", "name": "agent", "user": "alice"});
    root("/v1/iam/service-accounts", agent);
    // A sign-in and a grant that calls name.
    session_of(world, Person::Mia);
    token_of(world, Person::Mia, APP, "openid", None);
    root("/v1/iam/users", json!({"owner": "empty", "name": "lone"}));
    world.delete("/v1/iam/users/empty/lone").of("root").send().ok();
    // A member from elsewhere, without a credential.
    root("/v1/iam/users", json!({"owner": "acme", "name": "guest"}));
    let guest = json!({"user": "acme/guest", "org": "hanzo"});
    root("/v1/iam/memberships", guest);
    root("/v1/iam/invitations", json!({"owner": "hanzo", "name": "welcome"}));
    super::endpoints::resources::prepare(world);
    super::endpoints::webhooks::prepare(world);
    super::endpoints::federation::prepare(world);
}

fn key(world: &World, name: &str, further: &serde_json::Value) -> Credential {
    let mut body = json!({"owner": "hanzo", "user": "alice", "name": name});
    body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    let answer = world.post("/v1/iam/keys").of("root").json(&body).send().ok();
    let text = answer.get("accessSecret").or(answer.get("accessKey")).unwrap();
    Credential::Key(text.as_str().unwrap().to_owned())
}

/// A token of `client` in exchange of `token`, for the directory where the client's own audience
/// does not reach it.
fn exchanged(world: &World, client: Client, token: Option<&Credential>) -> Option<Credential> {
    let Some(Credential::Token(token)) = token else { return None };
    let mut form = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", token),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
    ];
    form.extend((client != CLOUD).then_some(("resource", DIRECTORY)));
    let answer = world.post("/v1/iam/oauth/token").basic(client.id, SECRET).form(&form).send();
    let token = answer.body()["access_token"].as_str()?.to_owned();
    Some(Credential::Token(token))
}

fn callers(world: &World) -> Vec<Caller> {
    let mut all = vec![Caller {
        name: "anon -".to_owned(),
        me: "hanzo/bob",
        credential: Some(Credential::Nothing),
    }];
    let mut add = |name: &str, me: &'static str, credential: Option<Credential>| {
        all.push(Caller { name: name.to_owned(), me, credential });
    };
    for (group, person, me, tenant) in [
        ("member", Person::Bob, "hanzo/bob", DESK),
        ("admin", Person::Alice, "hanzo/alice", DESK),
        ("other", Person::Dave, "acme/dave", ACME),
        ("platform", Person::Root, "admin/root", DESK),
    ] {
        let token =
            |client: Client, scope, resource| token_of(world, person, client, scope, resource);
        let first = token(APP, "openid profile iam", None);
        let by = if person == Person::Dave { ACME } else { CLOUD };
        let exchanged = exchanged(world, by, first.as_ref());
        add(&format!("{group} s"), me, session_of(world, person));
        add(&format!("{group} f"), me, first);
        add(&format!("{group} t"), me, token(tenant, "openid iam", Some(DIRECTORY)));
        add(&format!("{group} c"), me, token(WIDGET, "openid iam", Some(DIRECTORY)));
        add(&format!("{group} x"), me, exchanged);
    }
    let alice = "hanzo/alice";
    add("keys F", alice, Some(Credential::Key(world.keys["alice"].clone())));
    add("keys R", alice, Some(key(world, "reads", &json!({"scope": "read:*"}))));
    add("keys N", alice, Some(key(world, "narrow", &json!({"scope": "product:echo"}))));
    add("keys P", alice, Some(key(world, "public", &json!({"scope": "publish"}))));
    let expired = key(world, "expired", &json!({}));
    sql(world, "UPDATE keys SET expires_at = 1 WHERE name = 'expired'");
    add("keys E", alice, Some(expired));
    let revoked = key(world, "revoked", &json!({}));
    world.delete("/v1/iam/keys/hanzo/revoked").of("root").send().ok();
    add("keys V", alice, Some(revoked));
    let act = json!({"user": "", "type": "Organization", "act": true});
    add("keys A", alice, Some(key(world, "act", &act)));
    let own = world
        .post("/v1/iam/oauth/token")
        .basic(CLOUD.id, SECRET)
        .form(&[("grant_type", "client_credentials")])
        .send()
        .ok();
    let own = own["access_token"].as_str().map(|token| Credential::Token(token.to_owned()));
    let basic = Credential::Client { id: CLOUD.id.to_owned(), secret: SECRET.to_owned() };
    add("client b", "hanzo/bob", Some(basic));
    add("client o", "hanzo/bob", own);
    add("client p", alice, token_of(world, Person::Alice, CLOUD, "openid profile", None));
    let robot = key(world, "robot", &json!({"user": "robot"}));
    add("service f", "hanzo/robot", cast::token_of_user(world, "hanzo", "robot", APP));
    add("service k", "hanzo/robot", Some(robot));
    all
}
