//! Sign-in by a password that a directory verifies.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    Scene, record,
    server::{Entry, Mood, READER_PASSWORD},
};
use crate::{
    browser::{Browser, form_token, location, parameter},
    oauth::sql,
    world::{PASSWORD, World},
};

#[test]
fn a_person_of_the_directory_gets_an_account_and_the_client_a_code() {
    let scene = Scene::new(&json!({}), &json!({}));
    let mut browser = Browser::new(&scene.world);
    let answer = browser.sign_in(&[], "carol", "correct-carol");
    let client = location(&answer);
    assert!(client.starts_with("http://localhost:3000/callback?"), "{client}");
    assert!(parameter(&client, "code").is_some());
    assert!(scene.users().contains(&"carol".to_owned()));
    assert_eq!(scene.attempts()[0].0, "accepted");
    let log = scene.server.taken();
    assert_eq!(log[0], "connect ldap.example.com:636 Now");
    assert!(log[2].contains("(uid=carol)"), "{log:?}");
    let identities = sql(&scene.world, "SELECT provider, subject FROM identities");
    assert_eq!(identities[0]["provider"], "hanzo/corp");
    assert_eq!(identities[0]["subject"], "00000000-0000-0000-0000-000000000002");
    // Nothing of the password is kept here.
    let users = sql(&scene.world, "SELECT password_hash FROM users WHERE name = 'carol'");
    assert_eq!(users[0]["password_hash"], Value::Null);
    let sessions = sql(&scene.world, "SELECT methods FROM sessions");
    assert!(sessions[0]["methods"].as_str().unwrap().contains("pwd"), "{sessions:?}");

    // Again, by the call of the published clients, under another name in the directory: the same account.
    scene.server.change("carol", |entry| *entry = entry.clone().with("uid", &["carol.new"]));
    let before = scene.users();
    assert_eq!(scene.login("carol.new", "correct-carol")["data"], "hanzo/carol");
    assert_eq!(scene.users(), before);
}

#[test]
fn a_wrong_password_is_the_ordinary_error_and_the_administrator_learns_the_reason() {
    let scene = Scene::new(&json!({"type": "ActiveDirectory"}), &json!({}));
    let ordinary = scene.world.post("/v1/iam/login").json(&json!({
        "type": "login", "clientId": "hanzo-cloud", "username": "alice", "password": "wrong",
    }));
    let ordinary: Value = serde_json::from_str(&ordinary.send().text()).unwrap();
    for (data, reason) in
        [("52e", "data 52e"), ("532", "data 532"), ("701", "701"), ("773", "773"), ("775", "775")]
    {
        scene.world.clock.advance(24 * 3600);
        let diagnostic =
            format!("80090308: LdapErr: DSID-0C09041C, comment: x, data {data}, v4563");
        scene.server.change("dora", |entry| {
            let guid: &[u8] = &[7; 16];
            *entry = entry
                .clone()
                .with("objectClass", &["user"])
                .with("objectCategory", &["person"])
                .with("sAMAccountName", &["dora"])
                .with("userAccountControl", &["512"]);
            entry.attributes.push(("objectGUID".to_owned(), vec![guid.to_vec()]));
            entry.diagnostic = diagnostic;
        });
        let answer = scene.login("dora", "correct-dora");
        assert_eq!(answer, ordinary, "{data} {:?}", scene.attempts());
        let (outcome, check, detail) = scene.attempts()[0].clone();
        assert_eq!((&*outcome, &*check), ("refused", "password"));
        assert!(detail.contains(reason), "{detail}");
    }
}

#[test]
fn known_and_unknown_names_and_accounts_with_a_password_here_take_the_same_exchange() {
    let scene = Scene::new(&json!({}), &json!({}));
    let mut expected: Option<Vec<String>> = None;
    // In the directory; nowhere; here with a password, and in the directory; here only.
    for name in ["carol", "nobody", "alice", "bob"] {
        let answer = scene.login(name, "wrong password");
        assert_eq!(answer["code"], "invalid_credentials", "{answer}");
        let steps: Vec<String> = scene
            .server
            .taken()
            .iter()
            .map(|step| step.split(' ').next().unwrap().to_owned())
            .collect();
        assert_eq!(steps, ["connect", "bind", "search", "bind"], "{name}");
        assert_eq!(expected.get_or_insert(steps.clone()), &steps);
        assert_eq!(scene.attempts()[0].0, "refused");
    }
    // The password of an account here is not the directory's to see.
    let sent = scene.server.passwords.take();
    let wrong = sent.iter().filter(|it| *it == "wrong password").count();
    assert_eq!(wrong, 1, "carol's only: {sent:?}");
}

