//! The account pages: what each shows and changes, and for whom.

use hanzo_iam::{
    core::{
        otp::{base32, totp::Totp},
        secret::Secret,
    },
    ports::Clock,
};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    browser::{Browser, form_token, location},
    consent,
    oauth::{password_hash, sql, subject},
    world::{Answer, PASSWORD, World},
};

pub const PAGES: [&str; 12] = [
    "/account",
    "/account/profile",
    "/account/password",
    "/account/passkeys",
    "/account/factors",
    "/account/identities",
    "/account/sessions",
    "/account/applications",
    "/account/keys",
    "/account/activity",
    "/account/delete",
    "/account/confirm",
];

/// A person who has signed in at `/login`.
pub fn signed_in<'a>(world: &'a World, name: &str) -> Browser<'a> {
    let mut browser = Browser::new(world);
    let answer = sign_in(&mut browser, "/login?organization=hanzo", name);
    assert_eq!(location(&answer), "/account", "{}", answer.text());
    browser
}

pub fn sign_in(browser: &mut Browser<'_>, page: &str, name: &str) -> Answer {
    let token = form_token(&browser.get(page).text());
    browser.post(page, &[("form_token", &token), ("username", name), ("password", PASSWORD)])
}

/// Fills in the form of `page`.
pub fn post(browser: &mut Browser<'_>, page: &str, form: &[(&str, &str)]) -> Answer {
    let shown = browser.get(page);
    let token = form_token(&shown.text());
    let mut all = vec![("form_token", token.as_str())];
    all.extend_from_slice(form);
    browser.post(page, &all)
}

fn saved(answer: &Answer) {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.text());
    assert!(location(answer).ends_with("?saved=1"), "{}", location(answer));
}

/// The field of a page.
pub fn field(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    page.split_once(&start).expect(name).1.split('"').next().unwrap().to_owned()
}

/// The person enrols an authenticator app, and returns it with the recovery codes that are shown.
pub fn enrol(world: &World, browser: &mut Browser<'_>) -> (Totp, Vec<String>) {
    let page = post(browser, "/account/factors", &[("step", "enrol")]).text();
    let key = page.split_once("class=\"key\">").unwrap().1.split('<').next().unwrap();
    let totp = Totp::new(Secret::new(base32::decode(key).unwrap()));
    let token = form_token(&page);
    let code = totp.code(totp.step(world.clock.now()).unwrap());
    let form = [("form_token", &*token), ("step", "enrol"), ("method", "app"), ("code", &code)];
    let done = browser.post("/account/factors", &form);
    assert_eq!(done.status(), StatusCode::OK, "{}", done.text());
    let done = done.text();
    let codes = done.split_once("class=\"codes\">").map_or("", |(_, rest)| rest);
    let codes = codes.split("</ul>").next().unwrap().split("<li>").skip(1);
    (totp, codes.map(|code| code.split('<').next().unwrap().to_owned()).collect())
}

/// The code of the app, some time later.
pub fn code(world: &World, totp: &Totp) -> String {
    world.clock.advance(30);
    totp.code(totp.step(world.clock.now()).unwrap())
}

fn passkey(world: &World, user: &str, id: &str) {
    let user_id = subject(world, "hanzo", user);
    sql(
        world,
        &format!(
            "INSERT INTO webauthn_credentials (id, owner, name, display_name, attributes, created_at, \
             updated_at, user_id, credential_id, public_key) VALUES ('{id}', 'hanzo', '{id}', \
             'Laptop', '{{}}', 1, 1, '{user_id}', 'c-{id}', 'k')"
        ),
    );
}

#[test]
fn without_a_session_every_page_leads_to_the_sign_in_and_back() {
    let world = World::demo();
    for page in PAGES {
        let mut browser = Browser::new(&world);
        let to = location(&browser.get(page));
        assert!(to.starts_with("/login?continue=%2Faccount"), "{page}: {to}");
        if !["/account", "/account/activity"].contains(&page) {
            assert!(location(&browser.post(page, &[("step", "remove")])).starts_with("/login?"));
        }
    }
    let mut browser = Browser::new(&world);
    let to = location(&browser.get("/account/keys"));
    let answer = sign_in(&mut browser, &to, "hanzo/bob");
    assert_eq!(location(&answer), "/account/keys");
}

