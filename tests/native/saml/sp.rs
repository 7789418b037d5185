//! Sign-in at an identity provider that speaks SAML 2.0.

use base64ct::{Base64, Encoding};
use hanzo_iam::core::saml::{
    Algorithms,
    binding::{Redirect, from_form},
    metadata::{self, Use},
    signature::verify,
    xml::{Limits, parse},
};
use hanzo_iam::{platform::native::RustCrypto, ports::Clock};
use serde_json::{Value, json};

use super::peer::*;
use crate::{
    browser::{Browser, form_token, location, parameter},
    oauth::sql,
    world::{Answer, ISSUER, World},
};

fn described(world: &World) -> metadata::Entity {
    let path = "/v1/iam/saml/sp/hanzo/okta/metadata";
    let answer = world.get(path).send();
    assert_eq!(answer.header("content-type"), Some("application/samlmetadata+xml"));
    let text = answer.text();
    let entity = metadata::read(text.as_bytes(), world.clock.now()).unwrap().remove(0);
    let keys: Vec<_> = entity.roles[0]
        .signing_keys()
        .filter_map(hanzo_iam::core::saml::metadata::Key::verifying)
        .collect();
    let checked = metadata::verified(
        &RustCrypto,
        text.as_bytes(),
        &keys,
        Algorithms::default(),
        world.clock.now(),
    );
    assert_eq!(pollster::block_on(checked).unwrap(), std::slice::from_ref(&entity));
    entity
}

#[test]
fn a_person_signs_in_and_gets_an_account_by_what_is_said() {
    let pair = Pair::new();
    let world = world(&pair, &json!({}));
    let mut browser = Browser::new(&world);
    let answer = answered(&world, &mut browser, &pair, "ada@corp.example", |said| {
        said.attributes.push(("email".to_owned(), vec!["Ada@Corp.example".to_owned()]));
    });
    assert_eq!(answer.status().as_u16(), 303, "{}", answer.text());
    let page = location(&answer);
    assert!(page.starts_with("/login/oauth/authorize?") && page.contains("&arrived="), "{page}");
    let answer = browser.get(&page);
    assert!(parameter(&location(&answer), "code").is_some(), "{}", answer.text());
    let users =
        sql(&world, "SELECT display_name, email, email_verified FROM users WHERE name = 'ada'");
    assert_eq!(users[0]["display_name"], "Ada L.");
    assert_eq!(
        (&users[0]["email"], &users[0]["email_verified"]),
        (&json!("ada@corp.example"), &json!(0))
    );
    let linked = sql(&world, "SELECT subject, provider, details FROM identities");
    assert_eq!(linked[0]["subject"], "emailAddress:ada@corp.example");
    assert_eq!(linked[0]["provider"], "hanzo/okta");
    assert_eq!(last_attempt(&world), (String::new(), String::new()));

    let mut another = Browser::new(&world);
    let answer = answered(&world, &mut another, &pair, "ada@corp.example", |_| {});
    let answer = another.get(&location(&answer));
    assert!(parameter(&location(&answer), "code").is_some(), "{}", answer.text());
    assert_eq!(sql(&world, "SELECT id FROM users WHERE name LIKE 'ada%'").len(), 1);
}

#[test]
fn the_request_is_signed_and_names_where_the_response_goes() {
    let pair = Pair::new();
    let world = world(&pair, &json!({"nameIdFormat": PERSISTENT}));
    let entity = described(&world);
    assert_eq!(entity.id, format!("{ISSUER}/v1/iam/saml/sp/hanzo/okta/metadata"));
    assert_eq!(entity.roles[0].consumers[0].location, format!("{ISSUER}{ACS}"));
    let keys: Vec<_> = entity.roles[0]
        .signing_keys()
        .filter_map(hanzo_iam::core::saml::metadata::Key::verifying)
        .collect();
    let address = leave(&mut Browser::new(&world));
    let (sso, query) = address.split_once('?').unwrap();
    assert_eq!(sso, SSO);
    let redirect = Redirect::from_query(query).unwrap();
    let verified = redirect.verify(&RustCrypto, &keys, Algorithms::default());
    pollster::block_on(verified).unwrap();
    let text = String::from_utf8(redirect.message).unwrap();
    for said in [&format!("\"{ISSUER}{ACS}\""), PERSISTENT, &format!("Destination=\"{SSO}\"")] {
        assert!(text.contains(said), "{text}");
    }
    let state = redirect.relay_state.unwrap();
    assert!(state.len() <= 80, "SAML bindings §3.4.3");

    // By a form, where metadata has no other binding; it says that requests are to be signed.
    let post = format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{IDP}\">\
         <md:IDPSSODescriptor WantAuthnRequestsSigned=\"true\" \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:KeyDescriptor>\
         <ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>{}\
         </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{SSO}\"/>\
         </md:IDPSSODescriptor></md:EntityDescriptor>",
        pair.pem().lines().nth(1).unwrap()
    );
    let by_metadata = json!({"metadata": post, "enableSignAuthnRequest": false});
    world.put("/v1/iam/providers/hanzo/okta").of("alice").json(&by_metadata).send().ok();
    let mut browser = Browser::new(&world);
    let token = form_token(&browser.get(&page()).text());
    let form = [("form_token", token.as_str()), ("step", "provider"), ("provider", "hanzo/okta")];
    let posting = browser.post(&page(), &form).text();
    assert!(posting.contains(&format!("action=\"{SSO}\"")), "{posting}");
    let value = posting.split("name=\"SAMLRequest\" value=\"").nth(1).unwrap();
    let message = from_form(value.split('"').next().unwrap()).unwrap();
    let document = parse(&message, &Limits::MESSAGE).unwrap();
    let root = document.root().unwrap();
    let signed = verify(&RustCrypto, root, &keys, Algorithms::default(), &Limits::MESSAGE);
    assert!(pollster::block_on(signed).is_ok());
}

