//! The acceptor: turns tokens into identities and replies, over one request or three.
//!
//! A token leads to a [`Step`]. A [`Candidate`] is verified but may be a replay: its
//! [`Candidate::replay`] must be stored first, and only [`Candidate::admit`] returns the reply and
//! the identity. The sender of a replay therefore learns nothing from the reply.

use super::{
    Identity, Negotiation, Refusal, Replay, Service,
    error::CipherError,
    gss,
    mic::MicKey,
    negotiate::{First, Init, Response, State, first, response},
    negotiation::{Kind, LIFETIME},
    reply::ApRep,
    request::Verified,
};
use crate::core::{random::Random, time::UnixTime};

/// Maximum token length. The largest Windows ticket has 48,000 bytes (`MaxTokenSize`).
const LONGEST: usize = 64 * 1024;
/// Maximum length of a mechanism list kept between requests.
const LONGEST_LIST: usize = 1024;

/// Whether a client's token continues a negotiation and must go to [`Service::resume`], not
/// [`Service::begin`]. Without stored state, the client must start again (401 without a token).
pub fn continues_negotiation(token: &[u8]) -> bool {
    Response::is(token)
}

/// The result of processing a token.
#[derive(Debug)]
pub enum Step {
    /// A verified AP-REQ, which may be a replay.
    Candidate(Box<Candidate>),
    /// The client must send another token; no user is signed in.
    Continue(Continue),
    /// The client is authenticated.
    Established(Established),
}

/// The reply to send, and the state to keep for the client's next token.
#[derive(Debug)]
pub struct Continue {
    /// The token for the 401 response.
    pub token: Vec<u8>,
    /// State for the client's next request; must be stored sealed and used once.
    pub negotiation: Negotiation,
}

/// An authenticated client.
#[derive(Debug)]
pub struct Established {
    /// Its identity.
    pub identity: Identity,
    /// The token for the response, if any.
    pub token: Option<Vec<u8>>,
}

/// A verified AP-REQ that may be a replay.
#[derive(Debug)]
pub struct Candidate {
    pub(super) request: Verified,
    framing: Framing,
}

/// The framing of the AP-REQ, which determines that of the reply.
#[derive(Debug)]
enum Framing {
    Kerberos,
    Spnego {
        list: Vec<u8>,
        /// RFC 4178 §5: Kerberos was not the client's first choice.
        mic_due: bool,
        /// The client's MIC was present and verified.
        mic_verified: bool,
        /// The mechanism to name; only in the first reply.
        mechanism: Option<&'static [u8]>,
    },
}

impl Service<'_> {
    /// Reads a client's first token.
    pub fn begin(&self, token: &[u8], now: UnixTime) -> Result<Step, Refusal> {
        if token.len() > LONGEST {
            return Err(Refusal::TooLong);
        }
        match first(token)? {
            First::Kerberos(request) => {
                let request = self.verify(request, now)?;
                let framing = Framing::Kerberos;
                Ok(Step::Candidate(Box::new(Candidate { request, framing })))
            }
            First::Spnego(init) => self.negotiate(&init, now),
        }
    }

    fn negotiate(&self, init: &Init<'_>, now: UnixTime) -> Result<Step, Refusal> {
        let Some((favourite, _)) = init.mechanisms.split_first() else {
            return Err(Refusal::Mechanism);
        };
        // Reply with the client's own OID for Kerberos: Windows lists its legacy OID first.
        let mechanism = init.mechanisms.iter().find_map(|mechanism| gss::kerberos(mechanism));
        if mechanism.is_none() {
            let ntlm = init.mechanisms.contains(&gss::oid::NTLM);
            return Err(if ntlm { Refusal::Ntlm } else { Refusal::Mechanism });
        }
        if init.list.len() > LONGEST_LIST {
            return Err(Refusal::TooLong);
        }
        let preferred = gss::is_kerberos(favourite);
        match init.token {
            Some(token) if preferred => {
                let request = gss::kerberos_token(token)?;
                let list = init.list;
                self.spnego_candidate(request, now, list, false, init.mic, mechanism)
            }
            // The token of another mechanism is discarded (RFC 4178 §3.2 c).
            _ => {
                let state = if preferred { State::AcceptIncomplete } else { State::RequestMic };
                Ok(Step::Continue(Continue {
                    token: response(state, mechanism, None, None),
                    negotiation: Negotiation {
                        list: init.list.to_vec(),
                        until: now.plus(LIFETIME),
                        kind: Kind::Token { mic_due: !preferred },
                    },
                }))
            }
        }
    }

    /// Reads the token that a client sends after [`Step::Continue`].
    pub fn resume(
        &self,
        negotiation: Negotiation,
        token: &[u8],
        now: UnixTime,
    ) -> Result<Step, Refusal> {
        if token.len() > LONGEST {
            return Err(Refusal::TooLong);
        }
        if now >= negotiation.until {
            return Err(Refusal::NegotiationExpired);
        }
        if gss::is_ntlm(token) {
            return Err(Refusal::Ntlm);
        }
        if !Response::is(token) {
            return Err(Refusal::OutOfOrder);
        }
        let answer = Response::read(token)?;
        if answer.rejected {
            return Err(Refusal::Rejected);
        }
        let list = negotiation.list;
        match negotiation.kind {
            Kind::Token { mic_due } => {
                let token = answer.token.ok_or(Refusal::OutOfOrder)?;
                let request = gss::kerberos_token(token)?;
                self.spnego_candidate(request, now, &list, mic_due, answer.mic, None)
            }
            Kind::Mic { key, sequence, identity } => {
                let mic = answer.mic.ok_or(Refusal::MicMissing)?;
                check_mic(&key, sequence, &list, mic)?;
                let token = Some(response(State::AcceptCompleted, None, None, None));
                Ok(Step::Established(Established { identity: *identity, token }))
            }
        }
    }

    fn spnego_candidate(
        &self,
        request: &[u8],
        now: UnixTime,
        list: &[u8],
        mic_due: bool,
        mic: Option<&[u8]>,
        mechanism: Option<&'static [u8]>,
    ) -> Result<Step, Refusal> {
        let request = self.verify(request, now)?;
        match mic {
            Some(mic) => check_mic(&request.mic_key(), request.sequence, list, mic)?,
            // Without mutual authentication, the client can already compute its MIC.
            None if mic_due && !request.mutual => return Err(Refusal::MicMissing),
            None => {}
        }
        let mic_verified = mic.is_some();
        let framing = Framing::Spnego { list: list.to_vec(), mic_due, mic_verified, mechanism };
        Ok(Step::Candidate(Box::new(Candidate { request, framing })))
    }
}

