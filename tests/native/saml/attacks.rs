//! ATTACKS G-101: what must not sign a person in.

use hanzo_iam::core::{saml::NameId, token::Role};
use serde_json::json;

use super::peer::*;
use crate::{
    browser::{Browser, location, parameter},
    oauth::sql,
    world::{ISSUER, World},
};

fn refused(world: &World, pair: &Pair, altered: impl FnOnce(&mut Said)) -> (String, String) {
    let mut browser = Browser::new(world);
    let answer = answered(world, &mut browser, pair, "ada@corp.example", altered);
    assert_eq!(answer.status().as_u16(), 403, "{}", answer.text());
    let text = answer.text();
    assert!(text.contains("could not be verified") && text.contains(">test<"), "{text}");
    assert!(!text.contains("audience") && !text.contains("signature"), "{text}");
    assert!(sql(world, "SELECT * FROM users WHERE name = 'ada'").is_empty());
    last_attempt(world)
}

#[test]
fn what_is_for_others_of_others_or_altered_is_refused() {
    let (pair, other) = (Pair::new(), Pair::new());
    let world = world(&pair, &json!({}));
    let says = |detail: &str, seen: (String, String)| {
        assert!(seen.0 == "response" && seen.1.contains(detail), "{detail}: {seen:?}");
    };
    says("not of a trusted key", refused(&world, &other, |_| {}));
    says(
        "issuer",
        refused(&world, &pair, |said| "https://other.example".clone_into(&mut said.issuer)),
    );
    says(
        "audience",
        refused(&world, &pair, |said| {
            said.audience = format!("{ISSUER}/v1/iam/saml/sp/hanzo/other/metadata");
        }),
    );
    says(
        "destination",
        refused(&world, &pair, |said| {
            said.recipient = format!("{ISSUER}/v1/iam/saml/sp/hanzo/other/acs");
        }),
    );
    says("expired", refused(&world, &pair, |said| said.at = said.at.plus(-400)));
    says("time of issue", refused(&world, &pair, |said| said.at = said.at.plus(61)));
    let transient = |said: &mut Said| said.name.format = Some(TRANSIENT.to_owned());
    let (check, detail) = refused(&world, &pair, transient);
    assert!(check == "NameID" && detail.contains("userMapping.subject"), "{detail}");
    let mapped = json!({"userMapping": {"subject": "employee"}});
    world.put("/v1/iam/providers/hanzo/okta").of("alice").json(&mapped).send().ok();
    let answer = answered(&world, &mut Browser::new(&world), &pair, "x", |said| {
        transient(said);
        said.attributes.push(("employee".to_owned(), vec!["7".to_owned()]));
    });
    assert_eq!(answer.status().as_u16(), 303, "{:?}", last_attempt(&world));
}

/// A name of one format is not the same name in another: a person may choose a username that is the address of
/// somebody else.
#[test]
fn a_name_in_another_format_is_another_person() {
    let pair = Pair::new();
    let world = world(&pair, &json!({}));
    let subject_of = |format: Option<&str>, qualifier: Option<&str>| {
        let mut browser = Browser::new(&world);
        let answer = answered(&world, &mut browser, &pair, "ada@corp.example", |said| {
            said.name = NameId {
                value: "ada@corp.example".to_owned(),
                format: format.map(str::to_owned),
                qualifier: qualifier.map(str::to_owned),
                sp_qualifier: None,
            };
            said.attributes.clear();
        });
        browser.get(&location(&answer));
        let newest = "SELECT subject FROM identities ORDER BY created_at DESC LIMIT 1";
        sql(&world, newest)[0]["subject"].as_str().unwrap().to_owned()
    };
    assert_eq!(subject_of(None, None), "unspecified:ada@corp.example");
    assert_eq!(subject_of(Some(PERSISTENT), Some(IDP)), "persistent:ada@corp.example");
    let foreign = subject_of(Some(PERSISTENT), Some("https://elsewhere.example"));
    assert_eq!(foreign, "persistent:https://elsewhere.example!ada@corp.example");
}

