//! The revocation feed at the edge: renewal, maximum age, and look-ups.
//!
//! If the feed is two seconds old, a request renews it in the background; if it is five seconds
//! old, the request waits for the renewal. A revocation therefore takes effect within five seconds.
//! While the origin cannot be reached, safe requests are admitted for the configured grace and
//! others for [`WRITE_GRACE`]; after that they get 503.

use std::{cell::RefCell, rc::Rc};

use futures_util::future::{Either, join_all, select};
use http::Method;

use super::{
    cache::Caller,
    config::Config,
    origin::{OriginClient, Renewal},
    ports::Ports,
    snapshot::SnapshotStore,
};
use crate::core::{
    revocation::{Feeds, Page, Sequence, Subject},
    time::UnixTime,
    token::KeyId,
};

/// Milliseconds that a call waits for a newer feed while the one that is held may serve.
const PATIENCE: u32 = 3_000;

/// Age at which the feed is renewed behind a request, in seconds.
const STALE: i64 = 2;

/// Age at which a request waits for the renewal, in seconds. The clock tells whole seconds, so the
/// true age is less than a second above: less than 5 at 4.
const OVERDUE: i64 = 5;

/// Age up to which requests with unsafe methods are admitted while the origin cannot be reached.
const WRITE_GRACE: i64 = 15;

/// Seconds after which a renewal counts as lost: see [`Renewal::begin`].
const LOST: i64 = 3;

/// Seconds for which the isolates of a location share a page.
const SHARED: u32 = 1;

/// Seconds for which they share a full page, which never changes.
const SHARED_FULL: u32 = 3600;

/// The most pages that are read at once: 100 million entries.
const PAGES: usize = 10_000;

/// The revocation feed and its renewal.
#[derive(Debug)]
pub(super) struct Revocations {
    config: Rc<Config>,
    ports: Rc<Ports>,
    origin: Rc<OriginClient>,
    snapshot: Rc<SnapshotStore>,
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    feeds: Feeds,
    /// Everything revoked before this is in the feeds.
    as_of: Option<UnixTime>,
    renewal: Renewal,
    failed_at: Option<UnixTime>,
}

/// Whether the feed is fresh enough for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// It is.
    Fresh,
    /// It must be renewed first.
    Overdue,
    /// It cannot be renewed and is too old for this request.
    Unknown,
}

impl Revocations {
    /// An empty feed that has never been read.
    pub(super) fn new(
        config: Rc<Config>,
        ports: Rc<Ports>,
        origin: Rc<OriginClient>,
        snapshot: Rc<SnapshotStore>,
    ) -> Self {
        Self { config, ports, origin, snapshot, state: RefCell::default() }
    }

    /// The feed's age in seconds; `None` before it was first read.
    pub(super) fn age(&self) -> Option<i64> {
        let as_of = self.state.borrow().as_of?;
        Some(self.ports.clock.now().since(as_of).max(0))
    }

    /// Whether the feed is fresh enough for a request with `method`; never [`Freshness::Overdue`] for
    /// one that has `asked` for a renewal.
    pub(super) fn freshness(&self, method: &Method, asked: bool) -> Freshness {
        if self.is_fresh() {
            return Freshness::Fresh;
        }
        let failed_at = self.state.borrow().failed_at;
        // At most once a second, so that calls do not queue for an origin that is down.
        if !asked && failed_at != Some(self.ports.clock.now()) {
            return Freshness::Overdue;
        }
        if self.is_within_grace(method.is_safe()) { Freshness::Fresh } else { Freshness::Unknown }
    }

    /// Whether it is time to renew the feed.
    pub(super) fn is_stale(&self) -> bool {
        self.age().is_none_or(|age| age >= STALE)
    }

    /// Whether the caller should renew the feed behind its request; `true` for one caller only.
    pub(super) fn wants_renewal(&self) -> bool {
        let stale = self.age().is_some_and(|age| age >= STALE);
        stale && self.begin_renewal()
    }

    /// Reads new entries of the feed, and renews the snapshot if one of its keys was revoked. A failure
    /// leaves the feed as it is.
    pub(super) async fn renew(&self) {
        let renewed = self.read_feed().await;
        let failed_at = renewed.is_none().then(|| self.ports.clock.now());
        self.end_renewal(failed_at);
        if renewed.is_some() {
            self.snapshot.renew_without_revoked(|id| self.is_key_revoked(id)).await;
        }
    }

    /// Renews the feed for a call, or waits for the renewal under way: as long as a call may wait, or
    /// for [`PATIENCE`] if there is grace.
    pub(super) async fn renew_for_call(&self, method: &str) {
        let is_safe = Method::from_bytes(method.as_bytes()).is_ok_and(|method| method.is_safe());
        if !self.is_within_grace(is_safe) {
            // Twice, in case the renewal under way was lost or failed.
            for _ in 0..2 {
                if self.begin_renewal() {
                    return self.renew().await;
                }
                self.origin.wait_until(|| !self.is_being_renewed(LOST)).await;
                if self.is_fresh() {
                    return;
                }
            }
        } else if self.begin_renewal() {
            let renewal = std::pin::pin!(self.renew());
            if let Either::Right(_) = select(renewal, self.ports.clock.pause(PATIENCE)).await {
                self.end_renewal(Some(self.ports.clock.now()));
            }
        } else {
            let patience = i64::from(PATIENCE / 1_000);
            self.origin.wait_until(|| !self.is_being_renewed(patience)).await;
        }
    }

