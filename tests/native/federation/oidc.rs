//! Sign-in by OpenID Connect.

use http::StatusCode;
use serde_json::{Value, json};

use super::Scene;
use crate::{
    browser::{Browser, form_token, location, parameter},
    oauth::sql,
};

#[test]
fn a_person_without_an_account_gets_one_and_the_client_a_code() {
    let scene = Scene::new(&json!({}), &json!({}));
    let mut browser = Browser::new(&scene.world);
    let page = scene.journey(&mut browser, "erin");
    let answer = browser.get(&page);
    let client = location(&answer);
    assert!(client.starts_with("http://localhost:3000/callback?"), "{client}");
    assert!(parameter(&client, "code").is_some());
    assert_eq!(parameter(&client, "state").as_deref(), Some("xyz"));
    assert!(scene.users().contains(&"erin".to_owned()), "{:?}", scene.users());
    let identities = sql(&scene.world, "SELECT provider, details FROM identities");
    assert_eq!(identities.len(), 1);
    assert_eq!(identities[0]["provider"], Value::from("hanzo/other"));
    assert_eq!(scene.attempts(), [("accepted".to_owned(), String::new())]);

    // The same person again: the same account, in another browser.
    let before = scene.users();
    let mut browser = Browser::new(&scene.world);
    let page = scene.journey(&mut browser, "erin");
    assert!(parameter(&location(&browser.get(&page)), "code").is_some());
    assert_eq!(scene.users(), before);
}

#[test]
fn a_client_that_names_the_provider_leads_there_at_once() {
    let scene = Scene::new(&json!({}), &json!({}));
    let mut browser = Browser::new(&scene.world);
    let page = location(&browser.authorize(&[("provider", "other")]));
    let away = location(&browser.get(&page));
    assert!(away.starts_with(super::OTHER), "{away}");
    let page = location(&browser.authorize(&[("provider", "unknown")]));
    assert!(browser.get(&page).text().contains("Sign in with Other"));
}

#[test]
fn where_people_do_not_sign_up_a_person_without_an_account_is_told() {
    let scene = Scene::new(&json!({}), &json!({"canSignUp": false}));
    let mut browser = Browser::new(&scene.world);
    let before = scene.users();
    let page = scene.journey(&mut browser, "erin");
    let answer = browser.get(&page);
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(answer.text().contains("No account here is linked"), "{}", answer.text());
    assert_eq!(scene.users(), before);
    assert_eq!(scene.attempts(), [("refused".to_owned(), "account".to_owned())]);
}

#[test]
fn an_account_with_the_same_address_is_linked_only_where_the_application_says_so() {
    // hanzo/bob of the other issuer has the address of our hanzo/bob.
    for (binds, linked) in [(json!({}), 0), (json!({"bindingRule": ["Email"]}), 1)] {
        let scene = Scene::new(&json!({"trustEmail": true}), &binds);
        let mut browser = Browser::new(&scene.world);
        let page = scene.journey(&mut browser, "bob");
        let answer = browser.get(&page);
        assert_eq!(sql(&scene.world, "SELECT * FROM identities").len(), linked);
        let has_code = linked == 1;
        assert_eq!(answer.status() != StatusCode::FORBIDDEN, has_code, "{}", answer.text());
        assert!(has_code || answer.text().contains("already"), "{}", answer.text());
    }
}

#[test]
fn an_address_that_the_provider_has_not_verified_links_nothing() {
    let scene = Scene::new(&json!({"trustEmail": true}), &json!({"bindingRule": ["Email"]}));
    sql(&scene.other, "UPDATE users SET email_verified = 0");
    let mut browser = Browser::new(&scene.world);
    let page = scene.journey(&mut browser, "bob");
    assert_eq!(browser.get(&page).status(), StatusCode::FORBIDDEN);
    assert!(sql(&scene.world, "SELECT * FROM identities").is_empty());
}

