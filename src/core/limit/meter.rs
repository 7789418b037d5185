//! The decisions of an isolate about limits.

use super::{
    Admission, Consumer, LimitTable, Rate, Usage, UsageReply,
    saved::{Reader, Writer},
};
use crate::core::{publication::KeyRecord, revocation::Fingerprint, time::UnixTime};

/// Why a call is refused although its credential is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitReached {
    /// Too many calls: 429, with the fields of the admission and its `reset_in` as `Retry-After`.
    Rate(Rate, Admission),
    /// The key's budget is spent: 402. A retry does not help.
    Budget,
}

/// The limits and counters of an isolate.
#[derive(Debug)]
pub struct Meter {
    limits: LimitTable,
    /// The calls to report.
    pub usage: Usage,
}

impl Meter {
    /// A meter with nothing counted, in an isolate with this random identity and secret.
    pub fn new(identity: [u8; 16], secret: [u8; 8]) -> Self {
        Self { limits: LimitTable::new(u64::from_be_bytes(secret)), usage: Usage::new(identity) }
    }

    /// All counters, for another instance when this one is lost.
    pub fn save(&self) -> Vec<u8> {
        let mut to = Writer::default();
        self.limits.save(&mut to);
        self.usage.save(&mut to);
        to.0
    }

    /// The meter whose counters were [saved](Self::save); `None` if the bytes are damaged.
    pub fn restore(saved: &[u8]) -> Option<Self> {
        let mut from = Reader(saved);
        let limits = LimitTable::restore(&mut from)?;
        let usage = Usage::restore(&mut from)?;
        from.0.is_empty().then_some(Self { limits, usage })
    }

    /// Counts a call with that key, `consumer` being its [`Consumer::Key`], if it is within its limits.
    /// The admission is `None` for a key without a rate.
    pub fn key(
        &mut self,
        record: &KeyRecord,
        consumer: Fingerprint,
        now: UnixTime,
    ) -> Result<Option<(Rate, Admission)>, LimitReached> {
        let (spend, unconfirmed) = self.usage.spent(&record.id, record.spend);
        if record.budget.is_spent(spend, unconfirmed, now) {
            return Err(LimitReached::Budget);
        }
        let admitted = match record.rate.and_then(Rate::per_minute) {
            Some(rate) => Some((rate, self.consumer(consumer, rate, now)?)),
            None => None,
        };
        self.usage.count(&record.id, now);
        Ok(admitted)
    }

    /// Counts a call of a user or of a client without a credential if it is within the limit.
    pub fn consumer(
        &mut self,
        consumer: Fingerprint,
        rate: Rate,
        now: UnixTime,
    ) -> Result<Admission, LimitReached> {
        let admission = self.limits.admit(consumer, rate, now);
        if admission.allowed { Ok(admission) } else { Err(LimitReached::Rate(rate, admission)) }
    }

    /// Takes back a call that [`Self::consumer`] counted.
    pub fn refund(&mut self, consumer: Fingerprint, rate: Rate, now: UnixTime) {
        self.limits.refund(consumer, rate, now);
    }

    /// Refuses `consumer`, of which the platform's rate limiter has counted too many calls, until the
    /// window ends.
    pub fn rate_limited(&mut self, consumer: Fingerprint, rate: Rate, now: UnixTime) {
        let until = now.plus(rate.ends_in(now).into());
        self.limits.block(consumer, rate, until, now);
    }

