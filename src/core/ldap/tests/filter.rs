//! Filters: RFC 4515, templates, limits.

use proptest::prelude::*;

use crate::core::ldap::{Filter, FilterError, IN_CHAIN, Placeholder, Template};

#[test]
fn the_examples_of_rfc_4515_read_and_write_back() {
    for text in [
        "(cn=Babs Jensen)",
        "(!(cn=Tim Howes))",
        "(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))",
        "(o=univ*of*mich*)",
        "(seeAlso=)",
        "(cn:caseExactMatch:=Fred Flintstone)",
        "(cn:=Betty Rubble)",
        "(sn:dn:2.4.6.8.10:=Barney Rubble)",
        "(o:dn:=Ace Industry)",
        "(:1.2.3:=Wilma Flintstone)",
        "(:dn:2.4.6.8.10:=Dino)",
        "(o=Parens R Us \\28for all your parenthetical needs\\29)",
        "(cn=*\\2a*)",
        "(filename=C:\\5cMyFile)",
        "(sn=Lu\u{10d}i\u{107})",
        "(&)",
        "(|)",
        "(uid=*)",
        "(a>=1)",
        "(a<=1)",
        "(a~=1)",
        "(bin=\\00\\ff\\01)",
        "(userCertificate;binary=*)",
        "(member:1.2.840.113556.1.4.1941:=cn=x,dc=y)",
    ] {
        let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(filter.to_string(), text);
        filter.encode().unwrap();
    }
    // The encoding of RFC 4515 §4's octets, and of a rule of Active Directory.
    assert_eq!(
        Filter::parse("(bin=\\00\\00\\00\\04)").unwrap(),
        Filter::equal("bin", [0, 0, 0, 4])
    );
    let chain = Filter::Extensible {
        attribute: Some("member".to_owned()),
        rule: Some(IN_CHAIN.to_owned()),
        dn_attributes: false,
        value: b"dc=y".to_vec(),
    };
    assert_eq!(Filter::parse("(member:1.2.840.113556.1.4.1941:=dc=y)").unwrap(), chain);
    let encoded = chain.encode().unwrap();
    let expected = b"\xa9\x27\x81\x171.2.840.113556.1.4.1941\x82\x06member\x83\x04dc=y";
    assert_eq!(encoded, expected);
}

#[test]
fn malformed_filters_are_refused() {
    for text in [
        "",
        "uid=a",
        "(uid=a",
        "(uid=a))",
        "(uid=a)(uid=b)",
        "()",
        "(uid)",
        "(=a)",
        "(u id=a)",
        "(&(uid=a)",
        "(!)",
        "(!(a=b)(c=d))",
        "(uid=a(b)",
        "(uid=\\)",
        "(uid=\\2)",
        "(uid=\\zz)",
        "(uid=a**b)",
        "(a>=b*)",
        "(a>b)",
        "(a~b)",
        "(:=x)",
        "(:dn:=x)",
        "(a:dn:dn:=x)",
        "(a:1.2:1.3:=x)",
        "(a:b",
        "(uid=a\0)",
        "(1..2=a)",
        "(a;=b)",
        " (a=b)",
        "(é=b)",
    ] {
        assert!(Filter::parse(text).is_err(), "{text}");
    }
}

#[test]
fn filters_are_bounded_in_depth_count_and_length() {
    let nested = |depth: usize| format!("{}(a=b){}", "(!".repeat(depth), ")".repeat(depth));
    assert!(Filter::parse(&nested(31)).is_ok());
    assert_eq!(Filter::parse(&nested(32)), Err(FilterError::TooDeep));
    assert_eq!(Filter::parse(&nested(10_000)), Err(FilterError::TooDeep));
    assert_eq!(
        Filter::parse(&format!("(|{})", "(a=b)".repeat(5000))),
        Err(FilterError::TooManyItems)
    );
    assert_eq!(Filter::parse(&format!("(a={})", "b".repeat(70_000))), Err(FilterError::TooLong));
    let mut built = Filter::equal("a", "b");
    for _ in 0..40 {
        built = Filter::Not(Box::new(built));
    }
    assert_eq!(built.encode(), Err(FilterError::TooDeep));
}

#[test]
fn a_built_filter_with_a_malformed_attribute_is_not_sent() {
    for name in ["uid=x)(a", "", "a b", "a\0"] {
        assert!(Filter::equal(name, "x").encode().is_err(), "{name}");
        assert!(Filter::Present(name.to_owned()).encode().is_err(), "{name}");
    }
}

#[test]
fn what_is_typed_stays_a_value() {
    let template = Template::parse(
        "(&(objectClass=person)(|(uid={login})(mail={login})))",
        Placeholder::Login,
    )
    .unwrap();
    let filled = template.fill(b"*)(uid=*");
    assert_eq!(
        filled.to_string(),
        "(&(objectClass=person)(|(uid=\\2a\\29\\28uid=\\2a)(mail=\\2a\\29\\28uid=\\2a)))"
    );
    // A placeholder that is typed is not filled again.
    assert_eq!(
        template.fill(b"{login}").to_string(),
        "(&(objectClass=person)(|(uid={login})(mail={login})))"
    );
    let parts = Template::parse("(proxy=smtp:{login}*)", Placeholder::Login).unwrap();
    assert_eq!(parts.fill(b"a*b").to_string(), "(proxy=smtp:a\\2ab*)");
}

#[test]
fn a_template_needs_its_placeholder_in_a_value() {
    for (text, error) in [
        ("(uid=alice)", FilterError::PlaceholderMissing("login")),
        ("(uid=\\7blogin})", FilterError::PlaceholderMissing("login")),
        ("(uid={user})", FilterError::Placeholder("user".to_owned())),
        ("(uid={dn})", FilterError::Placeholder("dn".to_owned())),
        ("({login}=x)", FilterError::Attribute("{login}".to_owned())),
        ("(uid={login)", FilterError::Expected { expected: "}", at: 11 }),
    ] {
        assert_eq!(Template::parse(text, Placeholder::Login).unwrap_err(), error, "{text}");
    }
}

proptest! {
    #[test]
    fn no_login_changes_the_shape_of_a_template(login in "[()*\\\\&|!=\\PC\0]{1,40}") {
        let template =
            Template::parse("(&(objectClass=person)(uid={login}))", Placeholder::Login).unwrap();
        let filled = template.fill(login.as_bytes());
        let expected = Filter::all([
            Filter::equal("objectClass", "person"),
            Filter::equal("uid", &login),
        ]);
        prop_assert_eq!(&filled, &expected);
        // The written form says the same, and reads back as the same.
        prop_assert_eq!(Filter::parse(&filled.to_string()), Ok(expected));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[()&|!*=<>~:;\\\\a-c1.{} \\PC]{0,60}") {
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }
    }
}
