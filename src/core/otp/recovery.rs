//! Recovery codes: ten, each replacing a second factor once.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::base32::spelled;
use crate::core::{
    encoding::digest,
    random::Random,
    secret::{Secret, constant_time_eq},
};

/// How many codes a set has.
pub const COUNT: usize = 10;

/// Bytes of randomness of a code.
const LENGTH: usize = 10;

/// Characters of a code, without separators.
const CHARACTERS: usize = LENGTH * 8 / 5;

/// Crockford's base32 in lower case: without `i`, `l`, `o` and `u`.
const ALPHABET: [u8; 32] = *b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new recovery code: 80 random bits, which are shown once, `xxxx-xxxx-xxxx-xxxx`.
#[derive(Clone)]
pub struct Code(Secret<String>);

impl Code {
    /// The code in groups of four characters. The caller is responsible for where it goes.
    pub fn expose(&self) -> String {
        let mut text = String::with_capacity(CHARACTERS + 3);
        for (at, character) in self.0.expose().chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                text.push('-');
            }
            text.push(character);
        }
        text
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// A new set of codes.
pub fn generate(random: &dyn Random) -> [Code; COUNT] {
    std::array::from_fn(|_| Code(Secret::new(spelled(&random.bytes::<LENGTH>(), &ALPHABET))))
}

/// What is stored of a set: the digests of the codes that have not been used. They are not keyed,
/// because a set outlives many root keys; 80 random bits need no key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digests(Vec<String>);

impl Digests {
    /// The digests of `codes`. Only the same `account` (its id) can use them.
    pub fn of(account: &str, codes: &[Code]) -> Self {
        Self(codes.iter().map(|code| bound(account, code.0.expose())).collect())
    }

    /// How many codes are left.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no code is left.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The digests without that of the code that was typed; `None` if it is none of them. Every digest is
    /// compared, in constant time. The caller stores the result by a statement that fails if the digests
    /// have changed meanwhile.
    pub fn used(&self, account: &str, typed: &str) -> Option<Self> {
        let digest = bound(account, normalized(typed)?.expose());
        let mut found = None;
        for (at, stored) in self.0.iter().enumerate() {
            if constant_time_eq(stored.as_bytes(), digest.as_bytes()) {
                found = Some(at);
            }
        }
        let mut left = self.clone();
        left.0.remove(found?);
        Some(left)
    }
}

/// The characters of a code as typed: in either case, grouped or not, with `o` for `0` and `i` or `l` for
/// `1`.
fn normalized(typed: &str) -> Option<Secret<String>> {
    let mut code = String::with_capacity(CHARACTERS);
    for character in typed.chars() {
        if character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}') {
            continue;
        }
        let character = match character.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        };
        let known = u8::try_from(character).is_ok_and(|byte| ALPHABET.contains(&byte));
        if !known || code.len() >= CHARACTERS {
            return None;
        }
        code.push(character);
    }
    (code.len() == CHARACTERS).then_some(Secret::new(code))
}

fn bound(account: &str, code: &str) -> String {
    digest(&format!("recovery:{account}:{code}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::platform::native::SeededRandom;

    fn set() -> ([Code; COUNT], Digests) {
        let codes = generate(&SeededRandom::new(1));
        let digests = Digests::of("user", &codes);
        (codes, digests)
    }

    #[test]
    fn a_set_has_ten_codes_of_80_bits_in_four_groups() {
        let (codes, digests) = set();
        let texts: BTreeSet<String> = codes.iter().map(Code::expose).collect();
        assert_eq!((texts.len(), digests.len()), (10, 10));
        for text in texts {
            assert!(text.split('-').all(|group| group.len() == 4) && text.len() == 19, "{text}");
            assert!(text.bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)), "{text}");
        }
    }

    #[test]
    fn every_character_of_the_alphabet_occurs() {
        let random = SeededRandom::new(3);
        let all: BTreeSet<char> = (0..20)
            .flat_map(|_| generate(&random))
            .flat_map(|code| code.0.expose().chars().collect::<Vec<_>>())
            .collect();
        assert_eq!(all.len(), 32);
    }

    #[test]
    fn a_code_is_used_once() {
        let (codes, digests) = set();
        let left = digests.used("user", &codes[3].expose()).unwrap();
        assert_eq!(left.len(), 9);
        assert_eq!(left.used("user", &codes[3].expose()), None);
        assert_eq!(left.used("user", &codes[4].expose()).unwrap().len(), 8);
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        assert_eq!(
            normalized("O1il-abCD 2345\u{2013}6789\n").unwrap().expose(),
            "0111abcd23456789"
        );
        let (codes, digests) = set();
        let typed = codes[0].expose().replace('-', " ").to_uppercase();
        assert!(digests.used("user", &typed).is_some());
        for other in ["", "0", "0111-abcd-2345-678", "0111-abcd-2345-6789-0", "0111-abcd-2345-678u"]
        {
            assert!(normalized(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_code_is_of_no_other_account() {
        let (codes, digests) = set();
        assert_eq!(digests.used("other", &codes[0].expose()), None);
    }

    #[test]
    fn what_is_stored_and_shown_contains_no_code() {
        let (codes, digests) = set();
        let stored = serde_json::to_string(&digests).unwrap();
        for code in &codes {
            assert!(!stored.contains(code.0.expose()));
        }
        assert_eq!(format!("{:?}", codes[0]), "Code(…)");
    }
}
