//! Serializable state of a negotiation between two requests.

use super::{
    Etype, Identity, Key, Principal, TicketFlags, Transited,
    der_read::{self, Fields, application, int32, octets, uint32},
    der_write::{
        SEQUENCE, application as write_application, element, integer, octets as write_octets,
        tagged, text, time,
    },
    mic::MicKey,
};
use crate::core::{secret::Secret, time::UnixTime};

/// Lifetime of a negotiation between two requests, in seconds.
pub(super) const LIFETIME: i64 = 120;

/// A negotiation that awaits the client's next token.
///
/// Must be stored sealed, bound to the browser, and used once: it may contain the context key.
#[derive(Debug, Clone)]
pub struct Negotiation {
    /// `MechTypeList` as received.
    pub(super) list: Vec<u8>,
    /// Expiry (exclusive).
    pub(super) until: UnixTime,
    pub(super) kind: Kind,
}

/// The awaited token.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// The AP-REQ, with a MIC if `mic_due`.
    Token { mic_due: bool },
    /// The MIC. The identity has already passed the replay cache.
    Mic { key: MicKey, sequence: u32, identity: Box<Identity> },
}

impl Negotiation {
    /// When it expires.
    pub const fn until(&self) -> UnixTime {
        self.until
    }

    /// Serializes it, for sealing.
    pub fn to_bytes(&self) -> Secret<Vec<u8>> {
        let kind = match &self.kind {
            Kind::Token { mic_due } => tagged(2, &integer(i64::from(*mic_due))),
            Kind::Mic { key, sequence, identity } => {
                let members = [
                    tagged(0, &integer(i64::from(key.key.etype().number()))),
                    tagged(1, &write_octets(key.key.bytes())),
                    tagged(2, &integer(i64::from(key.of_acceptor))),
                    tagged(3, &integer(i64::from(*sequence))),
                    tagged(4, &write_identity(identity)),
                ];
                tagged(3, &element(SEQUENCE, &[&members.concat()]))
            }
        };
        let list = tagged(0, &write_octets(&self.list));
        let until = tagged(1, &time(self.until));
        Secret::new(write_application(0, &[&list, &until, &kind]))
    }

    /// Parses [`Negotiation::to_bytes`]. Accepts only bytes that were sealed by us.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::read(bytes).ok().flatten()
    }

    fn read(bytes: &[u8]) -> der::Result<Option<Self>> {
        let mut members = application(bytes, 0)?;
        let list = octets(members.required(0)?)?.to_vec();
        let until = der_read::time(members.required(1)?)?;
        let kind = if let Some(mic_due) = members.optional(2)? {
            Kind::Token { mic_due: int32(mic_due)? != 0 }
        } else {
            let mut members = Fields::of(members.required(3)?)?;
            let etype = Etype::from_number(int32(members.required(0)?)?);
            let key = octets(members.required(1)?)?;
            let Some(key) = etype.and_then(|etype| Key::new(etype, key)) else { return Ok(None) };
            let of_acceptor = int32(members.required(2)?)? != 0;
            let sequence = uint32(members.required(3)?)?;
            let identity = Box::new(read_identity(Fields::of(members.required(4)?)?)?);
            members.finish()?;
            Kind::Mic { key: MicKey { key, of_acceptor }, sequence, identity }
        };
        members.finish()?;
        Ok(Some(Self { list, until, kind }))
    }
}

fn write_identity(identity: &Identity) -> Vec<u8> {
    let principal = |principal: &Principal| {
        let realm = tagged(0, &text(&principal.realm));
        element(SEQUENCE, &[&realm, &tagged(1, &principal.name_der())])
    };
    let members = [
        tagged(0, &principal(&identity.client)),
        tagged(1, &principal(&identity.service)),
        tagged(2, &integer(i64::from(identity.transited.encoding))),
        tagged(3, &write_octets(&identity.transited.contents)),
        tagged(4, &integer(i64::from(identity.flags.0))),
        tagged(5, &time(identity.authenticated)),
        tagged(6, &time(identity.ends)),
        tagged(7, &integer(i64::from(identity.channel_bound))),
    ];
    element(SEQUENCE, &[&members.concat()])
}

fn read_identity(mut members: Fields<'_>) -> der::Result<Identity> {
    let mut principal = |number| {
        let mut members = Fields::of(members.required(number)?)?;
        let (realm, name) = (members.required(0)?, members.required(1)?);
        members.finish()?;
        Principal::read(realm, name)
    };
    let (client, service) = (principal(0)?, principal(1)?);
    let encoding = int32(members.required(2)?)?;
    let contents = octets(members.required(3)?)?.to_vec();
    let identity = Identity {
        client,
        service,
        transited: Transited { encoding, contents },
        flags: TicketFlags(uint32(members.required(4)?)?),
        authenticated: der_read::time(members.required(5)?)?,
        ends: der_read::time(members.required(6)?)?,
        channel_bound: int32(members.required(7)?)? != 0,
    };
    members.finish()?;
    Ok(identity)
}
