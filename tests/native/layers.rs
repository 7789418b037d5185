//! The layers of `src`, as data, and the test that every import follows them.
//!
//! Arrows only go down. Imports are read from the source text: `use` statements and paths inside
//! code that begin with `crate` or `super`. Tests inside `src` may import anything.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A module, and the modules outside it that its code may import (with all that is below them).
/// A file belongs to the longest module here that contains it. A module may always import itself
/// and the layers inside it; a layer inside another one may not import its parent unless the parent
/// is listed.
const LAYERS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("ports", &["core"]),
    ("edge", &["core", "ports"]),
    ("edge::config", &["core"]),
    ("edge::ports", &["ports"]),
    // The vocabulary of requests, decisions and errors.
    ("edge::http", &["core"]),
    // Requests to the origin.
    ("edge::origin", EDGE),
    ("edge::snapshot", &["core", "edge::config", "edge::ports", "edge::origin"]),
    ("edge::cache", &["core", "edge::snapshot"]),
    (
        "edge::revocation",
        &["core", "edge::config", "edge::ports", "edge::origin", "edge::snapshot", "edge::cache"],
    ),
    (
        "edge::limits",
        &["core", "edge::config", "edge::ports", "edge::http", "edge::origin", "edge::cache"],
    ),
    ("edge::policy", POLICY),
    ("edge::verify", VERIFY),
    ("edge::gateway", GATEWAY),
    ("origin", &["core", "ports"]),
    ("origin::config", &["core"]),
    // The context that is passed to everything above: configuration and ports.
    ("origin::context", &["core", "ports", "origin::config"]),
    // Its name in `origin`, as all others import it.
    ("origin::Origin", &["origin::context"]),
    ("origin::Occasion", &["origin::context"]),
    ("origin::Trace", &["origin::context"]),
    ("origin::Once", &["origin::context"]),
    ("origin::Databases", &["origin::context"]),
    ("origin::Place", &["origin::context"]),
    ("origin::store", &["core", "ports"]),
    // Senders of messages, which the platform configures.
    ("origin::messages", &["core", "ports"]),
    ("origin::domain", DOMAIN),
    // The vocabulary of requests and responses.
    ("origin::http", &["core", "ports", "origin::Origin", "origin::Occasion", "origin::Trace"]),
    ("origin::authn", AUTHN),
    ("origin::pages", &["core", "origin::Origin", "origin::http", "origin::authn"]),
    (
        "origin::api",
        &[
            "core",
            "ports",
            "origin::config",
            "origin::Origin",
            "origin::Place",
            "origin::Occasion",
            "origin::Once",
            "origin::Trace",
            "origin::store",
            "origin::domain",
            "origin::http",
            "origin::authn",
            "origin::pages",
        ],
    ),
    ("origin::jobs", &["ports", "origin::Origin", "origin::Occasion", "origin::domain"]),
    ("platform", &["core", "ports"]),
    // The workers' entry points.
    ("platform::workers::edge", &["core", "ports", "edge", "platform"]),
    ("platform::workers::origin", &["core", "ports", "origin", "platform"]),
    // The senders that the environment configures.
    ("platform::workers::messages", &["core", "ports", "origin", "platform"]),
];

const EDGE: &[&str] = &["core", "ports", "edge::config", "edge::ports"];
const POLICY: &[&str] = &[
    "core",
    "edge::config",
    "edge::ports",
    "edge::http",
    "edge::origin",
    "edge::snapshot",
    "edge::cache",
    "edge::revocation",
];
const VERIFY: &[&str] = &[
    "core",
    "edge::config",
    "edge::ports",
    "edge::http",
    "edge::origin",
    "edge::snapshot",
    "edge::cache",
    "edge::revocation",
    "edge::limits",
];
const GATEWAY: &[&str] = &[
    "core",
    "edge::config",
    "edge::ports",
    "edge::http",
    "edge::snapshot",
    "edge::cache",
    "edge::revocation",
    "edge::limits",
    "edge::policy",
    "edge::verify",
];

const DOMAIN: &[&str] = &[
    "core",
    "ports",
    "origin::config",
    "origin::Origin",
    "origin::Databases",
    "origin::Place",
    "origin::store",
];
const AUTHN: &[&str] =
    &["core", "ports", "origin::Origin", "origin::store", "origin::domain", "origin::http"];

/// Modules whose parts may not import each other in a circle.
const WITHOUT_CIRCLES: &[&str] =
    &["origin::store", "origin::domain", "origin::authn", "origin::api", "origin::jobs"];

