//! The second factor: its enrolment, what asks for it, and that nothing goes around it.

use hanzo_iam::core::{
    otp::{base32, totp::Totp},
    secret::Secret,
    time::UnixTime,
};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    browser::{Browser, form_token, location, parameter, query},
    mailbox::Mailbox,
    watched::Watched,
    world::{Answer, CLOUD_SECRET, ISSUER, PASSWORD, World},
};

fn page() -> String {
    format!("/login/oauth/authorize?{}", query(&[]))
}

fn demanding(world: &World) {
    let body = json!({"requireMfa": true});
    world.put("/v1/iam/organizations/admin/hanzo").of("root").json(&body).send().ok();
}

/// The secret that a page shows.
fn secret(page: &str) -> Totp {
    let (_, after) = page.split_once("class=\"key\">").expect("a key");
    let key = after.split('<').next().unwrap();
    Totp::new(Secret::new(base32::decode(key).unwrap()))
}

fn code(totp: &Totp, now: UnixTime) -> String {
    totp.code(totp.step(now).unwrap())
}

fn step(browser: &mut Browser<'_>, answer: &Answer, fields: &[(&str, &str)]) -> Answer {
    let token = form_token(&answer.text());
    let form: Vec<(&str, &str)> =
        [("form_token", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
    browser.post(&page(), &form)
}

fn password(browser: &mut Browser<'_>) -> Answer {
    let form = browser.get(&page());
    step(browser, &form, &[("username", "alice"), ("password", PASSWORD)])
}

/// Signs alice in where a second factor is demanded, enrols her authenticator app, and returns it with
/// her recovery codes.
fn enrolled(world: &World) -> (Totp, Vec<String>) {
    let mut browser = Browser::new(world);
    let asks = password(&mut browser);
    assert!(asks.text().contains("Protect your account"), "{}", asks.text());
    let shows = step(&mut browser, &asks, &[("step", "enrol"), ("method", "app")]);
    let totp = secret(&shows.text());
    assert!(shows.text().contains("<svg"));
    let wrong = [("step", "enrol"), ("method", "app"), ("code", "000000")];
    let refused = step(&mut browser, &shows, &wrong);
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let right = code(&totp, world.origin.clock.now());
    let fields = [("step", "enrol"), ("method", "app"), ("code", &*right)];
    let shows = step(&mut browser, &refused, &fields);
    let text = shows.text();
    let codes: Vec<String> = text
        .split("<li>")
        .skip(1)
        .map(|item| item.split('<').next().unwrap().to_owned())
        .filter(|item| item.len() == 19)
        .collect();
    assert_eq!(codes.len(), 10, "{text}");
    let done = step(&mut browser, &shows, &[("step", "finish")]);
    assert!(location(&done).contains("code="));
    (totp, codes)
}

fn claims(world: &World, code: &str) -> Value {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", "hanzo-app"),
        ("redirect_uri", crate::browser::CALLBACK),
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    ];
    let body = world.post("/v1/iam/oauth/token").form(&form).send().ok();
    crate::oauth::payload(body["access_token"].as_str().unwrap())
}

#[test]
fn an_organization_that_demands_a_second_factor_has_it_enrolled_at_the_next_sign_in() {
    let world = World::demo();
    demanding(&world);
    let (totp, _) = enrolled(&world);
    world.clock.advance(60);
    let mut browser = Browser::new(&world);
    let asks = password(&mut browser);
    assert!(asks.text().contains("Confirm that it is you"), "{}", asks.text());
    assert!(browser.authorize(&[]).header("location").unwrap().starts_with("/login/"));
    let right = code(&totp, world.origin.clock.now());
    let done =
        step(&mut browser, &asks, &[("step", "second"), ("method", "app"), ("code", &right)]);
    let claims = claims(&world, &parameter(&location(&done), "code").unwrap());
    assert_eq!((&claims["amr"], &claims["acr"]), (&json!(["pwd", "otp", "mfa"]), &json!("aal2")));
}

/// A shared application is another organization's: it is no way around the demand of one's own.
#[test]
fn the_demand_of_the_own_organization_holds_at_the_applications_of_others() {
    let world = World::demo();
    crate::oauth::sql(
        &world,
        "UPDATE applications SET is_shared = 1 WHERE client_id = 'hanzo-app'",
    );
    let hash = crate::oauth::password_hash(&world, "hanzo", "alice");
    crate::oauth::sql(
        &world,
        &format!(
            "UPDATE users SET password_hash = '{hash}' WHERE owner = 'acme' AND name = 'dave'"
        ),
    );
    let sign_in = || {
        let mut browser = Browser::new(&world);
        let form = browser.get(&page());
        step(&mut browser, &form, &[("username", "acme/dave"), ("password", PASSWORD)])
    };
    assert!(location(&sign_in()).contains("code="));
    let body = json!({"requireMfa": ["admin"]});
    world.put("/v1/iam/organizations/admin/acme").of("root").json(&body).send().ok();
    assert!(sign_in().text().contains("Protect your account"));
}

/// ATTACKS 104: RFC 6238 §5.2.
#[test]
fn a_code_of_the_app_works_once() {
    let world = World::demo();
    demanding(&world);
    let (totp, _) = enrolled(&world);
    let right = code(&totp, world.origin.clock.now());
    let mut browser = Browser::new(&world);
    let asks = password(&mut browser);
    let fields = [("step", "second"), ("method", "app"), ("code", &*right)];
    let refused = step(&mut browser, &asks, &fields);
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "the enrolment used it");
}