#[test]
fn the_sign_in_asks_for_the_organization_once_and_then_knows_it() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    assert!(browser.get("/login").text().contains("id=\"organization\""));
    let token = form_token(&browser.get("/login").text());
    let form = [("form_token", &*token), ("organization", "hanzo"), ("username", "bob")];
    let wrong = browser.post("/login", &[&form[..], &[("password", "wrong")]].concat());
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    let right = browser.post("/login", &[&form[..], &[("password", PASSWORD)]].concat());
    assert_eq!(location(&right), "/account");
    let set = right.0.headers().get_all("set-cookie").iter();
    let set: Vec<&str> = set.map(|value| value.to_str().unwrap()).collect();
    let kept = set.iter().find(|it| it.starts_with("__Host-hanzo_organization=hanzo;")).unwrap();
    assert!(kept.contains("HttpOnly") && kept.contains("SameSite=Lax"), "{kept}");
    assert_eq!(location(&browser.get("/login")), "/account");
    browser.cookies.retain(|(name, _)| name == "__Host-hanzo_organization");
    let named = location(&browser.get("/login"));
    assert!(named.contains("organization=hanzo"), "{named}");
    assert!(!browser.get(&named).text().contains("id=\"organization\""));
}

/// The address of an attacker's choice is no way out, nor is another page of this server.
#[test]
fn a_sign_in_leads_to_pages_of_the_account_only() {
    let world = World::demo();
    for to in [
        "https://evil.example",
        "//evil.example",
        "/account/../v1/iam/oauth/logout",
        "/account//evil.example",
        "/account\\evil",
        "/v1/iam/oauth/logout",
        "/accounts",
        "javascript:alert(1)",
    ] {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("organization", "hanzo")
            .append_pair("continue", to)
            .finish();
        let mut browser = Browser::new(&world);
        let answer = sign_in(&mut browser, &format!("/login?{query}"), "bob");
        assert_eq!(location(&answer), "/account", "{to}");
        assert_eq!(location(&browser.get(&format!("/login?{query}"))), "/account", "{to}");
    }
}

#[test]
fn after_a_logout_the_page_says_so_and_shows_the_way_back() {
    let world = World::demo();
    let page = Browser::new(&world).get("/login?signed_out=1").text();
    assert!(page.contains("You are signed out") && page.contains("href=\"/login?"), "{page}");
}

/// The policy is that of the person's organization, not of the one in the address.
#[test]
fn no_address_takes_a_person_around_the_policy_of_the_own_organization() {
    let world = World::demo();
    let strict = json!({"requireMfa": true});
    world.put("/v1/iam/organizations/admin/hanzo").of("root").json(&strict).send().ok();
    for page in ["/login", "/login?organization=acme", "/login?organization=hanzo"] {
        let mut browser = Browser::new(&world);
        let answer = sign_in(&mut browser, page, "hanzo/bob");
        assert!(answer.text().contains("Protect your account"), "{page}: {}", answer.text());
        // The next step is taken at the address of another organization.
        let token = form_token(&answer.text());
        let form = [("form_token", &*token), ("step", "finish")];
        let next = browser.post("/login?organization=acme", &form);
        assert!(next.text().contains("Protect your account"), "{}", next.text());
        assert!(location_of(&browser.get("/account")).starts_with("/login"));
    }
}

fn location_of(answer: &Answer) -> String {
    answer.header("location").unwrap_or_default().to_owned()
}

#[test]
fn every_page_is_in_the_language_and_theme_that_are_asked_for_and_runs_no_script_but_of_passwords()
{
    let world = World::demo();
    let theme =
        json!({"themeData": {"isEnabled": true, "themeType": "dark", "colorPrimary": "#ff6600"}});
    world.put("/v1/iam/organizations/admin/hanzo").of("root").json(&theme).send().ok();
    let mut browser = signed_in(&world, "bob");
    for page in PAGES {
        let shown = browser.get(&format!("{page}?ui_locales=ar"));
        assert_eq!(shown.status(), StatusCode::OK, "{page}");
        let text = shown.text();
        assert!(text.contains("lang=\"ar\" dir=\"rtl\" data-scheme=\"dark\""), "{page}: {text}");
        // The theme's colours are as specific as the dark ones, which come before.
        let theme = text.find(":root:root{--accent:#ff6600").expect("a theme");
        assert!(text.find(":root[data-scheme=dark]").unwrap() < theme, "{page}");
        assert!(text.contains("<link rel=\"icon\" href=\"data:,\">"), "{page}");
        // The strength of a new password is shown where scripts run.
        let has_script = page == "/account/password";
        assert_eq!(text.contains("<script"), has_script, "{page}");
        let policy = shown.header("content-security-policy").unwrap();
        assert!(policy.contains("form-action 'self'"), "{page}");
        assert_eq!(policy.contains("script-src"), has_script, "{page}");
        assert_eq!(shown.header("cache-control"), Some("no-store"), "{page}");
        let german = world.get(page).header("cookie", &browser.cookie());
        let german = german.header("accept-language", "de").send().text();
        assert!(german.contains("<html lang=\"de\""), "{page}");
        assert!(text.len() < 50_000, "{page}: {}", text.len());
    }
}

