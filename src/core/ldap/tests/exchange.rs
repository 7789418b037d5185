//! The order of a sign-in, and what ends it.

use super::{READER, directory, drive, secret, server, settings};
use crate::core::ldap::{
    Action, Active, Asked, Directory, Event, Exchange, Fault, LdapError, Lookup, PolicyError,
    ResultCode, Settings, SignIn, TlsMode, request,
};

const ALICE: &str = "uid=alice,ou=people,dc=hanzo,dc=test";

fn sign_in() -> SignIn {
    SignIn::new("alice", secret("correct-alice")).unwrap()
}

fn found(id: u32) -> Vec<u8> {
    [server::person(id, "alice", 7), server::done(id)].concat()
}

#[test]
fn a_sign_in_binds_searches_and_binds_as_the_person() {
    let directory = directory(settings());
    let answers = [server::bound(1), found(2), server::bound(3)];
    let (outcome, sent) = drive(&directory, sign_in(), &answers);
    let person = outcome.unwrap().into_person();
    assert_eq!(person.dn.as_str(), ALICE);
    assert_eq!(person.subject, "00000000-0000-0000-0000-000000000007");
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[0], request::bind(1, READER, b"correct-svc-reader", false));
    assert_eq!(sent[2], request::bind(3, ALICE, b"correct-alice", true));
}

#[test]
fn nothing_but_success_to_the_persons_bind_signs_in() {
    let directory = directory(settings());
    let outcome =
        |answer: Vec<u8>| drive(&directory, sign_in(), &[server::bound(1), found(2), answer]).0;
    assert!(outcome(server::bound(3)).is_ok());
    for (answer, error) in [
        (
            server::bound(2),
            LdapError::MessageId { asked: Asked::PersonBind, due: Some(3), found: 2 },
        ),
        (
            server::bound(4),
            LdapError::MessageId { asked: Asked::PersonBind, due: Some(3), found: 4 },
        ),
        (
            server::bound(0),
            LdapError::MessageId { asked: Asked::PersonBind, due: Some(3), found: 0 },
        ),
        (
            server::done(3),
            LdapError::Unexpected { asked: Asked::PersonBind, found: "searchResultDone" },
        ),
        (found(3), LdapError::Unexpected { asked: Asked::PersonBind, found: "searchResultEntry" }),
        (Vec::new(), LdapError::Closed(Asked::PersonBind)),
        (server::bound(3)[..6].to_vec(), LdapError::Truncated),
    ] {
        assert_eq!(outcome(answer).unwrap_err(), error);
    }
    let locked = outcome(server::bind_refused(3, 49, "")).unwrap_err();
    assert!(matches!(locked, LdapError::PersonBind { code: ResultCode::INVALID_CREDENTIALS, .. }));
    // saslBindInProgress is no success.
    assert!(outcome(server::bind_refused(3, 14, "")).is_err());
}

#[test]
fn an_answer_sent_ahead_of_its_request_is_refused() {
    let directory = directory(settings());
    // The server "answers" the person's bind before it is sent.
    let ahead = [found(2), server::bound(3)].concat();
    let (outcome, sent) = drive(&directory, sign_in(), &[server::bound(1), ahead]);
    let error = LdapError::MessageId { asked: Asked::Nothing, due: None, found: 3 };
    assert_eq!((outcome.unwrap_err(), sent.len()), (error, 2));
    // Or a part of it.
    let part = [found(2), server::bound(3)[..4].to_vec()].concat();
    let (outcome, sent) = drive(&directory, sign_in(), &[server::bound(1), part]);
    assert!(matches!(outcome, Err(LdapError::Unexpected { asked: Asked::Nothing, .. })));
    assert_eq!(sent.len(), 2);
}

