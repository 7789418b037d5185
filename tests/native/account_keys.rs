//! `/v1/account/keys`: the customer-facing key API (WIRE §3.3) is the same keys, rules and events as
//! `/v1/iam/keys`.

use serde_json::{Value, json};

use crate::{
    oauth::session_of_bob,
    world::{Answer, Call, ISSUER, World},
};

const KEYS: &str = "/v1/account/keys";

fn made(world: &World, who: &str, body: &Value) -> Value {
    world.post(KEYS).of(who).json(body).send().ok()
}

fn of(id: &Value) -> String {
    format!("{KEYS}/{}", id.as_str().unwrap())
}

fn names(answer: &Value) -> Vec<&str> {
    answer["keys"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap()).collect()
}

#[test]
fn a_person_creates_edits_and_ends_a_key_that_works_in_between() {
    let world = World::demo();
    world.clock.advance(1);
    let sent = json!({
        "name": "ci", "limit": ["read:iam", "model:zen5"], "rate": 60,
        "budget": {"month": 1000, "total": 9000}, "expires": "2026-12-24T00:00:00Z",
    });
    let key = made(&world, "bob", &sent);
    assert_eq!(key["type"], "secret");
    assert_eq!(key["status"], "active");
    assert_eq!(key["creator"], "hanzo/bob");
    assert_eq!(key["limit"], json!(["read:iam", "model:zen5"]));
    assert_eq!(key["budget"], json!({"month": 1000, "total": 9000}));
    assert_eq!(key["expires"], "2026-12-24T00:00:00Z");
    let text = key["key"].as_str().unwrap();
    assert!(text.starts_with("hk-"));
    world.get(KEYS).bearer(text).send().ok();

    let edit = json!({"name": "builds", "limit": [], "rate": 0, "expires": ""});
    let edited = world.call(http::Method::PATCH, &of(&key["id"])).of("bob").json(&edit).send().ok();
    assert_eq!(edited["name"], "builds");
    assert!(["limit", "rate", "expires", "key"].iter().all(|name| edited.get(name).is_none()));
    assert_eq!(edited["budget"], json!({"month": 1000, "total": 9000}), "was not sent");

    let ended = world.delete(&of(&key["id"])).of("bob").send().ok();
    assert_eq!((&ended["status"], &ended["revoker"]), (&json!("revoked"), &json!("hanzo/bob")));
    world.get(KEYS).bearer(text).send().refused(401);
    let listed = world.get(KEYS).of("bob").send().ok();
    assert_eq!(listed["keys"][0]["status"], "revoked", "it stays in the list");
}