#[test]
fn the_profile_changes_what_the_person_says_and_nothing_else() {
    let world = World::demo();
    let mut browser = signed_in(&world, "bob");
    let form = [
        ("displayName", "Bob B."),
        ("bio", "<b>hi</b>"),
        ("homepage", "https://bob.example"),
        ("language", "de"),
        ("email", "eve@evil.example"),
        ("isAdmin", "true"),
        ("name", "alice"),
    ];
    saved(&post(&mut browser, "/account/profile", &form));
    let row = sql(&world, "SELECT * FROM users WHERE owner = 'hanzo' AND name = 'bob'").remove(0);
    assert_eq!(row["display_name"], "Bob B.");
    assert_eq!((&row["email"], &row["is_admin"]), (&json!("bob@hanzo.example"), &json!(0)));
    let page = browser.get("/account/profile").text();
    assert!(page.contains("<html lang=\"de\"") && page.contains("&lt;b&gt;hi&lt;/b&gt;"), "{page}");
    for bad in [("homepage", "javascript:alert(1)"), ("avatar", "http://x")] {
        let refused = post(&mut browser, "/account/profile", &[bad]);
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{bad:?}");
        assert!(refused.text().contains("role=\"alert\""));
    }
}

#[test]
fn a_new_password_needs_the_old_one_and_ends_the_other_sessions() {
    let world = World::demo();
    let (mut here, mut elsewhere) = (signed_in(&world, "bob"), signed_in(&world, "bob"));
    let new = "a wholly new password 7";
    let hash = password_hash(&world, "hanzo", "bob");
    let wrong = post(&mut here, "/account/password", &[("old", "wrong"), ("new", new)]);
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    let weak = post(&mut here, "/account/password", &[("old", PASSWORD), ("new", "short")]);
    assert_eq!(weak.status(), StatusCode::BAD_REQUEST);
    assert_eq!(password_hash(&world, "hanzo", "bob"), hash);
    world.clock.advance(1);
    let changed = post(&mut here, "/account/password", &[("old", PASSWORD), ("new", new)]);
    assert_eq!(changed.status(), StatusCode::OK, "{}", changed.text());
    assert_eq!(here.get("/account").status(), StatusCode::OK);
    assert!(location(&elsewhere.get("/account")).starts_with("/login"));
    assert_ne!(password_hash(&world, "hanzo", "bob"), hash);
}

#[test]
fn a_passkey_is_renamed_and_removed_by_its_owner_only() {
    let world = World::demo();
    passkey(&world, "bob", "p1");
    passkey(&world, "alice", "p2");
    let mut browser = signed_in(&world, "bob");
    let page = browser.get("/account/passkeys").text();
    assert!(page.contains("Laptop") && page.contains("value=\"p1\"") && !page.contains("\"p2\""));
    // The account has a second factor now, which the session has not proved.
    let factors = format!(
        "UPDATE sessions SET factors = '[{{\"method\":\"mfa\",\"at\":{}}}]'",
        world.clock.now().0
    );
    sql(&world, &factors);
    for step in ["remove", "rename"] {
        let form = [("step", step), ("id", "p2"), ("name", "Mine")];
        let refused = post(&mut browser, "/account/passkeys", &form);
        assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    }
    let form = [("step", "rename"), ("id", "p1"), ("name", "Phone")];
    saved(&post(&mut browser, "/account/passkeys", &form));
    assert!(browser.get("/account/passkeys").text().contains("Phone"));
    saved(&post(&mut browser, "/account/passkeys", &[("step", "remove"), ("id", "p1")]));
    let left = sql(&world, "SELECT id, display_name FROM webauthn_credentials");
    assert_eq!(left.len(), 1);
    assert_eq!((&left[0]["id"], &left[0]["display_name"]), (&json!("p2"), &json!("Laptop")));
}

