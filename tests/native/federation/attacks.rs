//! What an attacker tries at the sign-in by identity providers.

use hanzo_iam::ports::Clock;
use http::StatusCode;
use serde_json::json;

use super::{OTHER, Scene};
use crate::{
    browser::{Browser, location, parameter},
    oauth::sql,
};

fn is_unverified(answer: &crate::world::Answer) {
    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{}", answer.text());
    assert!(answer.text().contains("could not be verified"), "{}", answer.text());
}

/// Login CSRF: an attacker's answer in a victim's browser.
#[test]
fn an_answer_is_taken_only_from_the_browser_that_was_sent_away() {
    let scene = Scene::new(&json!({}), &json!({}));
    let mut attacker = Browser::new(&scene.world);
    let away = scene.leave(&mut attacker, &[]);
    let back = scene.sign_in_there(&away, "erin");
    let mut victim = Browser::new(&scene.world);
    scene.leave(&mut victim, &[]);
    is_unverified(&victim.get(&back));
    assert_eq!(scene.attempts()[0], ("refused".to_owned(), "callback".to_owned()));
    // It was answered by that.
    is_unverified(&attacker.get(&back));
}

#[test]
fn a_ticket_serves_one_browser_one_client_and_once() {
    let scene = Scene::new(&json!({}), &json!({}));
    let mut attacker = Browser::new(&scene.world);
    let page = scene.journey(&mut attacker, "erin");
    let mut victim = Browser::new(&scene.world);
    let token_page = location(&victim.authorize(&[]));
    victim.get(&token_page);
    assert_eq!(victim.get(&page).status(), StatusCode::FORBIDDEN);
    assert_eq!(attacker.get(&page).status(), StatusCode::FORBIDDEN, "taken by the first try");
    let page = scene.journey(&mut attacker, "erin");
    assert!(parameter(&location(&attacker.get(&page)), "code").is_some());
    // The session of the browser goes on; the ticket serves no further one.
    let mut fresh = Browser::new(&scene.world);
    assert_eq!(fresh.get(&page).status(), StatusCode::FORBIDDEN);
}

/// RFC 9207: the answer of another issuer.
#[test]
fn an_answer_that_names_another_issuer_is_refused() {
    let scene = Scene::new(&json!({}), &json!({}));
    let mut browser = Browser::new(&scene.world);
    let away = scene.leave(&mut browser, &[]);
    let state = parameter(&away, "state").unwrap();
    let mixed = format!(
        "/v1/iam/oauth/callback/hanzo/other?code=x&state={state}&iss=https%3A%2F%2Fevil.example"
    );
    is_unverified(&browser.get(&mixed));
    let away = scene.leave(&mut browser, &[]);
    let state = parameter(&away, "state").unwrap();
    is_unverified(
        &browser.get(&format!("/v1/iam/oauth/callback/hanzo/other?code=x&state={state}")),
    );
    let attempts = scene.attempts();
    assert!(attempts.iter().all(|(_, check)| check == "callback"), "{attempts:?}");
}

/// What is said of another person than the ID token names.
#[test]
fn userinfo_of_another_person_is_refused_and_nothing_tells_why() {
    let scene = Scene::new(&json!({}), &json!({}));
    *scene.internet.alter.borrow_mut() = Some(Box::new(|path, body| {
        if path.contains("/userinfo") {
            body["sub"] = json!("someone-else");
        }
    }));
    let mut browser = Browser::new(&scene.world);
    let away = scene.leave(&mut browser, &[]);
    let back = scene.sign_in_there(&away, "erin");
    let answer = browser.get(&back);
    is_unverified(&answer);
    assert!(!answer.text().contains("someone-else"), "{}", answer.text());
    let path = "/v1/iam/providers/hanzo/other/attempts";
    let list = scene.world.get(path).of("alice").send().ok();
    assert_eq!(list["attempts"][0]["check"], "userinfo");
    assert!(list["attempts"][0]["detail"].as_str().unwrap().contains("sub"), "{list}");
}