#[test]
fn a_password_of_the_account_itself_is_not_asked_of_the_directory() {
    let scene = Scene::new(&json!({}), &json!({}));
    assert_eq!(scene.login("alice", PASSWORD)["data"], "hanzo/alice");
    assert!(scene.server.taken().is_empty());
    // Another person of the directory has the name of the account: they are not that account.
    let answer = scene.login("alice", "correct-alice");
    assert_eq!(answer["code"], "invalid_credentials");
    assert!(!scene.server.passwords.take().contains(&"correct-alice".to_owned()));
}

#[test]
fn a_linked_account_takes_the_directorys_password_and_its_own() {
    let scene = Scene::new(&json!({}), &json!({}));
    sql(
        &scene.world,
        "INSERT INTO identities (owner, provider, subject, user_id, details, created_at, provider_id) \
         SELECT 'hanzo', 'hanzo/corp', '00000000-0000-0000-0000-000000000001', users.id, '{}', 0, providers.id \
         FROM users, providers WHERE users.name = 'bob' AND providers.name = 'corp'",
    );
    scene.server.change("alice", |entry| *entry = entry.clone().with("uid", &["bob"]));
    assert_eq!(scene.login("bob", "another password")["code"], "invalid_credentials");
    scene.server.taken();
    assert_eq!(scene.login("bob", PASSWORD)["data"], "hanzo/bob");
    assert!(scene.server.taken().is_empty(), "the directory does not learn it");
    assert_eq!(scene.login("bob", "correct-alice")["data"], "hanzo/bob");
}

#[test]
fn guesses_are_counted_before_the_directory_is_asked() {
    let scene = Scene::new(&json!({}), &json!({}));
    for name in ["carol", "nobody"] {
        for _ in 0..5 {
            let answer = scene.login(name, "wrong password");
            assert_eq!(answer["code"], "invalid_credentials", "{answer}");
        }
        scene.server.taken();
        assert_eq!(scene.login(name, "wrong password")["code"], "signin_locked");
        assert_eq!(scene.login(name, "correct-carol")["code"], "signin_locked");
        assert!(scene.server.taken().is_empty());
    }
    scene.world.clock.advance(900);
    assert_eq!(scene.login("carol", "correct-carol")["status"], "ok");
    // The right one has forgotten the wrong ones.
    for _ in 0..4 {
        assert_eq!(scene.login("carol", "wrong")["code"], "invalid_credentials");
    }
    assert_eq!(scene.login("carol", "correct-carol")["status"], "ok");
}

#[test]
fn a_directory_that_cannot_be_asked_is_told_apart_and_counts_no_guess() {
    let scene = Scene::new(&json!({}), &json!({}));
    for (mood, check) in
        [(Mood::Unreachable, "connection"), (Mood::Silent, "connection"), (Mood::Refers, "search")]
    {
        scene.server.mood.set(mood);
        // Twenty of one network are noted in an hour.
        scene.world.clock.advance(3600);
        // Known, unknown, and here: the answer is the same.
        for name in ["carol", "nobody", "alice"] {
            for _ in 0..6 {
                let answer = scene.login(name, "correct-carol");
                assert_eq!(answer["code"], "temporarily_unavailable", "{mood:?} {name} {answer}");
                assert!(!answer.to_string().contains("ldap.example.com"), "{answer}");
                scene.world.clock.advance(60);
            }
        }
        assert_eq!(scene.last_check(), check, "{mood:?}");
    }
    let log = scene.server.taken();
    assert!(log.iter().all(|it| !it.contains("evil.example")), "a referral was followed");
    scene.server.mood.set(Mood::Well);
    assert_eq!(scene.login("carol", "correct-carol")["status"], "ok");
    scene.server.mood.set(Mood::Unreachable);
    let mut browser = Browser::new(&scene.world);
    let page = browser.sign_in(&[], "carol", "correct-carol");
    assert_eq!(page.status(), StatusCode::BAD_GATEWAY);
    assert!(page.text().contains("could not be verified"), "{}", page.text());
}

