//! The root key, from which every other symmetric key is derived (RFC 5869), one per purpose.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, digest::Key};
use sha2::Sha256;

use super::{encoding::from_base64url, secret::Secret};

/// What a derived key is for. Two purposes never share a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Seals what the database keeps (signing keys).
    Seal,
    /// The MAC inside `hk-` keys.
    ApiKey,
    /// Proves to the origin that a request came through an edge.
    EdgeProof,
    /// Proves to an upstream service that the identity headers are the edge's.
    Identity,
    /// Binds the forms of the sign-in pages to one browser.
    Form,
    /// Says where attempts of an account or network are counted.
    Attempts,
    /// Derives the successor of a refresh token.
    Refresh,
    /// Recognizes a creation that is repeated.
    Repetition,
    /// Makes the stored digests of one-time and recovery codes.
    Codes,
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::ApiKey => "api-key",
            Self::EdgeProof => "hop",
            Self::Identity => "identity",
            Self::Form => "form",
            Self::Attempts => "attempts",
            Self::Refresh => "refresh-token",
            Self::Repetition => "repetition",
            Self::Codes => "codes",
        }
    }
}

/// A root key: 32 random bytes, from the environment.
#[derive(Debug, Clone)]
pub struct RootKey(Secret<[u8; 32]>);

impl RootKey {
    /// A root key of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// Reads base64url of exactly 32 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self::new(from_base64url(text.trim())?.try_into().ok()?))
    }

    /// The key for `purpose`; `context` separates environments and services.
    pub fn derive(&self, purpose: Purpose, context: &str) -> Secret<[u8; 32]> {
        let mut key = [0; 32];
        let info = [b"hanzo-iam/1/", purpose.label().as_bytes(), b"/", context.as_bytes()];
        // 32 bytes are far below HKDF's limit of 255 digests, the only error of `expand`.
        let _ = Hkdf::<Sha256>::new(None, self.0.expose()).expand_multi_info(&info, &mut key);
        Secret::new(key)
    }

    /// HMAC-SHA-256 with the key for `purpose` and `context`.
    pub fn hmac(&self, purpose: Purpose, context: &str) -> Hmac<Sha256> {
        // RFC 2104 §2: a key shorter than a block is padded with zeros.
        let mut block = Key::<Hmac<Sha256>>::default();
        let key = self.derive(purpose, context);
        for (to, from) in block.iter_mut().zip(key.expose()) {
            *to = *from;
        }
        Hmac::new(&block)
    }

    /// An id of the key that reveals nothing about it, to find it again after a rotation.
    pub fn id(&self) -> String {
        super::encoding::base64url(&self.derive(Purpose::Seal, "key id").expose()[..6])
    }
}

/// The present root key, and the one before it while a rotation is under way.
#[derive(Debug, Clone)]
pub struct RootKeys {
    /// Makes everything new.
    pub current: RootKey,
    /// Still accepted.
    pub previous: Option<RootKey>,
}

impl RootKeys {
    /// All accepted keys, the current one first.
    pub fn iter(&self) -> impl Iterator<Item = &RootKey> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

/// The HMAC keys of one purpose and context, derived from each accepted root key.
#[derive(Clone)]
pub struct HmacKeys {
    /// Makes new MACs.
    pub current: Hmac<Sha256>,
    previous: Option<Hmac<Sha256>>,
}

impl fmt::Debug for HmacKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKeys(…)")
    }
}

impl HmacKeys {
    /// The keys for `purpose` and `context`.
    pub fn derive(root_keys: &RootKeys, purpose: Purpose, context: &str) -> Self {
        Self {
            current: root_keys.current.hmac(purpose, context),
            previous: root_keys.previous.as_ref().map(|root| root.hmac(purpose, context)),
        }
    }

    /// Whether `made_with` holds for a key. Tries all of them, so the time does not tell which.
    pub fn any(&self, made_with: impl Fn(&Hmac<Sha256>) -> bool) -> bool {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .fold(false, |found, key| found | made_with(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_and_context_has_a_key_of_its_own() {
        let root = RootKey::new([7; 32]);
        let keys = [
            root.derive(Purpose::Seal, "a"),
            root.derive(Purpose::Seal, "b"),
            root.derive(Purpose::ApiKey, "a"),
            RootKey::new([8; 32]).derive(Purpose::Seal, "a"),
        ];
        for (i, a) in keys.iter().enumerate() {
            for b in keys.iter().skip(i + 1) {
                assert!(!a.matches(b.expose()));
            }
        }
    }

    #[test]
    fn an_hmac_key_is_the_derived_key() {
        use hmac::Mac;
        let root = RootKey::new([7; 32]);
        let key = root.derive(Purpose::Identity, "a");
        let mac = |mut mac: Hmac<Sha256>| {
            mac.update(b"text");
            mac.finalize().into_bytes()
        };
        let expected = mac(Hmac::new_from_slice(key.expose()).unwrap());
        assert_eq!(mac(root.hmac(Purpose::Identity, "a")), expected);
    }

    #[test]
    fn a_root_key_of_another_length_is_refused() {
        assert!(RootKey::parse(&crate::core::encoding::base64url(&[1; 32])).is_some());
        assert!(RootKey::parse(&crate::core::encoding::base64url(&[1; 31])).is_none());
        assert!(RootKey::parse("").is_none());
    }
}
