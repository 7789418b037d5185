//! Applications that speak SAML 2.0, with us as their identity provider.

use base64ct::{Base64, Encoding};
use hanzo_iam::{
    core::{
        saml::{
            Algorithms,
            binding::{Kind, from_form},
            describe,
            encryption::Decrypter,
            logout,
            message::{self, AuthnRequest, Head},
            metadata::{self, Use},
            response::{Context, Expected, Login, ResponseError, accept},
            xml::{Limits, parse},
        },
        signature::VerifyingKey,
    },
    platform::native::RustCrypto,
    ports::Clock,
};
use serde_json::{Value, json};

use super::peer::*;
use crate::{
    browser::{Browser, form_token, location},
    oauth::sql,
    world::{Answer, ISSUER, PASSWORD, World},
};

const SP: &str = "https://wiki.example/saml/metadata";
const CONSUMER: &str = "https://wiki.example/saml/acs";
const LOGOUT: &str = "https://wiki.example/saml/slo";
const BASE: &str = "/v1/iam/saml/idp/admin/hanzo-app";

/// The metadata of the service provider.
fn sp_metadata(pair: Option<&Pair>, encrypts: bool, signs: bool) -> String {
    let endpoint = |binding: &str, location: &str| metadata::Endpoint {
        binding: format!("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-{binding}"),
        location: location.to_owned(),
        response_location: None,
        index: Some(0),
        default: false,
    };
    let mut keys = Vec::new();
    if let Some(pair) = pair {
        let key = |usage| metadata::Key { usage, certificate: pair.certificate.clone() };
        keys.push(key(Use::Signing));
        keys.extend(encrypts.then(|| key(Use::Encryption)));
    }
    let role = metadata::Role {
        kind: metadata::RoleKind::ServiceProvider,
        saml2: true,
        keys,
        single_sign_on: Vec::new(),
        single_logout: vec![endpoint("Redirect", LOGOUT)],
        consumers: vec![endpoint("POST", CONSUMER)],
        name_id_formats: Vec::new(),
        requests_signed: signs,
        wants_signed_assertions: true,
    };
    let entity = metadata::Entity { id: SP.to_owned(), valid_until: None, roles: vec![role] };
    pollster::block_on(describe::metadata(&entity, "_m", None)).unwrap()
}

/// A world in which `hanzo-app` is a service provider by that record.
fn world(record: &Value) -> World {
    let world = World::demo();
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(record).send().ok();
    world
}

fn idp(world: &World) -> (String, Vec<VerifyingKey>) {
    let text = world.get(&format!("{BASE}/metadata")).send().text();
    let entity = metadata::read(text.as_bytes(), world.clock.now()).unwrap().remove(0);
    let keys = entity.roles[0]
        .signing_keys()
        .filter_map(hanzo_iam::core::saml::metadata::Key::verifying)
        .collect();
    (entity.id, keys)
}

/// The path of a request, signed if there is a pair.
fn request(world: &World, changed: &AuthnRequest<'_>, pair: Option<&Pair>) -> String {
    request_of(world, SP, changed, pair)
}

fn request_of(
    world: &World,
    issuer: &str,
    changed: &AuthnRequest<'_>,
    pair: Option<&Pair>,
) -> String {
    let destination = format!("{ISSUER}{BASE}/sso");
    let head = Head { id: "_q1", now: world.clock.now(), issuer, destination: &destination };
    let text = message::authn_request(&head, changed).plain().unwrap();
    let signer = pair.map(Pair::signer);
    let query = message::to_query(Kind::Request, &text, Some("back here"), signer.as_ref());
    format!("{BASE}/sso?{}", pollster::block_on(query).unwrap())
}

fn usual() -> AuthnRequest<'static> {
    AuthnRequest { acs_url: CONSUMER, ..AuthnRequest::default() }
}

/// Follows redirects, and signs bob in where the page asks for it: the page that posts the response.
fn followed(browser: &mut Browser<'_>, path: &str) -> Answer {
    let mut path = path.to_owned();
    for _ in 0..6 {
        let answer = browser.get(&path);
        let text = answer.text();
        if answer.status().as_u16() == 303 {
            path = location(&answer).replace(ISSUER, "");
        } else if text.contains("name=\"password\"") {
            let token = form_token(&text);
            let form =
                [("form_token", token.as_str()), ("username", "bob"), ("password", PASSWORD)];
            let answer = browser.post(&path, &form);
            path = location(&answer).replace(ISSUER, "");
        } else {
            return answer;
        }
    }
    unreachable!("{path}");
}

