//! Key calls counted in an isolate and not yet confirmed by the origin.

use std::collections::HashMap;

use super::{
    Batch, Month, Spend, UsageReply,
    saved::{Reader, Writer},
};
use crate::core::time::UnixTime;

/// Seconds after its first call until a batch is sent.
pub const INTERVAL: i64 = 2;
/// Calls after which a batch is sent before that.
pub const CALLS: u32 = 1000;

/// Seconds after which a failed batch is sent again.
const RETRY: i64 = 5;
/// Seconds after which a batch without a response counts as failed: longer than the platform lets work
/// continue behind a response.
const PATIENCE: i64 = 40;
/// Seconds after which a batch without a response is given up. The origin remembers for a day what it
/// has counted; a batch that is sent again after that might be counted twice.
const GIVE_UP: i64 = 12 * 3600;
/// The most keys that are counted.
const ACCOUNTS: usize = 4096;

/// The calls of each key: those that wait, those in flight, and what the key had spent according to
/// the origin's last reply.
///
/// One batch is in flight at a time. A batch without a response may have arrived or not: it is sent
/// again unchanged under its number, and the origin counts it once; new calls wait for the next
/// batch. So each call is counted once, except that too few are counted of those that wait when the
/// isolate ends, of a batch that is given up, and of more keys than can be counted while the origin
/// does not respond.
#[derive(Debug)]
pub struct Usage {
    isolate: String,
    number: u64,
    accounts: HashMap<Box<str>, Account>,
    waiting: u32,
    since: UnixTime,
    flight: Option<Flight>,
}

#[derive(Debug, Default)]
struct Account {
    waiting: u32,
    flying: u32,
    standing: Spend,
}

/// A batch in flight.
#[derive(Debug, Clone, Copy)]
struct Flight {
    since: UnixTime,
    first_sent_at: UnixTime,
    sent_at: UnixTime,
    failed: bool,
}

impl Flight {
    /// Whether its response is awaited, or it is too early to send it again.
    fn is_patient(&self, now: UnixTime) -> bool {
        let wait = if self.failed { RETRY } else { PATIENCE };
        (0..wait).contains(&now.since(self.sent_at))
    }
}

impl Usage {
    /// No calls yet, in an isolate with this random identity.
    pub fn new(identity: [u8; 16]) -> Self {
        Self {
            isolate: Batch::isolate(identity),
            number: 0,
            accounts: HashMap::new(),
            waiting: 0,
            since: UnixTime(0),
            flight: None,
        }
    }

    /// See [`super::Meter::save`].
    pub(super) fn save(&self, to: &mut Writer) {
        to.text(&self.isolate);
        for number in [self.number, self.waiting.into()] {
            to.number(number);
        }
        to.time(self.since);
        to.number(self.flight.is_some());
        if let Some(flight) = &self.flight {
            for time in [flight.since, flight.first_sent_at, flight.sent_at] {
                to.time(time);
            }
        }
        to.number(self.accounts.len() as u64);
        for (key, account) in &self.accounts {
            to.text(key);
            to.number(account.waiting);
            to.number(account.flying);
            to.signed(account.standing.in_month.0);
            to.number(account.standing.month);
            to.number(account.standing.total);
        }
    }

    /// Reads what [`Self::save`] wrote. The response to a batch in flight is lost: the batch is sent
    /// again under its number and counted once.
    pub(super) fn restore(from: &mut Reader<'_>) -> Option<Self> {
        let isolate = from.text()?.to_owned();
        let (number, waiting) = (from.number()?, from.number()?);
        let since = from.time()?;
        let flight = if from.number::<u64>()? == 1 {
            let (since, first_sent_at, sent_at) = (from.time()?, from.time()?, from.time()?);
            Some(Flight { since, first_sent_at, sent_at, failed: true })
        } else {
            None
        };
        let mut accounts = HashMap::new();
        for _ in 0..from.number::<u64>()? {
            let key = Box::from(from.text()?);
            let (waiting, flying) = (from.number()?, from.number()?);
            let in_month = Month(from.signed()?);
            let standing = Spend { in_month, month: from.number()?, total: from.number()? };
            accounts.insert(key, Account { waiting, flying, standing });
        }
        Some(Self { isolate, number, accounts, waiting, since, flight })
    }