#[test]
fn every_import_goes_down() {
    let wrong: Vec<String> = imports()
        .into_iter()
        .filter(|import| !is_allowed(layer(&import.from), layer(&import.to)))
        .map(|import| format!("{} imports {}", import.from, import.to))
        .collect();
    assert!(wrong.is_empty(), "against the layers:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_belongs_to_a_layer() {
    let outside: Vec<String> = files()
        .into_iter()
        .map(|(module, _)| module)
        .filter(|module| !["", "platform"].contains(&module.as_str()) && layer(module).is_empty())
        .collect();
    assert_eq!(outside, [""; 0]);
}

#[test]
fn the_list_of_layers_has_no_circle() {
    for (start, _) in LAYERS {
        let mut reached: BTreeSet<&str> = below(start).into_iter().collect();
        loop {
            let next: BTreeSet<&str> = reached.iter().flat_map(|at| below(at)).collect();
            if next.is_subset(&reached) {
                break;
            }
            reached.extend(next);
        }
        assert!(!reached.contains(start), "{start} is below itself");
    }
}

#[test]
fn the_parts_of_a_module_do_not_import_each_other_in_a_circle() {
    let imports = imports();
    for parent in WITHOUT_CIRCLES {
        let mut edges: BTreeSet<(&str, &str)> = imports
            .iter()
            .filter_map(|import| Some((part(parent, &import.from)?, part(parent, &import.to)?)))
            .filter(|(from, to)| from != to)
            .collect();
        // A part that imports no other one is in no circle, nor is an import of it.
        loop {
            let importing: BTreeSet<&str> = edges.iter().map(|(from, _)| *from).collect();
            let before = edges.len();
            edges.retain(|(_, to)| importing.contains(to));
            if edges.len() == before {
                break;
            }
        }
        assert!(edges.is_empty(), "in circles, or above them, in {parent}: {edges:?}");
    }
}

/// The part of `parent` that `path` is in.
fn part<'a>(parent: &str, path: &'a str) -> Option<&'a str> {
    path.strip_prefix(parent)?.strip_prefix("::")?.split("::").next()
}

#[test]
fn the_reader_of_imports_sees_every_form() {
    let source = r#"
        //! See [`crate::comment`].
        use std::fmt;
        use crate::{core::{a, b::{self, C}}, ports::*};
        use super::sibling::{x, y as z};
        pub(super) use self::below::Below;
        pub(in crate::edge) fn visible() {}
        pub(in crate::origin) fn g() {}
        /* crate::comment */
        pub(crate) fn f() { crate::origin::f("crate::text", 'c', super::super::g::<u8>(), "\""); }
        #[cfg(test)]
        fn g() { super::only_for_tests(); }
        #[cfg(test)]
        #[expect(lint, reason = "a reason")]
        pub(crate) mod tests { use crate::platform::native; }
    "#;
    let expected = [
        "core::a",
        "core::b",
        "core::b::C",
        "ports",
        "edge::sibling::x",
        "edge::sibling::y",
        "edge::caller::below::Below",
        "origin::f",
        "g",
        "edge::only_for_tests",
    ];
    assert_eq!(paths("edge::caller", source), expected);
}

struct Import {
    from: String,
    to: String,
}

fn imports() -> Vec<Import> {
    let of_file = |(module, text): (String, String)| {
        let to = paths(&module, &text);
        to.into_iter().map(move |to| Import { from: module.clone(), to }).collect::<Vec<_>>()
    };
    files().into_iter().filter(|(module, _)| !module.is_empty()).flat_map(of_file).collect()
}

/// The longest layer that contains `module`; empty if there is none.
fn layer(module: &str) -> &'static str {
    let containing = LAYERS.iter().map(|(name, _)| *name).filter(|name| contains(name, module));
    containing.max_by_key(|name| name.len()).unwrap_or_default()
}

/// What the code of the layer `from` may import besides itself.
fn below(from: &str) -> Vec<&'static str> {
    let of_it = LAYERS.iter().filter(|(name, _)| *name == from);
    of_it.flat_map(|(_, allowed)| allowed.iter().copied()).collect()
}

fn is_allowed(from: &str, to: &str) -> bool {
    from.is_empty() || contains(from, to) || below(from).iter().any(|allowed| contains(allowed, to))
}

