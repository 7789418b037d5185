//! Name patterns: which resources and actions a permission names.
//!
//! | pattern | matches |
//! |---|---|
//! | `*` | every name |
//! | `a/b` | this name and no other; case counts |
//! | `a/*` | `a` and every name below it (`a/`, `a/b`, `a/b/c`), not `ab` |
//! | `a*` | every name that begins with `a`, slashes included |
//! | `a/*/b` | a `*` that is a whole segment is exactly one segment that is not empty |
//!
//! A `*` elsewhere, as in `a*b`, has no meaning. A directory refuses such a pattern; one that is
//! stored nevertheless matches nothing in an Allow and everything in a Deny. Matching is one pass
//! over both texts.

/// The longest pattern, in bytes.
pub const MAXIMUM_PATTERN: usize = 512;

/// Whether `pattern` has a meaning.
pub fn is_pattern(pattern: &str) -> bool {
    let mut segments = pattern.split('/').peekable();
    if pattern.is_empty() || pattern.len() > MAXIMUM_PATTERN {
        return false;
    }
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        let stem = if is_last { segment.strip_suffix('*').unwrap_or(segment) } else { segment };
        if stem.contains('*') && segment != "*" {
            return false;
        }
    }
    true
}

/// Whether `name` is one that `pattern` stands for; `None` if the pattern has no meaning.
pub(super) fn matches(pattern: &str, name: &str) -> Option<bool> {
    is_pattern(pattern).then(|| matches_segments(pattern, name))
}

/// Whether `name` is one that `pattern` stands for, or `pattern` has no meaning: for what a pattern
/// demands, as a Deny does.
pub fn stands_for(pattern: &str, name: &str) -> bool {
    matches(pattern, name).unwrap_or(true)
}

fn matches_segments(pattern: &str, name: &str) -> bool {
    let mut rest = Some(name);
    let mut segments = pattern.split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if is_last && let Some(prefix) = segment.strip_suffix('*') {
            return prefix.is_empty() || rest.is_some_and(|rest| rest.starts_with(prefix));
        }
        let Some(name) = rest else { return false };
        let (first, tail) = match name.split_once('/') {
            Some((first, tail)) => (first, Some(tail)),
            None => (name, None),
        };
        if !(first == segment || (segment == "*" && !first.is_empty())) {
            return false;
        }
        rest = tail;
    }
    rest.is_none()
}

/// Whether an action of a permission, `*` or `prefix*` included, stands for `action`. The case of
/// ASCII letters does not count, as in Casdoor.
pub(super) fn names_action(pattern: &str, action: &str) -> Option<bool> {
    let (stem, is_prefix) = match pattern.strip_suffix('*') {
        Some(stem) => (stem, true),
        None => (pattern, false),
    };
    if pattern.is_empty() || stem.contains('*') {
        return None;
    }
    let head = action.get(..stem.len());
    let begins = head.is_some_and(|head| head.eq_ignore_ascii_case(stem));
    Some(begins && (is_prefix || action.len() == stem.len()))
}

/// Whether `pattern` is an action of a permission that has a meaning.
pub fn is_action(pattern: &str) -> bool {
    pattern.len() <= MAXIMUM_PATTERN && names_action(pattern, "").is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_matches_what_its_documentation_says() {
        for (pattern, names) in [
            ("*", &["", "a", "a/b", "/v1/echo"][..]),
            ("a/b", &["a/b"]),
            ("a/*", &["a", "a/", "a/b", "a/b/c"]),
            ("a*", &["a", "ab", "a/b"]),
            ("a/*/b", &["a/x/b", "a/*/b"]),
            ("a/*/b/*", &["a/x/b", "a/x/b/c"]),
            ("/v1/*", &["/v1", "/v1/echo"]),
            ("*/b", &["a/b"]),
        ] {
            assert!(is_pattern(pattern), "{pattern}");
            for name in names {
                assert_eq!(matches(pattern, name), Some(true), "{pattern} {name}");
            }
        }
        for (pattern, names) in [
            ("a/b", &["a", "a/B", "a/b/", "a/b/c", "/a/b", ""][..]),
            ("a/*", &["ab", "A/b", "", "b/a/c"]),
            ("a*", &["", "b", "A"]),
            ("a/*/b", &["a//b", "a/b", "a/x/y/b", "a/x/b/"]),
            ("*/b", &["/b", "b", "a/c/b"]),
        ] {
            for name in names {
                assert_eq!(matches(pattern, name), Some(false), "{pattern} {name}");
            }
        }
    }

    #[test]
    fn a_star_inside_a_segment_has_no_meaning() {
        for pattern in ["", "a*b", "**", "a/b*/c", "*a", "a/**", &"a".repeat(513)] {
            assert_eq!(matches(pattern, "a"), None, "{pattern}");
        }
    }

    #[test]
    fn the_case_of_an_action_does_not_count() {
        for (pattern, action, expected) in [
            ("Read", "read", Some(true)),
            ("read", "reader", Some(false)),
            ("models:*", "Models:Read", Some(true)),
            ("models:*", "model", Some(false)),
            ("*", "anything", Some(true)),
            ("é", "e", Some(false)),
            ("e", "é", Some(false)),
            ("a*b", "ab", None),
            ("", "", None),
        ] {
            assert_eq!(names_action(pattern, action), expected, "{pattern} {action}");
        }
    }

    /// The definition by backtracking, which may take exponential time.
    fn slow(pattern: &[&str], name: &[&str]) -> bool {
        match (pattern, name) {
            ([], []) | (["*"], _) => true,
            ([last], [first, rest @ ..]) if last.ends_with('*') => {
                let joined = std::iter::once(*first).chain(rest.iter().copied());
                joined.collect::<Vec<_>>().join("/").starts_with(last.trim_end_matches('*'))
            }
            ([segment, pattern @ ..], [first, name @ ..]) => {
                (segment == first || (*segment == "*" && !first.is_empty())) && slow(pattern, name)
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_its_definition(
            pattern in "[ab*/]{1,8}", name in "[ab/]{0,8}",
        ) {
            if let Some(matched) = matches(&pattern, &name) {
                let segments: Vec<_> = pattern.split('/').collect();
                let names: Vec<_> = name.split('/').collect();
                prop_assert_eq!(matched, slow(&segments, &names));
            }
        }

        #[test]
        fn a_name_without_a_star_is_a_pattern_for_itself(name in "[a-c/:.]{1,12}") {
            prop_assert_eq!(matches(&name, &name), Some(true));
        }
    }
}
