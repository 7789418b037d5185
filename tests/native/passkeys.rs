//! Passkeys end to end: registration, sign-in as the first and the second factor, and what is refused
//! (ATTACKS G-99; Web Authentication Level 3 §7).

use hanzo_iam::{
    core::encoding::from_base64url,
    ports::{Database, Statement},
};
use serde_json::{Value, json};

use crate::{
    authenticator::Authenticator,
    browser::{self, Browser, CALLBACK, form_token, location, parameter},
    world::{Answer, ISSUER, PASSWORD, World},
};

const PAGE: &str = "/login/oauth/authorize";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn sql(world: &World, statement: &'static str) -> Vec<Value> {
    let rows = pollster::block_on(world.database.run(Statement::new(statement))).unwrap();
    rows.into_iter().map(|row| row.into_record().unwrap()).collect()
}

/// The page of an authorization request, with further or other parameters.
fn page(changes: &[(&str, &str)]) -> String {
    format!("{PAGE}?{}", browser::query(changes))
}

/// Posts `form` with the token of the page.
fn posted(browser: &mut Browser<'_>, page: &str, form: &[(&str, &str)]) -> Answer {
    let token = form_token(&browser.get(page).text());
    let token = [("form_token", token.as_str())];
    browser.post(page, &[&token, form].concat())
}

/// The options that the page's script asks for.
fn options(browser: &mut Browser<'_>, page: &str, form: &[(&str, &str)]) -> Value {
    posted(browser, page, &[form, &[("begin", "1")]].concat()).ok()
}

/// A sign-in by the passkey on the page.
pub fn signed_in(browser: &mut Browser<'_>, page: &str, key: &mut Authenticator) -> Answer {
    let options = options(browser, page, &[("step", "passkey")]);
    let credential = key.get(&options).to_string();
    posted(browser, page, &[("step", "passkey"), ("credential", &credential)])
}

fn call(browser: &mut Browser<'_>, world: &World, path: &str, body: Option<&Value>) -> Answer {
    let call = if body.is_some() { world.post(path) } else { world.get(path) };
    let call = call
        .header("cookie", &browser.cookie())
        .header("origin", ISSUER)
        .header("sec-fetch-site", "same-origin")
        .header("user-agent", "Mozilla/5.0 (Macintosh) Firefox/140.0");
    let answer = match body {
        Some(body) => call.json(body),
        None => call,
    };
    browser.keep(answer.send())
}

const BEGIN: &str = "/v1/iam/webauthn/signup/begin";
const FINISH: &str = "/v1/iam/webauthn/signup/finish";

/// Registers the passkey of the person who is signed in.
pub fn registered(browser: &mut Browser<'_>, world: &World, key: &mut Authenticator) -> Value {
    let options = call(browser, world, BEGIN, None).ok();
    let made = key.create(&options["publicKey"]);
    call(browser, world, FINISH, Some(&made)).ok()
}

/// A world in which alice has this passkey.
fn with_passkey(mut key: Authenticator) -> (World, Authenticator) {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let reply = registered(&mut browser, &world, &mut key);
    assert_eq!(reply["status"], "ok", "{reply}");
    (world, key)
}

