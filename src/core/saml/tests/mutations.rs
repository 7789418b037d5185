//! Alterations of accepted messages: none may give another identity.

use proptest::prelude::*;

use super::{
    Vector, index,
    responses::{Settings, judge},
};

fn accepted(name: &str) -> Vector {
    index().into_iter().find(|one| one.file == name).unwrap()
}

/// The names that one message gives after an alteration: its own or none.
fn holds(vector: &Vector, message: &[u8]) -> bool {
    match judge(vector, message, Settings::default()) {
        Ok(login) => Some(&login.name_id.value) == vector.name_id.as_ref(),
        Err(_) => true,
    }
}

const FILES: [&str; 4] = [
    "made/ok-assertion-signed.xml",
    "made/ok-response-signed.xml",
    "made/ok-both-signed.xml",
    "made/ok-encrypted-gcm256-oaep.xml",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn a_changed_byte_gives_no_other_identity(which in 0..3usize, at: prop::sample::Index, to: u8) {
        let vector = accepted(FILES[which]);
        let mut message = vector.message();
        let at = at.index(message.len());
        message[at] = to;
        prop_assert!(holds(&vector, &message));
    }

    #[test]
    fn a_copied_part_gives_no_other_identity(
        which in 0..4usize,
        from: prop::sample::Index,
        to: prop::sample::Index,
        length in 1..2000usize,
    ) {
        let vector = accepted(FILES[which]);
        let message = vector.message();
        let from = from.index(message.len());
        let part = message[from..(from + length).min(message.len())].to_vec();
        let to = to.index(message.len());
        let mut altered = message.clone();
        altered.splice(to..to, part);
        prop_assert!(holds(&vector, &altered));
    }
}

/// Signature wrapping (Somorovsky et al., 2012): the signed assertion is kept somewhere, a forged one stands
/// where a reader looks.
#[test]
fn no_arrangement_of_signed_and_forged_gives_the_forged_name() {
    let vector = accepted("made/ok-assertion-signed.xml");
    let text = String::from_utf8(vector.message()).unwrap();
    let (before, rest) = text.split_once("<saml:Assertion").unwrap();
    let (inner, after) = rest.split_once("</saml:Assertion>").unwrap();
    let signed = &format!("<saml:Assertion{inner}</saml:Assertion>");
    let (_, rest) = signed.split_once("<ds:Signature ").unwrap();
    let (inner, _) = rest.split_once("</ds:Signature>").unwrap();
    let signature = &format!("<ds:Signature {inner}</ds:Signature>");
    let forged = signed.replace("alice@hanzo.test", "admin@hanzo.test");
    let bare = forged.replace(signature.as_str(), "");
    let renamed = bare.replacen("ID=\"", "ID=\"_evil", 1);
    let into = |outer: &str, inner: &str, at: &str| outer.replacen(at, &format!("{inner}{at}"), 1);
    let object = format!("<ds:Object>{signed}</ds:Object></ds:Signature>");
    let with_object = signature.replace("</ds:Signature>", &object);
    let bodies = [
        format!("{signed}{forged}"),
        format!("{forged}{signed}"),
        format!("{bare}{signed}"),
        format!("{renamed}{signed}"),
        format!("<samlp:Extensions>{signed}</samlp:Extensions>{bare}"),
        format!("<samlp:Extensions>{signed}</samlp:Extensions>{renamed}"),
        format!("<samlp:Extensions>{signed}</samlp:Extensions>{forged}"),
        format!("<x>{signed}</x>{forged}"),
        into(&forged, signed, "</saml:Assertion>"),
        into(&bare, signed, "</saml:Assertion>"),
        into(&renamed, signed, "</saml:Assertion>"),
        into(&renamed, signed, "<saml:Subject>"),
        into(&renamed, &with_object, "<saml:Subject>"),
        into(&bare, &with_object, "<saml:Subject>"),
        into(
            &renamed,
            &signature.replace("</ds:KeyInfo>", &format!("{signed}</ds:KeyInfo>")),
            "<saml:Subject>",
        ),
        into(signed, &bare, "</ds:Signature>"),
        into(signed, &bare, "<saml:Subject>"),
        into(signed, &format!("<saml:Advice>{bare}</saml:Advice>"), "<saml:Subject>"),
        signed.replace("alice@hanzo.test", "admin@hanzo.test<!--x-->"),
        signed.replace("alice@hanzo.test", "<!--x-->admin@hanzo.test"),
    ];
    for body in bodies {
        let message = format!("{before}{body}{after}");
        let verdict = judge(&vector, message.as_bytes(), Settings::default());
        assert!(verdict.is_err(), "{body}: {verdict:?}");
    }
    // A comment is no part of what is signed, and does not cut the name short.
    let text =
        text.replace("alice@hanzo.test</saml:NameID>", "alice@hanzo<!---->.test</saml:NameID>");
    let login = judge(&vector, text.as_bytes(), Settings::default()).unwrap();
    assert_eq!(login.name_id.value, "alice@hanzo.test");
}