fn field(page: &str, name: &str) -> Option<String> {
    let (_, after) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    Some(after.split('"').next().unwrap().to_owned())
}

/// What the service provider reads of the page.
fn read(
    world: &World,
    page: &str,
    request: Option<&str>,
    pair: &Pair,
) -> Result<Login, ResponseError> {
    assert!(page.contains(&format!("action=\"{CONSUMER}\"")), "{page}");
    let message = from_form(&field(page, "SAMLResponse").unwrap()).unwrap();
    let (issuer, keys) = idp(world);
    let private = [pair.private()];
    let decrypter = Decrypter { crypto: &RustCrypto, keys: &private };
    let expected = Expected {
        now: world.clock.now(),
        issuer: &issuer,
        keys: &keys,
        audience: SP,
        acs_url: CONSUMER,
        request,
        allow_unsolicited: request.is_none(),
        require_signed_assertion: true,
        algorithms: Algorithms::default(),
    };
    let context = Context { signatures: &RustCrypto, decrypter };
    pollster::block_on(accept(&message, &expected, &context))
}

fn said<'a>(login: &'a Login, name: &str) -> &'a str {
    &login.attributes.iter().find(|one| one.name == name).unwrap().values[0]
}

#[test]
fn a_person_signs_in_to_an_application_that_speaks_saml() {
    let pair = Pair::new();
    let world = world(&json!({ "samlMetadata": sp_metadata(None, false, false) }));
    assert_eq!(idp(&world).0, format!("{ISSUER}{BASE}/metadata"));
    let mut browser = Browser::new(&world);
    let page = followed(&mut browser, &request(&world, &usual(), None)).text();
    assert_eq!(field(&page, "RelayState").unwrap(), "back here");
    let login = read(&world, &page, Some("_q1"), &pair).unwrap();
    assert_eq!(login.name_id.format.as_deref(), Some(PERSISTENT));
    assert!(!login.name_id.value.contains("bob"), "{:?}", login.name_id);
    assert_eq!(said(&login, "Name"), "bob");
    assert_eq!(said(&login, "Email"), "bob@hanzo.example");

    // The name stays, the session is the same, and nothing is asked again.
    let again = followed(&mut browser, &request(&world, &usual(), None)).text();
    let again = read(&world, &again, Some("_q1"), &pair).unwrap();
    assert_eq!(again.name_id, login.name_id);
    assert_ne!(again.assertion_id, login.assertion_id);
    let mail = AuthnRequest { name_id_format: Some(EMAIL), ..usual() };
    let page = followed(&mut browser, &request(&world, &mail, None)).text();
    let by_mail = read(&world, &page, Some("_q1"), &pair).unwrap();
    assert_eq!(by_mail.name_id.value, "bob@hanzo.example");
    let short = AuthnRequest { name_id_format: Some(TRANSIENT), ..usual() };
    let names: Vec<String> = (0..2)
        .map(|_| {
            let page = followed(&mut browser, &request(&world, &short, None)).text();
            read(&world, &page, Some("_q1"), &pair).unwrap().name_id.value
        })
        .collect();
    assert_ne!(names[0], names[1]);

    // Unasked, at the address of the record; by a form; and at Casdoor's address.
    let page = followed(&mut browser, &format!("{BASE}/sso")).text();
    assert_eq!(read(&world, &page, None, &pair).unwrap().name_id, login.name_id);
    let query = request(&world, &usual(), None);
    let older = query.replace(&format!("{BASE}/sso"), "/api/saml/redirect/admin/hanzo-app");
    let page = followed(&mut browser, &older).text();
    assert!(read(&world, &page, Some("_q1"), &pair).is_ok());
    let older = world.get("/api/saml/metadata?application=admin/hanzo-app").send().text();
    assert!(older.contains(&idp(&world).0));
    // An address that is not known to be the person's is not said.
    sql(&world, "UPDATE users SET email_verified = 0 WHERE name = 'bob'");
    let page = followed(&mut browser, &request(&world, &mail, None)).text();
    let status = read(&world, &page, Some("_q1"), &pair).unwrap_err().to_string();
    assert!(status.contains("InvalidNameIDPolicy"), "{status}");
    let page = followed(&mut browser, &request(&world, &usual(), None)).text();
    let login = read(&world, &page, Some("_q1"), &pair).unwrap();
    assert!(login.attributes.iter().all(|one| one.name != "Email"));
}