/// The claims of the ID token of a sign-in.
fn claims(world: &World, answer: &Answer) -> Value {
    let code = parameter(&location(answer), "code").expect("a code");
    let tokens = world
        .post("/v1/iam/oauth/token")
        .form(&[
            ("grant_type", "authorization_code"),
            ("client_id", "hanzo-app"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ])
        .send()
        .ok();
    let token = tokens["id_token"].as_str().unwrap();
    let payload = from_base64url(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// The methods and the class of a sign-in, as the application is told.
fn reached(world: &World, answer: &Answer) -> (Value, Value) {
    let claims = claims(world, answer);
    (claims["amr"].clone(), claims["acr"].clone())
}

fn demand_second(world: &World) {
    let path = "/v1/iam/organizations/admin/hanzo";
    world.put(path).of("root").json(&json!({"requireMfa": true})).send().ok();
}

#[test]
fn a_passkey_of_the_device_is_two_factors_that_resist_phishing() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    let answer = signed_in(&mut Browser::new(&world), &page(&[]), &mut key);
    assert_eq!(reached(&world, &answer), (json!(["hwk", "user", "mfa"]), json!("phrh")));
}

#[test]
fn a_synced_passkey_is_a_software_key() {
    let (world, mut key) = with_passkey(Authenticator::new(7).synced());
    let answer = signed_in(&mut Browser::new(&world), &page(&[]), &mut key);
    assert_eq!(reached(&world, &answer), (json!(["swk", "user", "mfa"]), json!("phr")));
}

#[test]
fn a_registered_passkey_has_the_name_of_its_device_and_is_audited() {
    let (world, _) = with_passkey(Authenticator::new(7));
    let stored = sql(&world, "SELECT * FROM webauthn_credentials").remove(0);
    assert_eq!(stored["display_name"], "Passkey (Firefox on macOS)");
    assert_eq!(stored["sign_count"], 1);
    let entries = sql(
        &world,
        "SELECT kind FROM audit_entries WHERE owner = 'hanzo' AND action = 'finishWebauthnSignup' \
         AND record NOT LIKE '%challenge%'",
    );
    assert_eq!(entries, [json!({"kind": "webauthn-credential"})]);
}

#[test]
fn the_options_of_a_sign_in_name_no_credential_and_need_no_account() {
    let (world, _) = with_passkey(Authenticator::new(7));
    let mut browser = Browser::new(&world);
    let options = options(&mut browser, &page(&[]), &[("step", "passkey"), ("username", "alice")]);
    assert_eq!(options["allowCredentials"], json!([]));
    assert_eq!(options["rpId"], "hanzo.id");
    assert_eq!(options["userVerification"], "required");
}

#[test]
fn a_challenge_is_answered_once() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    let mut browser = Browser::new(&world);
    let options = options(&mut browser, &page(&[]), &[("step", "passkey")]);
    let mut answer = || {
        let credential = key.get(&options).to_string();
        posted(&mut browser, &page(&[]), &[("step", "passkey"), ("credential", &credential)])
    };
    assert!(location(&answer()).contains("code="));
    let mut browser = Browser::new(&world);
    let again = key.get(&options).to_string();
    posted(&mut browser, &page(&[]), &[("step", "passkey"), ("credential", &again)]).refused(401);
}

#[test]
fn a_challenge_of_another_browser_is_refused() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    let theirs = options(&mut Browser::new(&world), &page(&[]), &[("step", "passkey")]);
    let credential = key.get(&theirs).to_string();
    let form = [("step", "passkey"), ("credential", credential.as_str())];
    posted(&mut Browser::new(&world), &page(&[]), &form).refused(401);
}

#[test]
fn a_challenge_ends_after_five_minutes() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    let mut browser = Browser::new(&world);
    let options = options(&mut browser, &page(&[]), &[("step", "passkey")]);
    world.clock.advance(300);
    let credential = key.get(&options).to_string();
    posted(&mut browser, &page(&[]), &[("step", "passkey"), ("credential", &credential)])
        .refused(401);
}

/// ATTACKS G-99.
#[test]
fn a_page_of_another_origin_cannot_use_the_passkey() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    for origin in ["https://badhanzo.id", "https://evil.hanzo.id", "http://hanzo.id"] {
        key.origin = origin.to_owned();
        signed_in(&mut Browser::new(&world), &page(&[]), &mut key).refused(401);
    }
}

#[test]
fn a_related_origin_may_use_the_passkey_and_is_published() {
    let (mut world, mut key) = with_passkey(Authenticator::new(7));
    let related = "https://hanzo.ai".to_owned();
    world.config_mut().related_origins = vec![related.clone()];
    let published = world.get("/.well-known/webauthn").send().ok();
    assert_eq!(published, json!({"origins": [ISSUER, related]}));
    key.origin = related;
    let answer = signed_in(&mut Browser::new(&world), &page(&[]), &mut key);
    assert!(location(&answer).contains("code="));
}