#[test]
fn none_and_several_entries_are_refused_before_the_password_is_sent() {
    let directory = directory(settings());
    let two = [server::person(2, "alice", 7), server::person(2, "alice2", 8), server::done(2)];
    let limit = [server::person(2, "alice", 7), server::message(2, &server::result(0x65, 4, ""))];
    for (answer, error) in [
        (server::done(2), LdapError::NoSuchPerson),
        (two.concat(), LdapError::SeveralPeople),
        (limit.concat(), LdapError::SeveralPeople),
    ] {
        let (outcome, sent) = drive(&directory, sign_in(), &[server::bound(1), answer]);
        assert_eq!((outcome.unwrap_err(), sent.len()), (error, 2));
    }
}

#[test]
fn an_entry_outside_of_the_base_is_refused_before_the_password_is_sent() {
    let directory = directory(settings());
    for dn in ["uid=alice,dc=evil", "", "alice", "ou=people,dc=hanzo,dc=test,dc=evil"] {
        let uuid: &[u8] = b"00000000-0000-0000-0000-000000000007";
        let answer = [server::entry(2, dn, &[("entryUUID", &[uuid])]), server::done(2)].concat();
        let (outcome, sent) = drive(&directory, sign_in(), &[server::bound(1), answer]);
        assert!(matches!(outcome, Err(LdapError::OutsideBase(_) | LdapError::Dn { .. })), "{dn}");
        assert_eq!(sent.len(), 2);
    }
}

#[test]
fn empty_and_odd_names_and_passwords_are_refused_before_connecting() {
    let sign_in = |login: &str, password: &str| SignIn::new(login, secret(password)).unwrap_err();
    assert_eq!(sign_in("alice", ""), LdapError::Empty("password"));
    assert_eq!(sign_in("", "x"), LdapError::Empty("login name"));
    assert_eq!(sign_in("alice", "\0"), LdapError::Password);
    assert_eq!(sign_in("alice", "x\0y"), LdapError::Password);
    assert_eq!(sign_in("alice", &"x".repeat(1025)), LdapError::Password);
    assert_eq!(sign_in("a\nb", "x"), LdapError::Login);
    assert_eq!(sign_in(&"x".repeat(257), "x"), LdapError::Login);
    assert_eq!(Lookup::new("").unwrap_err(), LdapError::Empty("login name"));
}

fn start_tls() -> Directory {
    directory(Settings { tls: TlsMode::StartTls, ..settings() })
}

#[test]
fn nothing_but_start_tls_is_sent_in_clear() {
    let directory = start_tls();
    let mut exchange = Exchange::new(&directory, sign_in());
    let Action::Send(first) = exchange.next(Event::Connected) else { panic!() };
    assert_eq!(first, request::start_tls(1));
    let accepted = server::message(1, &server::result(0x78, 0, ""));
    assert!(matches!(exchange.next(Event::Received(&accepted)), Action::StartTls));
    let Action::Send(second) = exchange.next(Event::Secured) else { panic!() };
    assert_eq!(second, request::bind(2, READER, b"correct-svc-reader", false));
}

#[test]
fn a_refused_start_tls_ends_the_exchange() {
    let directory = start_tls();
    for code in [1, 2, 10, 52, 53, 80] {
        let refused = server::message(1, &server::result(0x78, code, "no"));
        let (outcome, sent) = drive(&directory, sign_in(), &[refused]);
        assert!(matches!(outcome, Err(LdapError::StartTls { .. })), "{code}");
        assert_eq!(sent.len(), 1);
    }
}

#[test]
fn bytes_injected_before_tls_are_refused() {
    let directory = start_tls();
    let accepted = server::message(1, &server::result(0x78, 0, ""));
    for injected in [server::bound(2), server::bound(2)[..5].to_vec(), vec![0x30]] {
        let answer = [accepted.clone(), injected].concat();
        let (outcome, sent) = drive(&directory, sign_in(), &[answer]);
        let error = outcome.unwrap_err();
        assert!(
            matches!(error, LdapError::BytesBeforeTls | LdapError::MessageId { due: None, .. }),
            "{error}"
        );
        assert_eq!(sent.len(), 1);
    }
    // Also while TLS is being established.
    let mut exchange = Exchange::new(&directory, sign_in());
    let _ = exchange.next(Event::Connected);
    let _ = exchange.next(Event::Received(&accepted));
    let action = exchange.next(Event::Received(&server::bound(2)));
    assert!(matches!(action, Action::Fail(LdapError::BytesBeforeTls)));
}

