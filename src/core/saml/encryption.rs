//! Decrypts elements (XML Encryption 1.1): AES-GCM with a key transported by RSA-OAEP.
//!
//! Encryption does not authenticate the sender. The plaintext is untrusted input like any other
//! document.

use aes::{
    Aes128, Aes192, Aes256,
    cipher::{BlockModeDecrypt, KeyIvInit, block_padding::NoPadding},
};
use aes_gcm::{
    AesGcm, KeyInit,
    aead::{Aead, consts::U12},
};

use super::{
    Algorithms, base64_text,
    names::{DSIG, ENC, ENC11},
    xml::{Document, Element, Limits, Several, XmlError, parse_within},
};
use crate::core::{
    crypto::{CryptoError, Decryption, OaepHash},
    secret::Secret,
};

/// Maximum number of encrypted keys and of private keys tried.
const MOST_KEYS: usize = 4;

/// Private keys and the cryptographic backend.
#[derive(Clone, Copy)]
pub struct Decrypter<'a> {
    /// The platform.
    pub crypto: &'a dyn Decryption,
    /// The private keys, PKCS#8 DER; several during a rotation.
    pub keys: &'a [Secret<Vec<u8>>],
}

impl std::fmt::Debug for Decrypter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Decrypter({} keys)", self.keys.len())
    }
}