#[test]
fn an_authenticator_that_names_another_user_is_refused() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    let bob = sql(&world, "SELECT id FROM users WHERE name = 'bob'").remove(0);
    key.user = bob["id"].as_str().unwrap().as_bytes().to_vec();
    signed_in(&mut Browser::new(&world), &page(&[]), &mut key).refused(401);
}

#[test]
fn an_unverified_user_is_refused_where_verification_is_required() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    key.verifies = false;
    signed_in(&mut Browser::new(&world), &page(&[]), &mut key).refused(401);
}

#[test]
fn a_disabled_user_is_refused() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    sql(&world, "UPDATE users SET is_forbidden = 1 WHERE name = 'alice'");
    let answer = signed_in(&mut Browser::new(&world), &page(&[]), &mut key);
    answer.refused(401);
    assert!(answer.text().contains("The account is disabled."), "{}", answer.text());
}

#[test]
fn an_application_of_another_organization_does_not_admit_the_person() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    let acme = page(&[
        ("client_id", "acme-app"),
        ("redirect_uri", "https://acme.example/callback"),
        ("scope", "openid"),
    ]);
    signed_in(&mut Browser::new(&world), &acme, &mut key).refused(403);
}

#[test]
fn an_application_without_passkeys_gives_no_options_and_takes_none() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    let mut browser = Browser::new(&world);
    let options = options(&mut browser, &page(&[]), &[("step", "passkey")]);
    let path = "/v1/iam/applications/admin/hanzo-app";
    world.put(path).of("root").json(&json!({"enableWebAuthn": false})).send().ok();
    let form = [("step", "passkey"), ("begin", "1")];
    posted(&mut browser, &page(&[]), &form).refused(403);
    let credential = key.get(&options).to_string();
    let form = [("step", "passkey"), ("credential", credential.as_str())];
    posted(&mut browser, &page(&[]), &form).refused(403);
}

#[test]
fn a_counter_that_goes_back_is_refused_and_leaves_a_warning() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    let mut copy = key.clone();
    for _ in 0..3 {
        assert!(
            location(&signed_in(&mut Browser::new(&world), &page(&[]), &mut key)).contains("code=")
        );
    }
    signed_in(&mut Browser::new(&world), &page(&[]), &mut copy).refused(401);
    let stored = sql(&world, "SELECT clone_warning, sign_count FROM webauthn_credentials");
    assert_eq!(stored, [json!({"clone_warning": 1, "sign_count": 4})]);
}

#[test]
fn wrong_passkeys_are_counted_by_network() {
    let (mut world, key) = with_passkey(Authenticator::new(7));
    world.config_mut().limits.signin_attempts.attempts = 30;
    let mut bad = key.clone();
    bad.origin = "https://badhanzo.id".to_owned();
    let mut browser = Browser::new(&world);
    for _ in 0..30 {
        signed_in(&mut browser, &page(&[]), &mut bad).refused(401);
    }
    signed_in(&mut browser, &page(&[]), &mut bad).refused(429);
    let mut elsewhere = Browser::at(&world, "198.51.100.7");
    assert!(location(&signed_in(&mut elsewhere, &page(&[]), &mut key.clone())).contains("code="));
}

/// A passkey cannot be guessed: no guesses at passwords and codes keep its person out, from the same network
/// or any other.
#[test]
fn a_passkey_works_while_strangers_guess_at_the_passwords_and_codes_of_its_account() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    demand_second(&world);
    for _ in 0..40 {
        Browser::new(&world).sign_in(&[], "alice", "wrong password");
    }
    let answer = signed_in(&mut Browser::new(&world), &page(&[]), &mut key);
    assert!(location(&answer).contains("code="));
    let mut stranger = Browser::at(&world, "198.51.100.7");
    stranger.sign_in(&[], "alice", PASSWORD);
    for _ in 0..6 {
        let wrong = [("step", "second"), ("method", "recovery"), ("code", "aaaa-aaaa-aaaa-aaaa")];
        posted(&mut stranger, &page(&[]), &wrong);
    }
    let step = [("step", "second"), ("method", "webauthn")];
    let options = options(&mut stranger, &page(&[]), &step);
    let credential = key.get(&options).to_string();
    let proof = [("step", "second"), ("method", "webauthn"), ("credential", &*credential)];
    let answer = posted(&mut stranger, &page(&[]), &proof);
    assert!(location(&answer).contains("code="));
}