#[test]
fn terms_and_invitations_are_asked_for_before_a_provider_of_the_platform_makes_an_account() {
    let scene = Scene::new(&json!({}), &json!({}));
    let root = |path: &str| scene.world.post(path).of("root");
    let record = json!({
        "owner": "admin", "name": "shared", "displayName": "Shared", "category": "OAuth",
        "type": "Custom", "clientId": "rp", "clientSecret": super::SECRET,
        "issuerUrl": super::OTHER,
    });
    root("/v1/iam/providers").json(&record).send().ok();
    let item = json!({"name": "shared", "canSignUp": true});
    scene.application(&json!({
        "providers": [item], "enableSignUp": true, "termsOfUse": "https://hanzo.ai/terms",
    }));
    let mut browser = Browser::new(&scene.world);
    let page = location(&browser.authorize(&[("provider", "shared")]));
    let away = location(&browser.get(&page));
    let back = scene.sign_in_there(&away, "erin");
    let page = location(&browser.get(&back));
    let asked = browser.get(&page).text();
    assert!(asked.contains("https://hanzo.ai/terms"), "{asked}");
    assert!(!scene.users().contains(&"erin".to_owned()));
    let ticket = asked.split_once("name=\"ticket\" value=\"").unwrap().1;
    let ticket = ticket.split('"').next().unwrap().to_owned();
    let token = form_token(&asked);
    let action = page.split("&arrived=").next().unwrap().to_owned();
    let form = [("form_token", token.as_str()), ("step", "arrived"), ("ticket", &ticket)];
    let answer = browser.post(&action, &[&form[..], &[("terms", "1")]].concat());
    assert!(parameter(&location(&answer), "code").is_some(), "{}", answer.text());
    assert!(scene.users().contains(&"erin".to_owned()));
    let accepted = sql(&scene.world, "SELECT version FROM acceptances");
    assert_eq!(accepted.len(), 1);
}

#[test]
fn groups_give_and_take_roles_and_teams_at_each_sign_in() {
    let mapping = json!({"groupMapping": {"ops": ["admin", "team:ops", "role:deployer"]}});
    let scene = Scene::new(&mapping, &json!({}));
    let post = |path: &str, body: Value| {
        scene.world.post(path).of("alice").json(&body).send().ok();
    };
    post("/v1/iam/teams", json!({"owner": "hanzo", "name": "ops"}));
    post("/v1/iam/roles", json!({"owner": "hanzo", "name": "deployer"}));
    let held = || {
        let admin =
            sql(&scene.world, "SELECT is_admin FROM users WHERE email = 'erin@there.example'");
        let count = |table: &str| sql(&scene.world, &format!("SELECT * FROM {table}")).len();
        (admin[0]["is_admin"].clone(), count("team_members"), count("role_members"))
    };
    let groups = |names: Value| {
        *scene.internet.alter.borrow_mut() = Some(Box::new(move |path, body| {
            if path.contains("/userinfo") {
                body["groups"] = names.clone();
            }
        }));
    };
    for (names, expected) in
        [(json!(["ops", "x"]), (1.into(), 1, 1)), (json!(["x"]), (0.into(), 0, 0))]
    {
        groups(names);
        let mut browser = Browser::new(&scene.world);
        let page = scene.journey(&mut browser, "erin");
        let answer = browser.get(&page);
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{:?}", scene.attempts());
        assert_eq!(held(), expected);
        scene.world.clock.advance(5);
    }
}

#[test]
fn the_person_who_declines_is_led_back_to_the_sign_in_page() {
    let scene = Scene::new(&json!({}), &json!({}));
    let mut browser = Browser::new(&scene.world);
    let away = scene.leave(&mut browser, &[]);
    let state = parameter(&away, "state").unwrap();
    let iss = "https%3A%2F%2Fidp.example.com";
    let back =
        format!("/v1/iam/oauth/callback/hanzo/other?error=access_denied&state={state}&iss={iss}");
    let page = location(&browser.get(&back));
    assert!(page.starts_with("/login/oauth/authorize?"), "{page}");
    assert!(browser.get(&page).text().contains("Sign in with Other"));
}

#[test]
fn a_check_of_the_record_names_what_fails() {
    let scene = Scene::new(&json!({}), &json!({}));
    let check = || {
        let path = "/v1/iam/providers/hanzo/other/check";
        let checks = scene.world.post(path).of("alice").send().ok();
        let failed = checks["checks"].as_array().unwrap().iter();
        let failed = failed.filter(|check| check["ok"] == false);
        let failed: Vec<String> =
            failed.map(|it| format!("{} {}", it["name"], it["detail"]).replace('"', "")).collect();
        (checks["ok"].as_bool().unwrap(), failed)
    };
    assert_eq!(check(), (true, Vec::new()));
    scene
        .provider(&json!({"clientSecret": super::SECRET, "issuerUrl": "https://nobody.example"}))
        .ok();
    let (ok, failed) = check();
    assert!(!ok && failed[0].starts_with("discovery https://nobody.example"), "{failed:?}");
    scene.provider(&json!({"userMapping": {"isAdmin": "x"}})).refused(400);
}

