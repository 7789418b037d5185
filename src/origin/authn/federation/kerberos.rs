//! Kerberos sign-in (HTTP Negotiate, RFC 4559): verifies the request's token with the keytabs of
//! the offered providers.
//!
//! There is no redirect to the provider: the browser already has the ticket. A negotiation that
//! takes two requests is stored, sealed, in a row that is bound to the browser's cookie and
//! consumed once.

use http::header::AUTHORIZATION;
use serde::{Deserialize, Serialize};

use crate::{
    core::{
        encoding::base64url,
        federation::Assertion,
        kerberos::{
            Candidate, Continue, Established, Negotiation, Refusal as TokenRefusal, Step,
            authorization_token, challenge, continues_negotiation,
        },
        seal,
        time::UnixTime,
    },
    origin::{
        Origin,
        domain::federation::{
            Refusal,
            kerberos::Acceptor,
            offered::Offered,
            requests::{Journey, Purpose, browser},
        },
        http::Request,
        store::{federation, providers::Provider, resource::Stored},
    },
    ports::DatabaseError,
};

/// Sealing purpose of a negotiation.
const SEALED: &str = "negotiation";

/// The result of processing a token.
#[derive(Debug)]
pub enum Negotiated<'a> {
    /// The client is authenticated.
    Accepted(Box<Accepted<'a>>),
    /// Another round trip is needed: the challenge.
    Continues(String),
    /// The token is refused.
    Refused {
        /// By this provider.
        offered: &'a Offered,
        /// The ticket's principal, if verified.
        subject: String,
        /// The reason.
        refusal: Refusal,
        /// Whether the client simply has no ticket, which is not a failure.
        is_without_ticket: bool,
    },
}

/// An authenticated client.
#[derive(Debug)]
pub struct Accepted<'a> {
    /// To this provider.
    pub offered: &'a Offered,
    /// The assertion of its ticket.
    pub assertion: Assertion,
    /// The mutual-authentication reply, if requested.
    pub reply: Option<String>,
}

/// A negotiation that awaits the browser's next request.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    sealed: String,
}

/// The header value with the request's Negotiate token, if any.
pub fn token_of(http: &Request) -> Option<&str> {
    let value = http.header(AUTHORIZATION.as_str())?;
    authorization_token(value).map(|_| value)
}

/// Verifies the token in `value` with the first provider that has its key. `cookie` is the
/// browser's form-token cookie.
pub async fn negotiated<'a>(
    origin: &Origin,
    http: &Request,
    offered: &[&'a Offered],
    cookie: &str,
    value: &str,
) -> Result<Option<Negotiated<'a>>, DatabaseError> {
    let now = origin.clock.now();
    let Some(first) = offered.first().copied() else { return Ok(None) };
    let token = match authorization_token(value) {
        None => return Ok(None),
        Some(Ok(token)) => token,
        Some(Err(refusal)) => return Ok(Some(refused(first, String::new(), &refusal))),
    };
    // Consume the pending negotiation in any case.
    let waiting = waiting(origin, cookie).await?;
    let continues = continues_negotiation(&token);
    let issuer = origin.config.issuer_for(&http.base);
    let mut why: Option<Negotiated<'a>> = None;
    for offered in offered.iter().copied() {
        let acceptor = match Acceptor::of(origin, &offered.provider, issuer) {
            Ok(acceptor) => acceptor,
            Err(refusal) => {
                why.get_or_insert(Negotiated::Refused {
                    offered,
                    subject: String::new(),
                    refusal,
                    is_without_ticket: false,
                });
                continue;
            }
        };
        let step = if continues {
            let waiting = waiting.as_ref().filter(|(id, _)| *id == offered.provider.meta().id);
            match waiting {
                Some((_, negotiation)) => {
                    acceptor.service().resume(negotiation.clone(), &token, now)
                }
                None => Err(TokenRefusal::OutOfOrder),
            }
        } else {
            acceptor.service().begin(&token, now)
        };
        match step {
            Ok(step) => {
                let state = State { origin, offered, acceptor: &acceptor, cookie, now };
                return state.go_on(step).await.map(Some);
            }
            Err(refusal) => {
                // Prefer the refusal of a provider that knows the service.
                let is_elsewhere =
                    matches!(refusal, TokenRefusal::Service(_) | TokenRefusal::OutOfOrder);
                if why.is_none() || !is_elsewhere {
                    why = Some(refused(offered, String::new(), &refusal));
                }
            }
        }
    }
    Ok(why)
}

struct State<'a, 'b> {
    origin: &'b Origin,
    offered: &'a Offered,
    acceptor: &'b Acceptor,
    cookie: &'b str,
    now: UnixTime,
}