    fn begin_renewal(&self) -> bool {
        self.state.borrow_mut().renewal.begin(self.ports.clock.now(), LOST)
    }

    /// Whether a renewal that started less than `seconds` ago is under way.
    fn is_being_renewed(&self, seconds: i64) -> bool {
        self.state.borrow().renewal.is_under_way(self.ports.clock.now(), seconds)
    }

    fn is_fresh(&self) -> bool {
        self.age().is_some_and(|age| age < OVERDUE)
    }

    /// Whether the feed may be used although it is overdue.
    fn is_within_grace(&self, is_safe: bool) -> bool {
        let grace = if is_safe { self.config.revocation_grace } else { WRITE_GRACE };
        self.age().is_some_and(|age| age <= grace)
    }

    fn end_renewal(&self, failed_at: Option<UnixTime>) {
        let mut state = self.state.borrow_mut();
        state.renewal.end();
        state.failed_at = failed_at;
    }

    /// Reads the new entries of every database.
    async fn read_feed(&self) -> Option<()> {
        let databases = self.snapshot.published().map_or(1, |published| published.databases);
        self.state.borrow_mut().feeds.extend(databases.min(Sequence::DATABASES));
        let databases = self.state.borrow().feeds.databases();
        let reads = join_all((0..databases).map(|database| self.read_feed_of(database))).await;
        let as_of = reads.into_iter().collect::<Option<Vec<UnixTime>>>()?.into_iter().min();
        let mut state = self.state.borrow_mut();
        state.as_of = state.as_of.max(as_of);
        Some(())
    }

    /// Reads the new entries of a database, and returns the time from which they are.
    async fn read_feed_of(&self, database: usize) -> Option<UnixTime> {
        for _ in 0..PAGES {
            let position = self.state.borrow().feeds.position(database);
            let (as_of, page) = self.read_page(database, position).await?;
            let mut state = self.state.borrow_mut();
            state.feeds.apply(database, &page, self.ports.clock.now());
            if !page.more {
                return Some(as_of);
            }
            if state.feeds.position(database) == position {
                return None; // the page has nothing new but says that there is more
            }
        }
        None
    }

    /// The page after a position and the time from which it is: from another isolate of this location
    /// if one has just read it.
    async fn read_page(
        &self,
        database: usize,
        (epoch, after): (u64, u64),
    ) -> Option<(UnixTime, Page)> {
        let position = [&epoch.to_string(), "&after=", &after.to_string()].concat();
        let of = if database == 0 { String::new() } else { format!("&database={database}") };
        let name = ["revocations?epoch=", &position, &of].concat();
        if let Some(shared) = self.ports.location.get(&name).await
            && let Some((as_of, bytes)) = shared.split_first_chunk()
            && let Ok(page) = Page::from_bytes(bytes)
        {
            return Some((UnixTime(i64::from_be_bytes(*as_of)), page));
        }
        let as_of = self.ports.clock.now();
        let path = ["/internal/", &name].concat();
        let response = self.origin.ask("GET", &path, Vec::new()).await?;
        if !response.is_success() {
            return None;
        }
        let page = Page::from_bytes(&response.body).ok()?;
        let shared = [as_of.0.to_be_bytes().as_slice(), response.body.as_slice()].concat();
        let ttl = if page.more { SHARED_FULL } else { SHARED };
        self.ports.location.put(&name, &shared, ttl).await;
        Some((as_of, page))
    }

    /// Whether nothing that `caller` depends on has been revoked. Searches the feed only if it has
    /// grown since the last search.
    pub(super) fn is_clear(&self, caller: &Caller) -> bool {
        let state = self.state.borrow();
        let version = state.feeds.version();
        if caller.cleared_at() == version {
            return true;
        }
        let issued = caller.sequence();
        let feeds = &state.feeds;
        let has_departed = caller.has_departed(|name| feeds.has_departed(name, issued));
        let clear = feeds.knows(issued)
            && !caller.depends_on(|subject| feeds.is_revoked(subject, issued, has_departed));
        if clear {
            caller.clear(version);
        }
        clear
    }

    /// Whether nothing about `subject`, a fact about an organization, has been revoked since the feed's number was `issued`.
    pub(super) fn is_current(&self, subject: Subject<'_>, issued: Sequence) -> bool {
        let feeds = &self.state.borrow().feeds;
        let has_departed = feeds.has_departed(subject.id(), issued);
        let revoked = |subject| feeds.is_revoked(subject, issued, has_departed);
        feeds.knows(issued) && !revoked(subject) && !revoked(Subject::Everything)
    }

    /// Whether a signing key was revoked.
    fn is_key_revoked(&self, id: &KeyId) -> bool {
        let state = self.state.borrow();
        state.feeds.is_revoked(Subject::SigningKey(&id.0), Sequence::default(), false)
    }
}
