//! Reads and writes SPNEGO tokens (RFC 4178 §4.2).

use der::{AnyRef, Tag, TagNumber, Tagged};

use super::{
    Refusal,
    der_read::{Fields, octets, only, sequence_of},
    der_write::{SEQUENCE, element, enumerated, octets as octet_string, tagged},
    gss::{self, oid},
};

/// Maximum number of offered mechanisms.
const MOST_MECHANISMS: usize = 32;

/// `NegTokenInit` (RFC 4178 §4.2.1).
#[derive(Debug)]
pub(super) struct Init<'a> {
    /// `MechTypeList` as received: the MIC is computed over these bytes.
    pub(super) list: &'a [u8],
    /// Its mechanisms, in order of preference.
    pub(super) mechanisms: Vec<&'a [u8]>,
    /// The first token of the first mechanism.
    pub(super) token: Option<&'a [u8]>,
    pub(super) mic: Option<&'a [u8]>,
}

impl<'a> Init<'a> {
    /// Reads the content of an initial SPNEGO token.
    pub(super) fn read(content: &'a [u8]) -> Result<Self, Refusal> {
        Self::members(content).map_err(Refusal::malformed("the NegTokenInit"))
    }

    fn members(content: &'a [u8]) -> der::Result<Self> {
        let mut members = choice(content, 0)?;
        let list = members.bytes(0)?.ok_or(der::ErrorKind::Failed)?;
        let mechanisms = sequence_of(only(list)?, MOST_MECHANISMS)?
            .into_iter()
            .map(|mechanism| {
                mechanism.tag().assert_eq(Tag::ObjectIdentifier)?;
                Ok(mechanism.value())
            })
            .collect::<der::Result<Vec<_>>>()?;
        members.optional(1)?; // flags, which are not protected and to be ignored
        let token = members.optional(2)?.map(octets).transpose()?;
        let mic = members.optional(3)?.map(octets).transpose()?;
        members.skip_unknown()?;
        Ok(Self { list, mechanisms, token, mic })
    }
}

/// `NegTokenResp` (RFC 4178 §4.2.2), of a client.
#[derive(Debug)]
pub(super) struct Response<'a> {
    /// Whether the client rejects the negotiation.
    pub(super) rejected: bool,
    pub(super) token: Option<&'a [u8]>,
    pub(super) mic: Option<&'a [u8]>,
}

impl<'a> Response<'a> {
    /// Whether `token` is one, by its first octet.
    pub(super) fn is(token: &[u8]) -> bool {
        token.first() == Some(&0xa1)
    }

    pub(super) fn read(token: &'a [u8]) -> Result<Self, Refusal> {
        Self::members(token).map_err(Refusal::malformed("the NegTokenResp"))
    }

    fn members(token: &'a [u8]) -> der::Result<Self> {
        let mut members = choice(token, 1)?;
        let rejected = match members.optional(0)? {
            Some(state) => {
                state.tag().assert_eq(Tag::Enumerated)?;
                state.value() == [State::Reject as u8]
            }
            None => false,
        };
        members.optional(1)?;
        let token = members.optional(2)?.map(octets).transpose()?;
        let mic = members.optional(3)?.map(octets).transpose()?;
        members.skip_unknown()?;
        Ok(Self { rejected, token, mic })
    }
}

/// The members of an alternative of `NegotiationToken`.
fn choice(bytes: &[u8], number: u32) -> der::Result<Fields<'_>> {
    let element: AnyRef<'_> = only(bytes)?;
    let wanted = Tag::ContextSpecific { constructed: true, number: TagNumber(number) };
    element.tag().assert_eq(wanted)?;
    Fields::of(only(element.value())?)
}

/// `negState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    AcceptCompleted = 0,
    AcceptIncomplete = 1,
    Reject = 2,
    RequestMic = 3,
}

/// Our `NegTokenResp`. Only the first one names the mechanism (RFC 4178 §4.2.2).
pub(super) fn response(
    state: State,
    mechanism: Option<&[u8]>,
    token: Option<&[u8]>,
    mic: Option<&[u8]>,
) -> Vec<u8> {
    let mut members = tagged(0, &enumerated(state as u8));
    if let Some(mechanism) = mechanism {
        members.extend(tagged(1, &element(0x06, &[mechanism])));
    }
    if let Some(token) = token {
        members.extend(tagged(2, &octet_string(token)));
    }
    if let Some(mic) = mic {
        members.extend(tagged(3, &octet_string(mic)));
    }
    element(0xa1, &[&element(SEQUENCE, &[&members])])
}

/// The token that rejects a negotiation, with a Kerberos error token.
pub(super) fn reject(token: Option<&[u8]>) -> Vec<u8> {
    response(State::Reject, None, token, None)
}

/// The kind of a client's first token.
#[derive(Debug)]
pub(super) enum First<'a> {
    /// An AP-REQ without SPNEGO.
    Kerberos(&'a [u8]),
    /// The start of a negotiation.
    Spnego(Init<'a>),
}

/// Reads a client's first token.
pub(super) fn first(token: &[u8]) -> Result<First<'_>, Refusal> {
    if gss::is_ntlm(token) {
        return Err(Refusal::Ntlm);
    }
    if Response::is(token) {
        return Err(Refusal::OutOfOrder);
    }
    match gss::initial_token(token)? {
        (oid::SPNEGO, content) => Init::read(content).map(First::Spnego),
        (mechanism, content) if gss::is_kerberos(mechanism) => {
            gss::ap_req(content).map(First::Kerberos)
        }
        (oid::NTLM, _) => Err(Refusal::Ntlm),
        _ => Err(Refusal::Mechanism),
    }
}