    /// Counts a call of the key.
    pub fn count(&mut self, key: &str, now: UnixTime) {
        if !self.accounts.contains_key(key) {
            if !self.has_room() {
                return;
            }
            self.accounts.insert(Box::from(key), Account::default());
        }
        let Some(account) = self.accounts.get_mut(key) else { return };
        if self.waiting == 0 {
            self.since = now;
        }
        account.waiting = account.waiting.saturating_add(1);
        self.waiting = self.waiting.saturating_add(1);
    }

    /// What the key has spent, by `published` or the origin's last reply; and the calls that may not be
    /// in it. A batch in flight may have been counted already; its calls are added until the response
    /// arrives.
    pub fn spent(&self, key: &str, published: Spend) -> (Spend, u64) {
        match self.accounts.get(key) {
            Some(account) => (
                published.or_later(account.standing),
                u64::from(account.waiting) + u64::from(account.flying),
            ),
            None => (published, 0),
        }
    }

    /// Whether [`Self::take_batch`] would return a batch.
    pub fn is_due(&self, now: UnixTime) -> bool {
        self.flight.as_ref().map_or_else(|| self.is_full(now), |flight| !flight.is_patient(now))
    }

    /// The batch to send now, if one is due: a new one, or again one without a response. The caller
    /// reports the result by [`Self::confirm`] or [`Self::fail`].
    pub fn take_batch(&mut self, now: UnixTime) -> Option<Batch> {
        if let Some(flight) = &mut self.flight {
            // The clock was put back if it was sent in the future.
            flight.first_sent_at = flight.first_sent_at.min(now);
            if now.since(flight.first_sent_at) <= GIVE_UP {
                if flight.is_patient(now) {
                    return None;
                }
                (flight.sent_at, flight.failed) = (now, false);
                let since = flight.since;
                return Some(self.batch(since));
            }
            self.give_up(self.number);
        }
        if !self.is_full(now) {
            return None;
        }
        let since = self.since;
        for account in self.accounts.values_mut().filter(|a| a.waiting > 0).take(Batch::KEYS) {
            account.flying = account.waiting.min(Batch::CALLS);
            account.waiting -= account.flying;
            self.waiting = self.waiting.saturating_sub(account.flying);
        }
        self.since = now;
        self.number += 1;
        self.flight = Some(Flight { since, first_sent_at: now, sent_at: now, failed: false });
        Some(self.batch(since))
    }

    /// Notes that the origin has counted batch `number`. A late reply to an earlier batch changes
    /// nothing in flight, but its figures of the keys are used.
    pub fn confirm(&mut self, number: u64, answer: &UsageReply) {
        if self.is_flying(number) {
            self.land();
        }
        for standing in &answer.keys {
            if let Some(account) = self.accounts.get_mut(standing.key.as_str()) {
                account.standing = account.standing.or_later(standing.spend);
            }
        }
    }

    /// Notes that batch `number` got no response or a server error: it will be sent again.
    pub fn fail(&mut self, number: u64) {
        if self.is_flying(number)
            && let Some(flight) = &mut self.flight
        {
            flight.failed = true;
        }
    }

    /// Drops batch `number`, which the origin rejects (4xx), so that it does not block the next.
    pub fn give_up(&mut self, number: u64) {
        if self.is_flying(number) {
            self.land();
        }
    }

    /// Whether a new batch is due.
    fn is_full(&self, now: UnixTime) -> bool {
        let early = (0..INTERVAL).contains(&now.since(self.since));
        self.waiting >= CALLS || (self.waiting > 0 && !early)
    }

    fn is_flying(&self, number: u64) -> bool {
        self.flight.is_some() && number == self.number
    }

    fn land(&mut self) {
        self.flight = None;
        for account in self.accounts.values_mut() {
            account.flying = 0;
        }
    }

    fn batch(&self, since: UnixTime) -> Batch {
        let flying = self.accounts.iter().filter(|(_, account)| account.flying > 0);
        let counts = flying.map(|(key, account)| (String::from(&**key), account.flying));
        Batch {
            isolate: self.isolate.clone(),
            number: self.number,
            since,
            counts: counts.collect(),
        }
    }

    /// Makes room by dropping keys without calls to send; returns whether there is room.
    fn has_room(&mut self) -> bool {
        if self.accounts.len() >= ACCOUNTS {
            self.accounts.retain(|_, account| account.waiting > 0 || account.flying > 0);
        }
        self.accounts.len() < ACCOUNTS
    }
}

#[cfg(test)]
mod tests;