    /// Takes the origin's reply to batch `number`: keys over their rate in all isolates together wait.
    pub fn confirm(&mut self, number: u64, answer: &UsageReply, now: UnixTime) {
        self.usage.confirm(number, answer);
        for standing in answer.keys.iter().filter(|standing| standing.wait > 0) {
            // The limit itself comes with the next call; a minute is the window of every key.
            let Some(rate) = Rate::per_minute(1) else { continue };
            let until = now.plus(standing.wait.into());
            self.limits.block(Consumer::Key(&standing.key).fingerprint(), rate, until, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{
        limit::{Budget, KeyUsage, Month, Spend},
        principal::PrincipalKind,
        revocation::Sequence,
    };

    const NOW: UnixTime = UnixTime(1_800_000_000);

    fn record(rate: Option<u32>, budget: Budget) -> KeyRecord {
        KeyRecord {
            published_at: UnixTime::default(),
            sequence: Sequence::default(),
            id: "k".to_owned(),
            active: true,
            publishable: false,
            expires_at: None,
            scope: String::new(),
            subject: "u".to_owned(),
            owner: "hanzo".to_owned(),
            name: "bob".to_owned(),
            email: String::new(),
            kind: PrincipalKind::Person,
            orgs: Vec::new(),
            client_id: String::new(),
            billing_account: String::new(),
            rate,
            budget,
            spend: Spend::default(),
        }
    }

    struct Isolate(Meter);

    impl Isolate {
        fn new() -> Self {
            Self(Meter::new([1; 16], [2; 8]))
        }

        fn call(&mut self, record: &KeyRecord, now: UnixTime) -> Result<(), LimitReached> {
            self.0.key(record, Consumer::Key(&record.id).fingerprint(), now).map(drop)
        }
    }

    #[test]
    fn a_key_without_limits_is_counted_and_never_refused() {
        let (mut isolate, record) = (Isolate::new(), record(None, Budget::default()));
        for _ in 0..5000 {
            assert_eq!(isolate.call(&record, NOW), Ok(()));
        }
        assert_eq!(isolate.0.usage.spent("k", Spend::default()).1, 5000);
    }

    /// WIRE §6.
    #[test]
    fn a_rate_is_429_for_a_while_and_a_refused_call_costs_nothing() {
        let (mut isolate, record) = (Isolate::new(), record(Some(2), Budget::default()));
        for _ in 0..2 {
            assert_eq!(isolate.call(&record, NOW), Ok(()));
        }
        let Err(LimitReached::Rate(rate, refused)) = isolate.call(&record, NOW) else { panic!() };
        assert_eq!((rate.limit(), refused.remaining), (2, 0));
        assert_eq!(isolate.0.usage.spent("k", Spend::default()).1, 2);
        assert_eq!(isolate.call(&record, NOW.plus(refused.reset_in.into())), Ok(()));
    }

    /// WIRE §6.
    #[test]
    fn a_budget_is_402_until_the_month_ends_and_costs_no_rate() {
        let budget = Budget { month: Some(3), total: None };
        let (mut isolate, mut record) = (Isolate::new(), record(Some(100), budget));
        record.spend = Spend { in_month: Month::of(NOW), month: 1, total: 10 };
        assert_eq!((isolate.call(&record, NOW), isolate.call(&record, NOW)), (Ok(()), Ok(())));
        assert_eq!(isolate.call(&record, NOW), Err(LimitReached::Budget));
        // the batch is confirmed: counted once, not once more on top
        let batch = isolate.0.usage.take_batch(NOW.plus(2)).unwrap();
        let spend = Spend { in_month: Month::of(NOW), month: 3, total: 12 };
        let standing = KeyUsage { key: "k".to_owned(), spend, over: true, wait: 0 };
        isolate.0.confirm(batch.number, &UsageReply { keys: vec![standing] }, NOW.plus(2));
        assert_eq!(isolate.0.usage.spent("k", record.spend), (spend, 0));
        assert_eq!(isolate.call(&record, NOW.plus(3)), Err(LimitReached::Budget));
        let next_month = NOW.plus(31 * 86_400);
        assert_eq!(isolate.call(&record, next_month), Ok(()));
        // a larger budget works with the record that says so
        record.budget.month = Some(5);
        assert_eq!(isolate.call(&record, NOW.plus(3)), Ok(()));
        assert_eq!(isolate.call(&record, NOW.plus(3)), Err(LimitReached::Budget));
    }

    /// ATTACKS F-93: two locations, each below the limit, together above it.
    #[test]
    fn calls_admitted_elsewhere_are_learnt_from_the_reply() {
        let (mut isolate, record) = (Isolate::new(), record(Some(100), Budget::default()));
        assert_eq!(isolate.call(&record, NOW), Ok(()));
        let batch = isolate.0.usage.take_batch(NOW.plus(2)).unwrap();
        let spend = Spend { in_month: Month::of(NOW), month: 150, total: 150 };
        let standing = KeyUsage { key: "k".to_owned(), spend, over: false, wait: 58 };
        isolate.0.confirm(batch.number, &UsageReply { keys: vec![standing] }, NOW.plus(2));
        let Err(LimitReached::Rate(_, refused)) = isolate.call(&record, NOW.plus(3)) else {
            panic!()
        };
        assert_eq!(refused.reset_in, 57);
        assert_eq!(isolate.call(&record, NOW.plus(60)), Ok(()));
    }

    /// Issue 10, fault 23: a caller who has the instance thrown away escapes no limit by that.
    #[test]
    fn counters_survive_the_instance_that_held_them() {
        let (mut isolate, record) =
            (Isolate::new(), record(Some(3), Budget { month: None, total: Some(100) }));
        for _ in 0..3 {
            assert_eq!(isolate.call(&record, NOW), Ok(()));
        }
        let blocked = Consumer::Address("192.0.2.1").fingerprint();
        let rate = Rate::per_minute(100).unwrap();
        isolate.0.rate_limited(blocked, rate, NOW);
        let sent = isolate.0.usage.take_batch(NOW.plus(2)).unwrap();

        let mut next = Meter::restore(&isolate.0.save()).unwrap();
        let consumer = Consumer::Key(&record.id).fingerprint();
        assert!(matches!(next.key(&record, consumer, NOW.plus(2)), Err(LimitReached::Rate(..))));
        assert!(next.consumer(blocked, rate, NOW.plus(2)).is_err());
        assert_eq!(next.usage.spent("k", Spend::default()).1, 3);
        // The previous instance waited for the reply to the batch.
        assert_eq!(next.usage.take_batch(NOW.plus(8)).unwrap(), sent);
        next.confirm(sent.number, &UsageReply::default(), NOW.plus(8));
        assert_eq!(next.usage.spent("k", Spend::default()).1, 0);
    }

    #[test]
    fn counters_that_are_not_whole_are_not_restored() {
        let (mut isolate, record) = (Isolate::new(), record(Some(3), Budget::default()));
        assert_eq!(isolate.call(&record, NOW), Ok(()));
        let saved = isolate.0.save();
        assert_eq!(Meter::restore(&saved).unwrap().save(), saved);
        let longer = [saved.as_slice(), &[0]].concat();
        let shorter = saved.get(..saved.len() - 1).unwrap();
        for damaged in [&[], &saved[1..], shorter, &longer] {
            assert!(Meter::restore(damaged).is_none());
        }
    }

    #[test]
    fn what_the_platforms_limiter_says_holds_until_the_window_ends() {
        let mut meter = Meter::new([1; 16], [2; 8]);
        let (rate, address) = (Rate::per_minute(100).unwrap(), Consumer::Address("192.0.2.1"));
        meter.rate_limited(address.fingerprint(), rate, NOW.plus(20));
        assert!(meter.consumer(address.fingerprint(), rate, NOW.plus(59)).is_err());
        assert!(meter.consumer(address.fingerprint(), rate, NOW.plus(60)).is_ok());
        assert!(meter.consumer(Consumer::User("u").fingerprint(), rate, NOW.plus(59)).is_ok());
    }
}
