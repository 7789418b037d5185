//! Request ids, for logs and `x-request-id`.

use super::encoding::hex_digits;

/// 32 hex digits of chance. Copied, for every request has one and hands it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId([u8; 32]);

impl RequestId {
    /// The id of these random bytes.
    pub fn new(random: [u8; 16]) -> Self {
        let mut digits = [0; 32];
        for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(random) {
            *pair = hex_digits(byte);
        }
        Self(digits)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default() // which they are
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_bytes_in_hex() {
        let id = RequestId::new(*b"\x00\x01\x9a\xbc\xde\xff0123456789");
        assert_eq!(id.as_str(), "00019abcdeff30313233343536373839");
    }
}