#[test]
fn a_passkey_meets_the_demand_of_a_second_factor() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    demand_second(&world);
    let answer = signed_in(&mut Browser::new(&world), &page(&[]), &mut key);
    assert!(location(&answer).contains("code="));
}

#[test]
fn after_a_password_the_passkey_is_the_second_factor() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    demand_second(&world);
    let mut browser = Browser::new(&world);
    let second = browser.sign_in(&[], "alice", PASSWORD);
    assert!(second.text().contains("data-passkey=\"get\""), "{}", second.text());
    let step = [("step", "second"), ("method", "webauthn")];
    let options = options(&mut browser, &page(&[]), &step);
    let allowed: Vec<&Value> = options["allowCredentials"].as_array().unwrap().iter().collect();
    assert_eq!(allowed.len(), 1);
    assert_eq!(options["userVerification"], "preferred");
    let credential = key.get(&options).to_string();
    let answer =
        posted(&mut browser, &page(&[]), &[&step[..], &[("credential", &credential)]].concat());
    assert_eq!(reached(&world, &answer), (json!(["pwd", "hwk", "user", "mfa"]), json!("phrh")));
}

#[test]
fn a_passkey_of_another_user_is_no_second_factor_and_ends_the_challenge() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    let mut others = Authenticator::new(8);
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "bob", PASSWORD);
    registered(&mut browser, &world, &mut others);
    demand_second(&world);
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let step = [("step", "second"), ("method", "webauthn")];
    let options = options(&mut browser, &page(&[]), &step);
    let mut answer = |credential: &Value| {
        let credential = credential.to_string();
        posted(&mut browser, &page(&[]), &[&step[..], &[("credential", &credential)]].concat())
    };
    others.user.clone_from(&key.user);
    answer(&others.get(&options)).refused(401);
    answer(&key.get(&options)).refused(401);
}

#[test]
fn a_person_without_a_second_factor_enrols_a_passkey_and_gets_recovery_codes() {
    let world = World::demo();
    demand_second(&world);
    let mut browser = Browser::new(&world);
    let enrolment = browser.sign_in(&[], "alice", PASSWORD);
    assert!(enrolment.text().contains("data-passkey=\"create\""), "{}", enrolment.text());
    let step = [("step", "enrol"), ("method", "webauthn")];
    let options = options(&mut browser, &page(&[]), &step);
    let mut key = Authenticator::new(7);
    let made = key.create(&options).to_string();
    let codes = posted(&mut browser, &page(&[]), &[&step[..], &[("credential", &made)]].concat());
    assert!(codes.text().contains("Save your recovery codes"), "{}", codes.text());
    let token = form_token(&codes.text());
    let done = browser.post(&page(&[]), &[("form_token", &token), ("step", "finish")]);
    assert_eq!(reached(&world, &done).1, json!("phrh"));
    assert!(
        location(&signed_in(&mut Browser::new(&world), &page(&[]), &mut key)).contains("code=")
    );
}

#[test]
fn a_passkey_is_not_enrolled_beside_a_factor_that_was_not_proven() {
    let world = World::demo();
    demand_second(&world);
    sql(
        &world,
        "INSERT INTO factors (user_id, kind, owner, content, is_preferred, created_at) \
         SELECT id, 'totp', owner, 'sealed', 0, 1 FROM users WHERE name = 'alice'",
    );
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let form = [("step", "enrol"), ("method", "webauthn"), ("begin", "1")];
    posted(&mut browser, &page(&[]), &form).refused(403);
}