#[test]
fn an_authenticator_app_is_enrolled_by_its_first_code_and_removed_with_its_recovery_codes() {
    let world = World::demo();
    let mut browser = signed_in(&world, "bob");
    let (_, codes) = enrol(&world, &mut browser);
    assert_eq!(codes.len(), 10);
    let page = browser.get("/account/factors").text();
    assert!(page.contains("Authenticator app") && page.contains("10 codes are left."), "{page}");
    assert!(!codes.iter().any(|code| page.contains(code)));
    // The first code was a proof: no other is asked for.
    let renewed = post(&mut browser, "/account/factors", &[("step", "renew")]).text();
    assert!(renewed.contains("class=\"codes\"") && !renewed.contains(&codes[0]));
    saved(&post(&mut browser, "/account/factors", &[("step", "prefer"), ("id", "totp")]));
    assert!(browser.get("/account/factors").text().contains("Asked for first"));
    let recovery =
        post(&mut browser, "/account/factors", &[("step", "remove"), ("id", "recovery")]);
    assert_eq!(recovery.status(), StatusCode::NOT_FOUND);
    saved(&post(&mut browser, "/account/factors", &[("step", "remove"), ("id", "totp")]));
    assert!(sql(&world, "SELECT * FROM factors").is_empty());
}

#[test]
fn an_enrolment_counts_in_its_session_and_time_only() {
    let world = World::demo();
    let (mut bob, mut again) = (signed_in(&world, "bob"), signed_in(&world, "bob"));
    let page = post(&mut bob, "/account/factors", &[("step", "enrol")]).text();
    let key = page.split_once("class=\"key\">").unwrap().1.split('<').next().unwrap().to_owned();
    let totp = Totp::new(Secret::new(base32::decode(&key).unwrap()));
    let code = totp.code(totp.step(world.clock.now()).unwrap());
    let form = [("step", "enrol"), ("method", "app"), ("code", code.as_str())];
    let other = post(&mut again, "/account/factors", &form);
    assert_eq!(other.status(), StatusCode::FORBIDDEN);
    let wrong = [("step", "enrol"), ("method", "app"), ("code", "000000")];
    assert_eq!(post(&mut bob, "/account/factors", &wrong).status(), StatusCode::UNAUTHORIZED);
    world.clock.advance(600);
    assert_eq!(post(&mut bob, "/account/factors", &form).status(), StatusCode::FORBIDDEN);
    assert!(sql(&world, "SELECT * FROM factors").is_empty());
}

#[test]
fn a_mailbox_and_a_phone_are_enrolled_by_the_codes_that_arrive_there() {
    let (world, mailbox) = crate::codes::with_codes();
    sql(&world, "UPDATE users SET phone = '' WHERE name = 'bob'");
    let mut browser = signed_in(&world, "bob");
    let page = browser.get("/account/factors").text();
    assert!(page.contains("Codes go to b•••@hanzo.example."), "{page}");
    for (method, typed) in [("email", ""), ("sms", "+15550000042")] {
        let form = [("step", "enrol"), ("method", method), ("address", typed)];
        let shown = post(&mut browser, "/account/factors", &form);
        assert!(shown.text().contains("A code is on its way to"), "{}", shown.text());
        pollster::block_on(world.origin.send_outbox());
        let text = mailbox.last().text().to_owned();
        let code = if method == "sms" { text[..6].to_owned() } else { mailbox.last_code() };
        let wrong = [("step", "enrol"), ("method", method), ("code", "000000")];
        let refused = post(&mut browser, "/account/factors", &wrong);
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        let right = [("step", "enrol"), ("method", method), ("code", &*code)];
        let done = post(&mut browser, "/account/factors", &right);
        assert!(done.status().is_success() || done.status().is_redirection(), "{}", done.text());
        world.clock.advance(61);
    }
    let page = browser.get("/account/factors").text();
    assert!(page.contains("Code by text message to +15550000042"), "{page}");
    assert_eq!(sql(&world, "SELECT * FROM factors").len(), 3, "with the recovery codes");
}