#[test]
fn a_sample_shows_what_an_account_would_take_and_changes_nothing() {
    let scene = Scene::new(&json!({"userMapping": {"email": "mail"}}), &json!({}));
    let sample = json!({
        "attributes": {"sub": "7", "mail": "X@y.example", "name": "X", "groups": ["ops"]},
        "groupMapping": {"ops": "team:ops", "it": "admin"},
    });
    let path = "/v1/iam/providers/hanzo/other/mapping";
    let tried = scene.world.post(path).of("alice").json(&sample).send().ok();
    assert_eq!(tried["subject"], "7");
    assert_eq!(tried["email"], "x@y.example");
    assert_eq!(tried["grants"], json!(["team:ops"]));
    assert_eq!(tried["withdraws"], json!(["admin"]));
    scene.world.post(path).of("bob").json(&sample).send().refused(403);
    scene.world.post(path).of("dave").json(&sample).send().refused(403);
}

/// As a sign-in reads them: the names of the protocol, and addresses that the record does not trust.
#[test]
fn a_sample_is_read_as_the_protocol_of_the_provider_reads_it() {
    let scene = Scene::new(&json!({}), &json!({}));
    let tried = |name: &str, attributes: Value| {
        let groups = json!({"CN=IT,DC=acme,DC=example": "admin"});
        let sample = json!({"attributes": attributes, "groupMapping": groups});
        let path = format!("/v1/iam/providers/hanzo/{name}/mapping");
        scene.world.post(&path).of("alice").json(&sample).send().ok()
    };
    let claims = json!({"sub": "7", "email": "x@y.example", "email_verified": true});
    assert_eq!(tried("other", claims.clone())["emailVerified"], false);
    let trusted = json!({"trustEmail": true});
    scene.world.put("/v1/iam/providers/hanzo/other").of("alice").json(&trusted).send().ok();
    assert_eq!(tried("other", claims)["emailVerified"], true);
    let ldap = json!({
        "owner": "hanzo", "name": "corp", "category": "LDAP", "type": "OpenLDAP", "host": "ldap.example.com",
        "baseDn": "dc=acme,dc=example", "username": "cn=reader,dc=acme,dc=example", "password": "x",
    });
    scene.world.post("/v1/iam/providers").of("alice").json(&ldap).send().ok();
    let entry = json!({
        "entryUUID": "u-7", "uid": "ada", "CN": "Ada L.", "mail": "ada@acme.example",
        "memberOf": ["cn=it,dc=acme,dc=example"],
    });
    let found = tried("corp", entry);
    assert_eq!((&found["subject"], &found["username"]), (&json!("u-7"), &json!("ada")));
    assert_eq!((&found["displayName"], &found["grants"]), (&json!("Ada L."), &json!(["admin"])));
    assert_eq!(
        (&found["email"], &found["emailVerified"]),
        (&json!("ada@acme.example"), &json!(false))
    );
    let saml = json!({"owner": "hanzo", "name": "okta", "category": "SAML", "type": "Custom"});
    scene.world.post("/v1/iam/providers").of("alice").json(&saml).send().ok();
    let said = json!({"NameID": "n-7", "givenName": "Ada", "sn": "Lovelace", "uid": "ada"});
    let found = tried("okta", said);
    assert_eq!((&found["subject"], &found["username"]), (&json!("n-7"), &json!("ada")));
    assert_eq!(found["displayName"], "Ada Lovelace");
}

