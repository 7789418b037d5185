//! Reads the encrypted parts of an AP-REQ: ticket and authenticator (RFC 4120 §5.3, §5.5.1).

use der::AnyRef;

use super::{
    Etype, Key, Principal, Refusal,
    der_read::{
        self, Fields, application, flags, int32, microseconds, octets, sequence_of, uint32,
    },
};
use crate::core::time::UnixTime;

/// Maximum number of authorization data elements.
const MOST_AUTHORIZATION_DATA: usize = 64;

/// The transited realms of a ticket (RFC 4120 §5.3, `TransitedEncoding`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transited {
    /// How `contents` is encoded; 1 is DOMAIN-X500-COMPRESS (§3.3.3.2).
    pub encoding: i32,
    /// The realms between client and service; may be empty.
    pub contents: Vec<u8>,
}

/// Flags of a ticket (RFC 4120 §5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketFlags(pub u32);

impl TicketFlags {
    /// `invalid`: postdated and not yet validated.
    pub const INVALID: u32 = 1 << (31 - 7);
    /// `pre-authent`: the client was authenticated before the ticket was issued.
    pub const PRE_AUTHENT: u32 = 1 << (31 - 10);
    /// `transited-policy-checked`: the KDC has checked the realms in [`Transited`].
    pub const TRANSITED_POLICY_CHECKED: u32 = 1 << (31 - 12);
    /// `anonymous` (RFC 8062 §3).
    pub const ANONYMOUS: u32 = 1 << (31 - 16);

    /// Whether that flag is set.
    pub const fn has(self, flag: u32) -> bool {
        self.0 & flag != 0
    }
}

/// A key in a message; its type may not be accepted.
#[derive(Clone, Copy)]
pub(super) struct EncryptionKey<'a> {
    etype: i32,
    value: &'a [u8],
}

impl<'a> EncryptionKey<'a> {
    fn read(element: AnyRef<'a>) -> der::Result<Self> {
        let mut members = Fields::of(element)?;
        let etype = int32(members.required(0)?)?;
        let value = octets(members.required(1)?)?;
        members.finish()?;
        Ok(Self { etype, value })
    }

    /// The key, if its type is accepted.
    pub(super) fn key(&self, part: &'static str) -> Result<Key, Refusal> {
        let refused = Refusal::Etype { part, number: self.etype };
        let etype = Etype::from_number(self.etype).ok_or(refused)?;
        Key::new(etype, self.value).ok_or(Refusal::Unexpected("the length of a key"))
    }
}

/// `EncTicketPart` (RFC 4120 §5.3). Addresses are not checked, because they are meaningless behind
/// a proxy.
pub(super) struct TicketPart<'a> {
    pub(super) flags: TicketFlags,
    pub(super) session: EncryptionKey<'a>,
    pub(super) client: Principal,
    pub(super) transited: Transited,
    pub(super) authenticated: UnixTime,
    pub(super) starts: UnixTime,
    pub(super) ends: UnixTime,
    /// The types of the authorization data.
    pub(super) authorization: Vec<i32>,
}

impl<'a> TicketPart<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> der::Result<Self> {
        let mut members = application(bytes, 3)?;
        let flags = TicketFlags(flags(members.required(0)?)?);
        let session = EncryptionKey::read(members.required(1)?)?;
        let client = Principal::read(members.required(2)?, members.required(3)?)?;
        let transited = transited(members.required(4)?)?;
        let authenticated = der_read::time(members.required(5)?)?;
        let starts = members.optional(6)?.map(der_read::time).transpose()?;
        let ends = der_read::time(members.required(7)?)?;
        members.optional(8)?.map(der_read::time).transpose()?; // renew-till
        members.optional(9)?; // addresses
        let authorization = authorization_types(members.optional(10)?)?;
        members.finish()?;
        // RFC 4120 §5.3: the start time defaults to the authentication time.
        let starts = starts.unwrap_or(authenticated);
        Ok(Self { flags, session, client, transited, authenticated, starts, ends, authorization })
    }
}

/// `Authenticator` (RFC 4120 §5.5.1).
pub(super) struct Authenticator<'a> {
    pub(super) version: i32,
    pub(super) client: Principal,
    /// Type and value.
    pub(super) checksum: Option<(i32, &'a [u8])>,
    pub(super) microseconds: u32,
    pub(super) time: UnixTime,
    pub(super) subkey: Option<EncryptionKey<'a>>,
    pub(super) sequence: Option<u32>,
    /// The types of the authorization data.
    pub(super) authorization: Vec<i32>,
}

impl<'a> Authenticator<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> der::Result<Self> {
        let mut members = application(bytes, 2)?;
        let version = int32(members.required(0)?)?;
        let client = Principal::read(members.required(1)?, members.required(2)?)?;
        let checksum = members.optional(3)?.map(checksum).transpose()?;
        let microseconds = microseconds(members.required(4)?)?;
        let time = der_read::time(members.required(5)?)?;
        let subkey = members.optional(6)?.map(EncryptionKey::read).transpose()?;
        let sequence = members.optional(7)?.map(uint32).transpose()?;
        let authorization = authorization_types(members.optional(8)?)?;
        members.finish()?;
        Ok(Self { version, client, checksum, microseconds, time, subkey, sequence, authorization })
    }
}

fn transited(element: AnyRef<'_>) -> der::Result<Transited> {
    let mut members = Fields::of(element)?;
    let encoding = int32(members.required(0)?)?;
    let contents = octets(members.required(1)?)?.to_vec();
    members.finish()?;
    Ok(Transited { encoding, contents })
}

fn checksum(element: AnyRef<'_>) -> der::Result<(i32, &[u8])> {
    let mut members = Fields::of(element)?;
    let kind = int32(members.required(0)?)?;
    let value = octets(members.required(1)?)?;
    members.finish()?;
    Ok((kind, value))
}

/// The types in `AuthorizationData` (RFC 4120 §5.2.6).
fn authorization_types(element: Option<AnyRef<'_>>) -> der::Result<Vec<i32>> {
    let Some(element) = element else { return Ok(Vec::new()) };
    sequence_of(element, MOST_AUTHORIZATION_DATA)?
        .into_iter()
        .map(|element| {
            let mut members = Fields::of(element)?;
            let kind = int32(members.required(0)?)?;
            octets(members.required(1)?)?;
            members.finish()?;
            Ok(kind)
        })
        .collect()
}

/// Refuses authorization data with unknown restrictions (RFC 4120 §5.2.6). Data in
/// `AD-IF-RELEVANT`, such as the PAC, may be and is ignored.
pub(super) fn check_authorization(part: &'static str, types: &[i32]) -> Result<(), Refusal> {
    /// `AD-IF-RELEVANT`, `AD-KDCIssued` (which only adds), `AD-MANDATORY-FOR-KDC`, a bare PAC.
    const IGNORED: [i32; 4] = [1, 4, 8, 128];
    match types.iter().find(|number| !IGNORED.contains(number)) {
        Some(number) => Err(Refusal::AuthorizationData { part, number: *number }),
        None => Ok(()),
    }
}
