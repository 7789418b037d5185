//! API keys: text format and scope.
//!
//! A key minted here is `hk-` and then base62 of fixed widths, 58 characters in all:
//!
//! | characters | what |
//! |---|---|
//! | 11 | the id, 64 bits: names the key in the database |
//! | 27 | the secret, 160 bits |
//! | 11 | HMAC-SHA-256 over all before it, 64 bits, under a key derived for the environment |
//! | 6 | CRC-32 (ISO HDLC) over all before it, `hk-` included |
//!
//! The checksum allows an offline check of the form; the MAC lets an edge refuse a made-up key
//! with no I/O at all. Neither makes a key valid: only its record does.
//!
//! Keys of earlier systems (`hk-<uuid>`, `sk-live-<32 hex>`, …) have no MAC and are known by
//! their digest only.

mod base62;
mod scope;

use std::fmt;

use crc::{CRC_32_ISO_HDLC, Crc};
use hmac::{Hmac, Mac};
use sha2::Sha256;

pub use scope::{KeyScope, ScopeError};

use super::{
    encoding::digest,
    root_key::{HmacKeys, Purpose, RootKeys},
    secret::{Secret, constant_time_eq},
};
use crate::core::random::Random;

/// What every key that we mint begins with.
pub const PREFIX: &str = "hk-";

/// The entry of a scope that names the class of a publishable key (WIRE §3.2).
pub const PUBLISH: &str = "publish";

const ID: usize = 11;
const SECRET: usize = 27;
const MAC: usize = 11;
const CRC: usize = 6;
const BODY: usize = ID + SECRET + MAC + CRC;

/// A well-formed API key. Whether it exists and may be used is in its record.
#[derive(Clone)]
pub struct ApiKey {
    text: Secret<String>,
    form: Form,
}

/// Whose format a key has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Ours: it carries an id and a MAC.
    Minted {
        /// The id of its record.
        id: String,
    },
    /// An earlier system's: known by its digest only.
    Imported(ImportedForm),
}

/// The formats of earlier systems (WIRE §3.1, §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportedForm {
    /// `hk-<uuid>`
    Uuid,
    /// `sk-live-<32 hex>`, `sk-test-<32 hex>`
    Secret,
    /// `pk-live-<32 hex>`, `pk-test-<32 hex>`
    Publishable,
}

/// The text is not an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// None of the formats.
    Form,
    /// One character is not what was minted.
    Checksum,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "not an API key",
            Self::Checksum => "the checksum of the API key is wrong",
        })
    }
}

impl std::error::Error for KeyError {}

/// Whether `text` claims to be an API key (and so is not a JWT): it is then [`ApiKey::parse`]d.
pub fn is_api_key(text: &str) -> bool {
    ["hk-", "sk-", "pk-"].iter().any(|prefix| text.starts_with(prefix))
}

/// The keys of the MAC inside our API keys.
#[derive(Debug, Clone)]
pub struct MacKeys(HmacKeys);

impl MacKeys {
    /// The keys for `environment`.
    pub fn derive(root_keys: &RootKeys, environment: &str) -> Self {
        Self(HmacKeys::derive(root_keys, Purpose::ApiKey, environment))
    }
}

impl ApiKey {
    /// Makes a new key for `environment`.
    pub fn mint(random: &dyn Random, root_keys: &RootKeys, environment: &str) -> Self {
        let id = base62::encode(&random.bytes::<8>(), ID);
        let secret = base62::encode(&random.bytes::<20>(), SECRET);
        let mut text = format!("{PREFIX}{id}{secret}");
        text.push_str(&mac(root_keys.current.hmac(Purpose::ApiKey, environment), &text));
        text.push_str(&checksum(&text));
        Self { text: Secret::new(text), form: Form::Minted { id } }
    }

