use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    super::{Filter, GROUPS, ScimType, USERS},
    babs, object,
};

fn matches(text: &str) -> bool {
    Filter::parse(&USERS, text).unwrap_or_else(|error| panic!("{text}: {error}")).matches(&babs())
}

/// RFC 7644 §3.4.2.2, figure 2 (`userType` and `schemas` of RFC 7643's user).
#[test]
fn the_filters_of_the_rfc_choose_what_they_say() {
    for text in [
        r#"userName eq "bjensen@example.com""#,
        r#"name.familyName co "ENSE""#,
        r#"userName sw "B""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "b""#,
        "title pr",
        r#"meta.lastModified gt "2011-05-13T04:42:33Z""#,
        r#"meta.lastModified ge "2011-05-13T04:42:34Z""#,
        r#"meta.lastModified lt "2011-05-13T04:42:34.5Z""#,
        r#"meta.lastModified le "2011-05-13T06:42:34+02:00""#,
        r#"title pr and userType eq "Employee""#,
        r#"title pr or userType eq "Intern""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:core:2.0:User""#,
        r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType ne "Intern" and not (emails co "example.org" or emails.value co "nope")"#,
        r#"userType eq "Employee" and (emails.type eq "work")"#,
        r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
        r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "tour operations""#,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value pr",
        "active eq true",
        r#"active eq "True""#,
        "USERNAME EQ \"BJENSEN@example.com\" AND NOT (nickname EQ null)",
        "emails[primary eq true]",
        r#"externalId eq "701984""#,
        "timezone eq null",
        r#"timezone ne "UTC""#,
    ] {
        assert!(matches(text), "{text}");
    }
    for text in [
        r#"emails[type eq "home" and value co "@example.com"]"#,
        r#"userName ew "example.org""#,
        "timezone pr",
        "nickName eq null",
        r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
        r#"emails ne "babs@jensen.org""#,
        "not (title pr)",
        r#"title pr and userType eq "Intern" or active eq false"#,
    ] {
        assert!(!matches(text), "{text}");
    }
}