#[test]
fn a_response_is_used_once_in_the_browser_that_asked() {
    let pair = Pair::new();
    let world = world(&pair, &json!({}));
    let (mut victim, mut thief) = (Browser::new(&world), Browser::new(&world));
    thief.get(&page());
    let address = leave(&mut victim);
    let said = Said::of(&world, "ada@corp.example", Some(&request_id(&address)));
    let message = said.signed(&pair);
    let page = location(&post(&world, ACS, &message, ""));
    // Whoever learns the ticket has another cookie, and the ticket is gone then.
    let stolen = thief.get(&page);
    assert!(!stolen.text().contains("code="), "{}", stolen.text());
    assert_eq!(stolen.status().as_u16(), 403);
    assert_eq!(victim.get(&page).status().as_u16(), 403);
    world.clock.advance(1);
    assert_eq!(post(&world, ACS, &message, "").status().as_u16(), 403);
    // The same assertion for another request of the same browser.
    let address = leave(&mut victim);
    let (next, state) = (request_id(&address), parameter(&address, "RelayState").unwrap());
    assert_ne!(next, said.answers.clone().unwrap());
    let answer = post(&world, ACS, &message, &state);
    assert_eq!(answer.status().as_u16(), 403);
    world.clock.advance(1);
    let address = leave(&mut victim);
    let again = Said { answers: Some(request_id(&address)), ..said };
    assert_eq!(post(&world, ACS, &again.signed(&pair), &state).status().as_u16(), 403);
    assert_eq!(last_attempt(&world).0, "replay");
}

#[test]
fn a_response_for_another_provider_of_ours_is_refused() {
    let pair = Pair::new();
    let world = world(&pair, &json!({}));
    let mut second = record(&pair, &json!({}));
    second["name"] = json!("second");
    world.post("/v1/iam/providers").of("alice").json(&second).send().ok();
    // Of acme, with the entity ID and the keys of the provider of hanzo.
    let mut foreign = record(&pair, &json!({}));
    foreign["owner"] = json!("acme");
    world.post("/v1/iam/providers").of("dave").json(&foreign).send().ok();
    for path in ["/v1/iam/saml/sp/hanzo/second/acs", "/v1/iam/saml/sp/acme/okta/acs"] {
        world.clock.advance(1);
        let address = leave(&mut Browser::new(&world));
        let said = Said::of(&world, "ada@corp.example", Some(&request_id(&address)));
        let answer = post(&world, path, &said.signed(&pair), "");
        assert_eq!(answer.status().as_u16(), 403);
        let (check, detail) = last_attempt(&world);
        assert!(check == "response" && detail.contains("another provider"), "{detail}");
    }
    let gone = json!({"disableSignin": true});
    let address = leave(&mut Browser::new(&world));
    let said = Said::of(&world, "ada@corp.example", Some(&request_id(&address)));
    world.put("/v1/iam/providers/hanzo/okta").of("alice").json(&gone).send().ok();
    assert_eq!(post(&world, ACS, &said.signed(&pair), "").status().as_u16(), 404);
}

/// The address is that of an administrator who has not said that the provider may name it.
#[test]
fn an_address_in_an_assertion_links_no_account() {
    let pair = Pair::new();
    let world = world(&pair, &json!({}));
    let binding = json!({"providers": [
        {"name": "okta", "canSignUp": true, "bindingRule": ["Email"]},
    ]});
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&binding).send().ok();
    let mut browser = Browser::new(&world);
    let answer = answered(&world, &mut browser, &pair, "bob@hanzo.example", |_| {});
    let page = browser.get(&location(&answer));
    assert_eq!(page.status().as_u16(), 403, "{}", page.text());
    assert_eq!(last_attempt(&world).0, "account");
    let trusts = json!({"trustEmail": true});
    world.put("/v1/iam/providers/hanzo/okta").of("alice").json(&trusts).send().ok();
    let answer = answered(&world, &mut browser, &pair, "bob@hanzo.example", |_| {});
    let answer = browser.get(&location(&answer));
    assert!(parameter(&location(&answer), "code").is_some(), "{}", answer.text());
}

/// An administrator of the organization who replaces the certificate of a provider speaks for accounts that hold
/// no more than administrators.
#[test]
fn the_word_of_a_provider_opens_no_account_that_holds_more_than_its_administrators() {
    let (pair, replaced) = (Pair::new(), Pair::new());
    let world = world(&pair, &json!({"trustEmail": true}));
    let binding = json!({"providers": [
        {"name": "okta", "canSignUp": true, "bindingRule": ["Email"]},
    ]});
    world.put("/v1/iam/applications/admin/hanzo-app").of("root").json(&binding).send().ok();
    let signs_in = |pair: &Pair| {
        let mut browser = Browser::new(&world);
        let answer = answered(&world, &mut browser, pair, "bob@hanzo.example", |_| {});
        let answer = browser.get(&location(&answer));
        answer.status().as_u16() == 303 && parameter(&location(&answer), "code").is_some()
    };
    assert!(signs_in(&pair));
    let other = json!({"cert": replaced.pem()});
    world.put("/v1/iam/providers/hanzo/okta").of("alice").json(&other).send().ok();
    assert!(signs_in(&replaced));
    world.join("hanzo", "bob", "hanzo", Role::Owner);
    assert!(!signs_in(&replaced));
}
