//! `/v1/iam/sessions` and `/v1/iam/tokens`: who sees and ends which sign-ins and grants (WIRE §5).

use hanzo_iam::core::token::Role;
use serde_json::{Value, json};

use crate::{
    oauth::{
        access_claims, allowed, begin_session, cloud_tokens, code, is_active, redeem, refresh,
        session_of_bob, sql, subject, text, tokens,
    },
    revocation::is_refused,
    world::{Answer, World},
};

const SESSIONS: &str = "/v1/iam/sessions";
const TOKENS: &str = "/v1/iam/tokens";

fn entries<'a>(answer: &'a Value, list: &str) -> Vec<&'a Value> {
    answer[list].as_array().unwrap().iter().collect()
}

fn listed(world: &World, who: &str, query: &str) -> Value {
    world.get(&format!("{SESSIONS}{query}")).of(who).send().ok()
}

fn applications(answer: &Value) -> Vec<&str> {
    entries(answer, "sessions").iter().map(|entry| text(entry, "application")).collect()
}

/// The grant of an answer of the token endpoint, as a path.
fn path(tokens: &Value) -> String {
    format!("{TOKENS}/hanzo/{}", text(&access_claims(tokens), "gid"))
}

#[test]
fn a_person_sees_and_ends_its_sign_ins_by_application_and_as_a_whole() {
    let world = World::demo();
    let cookie = session_of_bob(&world);
    let given = tokens(&world);
    let found = listed(&world, "bob", "");
    assert_eq!(applications(&found), ["-", "hanzo-app"]);
    let entry = entries(&found, "sessions")[1].clone();
    assert_eq!(entry["id"], "hanzo/bob/hanzo-app");
    assert_eq!(entry["sessionId"], json!(["session"]));
    let read = world.get("/v1/iam/sessions/hanzo/bob/hanzo-app").of("bob").send().ok();
    assert_eq!(read, entry);
    assert_eq!(applications(&listed(&world, "bob", "?application=hanzo-app")), ["hanzo-app"]);

    world.delete("/v1/iam/sessions/hanzo/bob/hanzo-app").of("bob").send().ok();
    assert!(!is_active(&world, &given));
    assert!(is_refused(&world, &given), "an edge learns of it");
    refresh(&world, &given).refused(400);
    assert_eq!(applications(&listed(&world, "bob", "")), ["-"]);
    world.get("/v1/iam/account").header("cookie", &cookie).send().ok();

    world.delete("/v1/iam/sessions/hanzo/bob/-").of("bob").send().ok();
    let account = world.get("/v1/iam/account").header("cookie", &cookie).send().ok();
    assert_eq!(account["code"], "login_required");
    assert_eq!(listed(&world, "bob", ""), json!({"sessions": []}));
    world.delete("/v1/iam/sessions/hanzo/bob/-").of("bob").send().refused(404);
}

#[test]
fn one_of_several_sessions_ends_and_the_others_stay() {
    let world = World::demo();
    let given = tokens(&world);
    begin_session(&world, "other", &subject(&world, "hanzo", "bob"));
    let every = "/v1/iam/sessions/hanzo/bob/-";
    world.delete(&format!("{every}?sessionId=nothing")).of("bob").send().refused(404);
    world.delete(&format!("{every}?sessionId=other")).of("bob").send().ok();
    assert!(is_active(&world, &given));
    let left = world.get(every).of("bob").send().ok();
    assert_eq!(left["sessionId"], json!(["session"]));
    begin_session(&world, "other", &subject(&world, "hanzo", "bob"));
    let stay = json!({"owner": "hanzo", "name": "bob", "sessionId": ["other"]});
    let left = world.put(every).of("bob").json(&stay).send().ok();
    assert_eq!(left["sessionId"], json!(["other"]));
    assert!(!is_active(&world, &given));
}

#[test]
fn no_request_makes_a_session_or_a_token() {
    let world = World::demo();
    let given = tokens(&world);
    for who in ["bob", "alice", "root"] {
        let forged = json!({"owner": "hanzo", "name": "bob", "application": "hanzo-app",
            "sessionId": ["forged"], "accessToken": "x", "user": "bob"});
        world.post(SESSIONS).of(who).json(&forged).send().refused(403);
        world.post(TOKENS).of(who).json(&forged).send().refused(403);
        world.put(&path(&given)).of(who).json(&json!({"scope": "iam"})).send().refused(403);
        let more = json!({"sessionId": ["session", "forged"]});
        let put = world.put("/v1/iam/sessions/hanzo/bob/hanzo-app");
        let answer = put.of(who).json(&more).send().refused(400);
        assert!(text(&answer, "error").starts_with("sessionId"));
    }
    assert_eq!(sql(&world, "SELECT 1 FROM sessions").len(), 1);
    assert_eq!(sql(&world, "SELECT 1 FROM grants").len(), 1);
}