#[test]
fn a_member_lists_its_own_keys_and_an_administrator_those_of_the_organization() {
    let world = World::demo();
    world.clock.advance(10);
    made(&world, "bob", &json!({"name": "newest"}));
    assert_eq!(names(&world.get(KEYS).of("bob").send().ok()), ["newest", "bob"]);
    let all = world.get(KEYS).of("alice").send().ok();
    assert_eq!(names(&all).first(), Some(&"newest"));
    assert_eq!(all["keys"].as_array().unwrap().len(), 4, "alice, bob, reader, newest");
    let acme = world.get(KEYS).of("dave").send().ok();
    assert_eq!(acme["keys"].as_array().unwrap().len(), 2);
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    let world = World::demo();
    for number in 0..5 {
        made(&world, "bob", &json!({"name": format!("k{number}")}));
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("{KEYS}?limit=2{cursor}");
        let page = world.get(&path).of("bob").send().ok();
        seen.extend(names(&page).into_iter().map(str::to_owned));
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    seen.sort_unstable();
    assert_eq!(seen, ["bob", "k0", "k1", "k2", "k3", "k4"]);
    world.get(&format!("{KEYS}?cursor=nonsense")).of("bob").send().refused(400);
}

/// ATTACKS H-109.
#[test]
fn a_key_of_another_person_or_organization_does_not_exist() {
    let world = World::demo();
    let key = made(&world, "alice", &json!({"name": "hers"}));
    for who in ["bob", "dave", "erin"] {
        let call = |method| world.call(method, &of(&key["id"])).of(who);
        call(http::Method::DELETE).send().refused(404);
        call(http::Method::PATCH).json(&json!({"rate": 1})).send().refused(404);
    }
    // The platform acts in its own organization here.
    world.delete(&of(&key["id"])).of("root").send().refused(404);
    world.delete(&format!("{KEYS}/nothing")).of("bob").send().refused(404);
}

#[test]
fn an_administrator_ends_a_key_of_a_member() {
    let world = World::demo();
    let key = made(&world, "bob", &json!({"name": "his"}));
    let ended = world.delete(&of(&key["id"])).of("alice").send().ok();
    assert_eq!(
        (&ended["creator"], &ended["revoker"]),
        (&json!("hanzo/bob"), &json!("hanzo/alice"))
    );
}

#[test]
fn a_publishable_key_shows_its_text_and_a_secret_key_only_when_it_is_made() {
    let world = World::demo();
    let public = made(&world, "bob", &json!({"name": "page", "type": "publishable"}));
    let secret = made(&world, "bob", &json!({"name": "server"}));
    let listed = world.get(KEYS).of("bob").send();
    assert!(!listed.text().contains(secret["key"].as_str().unwrap()));
    let found = listed.body()["keys"].as_array().unwrap().clone();
    let shown = found.iter().find(|key| key["name"] == "page").unwrap();
    assert_eq!((&shown["key"], &shown["type"]), (&public["key"], &json!("publishable")));
    world.get(KEYS).bearer(public["key"].as_str().unwrap()).send().refused(403);
}

/// ATTACKS F-85; better-auth CVE-2025-61928.
#[test]
fn a_key_makes_no_key_that_may_do_more_than_itself() {
    let world = World::demo();
    let scoped = made(&world, "alice", &json!({"name": "scoped", "limit": ["product:iam"]}));
    let text = scoped["key"].as_str().unwrap();
    let make = |body: Value| world.post(KEYS).bearer(text).json(&body).send();
    make(json!({"name": "wider"})).refused(403);
    make(json!({"name": "other", "limit": ["product:billing"]})).refused(403);
    make(json!({"name": "same", "limit": ["product:iam"]})).ok();
    let rated = made(&world, "alice", &json!({"name": "rated", "rate": 1}));
    let text = rated["key"].as_str().unwrap();
    world.post(KEYS).bearer(text).json(&json!({"name": "more"})).send().refused(403);
    world.post(KEYS).of("reader").json(&json!({"name": "more"})).send().refused(403);
}

#[test]
fn a_fault_names_the_member() {
    let world = World::demo();
    for (body, member) in [
        (json!({"limit": ["everything"]}), "limit"),
        (json!({"limit": ["model:a,model:b"]}), "limit"),
        (json!({"type": "root"}), "type"),
        (json!({"rate": -1}), "rate"),
        (json!({"budget": {"month": "x"}}), "budget.month"),
        (json!({"expires": "2020-01-01T00:00:00Z"}), "expire"),
    ] {
        let answer = world.post(KEYS).of("bob").json(&body).send().refused(400);
        assert!(answer["error"].as_str().unwrap().starts_with(member), "{answer}");
    }
}

/// A request as a page of ours makes the browser send it.
fn by_cookie<'a>(call: Call<'a>, cookie: &str) -> Call<'a> {
    call.header("cookie", cookie).header("origin", ISSUER).header("sec-fetch-site", "same-origin")
}

fn token(world: &World, cookie: &str) -> String {
    let answer = by_cookie(world.get("/v1/account/csrf"), cookie).send().ok();
    assert_eq!(answer["expiresIn"], 3600);
    answer["csrfToken"].as_str().unwrap().to_owned()
}

fn make_by_cookie(world: &World, cookie: &str, token: &str) -> Answer {
    by_cookie(world.post(KEYS), cookie)
        .header("x-csrf-token", token)
        .json(&json!({"name": "by cookie"}))
        .send()
}

/// ATTACKS C-55.
#[test]
fn a_change_by_cookie_carries_the_token_of_its_person() {
    let world = World::demo();
    let cookie = session_of_bob(&world);
    let token = token(&world, &cookie);
    by_cookie(world.post(KEYS), &cookie).json(&json!({})).send().refused(403);
    make_by_cookie(&world, &cookie, "").refused(403);
    make_by_cookie(&world, &cookie, &token.replace('.', ".A")).refused(403);
    let alices = world.get("/v1/account/csrf").of("alice").send().ok()["csrfToken"].clone();
    make_by_cookie(&world, &cookie, alices.as_str().unwrap()).refused(403);
    make_by_cookie(&world, &cookie, &token).ok();
    world.clock.advance(3600);
    make_by_cookie(&world, &cookie, &token).refused(403);
}

#[test]
fn the_token_does_not_replace_the_check_of_the_page() {
    let world = World::demo();
    let cookie = session_of_bob(&world);
    let token = token(&world, &cookie);
    let foreign =
        world.post(KEYS).header("cookie", &cookie).header("origin", "https://evil.example");
    let foreign = foreign.header("sec-fetch-site", "cross-site").header("x-csrf-token", &token);
    foreign.json(&json!({})).send().refused(401);
}
