//! Acting as another (WIRE §4.4): `tokens/issue`, `impersonate`, `assume`. No chain of these steps
//! reaches more than the first caller had, or outlives it.

use hanzo_iam::core::token::Role;
use serde_json::{Value, json};

use crate::{
    oauth::{
        allowed, as_cloud, begin_session, code, payload, redeem, session_cookie, sql, subject, text,
    },
    revocation::is_refused,
    world::{ACME_SECRET, Answer, CLOUD_SECRET, Call, ISSUER, World},
};

const ISSUE: &str = "/v1/iam/tokens/issue";
const USERINFO: &str = "/v1/iam/oauth/userinfo";

/// A page of ours with a session of that user.
struct Page {
    cookie: String,
    session: String,
}

impl Page {
    fn of(world: &World, owner: &str, name: &str) -> Self {
        let user = subject(world, owner, name);
        let session = format!("page-{name}");
        begin_session(world, &session, &user);
        let value = session_cookie(&user, &session);
        let digest = hanzo_iam::core::encoding::digest(&value);
        sql(world, &format!("UPDATE sessions SET digest = '{digest}' WHERE id = '{session}'"));
        Self { cookie: format!("hanzo_session={value}"), session }
    }

    fn on<'a>(&self, call: Call<'a>) -> Call<'a> {
        let call = call.header("cookie", &self.cookie).header("origin", ISSUER);
        call.header("sec-fetch-site", "same-origin")
    }

    fn post(&self, world: &World, path: &str, body: &Value) -> Answer {
        self.on(world.post(path)).json(body).send()
    }
}

fn impersonation(target: &str) -> Value {
    json!({"target": target, "reason": "ticket 7", "clientId": "hanzo-app"})
}

/// The access token with which alice acts as bob.
fn alice_as_bob(world: &World) -> (Page, String) {
    let page = Page::of(world, "hanzo", "alice");
    let answer = page.post(world, "/v1/iam/impersonate", &impersonation("hanzo/bob")).ok();
    (page, text(&answer["data"], "accessToken").to_owned())
}

/// In the form of the token endpoint.
fn as_tokens(token: &str) -> Value {
    json!({ "access_token": token })
}

fn is_live(world: &World, token: &str) -> bool {
    let answer = as_cloud(world, "/v1/iam/oauth/introspect", &[("token", token)]).ok();
    answer["active"].as_bool().unwrap()
}

/// Each step by which a token could reach more; all are refused.
fn reaches_nothing(world: &World, token: &str) {
    let call = |method: &str, path: &str| world.call(method.parse().unwrap(), path).bearer(token);
    let refused = |answer: Answer, step: &str| {
        let status = answer.status().as_u16();
        let is_refused = matches!(status, 401 | 403 | 404) || answer.body()["status"] == "error";
        assert!(is_refused, "{step}: {status} {}", answer.text());
    };
    let post = |path: &str, body: Value| {
        refused(call("POST", path).json(&body).send(), path);
    };
    post("/v1/iam/keys", json!({"name": "mine"}));
    post("/v1/account/keys", json!({"name": "mine"}));
    post("/v1/iam/service-accounts", json!({"organization": "hanzo", "name": "mine"}));
    post("/v1/iam/impersonate", impersonation("hanzo/alice"));
    post("/v1/iam/impersonate", impersonation("admin/root"));
    post("/v1/iam/assume", json!({"org": "hanzo", "clientId": "hanzo-app"}));
    post("/v1/iam/users", json!({"name": "mine"}));
    let password = json!({"oldPassword": crate::world::PASSWORD, "password": "another password"});
    refused(call("PUT", "/v1/iam/password").json(&password).send(), "password");
    refused(call("PUT", "/v1/iam/account").json(&json!({"displayName": "x"})).send(), "account");
    for path in ["/v1/iam/account", "/v1/iam/users", "/v1/iam/keys", "/v1/iam/signing-keys"] {
        refused(call("GET", path).send(), path);
    }
    let form = [("userOwner", "hanzo"), ("userName", "bob"), ("newPassword", "another password")];
    refused(call("POST", "/v1/iam/set-password").form(&form).send(), "set-password");
    refused(call("POST", &format!("{ISSUE}?id=hanzo/bob")).send(), "issue");
    refused(call("DELETE", "/v1/iam/sessions/hanzo/bob/-").send(), "sessions");
}

