//! Verifies an AP-REQ (RFC 4120 §3.2.3): ticket, authenticator, times, names.

use std::fmt;

use sha2::{Digest, Sha256};

use super::{
    Bindings, Key, Keytab, Principal, Refusal, TicketFlags, Transited,
    bindings::GssChecksum,
    cipher::{decrypt, usage},
    message::{ApReq, MUTUAL_REQUIRED, USE_SESSION_KEY},
    principal::NT_WELLKNOWN,
    ticket::{Authenticator, TicketPart, check_authorization},
};
use crate::core::{secret::Secret, time::UnixTime};

/// Tolerated clock skew between client, KDC and acceptor, in seconds (RFC 4120 §8.2).
pub const SKEW: i64 = 300;

/// The client's identity and other ticket data. The caller maps it to a local account, and decides
/// whether to accept clients of other realms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The client with its realm; never use a name without its realm. Active Directory has one
    /// account for all cases of a name, so the mapping must decide on case-sensitivity.
    pub client: Principal,
    /// The service that the ticket is for, as [`Service::principals`] writes it.
    pub service: Principal,
    /// The transited realms.
    pub transited: Transited,
    /// The ticket's flags.
    pub flags: TicketFlags,
    /// When the client authenticated to its KDC.
    pub authenticated: UnixTime,
    /// When the ticket ends.
    pub ends: UnixTime,
    /// Whether the client's channel bindings were verified.
    pub channel_bound: bool,
}

impl Identity {
    /// Whether the client belongs to another realm than the service: refused unless that realm is
    /// allowed. If so, a caller that does not check [`Identity::transited`] itself must also
    /// require [`TicketFlags::TRANSITED_POLICY_CHECKED`] or an empty list (RFC 4120 §2.7).
    pub fn is_cross_realm(&self) -> bool {
        self.client.realm != self.service.realm
    }
}

/// The replay cache entry of an authenticator (RFC 4120 §3.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Replay {
    /// The key to store: SHA-256 of the encrypted authenticator, which cannot be altered without
    /// its key and is always unique, because it begins with a random block.
    pub key: [u8; 32],
    /// When the entry may be deleted, because the authenticator is then too old. Compare it with a
    /// clock that is not ahead of the verifying one.
    pub until: UnixTime,
}

/// An AP-REQ verified except for replay.
#[derive(Clone)]
pub(super) struct Verified {
    pub(super) identity: Identity,
    pub(super) replay: Replay,
    pub(super) mutual: bool,
    pub(super) session: Key,
    pub(super) subkey: Option<Key>,
    pub(super) sequence: u32,
    pub(super) time: UnixTime,
    pub(super) microseconds: u32,
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// The service that AP-REQs are verified against.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    /// The keys.
    pub keytab: &'a Keytab,
    /// The principals of this service; the keytab may contain others.
    pub principals: &'a [Principal],
    /// The channel binding policy.
    pub bindings: Bindings<'a>,
}