fn contains(outer: &str, inner: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Module path and text of each file in `src` that is not a test's.
fn files() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&src, &mut found);
    let module = |path: &PathBuf| {
        let path = path.strip_prefix(&src).unwrap().with_extension("");
        let parts = path.iter().map(|part| part.to_str().unwrap());
        parts.filter(|part| !["mod", "lib"].contains(part)).collect::<Vec<_>>().join("::")
    };
    let files = found.iter().map(|path| (module(path), fs::read_to_string(path).unwrap()));
    files.filter(|(module, _)| module.split("::").all(|part| part != "tests")).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The paths within the crate that the code of `module` names, from the crate's root.
fn paths(module: &str, text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let tokens = &tokens[..tests(&tokens)];
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let begins = ["crate", "super", "self"].contains(&token.as_str())
            && tokens.get(at + 1).is_some_and(|next| next == "::")
            // `pub(in path)` imports nothing.
            && at.checked_sub(1).is_none_or(|at| !["::", "in"].contains(&tokens[at].as_str()));
        if begins {
            path(module, &tokens[at..], &mut found);
        }
    }
    found
}

/// Where the module of tests begins, which ends a file.
fn tests(tokens: &[String]) -> usize {
    let begins = |at: &usize| {
        let rest: Vec<&str> = tokens[*at..].iter().take(60).map(String::as_str).collect();
        let Some(mut item) = rest.strip_prefix(&["#", "[", "cfg", "(", "test", ")", "]"]) else {
            return false;
        };
        while let ["#", "[", attribute @ ..] = item {
            let end = attribute.iter().position(|token| *token == "]").unwrap_or_default();
            item = &attribute[end + 1..];
        }
        item.strip_prefix(&["pub", "(", "crate", ")"]).unwrap_or(item).starts_with(&["mod"])
    };
    (0..tokens.len()).find(begins).unwrap_or(tokens.len())
}

fn path(module: &str, tokens: &[String], found: &mut Vec<String>) {
    let mut base: Vec<&str> = module.split("::").filter(|part| !part.is_empty()).collect();
    let mut rest = tokens;
    while let [first, separator, after @ ..] = rest {
        match first.as_str() {
            "crate" => base.clear(),
            "super" => drop(base.pop()),
            "self" => {}
            _ => break,
        }
        if separator != "::" {
            break;
        }
        rest = after;
    }
    let base: Vec<String> = base.into_iter().map(str::to_owned).collect();
    tree(&base, rest, found);
}

/// Reads what follows `base::`, and returns what follows that.
fn tree<'a>(base: &[String], mut tokens: &'a [String], found: &mut Vec<String>) -> &'a [String] {
    let mut base = base.to_vec();
    while let [first, rest @ ..] = tokens {
        match first.as_str() {
            "{" => {
                tokens = rest;
                while let [next, rest @ ..] = tokens {
                    tokens = match next.as_str() {
                        "}" => return rest,
                        "," => rest,
                        _ => tree(&base, tokens, found),
                    };
                }
                return tokens;
            }
            "self" | "*" | "<" => {}
            name => base.push(name.to_owned()),
        }
        tokens = rest;
        match tokens {
            [separator, rest @ ..] if separator == "::" => tokens = rest,
            [renamed, _, rest @ ..] if renamed == "as" => {
                tokens = rest;
                break;
            }
            _ => break,
        }
    }
    found.push(base.join("::"));
    tokens
}

/// The names, `::` and punctuation of a source text without comments, strings and characters.
fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_name = |character: char| character.is_alphanumeric() || character == '_';
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            'r' if raw_string(rest).is_some() => raw_string(rest).unwrap(),
            '"' => string(rest),
            '\'' => character(rest),
            ':' if rest.starts_with("::") => {
                found.push("::".to_owned());
                2
            }
            _ if is_name(first) => {
                let length = rest.find(|character| !is_name(character)).unwrap_or(rest.len());
                found.push(rest[..length].to_owned());
                length
            }
            _ => {
                if !first.is_whitespace() {
                    found.push(first.to_string());
                }
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    found
}

/// The length of the raw string that `text` begins with.
fn raw_string(text: &str) -> Option<usize> {
    let hashes = text[1..].bytes().take_while(|byte| *byte == b'#').count();
    let start = 2 + hashes;
    text.get(1 + hashes..)?.starts_with('"').then_some(())?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(start + text[start..].find(&end)? + end.len())
}

/// The length of the string that `text` begins with.
fn string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

/// The length of the character or the quote of the lifetime that `text` begins with.
fn character(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => text[3..].find('\'').map_or(text.len(), |end| 3 + end + 1),
        Some((at, other)) => {
            let end = at + other.len_utf8();
            if text[end..].starts_with('\'') { end + 1 } else { 1 }
        }
        None => 1,
    }
}