#[test]
fn neither_an_empty_password_nor_a_filter_in_the_name_reaches_the_directory() {
    let scene = Scene::new(&json!({}), &json!({}));
    assert_eq!(scene.login("carol", "")["status"], "error");
    let mut browser = Browser::new(&scene.world);
    assert_eq!(browser.sign_in(&[], "carol", "").status(), StatusCode::BAD_REQUEST);
    assert!(scene.server.taken().is_empty());
    for name in
        ["*", "carol)(uid=*", "carol*", "*)(|(uid=*", "car\\6fl", "carol\0", "dora)(uid=carol"]
    {
        let answer = scene.login(name, "correct-carol");
        assert_ne!(answer["status"], "ok", "{name} {answer}");
    }
    assert!(scene.server.passwords.take().iter().all(|it| it == READER_PASSWORD));
}

#[test]
fn an_entry_that_claims_the_address_of_an_account_does_not_get_it() {
    for binds in [json!({}), json!({"bindingRule": ["Email"]})] {
        let scene = Scene::new(&json!({}), &binds);
        scene.server.change("carol", |it| *it = it.clone().with("mail", &["bob@hanzo.example"]));
        let answer = scene.login("carol", "correct-carol");
        assert_eq!(answer["code"], "address_taken", "{answer}");
        assert!(sql(&scene.world, "SELECT * FROM identities").is_empty());
    }
    // Where the organization trusts the addresses of its directory, the account is linked.
    let scene = Scene::new(&json!({"trustEmail": true}), &json!({"bindingRule": ["Email"]}));
    scene.server.change("carol", |it| *it = it.clone().with("mail", &["bob@hanzo.example"]));
    assert_eq!(scene.login("carol", "correct-carol")["data"], "hanzo/bob");
    // But not that of an administrator of the organization who holds more than its administrators.
    let scene = Scene::new(&json!({"trustEmail": true}), &json!({"bindingRule": ["Email"]}));
    scene.server.change("carol", |it| *it = it.clone().with("mail", &["root@admin.example"]));
    assert_eq!(scene.login("carol", "correct-carol")["data"], "hanzo/carol");
}

#[test]
fn the_directory_of_a_tenant_opens_no_account_of_the_platform_or_of_another_tenant() {
    let scene = Scene::new(&json!({}), &json!({}));
    let link = |user: &str| {
        sql(&scene.world, "DELETE FROM identities");
        let statement = format!(
            "INSERT INTO identities (owner, provider, subject, user_id, details, created_at, provider_id) \
             SELECT 'hanzo', 'hanzo/corp', '00000000-0000-0000-0000-000000000002', users.id, '{{}}', 0, \
             providers.id FROM users, providers WHERE users.name = '{user}' AND providers.name = 'corp'"
        );
        sql(&scene.world, &statement);
    };
    for user in ["root", "dave"] {
        link(user);
        let answer = scene.login("carol", "correct-carol");
        assert_eq!(answer["code"], "interaction_required", "{user} {answer}");
        assert_eq!(scene.last_check(), "account");
    }
    // An application of another organization lists the provider: it is not offered.
    let item = json!({"providers": [{"name": "corp", "owner": "hanzo", "canSignUp": true}]});
    let path = "/v1/iam/applications/acme/acme-app";
    scene.world.put(path).of("dave").json(&item).send();
    scene.server.taken();
    let body = json!({
        "type": "login", "clientId": "acme-app", "username": "carol", "password": "correct-carol",
    });
    let answer = scene.world.post("/v1/iam/login").json(&body).send().text();
    assert!(answer.contains("invalid_credentials"), "{answer}");
    assert!(scene.server.taken().is_empty());
    // A login in another organization is not this one's either.
    scene.login("acme/erin", "correct-carol");
    assert!(scene.server.taken().iter().all(|it| !it.contains("(uid=erin)")));
}

