//! What strangers can do to an account from outside: they guess, ask for codes, and keep no one out of it
//! (ATTACKS G-97, G-98).

use std::rc::Rc;

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    browser::{Browser, form_token, location},
    codes::{page, with_codes},
    mailbox::Mailbox,
    oauth::sql,
    world::{Answer, CLOUD_SECRET, PASSWORD, World},
};

/// One of as many networks as a stranger has.
fn network(number: usize) -> String {
    format!("2001:db8:{number:x}::1")
}

/// The code of a login by that browser; `ok` if it is right.
fn login(browser: &mut Browser<'_>, world: &World, username: &str, password: &str) -> Value {
    let body = json!({
        "type": "login", "application": "hanzo-app", "username": username, "password": password,
    });
    let mut call = world.post("/v1/iam/login").header("cookie", &browser.cookie()).json(&body);
    browser.ip.clone_into(&mut call.request.client_ip);
    let answer = browser.keep(call.send()).body();
    if answer["status"] == "ok" { json!("ok") } else { answer["code"].clone() }
}

fn from(world: &World, number: usize, username: &str, password: &str) -> Value {
    login(&mut Browser::at(world, &network(number)), world, username, password)
}

/// Guesses at the password of `username`, each from another network.
fn guess(world: &World, username: &str, guesses: usize) {
    for number in 0..guesses {
        from(world, 1000 + number, username, "wrong password");
    }
}

fn step(browser: &mut Browser<'_>, step: &str, form: &[(&str, &str)]) -> Answer {
    let token = form_token(&browser.get(&page()).text());
    let mut all = vec![("form_token", &*token), ("step", step)];
    all.extend_from_slice(form);
    browser.post(&page(), &all)
}

#[test]
fn wrong_passwords_of_a_stranger_lock_out_the_stranger_only() {
    let world = World::demo();
    for _ in 0..5 {
        assert_eq!(from(&world, 1, "alice", "wrong password"), "invalid_credentials");
    }
    assert_eq!(from(&world, 1, "alice", PASSWORD), "signin_locked");
    assert_eq!(from(&world, 2, "alice", PASSWORD), "ok");
    assert_eq!(from(&world, 1, "alice", PASSWORD), "signin_locked");
    world.clock.advance(15 * 60);
    assert_eq!(from(&world, 1, "alice", PASSWORD), "ok");
}

#[test]
fn guesses_from_everywhere_slow_other_networks_and_no_browser_that_is_known() {
    let world = World::demo();
    let mut known = Browser::at(&world, &network(1));
    assert_eq!(login(&mut known, &world, "alice", PASSWORD), "ok");
    known.cookies.retain(|(name, _)| name.contains("hanzo_known"));
    assert_eq!(known.cookies.len(), 1);
    guess(&world, "alice", 60);
    assert_eq!(from(&world, 2, "alice", PASSWORD), "signin_locked");
    // Not in another network either, nor under another login of the account.
    known.ip = network(3);
    for username in ["alice", "ALICE", "hanzo/alice"] {
        assert_eq!(login(&mut known, &world, username, PASSWORD), "ok", "{username}");
    }
    // Whatever the stranger goes on to do, the delay is a quarter of an hour.
    for round in 0..200 {
        guess(&world, "alice", 1);
        world.clock.advance(30);
        from(&world, 2000 + round, "alice", "wrong password");
    }
    world.clock.advance(15 * 60);
    assert_eq!(from(&world, 2, "alice", PASSWORD), "ok");
}

/// Many people share a network: an office, a mobile operator's gateway.
#[test]
fn a_neighbour_who_guesses_locks_no_known_browser_of_the_network_out() {
    let world = World::demo();
    let mut known = Browser::at(&world, &network(1));
    assert_eq!(login(&mut known, &world, "alice", PASSWORD), "ok");
    for number in 0..40 {
        let mut neighbour = Browser::at(&world, &network(1));
        login(&mut neighbour, &world, &format!("name{}", number / 4), "wrong password");
        login(&mut neighbour, &world, "alice", "wrong password");
    }
    let body = json!({
        "type": "login", "application": "hanzo-app", "username": "alice", "password": PASSWORD,
    });
    let mut stranger = world.post("/v1/iam/login").json(&body);
    stranger.request.client_ip = network(1);
    stranger.send().refused(429);
    assert_eq!(login(&mut known, &world, "alice", PASSWORD), "ok");
}

