//! What an isolate has counted and the origin may not know yet.

use std::collections::HashMap;

use super::{
    Batch, Month, Spend, UsageReply,
    saved::{Reader, Writer},
};
use crate::core::time::UnixTime;

/// Seconds after its first call for which a batch is collected.
pub const INTERVAL: i64 = 2;
/// Calls with which a batch is full before that.
pub const CALLS: u32 = 1000;

/// Seconds after which a batch that has failed is sent again.
const RETRY: i64 = 5;
/// Seconds after which a batch without any answer is taken for failed: longer than the platform
/// lets work go on behind a response.
const PATIENCE: i64 = 40;
/// Seconds after which a batch without an answer is given up. The origin knows for a day what it
/// has counted: after that, to send it again might count it twice.
const GIVE_UP: i64 = 12 * 3600;
/// Keys that are remembered.
const ACCOUNTS: usize = 4096;

/// The calls of each key: those that wait, those on their way, and how the key stood at the origin
/// when it last told.
///
/// One batch is on its way at a time. Whether a batch that got no answer has arrived, nobody
/// knows: it is sent again under its number, unchanged, and the origin counts it once; meanwhile
/// what comes in waits for the next. So each call is counted once, and none twice, with two
/// exceptions that both count too little: what is left when the isolate ends, and what
/// [`Self::lost`] tells.
#[derive(Debug)]
pub struct Usage {
    isolate: String,
    number: u64,
    accounts: HashMap<Box<str>, Account>,
    waiting: u32,
    since: UnixTime,
    flight: Option<Flight>,
    lost: u64,
}

#[derive(Debug, Default)]
struct Account {
    waiting: u32,
    flying: u32,
    standing: Spend,
}

/// A batch on its way.
#[derive(Debug, Clone, Copy)]
struct Flight {
    since: UnixTime,
    first_sent_at: UnixTime,
    sent_at: UnixTime,
    failed: bool,
}

impl Flight {
    /// Whether its answer is waited for, or it is too early to send it again.
    fn is_patient(&self, now: UnixTime) -> bool {
        let wait = if self.failed { RETRY } else { PATIENCE };
        (0..wait).contains(&now.since(self.sent_at))
    }
}

impl Usage {
    /// Nothing yet, in an isolate of that random identity.
    pub fn new(identity: [u8; 16]) -> Self {
        Self {
            isolate: Batch::isolate(identity),
            number: 0,
            accounts: HashMap::new(),
            waiting: 0,
            since: UnixTime(0),
            flight: None,
            lost: 0,
        }
    }

    /// See [`super::Meter::save`].
    pub(super) fn save(&self, to: &mut Writer) {
        to.text(&self.isolate);
        for number in [self.number, self.waiting.into(), self.lost] {
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

    /// The answer to a batch that was on its way is lost: it will be sent again under its number,
    /// and counted once.
    pub(super) fn restore(from: &mut Reader<'_>) -> Option<Self> {
        let isolate = from.text()?.to_owned();
        let (number, waiting, lost) = (from.number()?, from.number()?, from.number()?);
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
        Some(Self { isolate, number, accounts, waiting, since, flight, lost })
    }

    /// Counts a call of the key.
    pub fn count(&mut self, key: &str, now: UnixTime) {
        if !self.accounts.contains_key(key) {
            if !self.has_room() {
                self.lost = self.lost.saturating_add(1);
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

    /// What the key has spent, as far as is known here: `published`, or what the origin has told
    /// since; and the calls that may not be in it. A batch may have been counted without our
    /// knowing; until it is answered, its calls are taken to come on top.
    pub fn spent(&self, key: &str, published: Spend) -> (Spend, u64) {
        match self.accounts.get(key) {
            Some(account) => (
                published.or_later(account.standing),
                u64::from(account.waiting) + u64::from(account.flying),
            ),
            None => (published, 0),
        }
    }

    /// Whether [`Self::take_batch`] has something to do.
    pub fn is_due(&self, now: UnixTime) -> bool {
        self.flight.as_ref().map_or_else(|| self.is_full(now), |flight| !flight.is_patient(now))
    }

    /// What is to be sent now, if anything is due: a new batch, or again one that got no answer.
    /// Asked behind every response; whoever takes a batch tells [`Self::confirm`] or
    /// [`Self::fail`] what became of it.
    pub fn take_batch(&mut self, now: UnixTime) -> Option<Batch> {
        if let Some(flight) = &mut self.flight {
            // Before it was sent for the first time: the clock has been put back.
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

    /// The origin has answered batch `number`: it is counted. A late answer to an earlier batch
    /// settles nothing any more, but what it tells of the keys is as good.
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

    /// Batch `number` got no answer, or that of a server that failed: it will be sent again.
    pub fn fail(&mut self, number: u64) {
        if self.is_flying(number)
            && let Some(flight) = &mut self.flight
        {
            flight.failed = true;
        }
    }

    /// Batch `number` cannot be sent: the origin finds it malformed (4xx). What it holds is lost,
    /// so that what comes after it is not.
    pub fn give_up(&mut self, number: u64) {
        if self.is_flying(number) {
            let flying = self.accounts.values().map(|account| u64::from(account.flying)).sum();
            self.lost = self.lost.saturating_add(flying);
            self.land();
        }
    }

    /// How many calls will never be counted, or are not known to be: given up, or of more keys
    /// than can be remembered while the origin does not answer.
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// Whether a new batch is to be sent.
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

    /// Makes room by forgetting the keys of which there is nothing to send.
    fn has_room(&mut self) -> bool {
        if self.accounts.len() >= ACCOUNTS {
            self.accounts.retain(|_, account| account.waiting > 0 || account.flying > 0);
        }
        self.accounts.len() < ACCOUNTS
    }
}

#[cfg(test)]
mod tests;
