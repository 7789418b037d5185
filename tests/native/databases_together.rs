//! What concerns organizations of several databases at once: lists of all of them, people who belong to two,
//! secrets of clients, and attempts. Here acme lives in the second database, hanzo and the platform in the first.

use std::rc::Rc;

use hanzo_iam::{
    core::encoding::digest,
    platform::native::Sqlite,
    ports::{Database, Statement},
};
use serde_json::{Value, json};

use crate::{
    authenticator::Authenticator,
    browser::{Browser, location},
    databases::{count, moved_of},
    oauth::{begin_session, session_cookie, sql, subject, text},
    world::{ACME_SECRET, Answer, PASSWORD, World},
};

fn divided() -> (World, Rc<Sqlite>) {
    divided_after(|_| {})
}

fn divided_after(prepare: impl FnOnce(&World)) -> (World, Rc<Sqlite>) {
    let mut world = World::demo();
    prepare(&world);
    let second = world.second_database();
    moved_of(&world, "acme", 1, |_| {});
    (world, second)
}

/// The cookie of a session of that user, which begins in the first database.
fn signed_in(world: &World, owner: &str, name: &str) -> String {
    let user = subject(world, owner, name);
    begin_session(world, "page", &user);
    let value = session_cookie(&user, "page");
    sql(
        world,
        &format!("UPDATE sessions SET digest = '{}' WHERE user_id = '{user}'", digest(&value)),
    );
    format!("hanzo_session={value}")
}

fn post(world: &World, who: &str, path: &str, body: &Value) -> Answer {
    world.post(path).of(who).json(body).send()
}

fn names(list: &Value) -> Vec<String> {
    let name = |entry: &Value| format!("{}/{}", text(entry, "owner"), text(entry, "name"));
    list.as_array().unwrap().iter().map(name).collect()
}

#[test]
fn the_accounts_of_a_browser_are_listed_from_every_database() {
    let mut dave = String::new();
    let (world, _) = divided_after(|world| dave = signed_in(world, "acme", "dave"));
    let alice = signed_in(&world, "hanzo", "alice");
    let further = dave.strip_prefix("hanzo_session=").unwrap();
    let cookie = format!("{alice}; __Host-hanzo_accounts={further}");
    let listed = world.get("/v1/iam/accounts").header("cookie", &cookie).send().ok();
    assert_eq!(names(&listed["data"]), ["hanzo/alice", "acme/dave"]);
}

#[test]
fn lists_of_all_organizations_are_those_of_every_database_in_one_order() {
    let (world, _) = divided();
    for (who, role) in [("alice", "a"), ("dave", "b"), ("alice", "c"), ("dave", "d")] {
        post(&world, who, "/v1/iam/roles", &json!({ "name": role })).ok();
    }
    let get = |path: &str| world.get(path).of("root").send().ok();
    let whole = get("/v1/iam/roles");
    assert_eq!(names(&whole["roles"]), ["acme/b", "acme/d", "hanzo/a", "hanzo/c"]);
    assert_eq!(whole["total"], 4);
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    for _ in 0..2 {
        let page = get(&format!("/v1/iam/roles?limit=2{cursor}"));
        paged.extend(names(&page["roles"]));
        cursor = format!("&cursor={}", text(&page, "cursor"));
    }
    assert_eq!((paged, cursor.as_str()), (names(&whole["roles"]), "&cursor="));

    let users = get("/v1/iam/users");
    let expected = ["acme/dave", "acme/erin", "admin/root", "hanzo/alice", "hanzo/bob"];
    assert_eq!(
        (names(&users["users"]), &users["total"]),
        (expected.map(String::from).to_vec(), &json!(5))
    );
    let part = get("/v1/iam/users?limit=2&offset=1");
    assert_eq!(names(&part["users"]), expected[1..3]);
    let keys = get("/v1/iam/keys");
    assert!(names(&keys["keys"]).iter().any(|name| name.starts_with("acme/")));
    // What every database would have to read first is refused, with the way out.
    let refused = world.get("/v1/iam/users?offset=10001").of("root").send().refused(400);
    assert_eq!(refused["field"], "offset");
    world.get("/v1/iam/users?owner=hanzo&offset=10001").of("root").send().ok();
}

