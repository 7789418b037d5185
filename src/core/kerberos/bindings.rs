//! The authenticator's GSS checksum (RFC 4121 §4.1.1): flags and channel bindings.

use md5::{Digest, Md5};

use super::Refusal;
use crate::core::secret::constant_time_eq;

/// The type of that checksum.
const GSS_CHECKSUM: i32 = 0x8003;
/// Flags of the context (RFC 4121 §4.1.1.1).
const DELEGATION: u32 = 1;
const MUTUAL: u32 = 2;
const DCE_STYLE: u32 = 0x1000;

/// A channel binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelBinding([u8; 16]);

impl ChannelBinding {
    /// The binding of `application_data` without addresses (RFC 4121 §4.1.1.2); for TLS,
    /// `tls-server-end-point:` and a digest of the server's certificate (RFC 5929 §4).
    pub fn of(application_data: &[u8]) -> Self {
        let mut hash = Md5::new();
        // Types and lengths of both addresses: none.
        hash.update([0; 16]);
        hash.update(u32::try_from(application_data.len()).unwrap_or(u32::MAX).to_le_bytes());
        hash.update(application_data);
        Self(hash.finalize().into())
    }
}

/// The channel binding policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bindings<'a> {
    /// Bindings are ignored, because the TLS endpoint is unknown.
    Ignored,
    /// If present, the binding must be one of these (several during a certificate rollover).
    IfSent(&'a [ChannelBinding]),
    /// One of these bindings is required.
    Required(&'a [ChannelBinding]),
}

/// The content of the checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GssChecksum {
    /// The client requests mutual authentication (AP-REP).
    pub(super) mutual: bool,
    /// The client's channel bindings were verified.
    pub(super) bound: bool,
}

impl GssChecksum {
    /// Reads and verifies the checksum of an authenticator.
    pub(super) fn verify(
        checksum: Option<(i32, &[u8])>,
        bindings: Bindings<'_>,
    ) -> Result<Self, Refusal> {
        let Some((GSS_CHECKSUM, value)) = checksum else { return Err(Refusal::Checksum) };
        let (sent, flags) = Self::read(value).ok_or(Refusal::Checksum)?;
        if flags & DCE_STYLE != 0 {
            return Err(Refusal::DceStyle);
        }
        // All zeros: the client sent no channel bindings.
        let sent = (sent != &[0; 16]).then_some(sent);
        let bound = match (bindings, sent) {
            (Bindings::Ignored, _) | (Bindings::IfSent(_), None) => false,
            (Bindings::Required(_), None) => return Err(Refusal::BindingsMissing),
            (Bindings::IfSent(ours) | Bindings::Required(ours), Some(sent)) => {
                if !ours.iter().any(|ours| constant_time_eq(&ours.0, sent)) {
                    return Err(Refusal::Bindings);
                }
                true
            }
        };
        Ok(Self { mutual: flags & MUTUAL != 0, bound })
    }

    /// Channel bindings and flags. Delegated credentials must be present if the flag says so; they
    /// are not used. Extensions may follow.
    fn read(value: &[u8]) -> Option<(&[u8; 16], u32)> {
        let (length, rest) = value.split_first_chunk::<4>()?;
        let (bindings, rest) = rest.split_first_chunk::<16>()?;
        let (flags, rest) = rest.split_first_chunk::<4>()?;
        let flags = u32::from_le_bytes(*flags);
        if u32::from_le_bytes(*length) != 16 {
            return None;
        }
        if flags & DELEGATION != 0 {
            let ([1, 0], rest) = rest.split_first_chunk::<2>()? else { return None };
            let (length, rest) = rest.split_first_chunk::<2>()?;
            rest.get(..usize::from(u16::from_le_bytes(*length)))?;
        }
        Some((bindings, flags))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(bindings: &[u8; 16], flags: u32, rest: &[u8]) -> Vec<u8> {
        [&[16, 0, 0, 0], &bindings[..], &flags.to_le_bytes(), rest].concat()
    }

    fn verify(value: &[u8], bindings: Bindings<'_>) -> Result<bool, Refusal> {
        GssChecksum::verify(Some((GSS_CHECKSUM, value)), bindings).map(|checksum| checksum.bound)
    }

    #[test]
    fn bindings_are_compared_only_where_we_have_some() {
        let ours = [ChannelBinding::of(b"old"), ChannelBinding::of(b"new")];
        let same = value(&ours[1].0, 0, &[]);
        let other = value(&[9; 16], 0, &[]);
        let none = value(&[0; 16], 0, &[]);
        for (sent, ignored, if_sent, required) in [
            (same, Ok(false), Ok(true), Ok(true)),
            (other, Ok(false), Err(Refusal::Bindings), Err(Refusal::Bindings)),
            (none, Ok(false), Ok(false), Err(Refusal::BindingsMissing)),
        ] {
            assert_eq!(verify(&sent, Bindings::Ignored), ignored);
            assert_eq!(verify(&sent, Bindings::IfSent(&ours)), if_sent);
            assert_eq!(verify(&sent, Bindings::Required(&ours)), required);
        }
    }

    #[test]
    fn delegated_credentials_are_measured_and_ignored() {
        let of = |rest: &[u8]| verify(&value(&[0; 16], DELEGATION, rest), Bindings::Ignored);
        assert_eq!(of(&[1, 0, 2, 0, 7, 7]), Ok(false));
        assert_eq!(of(&[1, 0, 2, 0, 7, 7, 1, 2, 3]), Ok(false));
        for broken in [&[][..], &[1, 0], &[1, 0, 3, 0, 7, 7], &[2, 0, 2, 0, 7, 7]] {
            assert_eq!(of(broken), Err(Refusal::Checksum), "{broken:?}");
        }
    }

    #[test]
    fn another_checksum_is_refused() {
        let good = value(&[0; 16], 0, &[]);
        let refused = Err(Refusal::Checksum);
        assert_eq!(GssChecksum::verify(None, Bindings::Ignored), refused);
        assert_eq!(GssChecksum::verify(Some((16, &good)), Bindings::Ignored), refused);
        for length in 0..good.len() {
            assert_eq!(verify(&good[..length], Bindings::Ignored), Err(Refusal::Checksum));
        }
        let dce = value(&[0; 16], DCE_STYLE, &[]);
        assert_eq!(verify(&dce, Bindings::Ignored), Err(Refusal::DceStyle));
    }
}