#[test]
fn an_identity_is_linked_in_the_session_that_asked_and_unlinked() {
    let scene = Scene::new(&json!({}), &json!({"canSignUp": false}));
    let mut browser = crate::account_pages::signed_in(&scene.world, "bob");
    let leave = |browser: &mut Browser<'_>| {
        let form = [("step", "provider"), ("id", "hanzo/other")];
        location(&crate::account_pages::post(browser, "/account/identities", &form))
    };
    let away = leave(&mut browser);
    let back = scene.sign_in_there(&away, "erin");
    let page = location(&browser.get(&back));
    assert!(page.starts_with("/account/identities?arrived="), "{page}");
    // In the session of another person.
    let mut other = crate::account_pages::signed_in(&scene.world, "alice");
    assert_eq!(other.get(&page).status(), StatusCode::FORBIDDEN);
    let back = {
        let away = leave(&mut browser);
        scene.sign_in_there(&away, "erin")
    };
    let page = location(&browser.get(&back));
    assert!(location(&browser.get(&page)).ends_with("?saved=1"));
    let shown = browser.get("/account/identities").text();
    assert!(shown.contains("Other erin"), "{shown}");
    // It signs in now.
    let mut fresh = Browser::new(&scene.world);
    let page = scene.journey(&mut fresh, "erin");
    assert!(parameter(&location(&fresh.get(&page)), "code").is_some());
    let linked = browser.get("/v1/iam/linked-accounts").ok();
    assert_eq!(linked["data"][0]["provider"], "hanzo/other");
    let subject = linked["data"][0]["subject"].as_str().unwrap().to_owned();
    let id = format!("hanzo/other {subject}");
    let form = [("step", "unlink"), ("id", id.as_str())];
    crate::account_pages::post(&mut browser, "/account/identities", &form);
    assert!(sql(&scene.world, "SELECT * FROM identities").is_empty());
}

#[test]
fn clients_read_which_providers_an_application_offers() {
    let scene = Scene::new(&json!({"customLogo": "https://x.example/l.svg"}), &json!({}));
    let methods = scene.world.get("/v1/iam/auth/methods?clientId=hanzo-app").send().ok();
    assert_eq!(methods["data"]["oauth"][0]["name"], "other");
    assert_eq!(methods["data"]["oauth"][0]["logo"], "https://x.example/l.svg");
    let application = scene.world.get("/v1/iam/auth/application?clientId=hanzo-app").send().ok();
    let provider = &application["data"]["providers"][0]["provider"];
    assert_eq!((&provider["type"], &provider["clientId"]), (&json!("Custom"), &json!("rp")));
    assert!(provider.get("clientSecret").is_none());
}

/// OpenID Connect Back-Channel Logout 1.0 §2.5: the other issuer tells us by a logout token.
#[test]
fn a_logout_at_the_provider_ends_the_sessions_that_began_there_once() {
    let scene = Scene::new(&json!({}), &json!({}));
    let to = "https://hanzo.id/v1/iam/oauth/backchannel-logout/hanzo/other";
    let path = "/v1/iam/applications/hanzo/rp";
    let uri = json!({"backchannelLogoutUri": to});
    scene.other.put(path).of("root").json(&uri).send().ok();
    let mut browser = Browser::new(&scene.world);
    let page = scene.journey(&mut browser, "erin");
    browser.get(&page);
    let live = || sql(&scene.world, "SELECT id FROM sessions").len();
    assert_eq!(live(), 1);
    let bob = crate::account_pages::signed_in(&scene.world, "bob");
    assert_eq!(live(), 2);
    let post = |token: &str| {
        let path = to.strip_prefix("https://hanzo.id").unwrap();
        scene.world.post(path).form(&[("logout_token", token)]).send()
    };
    // An ID token is no logout token, and neither is one of another provider.
    assert_eq!(post("a.b.c").refused(400)["error"], "invalid_request");
    assert_eq!(live(), 2);
    let erin = sql(&scene.other, "SELECT id FROM users WHERE email = 'erin@there.example'");
    let id = erin[0]["id"].as_str().unwrap();
    let end = format!("/v1/iam/users/hanzo/{id}");
    scene.other.delete(&end).of("alice").send();
    pollster::block_on(scene.other.origin.scheduled()).unwrap();
    let sent = std::mem::take(&mut *scene.other.outbound.requests.borrow_mut());
    let told = sent.iter().find(|request| request.url == to).expect("a logout token");
    let body = String::from_utf8(told.body.clone()).unwrap();
    let token = body.strip_prefix("logout_token=").unwrap();
    assert_eq!(post(token).status(), StatusCode::OK);
    assert_eq!(live(), 1, "bob's goes on: {:?}", bob.cookies.len());
    scene.world.clock.advance(1);
    assert_eq!(post(token).refused(400)["error"], "invalid_request", "used before");
    assert_eq!(scene.attempts()[0].1, "logout token");
}