#[test]
fn sessions_are_listed_and_ended_one_or_all_others_and_none_of_another_person() {
    let world = World::demo();
    let mut here = signed_in(&world, "bob");
    let (mut second, mut third) = (signed_in(&world, "bob"), signed_in(&world, "bob"));
    let mut alice = signed_in(&world, "alice");
    let page = here.get("/account/sessions").text();
    assert_eq!(page.matches("value=\"end\"").count(), 3);
    assert_eq!(page.matches("This device").count(), 1);
    let of = |browser: &Browser<'_>| {
        let (_, value) = browser.cookies.iter().find(|(name, _)| name == "hanzo_session").unwrap();
        value.split('.').nth(1).unwrap().to_owned()
    };
    let foreign = of(&alice);
    let refused = post(&mut here, "/account/sessions", &[("step", "end"), ("id", &foreign)]);
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    assert_eq!(alice.get("/account").status(), StatusCode::OK);
    let id = of(&second);
    saved(&post(&mut here, "/account/sessions", &[("step", "end"), ("id", &id)]));
    assert!(location(&second.get("/account")).starts_with("/login"));
    assert_eq!(third.get("/account").status(), StatusCode::OK);
    saved(&post(&mut here, "/account/sessions", &[("step", "others")]));
    assert!(location(&third.get("/account")).starts_with("/login"));
    assert_eq!(here.get("/account").status(), StatusCode::OK);
    let own = of(&here);
    post(&mut here, "/account/sessions", &[("step", "end"), ("id", &own)]);
    assert!(location(&here.get("/account")).starts_with("/login"));
}

#[test]
fn what_an_application_was_allowed_is_shown_and_withdrawn() {
    let world = consent::world();
    let mut browser = consent::bob(&world);
    let code = location(&consent::decide(&mut browser, &[], "allow"));
    let code = crate::browser::parameter(&code, "code").unwrap();
    let tokens = consent::redeemed(&world, &code).ok();
    assert!(crate::oauth::is_active(&world, &tokens));
    let page = browser.get("/account/applications").text();
    assert!(page.contains("vendor-app") && page.contains("Read your email address"), "{page}");
    let mut alice = signed_in(&world, "alice");
    let form = [("step", "withdraw"), ("id", consent::CLIENT)];
    let token = form_token(&alice.get("/account/profile").text());
    let theirs = [&[("form_token", token.as_str())], &form[..]].concat();
    let refused = alice.post("/account/applications", &theirs);
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    assert_eq!(sql(&world, "SELECT * FROM consents").len(), 1);
    saved(&post(&mut browser, "/account/applications", &form));
    assert!(sql(&world, "SELECT * FROM consents").is_empty());
    assert!(!crate::oauth::is_active(&world, &tokens));
}

#[test]
fn a_key_is_shown_once_acts_for_its_maker_and_is_revoked_by_its_holder_only() {
    let world = World::demo();
    let mut browser = signed_in(&world, "bob");
    let form = [("step", "create"), ("name", "ci"), ("limits", "read:*"), ("days", "30")];
    let made = post(&mut browser, "/account/keys", &form).text();
    let key = made.split_once("id=\"key\"").unwrap().1.split_once("value=\"").unwrap().1;
    let key = key.split('"').next().unwrap().to_owned();
    let me = world.get("/v1/iam/whoami").bearer(&key).send().ok();
    assert_eq!(me["data"]["name"], "bob");
    let page = browser.get("/account/keys").text();
    assert!(page.contains("ci") && page.contains("read:*") && !page.contains(&key));
    let id = |name: &str| {
        let found = sql(
            &world,
            &format!("SELECT id FROM keys WHERE display_name = '{name}' OR name = '{name}'"),
        );
        found[0]["id"].as_str().unwrap().to_owned()
    };
    let foreign = id("alice");
    let refused = post(&mut browser, "/account/keys", &[("step", "revoke"), ("id", &foreign)]);
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    world.get("/v1/iam/whoami").of("alice").send().ok();
    saved(&post(&mut browser, "/account/keys", &[("step", "revoke"), ("id", &id("ci"))]));
    assert_eq!(world.get("/v1/iam/whoami").bearer(&key).send().body()["status"], "error");
    for bad in [("limits", "everything"), ("days", "0"), ("name", "")] {
        let mut form = vec![("step", "create"), ("name", "x")];
        form.retain(|(name, _)| *name != bad.0);
        form.push(bad);
        let refused = post(&mut browser, "/account/keys", &form);
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{bad:?}");
    }
}

#[test]
fn the_own_activity_shows_what_was_done_and_the_data_come_as_a_file() {
    let world = World::demo();
    let mut browser = signed_in(&world, "bob");
    post(&mut browser, "/account/profile", &[("displayName", "Bobby")]);
    let page = browser.get("/account/activity").text();
    assert!(page.contains("changeProfile") && page.contains("signInToAccount"), "{page}");
    assert!(!page.contains("bootstrap"));
    let file = browser.get("/account/data");
    assert_eq!(file.ok()["user"]["displayName"], "Bobby");
    let disposition = file.header("content-disposition");
    assert_eq!(disposition, Some("attachment; filename=\"account.json\""));
}

