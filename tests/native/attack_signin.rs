//! What a stolen session, password or token reaches beside the second factor.

use serde_json::json;

use crate::{
    account_pages::{code, enrol, post, signed_in},
    browser::{Browser, form_token, location},
    oauth::{password_hash, sql, subject},
    world::{Answer, Call, ISSUER, PASSWORD, World},
};

/// The demo, in which root has a password.
fn with_root() -> World {
    let world = World::demo();
    let hash = password_hash(&world, "hanzo", "alice");
    sql(&world, &format!("UPDATE users SET password_hash = '{hash}' WHERE name = 'root'"));
    world
}

/// Root's browser, signed in at the account page.
fn root(world: &World) -> Browser<'_> {
    let mut browser = Browser::new(world);
    let answer = by_password(&mut browser, "admin/root");
    assert_eq!(location(&answer), "/account", "{}", answer.text());
    browser
}

fn by_password(browser: &mut Browser<'_>, username: &str) -> Answer {
    post(browser, "/login", &[("username", username), ("password", PASSWORD)])
}

/// A call by the browser's own session.
fn own<'a>(call: Call<'a>, browser: &Browser<'_>) -> Call<'a> {
    call.header("cookie", &browser.cookie())
        .header("origin", ISSUER)
        .header("sec-fetch-site", "same-origin")
}

/// Gives the user a passkey.
fn passkey(world: &World, owner: &str, user: &str) {
    let user_id = subject(world, owner, user);
    sql(
        world,
        &format!(
            "INSERT INTO webauthn_credentials (id, owner, name, display_name, attributes, created_at, \
             updated_at, user_id, credential_id, public_key) VALUES ('pk', '{owner}', 'pk', 'Laptop', \
             '{{}}', 1, 1, '{user_id}', 'c-pk', 'k')"
        ),
    );
}

fn is_platform(world: &World, browser: &Browser<'_>) -> bool {
    let answer = own(world.get("/v1/iam/organizations/admin/acme"), browser).send();
    answer.status() == http::StatusCode::OK
}

fn asks_for_second(answer: &Answer) -> bool {
    answer.text().contains("Confirm that it is you")
}

#[test]
fn a_passkey_alone_has_a_platform_administrator_prove_it_after_the_password() {
    let world = with_root();
    assert!(is_platform(&world, &root(&world)));
    passkey(&world, "admin", "root");
    assert!(asks_for_second(&by_password(&mut Browser::new(&world), "admin/root")));
    let body = json!({"type": "login", "application": "hanzo-app", "organization": "admin",
        "username": "root", "password": PASSWORD});
    let reply = world.post("/v1/iam/login").header("origin", ISSUER).json(&body).send().body();
    assert_eq!(reply["data"], "NextMfa", "{reply}");
}

#[test]
fn a_session_from_before_the_second_factor_carries_no_platform_authority() {
    let world = with_root();
    let thief = root(&world);
    assert!(is_platform(&world, &thief));
    passkey(&world, "admin", "root");
    assert!(!is_platform(&world, &thief));
    sql(&world, "DELETE FROM webauthn_credentials");
    let mut owner = root(&world);
    enrol(&world, &mut owner);
    assert!(is_platform(&world, &owner) && !is_platform(&world, &thief));
    // The second factor counts for as long as the sign-in does.
    world.clock.advance(world.origin.config.platform_max_age);
    assert!(!is_platform(&world, &owner));
}

#[test]
fn a_remembered_browser_is_no_second_factor_of_a_platform_administrator() {
    let world = with_root();
    let (totp, _) = enrol(&world, &mut root(&world));
    let mut browser = Browser::new(&world);
    let asks = by_password(&mut browser, "admin/root");
    assert!(!asks.text().contains("name=\"remember\""));
    let (token, code) = (form_token(&asks.text()), code(&world, &totp));
    let form = [
        ("form_token", &*token),
        ("step", "second"),
        ("method", "app"),
        ("code", &code),
        ("remember", "1"),
    ];
    assert_eq!(location(&browser.post("/login", &form)), "/account");
    browser.cookies.retain(|(name, _)| name.contains("hanzo_browser"));
    assert_eq!(browser.cookies, Vec::new());
    assert!(asks_for_second(&by_password(&mut browser, "admin/root")));
}