/// While an organization is moved, two databases have its rows.
#[test]
fn a_list_of_all_organizations_has_each_row_once_during_a_move() {
    let mut world = World::demo();
    world.second_database();
    let expected = names(&world.get("/v1/iam/users").of("root").send().ok()["users"]);
    let mut states = Vec::new();
    moved_of(&world, "hanzo", 1, |state| {
        states.push(state.to_owned());
        let users = world.get("/v1/iam/users").of("root").send().ok();
        assert_eq!(names(&users["users"]), expected, "{state}");
    });
    assert!(states.iter().any(|state| state == "settling"), "{states:?}");
}

/// ATTACKS G-95: what is counted by network is counted once, for accounts of every database.
#[test]
fn a_guesser_has_no_more_attempts_with_two_databases() {
    let (mut world, _) = divided();
    world.config_mut().limits.signin_failures.attempts = 4;
    let guess = |organization: &str, password: &str| {
        let body = json!({
            "type": "code", "clientId": "hanzo-app", "redirectUri": crate::browser::CALLBACK,
            "organization": organization, "username": "alice", "password": password,
            "code_challenge": crate::browser::CHALLENGE, "code_challenge_method": "S256",
        });
        world.post("/v1/iam/login").json(&body).send()
    };
    for organization in ["hanzo", "acme", "acme", "hanzo"] {
        assert_ne!(guess(organization, "wrong password").status(), 429, "{organization}");
    }
    guess("acme", "wrong password").refused(429);
    guess("hanzo", crate::world::PASSWORD).refused(429);
    // A right password is no failure, wherever it was.
    world.clock.advance(600);
    for _ in 0..6 {
        assert_eq!(guess("hanzo", crate::world::PASSWORD).ok()["status"], "ok");
    }
}

/// The same of wallets.
#[test]
fn attempts_of_wallets_are_counted_in_the_first_database() {
    let (world, second) = hanzo_in_second(|_| {});
    let set = json!({"enableWeb3": true});
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&set).send().ok();
    world.clock.advance(10);
    let answer = crate::wallets::sign_in_of_new(&world);
    assert_eq!(answer["code"], "invalid_credentials", "{answer}");
    let counted = "attempts WHERE subject LIKE 'wallet:%'";
    assert_eq!((count(&world.database, counted), count(&second, counted)), (1, 0));
}

fn device(world: &World) -> Answer {
    world.post("/v1/iam/oauth/device").form(&[("client_id", "hanzo-app")]).send()
}

#[test]
fn device_codes_of_a_network_are_counted_in_the_first_database() {
    let (world, second) = hanzo_in_second(|_| {});
    device(&world).ok();
    assert_eq!(count(&second, "device_codes"), 1);
    assert_eq!(count(&second, "attempts WHERE subject LIKE 'device-codes:%'"), 0);
    assert_eq!(count(&world.database, "attempts WHERE subject LIKE 'device-codes:%'"), 1);
}

fn hanzo_in_second(prepare: impl FnOnce(&World)) -> (World, Rc<Sqlite>) {
    let mut world = World::demo();
    prepare(&world);
    let second = world.second_database();
    moved_of(&world, "hanzo", 1, |_| {});
    (world, second)
}