#[test]
fn an_assertion_that_is_encrypted_for_us_is_read_after_our_key_has_changed() {
    let pair = Pair::new();
    let world = world(&pair, &json!({}));
    let entity = described(&world);
    let ours = entity.roles[0].keys.iter().find(|key| key.usage == Use::Encryption).unwrap();
    let for_us = ours.verifying().unwrap();
    let signs_in = |days: i64| {
        world.clock.advance(days * 24 * 3600);
        pollster::block_on(world.origin.scheduled()).unwrap();
        let mut browser = Browser::new(&world);
        let address = leave(&mut browser);
        let said = Said::of(&world, "ada@corp.example", Some(&request_id(&address)));
        let answer = post(&world, ACS, &said.encrypted(&pair, &for_us), "");
        answer.status().as_u16() == 303
    };
    assert!(signs_in(0));
    let certificates = |world: &World| {
        let keys = described(world).roles.remove(0).keys;
        let of = |usage| keys.iter().filter(|key| key.usage == usage).count();
        (
            of(Use::Signing),
            keys.iter()
                .any(|key| key.certificate == ours.certificate && key.usage == Use::Encryption),
            of(Use::Encryption),
        )
    };
    assert_eq!(certificates(&world), (1, true, 1));
    // Three months before the end of three years the next key is published beside it.
    assert!(signs_in(3 * 365 - 90));
    assert_eq!(certificates(&world), (2, true, 1));
    assert!(signs_in(90));
    assert_eq!(certificates(&world), (2, false, 1));
    assert!(signs_in(29), "a month for what was encrypted before");
    assert!(!signs_in(2));
    assert_eq!(last_attempt(&world).0, "response");
    assert_eq!(certificates(&world), (1, false, 1));
}

/// Keys of the organization, the latest first: state and certificate (DER).
fn our_keys(world: &World) -> Vec<(String, Vec<u8>)> {
    let list = world.get("/v1/iam/saml-keys").of("alice").send().ok();
    let read = |key: &Value| {
        let pem = key["certificate"].as_str().unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        (key["state"].as_str().unwrap().to_owned(), Base64::decode_vec(&body).unwrap())
    };
    list["samlKeys"].as_array().unwrap().iter().map(read).collect()
}

fn discard(world: &World, at: usize) -> Answer {
    let list = world.get("/v1/iam/saml-keys").of("alice").send().ok();
    let kid = list["samlKeys"][at]["kid"].as_str().unwrap().to_owned();
    world.delete(&format!("/v1/iam/saml-keys/hanzo/{kid}")).of("alice").send()
}

