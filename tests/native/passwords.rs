//! New passwords: the rules of all, those of an organization, and breaches (ATTACKS G-106).

use serde_json::{Value, json};

use crate::world::{Answer, World};

const USERS: &str = "/v1/iam/users";

fn create(world: &World, name: &str, password: &str) -> Answer {
    let email = format!("{name}.surname@hanzo.example");
    let body = json!({"owner": "hanzo", "name": name, "email": email, "password": password});
    world.post(USERS).of("alice").json(&body).send()
}

fn why(answer: &Answer) -> String {
    answer.refused(400)["error"].as_str().unwrap().to_owned()
}

#[test]
fn a_common_or_personal_password_is_refused_wherever_one_is_set() {
    let world = World::demo();
    let common = "password is one of the most common ones: choose another";
    let personal = "password must not contain the username or the e-mail address";
    assert_eq!(why(&create(&world, "walter", "Password123")), common);
    assert_eq!(why(&create(&world, "walter", "hello walter")), personal);
    assert_eq!(why(&create(&world, "walter", "Walter.Surname!")), personal);
    create(&world, "walter", "a long password").ok();

    let update = |password: &str| {
        let body = json!({"password": password});
        world.put("/v1/iam/users/hanzo/walter").of("alice").json(&body).send()
    };
    assert_eq!(why(&update("qwertyuiop")), common);
    assert_eq!(why(&update("hello walter")), personal);
    update("another long password").ok();

    let set = |password: &str| {
        let form = [("userOwner", "hanzo"), ("userName", "walter"), ("newPassword", password)];
        world.post("/v1/iam/set-password").of("alice").form(&form).send()
    };
    assert_eq!(set("11111111").ok()["msg"], common);
    assert_eq!(set("a third long password").ok()["status"], "ok");

    let upsert = |password: &str| {
        let body = json!({"owner": "hanzo", "name": "wanda", "password": password});
        world.post("/v1/iam/admin/users/upsert").of("alice").json(&body).send()
    };
    assert_eq!(why(&upsert("iloveyou")), common);
    upsert("a fourth long password").ok();
}

#[test]
fn an_organization_asks_for_more() {
    let world = World::demo();
    let body = json!({"passwordOptions": ["AtLeast8", "Aa123", "SpecialChar", "NoRepeat"]});
    world.put("/v1/iam/organizations/admin/hanzo").of("root").json(&body).send().ok();
    for (password, reason) in [
        ("lower case 1", "password must have a capital letter, a small letter and a digit"),
        ("WithoutSpecial1", "password must have a character that is neither a letter nor a digit"),
        ("Balloon, 1", "password must not have the same character twice in a row"),
    ] {
        assert_eq!(why(&create(&world, "walter", password)), reason);
    }
    create(&world, "walter", "Other words, 1").ok();
}

/// ATTACKS G-106: the bound holds before and after normalization, and NUL is no character of a password.
#[test]
fn a_password_that_is_too_long_or_has_nul_is_refused_and_its_forms_are_one() {
    let world = World::demo();
    for password in ["x y".repeat(43), "e\u{301}".repeat(2_000), "a long\0password".to_owned()] {
        assert!(why(&create(&world, "walter", &password)).starts_with("password cannot be used"));
    }
    create(&world, "walter", "caf\u{e9} au lait").ok();
    let login = |password: &str| {
        let body = json!({
            "type": "login", "application": "hanzo-app", "organization": "hanzo",
            "username": "walter", "password": password,
        });
        world.post("/v1/iam/login").json(&body).send().ok()["status"].clone()
    };
    assert_eq!(login("cafe\u{301} au lait"), json!("ok"));
    assert_eq!(login("cafe au lait"), json!("error"));
}

/// The five digits of SHA-1 of "a long password" that are sent, and the rest.
const RANGE: (&str, &str) = ("51570", "1FC214716216813E9A6EC7704063E9D8D57");

#[test]
fn a_breached_password_is_refused_and_a_failing_service_blocks_no_one() {
    let mut world = World::demo();
    create(&world, "wilma", "a long password").ok();
    assert!(world.outbound.requests.borrow().is_empty(), "off unless configured");
    world.config_mut().breach_range = Some("https://ranges.example/range/".to_owned());

    world.outbound.status.set(200);
    world.outbound.body.replace(format!("{}:3\r\n", RANGE.1));
    let breached = "password has appeared in a data breach: choose another";
    assert_eq!(why(&create(&world, "walter", "a long password")), breached);
    let sent = world.outbound.requests.borrow()[0].clone();
    assert_eq!(
        (sent.method, sent.url),
        ("GET", format!("https://ranges.example/range/{}", RANGE.0))
    );

    create(&world, "walter", "some other words").ok();
    world.outbound.status.set(503);
    create(&world, "warren", "a long password").ok();
}

#[test]
fn an_import_and_a_sign_in_are_not_subject_to_the_rules() {
    let world = World::demo();
    let body: Value = json!({"passwordOptions": ["Aa123", "SpecialChar", "NoRepeat"]});
    world.put("/v1/iam/organizations/admin/hanzo").of("root").json(&body).send().ok();
    // bob's password has no digit and repeats letters: it was set before.
    let login = json!({
        "type": "login", "application": "hanzo-app", "organization": "hanzo", "username": "bob",
        "password": crate::world::PASSWORD,
    });
    assert_eq!(world.post("/v1/iam/login").json(&login).send().ok()["status"], "ok");
}