/// ATTACKS 104.
#[test]
fn five_wrong_codes_lock_the_second_factor_in_every_browser() {
    let world = World::demo();
    demanding(&world);
    let (totp, codes) = enrolled(&world);
    world.clock.advance(60);
    for _ in 0..5 {
        let mut browser = Browser::new(&world);
        let asks = password(&mut browser);
        let fields = [("step", "second"), ("method", "app"), ("code", "000000")];
        assert_eq!(step(&mut browser, &asks, &fields).status(), StatusCode::UNAUTHORIZED);
    }
    let right = code(&totp, world.origin.clock.now());
    for (method, code) in [("app", right.as_str()), ("recovery", codes[0].as_str())] {
        let mut browser = Browser::new(&world);
        let asks = password(&mut browser);
        let fields = [("step", "second"), ("method", method), ("code", code)];
        assert_eq!(step(&mut browser, &asks, &fields).status(), StatusCode::TOO_MANY_REQUESTS);
    }
}

/// Who knows the password does not lock the owner out: not a known browser, nor one that can prove what
/// cannot be guessed, nor any other for more than a quarter of an hour.
#[test]
fn wrong_codes_of_one_who_knows_the_password_lock_out_no_one_else() {
    let world = World::demo();
    demanding(&world);
    let (totp, codes) = enrolled(&world);
    world.clock.advance(60);
    let by = |browser: &mut Browser<'_>, method: &str, code: &str| {
        let asks = password(browser);
        step(browser, &asks, &[("step", "second"), ("method", method), ("code", code)]).status()
    };
    let mut known = Browser::at(&world, "198.51.100.1");
    let right = code(&totp, world.origin.clock.now());
    assert_eq!(by(&mut known, "app", &right), StatusCode::OK);
    known.cookies.retain(|(name, _)| name.contains("hanzo_known"));
    world.clock.advance(60);
    for number in 0..60 {
        let mut stranger = Browser::at(&world, &format!("2001:db8:{:x}::1", number / 5));
        assert_eq!(
            by(&mut stranger, "app", "000000"),
            if number < 50 { StatusCode::UNAUTHORIZED } else { StatusCode::TOO_MANY_REQUESTS }
        );
    }
    let right = code(&totp, world.origin.clock.now());
    let mut other = Browser::at(&world, "198.51.100.2");
    assert_eq!(by(&mut other, "app", &right), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(by(&mut other, "recovery", &codes[0]), StatusCode::OK);
    known.ip = "198.51.100.3".to_owned();
    assert_eq!(by(&mut known, "app", &right), StatusCode::OK);
    world.clock.advance(15 * 60);
    let right = code(&totp, world.origin.clock.now());
    let mut another = Browser::at(&world, "198.51.100.4");
    assert_eq!(by(&mut another, "app", &right), StatusCode::OK);
}