#[test]
fn an_administrator_acts_as_a_user_for_a_quarter_of_an_hour_and_the_token_says_so() {
    let world = World::demo();
    let (page, token) = alice_as_bob(&world);
    let claims = payload(&token);
    let alice = subject(&world, "hanzo", "alice");
    assert_eq!(claims["sub"], subject(&world, "hanzo", "bob"));
    assert_eq!(claims["act"], json!({"sub": alice, "owner": "hanzo", "name": "alice"}));
    assert_eq!((&claims["imp"], &claims["sid"]), (&json!(true), &json!(page.session)));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    let info = world.get(USERINFO).bearer(&token).send().ok();
    assert_eq!(info["preferred_username"], "bob");
    reaches_nothing(&world, &token);
    assert_eq!(sql(&world, "SELECT 1 FROM refresh_tokens").len(), 0);
    let entries = sql(&world, "SELECT * FROM audit_entries WHERE action = 'impersonateUser'");
    let entry = Value::from(entries[0].clone()).to_string();
    assert!(entry.contains("ticket 7") && entry.contains(&alice), "{entry}");
    assert!(!entry.contains(&token));
}

#[test]
fn the_token_of_an_impersonation_ends_with_the_sign_in_of_the_administrator() {
    let ends: [fn(&World, &Page); 4] = [
        |world, _| {
            world.delete("/v1/iam/sessions/hanzo/alice/-").of("alice").send().ok();
        },
        |world, page| {
            page.post(world, "/v1/iam/oauth/logout", &json!({})).ok();
        },
        |world, _| {
            let disabled = json!({"isForbidden": true});
            world.put("/v1/iam/users/hanzo/alice").of("root").json(&disabled).send().ok();
        },
        |world, _| {
            let demoted = json!({"isAdmin": false});
            world.put("/v1/iam/users/hanzo/alice").of("root").json(&demoted).send().ok();
        },
    ];
    for (number, end) in ends.into_iter().enumerate() {
        let world = World::demo();
        let (page, token) = alice_as_bob(&world);
        assert!(is_live(&world, &token));
        end(&world, &page);
        assert!(!is_live(&world, &token), "{number}");
        assert!(is_refused(&world, &as_tokens(&token)), "{number}: an edge learns of it");
    }
}

/// ATTACKS H-110.
#[test]
fn no_caller_impersonates_a_user_who_holds_more() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Member);
    let page = |owner, name| Page::of(&world, owner, name);
    let path = "/v1/iam/impersonate";
    let alice = page("hanzo", "alice");
    alice.post(&world, path, &impersonation("hanzo/bob")).refused(403);
    alice.post(&world, path, &impersonation("acme/erin")).refused(404);
    alice.post(&world, path, &impersonation("admin/root")).refused(404);
    alice.post(&world, path, &impersonation("hanzo/nobody")).refused(404);
    alice.post(&world, path, &impersonation("hanzo/alice")).refused(400);
    alice.post(&world, path, &json!({"target": "hanzo/bob", "clientId": "hanzo-app"})).refused(400);
    page("hanzo", "bob").post(&world, path, &impersonation("hanzo/alice")).refused(403);
    let root = page("admin", "root");
    root.post(&world, path, &impersonation("admin/root")).refused(400);
    root.post(&world, path, &impersonation("hanzo/bob")).ok();
    let mut foreign = impersonation("hanzo/bob");
    foreign["clientId"] = json!("acme-app");
    // Bob belongs to acme too: its client admits him.
    root.post(&world, path, &foreign).ok();
    foreign["target"] = json!("hanzo/alice");
    root.post(&world, path, &foreign).refused(400);
    // A key is no sign-in of a person.
    for who in ["alice", "root", "reader"] {
        world.post(path).of(who).json(&impersonation("hanzo/bob")).send().refused(403);
    }
}

fn act_key(world: &World, further: &Value) -> String {
    let mut body = json!({"owner": "hanzo", "name": "act", "act": true});
    body.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    let answer = world.post("/v1/iam/keys").of("alice").json(&body).send().ok();
    text(&answer, "accessSecret").to_owned()
}

fn issued(call: Call<'_>) -> String {
    let answer = call.send().ok();
    assert_eq!(answer["data"]["accessToken"], answer["accessToken"], "both levels");
    assert_eq!((&answer["status"], &answer["expiresIn"]), (&json!("ok"), &json!(3600)));
    text(&answer, "accessToken").to_owned()
}