/// A device of a client of hanzo, which lives in the second database; dave's organization in the first.
#[test]
fn a_device_is_approved_by_a_person_of_another_database_than_its_client() {
    let mut cookie = String::new();
    let (world, second) = hanzo_in_second(|world| {
        sql(world, "UPDATE applications SET is_shared = 1 WHERE client_id = 'hanzo-app'");
        cookie = signed_in(world, "acme", "dave");
    });
    let asked = device(&world).ok();
    assert_eq!((count(&second, "device_codes"), count(&world.database, "device_codes")), (1, 0));
    let poll = || {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", text(&asked, "device_code")),
            ("client_id", "hanzo-app"),
        ];
        world.clock.advance(6);
        world.post("/v1/iam/oauth/token").form(&form).send()
    };
    assert_eq!(poll().body()["error"], "authorization_pending");
    let path = format!("/login/oauth/device/{}", text(&asked, "user_code"));
    // Without a sign-in it stays where it is.
    world.get(&path).send();
    assert_eq!(count(&second, "device_codes"), 1);
    let mut browser = crate::browser::Browser::new(&world);
    let (name, value) = cookie.split_once('=').unwrap();
    browser.cookies.push((name.to_owned(), value.to_owned()));
    let page = browser.get(&path).text();
    assert_eq!((count(&second, "device_codes"), count(&world.database, "device_codes")), (0, 1));
    assert_eq!(poll().body()["error"], "authorization_pending");
    let token = crate::browser::form_token(&page);
    let form = [("form_token", &*token), ("decision", "allow")];
    browser.post(&path, &form);
    let tokens = poll().ok();
    assert_eq!(crate::oauth::access_claims(&tokens)["owner"], "acme");
    assert_ne!(poll().status(), 200, "redeemed once");
}

fn client_token(world: &World, secret: &str) -> Answer {
    let form = [("grant_type", "client_credentials")];
    world.post("/v1/iam/oauth/token").basic("acme-app", secret).form(&form).send()
}

/// A rotation that is under way when the organization moves, and one after it.
#[test]
fn both_secrets_of_a_rotation_are_accepted_in_each_database_while_they_overlap() {
    const SECRETS: &str = "/v1/iam/applications/acme/acme-app/secrets";
    let mut made = String::new();
    let (world, second) = divided_after(|world| {
        let answer = post(world, "dave", SECRETS, &json!({"overlap": 3600})).ok();
        text(&answer, "clientSecret").clone_into(&mut made);
    });
    assert_eq!(count(&second, "client_secrets"), 1);
    client_token(&world, ACME_SECRET).ok();
    client_token(&world, &made).ok();
    let next = post(&world, "dave", SECRETS, &json!({"overlap": 3600})).ok();
    for secret in [ACME_SECRET, &made, text(&next, "clientSecret")] {
        client_token(&world, secret).ok();
    }
    assert_eq!(count(&world.database, "client_secrets"), count(&second, "client_secrets"));
    // Ended in one database is ended in the others.
    let list = world.get(SECRETS).of("dave").send().ok();
    let ids: Vec<&str> =
        list["secrets"].as_array().unwrap().iter().map(|it| text(it, "id")).collect();
    for id in ids.iter().filter(|id| **id != "current") {
        world.delete(&format!("{SECRETS}/{id}")).of("dave").send().ok();
    }
    assert_eq!(
        (count(&world.database, "client_secrets"), count(&second, "client_secrets")),
        (0, 0)
    );
    client_token(&world, &made).refused(401);
}

#[test]
fn a_membership_of_a_person_from_another_database_is_kept_with_the_person_and_recorded_in_both() {
    let (world, second) = divided();
    let membership = json!({"user": "acme/erin", "org": "hanzo", "role": "admin"});
    post(&world, "root", "/v1/iam/memberships", &membership).ok();
    assert_eq!(count(&second, "memberships WHERE organization = 'hanzo'"), 1);
    assert_eq!(count(&world.database, "memberships WHERE organization = 'hanzo'"), 0);
    let path = "/v1/iam/memberships/hanzo/acme/erin";
    assert_eq!(world.get(path).of("alice").send().ok()["role"], "admin");
    let list = |query: &str| {
        let list = world.get(&format!("/v1/iam/memberships?{query}")).of("root").send().ok();
        list["data"].as_array().unwrap().len()
    };
    assert_eq!((list("org=hanzo"), list("user=acme/erin")), (1, 2));
    // Her key administers hanzo, whose rows are in the other database.
    world.get("/v1/iam/users/hanzo/bob").of("erin").send().ok();
    world.put(path).of("alice").json(&json!({"role": "member"})).send().ok();
    world.get("/v1/iam/users/hanzo/bob").of("erin").send().refused(403);
    let trail = world.get("/v1/iam/audit-logs?kind=membership").of("alice").send().ok();
    let actions: Vec<&str> =
        trail["auditLogs"].as_array().unwrap().iter().map(|it| text(it, "action")).collect();
    assert_eq!(actions, ["updateMembership", "addMembership"]);
    assert_eq!(count(&second, "audit_entries WHERE owner = 'hanzo'"), 2);
    world.delete(path).of("alice").send().ok();
    assert_eq!(list("org=hanzo"), 0);
}

