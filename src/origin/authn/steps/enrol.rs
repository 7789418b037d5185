//! Enrolment of a second factor required by a sign-in: an app or an address.

use super::{Continuing, Steps};
use crate::{
    core::{
        message::Recipient,
        otp::{numeric::Code, totp::Totp},
        signin::{Challenge, Evidence, Method, Next},
    },
    origin::{
        authn::{
            flow::Pending,
            methods::address,
            password::{self, SigninError},
        },
        domain::{
            change::{Change, Position, Unrecorded},
            factors,
            sent_codes::{self, Purpose},
            signin::account,
        },
        store::factors::{Factor, Held},
    },
    ports::DatabaseError,
};

/// Lifetime of a pending app enrolment, in seconds.
const WAITS: i64 = 600;

/// The result of an enrolment code.
#[derive(Debug)]
pub enum Completed {
    /// Correct.
    Right(Box<Enrolled>),
    /// Wrong.
    Wrong(Box<Continuing>),
    /// No enrolment is pending.
    Ended,
}

/// An enrolled factor, and the change to commit.
#[derive(Debug)]
pub struct Enrolled {
    /// The sign-in.
    pub continuing: Continuing,
    /// The statements.
    pub change: Change,
    /// The statements that must take effect.
    pub required: Vec<Position>,
    /// The recovery codes issued with the first factor, to be shown once.
    pub codes: Option<Vec<String>>,
}

impl Steps<'_> {
    /// Starts the enrolment of an authenticator app, if required.
    pub async fn begin_app(
        &self,
        continuing: Continuing,
    ) -> Result<Option<(Continuing, Totp)>, SigninError> {
        let made = factors::new_totp(self.origin, &continuing.person.user.id);
        let (totp, content) = made.map_err(|error| DatabaseError::Failed(error.to_string()))?;
        let challenge = Challenge {
            method: Method::Totp,
            content,
            sent_to: String::new(),
            failures: 0,
            expires_at: self.origin.clock.now().plus(WAITS),
        };
        let issued = self.issued(continuing, challenge).await?;
        Ok(issued.map(|continuing| (continuing, totp)))
    }

    /// Issues a code for an address at the page `page`, if it is due to prove ([`Purpose::Second`]) or to enrol
    /// it ([`Purpose::Verify`]): the code that is to be sent.
    pub async fn begin_address(
        &self,
        continuing: Continuing,
        (method, purpose): (Method, Purpose),
        to: &Recipient,
        page: &str,
    ) -> Result<Option<(Continuing, Code)>, SigninError> {
        let whom = (purpose, continuing.pending.id());
        let issued = address::issue(self.origin, method, whom, Some(to), page);
        let stored = self.issued(continuing, issued.challenge).await?;
        Ok(stored.map(|continuing| (continuing, issued.code)))
    }

    /// The app of the pending enrolment.
    pub fn app(&self, continuing: &Continuing) -> Option<Totp> {
        let now = self.origin.clock.now();
        let challenge = continuing.pending.flow.challenge(Method::Totp, now)?;
        factors::open_totp(self.origin, &continuing.person.user.id, &challenge.content)
    }

    /// Verifies an enrolment code, and counts a wrong one.
    pub async fn complete(
        &self,
        continuing: Continuing,
        method: Method,
        code: &str,
    ) -> Result<Completed, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let Continuing { pending, person, held, consents } = continuing;
        let (policy, user) = (self.policy(&person), &person.user);
        if pending.flow.challenge(method, now).is_none() {
            return Ok(Completed::Ended);
        }
        let pending = self.tried(pending).await?;
        let Some(challenge) = pending.flow.challenge(method, now) else {
            return Ok(Completed::Ended);
        };
        let mut change = Change::unrecorded(Unrecorded::Step);
        let mut required = Vec::new();
        let evidence = if method == Method::Totp {
            let totp = factors::open_totp(origin, &user.id, &challenge.content);
            totp.and_then(|totp| totp.verify(code, now, None)).map(|step| {
                let sealed = challenge.content.clone();
                factors::enrol_totp(origin, &mut change, user, sealed, step);
                Evidence::by(method, user.id.clone(), now)
            })
        } else {
            let right = address::enrolling(origin, pending.id(), challenge, code, user);
            right.map(|(evidence, to)| {
                required.push(factors::enrol_address(origin, &mut change, user, &to));
                evidence
            })
        };
        let Some(evidence) = evidence else {
            let failed = pending.flow.clone().failed(sent_codes::TRIES);
            let pending = pending.with(failed);
            let continuing = Continuing { pending, person, held, consents };
            return Ok(Completed::Wrong(Box::new(continuing)));
        };
        let Ok(flow) =
            pending.flow.clone().enrolled(policy, account(&person, &held), evidence, now)
        else {
            return Ok(Completed::Ended);
        };
        let has_codes = held.factor("recovery").is_some();
        let codes = (!has_codes).then(|| factors::renew_recovery(origin, &mut change, user));
        let held = with(held, method);
        let continuing = Continuing { pending: pending.with(flow), person, held, consents };
        Ok(Completed::Right(Box::new(Enrolled { continuing, change, required, codes })))
    }

    /// Stores the sign-in after a step without evidence.
    pub async fn store(&self, pending: &Pending) -> Result<(), SigninError> {
        let mut change = Change::unrecorded(Unrecorded::Step);
        let stored = pending.store(self.origin, &mut change);
        password::take(self.origin, change, &[stored]).await
    }

    /// Counts a code before it is compared, so that parallel codes have no more tries than
    /// sequential ones; returns the sign-in to continue if the code is correct.
    pub async fn tried(&self, pending: Pending) -> Result<Pending, SigninError> {
        let mut change = Change::unrecorded(Unrecorded::Step);
        let (pending, counted) = pending.tried(self.origin, sent_codes::TRIES, &mut change);
        password::take(self.origin, change, &[counted]).await?;
        Ok(pending)
    }

    /// The sign-in with `challenge`; `None` if its method is not required.
    async fn issued(
        &self,
        continuing: Continuing,
        challenge: Challenge,
    ) -> Result<Option<Continuing>, SigninError> {
        let Continuing { pending, person, held, consents } = continuing;
        let (policy, now) = (self.policy(&person), self.origin.clock.now());
        let flow = pending.flow.clone().issued(policy, account(&person, &held), challenge, now);
        let Ok(flow) = flow else { return Ok(None) };
        let pending = pending.with(flow);
        self.store(&pending).await?;
        Ok(Some(Continuing { pending, person, held, consents }))
    }

    /// Whether the next step enrols `method`.
    pub fn enrols(&self, continuing: &Continuing, method: Method) -> bool {
        matches!(self.next(continuing), Some(Next::Enrol(due)) if due.has(method))
    }
}

/// The user's factors after the enrolment.
fn with(mut held: Held, method: Method) -> Held {
    let kind = if method == Method::Totp { "totp" } else { method.wire_name() };
    held.factors.push(Factor {
        kind: kind.to_owned(),
        content: String::new(),
        last_step: None,
        is_preferred: false,
        is_barred: false,
        created_at: crate::core::time::UnixTime::default(),
        used_at: None,
    });
    held
}