#[test]
fn groups_give_and_take_what_the_mapping_says_by_distinguished_name() {
    let mapping = json!({"groupMapping": {"CN=Ops, OU=Groups, DC=hanzo, DC=test": "admin"}});
    let scene = Scene::new(&mapping, &json!({}));
    let is_admin = || {
        let rows = sql(&scene.world, "SELECT is_admin FROM users WHERE name = 'carol'");
        rows[0]["is_admin"].clone()
    };
    assert_eq!(scene.login("carol", "correct-carol")["status"], "ok");
    assert_eq!(is_admin(), 1);
    // A group of the same name elsewhere gives nothing.
    scene.server.entries.borrow_mut().retain(|entry| !entry.dn.starts_with("cn=ops"));
    let mut other = Entry::group("ops", &["carol"]);
    other.dn = format!("cn=ops,ou=people,{}", super::BASE);
    scene.server.entries.borrow_mut().push(other);
    scene.world.clock.advance(60);
    assert_eq!(scene.login("carol", "correct-carol")["status"], "ok");
    assert_eq!(is_admin(), 0);
}

#[test]
fn a_person_whom_the_directory_disables_cannot_sign_in() {
    let disabling = json!({"disabledAttribute": "employeeType", "disabledValue": "left"});
    let scene = Scene::new(&disabling, &json!({}));
    assert_eq!(scene.login("carol", "correct-carol")["status"], "ok");
    scene.server.change("carol", |it| *it = it.clone().with("employeeType", &["Left"]));
    scene.world.clock.advance(1);
    assert_eq!(scene.login("carol", "correct-carol")["code"], "invalid_credentials");
    assert_eq!(scene.last_check(), "account");
}

#[test]
fn where_people_do_not_sign_up_a_person_without_an_account_is_told() {
    let scene = Scene::new(&json!({}), &json!({"canSignUp": false}));
    assert_eq!(scene.login("carol", "correct-carol")["code"], "not_linked");
    let mut browser = Browser::new(&scene.world);
    let page = browser.sign_in(&[], "carol", "correct-carol");
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
    assert!(page.text().contains("No account here is linked"), "{}", page.text());
    assert!(!scene.users().contains(&"carol".to_owned()));
}

#[test]
fn terms_are_asked_for_before_a_directory_of_the_platform_makes_an_account() {
    let scene = Scene::new(&json!({}), &json!({}));
    let mut shared = record(&json!({"owner": "admin", "name": "shared"}));
    shared["displayName"] = json!("Shared");
    scene.world.post("/v1/iam/providers").of("root").json(&shared).send().ok();
    scene.application(&json!({
        "providers": [{"name": "shared", "canSignUp": true}], "enableSignUp": true,
        "termsOfUse": "https://hanzo.ai/terms",
    }));
    let mut browser = Browser::new(&scene.world);
    let page = location(&browser.authorize(&[]));
    let token = form_token(&browser.get(&page).text());
    let form = [("form_token", &*token), ("username", "carol"), ("password", "correct-carol")];
    let asked = browser.post(&page, &form).text();
    assert!(asked.contains("https://hanzo.ai/terms"), "{asked}");
    assert!(!scene.users().contains(&"carol".to_owned()));
    let ticket = asked.split_once("name=\"ticket\" value=\"").unwrap().1;
    let ticket = ticket.split('"').next().unwrap().to_owned();
    let token = form_token(&asked);
    let form = [("form_token", &*token), ("step", "arrived"), ("ticket", &ticket), ("terms", "1")];
    let answer = browser.post(&page, &form);
    assert!(parameter(&location(&answer), "code").is_some(), "{}", answer.text());
    assert!(scene.users().contains(&"carol".to_owned()));
}