impl Service<'_> {
    /// Verifies an AP-REQ at the time `now`.
    pub(super) fn verify(&self, request: &[u8], now: UnixTime) -> Result<Verified, Refusal> {
        let request = ApReq::read(request)?;
        if request.options & USE_SESSION_KEY != 0 {
            return Err(Refusal::UserToUser);
        }
        let (service, plain) = self.open_ticket(&request)?;
        let ticket =
            TicketPart::read(plain.expose()).map_err(Refusal::malformed("the decrypted ticket"))?;
        check_ticket(&ticket, now)?;
        let session = ticket.session.key("the session key")?;

        if request.authenticator.etype("the authenticator")? != session.etype() {
            return Err(Refusal::Unexpected("the encryption type of the authenticator"));
        }
        let plain = decrypt(&session, usage::AP_REQ_AUTHENTICATOR, request.authenticator.cipher)
            .map_err(Refusal::cipher("the authenticator"))?;
        let authenticator = Authenticator::read(plain.expose())
            .map_err(Refusal::malformed("the decrypted authenticator"))?;
        check_authenticator(&authenticator, &ticket, now)?;
        let gss = GssChecksum::verify(authenticator.checksum, self.bindings)?;
        let sequence = authenticator.sequence.ok_or(Refusal::SequenceMissing)?;
        let subkey = authenticator.subkey.map(|key| key.key("the subkey")).transpose()?;

        Ok(Verified {
            replay: replay(&request, authenticator.time),
            mutual: gss.mutual || request.options & MUTUAL_REQUIRED != 0,
            session,
            subkey,
            sequence,
            time: authenticator.time,
            microseconds: authenticator.microseconds,
            identity: Identity {
                client: ticket.client,
                service: service.clone(),
                transited: ticket.transited,
                flags: ticket.flags,
                authenticated: ticket.authenticated,
                ends: ticket.ends,
                channel_bound: gss.bound,
            },
        })
    }

    /// Decrypts the ticket. The unencrypted service name could be altered, so the key decides: only
    /// keys of a principal that is both in the ticket and ours are tried.
    fn open_ticket(&self, request: &ApReq<'_>) -> Result<(&Principal, Secret<Vec<u8>>), Refusal> {
        let ticket = &request.ticket;
        let etype = ticket.etype("the ticket")?;
        let service = self
            .principals
            .iter()
            .find(|ours| ours.is_service(&request.service))
            .ok_or_else(|| Refusal::Service(request.service.clone()))?;
        let (number, kvno) = (etype.number(), ticket.kvno);
        let mut refusal = Refusal::NoKey { service: service.clone(), kvno, etype: number };
        for entry in self.keytab.keys(service, etype, kvno) {
            match decrypt(&entry.key, usage::TICKET, ticket.cipher) {
                Ok(plain) => return Ok((service, plain)),
                Err(source) => refusal = Refusal::Cipher { part: "the ticket", source },
            }
        }
        Err(refusal)
    }
}

fn check_ticket(ticket: &TicketPart<'_>, now: UnixTime) -> Result<(), Refusal> {
    if ticket.starts.since(now) > SKEW {
        return Err(Refusal::NotYetValid(ticket.starts));
    }
    if now.since(ticket.ends) > SKEW {
        return Err(Refusal::Expired(ticket.ends));
    }
    if ticket.flags.has(TicketFlags::INVALID) {
        return Err(Refusal::Invalid);
    }
    let anonymous = ticket.flags.has(TicketFlags::ANONYMOUS)
        || ticket.client.is_anonymous()
        || ticket.client.name_type == NT_WELLKNOWN;
    if anonymous {
        return Err(Refusal::Anonymous);
    }
    check_authorization("the ticket", &ticket.authorization)
}

fn check_authenticator(
    authenticator: &Authenticator<'_>,
    ticket: &TicketPart<'_>,
    now: UnixTime,
) -> Result<(), Refusal> {
    if authenticator.version != 5 {
        return Err(Refusal::Unexpected("the version of the authenticator"));
    }
    if authenticator.client != ticket.client {
        return Err(Refusal::ClientMismatch {
            authenticator: authenticator.client.clone(),
            ticket: ticket.client.clone(),
        });
    }
    let ahead = now.since(authenticator.time);
    if !(-SKEW..=SKEW).contains(&ahead) {
        return Err(Refusal::Skew(ahead));
    }
    check_authorization("the authenticator", &authenticator.authorization)
}

fn replay(request: &ApReq<'_>, time: UnixTime) -> Replay {
    let mut hash = Sha256::new();
    // The unencrypted name is not hashed: otherwise, changing its case would allow a replay.
    hash.update(b"kerberos authenticator\0");
    hash.update(request.authenticator.cipher);
    Replay { key: hash.finalize().into(), until: time.plus(SKEW + 1) }
}