#[test]
fn a_session_registers_a_passkey_only_soon_after_the_sign_in() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    assert_eq!(call(&mut browser, &world, BEGIN, None).ok()["code"], "login_required");
    browser.sign_in(&[], "alice", PASSWORD);
    let options = call(&mut browser, &world, BEGIN, None).ok();
    let made = Authenticator::new(7).create(&options["publicKey"]);
    world.clock.advance(601);
    call(&mut browser, &world, BEGIN, None).refused(403);
    call(&mut browser, &world, FINISH, Some(&made)).refused(403);
}

#[test]
fn a_session_with_a_password_only_adds_no_passkey_beside_another_one() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    call(&mut browser, &world, BEGIN, None).refused(403);
    let mut browser = Browser::new(&world);
    signed_in(&mut browser, &page(&[]), &mut key);
    let reply = registered(&mut browser, &world, &mut Authenticator::new(8));
    assert_eq!(reply["status"], "ok");
}

#[test]
fn a_session_with_a_password_only_removes_no_passkey() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    let stored = sql(&world, "SELECT name FROM webauthn_credentials").remove(0);
    let path = format!("/v1/iam/webauthn-credentials/hanzo/{}", stored["name"].as_str().unwrap());
    let delete = |browser: &Browser<'_>| {
        world
            .delete(&path)
            .header("cookie", &browser.cookie())
            .header("origin", ISSUER)
            .header("sec-fetch-site", "same-origin")
            .send()
    };
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    delete(&browser).refused(403);
    let mut browser = Browser::new(&world);
    signed_in(&mut browser, &page(&[]), &mut key);
    delete(&browser).ok();
    signed_in(&mut Browser::new(&world), &page(&[]), &mut key).refused(401);
}

#[test]
fn a_registration_answers_the_challenge_of_its_session_once() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let options = call(&mut browser, &world, BEGIN, None).ok();
    let made = Authenticator::new(7).create(&options["publicKey"]);
    let mut other = Browser::new(&world);
    other.sign_in(&[], "bob", PASSWORD);
    assert_eq!(call(&mut other, &world, FINISH, Some(&made)).ok()["code"], "invalid_passkey");
    let verified = "UPDATE sessions SET factors = json_insert(factors, '$[#]', \
                    json_object('method', 'mfa', 'at', authenticated_at))";
    sql(&world, verified);
    assert_eq!(call(&mut browser, &world, FINISH, Some(&made)).ok()["status"], "ok");
    assert_eq!(call(&mut browser, &world, FINISH, Some(&made)).ok()["code"], "invalid_passkey");
}

/// Web Authentication §7.1, step 27.
#[test]
fn a_credential_id_is_registered_for_one_user() {
    let (world, _) = with_passkey(Authenticator::new(7));
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "bob", PASSWORD);
    let reply = registered(&mut browser, &world, &mut Authenticator::new(7));
    assert_eq!(reply["code"], "invalid_passkey");
    assert_eq!(sql(&world, "SELECT id FROM webauthn_credentials").len(), 1);
}

#[test]
fn another_site_begins_no_registration() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let ask = |site: &str| {
        let call = world.get(BEGIN).header("cookie", &browser.cookie());
        call.header("sec-fetch-site", site).send()
    };
    ask("cross-site").refused(403);
    ask("same-origin").ok();
}

#[test]
fn an_account_has_twenty_passkeys_at_most() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let mut first = Authenticator::new(1);
    registered(&mut browser, &world, &mut first);
    let mut browser = Browser::new(&world);
    signed_in(&mut browser, &page(&[]), &mut first);
    for seed in 2..=20 {
        let reply = registered(&mut browser, &world, &mut Authenticator::new(seed));
        assert_eq!(reply["status"], "ok", "{reply}");
    }
    let reply = registered(&mut browser, &world, &mut Authenticator::new(21));
    assert_eq!(reply["code"], "too_many_passkeys");
}

#[test]
fn an_organization_admits_authenticators_by_its_policy() {
    let world = World::demo();
    let path = "/v1/iam/organizations/admin/hanzo";
    let set =
        |policy: Value| world.put(path).of("root").json(&json!({"passkeyPolicy": policy})).send();
    set(json!({"sinced": false})).refused(400);
    set(json!({"synced": false})).ok();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let reply = registered(&mut browser, &world, &mut Authenticator::new(7).synced());
    assert_eq!(reply["code"], "invalid_passkey");
    assert_eq!(registered(&mut browser, &world, &mut Authenticator::new(7))["status"], "ok");
}

