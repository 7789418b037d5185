//! Sign-in steps, shared by the hosted pages and the JSON API.

mod code;
mod enrol;

pub use self::{
    code::CodeSent,
    enrol::{Completed, Enrolled},
};
use super::{
    familiar,
    flow::{self, Pending},
    methods::{
        address,
        codes::{self, TypedCode},
    },
    password::{self, Proof, SigninError},
    session::{self, Begun, Current},
};
use crate::{
    core::{
        device,
        encoding::base64url,
        signin::{Acr, Flow, Method, Methods, Next, Policy},
    },
    origin::{
        Origin,
        domain::{
            change::{Change, Position, Unrecorded},
            guesses::{FactorCounters, Guesser},
            people::Person,
            signin::{SigninRules, account},
        },
        http::Request,
        store::{
            accounts::{self, Account, Named},
            attempts::Attempt,
            consents::Consent,
            factors::{self, Held, RememberedBrowser},
            query::load,
        },
    },
    ports::DatabaseError,
};

/// A sign-in in one browser, to one client.
#[derive(Debug, Clone, Copy)]
pub struct Steps<'a> {
    /// The origin.
    pub origin: &'a Origin,
    /// The HTTP request.
    pub http: &'a Request,
    /// The rules of the sign-in.
    pub rules: SigninRules<'a>,
    /// The minimum class required by the request (`acr_values`).
    pub acr: Option<Acr>,
    /// The session to step up; `None` to start a new one.
    pub resumes: Option<&'a Current>,
}

/// A sign-in with a proven first factor, and its user.
#[derive(Debug)]
pub struct Continuing {
    /// The sign-in.
    pub pending: Pending,
    /// The person.
    pub person: Person,
    /// The person's second factors.
    pub held: Held,
    /// The user's consent to the client: at most one.
    pub consents: Vec<Consent>,
}

/// A new session, and the user's earlier consent to the client.
#[derive(Debug)]
pub struct SignedIn {
    /// The session, with the change that the caller commits.
    pub begun: Begun,
    /// At most one.
    pub consents: Vec<Consent>,
    /// The person's second factors.
    pub held: Held,
}

/// The result of a step.
#[derive(Debug)]
pub enum Advanced {
    /// The session begins.
    Begins(Box<SignedIn>),
    /// One of these second factors is required.
    Second(Methods, Box<Continuing>),
    /// One of these factors must be enrolled.
    Enrol(Methods, Box<Continuing>),
    /// The user cannot meet the requirements of the request.
    Unmet,
    /// The sign-in has ended.
    Ended,
}

/// The result of a second-factor code.
#[derive(Debug)]
pub enum Verified {
    /// Correct: the next step, and the remembered-browser cookie.
    Right(Advanced, Option<String>),
    /// It is wrong, or was used before.
    Wrong,
    /// Too many were wrong.
    Locked,
    /// The sign-in has ended.
    Ended,
}

/// An entered second-factor code.
#[derive(Debug, Clone, Copy)]
pub struct SecondCode<'a> {
    /// The factor.
    pub method: Method,
    /// As it was typed.
    pub code: &'a str,
    /// Whether to remember the browser.
    pub remember: bool,
}