#[test]
fn a_notice_of_disconnection_is_told_at_any_time() {
    let directory = directory(settings());
    let name = [b"\x8a\x16".as_slice(), b"1.3.6.1.4.1.1466.20036"].concat();
    let mut operation = server::result(0x78, 52, "shutting down");
    operation.extend(&name);
    operation[1] += u8::try_from(name.len()).unwrap();
    let notice = server::message(0, &operation);
    let error = LdapError::Disconnected {
        code: ResultCode::UNAVAILABLE,
        diagnostic: "shutting down".to_owned(),
    };
    for answers in [
        vec![notice.clone()],
        vec![server::bound(1), notice.clone()],
        vec![server::bound(1), [found(2), notice.clone()].concat()],
        vec![server::bound(1), found(2), notice.clone()],
    ] {
        assert_eq!(drive(&directory, sign_in(), &answers).0.unwrap_err(), error);
    }
}

#[test]
fn a_referral_is_not_followed() {
    let directory = directory(settings());
    let mut operation = server::result(0x61, 10, "");
    operation.extend(b"\xa3\x0e\x04\x0cldap://evil/");
    operation[1] += 16;
    let referral = server::message(3, &operation);
    let (outcome, sent) = drive(&directory, sign_in(), &[server::bound(1), found(2), referral]);
    let to = vec!["ldap://evil/".to_owned()];
    assert_eq!(outcome.unwrap_err(), LdapError::Referral { asked: Asked::PersonBind, to });
    assert_eq!(sent.len(), 3);
}

#[test]
fn search_references_are_ignored() {
    let directory = directory(settings());
    let reference = server::message(2, b"\x73\x0e\x04\x0cldap://evil/");
    let answer = [reference.clone(), server::person(2, "alice", 7), reference, server::done(2)];
    let answers = [server::bound(1), answer.concat(), server::bound(3)];
    assert!(drive(&directory, sign_in(), &answers).0.is_ok());
}

#[test]
fn a_person_whom_the_directory_disables_is_refused_before_the_password_is_sent() {
    let value = "TRUE".to_owned();
    let active = Active::DisabledIf { attribute: "nsAccountLock".to_owned(), value };
    let directory = directory(Settings { active, ..settings() });
    let uuid: &[u8] = b"00000000-0000-0000-0000-000000000007";
    let lock: &[u8] = b"true";
    let entry = server::entry(2, ALICE, &[("entryUUID", &[uuid]), ("nsaccountlock", &[lock])]);
    let answers = [server::bound(1), [entry, server::done(2)].concat()];
    let (outcome, sent) = drive(&directory, sign_in(), &answers);
    assert_eq!((outcome.unwrap_err(), sent.len()), (LdapError::PersonDisabled, 2));
}

#[test]
fn events_out_of_order_are_errors() {
    let directory = directory(settings());
    let mut exchange = Exchange::new(&directory, sign_in());
    assert!(matches!(exchange.next(Event::Secured), Action::Fail(LdapError::OutOfOrder(_))));
    assert!(matches!(exchange.next(Event::Connected), Action::Fail(LdapError::OutOfOrder(_))));
    let mut exchange = Exchange::new(&directory, sign_in());
    let _ = exchange.next(Event::Connected);
    let action = exchange.next(Event::TimedOut);
    assert!(matches!(action, Action::Fail(LdapError::TimedOut(Asked::ServiceBind))));
}