/// `and` binds before `or`, `not` before both.
#[test]
fn precedence_is_that_of_the_rfc() {
    assert!(matches(r#"active eq true or active eq false and title eq "x""#));
    assert!(!matches(r#"(active eq true or active eq false) and title eq "x""#));
    assert!(matches("not (active eq false) and title pr"));
}

#[test]
fn an_id_is_compared_with_its_case() {
    let upper = r#"id eq "2819C223-7F76-453A-919D-413861904646""#;
    assert!(!matches(upper) && matches(&upper.to_lowercase()));
}

#[test]
fn a_filter_that_is_none_is_refused() {
    let deep = format!("{}title pr{}", "(".repeat(17), ")".repeat(17));
    let many = vec!["title pr"; 51].join(" or ");
    let long = format!("title eq \"{}\"", "x".repeat(5000));
    for text in [
        "",
        " ",
        "title",
        "title eq",
        "title eq x",
        "title eq \"x",
        "title is \"x\"",
        "eq \"x\"",
        "(title pr",
        "title pr)",
        "title pr and",
        "and title pr",
        "title pr title pr",
        "not title pr",
        "unknown pr",
        "name.unknown pr",
        "name eq \"x\"",
        "active gt true",
        "active eq \"maybe\"",
        "title eq 5",
        "title gt null",
        "meta.created co \"2011\"",
        "meta.created eq \"yesterday\"",
        "emails[type eq \"work\"",
        "emails[]",
        "emails[emails[type pr]]",
        "title[type pr]",
        "title eq {\"a\":1}",
        "urn:nope:title pr",
        "title eq \"\\ud800\"",
        "emails[name.familyName pr]",
        &deep,
        &many,
        &long,
    ] {
        let refused = Filter::parse(&USERS, text);
        assert_eq!(
            refused.err().map(|error| error.scim_type),
            Some(ScimType::InvalidFilter),
            "{text:.60}"
        );
    }
}

/// ATTACKS H-113: depth and size are refused before they cost anything.
#[test]
fn depth_is_bounded_in_every_way_of_nesting() {
    for text in [
        "(".repeat(100_000),
        "not (".repeat(100_000),
        "emails[".repeat(100_000),
        "(".repeat(2000),
        "not(".repeat(1000),
    ] {
        assert!(Filter::parse(&USERS, &text).is_err());
    }
    let sixteen = format!("{}title pr{}", "(".repeat(16), ")".repeat(16));
    assert!(matches(&sixteen));
}

/// RFC 7644 §3.4.2.1.
#[test]
fn among_several_types_an_attribute_that_a_type_lacks_has_no_value() {
    let group = object(json!({"displayName": "Tour Guides"}));
    for (text, expected) in [
        ("userName pr", false),
        (r#"userName eq "x" or displayName eq "tour guides""#, true),
        (r#"userName ne "x""#, true),
        ("userName eq null", true),
        (r#"emails[type eq "work"]"#, false),
    ] {
        match Filter::parse_among(&GROUPS, text) {
            Ok(filter) => assert_eq!(filter.matches(&group), expected, "{text}"),
            Err(error) => assert!(text.contains('['), "{text}: {error}"),
        }
        assert!(Filter::parse(&GROUPS, text).is_err(), "{text}");
    }
}

#[test]
fn look_ups_cover_every_branch_or_there_are_none() {
    let lookups = |text: &str| {
        let filter = Filter::parse(&USERS, text).unwrap();
        filter.lookups(&|list, comparison| {
            let outer = list.map_or("", |list| list.attribute.name);
            let name = comparison.target.attribute.name;
            (name == "userName" || (outer, name) == ("emails", "value"))
                .then(|| comparison.operand().unwrap_or_default().to_owned())
        })
    };
    for (text, expected) in [
        (r#"userName eq "A""#, Some(vec!["a"])),
        (r#"userName eq "a" and title pr"#, Some(vec!["a"])),
        (r#"title pr and (userName eq "a" or userName eq "b")"#, Some(vec!["a", "b"])),
        (r#"emails[type eq "work" and value eq "X@y.z"]"#, Some(vec!["x@y.z"])),
        (r#"userName eq "a" or title pr"#, None),
        (r#"not (userName eq "a")"#, None),
        ("title pr", None),
    ] {
        let expected = expected.map(|keys| keys.into_iter().map(str::to_owned).collect());
        assert_eq!(lookups(text), expected, "{text}");
    }
}

fn any_filter() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "userName",
        "title",
        "name.familyName",
        "emails.value",
        "emails",
        "active",
        "timezone",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    ]);
    let operators =
        prop::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);
    let term = (names, operators, "[a-z@.]{0,4}").prop_map(|(name, operator, text)| match name {
        "active" => "active eq true".to_owned(),
        name => format!("{name} {operator} {}", Value::from(text)),
    });
    term.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or ({b})")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

proptest! {
    #[test]
    fn negation_and_de_morgan_hold(a in any_filter(), b in any_filter()) {
        prop_assert_eq!(matches(&format!("not ({a})")), !matches(&a));
        let neither = format!("not (({a}) or ({b}))");
        prop_assert_eq!(matches(&neither), matches(&format!("not ({a}) and not ({b})")));
        prop_assert_eq!(matches(&format!("({a}) and ({b})")), matches(&a) && matches(&b));
    }

    #[test]
    fn no_text_panics_the_parser(text in ".{0,80}") {
        let _ = Filter::parse(&USERS, &text);
    }

    #[test]
    fn no_text_of_the_grammars_words_panics_the_parser(
        words in prop::collection::vec(prop::sample::select(vec![
            "userName", "emails", "[", "]", "(", ")", "not", "and", "or", "eq", "pr", "\"x\"", "\\",
            "\"", " ", "true", "urn:", ".", "$ref", "é",
        ]), 0..20)
    ) {
        let _ = Filter::parse(&USERS, &words.concat());
        let _ = Filter::parse(&USERS, &words.join(" "));
    }
}
