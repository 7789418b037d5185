//! Single logout with an identity provider.

use hanzo_iam::{
    core::saml::{
        Algorithms, NameId,
        binding::{Kind, Redirect},
        logout, message,
        message::Head,
        metadata,
        xml::{Limits, parse},
    },
    platform::native::RustCrypto,
    ports::Clock,
};
use serde_json::json;

use super::peer::*;
use crate::{
    browser::{Browser, location, parameter},
    oauth::sql,
    world::{ISSUER, PASSWORD, World},
};

const PATH: &str = "/v1/iam/saml/sp/hanzo/okta/slo";

fn name(value: &str) -> NameId {
    NameId {
        value: value.to_owned(),
        format: Some(EMAIL.into()),
        qualifier: None,
        sp_qualifier: None,
    }
}

/// The query of a request of the identity provider, signed if there is a pair.
fn request(world: &World, id: &str, who: &str, pair: Option<&Pair>) -> String {
    let destination = format!("{ISSUER}{PATH}");
    let now = world.clock.now();
    let head = Head { id, now, issuer: IDP, destination: &destination };
    let text = message::logout_request(&head, &name(who), None, now.plus(300)).plain().unwrap();
    let signer = pair.map(Pair::signer);
    let query = message::to_query(Kind::Request, &text, Some("relayed"), signer.as_ref());
    format!("{PATH}?{}", pollster::block_on(query).unwrap())
}

fn signed_in<'a>(world: &'a World, pair: &Pair, who: &str) -> Browser<'a> {
    let mut browser = Browser::new(world);
    let answer = answered(world, &mut browser, pair, who, |_| {});
    browser.get(&location(&answer));
    assert_eq!(browser.get("/v1/iam/account").body()["status"], "ok");
    browser
}

fn is_in(browser: &mut Browser<'_>) -> bool {
    browser.get("/v1/iam/account").body()["status"] == "ok"
}

/// The message in an address, whose signature is ours.
fn ours(world: &World, address: &str) -> Redirect {
    let described = world.get("/v1/iam/saml/sp/hanzo/okta/metadata").send().text();
    let entity = metadata::read(described.as_bytes(), world.clock.now()).unwrap().remove(0);
    let keys: Vec<_> = entity.roles[0]
        .signing_keys()
        .filter_map(hanzo_iam::core::saml::metadata::Key::verifying)
        .collect();
    let redirect = Redirect::from_query(address.split_once('?').unwrap().1).unwrap();
    let verified = redirect.verify(&RustCrypto, &keys, Algorithms::default());
    pollster::block_on(verified).unwrap();
    redirect
}

#[test]
fn a_logout_there_ends_the_sessions_of_the_person_here_that_began_there() {
    let pair = Pair::new();
    let world = world(&pair, &json!({}));
    let mut ada = signed_in(&world, &pair, "ada@corp.example");
    let mut other = signed_in(&world, &pair, "eve@corp.example");
    let mut by_password = Browser::new(&world);
    by_password.sign_in(&[], "bob", PASSWORD);

    for (forged, why) in [(None, "not signed"), (Some(&Pair::new()), "not of a trusted key")] {
        world.clock.advance(1);
        let refused = world.get(&request(&world, "_1", "ada@corp.example", forged)).send();
        assert_eq!(refused.status().as_u16(), 403);
        let (check, detail) = last_attempt(&world);
        assert!(check == "message" && detail.contains(why), "{detail}");
    }
    assert!(is_in(&mut ada));

    let address = request(&world, "_2", "ada@corp.example", Some(&pair));
    let answer = ada.get(&address);
    let back = location(&answer);
    assert!(back.starts_with(&format!("{SLO}?SAMLResponse=")), "{back}");
    let redirect = ours(&world, &back);
    assert_eq!(redirect.relay_state.as_deref(), Some("relayed"));
    let document = parse(&redirect.message, &Limits::MESSAGE).unwrap();
    let issuer = format!("{ISSUER}/v1/iam/saml/sp/hanzo/okta/metadata");
    let expected = logout::Expected {
        now: world.clock.now(),
        issuer: &issuer,
        destination: SLO,
        signed: true,
    };
    assert_eq!(logout::response(&document, &expected, "_2"), Ok(()));
    assert!(!is_in(&mut ada));
    assert!(is_in(&mut other) && is_in(&mut by_password));

    let entry = "SELECT * FROM audit_entries WHERE action = 'samlServiceProviderLogout'";
    assert_eq!(sql(&world, entry).len(), 1);

    // A request that was seen on the way ends no later session.
    world.clock.advance(1);
    let mut again = signed_in(&world, &pair, "ada@corp.example");
    world.clock.advance(1);
    assert_eq!(world.get(&address).send().status().as_u16(), 403);
    assert_eq!(last_attempt(&world).0, "replay");
    let late = request(&world, "_3", "ada@corp.example", Some(&pair));
    world.clock.advance(700);
    assert_eq!(world.get(&late).send().status().as_u16(), 403);
    assert!(is_in(&mut again));
}