    /// Reads a key: its form and its checksum, nothing that needs a secret.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let form = match text.strip_prefix(PREFIX) {
            Some(body) if body.len() == BODY => minted(text, body)?,
            Some(uuid) if is_uuid(uuid) => Form::Imported(ImportedForm::Uuid),
            _ => Form::Imported(two_part(text).ok_or(KeyError::Form)?),
        };
        Ok(Self { text: Secret::new(text.to_owned()), form })
    }

    /// Whether we minted it (RFC 2104). Imported keys carry no MAC; their digest alone decides.
    pub fn verify_mac(&self, keys: &MacKeys) -> bool {
        let Form::Minted { .. } = self.form else { return true };
        let text = self.text.expose();
        let Some((covered, rest)) = text.split_at_checked(PREFIX.len() + ID + SECRET) else {
            return false;
        };
        let claimed = rest.get(..MAC).unwrap_or_default().as_bytes();
        keys.0.any(|key| constant_time_eq(mac(key.clone(), covered).as_bytes(), claimed))
    }

    /// Whose format it has.
    pub const fn form(&self) -> &Form {
        &self.form
    }

    /// The key itself: shown to its holder once.
    pub const fn text(&self) -> &Secret<String> {
        &self.text
    }

    /// How it is stored and looked up.
    pub fn digest(&self) -> String {
        digest(self.text.expose())
    }

    /// What it begins with: `hk-`, `sk-live-`, ….
    pub fn prefix(&self) -> &str {
        let text = self.text.expose();
        let length = match self.form {
            Form::Minted { .. } | Form::Imported(ImportedForm::Uuid) => PREFIX.len(),
            Form::Imported(_) => "sk-live-".len(),
        };
        text.get(..length).unwrap_or_default()
    }

    /// Its last four characters, by which its holder knows it again.
    pub fn last_four(&self) -> &str {
        let text = self.text.expose();
        text.get(text.len().saturating_sub(4)..).unwrap_or_default()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("form", &self.form).finish_non_exhaustive()
    }
}

fn minted(text: &str, body: &str) -> Result<Form, KeyError> {
    if !body.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(KeyError::Form);
    }
    let (covered, claimed) = text.split_at_checked(text.len() - CRC).ok_or(KeyError::Form)?;
    if checksum(covered) != claimed {
        return Err(KeyError::Checksum);
    }
    let id = body.get(..ID).ok_or(KeyError::Form)?.to_owned();
    Ok(Form::Minted { id })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => is_lowercase_hex(byte),
        })
}

fn two_part(text: &str) -> Option<ImportedForm> {
    let (form, rest) = text
        .strip_prefix("sk-")
        .map(|rest| (ImportedForm::Secret, rest))
        .or_else(|| text.strip_prefix("pk-").map(|rest| (ImportedForm::Publishable, rest)))?;
    let hex = rest.strip_prefix("live-").or_else(|| rest.strip_prefix("test-"))?;
    (hex.len() == 32 && hex.bytes().all(is_lowercase_hex)).then_some(form)
}

const fn is_lowercase_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn checksum(covered: &str) -> String {
    // One table of a kilobyte: what is summed is 52 bytes long, and the edge must be small.
    static SUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    base62::encode(&SUM.checksum(covered.as_bytes()).to_be_bytes(), CRC)
}

