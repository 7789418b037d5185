//! Published policies of organizations, cached in memory, and decisions of the origin for policies
//! too large to publish.
//!
//! A policy is read from KV, or from the origin if KV has none, or one that the revocation feed or its
//! age invalidates: KV lags. What is held is used until an entry of the feed names the policy of the
//! organization, at most [`FRESH`]. Without a policy a call that needs permission gets 503.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use super::{
    cache::{BoundedCache, Capacity},
    origin::{OriginClient, Renewal},
    ports::Ports,
    revocation::Revocations,
};
use crate::core::{
    policy::{DecisionRequest, Policy},
    publication::{DecisionRecord, PolicyRecord, policy_record_name},
    revocation::{Sequence, Subject},
    time::UnixTime,
};

/// The capacity for policies. One has at most 256 KB of JSON.
const POLICIES: Capacity = Capacity { entries: 32, bytes: 1024 * 1024 };

/// The capacity for decisions of the origin.
const DECISIONS: Capacity = Capacity { entries: 4 * 1024, bytes: 8 * 1024 * 1024 };

/// Seconds after which a policy is reread, in case a name in it now denotes something else.
const FRESH: i64 = 15 * 60;

/// Seconds for which a decision of the origin is used, because a grant may expire.
const DECIDED: i64 = 5;

/// How often the origin is asked for a policy that is in the feed again before the response arrives.
const ASKED_AGAIN: usize = 3;

/// Seconds after which a look-up counts as lost ([`Renewal::begin`]).
const LOST: i64 = 3;

/// The policies and decisions that are held.
#[derive(Debug)]
pub(super) struct Policies {
    ports: Rc<Ports>,
    origin: Rc<OriginClient>,
    revocations: Rc<Revocations>,
    held: RefCell<BoundedCache<Held<Option<Policy>>>>,
    decided: RefCell<BoundedCache<Held<bool>>>,
    lookups: RefCell<BTreeMap<String, Renewal>>,
}

#[derive(Debug)]
struct Held<T> {
    value: T,
    sequence: Sequence,
    read_at: UnixTime,
}

/// The decision about a call, or the missing data.
#[derive(Debug)]
pub(super) enum Verdict {
    Allowed,
    Denied,
    /// The policy of this organization is not held.
    NoPolicy(String),
    /// The origin has to decide this.
    TooLarge(Box<DecisionRequest>),
}

impl Policies {
    /// An empty cache.
    pub(super) fn new(
        ports: Rc<Ports>,
        origin: Rc<OriginClient>,
        revocations: Rc<Revocations>,
    ) -> Self {
        let (held, decided) = (BoundedCache::new(POLICIES), BoundedCache::new(DECISIONS));
        let (held, decided) = (RefCell::new(held), RefCell::new(decided));
        Self { ports, origin, revocations, held, decided, lookups: RefCell::default() }
    }

    /// Decides a call from the cache.
    pub(super) fn decide(&self, request: DecisionRequest) -> Verdict {
        let now = self.ports.clock.now();
        let held = self.held.borrow().find(&request.organization);
        let usable = |seconds, read_at, sequence| {
            (0..seconds).contains(&now.since(read_at))
                && self.is_current(&request.organization, sequence)
        };
        let Some(held) = held.filter(|it| usable(FRESH, it.read_at, it.sequence)) else {
            return Verdict::NoPolicy(request.organization);
        };
        if let Some(policy) = &held.value {
            return verdict(request.decide(policy, now).is_allowed());
        }
        let decided = self.decided.borrow().find(&name(&request));
        match decided {
            Some(it) if usable(DECIDED, it.read_at, it.sequence) => verdict(it.value),
            _ => Verdict::TooLarge(Box::new(request)),
        }
    }

    /// Reads the policy of an organization, or waits for another call that is reading it.
    pub(super) async fn learn(&self, organization: &str) {
        let now = self.ports.clock.now();
        let begun = {
            let mut lookups = self.lookups.borrow_mut();
            lookups.retain(|_, lookup| lookup.is_under_way(now, LOST));
            lookups.entry(organization.to_owned()).or_default().begin(now, LOST)
        };
        if !begun {
            let is_over = || {
                let lookups = self.lookups.borrow();
                let lookup = lookups.get(organization);
                lookup.is_none_or(|it| !it.is_under_way(self.ports.clock.now(), LOST))
            };
            self.origin.wait_until(is_over).await;
            return;
        }
        let record = match self.published(organization).await {
            Some(record) => Some(record),
            None => self.newest(organization).await,
        };
        if let Some(held) = record.and_then(|record| self.held_of(record)) {
            self.held.borrow_mut().insert(organization, Rc::new(held));
        }
        self.lookups.borrow_mut().remove(organization);
    }

    /// Asks the origin for a decision.
    pub(super) async fn ask(&self, request: &DecisionRequest) {
        let body = name(request).into_bytes();
        let response = self.origin.ask("POST", "/internal/decisions", body).await;
        let Some(response) = response else { return };
        if response.is_success()
            && let Some(record) = response.json::<DecisionRecord>()
        {
            let DecisionRecord { sequence, allow: value } = record;
            let held = Held { value, sequence, read_at: self.ports.clock.now() };
            self.decided.borrow_mut().insert(name(request), Rc::new(held));
        }
    }

    /// The policy according to KV, unless it is too old or has been revoked.
    async fn published(&self, organization: &str) -> Option<PolicyRecord> {
        let json = self.ports.snapshots.get(&policy_record_name(organization)).await.ok()??;
        let record: PolicyRecord = serde_json::from_str(&json).ok()?;
        let is_good = record.is_believed(self.ports.clock.now())
            && self.is_current(organization, record.sequence);
        is_good.then_some(record)
    }

    /// The policy according to the origin. One that is in the feed again is asked for again.
    async fn newest(&self, organization: &str) -> Option<PolicyRecord> {
        let path = ["/internal/policies/", organization].concat();
        for _ in 0..ASKED_AGAIN {
            let response = self.origin.ask("GET", &path, Vec::new()).await?;
            let record: PolicyRecord = response.is_success().then(|| response.json()).flatten()?;
            if self.is_current(organization, record.sequence) {
                return Some(record);
            }
        }
        None
    }

    /// A record as it is held; `None` if it is of another version of the code.
    fn held_of(&self, record: PolicyRecord) -> Option<Held<Option<Policy>>> {
        let PolicyRecord { sequence, policy, .. } = record;
        let value = match policy {
            Some(texts) => Some(Policy::decode(texts)?),
            None => None,
        };
        Some(Held { value, sequence, read_at: self.ports.clock.now() })
    }

    fn is_current(&self, organization: &str, sequence: Sequence) -> bool {
        self.revocations.is_current(Subject::Policy(organization), sequence)
    }
}

const fn verdict(is_allowed: bool) -> Verdict {
    if is_allowed { Verdict::Allowed } else { Verdict::Denied }
}

/// The request as it is sent to the origin, and the name of its decision in the cache: JSON, in which
/// nothing is ambiguous.
fn name(request: &DecisionRequest) -> String {
    serde_json::to_string(&request.texts()).unwrap_or_default()
}