#[test]
fn a_client_obtains_a_token_for_a_member_by_each_of_its_credentials() {
    let world = World::demo();
    let own = |resource: &str| {
        let form = [("grant_type", "client_credentials"), ("resource", resource)];
        text(&as_cloud(&world, "/v1/iam/oauth/token", &form).ok(), "access_token").to_owned()
    };
    let path = format!("{ISSUE}?id=hanzo/bob");
    let by_secret = issued(world.post(&path).basic("hanzo-cloud", CLOUD_SECRET));
    let claims = payload(&by_secret);
    assert_eq!((&claims["azp"], &claims["owner"]), (&json!("hanzo-cloud"), &json!("hanzo")));
    assert_eq!(claims["act"]["sub"], "admin/hanzo-cloud");
    assert_eq!(world.get(USERINFO).bearer(&by_secret).send().ok()["email"], "bob@hanzo.example");
    reaches_nothing(&world, &by_secret);

    // PyPI hanzoai: its own token is for the API, and so is what it obtains with it.
    let api = "https://api.hanzo.ai";
    let by_token = issued(world.post(&path).bearer(&own(api)));
    assert_eq!(payload(&by_token)["aud"], json!([api]));
    world
        .post(&format!("{path}&aud=https://hanzo.id/v1/iam"))
        .bearer(&own(api))
        .send()
        .refused(403);
    let directory = own("https://hanzo.id/v1/iam");
    let for_api = issued(world.post(&format!("{path}&aud={api}")).bearer(&directory));
    assert_eq!(payload(&for_api)["aud"], json!([api]));
    world.post(&format!("{path}&aud=https://evil.example")).bearer(&directory).send().refused(400);

    // By the id, and by the id in another system.
    let bob = subject(&world, "hanzo", "bob");
    issued(world.post(&format!("{ISSUE}?id={bob}")).bearer(&directory));
    sql(&world, "UPDATE users SET external_id = 'crm 7' WHERE name = 'bob'");
    issued(world.post(&format!("{ISSUE}?id=crm%207")).bearer(&directory));
    sql(&world, "UPDATE users SET external_id = 'crm 7' WHERE name = 'alice'");
    let twice = world.post(&format!("{ISSUE}?id=crm%207")).bearer(&directory).send().ok();
    assert_eq!((&twice["status"], &twice["code"]), (&json!("error"), &json!("user_unknown")));
}

#[test]
fn a_key_that_may_act_obtains_tokens_for_members_of_its_organization_only() {
    let world = World::demo();
    let key = act_key(&world, &json!({"type": "Organization"}));
    let ask = |id: &str| world.post(&format!("{ISSUE}?id={id}")).bearer(&key);
    let token = issued(ask("hanzo/bob"));
    assert_eq!(payload(&token)["act"]["sub"], "hanzo/act");
    reaches_nothing(&world, &token);
    ask("hanzo/alice").send().refused(403);
    for foreign in ["acme/erin", "acme/dave", "admin/root", "hanzo/nobody", "nothing"] {
        assert_eq!(ask(foreign).send().ok()["code"], "user_unknown", "{foreign}");
    }
    world.join("hanzo", "bob", "acme", Role::Admin);
    ask("hanzo/bob").send().refused(403);
    world.join("hanzo", "bob", "admin", Role::Member);
    assert_eq!(ask("hanzo/bob").send().ok()["code"], "user_unknown", "no one learns of it");
    ask("").send().refused(400);
    world.post(&format!("{ISSUE}?id=hanzo/bob&clientId=acme-app")).bearer(&key).send().refused(400);
}