/// Whoever administers a provider can make it say anything. It speaks for nobody who holds more.
#[test]
fn a_tenants_provider_signs_in_nobody_who_holds_more_than_its_administrators() {
    let scene = Scene::new(&json!({}), &json!({}));
    let mut browser = Browser::new(&scene.world);
    let page = scene.journey(&mut browser, "erin");
    browser.get(&page);
    let sign_in = || {
        scene.world.clock.advance(1);
        let mut browser = Browser::new(&scene.world);
        let page = scene.journey(&mut browser, "erin");
        let answer = browser.get(&page);
        let has_code = answer.status() == StatusCode::SEE_OTHER;
        (has_code, answer)
    };
    let role = |organization: &str, role: &str| {
        let now = scene.world.clock.now().0;
        let id = "(SELECT id FROM users WHERE owner = 'hanzo' AND name = 'erin')";
        sql(&scene.world, "DELETE FROM memberships");
        sql(
            &scene.world,
            &format!(
                "INSERT INTO memberships (user_id, organization, role, created_at) \
                 VALUES ({id}, '{organization}', '{role}', {now})"
            ),
        );
    };
    assert!(sign_in().0);
    // Of the platform: never.
    role("admin", "admin");
    let (signed_in, answer) = sign_in();
    assert!(!signed_in);
    assert!(answer.text().contains("not enough for your account"), "{}", answer.text());
    assert_eq!(scene.attempts()[0], ("refused".to_owned(), "authority".to_owned()));
    // Of another organization, and an owner: only with a factor of the account.
    for (organization, name) in [("acme", "member"), ("hanzo", "owner")] {
        role(organization, name);
        assert!(!sign_in().0, "{organization} {name}");
    }
    // An owner can stand behind the provider; then it speaks for owners.
    sql(&scene.world, "UPDATE providers SET vouches_for_owners = 1");
    assert!(sign_in().0);
    // A change by an administrator who is no owner takes that back.
    scene.provider(&json!({"scopes": "openid profile email"})).ok();
    assert!(!sign_in().0);
    let refused = scene.provider(&json!({"vouchesForOwners": true}));
    refused.refused(400);
}

#[test]
fn a_provider_made_anew_under_the_name_is_another_one() {
    let scene = Scene::new(&json!({}), &json!({"canSignUp": false}));
    sql(
        &scene.world,
        "INSERT INTO identities (owner, provider, subject, user_id, created_at, provider_id) \
         SELECT 'hanzo', 'hanzo/other', 'x', users.id, 0, providers.id FROM users, providers \
         WHERE users.name = 'bob'",
    );
    scene.world.delete("/v1/iam/providers/hanzo/other").of("alice").send().ok();
    assert!(sql(&scene.world, "SELECT * FROM identities").is_empty());
}

#[test]
fn an_application_offers_no_provider_of_another_tenant() {
    let scene = Scene::new(&json!({}), &json!({}));
    let record = json!({
        "owner": "acme", "name": "theirs", "displayName": "Theirs", "category": "OAuth",
        "type": "Custom", "clientId": "rp", "clientSecret": super::SECRET, "issuerUrl": OTHER,
    });
    scene.world.post("/v1/iam/providers").of("dave").json(&record).send().ok();
    let items = json!([
        {"name": "theirs", "owner": "acme", "canSignUp": true},
        {"name": "theirs", "canSignUp": true},
        {"name": 7}, "theirs",
    ]);
    scene.application(&json!({"providers": items}));
    let mut browser = Browser::new(&scene.world);
    let page = location(&browser.authorize(&[]));
    assert!(!browser.get(&page).text().contains("Theirs"));
}

#[test]
fn documents_and_tokens_are_asked_for_on_the_public_internet_only() {
    for url in ["https://127.0.0.1", "https://localhost", "https://10.0.0.1", "https://x.internal"]
    {
        let scene = Scene::new(&json!({"issuerUrl": url}), &json!({}));
        let mut browser = Browser::new(&scene.world);
        let page = location(&browser.authorize(&[("provider", "other")]));
        let answer = browser.get(&page);
        assert_eq!(answer.status(), StatusCode::BAD_GATEWAY, "{url}: {}", answer.text());
        assert!(scene.internet.asked.borrow().is_empty(), "{url}");
        assert_eq!(scene.attempts()[0].0, "refused", "{url}");
    }
}

/// RFC 9700 §4.4: the code of another provider, which comes back to the address of that one, never reaches the
/// token endpoint of the one that the browser was sent to.
#[test]
fn an_answer_that_comes_to_the_address_of_another_provider_is_refused() {
    let scene = Scene::new(&json!({}), &json!({}));
    for address in ["", "/acme/other", "/hanzo/another"] {
        let mut browser = Browser::new(&scene.world);
        let away = scene.leave(&mut browser, &[]);
        let redirect = parameter(&away, "redirect_uri").unwrap();
        assert_eq!(redirect, super::CALLBACK);
        let back = scene.sign_in_there(&away, "erin");
        let asked = scene.internet.asked.borrow().len();
        is_unverified(&browser.get(&back.replacen("/hanzo/other", address, 1)));
        assert_eq!(scene.internet.asked.borrow().len(), asked, "no token was asked for");
        scene.world.clock.advance(1);
    }
    assert!(scene.attempts().iter().all(|(_, check)| check == "callback"));
}