#[test]
fn the_account_is_deleted_by_its_name_typed_and_not_while_an_organization_needs_its_owner() {
    let world = World::demo();
    let mut browser = signed_in(&world, "bob");
    let refused = post(&mut browser, "/account/delete", &[("confirm", "alice")]);
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let deleted = post(&mut browser, "/account/delete", &[("confirm", "bob")]);
    assert!(deleted.text().contains("Account deleted"), "{}", deleted.text());
    assert!(sql(&world, "SELECT * FROM users WHERE owner = 'hanzo' AND name = 'bob'").is_empty());
    assert!(location(&browser.get("/account")).starts_with("/login"));
}

/// Every form of every page, as a signed-in person would post it.
const FORMS: [(&str, &[(&str, &str)]); 14] = [
    ("/account/profile", &[("displayName", "x")]),
    ("/account/password", &[("old", PASSWORD), ("new", "a wholly new password 7")]),
    ("/account/passkeys", &[("step", "remove"), ("id", "p1")]),
    ("/account/passkeys", &[("step", "rename"), ("id", "p1"), ("name", "x")]),
    ("/account/factors", &[("step", "renew")]),
    ("/account/factors", &[("step", "remove"), ("id", "totp")]),
    ("/account/factors", &[("step", "prefer"), ("id", "totp")]),
    ("/account/factors", &[("step", "forget")]),
    ("/account/sessions", &[("step", "others")]),
    ("/account/applications", &[("step", "withdraw"), ("id", "vendor-app")]),
    ("/account/keys", &[("step", "create"), ("name", "x")]),
    ("/account/keys", &[("step", "revoke"), ("id", "x")]),
    ("/account/delete", &[("confirm", "bob")]),
    ("/account/confirm", &[("step", "password"), ("password", PASSWORD)]),
];

/// All rows that a form could change.
fn state(world: &World) -> Vec<Vec<serde_json::Map<String, Value>>> {
    ["users", "keys", "factors", "webauthn_credentials", "consents", "remembered_browsers"]
        .iter()
        .map(|table| sql(world, &format!("SELECT * FROM {table} ORDER BY 1, 2")))
        .chain([sql(
            world,
            "SELECT id, digest, factors, authenticated_at FROM sessions ORDER BY id",
        )])
        .collect()
}

/// ATTACKS C-52, C-55.
#[test]
fn no_form_changes_anything_without_the_session_and_its_token() {
    let world = World::demo();
    let mut bob = signed_in(&world, "bob");
    enrol(&world, &mut bob);
    passkey(&world, "bob", "p1");
    let genuine = form_token(&bob.get("/account/factors").text());
    let mut other = signed_in(&world, "alice");
    let foreign = form_token(&other.get("/account/factors").text());
    let before = state(&world);
    for (page, form) in FORMS {
        let of = |token: Option<&str>| -> Vec<(String, String)> {
            let token = token.map(|token| ("form_token".to_owned(), token.to_owned()));
            let owned = form.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
            token.into_iter().chain(owned).collect()
        };
        let send = |cookie: &str, token: Option<&str>, origin: &str, site: &str| {
            let form = of(token);
            let form: Vec<(&str, &str)> = form.iter().map(|(a, b)| (&**a, &**b)).collect();
            let call = world.post(page).header("cookie", cookie).header("origin", origin);
            call.header("sec-fetch-site", site).form(&form).send()
        };
        let (ours, evil) = (crate::world::ISSUER, "https://evil.example");
        let cookie = bob.cookie();
        let without_session: Vec<String> = cookie
            .split("; ")
            .filter(|pair| !pair.contains("hanzo_session") && !pair.contains("hanzo_accounts"))
            .map(str::to_owned)
            .collect();
        for (what, answer) in [
            ("no token", send(&cookie, None, ours, "same-origin")),
            ("a made-up token", send(&cookie, Some("AAAA"), ours, "same-origin")),
            ("another browser's token", send(&cookie, Some(&foreign), ours, "same-origin")),
            ("another site", send(&cookie, Some(&genuine), evil, "cross-site")),
            ("no session", send(&without_session.join("; "), Some(&genuine), ours, "same-origin")),
        ] {
            assert_eq!(state(&world), before, "{page} {form:?} with {what}");
            let refused = [StatusCode::FORBIDDEN, StatusCode::SEE_OTHER];
            assert!(refused.contains(&answer.status()), "{page} with {what}: {}", answer.status());
        }
    }
}
