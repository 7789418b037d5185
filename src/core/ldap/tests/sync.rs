//! Synchronization: ranges, cursor, plan, safeguard.

use std::collections::{BTreeMap, BTreeSet};

use super::{directory, drive, server, settings};
use crate::core::{
    ldap::{
        Batch, Change, Cursor, CursorError, Directory, Known, LdapError, Outcome, Person, Pull,
        Safeguard, SafeguardError, SyncScope, changes, disables,
    },
    time::UnixTime,
};

/// A server with these keys: answers a pull as slapd does, in pages.
fn pull(directory: &Directory, cursor: &Cursor, keys: &[u128], ordered: bool) -> Batch {
    let page = usize::try_from(directory.settings().limits.page).unwrap();
    let range = serde_json::to_value(cursor.due().unwrap()).unwrap();
    let bound = |name: &str| u128::from_str_radix(range[name].as_str().unwrap(), 16).unwrap();
    let within: Vec<u128> = keys
        .iter()
        .copied()
        .filter(|key| {
            ordered && (bound("from")..=bound("to")).contains(key)
                || !ordered && bound("from") == 0 && bound("to") == u128::MAX
        })
        .collect();
    let mut answers = vec![server::bound(1)];
    let mut pages = within.chunks(page).peekable();
    let mut id = 2;
    loop {
        let people = pages.next().unwrap_or_default().iter();
        let mut answer: Vec<u8> =
            people.flat_map(|key| server::person(id, &format!("p{key}"), *key)).collect();
        let cookie: &[u8] = if pages.peek().is_some() { b"more" } else { b"" };
        answer.extend(server::page_done(id, cookie));
        answers.push(answer);
        id += 1;
        if cookie.is_empty() {
            break;
        }
    }
    drive(directory, Pull::new(cursor).unwrap(), &answers).0.unwrap()
}

/// Runs to the end; the cursor goes through JSON after each batch, as between ticks.
fn run(directory: &Directory, keys: &[u128]) -> (Cursor, Vec<String>) {
    let mut cursor = Cursor::new(SyncScope::Full);
    let mut subjects = Vec::new();
    while cursor.due().is_some() {
        let batch = pull(directory, &cursor, keys, true);
        cursor.advance(&batch).unwrap();
        subjects.extend(batch.people.into_iter().map(|person| person.subject));
        let text = serde_json::to_string(&cursor).unwrap();
        cursor = serde_json::from_str(&text).unwrap();
    }
    (cursor, subjects)
}

fn small() -> Directory {
    let mut settings = settings();
    settings.limits.page = 40;
    settings.limits.range = 100;
    directory(settings)
}

#[test]
fn every_person_is_read_once_whatever_the_keys() {
    let directory = small();
    let sequence: Vec<u128> = (1..=1000).collect();
    // UUIDs of version 1 made in one second: the first 32 bits differ, little.
    let clustered: Vec<u128> = (0..1000).map(|n| (0xb8eb_df3e + n) << 96 | 0x7d4c_1041).collect();
    let spread: Vec<u128> = (1..=1000_u128)
        .map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
        .collect();
    for keys in [&sequence, &clustered, &spread] {
        let (cursor, subjects) = run(&directory, keys);
        assert_eq!(subjects.len(), 1000);
        assert_eq!(subjects.iter().collect::<BTreeSet<_>>().len(), 1000);
        assert_eq!(cursor.report.people, 1000);
        assert!(cursor.report.splits < 30, "{}", cursor.report.splits);
        assert_eq!(cursor.next_since(60), Some(UnixTime(1_795_632_583 - 60)));
    }
}

#[test]
fn a_hundred_thousand_people_need_few_more_ranges_than_they_fill() {
    // Entries as few bytes as can be: the arithmetic of ranges is what is tested.
    let directory = directory(settings());
    let keys: Vec<u128> = (0..100_000).map(|n| (0xb8eb_df3e + n) << 96).collect();
    let mut cursor = Cursor::new(SyncScope::Full);
    let (mut people, mut read) = (0, 0);
    while let Some(range) = cursor.due() {
        let text = serde_json::to_value(range).unwrap();
        let bound = |name: &str| u128::from_str_radix(text[name].as_str().unwrap(), 16).unwrap();
        let within: Vec<u128> = keys
            .iter()
            .copied()
            .filter(|key| (bound("from")..=bound("to")).contains(key))
            .take(directory.settings().limits.range + 1)
            .collect();
        read += within.len();
        let complete = within.len() <= directory.settings().limits.range;
        let mut batch = pull(&directory, &cursor, &[], true);
        if complete {
            people += within.len();
            cursor.report.people += u64::try_from(within.len()).unwrap();
        } else {
            batch.outcome = Outcome::TooMany { keys: within };
        }
        cursor.advance(&batch).unwrap();
    }
    assert_eq!(people, 100_000);
    // In the order of the keys, which is the worst: each split finishes half of what was read.
    assert!(read <= 300_000, "{read}");
}

#[test]
fn a_range_with_too_many_people_applies_none_of_them() {
    let directory = small();
    let keys: Vec<u128> = (1..=150).collect();
    let batch = pull(&directory, &Cursor::new(SyncScope::Full), &keys, true);
    assert!(matches!(&batch.outcome, Outcome::TooMany { keys } if keys.len() == 101));
    assert!(batch.people.is_empty());
}

#[test]
fn a_batch_counts_once_and_only_in_its_turn() {
    let directory = small();
    let mut cursor = Cursor::new(SyncScope::Full);
    let batch = pull(&directory, &cursor, &[1, 2, 3], true);
    cursor.advance(&batch).unwrap();
    assert_eq!(cursor.advance(&batch), Err(CursorError::OutOfOrder));
    assert_eq!(cursor.report.people, 3);
}