#[test]
fn a_recovery_code_lets_in_once_after_the_device_is_lost() {
    let world = World::demo();
    demanding(&world);
    let (_, codes) = enrolled(&world);
    for (attempt, status) in [(0, StatusCode::OK), (1, StatusCode::UNAUTHORIZED)] {
        let mut browser = Browser::new(&world);
        let asks = password(&mut browser);
        let asks = step(&mut browser, &asks, &[("step", "second"), ("method", "recovery")]);
        assert!(asks.text().contains("recovery codes that you saved"));
        let fields = [("step", "second"), ("method", "recovery"), ("code", &*codes[3])];
        assert_eq!(step(&mut browser, &asks, &fields).status(), status, "{attempt}");
    }
}

#[test]
fn a_remembered_browser_stands_for_the_second_factor_until_its_time_ends() {
    let world = World::demo();
    demanding(&world);
    let (totp, _) = enrolled(&world);
    world.clock.advance(60);
    let mut browser = Browser::new(&world);
    let asks = password(&mut browser);
    let right = code(&totp, world.origin.clock.now());
    let fields = [("step", "second"), ("method", "app"), ("code", &*right), ("remember", "1")];
    assert!(location(&step(&mut browser, &asks, &fields)).contains("code="));
    browser.cookies.retain(|(name, _)| name.contains("hanzo_browser"));
    assert_eq!(browser.cookies.len(), 1);
    let again = password(&mut browser);
    assert!(location(&again).contains("code="));
    assert!(location(&browser.authorize(&[])).contains("code="), "the session is strong enough");
    world.clock.advance(31 * 24 * 3600);
    browser.cookies.retain(|(name, _)| name.contains("hanzo_browser"));
    assert!(password(&mut browser).text().contains("Confirm that it is you"));
}

/// ATTACKS 94: a step that another one has overtaken changes nothing.
#[test]
fn an_enrolment_in_a_sign_in_that_has_gone_on_meanwhile_enrols_nothing() {
    let mut world = World::demo();
    demanding(&world);
    let watched = Watched::over(&mut world);
    let mut browser = Browser::new(&world);
    let asks = password(&mut browser);
    let shows = step(&mut browser, &asks, &[("step", "enrol"), ("method", "app")]);
    let right = code(&secret(&shows.text()), world.origin.clock.now());
    let fields = [("step", "enrol"), ("method", "app"), ("code", &*right)];
    watched.meddle("INTO factors", &["UPDATE flows SET revision = 'another' WHERE user_id IN (SELECT id FROM users WHERE name = 'alice')"]);
    let refused = step(&mut browser, &shows, &fields);
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{}", refused.text());
    assert!(watched.has_meddled());
    for table in ["factors", "sessions"] {
        assert_eq!(crate::oauth::sql(&world, &format!("SELECT 1 FROM {table}")).len(), 0);
    }
    let entries = "SELECT 1 FROM audit_entries WHERE kind IN ('factor', 'session')";
    assert_eq!(crate::oauth::sql(&world, entries).len(), 0);
}

/// ATTACKS 94: no finish without its start, and no step of another browser.
#[test]
fn a_step_without_the_steps_before_it_is_refused() {
    let world = World::demo();
    demanding(&world);
    let (totp, codes) = enrolled(&world);
    world.clock.advance(60);
    let right = code(&totp, world.origin.clock.now());
    let steps: [&[(&str, &str)]; 5] = [
        &[("step", "second"), ("method", "app"), ("code", &right)],
        &[("step", "second"), ("method", "recovery"), ("code", &codes[0])],
        &[("step", "enrol"), ("method", "app")],
        &[("step", "enrol"), ("method", "app"), ("code", &right)],
        &[("step", "finish")],
    ];
    for fields in steps {
        let mut browser = Browser::new(&world);
        let form = browser.get(&page());
        let refused = step(&mut browser, &form, fields);
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{fields:?}");
        assert!(!browser.cookie().contains("hanzo_session"));
    }
    // After the password, an enrolment would replace the factor, and the last step skip it.
    for fields in &steps[2..] {
        let mut browser = Browser::new(&world);
        let asks = password(&mut browser);
        let refused = step(&mut browser, &asks, fields);
        let asks_again = refused.text().contains("Confirm that it is you");
        assert!(asks_again || refused.status() == StatusCode::FORBIDDEN, "{fields:?}");
        assert!(!browser.cookie().contains("hanzo_session"));
    }
}