#[test]
fn a_token_that_was_issued_to_a_key_ends_with_the_key_and_its_holder() {
    let ends: [fn(&World); 5] = [
        |world| {
            world.delete("/v1/iam/keys/hanzo/act").of("alice").send().ok();
        },
        |world| {
            let off = json!({"act": false});
            world.put("/v1/iam/keys/hanzo/act").of("alice").json(&off).send().ok();
        },
        |world| {
            let off = json!({"state": "Disabled"});
            world.put("/v1/iam/keys/hanzo/act").of("alice").json(&off).send().ok();
        },
        |world| {
            let off = json!({"isForbidden": true});
            world.put("/v1/iam/users/hanzo/alice").of("root").json(&off).send().ok();
        },
        |world| {
            let off = json!({"isAdmin": false});
            world.put("/v1/iam/users/hanzo/alice").of("root").json(&off).send().ok();
        },
    ];
    for (number, end) in ends.into_iter().enumerate() {
        let world = World::demo();
        let key = act_key(&world, &json!({}));
        let path = format!("{ISSUE}?id=hanzo/bob");
        let token = issued(world.post(&path).bearer(&key));
        assert!(is_live(&world, &token));
        end(&world);
        assert!(!is_live(&world, &token), "{number}");
        assert!(is_refused(&world, &as_tokens(&token)), "{number}: an edge learns of it");
        let status = world.post(&path).bearer(&key).send().status().as_u16();
        assert!(matches!(status, 401 | 403), "{number}: {status}");
    }
}

/// ATTACKS F-85.
#[test]
fn whoever_may_not_act_obtains_no_token() {
    let world = World::demo();
    let path = format!("{ISSUE}?id=hanzo/bob");
    for who in ["alice", "bob", "dave", "root", "reader"] {
        world.post(&path).of(who).send().refused(403);
    }
    world.post(&path).send().refused(401);
    world.post(&path).basic("acme-app", ACME_SECRET).send().refused(403);
    let form = [("grant_type", "client_credentials")];
    let own = world.post("/v1/iam/oauth/token").basic("acme-app", ACME_SECRET).form(&form).send();
    world.post(&path).bearer(text(&own.ok(), "access_token")).send().refused(403);
    let tokens = redeem(&world, &code(&world, allowed(&world))).ok();
    world.post(&path).bearer(text(&tokens, "access_token")).send().refused(403);
    let narrow = act_key(&world, &json!({"scope": "read:*"}));
    world.post(&path).bearer(&narrow).send().refused(403);
}

#[test]
fn an_administrator_of_the_platform_steps_into_an_organization_as_its_administrator() {
    let world = World::demo();
    let console = json!({"platformAccess": true});
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&console).send().ok();
    let root = Page::of(&world, "admin", "root");
    let assume = json!({"org": "acme", "clientId": "hanzo-app", "reason": "ticket 8"});
    let answer = root.post(&world, "/v1/iam/assume", &assume).ok();
    let token = text(&answer["data"], "accessToken").to_owned();
    let claims = payload(&token);
    assert_eq!((&claims["assumed"], &claims["owner"]), (&json!("acme"), &json!("acme")));
    assert_eq!(claims["orgs"], json!([{"org": "acme", "role": "admin"}]));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    let get = |path: &str| world.get(path).bearer(&token).send();
    assert_eq!(get("/v1/iam/users").ok()["users"].as_array().unwrap().len(), 2);
    get("/v1/iam/users?owner=hanzo").refused(403);
    get("/v1/iam/users?owner=admin").refused(403);
    get("/v1/iam/signing-keys").refused(403);
    let post = |path: &str, body: &Value| world.post(path).bearer(&token).json(body).send();
    let agent = json!({"organization": "acme", "name": "mine", "user": "dave"});
    post("/v1/iam/service-accounts", &agent).refused(403);
    post("/v1/iam/keys", &json!({"name": "mine", "owner": "admin"})).refused(403);
    post("/v1/iam/assume", &json!({"org": "hanzo"})).refused(403);
    post("/v1/iam/impersonate", &impersonation("acme/erin")).refused(403);
    post("/v1/iam/users", &json!({"owner": "acme", "name": "zed"})).ok();

    assert_eq!(post("/v1/iam/release", &json!({"org": "hanzo"})).ok()["data"]["released"], false);
    assert_eq!(post("/v1/iam/release", &json!({"org": "acme"})).ok()["data"]["released"], true);
    get("/v1/iam/users").refused(401);
    assert!(is_refused(&world, &as_tokens(&token)));
}