#[test]
fn a_logout_here_goes_on_there_and_comes_back_to_the_address_of_the_client() {
    let pair = Pair::new();
    let world = world(&pair, &json!({}));
    let registered = json!({"postLogoutRedirectUris": ["https://cloud.hanzo.ai/out"]});
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&registered).send().ok();
    let mut ada = signed_in(&world, &pair, "ada@corp.example");
    let form = [
        ("client_id", "hanzo-app"),
        ("post_logout_redirect_uri", "https://cloud.hanzo.ai/out"),
        ("state", "s1"),
    ];
    let answer = ada.post("/v1/iam/oauth/logout", &form);
    let address = location(&answer);
    assert!(address.starts_with(&format!("{SLO}?SAMLRequest=")), "{address}");
    let redirect = ours(&world, &address);
    let document = parse(&redirect.message, &Limits::MESSAGE).unwrap();
    let issuer = format!("{ISSUER}/v1/iam/saml/sp/hanzo/okta/metadata");
    let expected = logout::Expected {
        now: world.clock.now(),
        issuer: &issuer,
        destination: SLO,
        signed: true,
    };
    let asked = logout::request(&document, &expected).unwrap();
    assert_eq!(asked.name_id, Some(name("ada@corp.example")));
    assert_eq!(asked.session_indexes, ["_index"]);
    assert!(!is_in(&mut ada));

    let state = parameter(&address, "RelayState").unwrap();
    let head = Head {
        id: "_o",
        now: world.clock.now(),
        issuer: IDP,
        destination: &format!("{ISSUER}{PATH}"),
    };
    let text = message::logout_response(&head, &asked.id).plain().unwrap();
    let back = |state: &str| {
        let signer = pair.signer();
        let query = message::to_query(Kind::Response, &text, Some(state), Some(&signer));
        format!("{PATH}?{}", pollster::block_on(query).unwrap())
    };
    // The address of another site as RelayState leads nowhere.
    let elsewhere = ada.get(&back("https://evil.example/"));
    assert_eq!(location(&elsewhere), "/login?signed_out=1");
    let back = back(&state);
    assert_eq!(location(&ada.get(&back)), "https://cloud.hanzo.ai/out?state=s1");
    assert_eq!(location(&ada.get(&back)), "/login?signed_out=1", "once");

    // A person who signed in by a password goes nowhere else.
    let mut bob = Browser::new(&world);
    bob.sign_in(&[], "bob", PASSWORD);
    let answer = bob.post("/v1/iam/oauth/logout", &form);
    assert_eq!(location(&answer), "https://cloud.hanzo.ai/out?state=s1");
    assert!(sql(&world, "SELECT id FROM federation_requests WHERE stage = 'out'").is_empty());
}
