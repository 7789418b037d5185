//! MIC tokens (RFC 4121 §4.2.4 and §4.2.6.1).

use super::{
    Key,
    cipher::{checksum, usage},
    error::CipherError,
};
use crate::core::secret::constant_time_eq;

const SENT_BY_ACCEPTOR: u8 = 1;
const ACCEPTOR_SUBKEY: u8 = 4;

/// The key of a context's MIC tokens (RFC 4121 §2).
#[derive(Debug, Clone)]
pub(super) struct MicKey {
    /// The acceptor's subkey, else the initiator's, else the session key.
    pub(super) key: Key,
    /// Whether it is the acceptor's.
    pub(super) of_acceptor: bool,
}

impl MicKey {
    /// The acceptor's MIC token of a message.
    pub(super) fn sign(&self, sequence: u32, message: &[u8]) -> Result<Vec<u8>, CipherError> {
        let header = self.header(SENT_BY_ACCEPTOR, sequence);
        let mac = checksum(&self.key, usage::ACCEPTOR_SIGN, &[message, &header])?;
        Ok([&header[..], &mac].concat())
    }

    /// Whether `token` is the initiator's MIC of a message, the first that it sends in this context.
    pub(super) fn verify(
        &self,
        sequence: u32,
        message: &[u8],
        token: &[u8],
    ) -> Result<bool, CipherError> {
        let header = self.header(0, sequence);
        let mac = checksum(&self.key, usage::INITIATOR_SIGN, &[message, &header])?;
        Ok(constant_time_eq(token, &[&header[..], &mac].concat()))
    }

    fn header(&self, sender: u8, sequence: u32) -> [u8; 16] {
        let subkey = if self.of_acceptor { ACCEPTOR_SUBKEY } else { 0 };
        let [a, b, c, d] = sequence.to_be_bytes();
        [4, 4, sender | subkey, 255, 255, 255, 255, 255, 0, 0, 0, 0, a, b, c, d]
    }
}
