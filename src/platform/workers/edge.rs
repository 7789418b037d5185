//! The exports of the edge's module that `edge.js` calls.
//!
//! [`decide`] decides nearly everything at once. If only a signature is missing, [`check`] returns the
//! platform's promise for it, which is awaited in JavaScript (a future in wasm costs several closures
//! and crossings), and [`decide_checked`] goes on. [`resolve`] does the rest.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use js_sys::{Object, Promise, Uint8Array, WebAssembly};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use super::{
    Console, Environment, Location, SystemClock, SystemRandom, WebCrypto, log::warn, report_panics,
};
use crate::{
    core::{gateway::sets_ours, request_head::RequestHead},
    edge::{
        Check, Config, DEFAULT_ANONYMOUS_RATE, DEFAULT_GRACE, DEFAULT_LOOKUP_RATE,
        DEFAULT_ORIGIN_DEADLINE, DEFAULT_SERVICE_DEADLINE, Decision, Edge, IdentityHeaders,
        MAXIMUM_GRACE, Ports, Step, Undelivered,
    },
};

/// How many requests may wait for a signature. Cancelled ones never come back and are pushed out by
/// new ones; a request that is pushed out is decided by [`resolve`].
const PENDING: usize = 1024;

/// The most bytes of a request that waits for a signature. Larger ones are decided by [`resolve`], so
/// that they do not fill the memory.
const LARGEST_PENDING: usize = 16 * 1024;

struct Worker {
    edge: Edge,
    crypto: Rc<WebCrypto>,
    clock: Rc<SystemClock>,
    pending: RefCell<VecDeque<PendingCheck>>,
    /// Those of the last decision of [`decide`] or [`decide_checked`].
    identity_headers: RefCell<Option<Rc<IdentityHeaders>>>,
    /// The buffer in which decisions are written.
    text: RefCell<String>,
}

impl Worker {
    /// The decision about the request in `text` (see [`head`]); `None` if it needs I/O. If that is a
    /// signature, the request is put among those that wait for one.
    fn decide(&self, text: &str, length: usize, ticket: u32) -> Option<Decision> {
        match self.edge.decide(&head(text, length)?) {
            Step::Decided(decision) => Some(decision),
            Step::Check(_) if text.len() > LARGEST_PENDING => None,
            Step::Check(check) => {
                let mut pending = self.pending.borrow_mut();
                if pending.len() >= PENDING {
                    pending.pop_front();
                }
                pending.push_back(PendingCheck { ticket, head: text.to_owned(), length, check });
                None
            }
            Step::Ask => None,
        }
    }

    /// Writes a decision into [`room`], after a line that says whether [`renew`] should be called
    /// behind the request. Returns the number of bytes.
    fn write(&self, decision: &Decision) -> usize {
        self.identity_headers.replace(decision.identity_headers().cloned());
        let mut text = self.text.borrow_mut();
        text.clear();
        text.push_str(if self.edge.wants_renewal() { "renew\n" } else { "\n" });
        decision.write(&mut text);
        ROOM.with_borrow_mut(|room| {
            grow(room, text.len());
            if let Some(start) = room.get_mut(..text.len()) {
                start.copy_from_slice(text.as_bytes());
            }
        });
        text.len()
    }
}

/// A request that waits for the check of its token's signature.
struct PendingCheck {
    ticket: u32,
    head: String,
    /// The bytes of it before `authorization`.
    length: usize,
    check: Check,
}

/// The head in the first `length` bytes of `text`, with the rest as its `authorization`.
fn head(text: &str, length: usize) -> Option<RequestHead<'_>> {
    let (text, authorization) = text.split_at_checked(length)?;
    Some(RequestHead::parse(text)?.with_authorization(authorization))
}

