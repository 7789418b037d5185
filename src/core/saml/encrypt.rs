//! Encrypts assertions (XML Encryption 1.1): AES-256-GCM with a new key, transported with RSA-OAEP.

use aes::Aes256;
use aes_gcm::{
    AesGcm, KeyInit,
    aead::{Aead, consts::U12},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    names::{DSIG, ENC},
    write::{WriteError, Writer},
};
use crate::core::{
    crypto::{CryptoError, Encryption, OaepHash},
    secret::Secret,
    signature::VerifyingKey,
};

/// The recipient of an encrypted assertion. Key and nonce are random and used once.
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    /// The platform.
    pub crypto: &'a dyn Encryption,
    /// The service provider's key, from its metadata.
    pub key: &'a VerifyingKey,
    /// A new key.
    pub content_key: &'a Secret<[u8; 32]>,
    /// A new nonce.
    pub nonce: [u8; 12],
}

impl std::fmt::Debug for Recipient<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recipient(…)")
    }
}

/// Writes an `EncryptedAssertion`. OAEP uses SHA-1, which every implementation supports; its
/// collision weakness does not affect OAEP.
pub(super) async fn encrypted(
    writer: &mut Writer,
    assertion: &str,
    recipient: &Recipient<'_>,
) -> Result<(), WriteError> {
    let key = recipient.content_key.expose();
    let failed = || WriteError::Crypto(CryptoError("AES-GCM refused the assertion".to_owned()));
    let cipher = AesGcm::<Aes256, U12>::new(key.into());
    let sealed = cipher.encrypt(&recipient.nonce.into(), assertion.as_bytes());
    let sealed = [recipient.nonce.as_slice(), &sealed.map_err(|_| failed())?].concat();
    let sent = recipient.crypto.encrypt_oaep(recipient.key, OaepHash::Sha1, key).await?;
    let sent = sent.ok_or(WriteError::RecipientKey)?;

    let algorithm = |uri| [("Algorithm", Some(uri))];
    writer.start("saml:EncryptedAssertion", &[]);
    let kind = ("Type", Some("http://www.w3.org/2001/04/xmlenc#Element"));
    writer.start("xenc:EncryptedData", &[("xmlns:xenc", Some(ENC)), kind]);
    let content = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
    writer.leaf("xenc:EncryptionMethod", &algorithm(content), "");
    writer.start("ds:KeyInfo", &[("xmlns:ds", Some(DSIG))]);
    writer.start("xenc:EncryptedKey", &[]);
    let transport = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
    writer.start("xenc:EncryptionMethod", &algorithm(transport));
    let digest = "http://www.w3.org/2000/09/xmldsig#sha1";
    writer.leaf("ds:DigestMethod", &algorithm(digest), "");
    writer.end();
    cipher_data(writer, &sent);
    writer.end();
    writer.end();
    cipher_data(writer, &sealed);
    writer.end();
    writer.end();
    Ok(())
}

fn cipher_data(writer: &mut Writer, bytes: &[u8]) {
    writer.start("xenc:CipherData", &[]);
    writer.leaf("xenc:CipherValue", &[], &STANDARD.encode(bytes));
    writer.end();
}