/// Why an element cannot be decrypted. For logs only: a response that distinguishes these is an
/// oracle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    /// An element appears several times.
    #[error(transparent)]
    Several(#[from] Several),
    /// A part is missing or malformed.
    #[error("the encrypted element is malformed at {0}")]
    Malformed(&'static str),
    /// The content encryption algorithm is not accepted.
    #[error("the content encryption is not accepted: {0}")]
    Content(String),
    /// The key transport algorithm is not accepted. This includes RSA 1.5, whose padding is an
    /// oracle.
    #[error("the key encryption is not accepted: {0}")]
    Key(String),
    /// RSA-OAEP with a label, or with different hashes for label and mask.
    #[error("the parameters of RSA-OAEP are not accepted")]
    Oaep,
    /// There are too many encrypted keys.
    #[error("there are too many encrypted keys")]
    TooManyKeys,
    /// No private key is configured.
    #[error("there is no private key to decrypt with")]
    NoKey,
    /// It is encrypted for another key or was altered.
    #[error("it is encrypted for another key or was altered")]
    Failed,
    /// The plaintext is malformed.
    #[error("the plaintext: {0}")]
    Xml(#[from] XmlError),
    /// A cryptographic operation failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// Decrypts the content of an `EncryptedAssertion` or `EncryptedID` (SAML core §2.2.4, §2.3.4).
pub async fn decrypt(
    wrapper: Element<'_>,
    decrypter: Decrypter<'_>,
    algorithms: Algorithms,
    limits: &Limits,
) -> Result<Document, EncryptionError> {
    let malformed = EncryptionError::Malformed;
    let data = wrapper.only_child(ENC, "EncryptedData")?.ok_or(malformed("EncryptedData"))?;
    if data.attribute("Type").is_some_and(|kind| kind != "http://www.w3.org/2001/04/xmlenc#Element")
    {
        return Err(malformed("Type"));
    }
    let method = data.only_child(ENC, "EncryptionMethod")?.ok_or(malformed("EncryptionMethod"))?;
    let content = Content::of(method, algorithms)?;
    let ciphertext = cipher_value(data)?;

    // The key is within the data's KeyInfo or beside the data.
    let info = data.only_child(DSIG, "KeyInfo")?;
    let within = info.into_iter().flat_map(|info| info.children_named(ENC, "EncryptedKey"));
    let keys: Vec<_> = within.chain(wrapper.children_named(ENC, "EncryptedKey")).collect();
    if keys.is_empty() {
        return Err(malformed("EncryptedKey"));
    }
    if keys.len() > MOST_KEYS {
        return Err(EncryptionError::TooManyKeys);
    }
    if decrypter.keys.is_empty() {
        return Err(EncryptionError::NoKey);
    }
    for encrypted in keys {
        let method = encrypted.only_child(ENC, "EncryptionMethod")?;
        let hash = oaep(method.ok_or(malformed("EncryptedKey"))?)?;
        let sent = cipher_value(encrypted)?;
        for private in decrypter.keys.iter().take(MOST_KEYS) {
            let key = decrypter.crypto.decrypt_oaep(private, hash, &sent).await?;
            let Some(key) = key.filter(|key| key.expose().len() == content.key_length()) else {
                continue;
            };
            if let Some(plain) = content.open(key.expose(), &ciphertext) {
                return Ok(parse_within(&plain, wrapper.scope(), limits)?);
            }
        }
    }
    Err(EncryptionError::Failed)
}

fn cipher_value(element: Element<'_>) -> Result<Vec<u8>, EncryptionError> {
    let malformed = EncryptionError::Malformed("CipherData");
    let data = element.only_child(ENC, "CipherData")?.ok_or(malformed.clone())?;
    // The alternative, a CipherReference, is a URL.
    let value = data.only_child(ENC, "CipherValue")?.ok_or(malformed.clone())?;
    value.text().and_then(|text| base64_text(&text)).ok_or(malformed)
}

/// The hash of an RSA-OAEP method (§5.5.2).
fn oaep(method: Element<'_>) -> Result<OaepHash, EncryptionError> {
    let named = |uri: Option<&str>, names: [&str; 4]| {
        let hashes = [OaepHash::Sha1, OaepHash::Sha256, OaepHash::Sha384, OaepHash::Sha512];
        let uri = uri.unwrap_or(names[0]);
        names.iter().zip(hashes).find(|(name, _)| **name == uri).map(|(_, hash)| hash)
    };
    let uri = method.attribute("Algorithm").unwrap_or_default();
    let mask = match uri {
        "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p" => Some(OaepHash::Sha1),
        "http://www.w3.org/2009/xmlenc11#rsa-oaep" => {
            let mask = method.only_child(ENC11, "MGF")?;
            named(
                mask.map(|mask| mask.attribute("Algorithm").unwrap_or_default()),
                [
                    "http://www.w3.org/2009/xmlenc11#mgf1sha1",
                    "http://www.w3.org/2009/xmlenc11#mgf1sha256",
                    "http://www.w3.org/2009/xmlenc11#mgf1sha384",
                    "http://www.w3.org/2009/xmlenc11#mgf1sha512",
                ],
            )
        }
        _ => return Err(EncryptionError::Key(uri.to_owned())),
    };
    let digest = method.only_child(DSIG, "DigestMethod")?;
    let digest = named(
        digest.map(|digest| digest.attribute("Algorithm").unwrap_or_default()),
        [
            "http://www.w3.org/2000/09/xmldsig#sha1",
            "http://www.w3.org/2001/04/xmlenc#sha256",
            "http://www.w3.org/2001/04/xmldsig-more#sha384",
            "http://www.w3.org/2001/04/xmlenc#sha512",
        ],
    );
    let label = method.only_child(ENC, "OAEPparams")?;
    let labelled = label.is_some_and(|label| !label.deep_text().trim_ascii().is_empty());
    digest.filter(|_| digest == mask && !labelled).ok_or(EncryptionError::Oaep)
}

/// The content encryption algorithm.
#[derive(Clone, Copy)]
enum Content {
    Gcm128,
    Gcm192,
    Gcm256,
    DangerCbc128,
    DangerCbc192,
    DangerCbc256,
}

impl Content {
    fn of(method: Element<'_>, algorithms: Algorithms) -> Result<Self, EncryptionError> {
        let uri = method.attribute("Algorithm").unwrap_or_default();
        let cbc = algorithms.danger_cbc;
        match uri {
            "http://www.w3.org/2009/xmlenc11#aes128-gcm" => Ok(Self::Gcm128),
            "http://www.w3.org/2009/xmlenc11#aes192-gcm" => Ok(Self::Gcm192),
            "http://www.w3.org/2009/xmlenc11#aes256-gcm" => Ok(Self::Gcm256),
            "http://www.w3.org/2001/04/xmlenc#aes128-cbc" if cbc => Ok(Self::DangerCbc128),
            "http://www.w3.org/2001/04/xmlenc#aes192-cbc" if cbc => Ok(Self::DangerCbc192),
            "http://www.w3.org/2001/04/xmlenc#aes256-cbc" if cbc => Ok(Self::DangerCbc256),
            _ => Err(EncryptionError::Content(uri.to_owned())),
        }
    }

    const fn key_length(self) -> usize {
        match self {
            Self::Gcm128 | Self::DangerCbc128 => 16,
            Self::Gcm192 | Self::DangerCbc192 => 24,
            Self::Gcm256 | Self::DangerCbc256 => 32,
        }
    }

    /// The plaintext; `None` if it was altered or the key is wrong.
    fn open(self, key: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Gcm128 => gcm::<AesGcm<Aes128, U12>>(key, bytes),
            Self::Gcm192 => gcm::<AesGcm<Aes192, U12>>(key, bytes),
            Self::Gcm256 => gcm::<AesGcm<Aes256, U12>>(key, bytes),
            Self::DangerCbc128 => cbc::<cbc::Decryptor<Aes128>>(key, bytes),
            Self::DangerCbc192 => cbc::<cbc::Decryptor<Aes192>>(key, bytes),
            Self::DangerCbc256 => cbc::<cbc::Decryptor<Aes256>>(key, bytes),
        }
    }
}

/// AES-GCM with a 96-bit nonce as prefix and the tag as suffix (§5.2.4).
fn gcm<C: KeyInit + Aead>(key: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = bytes.split_at_checked(12)?;
    let cipher = C::new_from_slice(key).ok()?;
    cipher.decrypt(nonce.try_into().ok()?, sealed).ok()
}

/// AES-CBC with the IV as prefix; the last byte is the padding length (§5.2).
fn cbc<C: KeyIvInit + BlockModeDecrypt>(key: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let (vector, sealed) = bytes.split_at_checked(16)?;
    let cipher = C::new_from_slices(key, vector).ok()?;
    let mut buffer = sealed.to_vec();
    let plain = cipher.decrypt_padded::<NoPadding>(&mut buffer).ok()?;
    let padding = usize::from(*plain.last()?);
    let length = plain.len().checked_sub(padding).filter(|_| (1..=16).contains(&padding))?;
    plain.get(..length).map(<[u8]>::to_vec)
}