/// A decision reads roles and permissions where the organization lives, with the people there.
#[test]
fn roles_and_permissions_name_people_of_their_own_database() {
    let (world, _) = divided();
    let membership = json!({"user": "acme/erin", "org": "hanzo"});
    post(&world, "root", "/v1/iam/memberships", &membership).ok();
    let role = json!({"name": "readers", "users": ["acme/erin"]});
    post(&world, "alice", "/v1/iam/roles", &role).refused(400);
}

#[test]
fn an_organization_lives_with_the_person_who_founds_it_and_its_name_is_given_once() {
    let mut cookie = String::new();
    let (world, second) = divided_after(|world| cookie = signed_in(world, "acme", "erin"));
    let found = |name: &str| {
        world.post("/v1/iam/onboard").header("cookie", &cookie).json(&json!({"name": name})).send()
    };
    assert_eq!(found("Guild One").ok()["data"]["org"], "guild-one");
    for database in [&*world.database, &*second] {
        assert_eq!(count(database, "organizations WHERE name = 'guild-one'"), 1);
    }
    assert_eq!(count(&second, "memberships WHERE organization = 'guild-one'"), 1);
    post(&world, "erin", "/v1/iam/users", &json!({"owner": "guild-one", "name": "one"})).ok();
    assert_eq!(count(&second, "users WHERE owner = 'guild-one'"), 1);
    let trail = world.get("/v1/iam/audit-logs?owner=guild-one").of("erin").send().ok();
    assert!(trail["auditLogs"].as_array().unwrap().len() >= 2, "{trail}");
    // The first database gives names: no other organization has this one, and no isolate writes there for it.
    assert_eq!(found("Guild One").status(), 409);
    let again = post(&world, "root", "/v1/iam/organizations", &json!({"name": "guild-one"}));
    assert_eq!(again.status(), 409);
    assert_eq!(count(&world.database, "fences WHERE organization = 'guild-one'"), 1);
}

#[test]
fn a_founder_from_another_database_becomes_an_owner_by_a_membership() {
    let (world, _) = divided();
    let refused = json!({"name": "side", "founder": "acme/erin"});
    let refused = post(&world, "root", "/v1/iam/organizations", &refused).refused(400);
    assert_eq!(refused["field"], "founder");
    post(&world, "root", "/v1/iam/organizations", &json!({"name": "side"})).ok();
    let owner = json!({"user": "acme/erin", "org": "side", "role": "owner"});
    post(&world, "root", "/v1/iam/memberships", &owner).ok();
    world.get("/v1/iam/organizations/admin/side").of("erin").send().ok();
}

/// An agent has what its person has at the moment of use: both are read in one database.
#[test]
fn an_agents_person_is_one_of_its_own_organization() {
    let (world, _) = divided();
    let create = |user: &str| {
        // As the operator's key, whose row is in the first database.
        let body = json!({"organization": "acme", "name": "bot", "user": user});
        post(&world, "root", "/v1/iam/service-accounts", &body)
    };
    assert_eq!(create("hanzo/alice").refused(400)["field"], "user");
    create("acme/dave").ok();
}

#[test]
fn people_of_another_organization_in_a_role_keep_an_organization_from_moving() {
    let mut world = World::demo();
    world.join("acme", "erin", "hanzo", hanzo_iam::core::token::Role::Member);
    let role = json!({"name": "readers", "users": ["acme/erin"]});
    post(&world, "alice", "/v1/iam/roles", &role).ok();
    world.second_database();
    for organization in ["hanzo", "acme"] {
        let path = format!("/v1/iam/organizations/admin/{organization}/database");
        let answer = world.put(&path).of("root").json(&json!({"database": 1})).send();
        assert!(answer.refused(409)["error"].as_str().unwrap().contains("roles"), "{organization}");
    }
}

