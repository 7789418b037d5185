//! The state of a sign-in, and its transitions.

use serde::{Deserialize, Serialize};

use super::{
    method::{Acr, Method, Methods},
    policy::{self, Account, Policy},
    step_up::Resumed,
};
use crate::core::{session::Factor, time::UnixTime};

/// How long a sign-in may take from its first step to the session, in seconds.
const LIFETIME: i64 = 15 * 60;

/// The name (`amr`) of a browser that stands for the second factor.
pub(super) const REMEMBERED: &str = "rba";

/// What a verifier has verified.
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
    /// An identity provider says it whose administrators hold less than the account: a factor of the account has
    /// to be proven besides.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    needs_own_factor: bool,
}

impl Evidence {
    /// Evidence by `method` for the user with that id. Only the verifiers in `origin/authn/methods` and
    /// [`authn/password`](crate::origin) make it.
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

    /// Evidence by an identity provider, or by a directory that verified a password; `needs_own_factor`: its
    /// administrators hold less than the account.
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

/// A challenge that was issued to the person: what its answer is verified against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Challenge {
    /// The method that answers it.
    pub method: Method,
    /// What the verifier needs: a digest, the issued text.
    pub content: String,
    /// Where it was sent; empty if it was not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sent_to: String,
    /// How many wrong answers there were.
    #[serde(default)]
    pub failures: u32,
    /// When it ends.
    pub expires_at: UnixTime,
}

/// A sign-in that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    started_at: UnixTime,
    /// What has been proven, all for one user.
    proofs: Vec<Evidence>,
    challenge: Option<Challenge>,
    /// The session that a step-up goes on with; `None`: a new one begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resumed: Option<Resumed>,
}

/// The step that follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A first factor, by one of these methods.
    First(Methods),
    /// A second factor, by one of these methods.
    Second(Methods),
    /// The person enrols one of these second factors.
    Enrol(Methods),
    /// Nothing that the person could do meets what the request demands.
    Unmet,
    /// The session begins.
    Done(Signed),
}

/// A sign-in that has proved all that its policy demands: what a session begins by.
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

    /// The names of what was proven (`amr`, RFC 8176).
    pub fn amr(&self) -> &[String] {
        &self.amr
    }

    /// The second factors that were proven, by the names that a session notes them by; empty: there was none.
    pub fn seconds(&self) -> &[String] {
        &self.seconds
    }

    /// The second factors that the browser stands for, as a session notes them with the time of their proof.
    pub fn remembered(&self) -> &[Factor] {
        &self.remembered
    }
}

/// What has been proven so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven<'a>(&'a [Evidence]);