#[test]
fn a_grant_is_listed_read_and_ended_without_the_text_of_its_tokens() {
    let world = World::demo();
    let given = tokens(&world);
    let answer = world.get(&format!("{TOKENS}?owner=hanzo&organization=hanzo")).of("alice").send();
    for secret in ["access_token", "refresh_token"] {
        assert!(!answer.text().contains(text(&given, secret)));
    }
    let list = answer.ok();
    let token = entries(&list, "tokens")[0].clone();
    assert_eq!(
        (&token["application"], &token["user"], &token["owner"], &token["publicGrant"]),
        (&json!("hanzo-app"), &json!("bob"), &json!("hanzo"), &json!(true))
    );
    let read = world.get(&path(&given)).of("alice").send().ok();
    assert_eq!(read, json!({"token": token}));
    let ended = world.delete(&path(&given)).of("alice").send().ok();
    assert_eq!(ended, json!({"affected": true, "token": token}));
    assert!(!is_active(&world, &given) && is_refused(&world, &given));
    world.delete(&path(&given)).of("alice").send().refused(404);
    assert_eq!(world.get(TOKENS).of("alice").send().ok(), json!({"tokens": []}));
}

#[test]
fn a_list_of_grants_is_narrowed_to_a_person_and_a_client() {
    let world = World::demo();
    tokens(&world);
    cloud_tokens(&world);
    let count = |query: &str| {
        let answer = world.get(&format!("{TOKENS}?{query}")).of("alice").send().ok();
        entries(&answer, "tokens").len()
    };
    assert_eq!(count("user=bob"), 2);
    assert_eq!(count("user=BOB&application=hanzo-cloud"), 1);
    assert_eq!(count("user=alice"), 0);
    world.get(&format!("{TOKENS}?owner=hanzo&organization=acme")).of("alice").send().refused(400);
}

/// ATTACKS H-109, H-110.
#[test]
fn only_the_person_and_administrators_of_its_organization_reach_a_sign_in() {
    let world = World::demo();
    let given = tokens(&world);
    let session = "/v1/iam/sessions/hanzo/bob/hanzo-app";
    for who in ["dave", "erin"] {
        world.get(session).of(who).send().refused(403);
        world.delete(session).of(who).send().refused(403);
        world.delete(&path(&given)).of(who).send().refused(403);
        world.get(&format!("{SESSIONS}?owner=hanzo")).of(who).send().refused(403);
        world.get(&format!("{TOKENS}?owner=hanzo")).of(who).send().refused(403);
    }
    // Under another organization's name it does not exist.
    let foreign = path(&given).replace("/hanzo/", "/acme/");
    world.delete(&foreign).of("dave").send().refused(404);
    world.delete(&path(&given)).of("reader").send().refused(403);
    world.get(&format!("{SESSIONS}?name=alice")).of("bob").send().refused(403);
    assert!(is_active(&world, &given));
}

/// ATTACKS H-110: an administrator must not end the sign-in of a user who administers more.
#[test]
fn a_user_who_administers_more_is_neither_listed_nor_signed_out() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", Role::Admin);
    let given = tokens(&world);
    assert_eq!(listed(&world, "alice", ""), json!({"sessions": []}));
    assert_eq!(world.get(TOKENS).of("alice").send().ok(), json!({"tokens": []}));
    world.delete("/v1/iam/sessions/hanzo/bob/-").of("alice").send().refused(403);
    world.delete(&path(&given)).of("alice").send().refused(403);
    assert_eq!(applications(&listed(&world, "root", "?owner=hanzo")), ["-", "hanzo-app"]);
    world.delete(&path(&given)).of("root").send().ok();
}

/// The answer to a list of one person a page, from the beginning to the end.
fn pages(world: &World, path: &str, list: &str) -> Vec<Answer> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.get(&format!("{path}?limit=1{cursor}")).of("alice").send();
        assert!(entries(&page.ok(), list).len() <= 2);
        let next = page.ok()["cursor"].as_str().map(|next| format!("&cursor={next}"));
        pages.push(page);
        let Some(next) = next else { return pages };
        cursor = next;
    }
}

#[test]
fn pages_go_through_all_people_of_the_organization() {
    let world = World::demo();
    for who in ["alice", "bob"] {
        let mut request = allowed(&world);
        request.user_id = subject(&world, "hanzo", who);
        redeem(&world, &code(&world, request)).ok();
    }
    let users = |pages: &[Answer], list: &str, member: &str| {
        let pages = pages.iter().map(Answer::ok);
        let mut users: Vec<String> = pages
            .flat_map(|page| {
                let entries = page[list].as_array().unwrap().clone();
                entries.into_iter().map(|entry| text(&entry, member).to_owned())
            })
            .collect();
        users.dedup();
        users
    };
    let found = pages(&world, SESSIONS, "sessions");
    assert_eq!(users(&found, "sessions", "name"), ["alice", "bob"]);
    let found = pages(&world, TOKENS, "tokens");
    assert_eq!(users(&found, "tokens", "user"), ["alice", "bob"]);
    world.get(&format!("{SESSIONS}?limit=0")).of("alice").send().refused(400);
    world.get(&format!("{TOKENS}?limit=201")).of("alice").send().refused(400);
}