thread_local! {
    static WORKER: RefCell<Option<Rc<Worker>>> = const { RefCell::new(None) };
    /// The buffer in which JavaScript writes a request's head and reads the decision.
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The least size of the buffer, so that it seldom grows.
const LEAST: usize = 16 * 1024;

fn grow(room: &mut Vec<u8>, bytes: usize) {
    if room.len() < bytes {
        room.resize(bytes.max(LEAST), 0);
    }
}

fn worker() -> Option<Rc<Worker>> {
    WORKER.with_borrow(Clone::clone)
}

/// Reads the environment; called once for each instance. `report` is called with panics.
#[wasm_bindgen]
pub fn configure(env: Object, report: js_sys::Function) -> Result<(), JsValue> {
    report_panics(report);
    let environment = Environment(env);
    let config = Config {
        issuer: environment.issuer()?,
        issuers_by_host: environment.issuers_by_host()?,
        root_keys: environment.root_keys()?,
        environment: environment.require("ENVIRONMENT")?,
        gateway_hosts: environment.gateway_hosts()?,
        origin_deadline: environment.deadline("ORIGIN_DEADLINE", DEFAULT_ORIGIN_DEADLINE)?,
        service_deadline: environment.deadline("SERVICE_DEADLINE", DEFAULT_SERVICE_DEADLINE)?,
        audiences: environment.list("GATEWAY_ALLOWED_AUDIENCES"),
        session_origins: environment.list("IAM_SESSION_ORIGINS"),
        revocation_grace: environment
            .seconds("REVOCATION_GRACE", 0..=MAXIMUM_GRACE)?
            .unwrap_or(DEFAULT_GRACE),
        shows_revocation_age: environment.flag("REVOCATION_AGE_HEADER")?,
        user_rate: environment.rate("LIMIT_USER", None)?,
        anonymous_rate: environment.rate("LIMIT_ANONYMOUS", DEFAULT_ANONYMOUS_RATE)?,
        lookup_rate: environment.rate("LIMIT_KEY_LOOKUPS", DEFAULT_LOOKUP_RATE)?,
    };
    if let Some(host) = config.gateway_hosts.shared() {
        warn(&format!(
            "DANGER_GATEWAY_ON_ISSUER_HOST: services run in the web origin of {host}, which has the sign-in pages"
        ));
    }
    let crypto = Rc::new(WebCrypto::default());
    let clock = Rc::new(SystemClock::default());
    let ports = Ports {
        snapshots: Rc::new(environment.snapshots()?),
        origin: Rc::new(environment.service("ORIGIN")?),
        location: Rc::new(Location),
        clock: Rc::clone(&clock) as _,
        random: Rc::new(SystemRandom::new()),
        crypto: Rc::clone(&crypto) as _,
        log: Rc::new(Console),
    };
    WORKER.set(Some(Rc::new(Worker {
        edge: Edge::new(config, ports),
        crypto,
        clock,
        pending: RefCell::default(),
        identity_headers: RefCell::default(),
        text: RefCell::default(),
    })));
    Ok(())
}

/// A view of the buffer, of at least `bytes` bytes. It is valid until wasm's memory grows or a longer
/// text is written.
#[wasm_bindgen]
pub fn room(bytes: usize) -> Uint8Array {
    ROOM.with_borrow_mut(|room| {
        grow(room, bytes);
        let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
        // An address of wasm32 and a length in its memory fit.
        let number = |value: usize| u32::try_from(value).unwrap_or_default();
        let (start, length) = (room.as_ptr().addr(), room.len());
        Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), number(start), number(length))
    })
}

/// Decides about a request and returns the number of bytes of [`room`] that have the decision: a line
/// that says whether to [`renew`], then the text of the [`Decision`](crate::edge::Decision). Returns 0
/// if the decision needs I/O. The [`RequestHead`] without `authorization` is in the first `length`
/// bytes of [`room`], and its value in the next `authorization` bytes. Every request has its own
/// `ticket`.
#[wasm_bindgen]
pub fn decide(length: usize, authorization: usize, ticket: u32) -> usize {
    let Some(worker) = worker() else { return 0 };
    worker.clock.hold(|| {
        let decision = ROOM.with_borrow(|room| {
            let text = room.get(..length.checked_add(authorization)?)?;
            worker.decide(std::str::from_utf8(text).ok()?, length, ticket)
        });
        decision.map_or(0, |decision| worker.write(&decision))
    })
}

/// The platform's promise whether the signature of the request with this `ticket` is genuine; none if
/// the decision needs something else.
#[wasm_bindgen]
pub fn check(ticket: u32) -> Option<Promise> {
    let worker = worker()?;
    let mut pending = worker.pending.borrow_mut();
    let last = pending.back().filter(|last| last.ticket == ticket)?;
    let promise = last.check.key().and_then(|key| {
        worker.crypto.verification(key, last.check.message(), last.check.signature())
    });
    if promise.is_none() {
        pending.pop_back();
    }
    promise
}