#[test]
fn an_assumption_ends_with_the_role_in_the_platform() {
    let world = World::demo();
    let console = json!({"platformAccess": true});
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&console).send().ok();
    let other = json!({"owner": "admin", "name": "two", "isAdmin": true});
    world.post("/v1/iam/users").of("root").json(&other).send().ok();
    let two = Page::of(&world, "admin", "two");
    let assume = json!({"org": "acme", "clientId": "hanzo-app"});
    let answer = two.post(&world, "/v1/iam/assume", &assume).ok();
    let token = text(&answer["data"], "accessToken").to_owned();
    world.get("/v1/iam/users").bearer(&token).send().ok();
    let demoted = json!({"isAdmin": false});
    world.put("/v1/iam/users/admin/two").of("root").json(&demoted).send().ok();
    world.get("/v1/iam/users").bearer(&token).send().refused(401);
    for body in [
        json!({"org": "nowhere", "clientId": "hanzo-app"}),
        json!({"clientId": "hanzo-app"}),
        json!({"org": "acme", "clientId": "acme-app"}),
        json!({"org": "acme", "clientId": "hanzo-cloud"}),
    ] {
        Page::of(&world, "admin", "root").post(&world, "/v1/iam/assume", &body).refused(400);
    }
    for (owner, name) in [("hanzo", "alice"), ("hanzo", "bob")] {
        Page::of(&world, owner, name).post(&world, "/v1/iam/assume", &assume).refused(403);
    }
    world.post("/v1/iam/assume").of("root").json(&assume).send().refused(403);
}

/// The authorization request of hanzo-app with these further parameters, sent by `page`.
fn authorize(world: &World, page: &Page, changes: &[(&str, &str)]) -> Answer {
    let query = crate::browser::query(changes);
    page.on(world.get(&format!("/v1/iam/oauth/authorize?{query}"))).send()
}

fn code_of(answer: &Answer) -> String {
    crate::browser::parameter(&crate::browser::location(answer), "code").expect("a code")
}

/// WIRE §4.1.
#[test]
fn the_login_hint_of_an_impersonation_gives_the_clients_page_a_code_for_the_user() {
    let world = World::demo();
    let page = Page::of(&world, "hanzo", "alice");
    let begun = page.post(&world, "/v1/iam/impersonate", &impersonation("hanzo/bob")).ok();
    let hint = text(&begun["data"], "loginHint").to_owned();
    let changes = [("login_hint", hint.as_str()), ("scope", "openid profile iam offline_access")];
    let code = code_of(&authorize(&world, &page, &changes));
    world.clock.advance(60);
    let tokens = redeem(&world, &code).ok();
    assert!(tokens.get("refresh_token").is_none() && tokens["id_token"].is_string());
    let token = text(&tokens, "access_token");
    let claims = payload(token);
    assert_eq!(claims["sub"], subject(&world, "hanzo", "bob"));
    assert_eq!((&claims["imp"], &claims["act"]["name"]), (&json!(true), &json!("alice")));
    assert_eq!(tokens["expires_in"], 840, "it ends with the impersonation");
    reaches_nothing(&world, token);
    // Once.
    redeem(&world, &code).refused(400);
    assert!(!is_live(&world, token));
}

#[test]
fn an_impersonation_is_of_one_browser_one_client_and_one_sign_in() {
    let world = World::demo();
    let page = Page::of(&world, "hanzo", "alice");
    let begun = page.post(&world, "/v1/iam/impersonate", &impersonation("hanzo/bob")).ok();
    let hint = text(&begun["data"], "loginHint").to_owned();
    let error = |answer: Answer| {
        crate::browser::parameter(&crate::browser::location(&answer), "error").unwrap()
    };
    let with = [("login_hint", hint.as_str())];
    let root = Page::of(&world, "admin", "root");
    assert_eq!(error(authorize(&world, &root, &with)), "login_required");
    let other = [("login_hint", "impersonation:nothing")];
    assert_eq!(error(authorize(&world, &page, &other)), "login_required");
    // The grant of an ordinary sign-in is none.
    let own = redeem(&world, &code(&world, allowed(&world))).ok();
    let gid = payload(text(&own, "access_token"))["gid"].clone();
    let own = format!("impersonation:{}", gid.as_str().unwrap());
    assert_eq!(error(authorize(&world, &page, &[("login_hint", &own)])), "login_required");

    let before = code_of(&authorize(&world, &page, &with));
    let given = code_of(&authorize(&world, &page, &with));
    let tokens = redeem(&world, &given).ok();
    world.delete("/v1/iam/sessions/hanzo/alice/-").of("alice").send().ok();
    redeem(&world, &before).refused(400);
    assert!(!is_live(&world, text(&tokens, "access_token")));
    assert!(is_refused(&world, &tokens));
}