const SIGN_IN: &str = "/v1/iam/webauthn/signin/begin?clientId=hanzo-app";

pub fn front_door(
    browser: &mut Browser<'_>,
    world: &World,
    key: &mut Authenticator,
    query: &str,
) -> Answer {
    let options = call(browser, world, SIGN_IN, None).ok();
    let credential = key.get(&options["publicKey"]);
    let path = format!("/v1/iam/webauthn/signin/finish?clientId=hanzo-app&{query}");
    call(browser, world, &path, Some(&credential))
}

#[test]
fn the_front_door_gives_a_session_or_a_code_as_login_does() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    let mut browser = Browser::new(&world);
    let reply = front_door(&mut browser, &world, &mut key, "type=login").ok();
    assert_eq!(
        (&reply["status"], &reply["data"]),
        (&json!("ok"), &json!("hanzo/alice")),
        "{reply}"
    );
    assert_eq!(call(&mut browser, &world, "/v1/iam/whoami", None).ok()["name"], "alice");
    let query = browser::query(&[]);
    let query = format!("responseType=code&{query}&redirectUri={CALLBACK}");
    let query = query.replace("response_type=code&", "").replace("client_id=hanzo-app&", "");
    let reply = front_door(&mut Browser::new(&world), &world, &mut key, &query).ok();
    assert_eq!(reply["status"], "ok", "{reply}");
    assert!(reply["data"].as_str().unwrap().len() > 20, "{reply}");
}

#[test]
fn the_front_door_does_not_skip_the_second_factor() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    demand_second(&world);
    let policy = json!({"passkeyPolicy": {"userVerification": "preferred"}});
    let path = "/v1/iam/organizations/admin/hanzo";
    world.put(path).of("root").json(&policy).send().ok();
    key.verifies = false;
    let mut browser = Browser::new(&world);
    let reply = front_door(&mut browser, &world, &mut key, "type=login").ok();
    assert_eq!(reply["data"], "RequiredMfa", "{reply}");
    let listed = reply["data2"].as_array().unwrap();
    assert!(listed.iter().any(|factor| factor["mfaType"] == "app"), "{reply}");
    let who = call(&mut browser, &world, "/v1/iam/whoami", None);
    assert_ne!(who.body()["name"], "alice", "{}", who.text());
}

#[test]
fn the_front_door_is_closed_to_other_sites_and_other_browsers() {
    let (world, mut key) = with_passkey(Authenticator::new(7));
    let mut browser = Browser::new(&world);
    let options = call(&mut browser, &world, SIGN_IN, None).ok();
    let credential = key.get(&options["publicKey"]);
    let path = "/v1/iam/webauthn/signin/finish?clientId=hanzo-app&type=login";
    let foreign = world
        .post(path)
        .header("cookie", &browser.cookie())
        .header("origin", "https://evil.example")
        .header("sec-fetch-site", "cross-site")
        .json(&credential)
        .send();
    foreign.refused(403);
    let mut other = Browser::new(&world);
    call(&mut other, &world, SIGN_IN, None).ok();
    assert_eq!(call(&mut other, &world, path, Some(&credential)).ok()["code"], "invalid_passkey");
}

#[test]
fn the_methods_of_an_application_name_passkeys() {
    let world = World::demo();
    let methods = world.get("/v1/iam/auth/methods?clientId=hanzo-app").send().ok();
    assert_eq!(methods["data"]["webauthn"], true);
}

#[test]
fn without_a_script_the_button_says_what_is_missing() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    let form = [("step", "passkey"), ("ceremony", "get"), ("credential", "")];
    let answer = posted(&mut browser, &page(&[]), &form);
    answer.refused(400);
    assert!(answer.text().contains("Passkeys need JavaScript"), "{}", answer.text());
}