impl Candidate {
    /// What the replay cache must store before the candidate is admitted.
    pub const fn replay(&self) -> Replay {
        self.request.replay
    }

    /// The client's identity before the replay check, for the log.
    pub const fn unadmitted_identity(&self) -> &Identity {
        &self.request.identity
    }

    /// Continues if [`Candidate::replay`] was newly stored in the cache.
    pub fn admit(self, is_new: bool, now: UnixTime, random: &dyn Random) -> Result<Step, Refusal> {
        if !is_new {
            return Err(Refusal::Replayed);
        }
        self.answer(now, random).map_err(Refusal::cipher("our answer"))
    }

    fn answer(self, now: UnixTime, random: &dyn Random) -> Result<Step, CipherError> {
        let Self { request, framing } = self;
        let reply = request.mutual.then(|| ApRep::new(&request, random)).transpose()?;
        let token = reply.as_ref().map(|reply| gss::ap_rep_token(&reply.message));
        let Framing::Spnego { list, mic_due, mic_verified, mechanism } = framing else {
            return Ok(Step::Established(Established { identity: request.identity, token }));
        };
        // Key and sequence number for our MIC tokens: from the AP-REP, else from the client (RFC
        // 4121 §2).
        let (key, sequence) = match reply {
            Some(ApRep { subkey, sequence, .. }) => {
                (MicKey { key: subkey, of_acceptor: true }, sequence)
            }
            None => (request.mic_key(), request.sequence),
        };
        let mic = (mic_due || mic_verified).then(|| key.sign(sequence, &list)).transpose()?;
        let state =
            if mic_due && !mic_verified { State::AcceptIncomplete } else { State::AcceptCompleted };
        let token = response(state, mechanism, token.as_deref(), mic.as_deref());
        if state == State::AcceptCompleted {
            let identity = request.identity;
            return Ok(Step::Established(Established { identity, token: Some(token) }));
        }
        let (sequence, identity) = (request.sequence, Box::new(request.identity));
        let kind = Kind::Mic { key, sequence, identity };
        let negotiation = Negotiation { list, until: now.plus(LIFETIME), kind };
        Ok(Step::Continue(Continue { token, negotiation }))
    }
}

impl Verified {
    /// The key of MIC tokens before an AP-REP (RFC 4121 §2).
    pub(super) fn mic_key(&self) -> MicKey {
        let key = self.subkey.as_ref().unwrap_or(&self.session).clone();
        MicKey { key, of_acceptor: false }
    }
}

fn check_mic(key: &MicKey, sequence: u32, list: &[u8], mic: &[u8]) -> Result<(), Refusal> {
    let verified = key.verify(sequence, list, mic).map_err(Refusal::cipher("the mechListMIC"))?;
    if verified { Ok(()) } else { Err(Refusal::Mic) }
}

#[cfg(test)]
impl Candidate {
    /// Requires a MIC, as if Kerberos were not the client's first choice.
    pub(super) fn require_mic(&mut self) {
        if let Framing::Spnego { mic_due, .. } = &mut self.framing {
            *mic_due = true;
        }
    }
}
