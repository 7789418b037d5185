//! The revocation feed at the edge: how old it may be, what is done when it is older, and who is
//! dead by it.
//!
//! A request that finds the feed two seconds old has it renewed behind it; one that finds it five
//! seconds old waits for that. So whatever was revoked five seconds ago is refused. When the
//! origin can't be reached, safe requests go on for the grace that the operator set, others for
//! [`WRITE_GRACE`]; then the edge no longer knows who may call, and says so with 503.

use futures_util::future::{Either, select};
use http::Method;

use super::{Edge, PATIENCE, caller::Caller, renewal::Renewal};
use crate::core::{
    revocation::{Feed, Page, Sequence, Subject},
    time::UnixTime,
    token::KeyId,
};

/// Age at which the feed is renewed behind a request, in seconds.
const STALE: i64 = 2;

/// Age at which a request waits for it, in seconds. The clock tells whole seconds, so that an age
/// is less than a second below the truth: at 4 it is less than 5.
const OVERDUE: i64 = 5;

/// Age up to which requests that change something go on while the origin can't be reached.
const WRITE_GRACE: i64 = 15;

/// Seconds after which a renewal counts as lost: see [`Renewal::begin`].
const LOST: i64 = 3;

/// For how long the isolates of a location share an answer, in seconds.
const SHARED: u32 = 1;

/// For how long they share a page that is full and will never change.
const SHARED_FULL: u32 = 3600;

/// No feed has more pages: 100 million entries. Ends a reading that would never end.
const PAGES: usize = 10_000;

/// The feed and how old it is.
#[derive(Debug, Default)]
pub(super) struct Revocations {
    feed: Feed,
    /// All that was revoked before this is in the feed.
    as_of: Option<UnixTime>,
    renewal: Renewal,
    failed_at: Option<UnixTime>,
}

/// Whether the feed is recent enough for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// It is.
    Fresh,
    /// It must be renewed first.
    Overdue,
    /// It can't be renewed, and is too old for this request.
    Unknown,
}

impl Edge {
    /// The feed's age in seconds; nothing before it was read for the first time.
    pub(super) fn feed_age(&self) -> Option<i64> {
        let as_of = self.revocations.borrow().as_of?;
        Some(self.ports.clock.now().since(as_of).max(0))
    }

    /// Whether the feed is recent enough for a request of `method`. One that has `asked` for a
    /// renewal does not ask again.
    pub(super) fn freshness(&self, method: &Method, asked: bool) -> Freshness {
        if self.feed_is_recent() {
            return Freshness::Fresh;
        }
        let failed_at = self.revocations.borrow().failed_at;
        // Not more than once a second: while the origin is down nobody waits for it in turn.
        if !asked && failed_at != Some(self.ports.clock.now()) {
            return Freshness::Overdue;
        }
        if self.is_within_grace(method.is_safe()) { Freshness::Fresh } else { Freshness::Unknown }
    }

    /// Whether it is time to renew the feed.
    pub(super) fn feed_is_stale(&self) -> bool {
        self.feed_age().is_none_or(|age| age >= STALE)
    }

    /// Whether the feed should be renewed behind a request. Says so to one caller.
    pub(super) fn feed_wants_renewal(&self) -> bool {
        let stale = self.feed_age().is_some_and(|age| age >= STALE);
        stale && self.begin_feed_renewal()
    }

    /// Reads what is new in the feed, and the snapshot if that has become wrong by it. A failure
    /// leaves the feed as it is, and older.
    pub(super) async fn renew_feed(&self) {
        let renewed = self.read_feed().await;
        let failed_at = renewed.is_none().then(|| self.ports.clock.now());
        self.feed_has_been_read(failed_at);
        if renewed.is_some() {
            self.renew_without_revoked_keys().await;
        }
    }