/// The end of the administrator's sign-in ends the token, and is committed where the administrator lives.
#[test]
fn a_user_of_another_database_is_not_impersonated_and_its_organization_is_assumed() {
    let (world, _) = divided();
    let cookie = signed_in(&world, "admin", "root");
    let call = |path: &str, body: Value| {
        let call =
            world.post(path).header("cookie", &cookie).header("origin", crate::world::ISSUER);
        call.header("sec-fetch-site", "same-origin").json(&body).send()
    };
    sql(&world, "UPDATE applications SET platform_access = 1 WHERE client_id = 'hanzo-app'");
    let target = json!({"target": "acme/erin", "reason": "ticket 7", "clientId": "hanzo-app"});
    let refused = call("/v1/iam/impersonate", target);
    assert_eq!(refused.status(), 409, "{}", refused.text());
    let assumed =
        call("/v1/iam/assume", json!({"org": "acme", "clientId": "hanzo-app", "reason": "x"}));
    let token = text(&assumed.ok()["data"], "accessToken").to_owned();
    let list = world.get("/v1/iam/users").bearer(&token).send().ok();
    assert_eq!(names(&list["users"]), ["acme/dave", "acme/erin"]);
    world.post("/v1/iam/users").bearer(&token).json(&json!({"name": "new"})).send().ok();
    call("/v1/iam/release", json!({}));
}

/// hanzo-app, which is shared, in the first database; dave's organization in the second one.
fn shared(prepare: impl FnOnce(&World)) -> (World, Rc<Sqlite>) {
    divided_after(|world| {
        sql(world, "UPDATE applications SET is_shared = 1 WHERE name = 'hanzo-app'");
        let hash = crate::oauth::password_hash(world, "hanzo", "alice");
        let set = format!("UPDATE users SET password_hash = '{hash}' WHERE name = 'dave'");
        sql(world, &set);
        prepare(world);
    })
}

fn signs_in_as<'a>(world: &'a World, names: &[&str]) -> Browser<'a> {
    let mut browser = Browser::new(world);
    for name in names {
        let answer = browser.sign_in(&[("prompt", "login")], name, PASSWORD);
        assert!(location(&answer).contains("code="), "{name}: {}", answer.text());
    }
    browser
}

fn whoami(world: &World, browser: &Browser<'_>) -> Value {
    let answer = world.get("/v1/iam/whoami").header("cookie", &browser.cookie()).send().ok();
    answer["data"]["name"].clone()
}

/// OIDC Core §3.1.2.1: `prompt=select_account`, among accounts of two databases.
#[test]
fn an_account_of_any_database_is_chosen_and_signed_out() {
    let (world, second) = shared(|_| {});
    let mut browser = signs_in_as(&world, &["alice", "acme/dave"]);
    assert_eq!((count(&world.database, "sessions"), count(&second, "sessions")), (1, 1));
    let select = [("prompt", "select_account")];
    for name in ["alice", "dave", "alice"] {
        let address = location(&browser.authorize(&select));
        let page = browser.get(&address).text();
        let form = page.split("<form").find(|form| form.contains(&format!("/{name}"))).expect(name);
        let chosen = crate::account_pages::field(form, "choose");
        let token = crate::browser::form_token(&page);
        let answer = browser.post(&address, &[("form_token", &token), ("choose", &chosen)]);
        let code = crate::browser::parameter(&location(&answer), "code").expect("a code");
        crate::oauth::redeem(&world, &code).ok();
        assert_eq!(whoami(&world, &browser), name);
    }
    let address = location(&browser.authorize(&select));
    let token = crate::browser::form_token(&browser.get(&address).text());
    let answer = browser.post(&address, &[("form_token", &token), ("sign_out", "all")]);
    assert!(answer.status().is_success() || answer.status().is_redirection());
    assert_eq!((count(&world.database, "sessions"), count(&second, "sessions")), (0, 0));
}

