//! Reads the AP-REQ and the unencrypted part of its ticket (RFC 4120 §5.3, §5.5.1).

use der::AnyRef;

use super::{
    Etype, Principal, Refusal,
    der_read::{Fields, application, flags, int32, octets, uint32},
};

/// The protocol's version.
const VERSION: i32 = 5;

/// `EncryptedData` (RFC 4120 §5.2.9).
#[derive(Debug, Clone, Copy)]
pub(super) struct EncryptedData<'a> {
    pub(super) etype: i32,
    pub(super) kvno: Option<u32>,
    pub(super) cipher: &'a [u8],
}

impl<'a> EncryptedData<'a> {
    pub(super) fn read(element: AnyRef<'a>) -> der::Result<Self> {
        let mut members = Fields::of(element)?;
        let etype = int32(members.required(0)?)?;
        let kvno = members.optional(1)?.map(uint32).transpose()?;
        let cipher = octets(members.required(2)?)?;
        members.finish()?;
        Ok(Self { etype, kvno, cipher })
    }

    /// Its encryption type, if accepted.
    pub(super) fn etype(&self, part: &'static str) -> Result<Etype, Refusal> {
        Etype::from_number(self.etype).ok_or(Refusal::Etype { part, number: self.etype })
    }
}

/// An AP-REQ (RFC 4120 §5.5.1) with the unencrypted part of its ticket (§5.3).
#[derive(Debug)]
pub(super) struct ApReq<'a> {
    pub(super) options: u32,
    pub(super) service: Principal,
    pub(super) ticket: EncryptedData<'a>,
    pub(super) authenticator: EncryptedData<'a>,
}

/// `use-session-key` of `APOptions`.
pub(super) const USE_SESSION_KEY: u32 = 0x4000_0000;
/// `mutual-required` of `APOptions`.
pub(super) const MUTUAL_REQUIRED: u32 = 0x2000_0000;

impl<'a> ApReq<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let (versions, request) = Self::members(bytes).map_err(Refusal::malformed("the AP-REQ"))?;
        match versions {
            (VERSION, 14, VERSION) => Ok(request),
            (VERSION, _, VERSION) => Err(Refusal::Unexpected("the message type of the AP-REQ")),
            _ => Err(Refusal::Unexpected("the version of the AP-REQ or its ticket")),
        }
    }

    fn members(bytes: &'a [u8]) -> der::Result<((i32, i32, i32), Self)> {
        let mut members = application(bytes, 14)?;
        let version = int32(members.required(0)?)?;
        let message_type = int32(members.required(1)?)?;
        let options = flags(members.required(2)?)?;
        let ticket = members.bytes(3)?.ok_or(der::ErrorKind::Failed)?;
        let authenticator = EncryptedData::read(members.required(4)?)?;
        members.finish()?;
        let mut members = application(ticket, 1)?;
        let ticket_version = int32(members.required(0)?)?;
        let service = Principal::read(members.required(1)?, members.required(2)?)?;
        let ticket = EncryptedData::read(members.required(3)?)?;
        members.finish()?;
        let request = Self { options, service, ticket, authenticator };
        Ok(((version, message_type, ticket_version), request))
    }
}