#[test]
fn an_object_guid_is_written_as_microsoft_does() {
    let preset = crate::core::ldap::Preset::ActiveDirectory;
    let settings = Settings {
        tls: TlsMode::PlainLocal,
        groups: crate::core::ldap::GroupRule::None,
        ..preset.settings("10.0.0.1", "dc=hanzo,dc=test", "reader@hanzo.test")
    };
    let directory = directory(settings);
    let guid: &[u8] = &[0x78, 0x56, 0x34, 0x12, 0xbc, 0x9a, 0xf0, 0xde, 1, 2, 3, 4, 5, 6, 7, 8];
    let lookup = |guid: &[u8], control: &[u8]| {
        let attributes = [("objectGUID", &[guid][..]), ("userAccountControl", &[control][..])];
        let entry = server::entry(2, "cn=a,dc=hanzo,dc=test", &attributes);
        let answers = [server::bound(1), [entry, server::done(2)].concat()];
        drive(&directory, Lookup::new("a").unwrap(), &answers).0
    };
    let person = lookup(guid, b"512").unwrap();
    assert_eq!(person.subject, "12345678-9abc-def0-0102-030405060708");
    assert!(person.active);
    assert!(!lookup(guid, b"514").unwrap().active);
    assert!(!lookup(guid, b"x").unwrap().active);
    assert!(matches!(lookup(&guid[..15], b"512"), Err(LdapError::Subject { .. })));
}

#[test]
fn a_password_that_must_be_changed_is_no_sign_in_though_the_bind_succeeds() {
    let directory = directory(settings());
    let outcome = |policy: &[u8]| {
        let answers = [server::bound(1), found(2), server::bound_with_policy(3, policy)];
        drive(&directory, sign_in(), &answers).0
    };
    for (number, expected) in [
        (0, PolicyError::PasswordExpired),
        (1, PolicyError::AccountLocked),
        (2, PolicyError::ChangeAfterReset),
        (9, PolicyError::Other(9)),
    ] {
        let error = outcome(&[0x30, 3, 0x81, 1, number]).unwrap_err();
        assert!(
            matches!(error, LdapError::PersonBind { policy: Some(policy), .. } if policy == expected)
        );
        assert_eq!(error.fault(), Fault::Person);
    }
    // A warning that the password expires in a day is none.
    assert!(outcome(&[0x30, 7, 0xa0, 5, 0x80, 3, 1, 0x51, 0x80]).is_ok());
    assert!(outcome(&[0x30, 0]).is_ok());
    assert!(outcome(&[0x30, 3, 0x81, 1]).is_err());
}

#[test]
fn no_password_is_shown() {
    let directory = directory(settings());
    let mut exchange = Exchange::new(&directory, sign_in());
    let action = exchange.next(Event::Connected);
    let sent = format!("{action:?}");
    assert!(sent.starts_with("Send(") && sent.ends_with(" bytes)"), "{sent}");
    let shown = format!("{exchange:?}");
    assert!(!shown.contains("correct-"), "{shown}");
}

#[test]
fn an_even_sign_in_takes_the_same_round_trips_whoever_is_found() {
    let directory = directory(settings());
    let even = || SignIn::new("alice", secret("wrong")).unwrap().even();
    let person = [server::person(2, "alice", 7), server::done(2)].concat();
    let two = [server::person(2, "alice", 7), server::person(2, "alice2", 8), server::done(2)];
    let elsewhere = server::entry(2, "uid=alice,dc=evil", &[]);
    let refused = server::bind_refused(3, 49, "");
    for (task, answer, last, check) in [
        (even(), person.clone(), refused, "password"),
        (even(), server::done(2), server::bound(3), "login name"),
        (even(), two.concat(), server::bound(3), "login name"),
        (even(), [elsewhere, server::done(2)].concat(), server::bound(3), "entry"),
        (SignIn::decoy("alice").unwrap(), person, server::bound(3), "password"),
        (SignIn::decoy("alice").unwrap(), server::done(2), server::bound(3), "login name"),
    ] {
        let (outcome, sent) = drive(&directory, task, &[server::bound(1), answer, last]);
        let error = outcome.unwrap_err();
        assert_eq!((error.check(), sent.len()), (check, 3), "{error}");
        assert!(error.depends_on_person());
    }
}