/// As for a password that is set: an old session, or a key with limits, would become another administrator.
#[test]
fn who_opens_accounts_has_signed_in_just_now_or_holds_a_key_without_limits() {
    let scene = Scene::new(&json!({}), &json!({}));
    let world = &scene.world;
    let until = world.clock.now().plus(86_400).to_string();
    let key = json!({"name": "short", "expireTime": until});
    let key = world.post("/v1/iam/keys").of("alice").json(&key).send().ok();
    let key = key["accessSecret"].as_str().unwrap().to_owned();
    let new = json!({"owner": "hanzo", "name": "mine", "category": "OAuth", "type": "Google"});
    let domain = json!({"owner": "hanzo", "domain": "x.example"});
    for (path, body) in [("/v1/iam/providers", &new), ("/v1/iam/domains", &domain)] {
        world.post(path).bearer(&key).json(body).send().refused(403);
    }
    let browser = crate::account_pages::signed_in(world, "alice");
    let post = |path: &str, body: &serde_json::Value| {
        let call = world.post(path).header("cookie", &browser.cookie());
        let call = call.header("origin", crate::world::ISSUER);
        call.header("sec-fetch-site", "same-origin").json(body).send().status()
    };
    assert_eq!(post("/v1/iam/domains", &domain), StatusCode::OK);
    world.clock.advance(601);
    assert_eq!(post("/v1/iam/domains", &domain), StatusCode::FORBIDDEN);
    assert_eq!(post("/v1/iam/providers", &new), StatusCode::FORBIDDEN);
}

#[test]
fn a_key_with_limits_sends_no_code_or_assertion_to_another_address() {
    let scene = Scene::new(&json!({}), &json!({}));
    let world = &scene.world;
    let uris = ["https://wiki.example/cb"];
    let application = |name: &str, more: serde_json::Value| {
        let mut body = json!({"owner": "hanzo", "name": name, "clientId": format!("hanzo-{name}")});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.post("/v1/iam/applications").json(&body)
    };
    let wiki = json!({"redirectUris": uris, "public": true});
    application("wiki", wiki.clone()).of("alice").send().ok();
    let until = world.clock.now().plus(86_400).to_string();
    let key = json!({"name": "short", "expireTime": until});
    let key = world.post("/v1/iam/keys").of("alice").json(&key).send().ok();
    let key = key["accessSecret"].as_str().unwrap().to_owned();
    application("other", wiki).bearer(&key).send().refused(403);
    let put = |body: serde_json::Value| {
        world.put("/v1/iam/applications/hanzo/wiki").bearer(&key).json(&body).send()
    };
    put(json!({"samlReplyUrl": "https://evil.example/acs", "samlEntityId": "x"})).refused(403);
    put(json!({"redirectUris": ["https://evil.example/cb"]})).refused(403);
    put(json!({"displayName": "Wiki"})).ok();
}

#[test]
fn an_address_that_is_not_known_to_be_the_persons_is_not_taken_from_the_platforms_providers() {
    let scene = Scene::new(&json!({}), &json!({}));
    let record = json!({
        "owner": "admin", "name": "shared", "displayName": "Shared", "category": "OAuth",
        "type": "Custom", "clientId": "rp", "clientSecret": super::SECRET, "issuerUrl": OTHER,
    });
    scene.world.post("/v1/iam/providers").of("root").json(&record).send().ok();
    let item = json!({"name": "shared", "canSignUp": true});
    scene.application(&json!({"providers": [item], "enableSignUp": true}));
    let mut browser = Browser::new(&scene.world);
    let page = location(&browser.authorize(&[("provider", "shared")]));
    let back = scene.sign_in_there(&location(&browser.get(&page)), "erin");
    let page = location(&browser.get(&back));
    browser.get(&page);
    let squatted = "SELECT * FROM users WHERE email = 'erin@there.example'";
    assert!(sql(&scene.world, squatted).is_empty());
    assert_eq!(sql(&scene.world, "SELECT * FROM identities").len(), 1);
}