fn mac(mut key: Hmac<Sha256>, covered: &str) -> String {
    key.update(covered.as_bytes());
    base62::encode(key.finalize().into_bytes().get(..8).unwrap_or_default(), MAC)
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "the texts are ASCII, and a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{core::root_key::RootKey, platform::native::SeededRandom};

    fn root_keys(byte: u8) -> RootKeys {
        RootKeys { current: RootKey::new([byte; 32]), previous: None }
    }

    fn key(seed: u64) -> ApiKey {
        ApiKey::mint(&SeededRandom::new(seed), &root_keys(1), "test")
    }

    proptest! {
        #[test]
        fn a_minted_key_is_hk_and_55_alphanumerics_and_parses(seed: u64) {
            let key = key(seed);
            let text = key.text().expose();
            prop_assert_eq!(text.len(), 58);
            prop_assert!(text[3..].bytes().all(|byte| byte.is_ascii_alphanumeric()));
            let parsed = ApiKey::parse(text).unwrap();
            prop_assert_eq!(parsed.form(), key.form());
            prop_assert!(parsed.verify_mac(&MacKeys::derive(&root_keys(1), "test")));
        }

        /// ATTACKS F-82: one wrong character never passes the offline check.
        #[test]
        fn a_key_with_one_character_changed_is_refused_by_its_checksum(
            seed: u64, place in 3_usize..58, other in "[0-9A-Za-z]",
        ) {
            let text = key(seed).text().expose().clone();
            prop_assume!(text[place..=place] != other);
            let changed = format!("{}{other}{}", &text[..place], &text[place + 1..]);
            prop_assert_eq!(ApiKey::parse(&changed).err(), Some(KeyError::Checksum));
        }

        #[test]
        fn no_text_panics_the_parser(text in "\\PC{0,80}", key_like in "(hk|sk|pk)-\\PC{0,60}") {
            let _ = ApiKey::parse(&text);
            let _ = ApiKey::parse(&key_like);
        }
    }

    /// ATTACKS F-82: an attacker can compute the checksum, not the MAC.
    #[test]
    fn a_made_up_key_with_a_right_checksum_has_a_wrong_mac() {
        let covered = format!("hk-{}", "A".repeat(ID + SECRET + MAC));
        let made_up = ApiKey::parse(&format!("{covered}{}", checksum(&covered))).unwrap();
        assert!(!made_up.verify_mac(&MacKeys::derive(&root_keys(1), "test")));
    }

    /// ATTACKS F-82.
    #[test]
    fn a_key_of_another_environment_or_root_has_a_wrong_mac() {
        assert!(!key(1).verify_mac(&MacKeys::derive(&root_keys(1), "live")));
        assert!(!key(1).verify_mac(&MacKeys::derive(&root_keys(2), "test")));
    }

    #[test]
    fn a_key_of_the_previous_root_is_still_accepted() {
        let rotated =
            RootKeys { current: RootKey::new([2; 32]), previous: Some(RootKey::new([1; 32])) };
        assert!(key(1).verify_mac(&MacKeys::derive(&rotated, "test")));
    }

    #[test]
    fn keys_of_earlier_systems_are_recognised_by_their_form() {
        let hex = "0123456789abcdef0123456789abcdef";
        for (text, form, prefix) in [
            ("hk-7f9c24e5-2b1a-4c3d-8e4f-5a6b7c8d9e0f".to_owned(), ImportedForm::Uuid, "hk-"),
            (format!("sk-live-{hex}"), ImportedForm::Secret, "sk-live-"),
            (format!("sk-test-{hex}"), ImportedForm::Secret, "sk-test-"),
            (format!("pk-live-{hex}"), ImportedForm::Publishable, "pk-live-"),
        ] {
            let key = ApiKey::parse(&text).unwrap();
            assert_eq!((key.form(), key.prefix()), (&Form::Imported(form), prefix));
        }
    }

    /// ATTACKS F-82: prefix, homoglyph, length.
    #[test]
    fn other_texts_are_not_keys() {
        let good = key(1).text().expose().clone();
        for text in [
            String::new(),
            "hk-".to_owned(),
            good.replace("hk-", "HK-"),
            good.replace("hk-", "hk_"),
            good.replace("hk-", "xk-"),
            format!("{good}A"),
            good[..57].to_owned(),
            format!(" {good}"),
            format!("{good}\n"),
            format!("{}\u{0430}{}", &good[..20], &good[22..]), // Cyrillic а, the length kept
            "hk-7F9C24E5-2B1A-4C3D-8E4F-5A6B7C8D9E0F".to_owned(),
            "sk-live-0123".to_owned(),
            "sk-prod-0123456789abcdef0123456789abcdef".to_owned(),
            "hk-".to_owned() + &"A".repeat(100_000),
        ] {
            assert_eq!(ApiKey::parse(&text).err(), Some(KeyError::Form), "{text:.60}");
        }
    }

    #[test]
    fn a_key_is_not_shown_by_debug() {
        let key = key(1);
        assert!(!format!("{key:?}").contains(&key.text().expose()[20..]));
    }
}