#[test]
fn a_neighbour_who_types_codes_keeps_no_known_browser_from_typing_its_own() {
    let (world, mailbox) = with_codes();
    let mut known = Browser::at(&world, &network(1));
    assert_eq!(login(&mut known, &world, "bob", PASSWORD), "ok");
    known.cookies.retain(|(name, _)| name.contains("hanzo_known"));
    for number in 0..70 {
        let mut neighbour = Browser::at(&world, &network(1));
        let form = [("username", &*format!("name{number}")), ("code", "000000")];
        step(&mut neighbour, "forgot-verify", &form);
    }
    assert_eq!(sends(&mailbox, &mut known, "code", "bob"), 1);
    let answer = step(&mut known, "code-verify", &[("code", &mailbox.last_code())]);
    assert!(location(&answer).contains("code="), "{}", answer.text());
}

/// The cookie says nothing about another account, and is worth nothing without its MAC.
#[test]
fn a_known_browser_is_known_for_its_own_accounts_and_has_five_guesses_too() {
    let world = World::demo();
    let mut browser = Browser::at(&world, &network(1));
    assert_eq!(login(&mut browser, &world, "bob", PASSWORD), "ok");
    browser.cookies.retain(|(name, _)| name.contains("hanzo_known"));
    guess(&world, "alice", 60);
    assert_eq!(login(&mut browser, &world, "alice", PASSWORD), "signin_locked");
    for _ in 0..5 {
        assert_eq!(login(&mut browser, &world, "bob", "wrong password"), "invalid_credentials");
    }
    assert_eq!(login(&mut browser, &world, "bob", PASSWORD), "signin_locked");
    // Its network has not guessed: without the cookie it is a stranger there.
    assert_eq!(from(&world, 1, "bob", PASSWORD), "ok");
    let forged = browser.cookies[0].1.split('.').next().unwrap().to_owned();
    browser.cookies[0].1 = format!("{forged}.{}", "A".repeat(22));
    guess(&world, "bob", 60);
    assert_eq!(login(&mut browser, &world, "bob", PASSWORD), "signin_locked");
}

/// ATTACKS G-98: no order of guesses reveals that two logins are of one account.
#[test]
fn guesses_under_all_logins_of_an_account_count_together_and_no_answer_says_so() {
    let world = World::demo();
    for username in ["bob", "bob@hanzo.example", "BOB", "hanzo/bob", "bob@hanzo.example"] {
        assert_eq!(from(&world, 1, username, "wrong password"), "invalid_credentials");
    }
    for username in ["bob", "bob@hanzo.example"] {
        assert_eq!(from(&world, 1, username, PASSWORD), "invalid_credentials", "{username}");
    }
    assert_eq!(from(&world, 2, "bob", PASSWORD), "ok");
    world.clock.advance(15 * 60);
    assert_eq!(from(&world, 1, "bob", PASSWORD), "ok");
}

#[test]
fn a_new_password_opens_the_locks_of_every_network() {
    let world = World::demo();
    guess(&world, "bob", 60);
    for number in 5000..5003 {
        from(&world, number, "bob", "wrong password");
        assert_eq!(from(&world, number, "bob", PASSWORD), "signin_locked");
    }
    let set = json!({"password": "another password"});
    world.put("/v1/iam/users/hanzo/bob").of("alice").json(&set).send().ok();
    for number in 5000..5003 {
        assert_eq!(from(&world, number, "bob", "another password"), "ok");
    }
}

/// A person who signs in often in new browsers is no stranger.
#[test]
fn right_passwords_are_not_slowed() {
    let world = World::demo();
    for number in 0..80 {
        assert_eq!(from(&world, number, "alice", PASSWORD), "ok", "{number}");
    }
    let grant = [("grant_type", "password"), ("username", "alice"), ("password", PASSWORD)];
    for _ in 0..80 {
        world.post("/v1/iam/oauth/token").basic("hanzo-cloud", CLOUD_SECRET).form(&grant).send();
    }
    assert_eq!(from(&world, 1, "alice", PASSWORD), "ok");
}