/// As [`decide`], for the request with this `ticket`, after [`check`] found its signature `genuine` or
/// not, or failed.
#[wasm_bindgen]
pub fn decide_checked(ticket: u32, genuine: Option<bool>) -> usize {
    let Some(worker) = worker() else { return 0 };
    let found = {
        let mut pending = worker.pending.borrow_mut();
        let place = pending.iter().position(|pending| pending.ticket == ticket);
        place.and_then(|place| pending.remove(place))
    };
    let Some(PendingCheck { head: text, length, check, .. }) = found else { return 0 };
    let Some(head) = head(&text, length) else { return 0 };
    worker.clock.hold(|| match worker.edge.decide_checked(&head, check, genuine) {
        Step::Decided(decision) => worker.write(&decision),
        _ => 0,
    })
}

/// The lines of the identity headers that the last decision of [`decide`] or [`decide_checked`]
/// numbers. To be called at once: the next decision replaces them.
#[wasm_bindgen]
pub fn identity_headers() -> Option<String> {
    let worker = worker()?;
    let identity_headers = worker.identity_headers.borrow();
    identity_headers.as_ref().map(|identity_headers| identity_headers.lines().to_owned())
}

/// The decision about a request, after all that must be asked for it, followed by the lines of its identity
/// headers.
#[wasm_bindgen]
pub async fn resolve(head: String, authorization: String) -> Option<String> {
    let worker = worker()?;
    let head = RequestHead::parse(&head)?.with_authorization(&authorization);
    let decision = worker.edge.resolve(&head).await;
    let mut text = "\n".to_owned(); // a renewal was asked for before
    decision.write(&mut text);
    text.push_str(
        decision.identity_headers().map_or("", |identity_headers| identity_headers.lines()),
    );
    Some(text)
}

/// Whether [`renew`] should be called behind a request that is [`resolve`]d.
#[wasm_bindgen]
pub fn wants_renewal() -> bool {
    worker().is_some_and(|worker| worker.clock.hold(|| worker.edge.wants_renewal()))
}

/// Renews the snapshot and the feed, and reports the calls of keys.
#[wasm_bindgen]
pub async fn renew() {
    if let Some(worker) = worker() {
        worker.edge.renew().await;
    }
}

/// Notes that the platform's rate limiter said no to this [`Inquiry`](crate::core::limit::Inquiry).
#[wasm_bindgen]
pub fn rate_limited(inquiry: &str) {
    if let Some(worker) = worker() {
        worker.edge.rate_limited(inquiry);
    }
}

/// The counters of the limits, before this instance is replaced by another one.
#[wasm_bindgen]
pub fn counters() -> Option<Vec<u8>> {
    worker()?.edge.counters()
}

/// Restores the [`counters`] of the instance before this one.
#[wasm_bindgen]
pub fn restore_counters(saved: &[u8]) {
    if let Some(worker) = worker() {
        worker.edge.restore_counters(saved);
    }
}

/// Whether a `Set-Cookie` of a service would set a cookie of ours.
#[wasm_bindgen]
pub fn sets_our_cookie(set_cookie: &str) -> bool {
    sets_ours(set_cookie)
}

/// The response, as [`Response::write`](crate::edge::Response::write) writes it, to a request that the
/// origin or a service did not answer because of `cause`, or, without one, not in time. `text` is the
/// request's id and, from the next line on, its head without `authorization`.
#[wasm_bindgen]
#[expect(clippy::needless_pass_by_value, reason = "what wasm-bindgen can hand over")]
pub fn undelivered(text: &str, authorization: &str, cause: Option<String>) -> Option<String> {
    let (id, head) = text.split_once('\n')?;
    let head = RequestHead::parse(head)?.with_authorization(authorization);
    let what = if cause.is_none() { Undelivered::Late } else { Undelivered::Failed };
    let mut text = String::new();
    worker()?.edge.undelivered(&head, what, cause.as_deref(), id).write(&mut text);
    Some(text)
}
