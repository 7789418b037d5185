//! For all texts: none verifies that this service has not signed, and nothing panics.

use hanzo_iam::core::{encoding::base64url, token::Untrusted};
use proptest::prelude::*;

use super::forge::{ES256, RS256, claims, good, header, sign, verdict};

/// Texts that look like something.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        "[A-Za-z0-9_.=-]{0,80}",
        Just(header(&ES256).to_string()),
        Just(claims().to_string()),
        Just(good()),
        prop::collection::vec(any::<u8>(), 0..64).prop_map(|bytes| base64url(&bytes)),
        r#"[{}\[\]",:a-z0-9\\]{0,60}"#,
    ]
}

proptest! {
    #[test]
    fn arbitrary_text_is_no_token(text in ".{0,300}") {
        prop_assert!(verdict(&text).is_err());
    }

    #[test]
    fn three_arbitrary_segments_are_no_token(parts in prop::array::uniform3(fragment())) {
        let encoded: Vec<String> = parts.iter().map(|part| base64url(part.as_bytes())).collect();
        prop_assert!(verdict(&encoded.join(".")).is_err());
        prop_assert!(verdict(&parts.join(".")).is_err());
    }

    #[test]
    fn a_changed_character_breaks_a_token(index in any::<prop::sample::Index>(), by in any::<char>()) {
        let token = good();
        let index = index.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(index..=index, &by.to_string());
        prop_assert_eq!(verdict(&changed).is_ok(), changed == token);
    }

    #[test]
    fn a_cut_or_lengthened_token_is_no_token(
        at in any::<prop::sample::Index>(),
        length in 1..50_usize,
        added in fragment(),
    ) {
        let token = good();
        let start = at.index(token.len());
        let end = (start + length).min(token.len());
        let cut = format!("{}{}", &token[..start], &token[end..]);
        prop_assert!(verdict(&cut).is_err());
        let longer = format!("{}{added}{}", &token[..start], &token[start..]);
        prop_assert_eq!(verdict(&longer).is_ok(), longer == token);
    }

    /// Truly signed, so that the claims are reached.
    #[test]
    fn signed_nonsense_is_refused_and_does_not_panic(payload in prop::collection::vec(any::<u8>(), 0..200)) {
        let token = sign(&ES256, &header(&ES256).to_string(), &payload);
        prop_assert!(verdict(&token).is_err());
    }

    #[test]
    fn signed_claims_with_a_changed_byte_do_not_panic(
        index in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut payload = claims().to_string().into_bytes();
        let index = index.index(payload.len());
        payload[index] = byte;
        let _ = verdict(&sign(&ES256, &header(&ES256).to_string(), &payload));
    }

    #[test]
    fn an_arbitrary_header_does_not_panic(header in fragment(), bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = Untrusted::parse(&format!("{}.e30.AA", base64url(header.as_bytes())));
        let _ = Untrusted::parse(&format!("{}.e30.AA", base64url(&bytes)));
    }

    #[test]
    fn an_arbitrary_signature_is_not_ours(signature in prop::collection::vec(any::<u8>(), 0..520)) {
        for key in [&*ES256, &*RS256] {
            let head = base64url(header(key).to_string().as_bytes());
            let payload = base64url(claims().to_string().as_bytes());
            let token = format!("{head}.{payload}.{}", base64url(&signature));
            prop_assert!(verdict(&token).is_err());
        }
    }
}
