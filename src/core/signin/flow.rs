//! The state of a sign-in, and its transitions.

use serde::{Deserialize, Serialize};

use super::{
    method::{Acr, Method, Methods},
    policy::{self, Account, Policy},
    step_up::Resumed,
};
use crate::core::{session::Factor, time::UnixTime};

/// Maximum duration of a sign-in, in seconds.
const LIFETIME: i64 = 15 * 60;

/// The `amr` value of a remembered browser.
pub(super) const REMEMBERED: &str = "rba";

/// Evidence created by a verifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    method: Method,
    user_id: String,
    at: UnixTime,
    /// A passkey that verified its user is two factors: possession, and a gesture or PIN.
    user_verified: bool,
    /// The key cannot leave its device.
    device_bound: bool,
    /// The identity provider's administrators have less authority than the account: a factor of the
    /// account must also be proven.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    needs_own_factor: bool,
}

impl Evidence {
    /// Evidence by `method` for the user with that id. Only the verifiers in `origin/authn/methods`
    /// and [`authn/password`](crate::origin) create it.
    pub const fn by(method: Method, user_id: String, at: UnixTime) -> Self {
        Self {
            method,
            user_id,
            at,
            user_verified: false,
            device_bound: false,
            needs_own_factor: false,
        }
    }

    /// Evidence by an identity provider or directory; `needs_own_factor` if its administrators have
    /// less authority than the account.
    pub fn by_another_system(
        method: Method,
        user_id: String,
        at: UnixTime,
        needs_own_factor: bool,
    ) -> Self {
        Self { needs_own_factor, ..Self::by(method, user_id, at) }
    }

    /// Evidence by a passkey.
    pub const fn by_passkey(
        user_id: String,
        at: UnixTime,
        user_verified: bool,
        device_bound: bool,
    ) -> Self {
        Self {
            method: Method::Passkey,
            user_id,
            at,
            user_verified,
            device_bound,
            needs_own_factor: false,
        }
    }

    /// The method.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The user.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// Whether it is two factors by itself.
    pub const fn is_multi_factor(&self) -> bool {
        self.user_verified
    }
}

/// An issued challenge, against which the response is verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Challenge {
    /// The method of the response.
    pub method: Method,
    /// Data for the verifier: a digest, the issued text.
    pub content: String,
    /// Where it was sent; empty if not sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sent_to: String,
    /// The number of wrong responses.
    #[serde(default)]
    pub failures: u32,
    /// When it ends.
    pub expires_at: UnixTime,
}

/// A pending sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    started_at: UnixTime,
    /// The evidence, all for one user.
    proofs: Vec<Evidence>,
    challenge: Option<Challenge>,
    /// The session to step up; `None` for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resumed: Option<Resumed>,
}

/// The next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A first factor, by one of these methods.
    First(Methods),
    /// A second factor, by one of these methods.
    Second(Methods),
    /// Enrolment of one of these second factors.
    Enrol(Methods),
    /// The user cannot meet the requirements of the request.
    Unmet,
    /// The session starts.
    Done(Signed),
}

/// A sign-in that meets its policy; required to start a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    user_id: String,
    amr: Vec<String>,
    seconds: Vec<String>,
    remembered: Vec<Factor>,
}

impl Signed {
    pub(super) const fn new(user_id: String, amr: Vec<String>, seconds: Vec<String>) -> Self {
        Self { user_id, amr, seconds, remembered: Vec::new() }
    }

    /// The user.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The proven methods (`amr`, RFC 8176).
    pub fn amr(&self) -> &[String] {
        &self.amr
    }

    /// The proven second factors, by session names; may be empty.
    pub fn seconds(&self) -> &[String] {
        &self.seconds
    }

    /// The second factors of a remembered browser, with the time of their proof.
    pub fn remembered(&self) -> &[Factor] {
        &self.remembered
    }
}

/// The evidence so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven<'a>(&'a [Evidence]);

/// Why a transition is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The step is not the next one.
    #[error("the method is not due")]
    NotDue,
    /// There is no live challenge for it.
    #[error("no challenge was issued for the method")]
    NoChallenge,
    /// The evidence is about another user.
    #[error("the evidence is about another user")]
    OtherUser,
    /// The sign-in took too long.
    #[error("the sign-in has expired")]
    Expired,
}

impl Flow {
    /// A new sign-in at `now`, without evidence.
    pub const fn new(now: UnixTime) -> Self {
        Self { started_at: now, proofs: Vec::new(), challenge: None, resumed: None }
    }

    /// A new step-up of a session at `now`, which needs one fresh proof of the session's user.
    pub const fn stepping_up(session: Resumed, now: UnixTime) -> Self {
        Self { started_at: now, proofs: Vec::new(), challenge: None, resumed: Some(session) }
    }