/// The demo, in whose `hanzo-app` people sign up.
fn signing_up() -> (World, Rc<Mailbox>) {
    let (world, mailbox) = with_codes();
    sql(
        &world,
        "UPDATE applications SET attributes = json_set(attributes, '$.enableSignUp', \
         json('true')) WHERE name = 'hanzo-app'",
    );
    (world, mailbox)
}

/// How many messages a request for a code sends.
fn sends(mailbox: &Mailbox, browser: &mut Browser<'_>, name: &str, login: &str) -> usize {
    let before = mailbox.count();
    let answer = step(browser, name, &[("username", login)]);
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text());
    mailbox.count() - before
}

#[test]
fn codes_of_one_purpose_do_not_use_up_those_of_another() {
    let (world, mailbox) = signing_up();
    for name in ["signup-send", "forgot-send"] {
        for number in 0..20 {
            let mut stranger = Browser::at(&world, &network(number));
            step(&mut stranger, name, &[("username", "bob@hanzo.example")]);
        }
    }
    let mut browser = Browser::at(&world, &network(100));
    assert_eq!(sends(&mailbox, &mut browser, "code", "bob"), 1);
}

#[test]
fn codes_that_strangers_ask_for_delay_a_known_browser_not_at_all_and_others_a_quarter_of_an_hour() {
    let (world, mailbox) = with_codes();
    let mut known = Browser::at(&world, &network(1));
    assert_eq!(login(&mut known, &world, "bob", PASSWORD), "ok");
    known.cookies.retain(|(name, _)| name.contains("hanzo_known"));
    for number in 0..300 {
        let mut stranger = Browser::at(&world, &network(1000 + number));
        step(&mut stranger, "code", &[("username", "bob")]);
        step(&mut stranger, "code-verify", &[("username", "bob"), ("code", "000000")]);
        world.clock.advance(10);
    }
    // Strangers get little through: an address is not flooded.
    assert!(mailbox.count() <= 16, "{}", mailbox.count());
    assert_eq!(sends(&mailbox, &mut known, "code", "bob"), 1);
    let answer = step(&mut known, "code-verify", &[("code", &mailbox.last_code())]);
    assert!(location(&answer).contains("code="));
    world.clock.advance(15 * 60);
    let mut other = Browser::at(&world, &network(2));
    assert_eq!(sends(&mailbox, &mut other, "code", "bob"), 1);
}

/// The bound of an address is not one that its purposes or the organizations multiply for strangers.
#[test]
fn an_address_is_sent_ten_codes_of_a_sign_up_and_then_one_in_an_hour() {
    let (world, mailbox) = signing_up();
    for number in 0..720 {
        let mut stranger = Browser::at(&world, &network(number));
        step(&mut stranger, "signup-send", &[("username", "zoe@new.example")]);
        world.clock.advance(60);
    }
    assert!((17..=26).contains(&mailbox.count()), "{}", mailbox.count());
}

/// ATTACKS G-98: too many codes tell nothing about an account, on the pages or to a call.
#[test]
fn too_many_codes_are_answered_alike_for_known_and_unknown_logins() {
    let mut all = Vec::new();
    for logins in [["bob", "bob@hanzo.example"], ["ned", "ned@hanzo.example"]] {
        let (world, _) = with_codes();
        let mut seen = Vec::new();
        for number in 0..15 {
            for login in logins {
                for name in ["code", "forgot-send"] {
                    let mut browser = Browser::at(&world, &network(number));
                    seen.push(step(&mut browser, name, &[("username", login)]).status());
                }
                for method in ["login", "forget"] {
                    let body = json!({
                        "applicationId": "admin/hanzo-app", "method": method, "dest": login,
                    });
                    let mut call = world.post("/v1/iam/verification-codes").json(&body);
                    call.request.client_ip = network(200 + number);
                    seen.push(call.send().status());
                }
            }
        }
        all.push(seen);
    }
    assert_eq!(all[0], all[1]);
    assert!(all[0].contains(&StatusCode::OK));
}
