//! Distinguished names.

use proptest::prelude::*;

use crate::core::ldap::{Dn, DnError};

fn dn(text: &str) -> Dn {
    Dn::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn names_are_compared_by_rule() {
    for same in [
        // Case of types and values; insignificant spaces.
        ["uid=alice,ou=people,dc=hanzo,dc=test", "UID=Alice , OU = People,DC=HANZO,dc=test"],
        ["cn=Alice Adams", "cn=alice   adams"],
        ["cn=\\20Leading Lea", "cn=\\ Leading Lea"],
        // Escapes: a character, hex, the hex of a whole value.
        ["cn=Müller\\, Jürgen,dc=x", "cn=M\\c3\\bcller\\2C J\\C3\\BCrgen,dc=x"],
        ["cn=Back\\\\Slash Ben", "cn=Back\\5CSlash Ben"],
        ["cn=C\\+\\+ Clara", "cn=C\\2B\\2B Clara"],
        ["1.3.6.1.4.1.1466.0=#04024869,o=Test", "1.3.6.1.4.1.1466.0=hi,O=test"],
        ["cn=\\#hash", "cn=\\23hash"],
        ["cn=a=b", "cn=a\\=b"],
        // Several values in any order; other names of a type.
        ["cn=Bob Stone+uid=bob,dc=x", "UID=bob+CN=Bob Stone,dc=x"],
        ["2.5.4.3=x,2.5.4.11=y", "commonName=x,OU=y"],
        // Forms of Unicode: NFC and NFD, full width.
        ["cn=Zoë", "cn=Zoe\u{308}"],
        ["cn=ＡＢＣ", "cn=abc"],
    ] {
        let [a, b] = same.map(dn);
        assert_eq!(a, b);
        assert_eq!(a.normalized(), b.normalized());
    }
    for other in [
        ["cn=a,dc=x", "cn=b,dc=x"],
        ["cn=a,dc=x", "dc=x,cn=a"],
        ["cn=a+uid=b", "cn=a,uid=b"],
        ["cn=a\\,ou=b", "cn=a,ou=b"],
        ["cn=ab", "cn=a b"],
        ["cn=a", "uid=a"],
        ["cn=#0500", "cn=\\#0500"],
        ["cn=a\\+b=c", "cn=a+b=c"],
    ] {
        let [a, b] = other.map(dn);
        assert_ne!(a, b);
        assert_ne!(a.normalized(), b.normalized());
    }
}

#[test]
fn a_name_is_within_its_base_only_by_whole_relative_names() {
    let base = dn("ou=people,dc=hanzo,dc=test");
    for within in ["ou=people,dc=hanzo,dc=test", "uid=a,OU=People,dc=hanzo,dc=test"] {
        assert!(dn(within).is_within(&base), "{within}");
    }
    for outside in [
        "dc=hanzo,dc=test",
        "uid=a,ou=otherpeople,dc=hanzo,dc=test",
        "uid=a\\,ou=people\\,dc=hanzo\\,dc=test",
        "ou=people,dc=hanzo,dc=test,dc=evil",
        "cn=x+ou=people,dc=hanzo,dc=test",
        "",
    ] {
        assert!(!dn(outside).is_within(&base), "{outside}");
    }
}

#[test]
fn malformed_names_are_refused_where_they_go_wrong() {
    for (text, error) in [
        ("alice", DnError::Equals(5)),
        ("=x", DnError::Type(0)),
        ("cn=a,", DnError::Type(5)),
        ("cn=a,,dc=b", DnError::Type(5)),
        ("c n=a", DnError::Equals(2)),
        ("cn=a;dc=b", DnError::Value(4)),
        ("cn=\"a\"", DnError::Value(3)),
        ("cn=<a>", DnError::Value(3)),
        ("cn=a\\", DnError::Value(4)),
        ("cn=a\\g0", DnError::Value(4)),
        ("cn=a\0", DnError::Value(4)),
        ("cn=\\ff", DnError::Value(3)),
        ("cn=#", DnError::Hex(4)),
        ("cn=#040", DnError::Hex(6)),
        ("cn=#0402", DnError::Hex(8)),
        ("cn=#0401zz", DnError::Hex(8)),
    ] {
        assert_eq!(Dn::parse(text), Err(error), "{text}");
    }
    assert_eq!(Dn::parse(&"cn=a,".repeat(2000)), Err(DnError::TooLong));
    assert_eq!(Dn::parse(&format!("{}cn=a", "cn=a,".repeat(64))), Err(DnError::TooManyParts));
    assert_eq!(Dn::parse(&format!("{}cn=a", "cn=a+".repeat(16))), Err(DnError::TooManyParts));
}

proptest! {
    #[test]
    fn a_normalized_name_is_the_same_name(text in "\\PC{0,40}") {
        let escaped: Vec<_> = text.bytes().map(|byte| format!("\\{byte:02x}")).collect();
        let escaped = escaped.concat();
        let name = dn(&format!("cn={escaped},dc=x"));
        let again = dn(&name.normalized());
        prop_assert_eq!(&name, &again);
        prop_assert_eq!(name.normalized(), again.normalized());
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-c=,+\\\\# \"0-9\\PC]{0,40}") {
        if let Ok(name) = Dn::parse(&text) {
            prop_assert_eq!(dn(&name.normalized()), name);
        }
    }
}
