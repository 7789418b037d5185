//! `error_description` (RFC 6749 §5.2).

/// Longer descriptions are cut: they may name what the client sent.
const MAXIMUM_LENGTH: usize = 300;

/// `text` in the characters that a description may have: `%x20-21 / %x23-5B / %x5D-7E`.
pub fn description(text: &str) -> String {
    let allowed = |character: char| match character {
        '"' => '\'',
        ' '..='~' if character != '\\' => character,
        _ => '?',
    };
    text.chars().take(MAXIMUM_LENGTH).map(allowed).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_description_says_what_it_can() {
        assert_eq!(description("the parameter \"ä\\\n\" is wrong"), "the parameter '???' is wrong");
        assert_eq!(description(&"a".repeat(1000)).len(), MAXIMUM_LENGTH);
    }

    proptest! {
        /// RFC 6749 §5.2; issue 10, fault 21.
        #[test]
        fn a_description_has_only_the_characters_of_the_rfc(text in ".{0,400}") {
            let allowed =
                |byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            prop_assert!(description(&text).bytes().all(allowed));
        }
    }
}