#[test]
fn a_device_gets_platform_authority_only_after_a_recent_second_factor() {
    let world = with_root();
    let console = json!({
        "owner": "admin", "organization": "admin", "name": "console", "clientId": "console",
        "public": true, "isFirstParty": true, "platformAccess": true, "scopes": ["iam"],
        "redirectUris": ["https://console.test/callback"],
        "grantTypes": ["urn:ietf:params:oauth:grant-type:device_code"],
    });
    world.post("/v1/iam/applications").of("root").json(&console).send().ok();
    let end = world.origin.clock.now().plus(100_000);
    crate::signin_device::waiting(&world, "console", "openid iam", end);
    let page = "/login/oauth/device/ABCDEFGH";
    let mut browser = root(&world);
    assert!(browser.get(page).text().contains("administer the whole platform"));
    passkey(&world, "admin", "root");
    let asks = browser.get(page).text();
    assert!(asks.contains("name=\"password\"") && !asks.contains("name=\"decision\""));
    let token = form_token(&asks);
    browser.post(page, &[("form_token", &token), ("decision", "allow")]);
    assert_eq!(sql(&world, "SELECT state FROM device_codes")[0]["state"], "pending");
    sql(&world, "DELETE FROM webauthn_credentials");
    assert!(browser.get(page).text().contains("administer the whole platform"));
    world.clock.advance(world.origin.config.platform_max_age);
    assert!(browser.get(page).text().contains("name=\"password\""));
}

/// A client of one organization, at which people of another one sign in.
fn shared() -> World {
    let world = World::demo();
    sql(&world, "UPDATE applications SET is_shared = 1 WHERE client_id = 'hanzo-app'");
    let hash = password_hash(&world, "hanzo", "alice");
    sql(&world, &format!("UPDATE users SET password_hash = '{hash}' WHERE owner = 'acme'"));
    world
}

fn demand(world: &World, organization: &str, demand: &serde_json::Value) {
    let path = format!("/v1/iam/organizations/admin/{organization}");
    world.put(&path).of("root").json(demand).send().ok();
}

#[test]
fn the_factors_that_the_own_organization_counts_are_those_that_count_elsewhere() {
    let world = shared();
    let mut browser = Browser::new(&world);
    assert_eq!(location(&by_password(&mut browser, "acme/dave")), "/account");
    let (totp, _) = enrol(&world, &mut browser);
    assert!(location(&browser.authorize(&[])).contains("code="));
    demand(&world, "acme", &json!({"requireMfa": true, "mfaItems": [{"name": "webauthn"}]}));
    // The session has two factors, of which none counts any longer.
    let address = location(&browser.authorize(&[]));
    assert!(address.starts_with("/login/"), "{address}");
    let mut browser = Browser::new(&world);
    let page = format!("/login/oauth/authorize?{}", crate::browser::query(&[]));
    let asks = post(&mut browser, &page, &[("username", "acme/dave"), ("password", PASSWORD)]);
    assert!(asks_for_second(&asks), "the factor that exists is proven before one is enrolled");
    let (token, code) = (form_token(&asks.text()), code(&world, &totp));
    let form = [("form_token", &*token), ("step", "second"), ("method", "app"), ("code", &code)];
    let enrols = browser.post(&page, &form).text();
    assert!(enrols.contains("Protect your account") && !enrols.contains("value=\"app\""));
}

#[test]
fn a_browser_is_remembered_for_as_long_as_every_organization_of_the_sign_in_allows() {
    let world = shared();
    let mut browser = Browser::new(&world);
    by_password(&mut browser, "acme/dave");
    enrol(&world, &mut browser);
    let page = format!("/login/oauth/authorize?{}", crate::browser::query(&[]));
    let asks = || {
        let form = [("username", "acme/dave"), ("password", PASSWORD)];
        post(&mut Browser::new(&world), &page, &form).text()
    };
    assert!(asks().contains("name=\"remember\""));
    demand(&world, "acme", &json!({"mfaRememberInHours": 0}));
    assert!(!asks().contains("name=\"remember\""));
}

#[test]
fn an_organization_s_demand_reaches_members_whose_home_is_elsewhere() {
    let world = World::demo();
    world.join("hanzo", "bob", "acme", hanzo_iam::core::token::Role::Member);
    demand(&world, "acme", &json!({"requireMfa": ["admin"]}));
    signed_in(&world, "bob");
    demand(&world, "acme", &json!({"requireMfa": true, "mfaItems": [{"name": "sms"}]}));
    let asks = by_password(&mut Browser::new(&world), "hanzo/bob").text();
    assert!(asks.contains("Protect your account"));
    // Which factor it is remains the home's to say.
    assert!(asks.contains("value=\"app\""), "{asks}");
}