#[test]
fn a_request_that_must_be_signed_is_and_the_assertion_is_encrypted() {
    let (pair, other) = (Pair::new(), Pair::new());
    let attributes = json!([
        {"name": "who", "nameFormat": "urn:x", "value": "$user.owner/$user.name <$user.email>"},
        {"name": "nothing", "value": "$user.phone"},
    ]);
    let world = world(&json!({
        "samlMetadata": sp_metadata(Some(&pair), true, true), "samlAttributes": attributes,
    }));
    let mut browser = Browser::new(&world);
    for (forged, why) in [(None, "not signed"), (Some(&other), "not of a trusted key")] {
        let answer = browser.get(&request(&world, &usual(), forged));
        assert!(
            answer.status().as_u16() == 400 && answer.text().contains(why),
            "{}",
            answer.text()
        );
    }
    let page = followed(&mut browser, &request(&world, &usual(), Some(&pair))).text();
    let message = from_form(&field(&page, "SAMLResponse").unwrap()).unwrap();
    assert!(!String::from_utf8(message).unwrap().contains("bob"));
    let login = read(&world, &page, Some("_q1"), &pair).unwrap();
    assert_eq!(said(&login, "who"), "hanzo/bob <bob@hanzo.example>");
    assert_eq!(login.attributes.len(), 1);
    // By a form of the service provider's own page, without our cookies.
    let destination = format!("{ISSUER}{BASE}/sso");
    let head = Head { id: "_q2", now: world.clock.now(), issuer: SP, destination: &destination };
    let signer = pair.signer();
    let text = pollster::block_on(message::authn_request(&head, &usual()).signed(&signer)).unwrap();
    let value = Base64::encode_string(text.as_bytes());
    let form = [("SAMLRequest", value.as_str()), ("RelayState", "r")];
    let call = world.post(&format!("{BASE}/sso")).header("origin", "https://wiki.example");
    let answer = call.header("sec-fetch-site", "cross-site").form(&form).send();
    let page = followed(&mut browser, &location(&answer)).text();
    assert!(read(&world, &page, Some("_q2"), &pair).is_ok());
}

#[test]
fn the_response_goes_to_an_address_of_the_record_only() {
    let world = world(&json!({ "samlMetadata": sp_metadata(None, false, false) }));
    let mut browser = Browser::new(&world);
    for (issuer, acs) in [
        (SP, "https://evil.example/acs"),
        (SP, "https://wiki.example/saml/acs/../evil"),
        ("https://evil.example", CONSUMER),
    ] {
        let changed = AuthnRequest { acs_url: acs, ..AuthnRequest::default() };
        let answer = browser.get(&request_of(&world, issuer, &changed, None));
        assert_eq!(answer.status().as_u16(), 400, "{issuer} {acs}");
    }
    // The record has changed while the person was at the page.
    let path = location(&browser.get(&request(&world, &usual(), None)));
    let moved = json!({"samlMetadata": sp_metadata(None, false, false).replace("/acs", "/other")});
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&moved).send().ok();
    let page = followed(&mut browser, &path);
    assert_eq!(page.status().as_u16(), 400, "{}", page.text());
    assert!(!page.text().contains("SAMLResponse"));
    for (member, value) in [
        ("samlReplyUrl", json!("javascript:alert(1)")),
        ("samlMetadata", json!("<x/>")),
        ("samlAttributes", json!([{"value": "x"}])),
        ("samlNameIdFormat", json!("urn:x")),
        ("samlMetadata", json!(sp_metadata(None, false, true))),
    ] {
        let refused = world
            .put("/v1/iam/applications/admin/hanzo-app")
            .of("root")
            .json(&json!({ member: value }))
            .send();
        assert!(refused.refused(400).to_string().contains(member), "{member}");
    }
}