#[test]
fn a_private_server_is_asked_only_if_record_and_operator_admit_it() {
    let refused = |scene: &Scene| {
        assert_eq!(scene.login("carol", "correct-carol")["code"], "temporarily_unavailable");
        assert_eq!(scene.last_check(), "settings");
        assert!(scene.server.taken().is_empty());
    };
    for host in ["127.0.0.1", "10.0.0.1", "localhost", "dc.corp", "169.254.169.254", "::1"] {
        let scene = Scene::new(&json!({"host": host}), &json!({}));
        refused(&scene);
        let secret = json!({"isLocal": true, "password": READER_PASSWORD});
        scene.provider(&secret).ok();
        refused(&scene);
    }
    let local = json!({"host": "127.0.0.1", "port": 3890, "isLocal": true, "sslMode": "None"});
    let mut scene = Scene::new(&local, &json!({}));
    refused(&scene);
    scene.world.config_mut().federation_hosts = vec!["127.0.0.1:3890".to_owned()];
    assert_eq!(scene.login("carol", "correct-carol")["status"], "ok");
    assert_eq!(scene.server.taken()[0], "connect 127.0.0.1:3890 Never");
    scene
        .provider(&json!({"sslMode": "StartTLS", "isLocal": null, "password": READER_PASSWORD}))
        .ok();
    refused(&scene);
}

#[test]
fn the_record_is_checked_when_it_is_written_and_its_password_does_not_follow_to_another_server() {
    let world = World::demo();
    let create =
        |further: &Value| world.post("/v1/iam/providers").of("alice").json(&record(further)).send();
    for (further, member) in [
        (json!({"host": null}), "host"),
        (json!({"baseDn": "nowhere"}), "baseDn"),
        (json!({"enableSsl": false}), "enableSsl"),
        (json!({"filter": "(uid=x"}), "filter"),
        (json!({"password": null}), "password"),
        (json!({"type": "Novell"}), "type"),
    ] {
        let answer = create(&further);
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{further}");
        assert!(answer.text().contains(&format!("{member} ")), "{}", answer.text());
    }
    create(&json!({})).ok();
    let path = "/v1/iam/providers/hanzo/corp";
    let shown = world.get(path).of("alice").send().ok();
    assert_eq!(shown["provider"]["password"], "***");
    for change in [
        json!({"host": "evil.example.com"}),
        json!({"port": 1636}),
        json!({"sslMode": "StartTLS"}),
        json!({"enableSsl": false, "isLocal": true}),
    ] {
        let answer = world.put(path).of("alice").json(&change).send();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{change}");
        assert!(answer.text().contains("password must be sent again"), "{}", answer.text());
    }
}

#[test]
fn a_session_is_stepped_up_by_the_password_of_the_directory() {
    let scene = Scene::new(&json!({}), &json!({}));
    // The account has another name here than in the directory.
    scene.server.change("alice", |it| *it = it.clone().with("uid", &["carol2"]));
    let mut browser = Browser::new(&scene.world);
    let answer = browser.sign_in(&[], "carol", "correct-carol");
    assert!(parameter(&location(&answer), "code").is_some());
    sql(&scene.world, "UPDATE users SET name = 'caro' WHERE name = 'carol'");
    scene.world.clock.advance(3600);
    let page = location(&browser.authorize(&[("max_age", "60")]));
    let text = browser.get(&page).text();
    let token = form_token(&text);
    let form = [("form_token", &*token), ("username", "carol"), ("password", "correct-carol")];
    let answer = browser.post(&page, &form);
    assert!(parameter(&location(&answer), "code").is_some(), "{}", answer.text());
}

#[test]
fn an_administrator_tests_the_record_and_learns_which_check_fails() {
    let scene = Scene::new(&json!({}), &json!({}));
    let check = || {
        let path = "/v1/iam/providers/hanzo/corp/check";
        scene.world.post(path).of("alice").send().ok()
    };
    let checks = check();
    assert_eq!(checks["ok"], true, "{checks}");
    assert!(checks.to_string().contains("ldap.example.com:636 lets the service account search"));
    scene.server.mood.set(Mood::Unreachable);
    assert_eq!(check()["checks"][1]["name"], "connection");
    scene.server.mood.set(Mood::Well);
    scene.provider(&json!({"password": "wrong-password-of-the-reader"})).ok();
    let checks = check();
    assert_eq!(checks["checks"][1]["name"], "service account", "{checks}");
    assert!(!checks.to_string().contains("wrong-password"), "{checks}");
}
