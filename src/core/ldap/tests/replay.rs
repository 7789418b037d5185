//! The captured exchanges replayed to this client: each with its verdict.

use super::{READER, directory, drive, secret, settings, unhex, vectors};
use crate::core::ldap::{
    Cursor, Directory, Dn, Lookup, Outcome, Pull, Settings, SettingsError, SubjectRule, SyncScope,
};

/// The answers in an exchange, each after the request that it answers.
fn answers(name: &str) -> Vec<Vec<u8>> {
    let all = vectors::messages();
    let mut answers: Vec<Vec<u8>> = Vec::new();
    let mut after_request = true;
    for message in all.iter().filter(|message| message["exchange"] == name) {
        if message["direction"] == "client" {
            after_request = true;
            continue;
        }
        if std::mem::take(&mut after_request) {
            answers.push(Vec::new());
        }
        let bytes = unhex(vectors::text(message, "hex"));
        answers.last_mut().unwrap().extend(bytes);
    }
    answers
}

/// What a lookup makes of the exchange: the person, or the error.
fn verdict(name: &str, settings: Settings) -> String {
    let directory = directory(settings);
    let (outcome, _) = drive(&directory, Lookup::new("alice").unwrap(), &answers(name));
    match outcome {
        Ok(person) => format!("person {}", person.dn),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_captured_exchange_has_its_verdict() {
    let by_uid = |settings: Settings| Settings {
        subject: SubjectRule::Attribute("uid".to_owned()),
        ..settings
    };
    let mut judged = Vec::new();
    let mut starts = |name, settings, expected: &str| {
        let found = verdict(name, settings);
        assert!(found.starts_with(expected), "{name}: {found}");
        judged.push(name);
    };
    // One person.
    for (name, dn) in [
        ("search-memberof", "person uid=alice,ou=people"),
        ("search-comma-name", "person cn=Müller\\2C Jürgen,ou=people"),
        ("search-backslash", "person cn=Back\\5CSlash Ben,ou=people"),
        ("search-leading-space", "person cn=\\20Leading Lea,ou=people"),
        ("search-operational", "person cn=Zoë O'Neil,ou=people"),
    ] {
        starts(name, settings(), dn);
    }
    starts("search-special-filters", by_uid(settings()), "person uid=alice,ou=people");
    // Everything else is refused.
    for (name, expected) in [
        ("bind-wrong-password", "the service account cannot bind: 49 (invalidCredentials)"),
        ("bind-unknown-name", "the service account cannot bind: 49 (invalidCredentials)"),
        ("bind-empty-password", "the service account cannot bind: 53 (unwillingToPerform)"),
        ("bind-invalid-name", "the service account cannot bind: 34 (invalidDNSyntax)"),
        ("bind-ok", "extendedResponse in answer to the search for people"),
        ("bind-odd-name", "extendedResponse in answer to the search for people"),
        ("bind-backslash-name", "extendedResponse in answer to the search for people"),
        ("bind-anonymous", "the connection closed while an answer to the search for people"),
        ("search-plus-and-hash", "several entries match"),
        ("search-paged", "several entries match"),
        ("search-size-limit", "several entries match"),
        ("search-sorted", "several entries match"),
        ("abandon", "several entries match"),
        ("search-reference", "several entries match"),
        ("search-no-such-base", "the search for people fails: 32 (noSuchObject) \"\" (matched"),
        ("search-none", "no entry matches the login name"),
        ("search-groups-of", "cn=backend,ou=groups,dc=hanzo,dc=test is outside of the base"),
        ("search-group-everyone", "cn=everyone,ou=groups,dc=hanzo,dc=test is outside"),
        ("referral-result", "the server refers the search for people to [\"ldap://partner."),
        ("referral-outside", "the server refers the search for people to [\"ldap://root."),
        ("starttls", "extendedResponse in answer to the bind of the service account"),
        ("rootdse", "searchResultEntry in answer to the bind of the service account"),
        ("search-anonymous", "searchResultDone in answer to the bind of the service account"),
        ("unknown-extended", "extendedResponse in answer to the bind of the service account"),
        ("compare", "another operation in answer to the search for people"),
        ("compare-false", "another operation in answer to the search for people"),
        ("search-binary", "entryUUID of uid=multi,ou=people,dc=hanzo,dc=test is not one"),
        ("search-types-only", "entryUUID of uid=alice,ou=people,dc=hanzo,dc=test is not one"),
        ("notice-of-disconnection", "the server disconnects: 2 (protocolError) \"decoding error\""),
        ("critical-control", "the search for people fails: 12 (unavailableCriticalExtension)"),
        ("two-searches-at-once", "message id 7 while the search for people has Some(2)"),
    ] {
        starts(name, settings(), expected);
    }
    let file = include_str!("../../../../tests/vectors/ldap/exchanges.json");
    let exchanges: Vec<serde_json::Value> = serde_json::from_str(file).unwrap();
    let mut names: Vec<_> = exchanges.iter().map(|one| vectors::text(one, "exchange")).collect();
    names.retain(|name| !judged.contains(name));
    assert!(names.is_empty(), "without verdict: {names:?}");
}

#[test]
fn an_anonymous_bind_is_never_asked_for() {
    let anonymous = Settings { service_account: String::new(), ..settings() };
    let refused = Directory::new(anonymous, secret("x")).unwrap_err();
    assert_eq!(refused, SettingsError::Empty("service_account"));
    let refused = Directory::new(settings(), secret("")).unwrap_err();
    assert_eq!(refused, SettingsError::Empty("the password of the service account"));
}

#[test]
fn the_captured_person_has_attributes_subject_and_groups() {
    let directory = directory(settings());
    let (outcome, sent) =
        drive(&directory, Lookup::new("alice").unwrap(), &answers("search-memberof"));
    let person = outcome.unwrap();
    assert_eq!(person.subject, "b8ebdf3e-7d4c-1041-9649-fbd44061e7ec");
    assert_eq!(person.text("MAIL"), Some("alice@hanzo.test"));
    assert!(person.active);
    let groups: Vec<_> = person.groups.unwrap().into_iter().map(|group| group.dn).collect();
    let expected =
        ["cn=admins,ou=groups,dc=hanzo,dc=test", "CN=Engineering, ou=groups,dc=hanzo,dc=test"];
    assert_eq!(groups, expected.map(|name| Dn::parse(name).unwrap()));
    assert_eq!(sent.len(), 2);
}

#[test]
fn the_captured_pages_are_one_batch() {
    let settings = Settings {
        subject: SubjectRule::Attribute("uid".to_owned()),
        key: crate::core::ldap::KeyRule::Whole,
        service_account: READER.to_owned(),
        ..settings()
    };
    let directory = directory(settings);
    let pull = Pull::new(&Cursor::new(SyncScope::Full)).unwrap();
    let (outcome, _) = drive(&directory, pull, &answers("search-paged"));
    let batch = outcome.unwrap();
    assert_eq!((&batch.outcome, batch.pages), (&Outcome::Complete, 3));
    assert_eq!((batch.people.len(), batch.refused.len()), (20, 0));
}

#[test]
fn binary_values_are_kept_as_they_are() {
    let mut settings = settings();
    settings.subject = SubjectRule::Attribute("description".to_owned());
    settings.attributes = vec!["jpegPhoto;binary".to_owned(), "mail".to_owned()];
    let directory = directory(settings);
    let (outcome, _) = drive(&directory, Lookup::new("multi").unwrap(), &answers("search-binary"));
    let person = outcome.unwrap();
    assert!(person.values("jpegPhoto;binary")[0].starts_with(&[0xff, 0xd8, 0xff]));
    assert_eq!(person.texts("mail").count(), 3);
}
