//! `prompt=select_account`: the choice among the accounts of a browser.

use http::StatusCode;

use crate::{
    account_pages::field,
    browser::{Browser, form_token, location, parameter},
    consent,
    oauth::{redeem, sql, text},
    world::{Answer, PASSWORD, World},
};

const SELECT: (&str, &str) = ("prompt", "select_account");

/// A browser in which alice and then bob have signed in.
fn both(world: &World) -> Browser<'_> {
    let mut browser = Browser::new(world);
    browser.sign_in(&[], "alice", PASSWORD);
    browser.sign_in(&[("prompt", "login")], "bob", PASSWORD);
    browser
}

fn page(browser: &mut Browser<'_>, changes: &[(&str, &str)]) -> (String, String) {
    let address = location(&browser.authorize(changes));
    let page = browser.get(&address);
    assert_eq!(page.status(), StatusCode::OK);
    (address, page.text())
}

/// The session that the page offers for that account.
fn session(page: &str, name: &str) -> String {
    let forms = page.split("<form").skip(1);
    let form = forms.into_iter().find(|it| it.contains(&format!("hanzo/{name}"))).expect(name);
    field(form, "choose")
}

fn choose(browser: &mut Browser<'_>, changes: &[(&str, &str)], name: &str) -> Answer {
    let (address, page) = page(browser, changes);
    let (token, session) = (form_token(&page), session(&page, name));
    browser.post(&address, &[("form_token", &token), ("choose", &session)])
}

fn subject_of(world: &World, answer: &Answer) -> String {
    let code = parameter(&location(answer), "code").expect("a code");
    let tokens = redeem(world, &code).ok();
    let (_, claims) = crate::oauth::read(text(&tokens, "id_token"));
    claims["preferred_username"].as_str().or_else(|| claims["name"].as_str()).unwrap().to_owned()
}

/// OIDC Core §3.1.2.1.
#[test]
fn the_person_chooses_among_the_accounts_that_are_signed_in() {
    let world = World::demo();
    let mut browser = both(&world);
    for name in ["alice", "bob", "alice"] {
        let answer = choose(&mut browser, &[SELECT], name);
        assert_eq!(subject_of(&world, &answer), name);
        let active = world.get("/v1/iam/whoami").header("cookie", &browser.cookie()).send().ok();
        assert_eq!(active["data"]["name"], name);
    }
    assert_eq!(sql(&world, "SELECT id FROM sessions").len(), 2);
}

#[test]
fn a_choice_is_no_sign_in() {
    let world = World::demo();
    let mut browser = both(&world);
    world.clock.advance(100);
    let answer = choose(&mut browser, &[SELECT, ("max_age", "60")], "alice");
    assert!(answer.text().contains("id=\"password\""), "{}", answer.text());
    assert!(answer.text().contains("value=\"alice\""));
    let (_, shown) = page(&mut browser, &[("prompt", "select_account login")]);
    assert!(shown.contains("id=\"password\""));
}

#[test]
fn the_account_that_the_client_names_comes_first() {
    let world = World::demo();
    let mut browser = both(&world);
    let first = |page: &str, name: &str| {
        let place = |name: &str| page.find(&format!("hanzo/{name}")).unwrap();
        ["alice", "bob"].iter().all(|other| place(name) <= place(other))
    };
    let (_, shown) = page(&mut browser, &[SELECT]);
    assert!(first(&shown, "bob"));
    for hint in ["alice", "alice@hanzo.example", "hanzo/alice"] {
        let (_, shown) = page(&mut browser, &[SELECT, ("login_hint", hint)]);
        assert!(first(&shown, "alice"), "{hint}");
    }
}

#[test]
fn another_account_signs_in_beside_those_that_are() {
    let world = World::demo();
    let mut browser = Browser::new(&world);
    browser.sign_in(&[], "alice", PASSWORD);
    let (address, shown) = page(&mut browser, &[SELECT]);
    let another = format!("{address}&another=1");
    assert!(shown.contains(&another.replace('&', "&amp;")), "{shown}");
    let form = browser.get(&another).text();
    let token = form_token(&form);
    let form = [("form_token", &*token), ("username", "bob"), ("password", PASSWORD)];
    let answer = browser.post(&address, &form);
    assert_eq!(subject_of(&world, &answer), "bob");
    assert_eq!(sql(&world, "SELECT id FROM sessions").len(), 2);
}

#[test]
fn the_page_that_asks_for_consent_lets_another_account_sign_in() {
    let world = consent::world();
    let mut browser = consent::bob(&world);
    let (address, page) = consent::page(&mut browser, &[]);
    let another = format!("{address}&another=1");
    assert!(page.text().contains(&another.replace('&', "&amp;")), "{}", page.text());
    assert!(browser.get(&another).text().contains("id=\"password\""));
    let silent = location(&browser.authorize(&consent::asking(&[("prompt", "none")])));
    assert_eq!(parameter(&silent, "error").as_deref(), Some("consent_required"));
}

#[test]
fn one_account_or_all_are_signed_out_on_the_page() {
    let world = World::demo();
    let mut browser = both(&world);
    let (address, shown) = page(&mut browser, &[SELECT]);
    let (token, alice) = (form_token(&shown), session(&shown, "alice"));
    browser.post(&address, &[("form_token", &token), ("sign_out", &alice)]);
    let (address, shown) = page(&mut browser, &[SELECT]);
    assert!(shown.contains("hanzo/bob") && !shown.contains("hanzo/alice"));
    let token = form_token(&shown);
    browser.post(&address, &[("form_token", &token), ("sign_out", "all")]);
    assert!(page(&mut browser, &[SELECT]).1.contains("id=\"password\""));
    assert!(sql(&world, "SELECT id FROM sessions").is_empty());
}

/// ATTACKS C-52: neither another site nor a known id chooses for the person.
#[test]
fn a_choice_needs_the_token_of_the_page_and_a_session_of_this_browser() {
    let world = World::demo();
    let mut browser = both(&world);
    let mut stranger = Browser::new(&world);
    stranger.sign_in(&[], "alice", PASSWORD);
    let (address, shown) = page(&mut browser, &[SELECT]);
    let theirs = session(&page(&mut stranger, &[SELECT]).1, "alice");
    let (token, alice) = (form_token(&shown), session(&shown, "alice"));
    for (token, chosen) in [("AAAA", alice.as_str()), (token.as_str(), theirs.as_str())] {
        for field in ["choose", "sign_out"] {
            let answer = browser.post(&address, &[("form_token", token), (field, chosen)]);
            assert!(!answer.text().contains("code="), "{}", answer.text());
            let active = world.get("/v1/iam/whoami").header("cookie", &browser.cookie()).send();
            assert_eq!(active.ok()["data"]["name"], "bob");
        }
    }
    assert_eq!(sql(&world, "SELECT id FROM sessions").len(), 3);
}