/// Why a transition is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The step that follows is another one.
    #[error("the method is not due")]
    NotDue,
    /// There was no challenge for it, or it has ended.
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
    /// A sign-in that begins at `now`, with nothing proven.
    pub const fn new(now: UnixTime) -> Self {
        Self { started_at: now, proofs: Vec::new(), challenge: None, resumed: None }
    }

    /// A step-up of a session that begins at `now`: it needs one fresh proof of the session's user.
    pub const fn stepping_up(session: Resumed, now: UnixTime) -> Self {
        Self { started_at: now, proofs: Vec::new(), challenge: None, resumed: Some(session) }
    }

    /// The session that it goes on with, if it is a step-up.
    pub const fn resumed(&self) -> Option<&Resumed> {
        self.resumed.as_ref()
    }

    /// The user, once a first factor has named one.
    pub fn user_id(&self) -> Option<&str> {
        let resumed = self.resumed.as_ref().map(Resumed::user_id);
        resumed.or_else(|| self.proofs.first().map(Evidence::user_id))
    }

    /// When it began.
    pub const fn started_at(&self) -> UnixTime {
        self.started_at
    }

    /// What has been proven.
    pub fn proven(&self) -> Proven<'_> {
        Proven(&self.proofs)
    }

    /// When it ends.
    pub const fn expires_at(&self) -> UnixTime {
        self.started_at.plus(LIFETIME)
    }

    /// The challenge that waits for an answer by `method` at `now`.
    pub fn challenge(&self, method: Method, now: UnixTime) -> Option<&Challenge> {
        let issued = self.challenge.as_ref()?;
        (issued.method == method && now < issued.expires_at).then_some(issued)
    }

    /// The flow after `challenge` was issued, in place of any other, if its method is due: to be proven, or
    /// to be enrolled.
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

    /// The flow after a wrong answer; the challenge ends after the last of `most`.
    #[must_use]
    pub fn failed(mut self, most: u32) -> Self {
        if let Some(challenge) = &mut self.challenge {
            challenge.failures += 1;
        }
        self.challenge = self.challenge.filter(|challenge| challenge.failures < most);
        self
    }

    /// The flow after `evidence`, which must be of a method that is due, answer the challenge that the
    /// method needs, and be about the same user as all before.
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

    /// The flow after the person has enrolled a second factor and proven it by `evidence`, if that is due
    /// and was begun.
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
        // The word of a system that may not vouch for the account adds nothing to a session.
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

    /// The step that follows under `policy`. `account` is that of [`Self::user_id`].
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
            // A recovery code stands in for a factor that the person has, and is none by itself.
            let also =
                if known.is_empty() || proven.is_multi_factor() { Methods::NONE } else { recovery };
            known.minus(account.barred).or(also)
        };
        let known = usable(counting);
        if !known.is_empty() {
            return Ok(Next::Second(known));
        }
        // The person proves a factor that exists before a new one is enrolled, whether or not the
        // policy counts the old one: a password alone never adds a factor to an account that has one.
        let existing = usable(Methods::of(Method::ALL).that(Method::is_second));
        if !proven.is_multi_factor() && !existing.is_empty() {
            return Ok(Next::Second(existing));
        }
        // Whoever can only make the provider speak does not add a factor to the account.
        if first.needs_own_factor && !proven.is_multi_factor() {
            return Ok(Next::Unmet);
        }
        // The method that began the sign-in is the only factor of the account: it proves no second one.
        let has_others = account.enrolled.has_second();
        if !proven.is_multi_factor() && account.wants_second && has_others {
            return Ok(Next::Unmet);
        }
        // The method that began the sign-in adds nothing by being proven again.
        let new = counting.that(Method::is_second).without(Method::Recovery).without(first.method);
        Ok(if new.is_empty() { Next::Unmet } else { Next::Enrol(new) })
    }
}

/// The factors that only the person has: mailbox and phone may be administrated by those who administrate an
/// identity provider.
pub const fn own_factors(enrolled: Methods) -> Methods {
    enrolled.without(Method::Email).without(Method::Sms)
}

impl<'a> Proven<'a> {
    /// What `proofs` prove together.
    pub(super) const fn of(proofs: &'a [Evidence]) -> Self {
        Self(proofs)
    }

    /// Whether two factors are proven.
    pub fn is_multi_factor(self) -> bool {
        !self.seconds().is_empty()
    }

    /// Whether a second factor is proven that is one of `counting`, or a recovery code in its place.
    fn has_second(self, counting: Methods) -> bool {
        let counts =
            |proof: &Evidence| proof.method == Method::Recovery || counting.has(proof.method);
        let Self(proofs) = self;
        let Some(first) = proofs.first() else { return false };
        let mut further = proofs.iter().skip(1).filter(|proof| proof.method != first.method);
        proofs.iter().any(|proof| proof.user_verified) || further.any(counts)
    }

    /// The names of the factors that complete two with the first ([`Policy::is_met_by`]).
    pub fn seconds(self) -> Vec<String> {
        let Self(proofs) = self;
        let Some(first) = proofs.first() else { return Vec::new() };
        let further = proofs.iter().skip(1).filter(|proof| proof.method != first.method);
        let alone = proofs.iter().filter(|proof| proof.user_verified);
        let alone = alone.map(|_| policy::VERIFIED_PASSKEY.to_owned());
        further.map(|proof| policy::second_name(proof.method)).chain(alone).collect()
    }

    /// The names of what is proven (RFC 8176). A wallet's key is software's; a passkey that may be backed
    /// up is too.
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