#[test]
fn an_old_session_makes_no_key_and_moves_no_address() {
    let world = World::demo();
    let browser = signed_in(&world, "bob");
    let key =
        |name: &str| own(world.post("/v1/iam/keys"), &browser).json(&json!({"name": name})).send();
    key("early").ok();
    world.clock.advance(601);
    assert_eq!(key("late").refused(403)["code"], "login_required");
    sql(
        &world,
        "UPDATE users SET is_admin = 1, email_verified = 0 WHERE owner = 'hanzo' AND name = 'bob'",
    );
    let path = "/v1/iam/users/hanzo/bob";
    for change in [
        json!({"email": "thief@example.com"}),
        json!({"emailVerified": true}),
        json!({"phone": "+15550001111"}),
    ] {
        let refused = own(world.put(path), &browser).json(&change).send().refused(403);
        assert_eq!(refused["code"], "login_required", "{change}");
    }
    own(world.put(path), &browser).json(&json!({"displayName": "Bob"})).send().ok();
}

#[test]
fn neither_a_token_nor_a_key_removes_the_own_passkey() {
    let world = World::demo();
    passkey(&world, "hanzo", "alice");
    let path = "/v1/iam/webauthn-credentials/hanzo/pk";
    world.delete(path).of("alice").send().refused(403);
    assert_eq!(sql(&world, "SELECT 1 AS found FROM webauthn_credentials").len(), 1);
}

#[test]
fn a_password_alone_erases_no_account_that_has_a_second_factor() {
    let world = World::demo();
    let mut browser = signed_in(&world, "bob");
    enrol(&world, &mut browser);
    let erase = |browser: &Browser<'_>| {
        let body = json!({"confirm": "hanzo/bob", "password": PASSWORD});
        own(world.post("/v1/iam/account/erase"), browser).json(&body).send()
    };
    world.clock.advance(601);
    assert_eq!(erase(&browser).refused(403)["code"], "login_required");
    assert_eq!(sql(&world, "SELECT 1 AS found FROM users WHERE name = 'bob'").len(), 1);
}

/// A demand that is misspelt must not pass as none.
#[test]
fn a_demand_that_cannot_be_read_is_refused() {
    let world = World::demo();
    for (wrong, member) in [
        (json!({"requireMfa": "yes"}), "requireMfa"),
        (json!({"requireMfa": ["admins"]}), "requireMfa"),
        (json!({"mfaItems": ["app"]}), "mfaItems"),
        (json!({"mfaItems": [{"name": "hologram", "rule": "Required"}]}), "mfaItems"),
        (json!({"mfaItems": [{"name": "app", "rule": "Requird"}]}), "mfaItems"),
        (json!({"mfaRememberInHours": 2161}), "mfaRememberInHours"),
        (json!({"mfaRememberInHours": "720"}), "mfaRememberInHours"),
    ] {
        for path in ["/v1/iam/organizations/admin/hanzo", "/v1/iam/applications/admin/hanzo-app"] {
            let refused = world.put(path).of("root").json(&wrong).send().refused(400);
            assert!(refused["error"].as_str().unwrap().contains(member), "{refused}");
        }
    }
    let root = json!({"certificate": "MIIB"});
    let policy = json!({"passkeyPolicy": {"attestation": "direct", "attestationRoots": [root]}});
    world.put("/v1/iam/organizations/admin/hanzo").of("root").json(&policy).send().refused(400);
}

/// Who has the mailbox has the password by it: a code to the same mailbox is no second factor.
#[test]
fn a_mailbox_alone_gives_no_two_factors() {
    let mut world = World::demo();
    let mailbox = crate::mailbox::Mailbox::of(&mut world);
    sql(&world, "UPDATE users SET email_verified = 1 WHERE name = 'bob'");
    let user_id = subject(&world, "hanzo", "bob");
    sql(
        &world,
        &format!(
            "INSERT INTO factors (user_id, kind, owner, content, created_at) \
             VALUES ('{user_id}', 'email', 'hanzo', 'bob@hanzo.example', 1)"
        ),
    );
    let (mut thief, token) = crate::forgotten::prove(&world, &mailbox, "bob");
    crate::forgotten::save(&mut thief, &token, "a new passphrase of the thief");
    let form = [("username", "hanzo/bob"), ("password", "a new passphrase of the thief")];
    let asks = post(&mut Browser::new(&world), "/login", &form);
    assert_ne!(asks.status(), http::StatusCode::SEE_OTHER);
    assert!(!asks.text().contains("value=\"email\""), "{}", asks.text());
    let login = json!({"type": "login", "application": "hanzo-app", "organization": "hanzo",
        "username": "bob", "password": "a new passphrase of the thief"});
    let reply = world.post("/v1/iam/login").header("origin", ISSUER).json(&login).send().body();
    assert_ne!(reply["status"], "ok", "{reply}");
}

