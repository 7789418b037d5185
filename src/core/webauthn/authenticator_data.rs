//! Authenticator data (§6.1), signed by the authenticator.

use super::{Aaguid, Refusal, RelyingParty, policy::Requirement};
use crate::core::cbor::Cbor;
use crate::core::{encoding::sha256, secret::constant_time_eq};

/// The longest credential id (§7.1 step 26).
pub(super) const LONGEST_ID: usize = 1023;

/// The flags of authenticator data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    const fn has(self, bit: u8) -> bool {
        self.0 >> bit & 1 == 1
    }

    pub(super) const fn user_present(self) -> bool {
        self.has(0)
    }

    pub(super) const fn user_verified(self) -> bool {
        self.has(2)
    }

    pub(super) const fn backup_eligible(self) -> bool {
        self.has(3)
    }

    pub(super) const fn backed_up(self) -> bool {
        self.has(4)
    }

    const fn has_credential(self) -> bool {
        self.has(6)
    }

    const fn has_extensions(self) -> bool {
        self.has(7)
    }
}

/// Authenticator data that has been read and not verified.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AuthenticatorData<'a> {
    rp_id_hash: [u8; 32],
    pub(super) flags: Flags,
    pub(super) sign_count: u32,
    pub(super) credential: Option<AttestedCredential<'a>>,
}

/// Attested credential data (§6.5.1).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AttestedCredential<'a> {
    pub(super) aaguid: Aaguid,
    pub(super) id: &'a [u8],
    /// The key as it came, which the credential record keeps.
    pub(super) cose: &'a [u8],
    pub(super) key: Cbor<'a>,
}

impl<'a> AuthenticatorData<'a> {
    /// Reads authenticator data; `None` if it is none, or something follows it.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (hash, rest) = bytes.split_first_chunk::<32>()?;
        let (flags, rest) = rest.split_first()?;
        let (count, mut rest) = rest.split_first_chunk::<4>()?;
        let flags = Flags(*flags);
        let mut credential = None;
        if flags.has_credential() {
            let (read, after) = AttestedCredential::read(rest)?;
            (credential, rest) = (Some(read), after);
        }
        if flags.has_extensions() {
            let (extensions, after) = Cbor::first(rest)?;
            if !matches!(extensions, Cbor::Map(_)) {
                return None;
            }
            rest = after;
        }
        rest.is_empty().then(|| Self {
            rp_id_hash: *hash,
            flags,
            sign_count: u32::from_be_bytes(*count),
            credential,
        })
    }

    /// Steps 14 to 17 of §7.1, and 15 to 18 of §7.2.
    pub(super) fn verify(
        &self,
        relying_party: &RelyingParty,
        presence: bool,
        verification: Requirement,
    ) -> Result<(), Refusal> {
        if !constant_time_eq(&self.rp_id_hash, &sha256(relying_party.id.as_bytes())) {
            return Err(Refusal::RelyingParty);
        }
        if presence && !self.flags.user_present() {
            return Err(Refusal::UserPresence);
        }
        if verification == Requirement::Required && !self.flags.user_verified() {
            return Err(Refusal::UserVerification);
        }
        if self.flags.backed_up() && !self.flags.backup_eligible() {
            return Err(Refusal::BackupFlags);
        }
        Ok(())
    }
}

impl<'a> AttestedCredential<'a> {
    fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (aaguid, rest) = bytes.split_first_chunk::<16>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (id, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let (key, after) = Cbor::first(rest)?;
        let (cose, _) = rest.split_at_checked(rest.len() - after.len())?;
        Some((Self { aaguid: Aaguid(*aaguid), id, cose, key }, after))
    }
}