#[test]
fn a_new_password_ends_a_sign_in_that_waits_for_its_second_factor() {
    let world = World::demo();
    demanding(&world);
    let (totp, _) = enrolled(&world);
    world.clock.advance(60);
    let mut browser = Browser::new(&world);
    let asks = password(&mut browser);
    world.clock.advance(1);
    let body = json!({
        "userOwner": "hanzo", "userName": "alice", "newPassword": "another password of the tests",
    });
    world.post("/v1/iam/set-password").of("root").json(&body).send().ok();
    let right = code(&totp, world.origin.clock.now());
    let fields = [("step", "second"), ("method", "app"), ("code", &*right)];
    assert_eq!(step(&mut browser, &asks, &fields).status(), StatusCode::FORBIDDEN);
}

/// RFC 9470 §4, OIDC Core §3.1.2.1.
#[test]
fn a_request_for_a_stronger_class_is_not_met_by_a_weaker_session() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    assert!(location(&browser.authorize(&[("acr_values", "aal1")])).contains("code="));
    let asked = browser.authorize(&[("acr_values", "aal2")]);
    assert!(asked.header("location").unwrap().starts_with("/login/"));
    let silent = browser.authorize(&[("acr_values", "aal2"), ("prompt", "none")]);
    assert_eq!(parameter(&location(&silent), "error").as_deref(), Some("login_required"));
}

/// The JSON front door (WIRE §4.5).
#[test]
fn the_published_call_asks_for_the_second_factor_and_takes_it() {
    let world = World::demo();
    demanding(&world);
    let (totp, codes) = enrolled(&world);
    world.clock.advance(60);
    let mut browser = Browser::new(&world);
    let login = |browser: &mut Browser<'_>, body: &Value| {
        let call = world.post("/v1/iam/login?clientId=hanzo-app").json(body);
        browser.keep(call.header("cookie", &browser.cookie()).header("origin", ISSUER).send())
    };
    let credentials = json!({"type": "login", "username": "alice", "password": PASSWORD});
    let asks = login(&mut browser, &credentials).ok();
    assert_eq!(asks["data"], "NextMfa");
    assert_eq!(asks["data2"][0]["mfaType"], "app");
    assert!(!browser.cookie().contains("hanzo_session"));
    let wrong = login(&mut browser, &json!({"type": "login", "mfaType": "app", "passcode": "1"}));
    assert_eq!(wrong.body()["code"], "invalid_passcode");
    let right = code(&totp, world.origin.clock.now());
    let body = json!({"type": "login", "mfaType": "app", "passcode": right});
    assert_eq!(login(&mut browser, &body).ok()["data"], "hanzo/alice");
    assert!(browser.cookie().contains("hanzo_session"));
    let mut other = Browser::new(&world);
    let body = json!({"type": "login", "recoveryCode": codes[0]});
    assert_eq!(login(&mut other, &body).body()["code"], "mfa_expired");
    login(&mut other, &credentials).ok();
    assert_eq!(login(&mut other, &body).ok()["data"], "hanzo/alice");
}

#[test]
fn a_password_alone_gives_no_token_to_a_client_that_sends_it() {
    let world = World::demo();
    let form = [("grant_type", "password"), ("username", "alice"), ("password", PASSWORD)];
    let grant =
        || world.post("/v1/iam/oauth/token").basic("hanzo-cloud", CLOUD_SECRET).form(&form).send();
    grant().ok();
    demanding(&world);
    let refused = grant().refused(400);
    assert_eq!(refused["error"], "invalid_grant");
    assert!(refused["error_description"].as_str().unwrap().contains("second factor"));
    let mut browser = Browser::new(&world);
    let body = json!({"type": "login", "username": "alice", "password": PASSWORD});
    let call = world.post("/v1/iam/login?clientId=hanzo-app").json(&body);
    let answer = browser.keep(call.header("origin", ISSUER).send()).ok();
    assert_eq!(answer["data"], "RequiredMfa");
    assert!(!browser.cookie().contains("hanzo_session"));
}