#[test]
fn a_server_that_does_not_compare_keys_by_order_is_found_out() {
    let directory = small();
    let keys: Vec<u128> = (1..=150).collect();
    let mut cursor = Cursor::new(SyncScope::Full);
    let outcome = loop {
        let batch = pull(&directory, &cursor, &keys, false);
        let outcome = cursor.advance(&batch);
        if outcome.is_err() || cursor.due().is_none() {
            break outcome;
        }
    };
    assert_eq!(outcome, Err(CursorError::RangesUnsupported { sampled: 101, found: 0 }));
}

#[test]
fn a_range_of_one_key_cannot_be_split() {
    let mut cursor = Cursor::new(SyncScope::Full);
    let mut batch = pull(&small(), &cursor, &[], true);
    batch.outcome = Outcome::TooMany { keys: vec![7; 101] };
    assert_eq!(cursor.advance(&batch), Err(CursorError::Unsplittable(101)));
}

#[test]
fn a_server_limit_is_no_end_of_a_range() {
    let directory = small();
    let cursor = Cursor::new(SyncScope::Full);
    let limit = server::message(2, &server::result(0x65, 4, ""));
    let answers = [server::bound(1), [server::person(2, "a", 1), limit].concat()];
    let (outcome, _) = drive(&directory, Pull::new(&cursor).unwrap(), &answers);
    assert!(matches!(outcome, Err(LdapError::Incomplete(_))));
    let answers = [server::bound(1), [server::person(2, "a", 1), server::done(2)].concat()];
    let (outcome, _) = drive(&directory, Pull::new(&cursor).unwrap(), &answers);
    assert_eq!(outcome.unwrap_err(), LdapError::NoPages);
}

#[test]
fn an_invalid_entry_is_refused_and_reported_without_ending_the_run() {
    let directory = small();
    let mut cursor = Cursor::new(SyncScope::Full);
    let bad = server::entry(2, "uid=bad,ou=people,dc=hanzo,dc=test", &[]);
    let answer =
        [server::person(2, "a", 1), bad, server::person(2, "b", 1), server::page_done(2, b"")];
    let answers = [server::bound(1), answer.concat()];
    let batch = drive(&directory, Pull::new(&cursor).unwrap(), &answers).0.unwrap();
    cursor.advance(&batch).unwrap();
    assert_eq!((cursor.report.people, cursor.report.refused), (1, 2));
    let subjects: Vec<_> =
        cursor.report.refused_entries.iter().map(|one| one.subject.clone()).collect();
    assert_eq!(subjects, [None, Some("00000000-0000-0000-0000-000000000001".to_owned())]);
}

fn people() -> Vec<Person> {
    pull(&small(), &Cursor::new(SyncScope::Full), &[1, 2, 3, 4, 5], true).people
}

fn known(person: &Person, active: bool) -> (String, Known) {
    (person.subject.clone(), Known { fingerprint: person.fingerprint(), active })
}

#[test]
fn a_plan_has_the_differences_and_applied_once_has_none_left() {
    let mut people = people();
    people[4].active = false;
    let mut accounts = BTreeMap::from([
        known(&people[1], true),
        known(&people[2], true),
        known(&people[3], false),
        known(&people[4], true),
    ]);
    accounts.get_mut(&people[2].subject).unwrap().fingerprint = "other".to_owned();
    let (plan, unchanged) = changes(&people, &accounts);
    assert_eq!(
        plan,
        [
            Change::Create(people[0].clone()),
            Change::Update(people[2].clone()),
            Change::Enable(people[3].clone()),
            Change::Disable { subject: people[4].subject.clone(), present: true },
        ]
    );
    assert_eq!(unchanged, 1);
    let after: BTreeMap<_, _> = people.iter().map(|person| known(person, person.active)).collect();
    assert_eq!(changes(&people, &after), (Vec::new(), 5));
    // Disabled in the directory and unknown here: nothing to do.
    assert_eq!(changes(&people[4..], &BTreeMap::new()), (Vec::new(), 1));
}

#[test]
fn a_fingerprint_changes_with_what_an_account_takes_over() {
    let person = people().remove(0);
    let mut moved = person.clone();
    moved.attributes[0].values.push(b"x".to_vec());
    assert_ne!(person.fingerprint(), moved.fingerprint());
    let mut later = person.clone();
    later.modified = Some(UnixTime(0));
    assert_eq!(person.fingerprint(), later.fingerprint());
}

#[test]
fn the_safeguard_refuses_to_disable_more_than_its_share() {
    let missing = |count: usize| vec!["x".to_owned(); count];
    let guard = Safeguard { percent: 10, at_least: 5 };
    let plan = |count, seen, disabled| {
        disables(SyncScope::Full, &missing(count), seen, 1000, disabled, guard)
            .map(|plan| plan.len())
    };
    assert_eq!(plan(100, 900, 0), Ok(100));
    let error = SafeguardError::TooMany { disable: 101, active: 1000, limit: 100 };
    assert_eq!(plan(101, 899, 0), Err(error));
    assert_eq!(plan(60, 940, 41), Err(error));
    assert_eq!(plan(1, 0, 0), Err(SafeguardError::NobodySeen));
    assert_eq!(plan(0, 0, 0), Ok(0));
    let small = disables(SyncScope::Full, &missing(5), 1, 6, 0, guard);
    assert_eq!(small.map(|plan| plan.len()), Ok(5));
    let changes = SyncScope::Changes(UnixTime(0));
    assert_eq!(disables(changes, &missing(1), 10, 10, 0, guard), Err(SafeguardError::NotFull));
}
