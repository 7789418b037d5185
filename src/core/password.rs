//! Passwords: read once into a bounded, normalized form, kept only as argon2id (RFC 9106).
//!
//! New hashes use OWASP's 19 MiB, two passes, one lane. A stored hash is computed with its own
//! parameters as long as they are between OWASP's weakest row and a bound on the time and memory of
//! one sign-in; every other hash matches nothing. An unknown user costs as much as a known one, so that
//! the time does not reveal usernames.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64Unpadded, Encoding};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::secret::{Secret, constant_time_eq};

/// The longest password, in characters of any script, after normalization.
pub const MAXIMUM_LENGTH: usize = 128;

/// The longest text that is normalized, in bytes of UTF-8: a character may be typed in several.
const MAXIMUM_BYTES: usize = 16 * MAXIMUM_LENGTH;

/// Bytes of salt in a new hash.
pub const SALT_LENGTH: usize = 16;

const OUTPUT_LENGTH: usize = 32;
/// KiB and passes of a new hash (OWASP Password Storage Cheat Sheet).
const COST: Cost = Cost { memory: 19 * 1024, passes: 2, lanes: 1 };

/// A password as typed: 1 to 128 characters, no control characters (NUL included), in
/// Unicode Normalization Form C (RFC 8265 §4.2), so that every keyboard's spelling is the same.
#[derive(Debug, Clone)]
pub struct Password(Secret<String>);

/// Why a text cannot be a password. It says nothing about any user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordError {
    /// No characters at all.
    Empty,
    /// More than [`MAXIMUM_LENGTH`] characters.
    TooLong,
    /// A control character.
    ControlCharacter,
}

impl fmt::Display for PasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the password is empty"),
            Self::TooLong => {
                write!(f, "the password is longer than {MAXIMUM_LENGTH} characters")
            }
            Self::ControlCharacter => f.write_str("the password contains a control character"),
        }
    }
}

impl std::error::Error for PasswordError {}

/// The hash could not be computed (there is no memory for it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashError;

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("password: the hash could not be computed")
    }
}

impl std::error::Error for HashError {}

impl Password {
    /// Parses and normalizes a typed password.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        if text.is_empty() {
            return Err(PasswordError::Empty);
        }
        if text.len() > MAXIMUM_BYTES {
            return Err(PasswordError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(PasswordError::ControlCharacter);
        }
        let normalized = Secret::new(text.nfc().collect::<String>());
        if normalized.expose().chars().count() > MAXIMUM_LENGTH {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(normalized))
    }

    /// A new hash to store, as a PHC string, with a fresh random `salt`.
    pub fn hash(&self, salt: [u8; SALT_LENGTH]) -> Result<String, HashError> {
        let output = self.argon2id(COST, &salt, OUTPUT_LENGTH).ok_or(HashError)?;
        let Cost { memory, passes, lanes } = COST;
        let salt = Base64Unpadded::encode_string(&salt);
        let output = Base64Unpadded::encode_string(&output);
        Ok(format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${output}"))
    }

    /// Whether `stored` is the hash of this password. `None` (no such user, or no password)
    /// and a hash that we do not compute take the time of one hash and match nothing.
    pub fn matches(&self, stored: Option<&str>) -> bool {
        let Some(stored) = stored.and_then(StoredHash::parse) else {
            let _ = self.argon2id(COST, &[0; SALT_LENGTH], OUTPUT_LENGTH);
            return false;
        };
        self.argon2id(stored.cost, &stored.salt, stored.output.len())
            .is_some_and(|output| constant_time_eq(&output, &stored.output))
    }

    fn argon2id(&self, cost: Cost, salt: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
        let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(length)).ok()?;
        let mut output = Zeroizing::new(vec![0; length]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(self.0.expose().as_bytes(), salt, &mut output)
            .ok()?;
        Some(output)
    }
}

/// Whether `stored` is one that [`Password::matches`] can compute; imports refuse every other.
pub fn is_accepted(stored: &str) -> bool {
    StoredHash::parse(stored).is_some()
}

/// Whether `stored` should be replaced when its password is next typed: it was not made with
/// today's parameters.
pub fn is_outdated(stored: &str) -> bool {
    StoredHash::parse(stored).is_none_or(|stored| stored.cost != COST)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    /// KiB
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// OWASP's rows all fill at least 7 MiB and 35 MiB in all passes together; the earlier server
    /// stored 64 MiB and two passes. Four times that is where a sign-in would become a weapon.
    fn is_acceptable(self) -> bool {
        let work = u64::from(self.memory) * u64::from(self.passes);
        (7 * 1024..=64 * 1024).contains(&self.memory)
            && (35 * 1024..=256 * 1024).contains(&work)
            && (1..=4).contains(&self.lanes)
    }
}