/// A passkey says who signs in, and by that in which database, on the page and in the calls.
#[test]
fn a_discoverable_passkey_signs_its_person_in_from_any_database() {
    for name in ["acme/dave", "alice"] {
        let mut key = Authenticator::new(7);
        let (world, second) = shared(|_| {});
        let mut browser = signs_in_as(&world, &[name]);
        crate::passkeys::registered(&mut browser, &world, &mut key);
        let page = format!("/login/oauth/authorize?{}", crate::browser::query(&[]));
        let mut new = Browser::new(&world);
        let answer = crate::passkeys::signed_in(&mut new, &page, &mut key);
        let code = crate::browser::parameter(&location(&answer), "code").expect("a code");
        crate::oauth::redeem(&world, &code).ok();
        let mut caller = Browser::new(&world);
        let answer = crate::passkeys::front_door(&mut caller, &world, &mut key, "type=login").ok();
        assert_eq!(answer["status"], "ok", "{answer}");
        let plain = name.rsplit('/').next().unwrap();
        assert_eq!((whoami(&world, &new), whoami(&world, &caller)), (plain.into(), plain.into()));
        let places = if name == "alice" { (3, 0) } else { (0, 3) };
        assert_eq!((count(&world.database, "sessions"), count(&second, "sessions")), places);
    }
}

/// The steps of one sign-in are in the database of the person, also where the client is in another one.
#[test]
fn a_second_factor_is_asked_for_and_verified_where_the_person_lives() {
    let (mut world, second) = shared(|_| {});
    let mailbox = crate::mailbox::Mailbox::of(&mut world);
    let enrolled = "INSERT INTO factors (user_id, kind, owner, content, created_at) \
                    SELECT id, 'email', owner, 'second@dave.example', 1 FROM users WHERE name = 'dave'";
    pollster::block_on(second.run(Statement::new(enrolled))).unwrap();
    let page = format!("/login/oauth/authorize?{}", crate::browser::query(&[]));
    let mut browser = Browser::new(&world);
    let asks = browser.sign_in(&[], "acme/dave", PASSWORD).text();
    let token = crate::browser::form_token(&asks);
    let post = |browser: &mut Browser<'_>, fields: &[(&str, &str)]| {
        let form = [&[("form_token", &*token), ("step", "second"), ("method", "email")], fields];
        browser.post(&page, &form.concat())
    };
    post(&mut browser, &[]);
    assert!(browser.get(&page).text().contains("value=\"second\""), "the page waits with it");
    let answer = post(&mut browser, &[("code", &mailbox.last_code())]);
    assert!(location(&answer).contains("code="), "{}", answer.text());
    assert_eq!(whoami(&world, &browser), "dave");
    assert_eq!((count(&world.database, "flows"), count(&second, "flows")), (0, 0));
}

/// The further steps of a sign-in name the client only.
#[test]
fn a_second_factor_is_enrolled_and_asked_for_where_the_person_lives() {
    let (world, second) = hanzo_in_second(|_| {});
    let mut bob = crate::account_pages::signed_in(&world, "bob");
    let (totp, _) = crate::mfa::enrolled(&world, &mut bob);
    assert_eq!(count(&second, "factors WHERE kind = 'totp'"), 1);
    world.clock.advance(60);
    let login = "/v1/iam/login?clientId=hanzo-app";
    let mut browser = crate::browser::Browser::new(&world);
    let body = json!({"type": "login", "username": "bob", "password": crate::world::PASSWORD});
    let asks = crate::mfa::post(&world, &mut browser, login, &body).ok();
    assert_eq!(asks["data"], "NextMfa");
    let code = crate::mfa::code(&world, &totp);
    let body = json!({"type": "login", "mfaType": "app", "passcode": code});
    assert_eq!(crate::mfa::post(&world, &mut browser, login, &body).ok()["data"], "hanzo/bob");
}
