//! Numeric one-time codes, which are sent by e-mail and SMS.
//!
//! Six digits can be guessed: the caller bounds the attempts and the lifetime, and a code is of one
//! purpose and one recipient (ATTACKS G-97).

use std::fmt;

use hmac::Mac;

use super::typed_digits;
use crate::core::{
    encoding::base64url,
    random::Random,
    root_key::{Purpose, RootKey, RootKeys},
    secret::{Secret, constant_time_eq},
};

/// How many digits a code has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digits {
    /// One of 1,000,000.
    Six,
    /// One of 10,000,000.
    Seven,
    /// One of 100,000,000.
    Eight,
}

impl Digits {
    const fn count(self) -> usize {
        match self {
            Self::Six => 6,
            Self::Seven => 7,
            Self::Eight => 8,
        }
    }

    const fn values(self) -> u32 {
        match self {
            Self::Six => 1_000_000,
            Self::Seven => 10_000_000,
            Self::Eight => 100_000_000,
        }
    }
}

/// What a code is for. A code of one purpose or recipient is wrong for every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use<'a> {
    /// The purpose, as `signin` or `reset`.
    pub purpose: &'a str,
    /// The address that it is sent to, as it is stored.
    pub recipient: &'a str,
    /// What else it is bound to: the id of the browser's flow.
    pub flow: &'a str,
}

/// A new code. `Debug` does not show it.
#[derive(Clone)]
pub struct Code(Secret<String>);

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

impl Code {
    /// A code of which every value is equally likely.
    pub fn generate(random: &dyn Random, digits: Digits) -> Self {
        let values = digits.values();
        // The largest multiple of `values`: a number above it would make small codes likelier.
        let bound = u32::MAX - u32::MAX % values;
        let number = loop {
            let number = u32::from_be_bytes(random.bytes());
            if number < bound {
                break number % values;
            }
        };
        Self(Secret::new(format!("{number:0width$}", width = digits.count())))
    }

    /// The digits, for the message. The caller is responsible for where they go.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The digest to store: an HMAC under a key of the root key, because a digest of few digits is undone
    /// by trying all of them.
    pub fn digest(&self, roots: &RootKeys, of: Use<'_>) -> String {
        digest(&roots.current, of, self.0.expose())
    }
}

/// Whether `typed` is the code whose digest is `stored`, in constant time.
pub fn matches(roots: &RootKeys, of: Use<'_>, typed: &str, stored: &str) -> bool {
    let Some(code) = typed_digits(typed) else { return false };
    roots.iter().fold(false, |found, root| {
        found | constant_time_eq(digest(root, of, &code).as_bytes(), stored.as_bytes())
    })
}

fn digest(root: &RootKey, of: Use<'_>, code: &str) -> String {
    let mut mac = root.hmac(Purpose::Codes, "numeric");
    for part in [of.purpose, of.recipient, of.flow, code] {
        // Its length first: no two lists of parts are the same text.
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    base64url(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::platform::native::SeededRandom;

    const OF: Use<'static> =
        Use { purpose: "signin", recipient: "alice@hanzo.example", flow: "flow" };

    fn roots() -> RootKeys {
        RootKeys { current: RootKey::new([7; 32]), previous: None }
    }

    /// These bytes, in order.
    struct Bytes(RefCell<Vec<u8>>);

    impl Random for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            let drawn: Vec<u8> = self.0.borrow_mut().drain(..bytes.len()).collect();
            bytes.copy_from_slice(&drawn);
        }
    }

    #[test]
    fn numbers_that_would_make_small_codes_likelier_are_not_used() {
        for (digits, code) in
            [(Digits::Six, "000007"), (Digits::Seven, "0000007"), (Digits::Eight, "00000007")]
        {
            let first = (u32::MAX - u32::MAX % digits.values()).to_be_bytes();
            let numbers = [first, u32::MAX.to_be_bytes(), 7_u32.to_be_bytes()].concat();
            let random = Bytes(RefCell::new(numbers));
            assert_eq!(Code::generate(&random, digits).expose(), code);
        }
    }

    #[test]
    fn every_first_digit_is_as_likely_as_another() {
        let random = SeededRandom::new(1);
        let mut counts = [0_u32; 10];
        for _ in 0..10_000 {
            let code = Code::generate(&random, Digits::Six);
            assert_eq!(code.expose().len(), 6);
            counts[usize::from(code.expose().as_bytes()[0] - b'0')] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }

    /// ATTACKS G-97.
    #[test]
    fn a_code_is_wrong_for_another_purpose_recipient_and_flow() {
        let code = Code::generate(&SeededRandom::new(1), Digits::Six);
        let stored = code.digest(&roots(), OF);
        assert!(matches(&roots(), OF, &format!(" {} ", code.expose()), &stored));
        for other in [
            Use { purpose: "reset", ..OF },
            Use { recipient: "mallory@evil.example", ..OF },
            Use { flow: "other", ..OF },
            Use { purpose: "signinalice@hanzo.example", recipient: "", ..OF },
        ] {
            assert!(!matches(&roots(), other, code.expose(), &stored), "{other:?}");
        }
        for typed in ["", "0", code.expose().get(1..).unwrap(), "x", &format!("0{}", code.expose())]
        {
            assert!(!matches(&roots(), OF, typed, &stored), "{typed}");
        }
    }

    #[test]
    fn a_code_outlives_one_rotation_of_the_root_key() {
        let code = Code::generate(&SeededRandom::new(1), Digits::Eight);
        let stored = code.digest(&roots(), OF);
        let new = RootKey::new([8; 32]);
        let rotated = RootKeys { current: new.clone(), previous: Some(RootKey::new([7; 32])) };
        assert!(matches(&rotated, OF, code.expose(), &stored));
        assert!(!matches(&RootKeys { current: new, previous: None }, OF, code.expose(), &stored));
        assert_eq!(format!("{code:?}"), "Code(…)");
    }
}
