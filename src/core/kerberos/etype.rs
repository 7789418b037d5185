//! Accepted encryption types, and names of refused ones.

/// An encryption type (RFC 3961 §8), with its IANA number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Etype {
    /// 17, `aes128-cts-hmac-sha1-96` (RFC 3962).
    Aes128Sha1,
    /// 18, `aes256-cts-hmac-sha1-96` (RFC 3962).
    Aes256Sha1,
    /// 19, `aes128-cts-hmac-sha256-128` (RFC 8009).
    Aes128Sha256,
    /// 20, `aes256-cts-hmac-sha384-192` (RFC 8009).
    Aes256Sha384,
}

impl Etype {
    /// The type with this number; `None` if it is refused or unknown.
    pub const fn from_number(number: i32) -> Option<Self> {
        Some(match number {
            17 => Self::Aes128Sha1,
            18 => Self::Aes256Sha1,
            19 => Self::Aes128Sha256,
            20 => Self::Aes256Sha384,
            _ => return None,
        })
    }

    /// Its number.
    pub const fn number(self) -> i32 {
        match self {
            Self::Aes128Sha1 => 17,
            Self::Aes256Sha1 => 18,
            Self::Aes128Sha256 => 19,
            Self::Aes256Sha384 => 20,
        }
    }

    /// Length of a protocol key in bytes.
    pub const fn key_length(self) -> usize {
        match self {
            Self::Aes128Sha1 | Self::Aes128Sha256 => 16,
            Self::Aes256Sha1 | Self::Aes256Sha384 => 32,
        }
    }

    /// Length of the integrity keys `Ki` and `Kc` in bytes (RFC 8009 §5).
    pub(super) const fn mac_key_length(self) -> usize {
        match self {
            Self::Aes128Sha1 | Self::Aes128Sha256 => 16,
            Self::Aes256Sha384 => 24,
            Self::Aes256Sha1 => 32,
        }
    }

    /// Length of a checksum (truncated HMAC) in bytes.
    pub const fn checksum_length(self) -> usize {
        match self {
            Self::Aes128Sha1 | Self::Aes256Sha1 => 12,
            Self::Aes128Sha256 => 16,
            Self::Aes256Sha384 => 24,
        }
    }
}

/// The name of an encryption type, for the administrator's log.
pub const fn etype_name(number: i32) -> &'static str {
    match number {
        1 => "des-cbc-crc, withdrawn",
        2 => "des-cbc-md4, withdrawn",
        3 => "des-cbc-md5, withdrawn",
        5 | 7 | 16 => "triple DES, withdrawn",
        17 => "aes128-cts-hmac-sha1-96",
        18 => "aes256-cts-hmac-sha1-96",
        19 => "aes128-cts-hmac-sha256-128",
        20 => "aes256-cts-hmac-sha384-192",
        23 => "rc4-hmac, withdrawn",
        24 => "rc4-hmac-exp, withdrawn",
        25 => "camellia128-cts-cmac, not supported",
        26 => "camellia256-cts-cmac, not supported",
        _ => "unknown",
    }
}