impl Steps<'_> {
    /// This browser's sign-in with a proven user who may still sign in.
    pub async fn continuing(&self) -> Result<Option<Continuing>, DatabaseError> {
        if let Some(current) = self.resumes {
            return self.resumed(current).await;
        }
        let Some(id) = self.id() else { return Ok(None) };
        let now = self.origin.clock.now();
        let (pending, account, held, consents) = self.read(&id, Named::Flow(&id)).await?;
        let (Some(pending), Some(account)) = (pending, account) else { return Ok(None) };
        let began = pending.flow.started_at();
        let Some(person) = Person::standing(account, began, now) else { return Ok(None) };
        Ok(Some(Continuing { pending, person, held, consents }))
    }

    /// The current state of the step-up of `current`.
    async fn resumed(&self, current: &Current) -> Result<Option<Continuing>, DatabaseError> {
        let now = self.origin.clock.now();
        // A browser without a form token has no pending step-up.
        let id = self.id().unwrap_or_default();
        let named = Named::Id(&current.session.user_id);
        let (waiting, account, held, consents) = self.read(&id, named).await?;
        let since = current.session.authenticated_at;
        let person = account.and_then(|account| Person::standing(account, since, now));
        let Some(person) = person else { return Ok(None) };
        let session = current.resumed();
        let waiting = waiting.filter(|waiting| waiting.flow.resumed() == Some(&session));
        let begin =
            || Pending::begin(id, &person.user.name, Flow::stepping_up(session.clone(), now));
        let pending = waiting.unwrap_or_else(begin);
        Ok(Some(Continuing { pending, person, held, consents }))
    }

    /// Rereads the stored sign-in, for another step in the same request.
    pub async fn read_again(
        &self,
        continuing: &Continuing,
    ) -> Result<Option<Continuing>, DatabaseError> {
        let id = continuing.pending.id();
        let (pending, ..) = self.read(id, Named::Flow(id)).await?;
        let Continuing { person, held, consents, .. } = continuing;
        Ok(pending.map(|pending| Continuing {
            pending,
            person: person.clone(),
            held: held.clone(),
            consents: consents.clone(),
        }))
    }

    /// Reads the sign-in with that id, and the user's account, second factors and consents.
    async fn read(
        &self,
        id: &str,
        named: Named<'_>,
    ) -> Result<(Option<Pending>, Option<Account>, Held, Vec<Consent>), DatabaseError> {
        let now = self.origin.clock.now();
        let queries = (
            flow::find(id, now),
            accounts::find(named),
            factors::held(named, &self.browser(), now),
            accounts::consent(named, self.rules.client_id()),
        );
        let (pending, account, held, consent) = load(&*self.origin.database, queries).await?;
        Ok((pending, account, held, consent.into_iter().collect()))
    }

    /// A new sign-in or step-up without evidence.
    pub fn flow(&self) -> Flow {
        let now = self.origin.clock.now();
        match self.resumes {
            Some(current) => Flow::stepping_up(current.resumed(), now),
            None => Flow::new(now),
        }
    }

    /// The sign-in policy for that user.
    pub fn policy(&self, person: &Person) -> Policy {
        self.rules.policy_of(self.origin, person, self.acr)
    }

    /// The next step.
    pub fn next(&self, continuing: &Continuing) -> Option<Next> {
        let Continuing { pending, person, held, .. } = continuing;
        let now = self.origin.clock.now();
        pending.flow.next(self.policy(person), account(person, held), now).ok()
    }

    /// Continues after an accepted step: starts the session, or stores the sign-in. Each statement
    /// of `required` must take effect.
    pub async fn advance(
        &self,
        continuing: Continuing,
        mut change: Change,
        mut required: Vec<Position>,
    ) -> Result<Advanced, SigninError> {
        // Proofs of one never count in the other.
        let session = self.resumes.map(Current::resumed);
        if continuing.pending.flow.resumed() != session.as_ref() {
            return Ok(Advanced::Ended);
        }
        let next = self.next(&continuing);
        if let Some(Next::Done(signed)) = &next {
            let Continuing { pending, person, consents, held } = continuing;
            required.extend(pending.end(&mut change));
            let begun = if let Some(current) = self.resumes {
                session::stepped_up(self.origin, self.http, current.clone(), change, signed)
                    .requiring(required)
            } else {
                let proof = Proof::of(person, change, required);
                session::begin(self.origin, self.http, proof, signed)
            };
            return Ok(Advanced::Begins(Box::new(SignedIn { begun, consents, held })));
        }
        if self.resumes.is_some() && next == Some(Next::Unmet) {
            // The user may start again with another factor.
            password::take(self.origin, change, &required).await?;
            return Ok(Advanced::Unmet);
        }
        required.push(continuing.pending.store(self.origin, &mut change));
        password::take(self.origin, change, &required).await?;
        Ok(match next {
            Some(Next::Second(methods)) => Advanced::Second(methods, Box::new(continuing)),
            Some(Next::Enrol(methods)) => Advanced::Enrol(methods, Box::new(continuing)),
            Some(Next::Unmet) => Advanced::Unmet,
            _ => Advanced::Ended,
        })
    }

    /// Verifies a second-factor code, counts a wrong one, and continues after a correct one.
    pub async fn verify(
        &self,
        continuing: Continuing,
        typed: SecondCode<'_>,
    ) -> Result<Verified, SigninError> {
        let SecondCode { method, code, remember } = typed;
        let (origin, now) = (self.origin, self.origin.clock.now());
        let Continuing { pending, person, held, consents } = continuing;
        let guesser = match self.resumes {
            Some(current) => Guesser::of_browser(&current.session.id),
            None => familiar::guesser_of(origin, self.http, &person.user),
        };
        let counters = FactorCounters::of(origin, &person.user, &guesser);
        let counters = if method == Method::Recovery { counters.of_guesser() } else { counters };
        if let Attempt::Refused(_) = counters.counted(origin).fetch(&*origin.database).await? {
            return Ok(Verified::Locked);
        }
        let pending = match pending.flow.challenge(method, now) {
            Some(_) => self.tried(pending).await?,
            None => pending,
        };
        let mut change = Change::unrecorded(Unrecorded::Step);
        let typed = TypedCode { user_id: &person.user.id, held: &held, code };
        let verified = match method {
            Method::Totp => codes::totp(origin, typed, &mut change),
            Method::Recovery => codes::recovery(origin, typed, &mut change),
            Method::Email | Method::Sms => pending.flow.challenge(method, now).and_then(|sent| {
                let whose = (&person.user, &held);
                address::second(origin, pending.id(), sent, code, whose, &mut change)
            }),
            _ => None,
        };
        let Some((evidence, position)) = verified else {
            return Ok(Verified::Wrong);
        };
        change.write_all(counters.forgotten());
        let policy = self.policy(&person);
        let Ok(flow) = pending.flow.clone().proved(policy, account(&person, &held), evidence, now)
        else {
            return Ok(Verified::Ended);
        };
        let continuing = Continuing { pending: pending.with(flow), person, held, consents };
        let (advanced, cookie) = self.seconded(continuing, change, position, remember).await?;
        Ok(Verified::Right(advanced, cookie))
    }

    /// Continues after a second factor, and remembers the browser if requested: returns the next
    /// step and the cookie. `position` must take effect.
    pub async fn seconded(
        &self,
        continuing: Continuing,
        mut change: Change,
        position: Position,
        remember: bool,
    ) -> Result<(Advanced, Option<String>), SigninError> {
        // Browsers are remembered only at a sign-in.
        let remember = remember && self.resumes.is_none();
        let seconds = continuing.pending.flow.proven().seconds().join(" ");
        let remembers = remember && self.policy(&continuing.person).remembered_hours > 0;
        let cookie = remembers.then(|| self.remember(&continuing.person, &seconds, &mut change));
        let advanced = self.advance(continuing, change, vec![position]).await?;
        Ok((advanced, cookie))
    }

    /// A sign-in of this browser in that state; `None` without a form-token cookie.
    pub fn begin(&self, login: &str, flow: Flow) -> Option<Pending> {
        Some(Pending::begin(self.id()?, login, flow))
    }

    /// The id of this browser's sign-in.
    pub fn id(&self) -> Option<String> {
        let client_id = self.rules.client_id();
        let of = match self.resumes {
            // Client ids contain no space, so none begins like this.
            Some(current) => format!("step-up {} {client_id}", current.session.id),
            None => client_id.to_owned(),
        };
        flow::id(self.origin, self.http, &of)
    }

    /// The digest of the remembered-browser cookie; empty if absent.
    pub fn browser(&self) -> String {
        flow::browser(self.origin, self.http).unwrap_or_default()
    }

    /// Remembers this browser for the user, and returns the cookie to set.
    fn remember(&self, person: &Person, seconds: &str, change: &mut Change) -> String {
        let origin = self.origin;
        let now = origin.clock.now();
        let lifetime = self.rules.remembered_hours(person) * 3600;
        let value = base64url(&origin.random.bytes::<32>());
        change.write(factors::remember(&RememberedBrowser {
            user_id: &person.user.id,
            owner: &person.user.owner,
            digest: &flow::browser_digest(&value),
            seconds,
            device: &device::name(self.http.header("user-agent").unwrap_or_default()),
            expires_at: now.plus(lifetime),
            created_at: now,
        }));
        flow::remembering_cookie(origin, self.http, &value, lifetime)
    }
}

impl SignedIn {
    /// Adds a cookie to the response.
    pub fn set(&mut self, cookie: &str) {
        let set = &mut self.begun.cookie;
        set.push('\n');
        set.push_str(cookie);
    }
}