    /// The session being stepped up, if any.
    pub const fn resumed(&self) -> Option<&Resumed> {
        self.resumed.as_ref()
    }

    /// The user, once identified by a first factor.
    pub fn user_id(&self) -> Option<&str> {
        let resumed = self.resumed.as_ref().map(Resumed::user_id);
        resumed.or_else(|| self.proofs.first().map(Evidence::user_id))
    }

    /// When it began.
    pub const fn started_at(&self) -> UnixTime {
        self.started_at
    }

    /// The evidence.
    pub fn proven(&self) -> Proven<'_> {
        Proven(&self.proofs)
    }

    /// When it ends.
    pub const fn expires_at(&self) -> UnixTime {
        self.started_at.plus(LIFETIME)
    }

    /// The live challenge for `method` at `now`.
    pub fn challenge(&self, method: Method, now: UnixTime) -> Option<&Challenge> {
        let issued = self.challenge.as_ref()?;
        (issued.method == method && now < issued.expires_at).then_some(issued)
    }

    /// The flow after issuing `challenge`, replacing any other, if its method is required for proof
    /// or enrolment.
    pub fn issued(
        self,
        policy: Policy,
        account: Account,
        challenge: Challenge,
        now: UnixTime,
    ) -> Result<Self, Refusal> {
        let method = challenge.method;
        match self.next(policy, account, now)? {
            Next::First(due) | Next::Second(due) | Next::Enrol(due) if due.has(method) => {
                Ok(Self { challenge: Some(challenge), ..self })
            }
            _ => Err(Refusal::NotDue),
        }
    }

    /// The flow after a wrong response; the challenge ends after the last of `most`.
    #[must_use]
    pub fn failed(mut self, most: u32) -> Self {
        if let Some(challenge) = &mut self.challenge {
            challenge.failures += 1;
        }
        self.challenge = self.challenge.filter(|challenge| challenge.failures < most);
        self
    }

    /// The flow after `evidence`, which must be of a required method, answer the method's
    /// challenge, and concern the same user as all earlier evidence.
    pub fn proved(
        self,
        policy: Policy,
        account: Account,
        evidence: Evidence,
        now: UnixTime,
    ) -> Result<Self, Refusal> {
        match self.next(policy, account, now)? {
            Next::First(due) | Next::Second(due) if due.has(evidence.method) => {}
            _ => return Err(Refusal::NotDue),
        }
        self.with(evidence.method.needs_challenge(), evidence, now)
    }

    /// The flow after the enrolment of a second factor proven by `evidence`, if required and
    /// started.
    pub fn enrolled(
        self,
        policy: Policy,
        account: Account,
        evidence: Evidence,
        now: UnixTime,
    ) -> Result<Self, Refusal> {
        match self.next(policy, account, now)? {
            Next::Enrol(due) if due.has(evidence.method) => self.with(true, evidence, now),
            _ => Err(Refusal::NotDue),
        }
    }

    fn with(
        self,
        needs_challenge: bool,
        evidence: Evidence,
        now: UnixTime,
    ) -> Result<Self, Refusal> {
        if self.user_id().is_some_and(|user_id| user_id != evidence.user_id) {
            return Err(Refusal::OtherUser);
        }
        // A provider that may not vouch for the account adds nothing to a session.
        if self.resumed.is_some() && evidence.needs_own_factor {
            return Err(Refusal::NotDue);
        }
        if needs_challenge && self.challenge(evidence.method, now).is_none() {
            return Err(Refusal::NoChallenge);
        }
        let Self { started_at, mut proofs, resumed, .. } = self;
        proofs.push(evidence);
        Ok(Self { started_at, proofs, challenge: None, resumed })
    }

    /// The next step under `policy`. `account` is that of [`Self::user_id`].
    pub fn next(&self, policy: Policy, account: Account, now: UnixTime) -> Result<Next, Refusal> {
        if now >= self.expires_at() {
            return Err(Refusal::Expired);
        }
        if let Some(resumed) = &self.resumed {
            return Ok(resumed.next(&self.proofs, policy, account));
        }
        let Some(first) = self.proofs.first() else {
            return Ok(Next::First(policy.first.that(Method::is_first)));
        };
        let proven = self.proven();
        let account = if first.needs_own_factor {
            let enrolled = own_factors(account.enrolled);
            Account { enrolled, remembered: None, ..account }
        } else {
            account
        };
        let needs_second = policy.requires_second
            || first.needs_own_factor
            || account.wants_second
            || policy.acr.is_some_and(|class| class > Acr::One);
        let remembered = account
            .remembered
            .filter(|remembered| policy.counts_remembered(*remembered, first.method, now));
        let lacks_second =
            needs_second && !proven.has_second(policy.second) && remembered.is_none();
        let reached = Acr::of(&proven.amr());
        let lacks_class = policy.acr.is_some_and(|class| reached < class);
        if !lacks_class && !lacks_second {
            let mut amr = proven.amr();
            let remembered = remembered.filter(|_| !proven.is_multi_factor());
            amr.extend(remembered.map(|_| REMEMBERED.to_owned()));
            let remembered = remembered.map(|remembered| remembered.noted(first.method));
            return Ok(Next::Done(Signed {
                user_id: first.user_id.clone(),
                amr,
                seconds: proven.seconds(),
                remembered: remembered.unwrap_or_default(),
            }));
        }
        let mut counting = policy.second;
        if policy.acr.is_some_and(|class| class > Acr::Two) {
            counting = counting.and(Methods::of([Method::Passkey]));
        }
        let unproven = |methods: Methods| {
            proven.0.iter().fold(methods, |left, proof| left.without(proof.method))
        };
        let recovery = unproven(account.enrolled.and(Methods::of([Method::Recovery])));
        let usable = |methods: Methods| {
            let known = unproven(methods.and(account.enrolled).without(Method::Recovery));
            // A recovery code replaces an existing factor and is not a factor by itself.
            let also =
                if known.is_empty() || proven.is_multi_factor() { Methods::NONE } else { recovery };
            known.minus(account.barred).or(also)
        };
        let known = usable(counting);
        if !known.is_empty() {
            return Ok(Next::Second(known));
        }
        // An existing factor must be proven before a new one is enrolled, whether or not the policy
        // accepts the old one: a password alone never adds a factor to an account that has one.
        let existing = usable(Methods::of(Method::ALL).that(Method::is_second));
        if !proven.is_multi_factor() && !existing.is_empty() {
            return Ok(Next::Second(existing));
        }
        // Control of the provider alone must not add a factor to the account.
        if first.needs_own_factor && !proven.is_multi_factor() {
            return Ok(Next::Unmet);
        }
        // The first factor is the account's only one and cannot be the second factor.
        let has_others = account.enrolled.has_second();
        if !proven.is_multi_factor() && account.wants_second && has_others {
            return Ok(Next::Unmet);
        }
        // Proving the first factor again adds nothing.
        let new = counting.that(Method::is_second).without(Method::Recovery).without(first.method);
        Ok(if new.is_empty() { Next::Unmet } else { Next::Enrol(new) })
    }
}