#[test]
fn an_old_session_a_token_or_a_key_takes_over_no_other_administrator() {
    let world = with_root();
    sql(&world, "UPDATE users SET is_admin = 1 WHERE owner = 'hanzo' AND name = 'bob'");
    let passphrase = "a passphrase of the thief";
    let attempts = |call: &dyn Fn(Call<'_>) -> Answer| {
        let form = [("userOwner", "hanzo"), ("userName", "bob"), ("newPassword", passphrase)];
        [
            call(world.delete("/v1/iam/users/hanzo/bob/second-factors")),
            call(world.post("/v1/iam/set-password").form(&form)),
            call(world.put("/v1/iam/users/hanzo/bob").json(&json!({"password": passphrase}))),
            call(world.put("/v1/iam/users/hanzo/bob").json(&json!({"email": "thief@example.com"}))),
        ]
    };
    let browser = signed_in(&world, "alice");
    world.clock.advance(601);
    for answer in attempts(&|call| own(call, &browser).send()) {
        answer.refused(403);
    }
    for answer in attempts(&|call| call.of("alice").send()) {
        answer.refused(403);
    }
    let fresh = signed_in(&world, "alice");
    for answer in attempts(&|call| own(call, &fresh).send()) {
        assert!(answer.status().is_success(), "{}", answer.text());
    }
}

#[test]
fn an_administrator_moves_no_address_and_removes_no_passkey_of_a_person_who_also_belongs_elsewhere()
{
    let world = World::demo();
    world.join("hanzo", "bob", "acme", hanzo_iam::core::token::Role::Member);
    sql(&world, "UPDATE users SET email_verified = 0 WHERE name = 'bob'");
    passkey(&world, "hanzo", "bob");
    let fresh = signed_in(&world, "alice");
    let path = "/v1/iam/users/hanzo/bob";
    for change in [
        json!({"email": "thief@example.com"}),
        json!({"phone": "+15550001111"}),
        json!({"emailVerified": true}),
    ] {
        own(world.put(path), &fresh).json(&change).send().refused(403);
    }
    own(world.delete("/v1/iam/webauthn-credentials/hanzo/pk"), &fresh).send().refused(403);
    own(world.put(path), &fresh).json(&json!({"displayName": "Bob"})).send().ok();
}

#[test]
fn a_password_without_the_second_factor_changes_no_password() {
    let world = World::demo();
    let mut browser = signed_in(&world, "bob");
    enrol(&world, &mut browser);
    world.clock.advance(601);
    let change = json!({"oldPassword": PASSWORD, "password": "a passphrase of the thief"});
    let refused = own(world.put("/v1/iam/password"), &browser).json(&change).send();
    assert_eq!(refused.refused(403)["code"], "login_required");
    let form = [
        ("userOwner", "hanzo"),
        ("userName", "bob"),
        ("oldPassword", PASSWORD),
        ("newPassword", "a passphrase of the thief"),
    ];
    own(world.post("/v1/iam/set-password"), &browser).form(&form).send().refused(403);
    world.post("/v1/iam/set-password").of("bob").form(&form).send().refused(403);
    assert!(asks_for_second(&by_password(&mut Browser::new(&world), "hanzo/bob")));
}

#[test]
fn an_old_session_makes_and_rotates_no_service_account() {
    let world = World::demo();
    let browser = signed_in(&world, "alice");
    let make = |name: &str| {
        let body = json!({"name": name, "organization": "hanzo"});
        own(world.post("/v1/iam/service-accounts"), &browser).json(&body).send()
    };
    assert!(make("early").status().is_success());
    world.clock.advance(601);
    assert_eq!(make("late").refused(403)["code"], "login_required");
    let rotate = own(world.post("/v1/iam/service-accounts/hanzo-early/keys"), &browser);
    assert_eq!(rotate.json(&json!({})).send().refused(403)["code"], "login_required");
}

/// The demand comes after the sign-in.
#[test]
fn a_session_that_does_not_meet_a_later_demand_administers_nothing_and_switches_nowhere() {
    let world = World::demo();
    world.join("hanzo", "alice", "acme", hanzo_iam::core::token::Role::Admin);
    let browser = signed_in(&world, "alice");
    let rename = || {
        let path = "/v1/iam/organizations/admin/acme";
        own(world.put(path), &browser).json(&json!({"displayName": "Acme!"})).send()
    };
    let switch = || {
        let body = json!({"org": "acme", "clientId": "hanzo-app"});
        own(world.post("/v1/iam/switch"), &browser).json(&body).send()
    };
    rename().ok();
    let before = switch();
    demand(&world, "acme", &json!({"requireMfa": true}));
    rename().refused(403);
    assert_eq!(switch().status(), http::StatusCode::FORBIDDEN, "before: {}", before.text());
}
