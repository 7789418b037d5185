//! Encryption, decryption and keyed checksums of the four encryption types.

use aes::{
    Aes128, Aes256,
    cipher::{
        Array, BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser, InnerIvInit, KeyInit,
        consts::U16,
    },
};
use cts::{CbcCs3, Decrypt, Encrypt};

use super::{
    Etype, Key,
    error::CipherError,
    key::{Purpose, hmac},
};
use crate::core::secret::{Secret, constant_time_eq};

/// Key usages (RFC 4120 §7.5.1, RFC 4121 §2).
pub mod usage {
    /// The encrypted part of a ticket.
    pub const TICKET: u32 = 2;
    /// The authenticator of an AP-REQ.
    pub const AP_REQ_AUTHENTICATOR: u32 = 11;
    /// The encrypted part of an AP-REP.
    pub const AP_REP: u32 = 12;
    /// A MIC token of the acceptor.
    pub const ACCEPTOR_SIGN: u32 = 23;
    /// A MIC token of the initiator.
    pub const INITIATOR_SIGN: u32 = 25;
}

/// Bytes of a block of AES, and of the confounder.
const BLOCK: usize = 16;

/// Encrypts (RFC 3961 §5.3, RFC 8009 §5). `confounder` must be random.
pub fn encrypt(
    key: &Key,
    usage: u32,
    confounder: &[u8; BLOCK],
    plaintext: &[u8],
) -> Result<Vec<u8>, CipherError> {
    let encryption = key.derive(usage, Purpose::Encryption)?;
    let mut text = [confounder, plaintext].concat();
    let of_plaintext = integrity(key, usage, &text)?;
    match encryption.expose().len() {
        16 => steal_encrypt::<Aes128>(encryption.expose(), &mut text)?,
        _ => steal_encrypt::<Aes256>(encryption.expose(), &mut text)?,
    }
    let mac = match key.etype() {
        Etype::Aes128Sha1 | Etype::Aes256Sha1 => of_plaintext,
        Etype::Aes128Sha256 | Etype::Aes256Sha384 => integrity(key, usage, &text)?,
    };
    text.extend_from_slice(&mac);
    Ok(text)
}

/// Decrypts and authenticates a ciphertext with this key and usage.
pub fn decrypt(key: &Key, usage: u32, ciphertext: &[u8]) -> Result<Secret<Vec<u8>>, CipherError> {
    let length = ciphertext.len().checked_sub(key.etype().checksum_length());
    let Some((text, mac)) = length.and_then(|length| ciphertext.split_at_checked(length)) else {
        return Err(CipherError::Short);
    };
    if text.len() < BLOCK {
        return Err(CipherError::Short);
    }
    // RFC 8009 authenticates the ciphertext, RFC 3962 the plaintext.
    let of_ciphertext = matches!(key.etype(), Etype::Aes128Sha256 | Etype::Aes256Sha384);
    if of_ciphertext && !constant_time_eq(&integrity(key, usage, text)?, mac) {
        return Err(CipherError::Integrity);
    }
    let encryption = key.derive(usage, Purpose::Encryption)?;
    let mut plain = text.to_vec();
    match encryption.expose().len() {
        16 => steal_decrypt::<Aes128>(encryption.expose(), &mut plain)?,
        _ => steal_decrypt::<Aes256>(encryption.expose(), &mut plain)?,
    }
    let plain = Secret::new(plain);
    if !of_ciphertext && !constant_time_eq(&integrity(key, usage, plain.expose())?, mac) {
        return Err(CipherError::Integrity);
    }
    Ok(Secret::new(plain.expose().get(BLOCK..).unwrap_or_default().to_vec()))
}

/// The keyed checksum of `parts` (RFC 3961 §5.4, RFC 8009 §6).
pub fn checksum(key: &Key, usage: u32, parts: &[&[u8]]) -> Result<Vec<u8>, CipherError> {
    let derived = key.derive(usage, Purpose::Checksum)?;
    let mut mac = hmac(key.etype(), derived.expose(), parts)?;
    mac.truncate(key.etype().checksum_length());
    Ok(mac)
}

/// The HMAC of an encryption. In RFC 8009, it starts with the (zero) initialization vector.
fn integrity(key: &Key, usage: u32, text: &[u8]) -> Result<Vec<u8>, CipherError> {
    let derived = key.derive(usage, Purpose::Integrity)?;
    let vector: &[u8] = match key.etype() {
        Etype::Aes128Sha1 | Etype::Aes256Sha1 => &[],
        Etype::Aes128Sha256 | Etype::Aes256Sha384 => &[0; BLOCK],
    };
    let mut mac = hmac(key.etype(), derived.expose(), &[vector, text])?;
    mac.truncate(key.etype().checksum_length());
    Ok(mac)
}

/// CBC with ciphertext stealing (RFC 3962 §5): the last two blocks are always swapped, and a single
/// block is encrypted alone (`cts` 0.7 encrypts it twice).
fn steal_encrypt<C>(key: &[u8], text: &mut [u8]) -> Result<(), CipherError>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
{
    let cipher = C::new_from_slice(key).map_err(|_| CipherError::Key)?;
    if let Ok(block) = <&mut Array<u8, U16>>::try_from(&mut *text) {
        cipher.encrypt_block(block);
        return Ok(());
    }
    CbcCs3::inner_iv_init(cipher, &Array::default()).encrypt(text).map_err(|_| CipherError::Short)
}

fn steal_decrypt<C>(key: &[u8], text: &mut [u8]) -> Result<(), CipherError>
where
    C: BlockCipherDecrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
{
    let cipher = C::new_from_slice(key).map_err(|_| CipherError::Key)?;
    if let Ok(block) = <&mut Array<u8, U16>>::try_from(&mut *text) {
        cipher.decrypt_block(block);
        return Ok(());
    }
    CbcCs3::inner_iv_init(cipher, &Array::default()).decrypt(text).map_err(|_| CipherError::Short)
}
