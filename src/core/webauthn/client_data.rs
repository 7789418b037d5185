//! Client data (§5.8.1): the browser's description of the calling page.

use std::borrow::Cow;

use serde::Deserialize;

use super::{Challenge, Refusal, RelyingParty};

/// The longest client data that is read.
const LONGEST: usize = 16 * 1024;

/// The ceremony that client data is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ceremony {
    Create,
    Get,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    challenge: Cow<'a, str>,
    #[serde(borrow)]
    origin: Cow<'a, str>,
    cross_origin: Option<bool>,
    #[serde(borrow)]
    top_origin: Option<Cow<'a, str>>,
}

/// The challenge of client data that nothing has verified yet.
pub(super) fn challenge(json: &[u8]) -> Option<Challenge> {
    let read = json.len() <= LONGEST;
    let data: ClientData<'_> = read.then(|| serde_json::from_slice(json).ok())??;
    Challenge::from_text(&data.challenge)
}

/// Steps 5 to 11 of §7.1, and 8 to 14 of §7.2. A member that appears twice is refused.
pub(super) fn verify(
    json: &[u8],
    ceremony: Ceremony,
    challenge: &Challenge,
    relying_party: &RelyingParty,
) -> Result<(), Refusal> {
    let malformed = Refusal::Malformed("clientDataJSON");
    if json.len() > LONGEST {
        return Err(malformed);
    }
    let data: ClientData<'_> = serde_json::from_slice(json).map_err(|_| malformed)?;
    let wanted = match ceremony {
        Ceremony::Create => "webauthn.create",
        Ceremony::Get => "webauthn.get",
    };
    if data.kind != wanted {
        return Err(Refusal::Type);
    }
    if !challenge.matches(&data.challenge) {
        return Err(Refusal::Challenge);
    }
    if !relying_party.origins.iter().any(|origin| *origin == data.origin) {
        return Err(Refusal::Origin);
    }
    // A page that is embedded and does not say where cannot be compared with the list.
    let embedded = data.cross_origin.unwrap_or_default() || data.top_origin.is_some();
    let expected = data
        .top_origin
        .is_some_and(|top| relying_party.embedders.iter().any(|origin| *origin == top));
    if embedded && !expected { Err(Refusal::Embedded) } else { Ok(()) }
}
