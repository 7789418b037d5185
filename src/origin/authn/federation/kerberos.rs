//! Sign-in by a ticket of Kerberos (HTTP Negotiate, RFC 4559): the token of a request is verified by the keytabs
//! of the providers that are offered.
//!
//! There is no way to a provider and back: the browser has the ticket already. A negotiation that takes two
//! requests waits, sealed, in a row that belongs to the cookie of the browser and is taken once.

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

/// What a negotiation is sealed for.
const SEALED: &str = "negotiation";

/// What comes of a token.
#[derive(Debug)]
pub enum Negotiated<'a> {
    /// The client has proved who it is.
    Accepted(Box<Accepted<'a>>),
    /// The client has to send more: the challenge.
    Continues(String),
    /// The token is refused.
    Refused {
        /// By this provider.
        offered: &'a Offered,
        /// Whom the ticket named, if it was verified.
        subject: String,
        /// Why.
        refusal: Refusal,
        /// Whether the client has no ticket at all, so that nothing went wrong.
        is_without_ticket: bool,
    },
}

/// A client that has proved who it is.
#[derive(Debug)]
pub struct Accepted<'a> {
    /// To this provider.
    pub offered: &'a Offered,
    /// What its ticket says.
    pub assertion: Assertion,
    /// The challenge with our own proof, if the client wants it.
    pub reply: Option<String>,
}

/// What waits for the next request of a browser.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    sealed: String,
}

/// The value of the header in which the request carries a token; `None`: it carries none.
pub fn token_of(http: &Request) -> Option<&str> {
    let value = http.header(AUTHORIZATION.as_str())?;
    authorization_token(value).map(|_| value)
}

/// Verifies the token in `value` by the first of the providers that has the key for it. `cookie` is that of the
/// browser's form tokens.
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
    // What waits is taken, whatever comes now.
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
                // The provider that knows the service says more than one that does not.
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

    /// The step after the authenticator has been noted, so that it counts once in all isolates.
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

    /// Keeps the negotiation for the next request of this browser.
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
        // The way back is that of the request itself.
        let purpose = Purpose::SignIn { client_id: String::new(), return_to: String::new() };
        let browser = browser(self.cookie);
        let journey = Journey::to(&self.offered.provider, browser, purpose, Waiting { sealed });
        journey.leave(origin, &state_of(self.cookie)).await?;
        Ok(Negotiated::Continues(challenge(Some(&token))))
    }
}

/// Takes what waits for the browser: the id of the provider, and the negotiation.
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

/// What the record has keys for, as its check tells it.
pub(super) fn probe(origin: &Origin, provider: &Provider) -> Result<String, Refusal> {
    let acceptor = Acceptor::of(origin, provider, &origin.config.issuer)?;
    let entries = acceptor.service().keytab.entries();
    let keys: Vec<String> =
        entries.iter().map(|entry| format!("{} (kvno {})", entry.principal, entry.kvno)).collect();
    Ok(format!("keys of {}", keys.join(", ")))
}

/// The state of the one negotiation of a browser. No state that a provider returns has this form.
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

/// The name of the check that refused, as the administrators of the provider read it.
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
