//! The table is complete: its endpoints are those of the `route` functions and of the older
//! spellings, read from their source.

use std::{collections::BTreeSet, path::Path};

use hanzo_iam::origin::api::{
    compat::{ALIASES, Alias},
    endpoint::Worker,
    list::ENDPOINTS,
};

use super::{endpoints, older};
use crate::world::World;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/origin/api");

/// The files with a `route` function, and the path that all of their routes begin with.
const FAMILIES: [(&str, &str); 8] = [
    ("internal/mod.rs", "internal"),
    ("signin/mod.rs", ""),
    ("directory/users/mod.rs", "v1/iam"),
    ("directory/organizations/mod.rs", "v1/iam/organizations"),
    ("directory/applications/mod.rs", "v1/iam/applications"),
    ("directory/keys/mod.rs", "v1/iam/keys"),
    ("directory/signing_keys.rs", "v1/iam"),
    ("directory/authority.rs", "v1/iam"),
];

/// Only dispatch to those.
const DISPATCHERS: [&str; 2] = ["directory/mod.rs", "router.rs"];

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(SOURCE).join(file)).unwrap()
}

/// An arm of the first `match` in the function `name` of `source`: pattern and guard, and what
/// it does.
fn arms(source: &str, name: &str) -> Vec<(String, String)> {
    let (_, function) = source.split_once(&format!("fn {name}(")).expect("the function");
    let (_, rest) = function.split_once("match ").expect("a match");
    let mut rest = &rest[rest.find('{').unwrap() + 1..];
    let mut arms = Vec::new();
    loop {
        rest = rest.trim_start();
        while rest.starts_with("//") {
            rest = rest.split_once('\n').unwrap().1.trim_start();
        }
        if rest.starts_with('}') {
            return arms;
        }
        let (pattern, after) = rest.split_once("=>").expect("an arm");
        let end = end_of(after);
        let pattern = pattern.split_whitespace().collect::<Vec<_>>().join(" ");
        arms.push((pattern, after[..end].to_owned()));
        rest = after[end..].trim_start_matches(',');
    }
}

/// Where the expression ends that `text` begins with: at a comma or a closing brace of the match.
fn end_of(text: &str) -> usize {
    let (mut depth, mut is_quoted) = (0_i32, false);
    for (at, character) in text.char_indices() {
        match character {
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' => depth -= 1,
            '}' | ',' if depth == 0 => return at,
            '}' => {
                depth -= 1;
                if depth == 0 && text.trim_start().starts_with('{') {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    unreachable!("an arm without an end: {text}");
}

/// The methods that a pattern and its guard allow.
fn methods(pattern: &str) -> Vec<String> {
    let mut found: Vec<String> = pattern
        .split("Method::")
        .skip(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_uppercase).collect())
        .collect();
    if let Some((_, guard)) = pattern.split_once("] if ") {
        found.extend(guard.split(" || ").map(str::to_uppercase));
    }
    found
}

/// The paths of a pattern: literals, `{}` for what differs.
fn paths(pattern: &str) -> Vec<String> {
    let list = |open: char, close: char| {
        let (_, rest) = pattern.split_once(open)?;
        rest.split_once(close).map(|(list, _)| list.to_owned())
    };
    let list = list('[', ']').expect("a list of segments");
    let segments = list.split(", ").filter(|segment| !segment.is_empty()).map(|segment| {
        match segment.strip_prefix('"') {
            Some(literal) => literal.trim_end_matches('"').to_owned(),
            None if segment == "PLATFORM_ORGANIZATION" => "admin".to_owned(),
            None => "{}".to_owned(),
        }
    });
    vec![segments.collect::<Vec<_>>().join("/")]
}

/// Every endpoint of the list, `{}` for what differs.
fn declared() -> BTreeSet<String> {
    let mut endpoints = BTreeSet::new();
    for entry in ENDPOINTS.iter().filter(|entry| entry.declaration.worker == Worker::Origin) {
        let path: Vec<&str> = (entry.declaration.path.split('/'))
            .map(|segment| if segment.starts_with('{') { "{}" } else { segment })
            .collect();
        let verbs = entry.declaration.verbs();
        endpoints.extend(verbs.map(|verb| format!("{} {}", verb.as_str(), path.join("/"))));
    }
    endpoints
}

/// Every endpoint of the list and of the `route` functions.
fn routed() -> BTreeSet<String> {
    let mut endpoints = declared();
    for (file, prefix) in FAMILIES {
        if !has_routes(file) {
            continue;
        }
        for (pattern, does) in arms(&read(file), "route") {
            let refuses = does.contains("return None")
                || does.contains("method(")
                || does.contains("METHOD_NOT_ALLOWED")
                || does.contains("not_found()");
            if refuses {
                continue;
            }
            let methods = methods(&pattern);
            assert!(!methods.is_empty(), "an arm that takes every method: {pattern}");
            for path in paths(&pattern) {
                let path = [prefix, &path]
                    .iter()
                    .filter(|part| !part.is_empty())
                    .copied()
                    .collect::<Vec<_>>()
                    .join("/");
                endpoints.extend(methods.iter().map(|method| format!("{method} /{path}")));
            }
        }
    }
    endpoints
}

#[test]
fn the_table_has_every_route_and_no_other() {
    let world = World::empty();
    let mut listed: BTreeSet<String> =
        endpoints::rows(&world).iter().map(|row| row.endpoint.to_owned()).collect();
    listed.extend(older::SAME.iter().map(|(endpoint, _)| (*endpoint).to_owned()));
    assert_eq!(listed, routed());
}

/// Whether a family still dispatches by itself.
fn has_routes(file: &str) -> bool {
    let source = std::fs::read_to_string(Path::new(SOURCE).join(file));
    source.is_ok_and(|source| source.contains("fn route("))
}

#[test]
fn every_file_with_routes_is_known() {
    let mut found = BTreeSet::new();
    let mut folders = vec![Path::new(SOURCE).to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read_to_string(&path).unwrap().contains("fn route(") {
                found.insert(path.strip_prefix(SOURCE).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let known = FAMILIES.iter().map(|(file, _)| *file).chain(DISPATCHERS);
    assert_eq!(found, known.filter(|file| has_routes(file)).map(str::to_owned).collect());
}

/// The golden table lists them by hand, so that a spelling that disappears is noticed.
#[test]
fn the_table_has_every_older_spelling() {
    let mut expected: BTreeSet<String> = ALIASES.iter().flat_map(Alias::paths).collect();
    // It is today's spelling too.
    expected.remove("/v1/iam/set-password");
    let listed: BTreeSet<String> = older::rows().into_iter().map(|old| old.path).collect();
    assert_eq!(listed, expected);
}