/// Signs alice in where a second factor is demanded, and enrols the address of `method` by the code that is
/// sent there.
fn enrolled_by_code(world: &World, mailbox: &Mailbox, method: &str, typed: &str) -> Answer {
    let mut browser = Browser::new(world);
    let asks = password(&mut browser);
    let fields = [("step", "enrol"), ("method", method), ("address", typed)];
    let shows = step(&mut browser, &asks, &fields);
    assert!(shows.text().contains("A code is on its way to"), "{}", shows.text());
    pollster::block_on(world.origin.send_outbox());
    let text = mailbox.last().text().to_owned();
    let right =
        if method == "sms" { text.lines().next().unwrap().to_owned() } else { mailbox.last_code() };
    // Another one is not sent at once, and the page still asks for the first.
    let again = step(&mut browser, &shows, &fields);
    assert_eq!(again.status(), StatusCode::TOO_MANY_REQUESTS);
    let wrong = [("step", "enrol"), ("method", method), ("code", "000000")];
    let refused = step(&mut browser, &again, &wrong);
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(browser.get(&page()).text().contains("A code is on its way to"), "after a reload");
    let right = [("step", "enrol"), ("method", method), ("code", &*right)];
    let shows = step(&mut browser, &refused, &right);
    assert!(shows.text().contains("class=\"codes\""), "{}", shows.text());
    step(&mut browser, &shows, &[("step", "finish")])
}

#[test]
fn a_mailbox_is_enrolled_by_a_code_and_becomes_verified_where_a_factor_is_demanded() {
    let mut world = World::demo();
    let mailbox = Mailbox::of(&mut world);
    demanding(&world);
    crate::oauth::sql(&world, "UPDATE users SET email_verified = 0 WHERE name = 'alice'");
    // The address of the account counts, not another one that is typed.
    let done = enrolled_by_code(&world, &mailbox, "email", "eve@evil.example");
    assert_eq!(mailbox.last().to().address(), "alice@hanzo.example");
    let claims = claims(&world, &parameter(&location(&done), "code").unwrap());
    assert_eq!((&claims["amr"], &claims["acr"]), (&json!(["pwd", "otp", "mfa"]), &json!("aal2")));
    let alice = "SELECT email_verified FROM users WHERE owner = 'hanzo' AND name = 'alice'";
    assert_eq!(crate::oauth::sql(&world, alice)[0]["email_verified"], 1);
    world.clock.advance(61);
    let mut browser = Browser::new(&world);
    let asks = password(&mut browser);
    let shows = step(&mut browser, &asks, &[("step", "second"), ("method", "email")]);
    pollster::block_on(world.origin.send_outbox());
    let sent = mailbox.count();
    let again = step(&mut browser, &shows, &[("step", "second"), ("method", "email")]);
    assert_eq!(again.status(), StatusCode::TOO_MANY_REQUESTS);
    pollster::block_on(world.origin.send_outbox());
    assert_eq!(mailbox.count(), sent);
    let right = mailbox.last_code();
    let fields = [("step", "second"), ("method", "email"), ("code", &*right)];
    assert!(location(&step(&mut browser, &again, &fields)).contains("code="));
}

#[test]
fn a_phone_is_enrolled_by_a_text_message_where_a_factor_is_demanded() {
    let mut world = World::demo();
    let mailbox = Mailbox::of(&mut world);
    demanding(&world);
    crate::oauth::sql(&world, "UPDATE users SET phone = '' WHERE name = 'alice'");
    let done = enrolled_by_code(&world, &mailbox, "sms", "+1 555 000 0042");
    let claims = claims(&world, &parameter(&location(&done), "code").unwrap());
    assert_eq!(claims["amr"], json!(["pwd", "otp", "sms", "mfa"]));
    let alice = "SELECT phone FROM users WHERE owner = 'hanzo' AND name = 'alice'";
    assert_eq!(crate::oauth::sql(&world, alice)[0]["phone"], "+15550000042");
}

/// Codes are offered only where they can be sent.
#[test]
fn without_a_message_service_no_address_is_offered_for_enrolment() {
    let world = World::demo();
    demanding(&world);
    let text = password(&mut Browser::new(&world)).text();
    assert!(!text.contains("Get codes by"), "{text}");
}
