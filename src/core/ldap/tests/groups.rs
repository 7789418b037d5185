//! Groups.

use super::{READER, directory, drive, secret, server, settings};
use crate::core::ldap::{
    Dn, Filter, GroupRule, LdapError, Lookup, Person, Scope, Search, Settings, SignIn, request,
};

fn searched(nested: bool) -> Settings {
    let (base, filter) = ("ou=groups,dc=hanzo,dc=test".to_owned(), "(member={dn})".to_owned());
    Settings { groups: GroupRule::Search { base, filter, nested }, ..settings() }
}

fn group(id: u32, name: &str) -> Vec<u8> {
    server::entry(id, &format!("cn={name},ou=groups,dc=hanzo,dc=test"), &[])
}

fn found(names: &[&str], id: u32) -> Vec<u8> {
    names.iter().map(|name| group(id, name)).chain([server::done(id)]).flatten().collect()
}

fn alice(id: u32) -> Vec<u8> {
    [server::person(id, "alice", 7), server::done(id)].concat()
}

fn names(person: &Person) -> Vec<&str> {
    person.groups.as_ref().unwrap().iter().map(|group| group.name().unwrap()).collect()
}

#[test]
fn groups_are_searched_as_the_service_account_after_the_persons_bind() {
    let directory = directory(searched(false));
    let answers =
        [server::bound(1), alice(2), server::bound(3), server::bound(4), found(&["b", "a"], 5)];
    let task = SignIn::new("alice", secret("correct-alice")).unwrap();
    let (outcome, sent) = drive(&directory, task, &answers);
    assert_eq!(names(outcome.unwrap().person()), ["a", "b"]);
    assert_eq!(sent[3], request::bind(4, READER, b"correct-svc-reader", false));
    let search = Search {
        base: "ou=groups,dc=hanzo,dc=test".to_owned(),
        scope: Scope::Subtree,
        size_limit: 1001,
        time_limit: 15,
        filter: Filter::equal("member", "uid=alice,ou=people,dc=hanzo,dc=test"),
        attributes: vec!["1.1".to_owned()],
        page: None,
    };
    assert_eq!(sent[4], request::search(5, &search).unwrap());
}

#[test]
fn nested_groups_are_found_level_by_level() {
    let directory = directory(searched(true));
    let answers = [
        server::bound(1),
        alice(2),
        found(&["engineering", "admins"], 3),
        found(&["everyone"], 4),
        found(&[], 5),
    ];
    let (outcome, sent) = drive(&directory, Lookup::new("alice").unwrap(), &answers);
    assert_eq!(names(&outcome.unwrap()), ["admins", "engineering", "everyone"]);
    assert_eq!(sent.len(), 5); // both groups of the first level in one search
}

#[test]
fn groups_that_contain_each_other_end() {
    let directory = directory(searched(true));
    let answers = [
        server::bound(1),
        alice(2),
        found(&["a"], 3),
        found(&["b"], 4),
        found(&["A", "b", "a"], 5), // the same names, one in another case
    ];
    let (outcome, sent) = drive(&directory, Lookup::new("alice").unwrap(), &answers);
    assert_eq!(names(&outcome.unwrap()), ["a", "b"]);
    assert_eq!(sent.len(), 5);
}

#[test]
fn groups_are_bounded_in_count_and_depth() {
    let mut settings = searched(true);
    settings.limits.groups = 3;
    settings.limits.group_depth = 2;
    let directory = directory(settings);
    let many = [server::bound(1), alice(2), found(&["a", "b", "c", "d"], 3)];
    let outcome = drive(&directory, Lookup::new("alice").unwrap(), &many).0;
    assert_eq!(outcome.unwrap_err(), LdapError::TooManyGroups(3));
    let deep = [server::bound(1), alice(2), found(&["a"], 3), found(&["b"], 4), found(&["c"], 5)];
    let outcome = drive(&directory, Lookup::new("alice").unwrap(), &deep).0;
    assert_eq!(outcome.unwrap_err(), LdapError::GroupsTooDeep(2));
    let limit = [server::bound(1), alice(2), server::message(3, &server::result(0x65, 4, ""))];
    let outcome = drive(&directory, Lookup::new("alice").unwrap(), &limit).0;
    assert_eq!(outcome.unwrap_err(), LdapError::TooManyGroups(3));
}

#[test]
fn a_group_outside_of_the_base_is_refused() {
    let directory = directory(searched(false));
    let answers = [
        server::bound(1),
        alice(2),
        [server::entry(3, "cn=admins,dc=evil", &[]), server::done(3)].concat(),
    ];
    let outcome = drive(&directory, Lookup::new("alice").unwrap(), &answers).0;
    assert_eq!(outcome.unwrap_err(), LdapError::OutsideBase("cn=admins,dc=evil".to_owned()));
}

#[test]
fn a_part_of_member_of_is_refused() {
    let directory = directory(settings());
    let uuid: &[u8] = b"00000000-0000-0000-0000-000000000007";
    let group: &[u8] = b"cn=a,dc=x";
    let attributes = [("entryUUID", &[uuid][..]), ("memberOf;range=0-1499", &[group][..])];
    let entry = server::entry(2, "uid=alice,ou=people,dc=hanzo,dc=test", &attributes);
    let answers = [server::bound(1), [entry, server::done(2)].concat()];
    let outcome = drive(&directory, Lookup::new("alice").unwrap(), &answers).0;
    assert_eq!(outcome.unwrap_err(), LdapError::Incomplete("memberOf;range=0-1499".to_owned()));
}

#[test]
fn a_name_of_odd_characters_is_a_value_in_the_search_for_groups() {
    let directory = directory(searched(false));
    let uuid: &[u8] = b"00000000-0000-0000-0000-000000000007";
    let dn = "cn=\\2a)(cn=\\2a,ou=people,dc=hanzo,dc=test";
    assert!(Dn::parse(dn).is_ok());
    let entry = server::entry(2, dn, &[("entryUUID", &[uuid])]);
    let answers = [server::bound(1), [entry, server::done(2)].concat(), server::done(3)];
    let (outcome, sent) = drive(&directory, Lookup::new("x").unwrap(), &answers);
    assert_eq!(outcome.unwrap().groups, Some(Vec::new()));
    let filter = Filter::equal("member", dn).encode().unwrap();
    assert!(sent[2].windows(filter.len()).any(|window| window == filter));
}
