//! Reasons for refusing a token. For the administrator's log and the test endpoint, never shown to
//! the user.

use super::{Principal, etype::etype_name};
use crate::core::time::UnixTime;

/// Why a ciphertext or checksum is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CipherError {
    /// It is too short for a confounder and a checksum.
    #[error("the ciphertext is too short")]
    Short,
    /// It was altered or made with another key.
    #[error("the integrity check failed")]
    Integrity,
    /// The key length does not match its type.
    #[error("the key has a wrong length")]
    Key,
}

/// Why a keytab is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeytabError {
    /// Larger than any keytab of one service.
    #[error("the keytab is larger than 256 KiB")]
    TooLarge,
    /// The first bytes are not 05 02.
    #[error("not a keytab of version 0x502")]
    Version,
    /// It ends inside the entry with this number, counted from 0.
    #[error("entry {0} of the keytab is truncated")]
    Truncated(usize),
    /// The entry with this number has an invalid principal.
    #[error("entry {0} of the keytab has no valid principal")]
    Principal(usize),
    /// The key of the entry with this number has the wrong length for its encryption type.
    #[error("the key in entry {0} of the keytab has a wrong length")]
    KeyLength(usize),
    /// It has more than 1024 entries.
    #[error("the keytab has too many entries")]
    TooMany,
    /// None of its keys is of an accepted encryption type.
    #[error("the keytab has no AES key (encryption types 17 to 20)")]
    NoKeys,
}

/// Why a token is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The value of the `Authorization` header is not `Negotiate` and base64.
    #[error("the Authorization header is not `Negotiate` and base64")]
    Header,
    /// The token is longer than 64 KiB.
    #[error("the token is too long")]
    TooLong,
    /// A part violates its specification.
    #[error("{part} is malformed: {source}")]
    Malformed {
        /// The part.
        part: &'static str,
        /// The decoding error.
        source: der::Error,
    },
    /// A part has an invalid version, message type or token id.
    #[error("{0} is unexpected")]
    Unexpected(&'static str),
    /// NTLM instead of Kerberos: the client has no ticket.
    #[error("the client sent NTLM: it has no Kerberos ticket for this service")]
    Ntlm,
    /// None of the offered GSS mechanisms is Kerberos.
    #[error("the client offers no Kerberos")]
    Mechanism,
    /// The client rejected the negotiation.
    #[error("the client rejected the negotiation")]
    Rejected,
    /// The token starts a negotiation instead of continuing one, or vice versa; or the continuation
    /// has no Kerberos token.
    #[error("the token does not continue the negotiation")]
    OutOfOrder,
    /// The negotiation state has expired.
    #[error("the negotiation has expired")]
    NegotiationExpired,
    /// A required `mechListMIC` is missing (RFC 4178 §5).
    #[error("the mechListMIC is missing")]
    MicMissing,
    /// The `mechListMIC` is invalid: the mechanism list may have been altered.
    #[error("the mechListMIC does not verify")]
    Mic,
    /// The client requests user-to-user authentication (RFC 4120 §3.7).
    #[error("user-to-user authentication is not supported")]
    UserToUser,
    /// The client requests DCE-style three-leg authentication (RFC 4757 §7.1).
    #[error("DCE style authentication is not supported")]
    DceStyle,
    /// An encryption type is obsolete or unknown.
    #[error("{part} is of encryption type {number} ({}), which is refused", etype_name(*.number))]
    Etype {
        /// The encrypted part or key.
        part: &'static str,
        /// The number of the type.
        number: i32,
    },
    /// The ticket is for another service.
    #[error("the ticket is for {0}, which is not this service")]
    Service(Principal),
    /// The keytab has no key of that type and version for the service.
    #[error("the keytab has no key for {service} with kvno {kvno:?} and encryption type {etype}")]
    NoKey {
        /// The service.
        service: Principal,
        /// The version; `None` if not in the ticket.
        kvno: Option<u32>,
        /// The number of the encryption type.
        etype: i32,
    },
    /// A part cannot be decrypted.
    #[error("{part}: {source}")]
    Cipher {
        /// The part.
        part: &'static str,
        /// The cause.
        source: CipherError,
    },
    /// The ticket starts in the future, beyond the tolerated skew.
    #[error("the ticket is not valid before {0}")]
    NotYetValid(UnixTime),
    /// The ticket has expired, beyond the tolerated skew.
    #[error("the ticket ended at {0}")]
    Expired(UnixTime),
    /// The ticket has the flag `invalid`: it is postdated and not validated.
    #[error("the ticket is marked invalid")]
    Invalid,
    /// The clock skew in seconds exceeds the limit; positive if our clock is ahead.
    #[error("the clocks differ by {0} s")]
    Skew(i64),
    /// The authenticator names another client than the ticket.
    #[error("the authenticator names {authenticator}, the ticket {ticket}")]
    ClientMismatch {
        /// The client in the authenticator.
        authenticator: Principal,
        /// The client in the ticket.
        ticket: Principal,
    },
    /// The ticket is anonymous (RFC 8062).
    #[error("the ticket is anonymous")]
    Anonymous,
    /// Unknown critical authorization data (RFC 4120 §5.2.6).
    #[error("{part} has critical authorization data of type {number}")]
    AuthorizationData {
        /// The ticket or the authenticator.
        part: &'static str,
        /// The type.
        number: i32,
    },
    /// The authenticator's checksum is absent or not of RFC 4121 §4.1.1.
    #[error("the authenticator has no valid GSS checksum (0x8003)")]
    Checksum,
    /// The authenticator has no sequence number (RFC 4121 §4.1.1).
    #[error("the authenticator has no sequence number")]
    SequenceMissing,
    /// Channel bindings are required and the client sent none.
    #[error("the client sent no channel bindings")]
    BindingsMissing,
    /// The client's channel bindings do not match.
    #[error("the channel bindings are those of another connection")]
    Bindings,
    /// The authenticator was used before.
    #[error("the authenticator was used before")]
    Replayed,
}

