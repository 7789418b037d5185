//! Bodies of older clients: JSON without its media type and forms, from programs only (ATTACKS C-52).

use serde_json::{Value, json};

use crate::{
    browser::Browser,
    oauth::tokens,
    world::{CLOUD_SECRET, Call, PASSWORD, World},
};

fn raw<'a>(mut call: Call<'a>, body: &str) -> Call<'a> {
    call.request.body = body.as_bytes().to_vec();
    call
}

fn exists(world: &World, name: &str) -> bool {
    world.get(&format!("/v1/iam/users/hanzo/{name}")).of("alice").send().status() == 200
}

/// Python: `casdoor` sends no `Content-Type`; curl and older HTTP libraries send that of a form.
#[test]
fn json_of_a_program_needs_no_media_type() {
    let world = World::demo();
    let types = [None, Some("text/plain;charset=UTF-8"), Some("application/x-www-form-urlencoded")];
    for (number, media_type) in types.into_iter().enumerate() {
        let name = format!("zoe{number}");
        let body = json!({"owner": "hanzo", "name": name}).to_string();
        for call in [
            world.post("/api/add-user").of("alice"),
            world.post("/v1/iam/delete-user").basic("hanzo-cloud", CLOUD_SECRET),
        ] {
            let call = match media_type {
                Some(media_type) => call.header("content-type", media_type),
                None => call,
            };
            assert_eq!(raw(call, &body).send().ok()["status"], "ok", "{media_type:?}");
        }
    }
}

/// A page of another site sends such a body without a preflight, with cookies or with a password that
/// the browser remembers.
#[test]
fn json_from_a_browser_needs_its_media_type() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.authorize(&[]);
    browser.sign_in(&[], "alice", PASSWORD);
    let cookie = browser.cookie();
    let body = json!({"owner": "hanzo", "name": "zoe"}).to_string();
    let plain = || world.post("/api/add-user").header("content-type", "text/plain");
    for call in [
        plain().header("cookie", &cookie),
        plain().header("cookie", &cookie).header("origin", "https://hanzo.id"),
        plain().header("cookie", &cookie).of("alice"),
        plain().header("origin", "https://evil.example").of("alice"),
        plain().header("origin", "null").basic("hanzo-cloud", CLOUD_SECRET),
        plain().header("sec-fetch-site", "cross-site").basic("hanzo-cloud", CLOUD_SECRET),
        world.post("/api/add-user").header("sec-fetch-site", "same-origin").of("alice"),
        world.post("/api/add-user").of("alice").header("cookie", "unrelated=1"),
    ] {
        let answer = raw(call, &body).send();
        assert_ne!(answer.body()["status"], "ok");
        assert!(!exists(&world, "zoe"));
    }
}

/// Today's spelling takes what its document says.
#[test]
fn todays_endpoints_need_the_media_type() {
    let world = World::demo();
    let body = json!({"owner": "hanzo", "name": "zoe"}).to_string();
    raw(world.post("/v1/iam/users").of("alice"), &body).send().refused(415);
}

/// Python: `casdoor` and npm `casdoor-nodejs-sdk` send this form as multipart.
#[test]
fn a_password_is_set_by_a_form_of_a_program() {
    let world = World::demo();
    let fields = [("userOwner", "hanzo"), ("userName", "bob"), ("oldPassword", "")];
    let form = |password: &str| {
        let part = |(name, value): (&str, &str)| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let parts: String =
            fields.into_iter().chain([("newPassword", password)]).map(part).collect();
        format!("{parts}--b--\r\n")
    };
    let set = |call: Call<'_>, body: &str| -> Value {
        raw(call.header("content-type", "multipart/form-data; boundary=b"), body).send().body()
    };
    for path in ["/api/set-password", "/v1/iam/set-password"] {
        let done = set(world.post(path).of("alice"), &form("another good password"));
        assert_eq!(done["status"], "ok", "{path}: {done}");
    }
    let refused = set(world.post("/api/set-password"), &form("a third good password"));
    assert_eq!(refused["status"], "error");
    let cross =
        world.post("/api/set-password").of("alice").header("origin", "https://evil.example");
    assert_eq!(set(cross, &form("a third good password"))["status"], "error");
    let by = |password: &str| {
        let login = json!({
            "type": "login", "application": "hanzo-app", "username": "bob", "password": password,
        });
        world.post("/v1/iam/login").json(&login).send().ok()["status"].clone()
    };
    assert_eq!(
        (by("another good password"), by("a third good password")),
        ("ok".into(), "error".into())
    );
}

/// Casdoor's `columns` and its `[""]` for an empty list.
#[test]
fn an_update_for_columns_changes_these_and_no_others() {
    let world = World::demo();
    let body =
        json!({"owner": "hanzo", "name": "bob", "displayName": "B", "bio": "b", "tags": ["", "x"]});
    let update = |columns: &str| {
        let path = format!("/api/update-user?id=hanzo/bob&columns={columns}");
        world.post(&path).of("alice").json(&body).send().ok();
        world.get("/v1/iam/users/hanzo/bob").of("alice").send().ok()
    };
    let after = update("display_name");
    assert_eq!((&after["displayName"], &after["bio"]), (&json!("B"), &Value::Null));
    let after = update("bio,tags");
    assert_eq!((&after["bio"], &after["tags"]), (&json!("b"), &json!(["x"])));
}

#[test]
fn a_token_of_a_person_counts_as_a_program_too() {
    let world = World::demo();
    let token = tokens(&world)["access_token"].as_str().unwrap().to_owned();
    let body = json!({"owner": "hanzo", "name": "zoe"}).to_string();
    // bob may not: the refusal is about the person and not about the media type
    let answer = raw(world.post("/api/add-user").bearer(&token), &body).send();
    assert_eq!(answer.refused(403)["status"], "error");
}