/// A PHC string of argon2id whose parameters we accept.
struct StoredHash {
    cost: Cost,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl StoredHash {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("$argon2id$v=19$")?;
        let mut fields = rest.split('$');
        let (parameters, salt, output) = (fields.next()?, fields.next()?, fields.next()?);
        let mut parameters = parameters.split(',');
        let mut number = |name: &str| {
            let digits = parameters.next()?.strip_prefix(name)?;
            let canonical = digits.bytes().all(|byte| byte.is_ascii_digit())
                && !digits.starts_with('0')
                && digits.len() <= 9;
            canonical.then(|| digits.parse::<u32>().ok())?
        };
        let cost = Cost { memory: number("m=")?, passes: number("t=")?, lanes: number("p=")? };
        let whole = parameters.next().is_none() && fields.next().is_none();
        // 128 characters of base64 are 96 bytes: far above any salt or output in use
        if !whole || !cost.is_acceptable() || salt.len() > 128 || output.len() > 128 {
            return None;
        }
        let salt = Base64Unpadded::decode_vec(salt).ok()?;
        let output = Base64Unpadded::decode_vec(output).ok()?;
        ((8..=64).contains(&salt.len()) && (16..=64).contains(&output.len())).then_some(Self {
            cost,
            salt,
            output,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: [u8; SALT_LENGTH] = [7; SALT_LENGTH];

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    #[test]
    fn a_password_matches_its_own_hash_and_no_other() {
        let stored = password("correct horse").hash(SALT).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(password("correct horse").matches(Some(&stored)));
        assert!(!password("correct horsf").matches(Some(&stored)));
        assert!(!password("correct horse").matches(None));
        assert!(!is_outdated(&stored));
    }

    /// 64 MiB and two passes (WIRE §8), which is also a test vector of the reference implementation
    /// (`phc-winner-argon2/src/test.c`: version 19, t=2, m=2^16, p=1, "password", "somesalt").
    #[test]
    fn a_hash_of_the_earlier_server_is_still_accepted() {
        let cost = Cost { memory: 64 * 1024, passes: 2, lanes: 1 };
        let secret = password("password");
        let output = secret.argon2id(cost, b"somesalt", 32).unwrap();
        assert_eq!(
            super::super::encoding::hex(&output),
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
        );
        let stored = format!(
            "$argon2id$v=19$m=65536,t=2,p=1${}${}",
            Base64Unpadded::encode_string(b"somesalt"),
            Base64Unpadded::encode_string(&output)
        );
        assert!(secret.matches(Some(&stored)));
        assert!(is_outdated(&stored));
    }

    /// ATTACKS G-106.
    #[test]
    fn the_length_of_a_password_is_bounded_before_any_work() {
        assert_eq!(Password::parse("").unwrap_err(), PasswordError::Empty);
        // Issue 10, fault 21: characters of any script, in whatever form a keyboard writes them.
        for character in ["a", "ä", "\u{1f511}", "a\u{308}", "\u{1112}\u{1161}\u{11ab}"] {
            assert!(Password::parse(&character.repeat(128)).is_ok(), "{character}");
            let error = Password::parse(&character.repeat(129)).unwrap_err();
            assert_eq!(error, PasswordError::TooLong, "{character}");
        }
        assert!(Password::parse(&"a".repeat(100_000)).is_err());
        assert_eq!(Password::parse(&"a".repeat(129)).unwrap_err(), PasswordError::TooLong);
        assert_eq!(Password::parse(&"a".repeat(1 << 20)).unwrap_err(), PasswordError::TooLong);
        // U+0958 decomposes under NFC: one character becomes two
        assert!(Password::parse(&"\u{958}".repeat(64)).is_ok());
        assert_eq!(Password::parse(&"\u{958}".repeat(65)).unwrap_err(), PasswordError::TooLong);
    }

    /// ATTACKS G-106: nothing is cut off at a NUL, because there is none.
    #[test]
    fn a_password_with_a_control_character_is_refused() {
        for text in ["a\0b", "\0", "a\nb", "\u{7f}", "a\u{85}"] {
            assert_eq!(Password::parse(text).unwrap_err(), PasswordError::ControlCharacter);
        }
    }

    /// ATTACKS G-106; RFC 8265 §4.2.
    #[test]
    fn both_spellings_of_a_letter_are_the_same_password() {
        let stored = password("caf\u{e9}").hash(SALT).unwrap();
        assert!(password("cafe\u{301}").matches(Some(&stored)));
        assert!(!password("cafe").matches(Some(&stored)));
    }

    /// ATTACKS G-106: neither weaker than OWASP's weakest row nor a weapon against the server.
    #[test]
    fn a_stored_hash_with_absurd_parameters_matches_nothing_and_costs_no_more() {
        let tail = "c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(is_accepted(&format!("$argon2id$v=19$m=19456,t=2,p=1${tail}")));
        for head in [
            "$argon2id$v=19$m=4294967295,t=2,p=1",
            "$argon2id$v=19$m=65537,t=2,p=1",
            "$argon2id$v=19$m=65536,t=5,p=1",
            "$argon2id$v=19$m=19456,t=4294967295,p=1",
            "$argon2id$v=19$m=19456,t=2,p=16777215",
            "$argon2id$v=19$m=8,t=1,p=1",
            "$argon2id$v=19$m=19456,t=1,p=1",
            "$argon2id$v=19$m=019456,t=2,p=1",
            "$argon2id$v=19$m=+19456,t=2,p=1",
            "$argon2id$v=19$t=2,m=19456,p=1",
            "$argon2id$v=19$m=19456,t=2,p=1,keyid=aa",
            "$argon2id$v=16$m=19456,t=2,p=1",
            "$argon2i$v=19$m=19456,t=2,p=1",
            "$2b$12",
            "plain",
        ] {
            let stored = format!("{head}${tail}");
            assert!(!is_accepted(&stored), "{stored}");
        }
        assert!(!is_accepted(&format!("$argon2id$v=19$m=19456,t=2,p=1${tail}$")));
        assert!(!is_accepted(""));
        assert!(!password("password").matches(Some("plain")));
    }

    #[test]
    fn a_password_is_not_shown() {
        assert!(!format!("{:?}", password("hunter2")).contains("hunter2"));
    }
}
