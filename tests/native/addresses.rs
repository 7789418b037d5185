//! A new address of a person who is signed in (ATTACKS G-97).

use hanzo_iam::{
    core::{locale::Language, message::Channel},
    origin::{
        api::signin::addresses::{self, AddressError, Caller},
        domain::guesses::Guesser,
        pages::letters::Sender,
        store::users::{self, User},
    },
};
use serde_json::json;

use crate::{
    codes::with_codes,
    world::{Answer, World},
};

const IP: &str = "192.0.2.1";

const fn caller(guesser: &Guesser) -> Caller<'_> {
    let sender =
        Sender { language: Language::English, application: "Hanzo", organization: "Hanzo" };
    Caller { ip: IP, guesser, sender }
}

fn user(world: &World, name: &str) -> User {
    let database = &*world.origin.database;
    pollster::block_on(users::find(database, "hanzo", name)).unwrap().unwrap()
}

/// As the account page asks: by the session's token.
fn ask(world: &World, dest: &str) -> Answer {
    let token = crate::oauth::tokens(world)["access_token"].as_str().unwrap().to_owned();
    let body = json!({"purpose": "verify", "dest": dest, "type": "email"});
    world.post("/v1/iam/verification-codes").bearer(&token).json(&body).send()
}

fn confirm(world: &World, name: &str, address: &str, code: &str) -> Result<User, AddressError> {
    let before = user(world, name);
    let kind = if address.starts_with('+') { Channel::Sms } else { Channel::Email };
    let guesser = Guesser::of_network(IP);
    let confirmed =
        addresses::confirm(&world.origin, caller(&guesser), &before, kind, address, code);
    let confirmed = pollster::block_on(confirmed);
    pollster::block_on(world.origin.send_outbox());
    confirmed
}

#[test]
fn a_new_address_takes_effect_with_its_code_and_the_old_one_is_told() {
    let (world, mailbox) = with_codes();
    ask(&world, "Bob@New.Example").ok();
    assert_eq!(mailbox.last().to().address(), "bob@new.example");
    assert_eq!(user(&world, "bob").email, "bob@hanzo.example");
    let code = mailbox.last_code();
    // For another account, and for another address.
    assert!(matches!(confirm(&world, "alice", "bob@new.example", &code), Err(AddressError::Wrong)));
    let other = confirm(&world, "bob", "mallory@evil.example", &code);
    assert!(matches!(other, Err(AddressError::Wrong)));
    let after = confirm(&world, "bob", "bob@new.example", &code).unwrap();
    assert_eq!((after.email.as_str(), after.email_verified), ("bob@new.example", true));
    let notice = mailbox.last();
    assert_eq!(notice.to().address(), "bob@hanzo.example");
    assert!(notice.text().contains("bob@new.example"));
    let again = confirm(&world, "bob", "bob@new.example", &code);
    assert!(matches!(again, Err(AddressError::Wrong)));
}

#[test]
fn a_phone_number_is_verified_by_a_text_message() {
    let (world, mailbox) = with_codes();
    let bob = user(&world, "bob");
    let guesser = Guesser::of_network(IP);
    let asked =
        addresses::ask(&world.origin, caller(&guesser), &bob, Channel::Sms, "+1 555 000 0042");
    pollster::block_on(asked).unwrap();
    pollster::block_on(world.origin.send_outbox());
    let text = mailbox.last().text().to_owned();
    let after = confirm(&world, "bob", "+15550000042", text.lines().next().unwrap()).unwrap();
    assert_eq!(after.phone, "+15550000042");
}

/// The request does not say who has an address; the code, which only its owner reads, does.
#[test]
fn an_address_of_another_account_is_refused_only_to_who_has_its_code() {
    let (world, mailbox) = with_codes();
    ask(&world, "alice@hanzo.example").ok();
    let taken = confirm(&world, "bob", "alice@hanzo.example", &mailbox.last_code());
    assert!(matches!(taken, Err(AddressError::Taken)), "{taken:?}");
    assert_eq!(user(&world, "bob").email, "bob@hanzo.example");
}

#[test]
fn a_code_for_an_address_needs_the_person() {
    let (world, mailbox) = with_codes();
    let body = json!({"purpose": "verify", "dest": "bob@new.example"});
    let answer = world.post("/v1/iam/verification-codes").json(&body).send();
    assert_eq!(answer.body()["code"], "login_required");
    assert_eq!(mailbox.count(), 0);
}