#[test]
fn what_cannot_be_met_is_reported_by_its_status() {
    let pair = Pair::new();
    let world = world(&json!({ "samlMetadata": sp_metadata(None, false, false) }));
    let status = |browser: &mut Browser<'_>, changed: &AuthnRequest<'_>| {
        let page = followed(browser, &request(&world, changed, None)).text();
        read(&world, &page, Some("_q1"), &pair).map(drop).map_err(|error| error.to_string())
    };
    let mut nobody = Browser::new(&world);
    let passive = AuthnRequest { is_passive: true, ..usual() };
    assert!(status(&mut nobody, &passive).unwrap_err().ends_with(":NoPassive"));
    let odd = AuthnRequest { name_id_format: Some("urn:x"), ..usual() };
    assert!(status(&mut nobody, &odd).unwrap_err().ends_with(":InvalidNameIDPolicy"));
    let card = AuthnRequest { contexts: &["urn:x:SmartcardPKI"], ..usual() };
    assert!(status(&mut nobody, &card).unwrap_err().ends_with(":NoAuthnContext"));
    let mut bob = Browser::new(&world);
    assert_eq!(status(&mut bob, &usual()), Ok(()));
    assert_eq!(status(&mut bob, &passive), Ok(()));
    // The person signs in anew.
    let forced = AuthnRequest { force_authn: true, ..usual() };
    let path = location(&bob.get(&request(&world, &forced, None)));
    let page = location(&bob.get(&path.replace(ISSUER, "")));
    assert!(bob.get(&page).text().contains("name=\"password\""));
    // Erin is of another organization, which the application does not admit.
    let mut other = Browser::new(&world);
    let path = location(&other.get(&request(&world, &usual(), None)));
    let page = location(&other.get(&path.replace(ISSUER, "")));
    let token = form_token(&other.get(&page).text());
    let form = [("form_token", token.as_str()), ("username", "acme/dave"), ("password", PASSWORD)];
    let refused = other.post(&page, &form);
    assert!(!refused.text().contains("SAMLResponse"), "{}", refused.text());
}

/// The code is good in the browser of its person alone, once, and gives no token.
#[test]
fn what_leads_back_to_us_is_of_no_use_elsewhere() {
    let world = world(&json!({ "samlMetadata": sp_metadata(None, false, false) }));
    let stopped = |browser: &mut Browser<'_>| {
        let mut path = request(&world, &usual(), None);
        loop {
            let next = location(&browser.get(&path)).replace(ISSUER, "");
            if next.contains("/continue?") {
                return next;
            }
            path = next;
        }
    };
    let mut bob = Browser::new(&world);
    bob.sign_in(&[], "bob", PASSWORD);
    let mut alice = Browser::new(&world);
    alice.sign_in(&[], "alice", PASSWORD);
    let theirs = stopped(&mut bob);
    assert_eq!(alice.get(&theirs).status().as_u16(), 400, "login CSRF at the application");
    assert_eq!(bob.get(&theirs).status().as_u16(), 400, "once");
    let own = stopped(&mut bob);
    let code = crate::browser::parameter(&own, "code").unwrap();
    let back = format!("{ISSUER}{BASE}/continue");
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "hanzo-app"),
        ("code", code.as_str()),
        ("redirect_uri", back.as_str()),
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    ];
    let refused = world.post("/v1/iam/oauth/token").form(&form).send();
    assert_eq!(refused.status().as_u16(), 400, "{}", refused.text());
    // An application that speaks no SAML has no such address.
    let world = World::demo();
    let query = crate::browser::query(&[("redirect_uri", &back)]);
    let path = format!("/v1/iam/oauth/authorize?{query}");
    assert_eq!(world.get(&path).send().status().as_u16(), 400);
}

/// The browser carries them through the sign-in.
#[test]
fn what_the_application_requires_cannot_be_removed_from_the_address() {
    let pair = Pair::new();
    let world = world(&json!({ "samlMetadata": sp_metadata(None, false, false) }));
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "bob", PASSWORD);
    world.clock.advance(120);
    let usual = usual();
    for (asked, removed, status) in [
        (
            AuthnRequest { contexts: &["https://refeds.org/profile/mfa"], ..usual },
            "acr_values=",
            ":NoAuthnContext",
        ),
        (AuthnRequest { force_authn: true, ..usual }, "prompt=", ":AuthnFailed"),
    ] {
        let away = location(&browser.get(&request(&world, &asked, None)));
        let address = away.strip_prefix(ISSUER).unwrap_or(&away);
        let kept: Vec<_> = address.split('&').filter(|it| !it.starts_with(removed)).collect();
        assert_ne!(kept.join("&"), address);
        let page = followed(&mut browser, &kept.join("&")).text();
        let refused = read(&world, &page, Some("_q1"), &pair).unwrap_err();
        assert!(refused.to_string().contains(status), "{refused}");
    }
}