    /// Renews the feed for a call, or waits for the renewal that is under way: for as long as a call
    /// may wait, or until that one is [`PATIENCE`] old if there is grace.
    pub(super) async fn renew_feed_for_call(&self, method: &str) {
        let is_safe = Method::from_bytes(method.as_bytes()).is_ok_and(|method| method.is_safe());
        if !self.is_within_grace(is_safe) {
            // Again, if the one under way was lost or told nothing.
            for _ in 0..2 {
                if self.begin_feed_renewal() {
                    return self.renew_feed().await;
                }
                self.wait_until(|| !self.feed_is_being_renewed(LOST)).await;
                if self.feed_is_recent() {
                    return;
                }
            }
        } else if self.begin_feed_renewal() {
            let renewal = std::pin::pin!(self.renew_feed());
            if let Either::Right(_) = select(renewal, self.ports.clock.pause(PATIENCE)).await {
                self.feed_has_been_read(Some(self.ports.clock.now()));
            }
        } else {
            let patience = i64::from(PATIENCE / 1_000);
            self.wait_until(|| !self.feed_is_being_renewed(patience)).await;
        }
    }

    fn begin_feed_renewal(&self) -> bool {
        self.revocations.borrow_mut().renewal.begin(self.ports.clock.now(), LOST)
    }

    /// Whether a renewal is under way that is younger than so many seconds.
    fn feed_is_being_renewed(&self, seconds: i64) -> bool {
        self.revocations.borrow().renewal.is_under_way(self.ports.clock.now(), seconds)
    }

    fn feed_is_recent(&self) -> bool {
        self.feed_age().is_some_and(|age| age < OVERDUE)
    }

    /// Whether a feed that is overdue may serve all the same.
    fn is_within_grace(&self, is_safe: bool) -> bool {
        let grace = if is_safe { self.config.revocation_grace } else { WRITE_GRACE };
        self.feed_age().is_some_and(|age| age <= grace)
    }

    fn feed_has_been_read(&self, failed_at: Option<UnixTime>) {
        let mut revocations = self.revocations.borrow_mut();
        revocations.renewal.end();
        revocations.failed_at = failed_at;
    }

    async fn read_feed(&self) -> Option<()> {
        for _ in 0..PAGES {
            let position = self.revocations.borrow().feed.position();
            let (as_of, page) = self.read_page(position).await?;
            let mut revocations = self.revocations.borrow_mut();
            revocations.feed.apply(&page, self.ports.clock.now());
            if !page.more {
                revocations.as_of = revocations.as_of.max(Some(as_of));
                return Some(());
            }
            if revocations.feed.position() == position {
                return None; // a page that leads nowhere
            }
        }
        None
    }

    /// The page after `position`, and the time before which the origin was asked for it: from
    /// another isolate of this location if one has just read it.
    async fn read_page(&self, (epoch, after): (u64, u64)) -> Option<(UnixTime, Page)> {
        let position = [&epoch.to_string(), "&after=", &after.to_string()].concat();
        let name = ["revocations?epoch=", &position].concat();
        if let Some(shared) = self.ports.location.get(&name).await
            && let Some((as_of, bytes)) = shared.split_first_chunk()
            && let Ok(page) = Page::from_bytes(bytes)
        {
            return Some((UnixTime(i64::from_be_bytes(*as_of)), page));
        }
        let as_of = self.ports.clock.now();
        let path = ["/internal/", &name].concat();
        let answer = self.ask_origin("GET", &path, Vec::new()).await?;
        if !answer.is_success() {
            return None;
        }
        let page = Page::from_bytes(&answer.body).ok()?;
        let shared = [as_of.0.to_be_bytes().as_slice(), answer.body.as_slice()].concat();
        let ttl = if page.more { SHARED_FULL } else { SHARED };
        self.ports.location.put(&name, &shared, ttl).await;
        Some((as_of, page))
    }

    /// Whether nothing that `caller` stands on has been revoked. Looks only when the feed has
    /// grown since it last looked.
    pub(super) fn is_clear(&self, caller: &Caller) -> bool {
        let revocations = self.revocations.borrow();
        let version = revocations.feed.version();
        if caller.cleared_at() == version {
            return true;
        }
        let issued = caller.sequence();
        let clear = !caller.stands_on(|subject| revocations.feed.is_revoked(subject, issued));
        if clear {
            caller.clear(version);
        }
        clear
    }

    /// Whether a signing key was revoked.
    pub(super) fn is_key_revoked(&self, id: &KeyId) -> bool {
        let revocations = self.revocations.borrow();
        revocations.feed.is_revoked(Subject::SigningKey(&id.0), Sequence::default())
    }
}