impl<'a> State<'a, '_> {
    async fn go_on(&self, step: Step) -> Result<Negotiated<'a>, DatabaseError> {
        let step = match step {
            Step::Candidate(candidate) => match self.admitted(*candidate).await? {
                Ok(step) => step,
                Err(refused) => return Ok(refused),
            },
            step => step,
        };
        match step {
            Step::Established(established) => Ok(self.established(established)),
            Step::Continue(further) => self.waits(further).await,
            Step::Candidate(candidate) => {
                let subject = candidate.unadmitted_identity().client.to_string();
                Ok(refused(self.offered, subject, &TokenRefusal::OutOfOrder))
            }
        }
    }

    /// Continues after recording the authenticator, which is accepted once across all isolates.
    async fn admitted(
        &self,
        candidate: Candidate,
    ) -> Result<Result<Step, Negotiated<'a>>, DatabaseError> {
        let (origin, now) = (self.origin, self.now);
        let replay = candidate.replay();
        let id = format!("kerberos:{}", base64url(&replay.key));
        let noted = origin.directory().database.run(federation::once(&id, replay.until)).await?;
        let subject = candidate.unadmitted_identity().client.to_string();
        let step = candidate.admit(!noted.is_empty(), now, &*origin.random);
        Ok(step.map_err(|refusal| refused(self.offered, subject, &refusal)))
    }

    fn established(&self, established: Established) -> Negotiated<'a> {
        let Established { identity, token } = established;
        match self.acceptor.settings.assertion(&identity) {
            Ok(assertion) => Negotiated::Accepted(Box::new(Accepted {
                offered: self.offered,
                assertion,
                reply: token.map(|token| challenge(Some(&token))),
            })),
            Err(refusal) => Negotiated::Refused {
                offered: self.offered,
                subject: identity.client.to_string(),
                refusal: Refusal::of("principal", refusal),
                is_without_ticket: false,
            },
        }
    }

    /// Stores the negotiation for the browser's next request.
    async fn waits(&self, further: Continue) -> Result<Negotiated<'a>, DatabaseError> {
        let Continue { token, negotiation } = further;
        let (origin, config) = (self.origin, &self.origin.config);
        let sealed = seal::seal(
            &config.root_keys,
            &config.environment,
            &*origin.random,
            &sealed_for(&self.offered.provider.meta().id),
            negotiation.to_bytes().expose(),
        );
        let sealed = match sealed {
            Ok(sealed) => sealed,
            Err(error) => {
                return Ok(Negotiated::Refused {
                    offered: self.offered,
                    subject: String::new(),
                    refusal: Refusal::of("negotiation", error),
                    is_without_ticket: false,
                });
            }
        };
        // The request itself determines where to return.
        let purpose = Purpose::SignIn { client_id: String::new(), return_to: String::new() };
        let browser = browser(self.cookie);
        let journey = Journey::to(&self.offered.provider, browser, purpose, Waiting { sealed });
        journey.leave(origin, &state_of(self.cookie)).await?;
        Ok(Negotiated::Continues(challenge(Some(&token))))
    }
}

/// Consumes the browser's pending negotiation, with the provider's id.
async fn waiting(
    origin: &Origin,
    cookie: &str,
) -> Result<Option<(String, Negotiation)>, DatabaseError> {
    let journey = Journey::<Waiting>::returned(origin, &state_of(cookie)).await?;
    let Some(journey) = journey.filter(|journey| journey.browser == browser(cookie)) else {
        return Ok(None);
    };
    let config = &origin.config;
    let purpose = sealed_for(&journey.provider_id);
    let opened =
        seal::open(&config.root_keys, &config.environment, &purpose, &journey.content.sealed);
    let negotiation = opened.ok().and_then(|bytes| Negotiation::from_bytes(bytes.expose()));
    Ok(negotiation.map(|negotiation| (journey.provider_id, negotiation)))
}

/// Reports the keys of the record, for its check.
pub(super) fn probe(origin: &Origin, provider: &Provider) -> Result<String, Refusal> {
    let acceptor = Acceptor::of(origin, provider, &origin.config.issuer)?;
    let entries = acceptor.service().keytab.entries();
    let keys: Vec<String> =
        entries.iter().map(|entry| format!("{} (kvno {})", entry.principal, entry.kvno)).collect();
    Ok(format!("keys of {}", keys.join(", ")))
}

/// The row key of a browser's only negotiation, distinct from any provider state.
fn state_of(cookie: &str) -> String {
    format!("{SEALED}:{cookie}")
}

fn sealed_for(provider_id: &str) -> String {
    format!("{SEALED}:{provider_id}")
}

fn refused<'a>(offered: &'a Offered, subject: String, refusal: &TokenRefusal) -> Negotiated<'a> {
    let is_without_ticket =
        matches!(refusal, TokenRefusal::Ntlm | TokenRefusal::Mechanism | TokenRefusal::Rejected);
    let refusal = Refusal::of(check_of(refusal), refusal);
    Negotiated::Refused { offered, subject, refusal, is_without_ticket }
}

/// The name of the failed check, as shown to the provider's administrators.
const fn check_of(refusal: &TokenRefusal) -> &'static str {
    match refusal {
        TokenRefusal::Ntlm | TokenRefusal::Mechanism => "mechanism",
        TokenRefusal::Rejected
        | TokenRefusal::OutOfOrder
        | TokenRefusal::NegotiationExpired
        | TokenRefusal::MicMissing
        | TokenRefusal::Mic => "negotiation",
        TokenRefusal::Etype { .. } => "encryption",
        TokenRefusal::Service(_) => "service",
        TokenRefusal::NoKey { .. } => "keytab",
        TokenRefusal::Cipher { .. } => "key",
        TokenRefusal::NotYetValid(_) | TokenRefusal::Expired(_) | TokenRefusal::Invalid => {
            "lifetime"
        }
        TokenRefusal::Skew(_) => "clock",
        TokenRefusal::ClientMismatch { .. } | TokenRefusal::Anonymous => "client",
        TokenRefusal::BindingsMissing | TokenRefusal::Bindings => "channel",
        TokenRefusal::Replayed => "replay",
        _ => "token",
    }
}
