//! Bytes that are base64url in JSON: challenges, user handles, credential ids; and AAGUIDs.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::core::{
    encoding::{base64url, from_public_base64url, hex},
    random::Random,
    secret::constant_time_eq,
};

/// Bytes, in JSON as base64url. Padding is tolerated when they are read: older pages write it.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(with = "String"))]
pub struct Base64Url(pub Vec<u8>);

impl Base64Url {
    /// The bytes of a text; `None` if it is not base64url.
    pub fn from_text(text: &str) -> Option<Self> {
        from_public_base64url(text.trim_end_matches('=')).map(Self)
    }
}

impl fmt::Display for Base64Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url(&self.0))
    }
}

impl fmt::Debug for Base64Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Base64Url {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Base64Url {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text).ok_or_else(|| D::Error::custom("must be base64url"))
    }
}

/// What one ceremony signs: 32 random bytes, used once (§13.4.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Base64Url", into = "Base64Url")]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// A new one.
    pub fn new(random: &dyn Random) -> Self {
        Self(random.bytes())
    }

    /// Reads one that was kept.
    pub fn from_text(text: &str) -> Option<Self> {
        Base64Url::from_text(text)?.try_into().ok()
    }

    /// Whether `text`, from client data, is this challenge.
    pub fn matches(&self, text: &str) -> bool {
        constant_time_eq(base64url(&self.0).as_bytes(), text.as_bytes())
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url(&self.0))
    }
}

impl TryFrom<Base64Url> for Challenge {
    type Error = &'static str;

    fn try_from(bytes: Base64Url) -> Result<Self, Self::Error> {
        bytes.0.try_into().map(Self).map_err(|_| "must be 32 bytes")
    }
}

impl From<Challenge> for Base64Url {
    fn from(challenge: Challenge) -> Self {
        Self(challenge.0.to_vec())
    }
}

/// The name of an account for authenticators (§5.4.3): 1 to 64 bytes that say nothing about the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Base64Url", into = "Base64Url")]
pub struct UserHandle(Vec<u8>);

impl UserHandle {
    /// A handle of these bytes (say, of the user's id); `None` if there are none or too many.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (1..=64).contains(&bytes.len()).then(|| Self(bytes.to_vec()))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<Base64Url> for UserHandle {
    type Error = &'static str;

    fn try_from(bytes: Base64Url) -> Result<Self, Self::Error> {
        Self::new(&bytes.0).ok_or("must be 1 to 64 bytes")
    }
}

impl From<UserHandle> for Base64Url {
    fn from(handle: UserHandle) -> Self {
        Self(handle.0)
    }
}

/// The model of an authenticator (§6.5.1), written as a UUID. Only an attestation proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema), schemars(with = "String"))]
pub struct Aaguid(pub [u8; 16]);

impl fmt::Display for Aaguid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            f.write_str(&hex(&[*byte]))?;
        }
        Ok(())
    }
}

impl FromStr for Aaguid {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = "must be a UUID";
        let digit = |c: char| u8::try_from(c.to_digit(16)?).ok();
        let digits: Vec<u8> = text.chars().filter_map(digit).collect();
        let (pairs, _) = digits.as_chunks::<2>();
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        let read = Self(bytes.try_into().map_err(|_| refused)?);
        if read.to_string().eq_ignore_ascii_case(text) { Ok(read) } else { Err(refused) }
    }
}

impl Serialize for Aaguid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Aaguid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aaguid_reads_back_what_it_writes_and_nothing_else() {
        let text = "08987058-cadc-4b81-b6e1-30de50dcbe96";
        let aaguid: Aaguid = text.parse().unwrap();
        assert_eq!(aaguid.to_string(), text);
        assert_eq!(text.to_uppercase().parse(), Ok(aaguid));
        for other in
            ["", "08987058cadc4b81b6e130de50dcbe96", "x8987058-cadc-4b81-b6e1-30de50dcbe96"]
        {
            assert!(other.parse::<Aaguid>().is_err(), "{other}");
        }
    }

    #[test]
    fn a_user_handle_has_1_to_64_bytes() {
        assert_eq!(UserHandle::new(&[]), None);
        assert_eq!(UserHandle::new(&[0; 65]), None);
        let handle = UserHandle::new(&[7; 64]).unwrap();
        let json = serde_json::to_string(&handle).unwrap();
        assert_eq!(serde_json::from_str::<UserHandle>(&json).unwrap(), handle);
        assert!(serde_json::from_str::<UserHandle>(r#""""#).is_err());
    }

    #[test]
    fn bytes_are_read_with_and_without_padding() {
        for text in [r#""AQ""#, r#""AQ==""#] {
            assert_eq!(serde_json::from_str::<Base64Url>(text).unwrap(), Base64Url(vec![1]));
        }
        assert!(serde_json::from_str::<Base64Url>(r#""A+""#).is_err());
    }
}
