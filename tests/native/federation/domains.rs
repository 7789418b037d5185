//! Home realm discovery: people of a verified domain are led to the provider of their organization.

use serde_json::{Value, json};

use super::{OTHER, Scene};
use crate::browser::{Browser, form_token, location};

const DOMAINS: &str = "/v1/iam/domains";

fn claim(scene: &Scene, of: &str, domain: &str, provider: &str) -> Value {
    let body = json!({"domain": domain, "provider": provider});
    scene.world.post(DOMAINS).of(of).json(&body).send().ok()
}

/// What the DNS answers.
fn dns(scene: &Scene, values: &[&str]) {
    let answers: Vec<Value> =
        values.iter().map(|value| json!({"type": 16, "data": format!("\"{value}\"")})).collect();
    *scene.internet.dns.borrow_mut() = json!({"Status": 0, "Answer": answers});
}

fn verify(scene: &Scene, of: &str, path: &str) -> crate::world::Answer {
    scene.world.post(&format!("{DOMAINS}/{path}/verify")).of(of).send()
}

fn typed(scene: &Scene, login: &str, step: &str) -> String {
    let mut browser = Browser::new(&scene.world);
    let page = location(&browser.authorize(&[]));
    let token = form_token(&browser.get(&page).text());
    let form =
        [("form_token", token.as_str()), ("username", login), ("password", "x"), ("step", step)];
    browser.post(&page, &form).text()
}

#[test]
fn people_of_a_verified_domain_are_led_to_the_provider() {
    let scene = Scene::new(&json!({}), &json!({}));
    let claimed = claim(&scene, "alice", "There.Example", "other");
    assert_eq!(claimed["recordName"], "_hanzo-iam.there.example");
    let leads = |step| typed(&scene, "ada@there.example", step).contains(OTHER);
    assert!(!leads("identify"), "not verified yet");
    dns(&scene, &["v=spf1 -all"]);
    verify(&scene, "alice", "hanzo/there.example").refused(409);
    assert!(!leads("identify"));
    dns(&scene, &["v=spf1 -all", claimed["recordValue"].as_str().unwrap()]);
    assert_eq!(verify(&scene, "alice", "hanzo/there.example").ok()["isVerified"], true);
    assert!(leads("identify"));
    assert!(!leads("password"), "a password still signs in");
    let body = json!({"domain": "there.example", "provider": "other", "isEnforced": true});
    let enforced = scene.world.post(DOMAINS).of("alice").json(&body).send().ok();
    assert_eq!(enforced["isVerified"], true, "a change of the provider keeps the proof");
    assert!(leads("password"));
    assert!(!typed(&scene, "ada@elsewhere.example", "password").contains(OTHER));
    scene.world.delete(&format!("{DOMAINS}/hanzo/there.example")).of("alice").send().ok();
    assert!(!leads("identify"));
}

/// The DNS decides, not who came first.
#[test]
fn a_domain_is_that_of_the_last_organization_that_proved_it() {
    let scene = Scene::new(&json!({}), &json!({}));
    let first = claim(&scene, "alice", "there.example", "other");
    dns(&scene, &[first["recordValue"].as_str().unwrap()]);
    verify(&scene, "alice", "hanzo/there.example").ok();
    let body = json!({"domain": "there.example"});
    let second = scene.world.post(DOMAINS).of("dave").json(&body).send().ok();
    verify(&scene, "dave", "acme/there.example").refused(409);
    assert!(typed(&scene, "ada@there.example", "identify").contains(OTHER));
    dns(&scene, &[second["recordValue"].as_str().unwrap()]);
    verify(&scene, "dave", "acme/there.example").ok();
    assert!(!typed(&scene, "ada@there.example", "identify").contains(OTHER));
}

#[test]
fn only_administrators_of_the_organization_claim_and_verify() {
    let scene = Scene::new(&json!({}), &json!({}));
    claim(&scene, "alice", "there.example", "other");
    for (caller, status) in [("bob", 403), ("dave", 403)] {
        verify(&scene, caller, "hanzo/there.example").refused(status);
        let body = json!({"owner": "hanzo", "domain": "x.example"});
        scene.world.post(DOMAINS).of(caller).json(&body).send().refused(status);
    }
    for domain in ["localhost", "a..example", "x y.example", "", "ex\"ample.com"] {
        let body = json!({"domain": domain});
        scene.world.post(DOMAINS).of("alice").json(&body).send().refused(400);
    }
    let body = json!({"domain": "x.example", "provider": "unknown"});
    scene.world.post(DOMAINS).of("alice").json(&body).send().refused(400);
}
