//! `tests/vectors/ldap/hostile.json`, and other answers of a hostile or broken server.

use proptest::prelude::*;
use serde_json::Value;

use super::{directory, drive, server, settings, unhex, vectors::text};
use crate::core::ldap::{
    Action, BerError, Cursor, Event, Exchange, Incoming, LdapError, Lookup, Message, Pull,
    SyncScope,
};

#[test]
fn every_hostile_answer_has_its_verdict() {
    let file = include_str!("../../../../tests/vectors/ldap/hostile.json");
    let file: Value = serde_json::from_str(file).unwrap();
    let messages = file["messages"].as_array().unwrap();
    for message in messages {
        let directory = directory(settings());
        let mut exchange = Exchange::new(&directory, Lookup::new("alice").unwrap());
        assert!(matches!(exchange.next(Event::Connected), Action::Send(_)));
        let mut action = exchange.next(Event::Received(&unhex(text(message, "hex"))));
        if matches!(action, Action::Receive) {
            action = exchange.next(Event::Closed);
        }
        // Accepted: the bind is done and the search goes out.
        let accepted = match action {
            Action::Send(_) => true,
            Action::Fail(_) => false,
            other => panic!("{other:?}"),
        };
        assert_eq!(accepted, message["expected"] == "accept", "{}", text(message, "name"));
    }
    assert_eq!(messages.len(), 10);
}

#[test]
fn a_huge_length_is_refused_by_the_header_alone() {
    let mut incoming = Incoming::new(1 << 20);
    assert_eq!(
        incoming.push(&unhex("30847fffffff")),
        Err(LdapError::TooLarge { announced: 0x7fff_ffff, limit: 1 << 20 })
    );
}

#[test]
fn lengths_are_definite_and_of_four_octets_at_most() {
    for bytes in ["3080", "3085000000000c", "30ff"] {
        let error = Incoming::new(1 << 20).push(&unhex(bytes)).unwrap_err();
        assert!(
            matches!(&error, LdapError::Message(error) if error.source == BerError::Length),
            "{bytes}: {error}"
        );
    }
    // As Active Directory writes them.
    let long = unhex("3084000000100201016184000000070a010004000400");
    assert_eq!(Incoming::new(1 << 20).push(&long).unwrap().len(), 1);
}

#[test]
fn a_message_of_more_values_than_the_limit_is_refused() {
    let value: &[u8] = b"";
    let values = vec![value; 65_537];
    let entry = server::entry(2, "", &[("member", &values)]);
    assert_eq!(Message::decode(&entry).unwrap_err().source, BerError::TooMany);
    let values = vec![value; 65_536];
    assert!(Message::decode(&server::entry(2, "", &[("member", &values)])).is_ok());
}

#[test]
fn references_without_end_are_refused() {
    let mut settings = settings();
    settings.limits.range = 3;
    let directory = directory(settings);
    let reference = server::message(2, &unhex("73080406616263646566"));
    let answers = [server::bound(1), reference.repeat(4)];
    let (outcome, _) = drive(&directory, Lookup::new("alice").unwrap(), &answers);
    assert_eq!(outcome.unwrap_err(), LdapError::TooManyReferences(3));
}

#[test]
fn more_bytes_than_the_limit_are_refused() {
    let mut settings = settings();
    settings.limits.received = 1024;
    let directory = directory(settings);
    let big = vec![b'x'; 1100];
    let answers = [server::bound(1), server::entry(2, "", &[("cn", &[&big])])];
    let (outcome, _) = drive(&directory, Lookup::new("alice").unwrap(), &answers);
    assert_eq!(outcome.unwrap_err(), LdapError::TooMuch(1024));
}

#[test]
fn empty_pages_without_end_are_refused() {
    let mut settings = settings();
    settings.limits.range = 2;
    let directory = directory(settings);
    let mut answers = vec![server::bound(1)];
    answers.extend((2..100).map(|id| server::page_done(id, b"again")));
    let pull = Pull::new(&Cursor::new(SyncScope::Full)).unwrap();
    let (outcome, _) = drive(&directory, pull, &answers);
    assert_eq!(outcome.unwrap_err(), LdapError::TooManyPages(64));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, size in 1..9_usize) {
        let mut incoming = Incoming::new(4096);
        for chunk in bytes.chunks(size) {
            if incoming.push(chunk).is_err() {
                break;
            }
        }
        let _ = Message::decode(&bytes);
    }
}

#[test]
fn a_damaged_refusal_is_success_only_if_the_code_itself_became_0() {
    let directory = directory(settings());
    for at in 0..14 {
        for byte in 0..=255 {
            let mut bytes = unhex("300c02010161070a013104000400");
            bytes[at] = byte;
            let (_, sent) = drive(&directory, Lookup::new("alice").unwrap(), &[bytes]);
            assert_eq!(sent.len() > 1, at == 9 && byte == 0, "byte {at} is {byte}");
        }
    }
}