/// A tenant that registers the address of another's service provider signs with another key.
#[test]
fn no_organization_signs_with_the_key_of_another() {
    let world = world(&json!({ "samlMetadata": sp_metadata(None, false, false) }));
    let record = json!({ "samlMetadata": sp_metadata(None, false, false) });
    world.put("/v1/iam/applications/acme/acme-app").of("dave").json(&record).send().ok();
    let (id, keys) = idp(&world);
    let theirs = world.get("/v1/iam/saml/idp/acme/acme-app/metadata").send().text();
    let theirs = metadata::read(theirs.as_bytes(), world.clock.now()).unwrap().remove(0);
    assert_ne!(theirs.id, id);
    let their_keys: Vec<_> = theirs.roles[0]
        .signing_keys()
        .filter_map(hanzo_iam::core::saml::metadata::Key::verifying)
        .collect();
    assert!(!their_keys.is_empty() && !keys.contains(&their_keys[0]));
}

#[test]
fn a_logout_at_the_application_ends_the_session_here_and_a_logout_here_tells_it() {
    let pair = Pair::new();
    let world = world(&json!({ "samlMetadata": sp_metadata(Some(&pair), false, false) }));
    let mut browser = Browser::new(&world);
    let signed_in = |browser: &mut Browser<'_>| {
        let page = followed(browser, &request(&world, &usual(), None)).text();
        read(&world, &page, Some("_q1"), &pair).unwrap()
    };
    let login = signed_in(&mut browser);
    let destination = format!("{ISSUER}{BASE}/slo");
    let asked = |id: &str, index: &str, pair: Option<&Pair>| {
        let now = world.clock.now();
        let head = Head { id, now, issuer: SP, destination: &destination };
        let text = message::logout_request(&head, &login.name_id, Some(index), now.plus(60));
        let signer = pair.map(Pair::signer);
        let text = text.plain().unwrap();
        let query = message::to_query(Kind::Request, &text, Some("r"), signer.as_ref());
        format!("{BASE}/slo?{}", pollster::block_on(query).unwrap())
    };
    let index = login.session_index.clone().unwrap();
    assert_eq!(browser.get(&asked("_1", &index, None)).status().as_u16(), 400);
    assert_eq!(browser.get(&asked("_1", &index, Some(&Pair::new()))).status().as_u16(), 400);
    browser.get(&asked("_2", "_another", Some(&pair)));
    assert_eq!(browser.get("/v1/iam/account").body()["status"], "ok");
    let answer = browser.get(&asked("_3", &index, Some(&pair)));
    assert!(location(&answer).starts_with(&format!("{LOGOUT}?SAMLResponse=")));
    assert_eq!(browser.get("/v1/iam/account").body()["status"], "error");

    let entry = "SELECT * FROM audit_entries WHERE action = 'samlIdentityProviderLogout'";
    assert_eq!(sql(&world, entry).len(), 1);

    let login = signed_in(&mut browser);
    let form = [("post_logout_redirect_uri", "https://unregistered.example")];
    let page = browser.post("/v1/iam/oauth/logout", &form).text();
    let frame = page.split("src=\"").nth(1).unwrap().split('"').next().unwrap();
    let frame = frame.replace("&amp;", "&");
    assert!(frame.starts_with(&format!("{LOGOUT}?SAMLRequest=")), "{frame}");
    let redirect =
        hanzo_iam::core::saml::binding::Redirect::from_query(frame.split_once('?').unwrap().1)
            .unwrap();
    let (issuer, keys) = idp(&world);
    let verified = redirect.verify(&RustCrypto, &keys, Algorithms::default());
    pollster::block_on(verified).unwrap();
    let document = parse(&redirect.message, &Limits::MESSAGE).unwrap();
    let expected = logout::Expected {
        now: world.clock.now(),
        issuer: &issuer,
        destination: LOGOUT,
        signed: true,
    };
    let told = logout::request(&document, &expected).unwrap();
    assert_eq!(told.name_id, Some(login.name_id));
    assert_eq!(told.session_indexes, [login.session_index.unwrap()]);
    assert!(sql(&world, "SELECT id FROM saml_sessions").is_empty());
}