/// The factors that only the user controls: mailbox and phone may be controlled by the identity
/// provider's administrators.
pub const fn own_factors(enrolled: Methods) -> Methods {
    enrolled.without(Method::Email).without(Method::Sms)
}

impl<'a> Proven<'a> {
    /// The combined evidence of `proofs`.
    pub(super) const fn of(proofs: &'a [Evidence]) -> Self {
        Self(proofs)
    }

    /// Whether two factors are proven.
    pub fn is_multi_factor(self) -> bool {
        !self.seconds().is_empty()
    }

    /// Whether one of `counting`, or a recovery code, is proven as second factor.
    fn has_second(self, counting: Methods) -> bool {
        let counts =
            |proof: &Evidence| proof.method == Method::Recovery || counting.has(proof.method);
        let Self(proofs) = self;
        let Some(first) = proofs.first() else { return false };
        let mut further = proofs.iter().skip(1).filter(|proof| proof.method != first.method);
        proofs.iter().any(|proof| proof.user_verified) || further.any(counts)
    }

    /// The session names of the proven second factors ([`Policy::is_met_by`]).
    pub fn seconds(self) -> Vec<String> {
        let Self(proofs) = self;
        let Some(first) = proofs.first() else { return Vec::new() };
        let further = proofs.iter().skip(1).filter(|proof| proof.method != first.method);
        let alone = proofs.iter().filter(|proof| proof.user_verified);
        let alone = alone.map(|_| policy::VERIFIED_PASSKEY.to_owned());
        further.map(|proof| policy::second_name(proof.method)).chain(alone).collect()
    }

    /// The proven methods (RFC 8176). Wallet keys and passkeys that may be backed up are software
    /// keys.
    pub fn amr(self) -> Vec<String> {
        let mut names: Vec<&str> = Vec::new();
        let mut add = |name| {
            if !names.contains(&name) {
                names.push(name);
            }
        };
        for proof in self.0 {
            match proof.method {
                Method::Password => add("pwd"),
                Method::Email | Method::Totp | Method::Recovery => add("otp"),
                Method::Sms => {
                    add("otp");
                    add("sms");
                }
                Method::Passkey => {
                    add(if proof.device_bound { "hwk" } else { "swk" });
                    add("user");
                }
                Method::Wallet => add("pop"),
                Method::Provider => add("fed"),
            }
        }
        if self.is_multi_factor() {
            add("mfa");
        }
        names.into_iter().map(str::to_owned).collect()
    }
}