impl Refusal {
    pub(super) fn malformed(part: &'static str) -> impl Fn(der::Error) -> Self {
        move |source| Self::Malformed { part, source }
    }

    pub(super) fn cipher(part: &'static str) -> impl Fn(CipherError) -> Self {
        move |source| Self::Cipher { part, source }
    }

    /// The code of a KRB-ERROR (RFC 4120 §7.5.9); `None` if Kerberos was not reached.
    pub const fn krb_error_code(&self) -> Option<u8> {
        Some(match self {
            Self::Cipher { .. } => 31,                  // KRB_AP_ERR_BAD_INTEGRITY
            Self::Expired(_) => 32,                     // KRB_AP_ERR_TKT_EXPIRED
            Self::NotYetValid(_) | Self::Invalid => 33, // KRB_AP_ERR_TKT_NYV
            Self::Replayed => 34,                       // KRB_AP_ERR_REPEAT
            Self::Service(_) => 35,                     // KRB_AP_ERR_NOT_US
            Self::ClientMismatch { .. } => 36,          // KRB_AP_ERR_BADMATCH
            Self::Skew(_) => 37,                        // KRB_AP_ERR_SKEW
            Self::NoKey { .. } => 44,                   // KRB_AP_ERR_BADKEYVER
            Self::Checksum | Self::Bindings | Self::BindingsMissing => 50, // …INAPP_CKSUM
            Self::Etype { .. } => 14,                   // KDC_ERR_ETYPE_NOSUPP
            Self::UserToUser
            | Self::DceStyle
            | Self::Anonymous
            | Self::AuthorizationData { .. }
            | Self::SequenceMissing => 60, // KRB_ERR_GENERIC
            _ => return None,
        })
    }
}