#[test]
fn a_saml_key_that_may_have_leaked_is_discarded_and_another_one_signs_at_once() {
    let pair = Pair::new();
    let world = world(&pair, &json!({}));
    let states = || our_keys(&world).into_iter().map(|(state, _)| state).collect::<Vec<_>>();
    let first = described(&world).roles.remove(0).keys.remove(0);
    assert_eq!(our_keys(&world), [("signing".to_owned(), first.certificate.clone())]);
    let announce = |body: Value| world.post("/v1/iam/saml-keys").of("alice").json(&body).send();
    for late in ["2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "soon"] {
        announce(json!({"signsFrom": late})).refused(400);
    }
    announce(json!({})).ok();
    assert_eq!(states(), ["announced", "signing"]);
    announce(json!({})).refused(409);
    let successor = our_keys(&world)[0].1.clone();
    // What was encrypted for the key that is gone is not read, and the successor signs.
    let read = |certificate: &[u8]| {
        let key = metadata::Key { usage: Use::Encryption, certificate: certificate.to_vec() };
        let mut browser = Browser::new(&world);
        let address = leave(&mut browser);
        let said = Said::of(&world, "ada@corp.example", Some(&request_id(&address)));
        let message = said.encrypted(&pair, &key.verifying().unwrap());
        post(&world, ACS, &message, "").status().as_u16() == 303
    };
    assert!(read(&first.certificate));
    discard(&world, 1).ok();
    assert_eq!(our_keys(&world), [("signing".to_owned(), successor.clone())]);
    assert!(!read(&first.certificate) && read(&successor));
    let published = described(&world).roles.remove(0).keys;
    assert!(published.iter().all(|key| key.certificate == successor));
    // A key that is kept to decrypt does not sign again: a new one is made.
    announce(json!({"signsFrom": world.clock.now()})).refused(400);
    announce(json!({"signsFrom": "2026-12-26T00:00:00Z"})).ok();
    world.clock.advance(40 * 24 * 3600);
    assert_eq!(states(), ["signing", "kept"]);
    discard(&world, 0).ok();
    let keys = our_keys(&world);
    assert_eq!(states(), ["signing", "kept"]);
    assert_eq!(keys[1].1, successor);
    assert_ne!(described(&world).roles.remove(0).keys[0].certificate, successor);
    discard(&world, 1).ok();
    assert_eq!(states(), ["signing"]);
    let entries = sql(&world, "SELECT 1 FROM audit_entries WHERE action = 'discardSamlKey'");
    assert_eq!(entries.len(), 3);
    world.delete("/v1/iam/saml-keys/hanzo/none").of("alice").send().refused(404);
    // The first key of an organization signs at once, although its successor is asked for.
    let first = world.post("/v1/iam/saml-keys").of("dave").json(&json!({})).send().ok();
    let keys = first["samlKeys"].as_array().unwrap();
    let states: Vec<_> = keys.iter().map(|key| key["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["announced", "signing"]);
}

#[test]
fn metadata_at_an_address_is_fetched_again_for_a_new_key_and_must_be_signed_if_the_record_says_so()
{
    let (pair, next, signer) = (Pair::new(), Pair::new(), Pair::new());
    let of = |pair: &Pair, signed_by: &Pair| {
        let role = metadata::Role {
            kind: metadata::RoleKind::IdentityProvider,
            saml2: true,
            keys: vec![metadata::Key {
                usage: Use::Signing,
                certificate: pair.certificate.clone(),
            }],
            single_sign_on: vec![metadata::Endpoint {
                binding: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect".to_owned(),
                location: SSO.to_owned(),
                response_location: None,
                index: None,
                default: false,
            }],
            single_logout: Vec::new(),
            consumers: Vec::new(),
            name_id_formats: Vec::new(),
            requests_signed: false,
            wants_signed_assertions: false,
        };
        let entity = metadata::Entity { id: IDP.to_owned(), valid_until: None, roles: vec![role] };
        let signer = signed_by.signer();
        let written = hanzo_iam::core::saml::describe::metadata(&entity, "_m", Some(&signer));
        pollster::block_on(written).unwrap()
    };
    let url = json!({
        "metadataUrl": "https://idp.example/metadata", "metadataCertificate": signer.pem(),
    });
    let world = world(&pair, &url);
    world.outbound.status.set(200);
    world.outbound.body.replace(of(&pair, &signer));
    let mut browser = Browser::new(&world);
    let first = answered(&world, &mut browser, &pair, "ada@corp.example", |_| {});
    assert_eq!(first.status().as_u16(), 303, "{:?}", last_attempt(&world));
    assert_eq!(world.outbound.requests.borrow().len(), 1);
    world.outbound.body.replace(of(&next, &signer));
    world.clock.advance(120);
    let second = answered(&world, &mut browser, &next, "ada@corp.example", |_| {});
    assert_eq!(second.status().as_u16(), 303, "{:?}", last_attempt(&world));
    assert_eq!(world.outbound.requests.borrow().len(), 2);
    // The old key is no longer one of its keys, and what another has signed is no metadata.
    world.clock.advance(7200);
    world.outbound.body.replace(of(&pair, &pair));
    let page = browser.get(&page()).text();
    let form = [
        ("form_token", form_token(&page)),
        ("step", "provider".to_owned()),
        ("provider", "hanzo/okta".to_owned()),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, &**value)).collect();
    let refused = browser.post(&super::peer::page(), &form);
    assert_eq!(refused.status().as_u16(), 502);
    assert!(!refused.text().contains("signature"));
    assert_eq!(last_attempt(&world).0, "metadata");
}

#[test]
fn a_record_that_cannot_be_used_is_refused_by_the_member_that_is_wrong() {
    let pair = Pair::new();
    let world = world(&pair, &json!({}));
    let expired = "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"x\" \
                   validUntil=\"2020-01-01T00:00:00Z\"/>";
    let doctype = format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{expired}");
    for (member, value) in [
        ("cert", json!("MIIB")),
        ("cert", json!("")),
        ("certs", json!("x")),
        ("endpoint", json!("javascript:alert(1)")),
        ("endpoint", json!("http://idp.example/sso")),
        ("singleLogoutUrl", json!("ftp://idp.example")),
        ("issuerUrl", json!("")),
        ("metadata", json!("<x/>")),
        ("metadata", json!(expired)),
        ("metadata", json!(doctype)),
        ("metadataUrl", json!("http://idp.example/metadata")),
        ("allowUnsolicited", json!("yes")),
        ("danger_sha1", json!(1)),
    ] {
        let refused = world
            .put("/v1/iam/providers/hanzo/okta")
            .of("alice")
            .json(&json!({ member: value }))
            .send();
        let text = refused.refused(400).to_string();
        assert!(text.contains(member), "{member} {value}: {text}");
    }
    // Casdoor has the certificate in `idP`.
    let older = json!({"cert": "", "idP": pair.pem()});
    world.put("/v1/iam/providers/hanzo/okta").of("alice").json(&older).send().ok();
    let answer = answered(&world, &mut Browser::new(&world), &pair, "a@corp.example", |_| {});
    assert_eq!(answer.status().as_u16(), 303);
}

#[test]
fn casdoors_address_takes_responses_for_a_record_that_says_so() {
    let pair = Pair::new();
    let older = format!("{ISSUER}/api/acs");
    let world = world(&pair, &json!({ "spEntityId": older }));
    let mut browser = Browser::new(&world);
    let address = leave(&mut browser);
    let mut said = Said::of(&world, "ada@corp.example", Some(&request_id(&address)));
    said.audience.clone_from(&older);
    said.recipient.clone_from(&older);
    let answer = post(&world, "/api/acs", &said.signed(&pair), "");
    assert_eq!(answer.status().as_u16(), 303, "{}", answer.text());
    let answer = browser.get(&location(&answer));
    assert!(parameter(&location(&answer), "code").is_some());
}

#[test]
fn an_unsolicited_response_begins_a_session_only_where_it_is_allowed_and_the_person_confirms_it() {
    let pair = Pair::new();
    let world = world(&pair, &json!({}));
    let mut linked = Browser::new(&world);
    let answer = answered(&world, &mut linked, &pair, "ada@corp.example", |_| {});
    linked.get(&location(&answer));
    world.clock.advance(1);
    let unasked = |id: &str| {
        let mut said = Said::of(&world, "ada@corp.example", None);
        said.id = id.to_owned();
        said.signed(&pair)
    };
    let refused = post(&world, ACS, &unasked("_1"), "https://evil.example/");
    assert_eq!(refused.status().as_u16(), 403);
    assert_eq!(
        last_attempt(&world),
        ("response".to_owned(), "the response is unsolicited".to_owned())
    );
    let allowed = json!({"allowUnsolicited": true});
    world.put("/v1/iam/providers/hanzo/okta").of("alice").json(&allowed).send().ok();
    let answer = post(&world, ACS, &unasked("_2"), "https://evil.example/");
    let page = location(&answer).replace(ISSUER, "");
    assert!(page.starts_with("/v1/iam/saml/sp/hanzo/okta/confirm?ticket="), "{page}");
    let mut browser = Browser::new(&world);
    let shown = browser.get(&page);
    assert!(shown.text().contains("Okta") && shown.text().contains("Ada L."), "{}", shown.text());
    assert_eq!(browser.get("/v1/iam/account").body()["status"], "error");
    let ticket = parameter(&page, "ticket").unwrap();
    let path = page.split('?').next().unwrap();
    // Another site's form has no token.
    assert_eq!(browser.post(path, &[("ticket", &ticket)]).status().as_u16(), 403);
    let token = form_token(&shown.text());
    let confirmed = browser.post(path, &[("ticket", &ticket), ("form_token", &token)]);
    let next = location(&confirmed).replace(ISSUER, "");
    assert!(next.starts_with("/login?again=1&organization=hanzo&arrived="), "{next}");
    browser.get(&next);
    assert_eq!(browser.get("/v1/iam/account").body()["status"], "ok");
    // The ticket is taken once, and so is the assertion.
    world.clock.advance(1);
    let again = browser.post(path, &[("ticket", &ticket), ("form_token", &token)]);
    assert_eq!(again.status().as_u16(), 403);
    assert_eq!(post(&world, ACS, &unasked("_2"), "").status().as_u16(), 403);
    assert_eq!(last_attempt(&world).0, "replay");
}
