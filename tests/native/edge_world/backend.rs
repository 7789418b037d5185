//! A KV and an origin that count what they are asked, and what the isolates of a location share.

use std::{cell::RefCell, collections::BTreeMap, future::pending, rc::Rc};

use async_trait::async_trait;
use hanzo_iam::{
    core::{
        edge_proof::{BASE_HEADER, EDGE_PROOF_HEADER, EdgeProof, EdgeProofKeys, REQUEST_ID_HEADER},
        revocation::{Page, Revocation, Sequence, Subject},
        time::UnixTime,
    },
    platform::native::ManualClock,
    ports::{
        Clock, Http, HttpError, HttpRequest, HttpResponse, LocationCache, Snapshots, SnapshotsError,
    },
};

use super::{START, root_keys};

/// KV and origin in one: what each knows, and what each was asked.
#[derive(Default)]
pub struct Backend {
    pub kv: RefCell<BTreeMap<String, String>>,
    pub kv_reads: RefCell<Vec<String>>,
    pub kv_is_down: RefCell<bool>,
    pub origin: RefCell<BTreeMap<String, String>>,
    pub origin_calls: RefCell<Vec<String>>,
    pub origin_is_down: RefCell<bool>,
    /// It takes requests and never answers.
    pub origin_hangs: RefCell<bool>,
    /// What has been revoked; the numbers are the places.
    pub revoked: RefCell<Vec<Revocation>>,
    pub feed_reads: RefCell<usize>,
    /// Its answers are under way for a while after they were made.
    pub answers_late: RefCell<bool>,
}

/// How many entries the backend puts on a page: few, so that there are several.
const ON_A_PAGE: usize = 3;

impl Backend {
    /// What `/internal/revocations` answers.
    fn page(&self, query: &str) -> Vec<u8> {
        let after: usize = query.rsplit_once("after=").unwrap().1.parse().unwrap();
        let all = self.revoked.borrow();
        let rest = all.get(after..).unwrap_or_default();
        let entries: Vec<_> = rest.iter().take(ON_A_PAGE).copied().collect();
        let next = u64::try_from(after + entries.len()).unwrap();
        Page { epoch: 1, next, more: rest.len() > ON_A_PAGE, entries }.to_bytes()
    }

    /// Revokes what was issued to `subject` so far.
    pub fn revoke(&self, subject: Subject<'_>) {
        let mut revoked = self.revoked.borrow_mut();
        let sequence = Sequence(u64::try_from(revoked.len()).unwrap() + 1);
        let (subject, until) = (subject.fingerprint(), START.plus(30 * 24 * 3600));
        revoked.push(Revocation { subject, sequence, until });
    }

    /// How far the feed has come.
    pub fn sequence(&self) -> Sequence {
        Sequence(u64::try_from(self.revoked.borrow().len()).unwrap())
    }
}

/// What the isolates of one location share; each entry until the clock says it is over.
pub struct SharedLocation {
    clock: Rc<ManualClock>,
    entries: RefCell<BTreeMap<String, (UnixTime, Vec<u8>)>>,
}

impl SharedLocation {
    pub fn new(clock: Rc<ManualClock>) -> Self {
        Self { clock, entries: RefCell::default() }
    }
}

#[async_trait(?Send)]
impl LocationCache for SharedLocation {
    async fn get(&self, name: &str) -> Option<Vec<u8>> {
        let entries = self.entries.borrow();
        let (until, bytes) = entries.get(name)?;
        (self.clock.now() < *until).then(|| bytes.clone())
    }

    async fn put(&self, name: &str, bytes: &[u8], ttl: u32) {
        let until = self.clock.now().plus(ttl.into());
        self.entries.borrow_mut().insert(name.to_owned(), (until, bytes.to_vec()));
    }
}

#[async_trait(?Send)]
impl Snapshots for Backend {
    async fn get(&self, name: &str) -> Result<Option<String>, SnapshotsError> {
        self.kv_reads.borrow_mut().push(name.to_owned());
        ManualClock::at(START).pause(1).await; // other callers ask meanwhile
        if *self.kv_is_down.borrow() {
            return Err(SnapshotsError("down".to_owned()));
        }
        Ok(self.kv.borrow().get(name).cloned())
    }
}

#[async_trait(?Send)]
impl Http for Backend {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if *self.origin_hangs.borrow() {
            return pending().await;
        }
        let uri: http::Uri = request.url.parse().unwrap();
        let path = uri.path().to_owned();
        let header = |name: &str| {
            let found = request.headers.iter().find(|(known, _)| *known == name);
            found.unwrap().1.as_str()
        };
        let proof = EdgeProof {
            method: request.method,
            target: uri.path_and_query().unwrap().as_str(),
            base: header(BASE_HEADER),
            client_ip: "",
            request_id: header(REQUEST_ID_HEADER),
        };
        let now = header(EDGE_PROOF_HEADER).split_once('.').unwrap().0.parse().unwrap();
        EdgeProofKeys::derive(&root_keys(), "test")
            .verify(&proof, header(EDGE_PROOF_HEADER), UnixTime(now))
            .expect("every call to the origin has an edge proof");
        if path == "/internal/revocations" {
            *self.feed_reads.borrow_mut() += 1;
            if *self.origin_is_down.borrow() {
                return Err(HttpError("down".to_owned()));
            }
            let page = self.page(uri.query().unwrap());
            return Ok(HttpResponse { status: 200, content_type: String::new(), body: page });
        }
        let body = String::from_utf8(request.body.clone()).unwrap();
        ManualClock::at(START).pause(1).await; // other calls come meanwhile
        self.origin_calls.borrow_mut().push(format!("{} {path} {body}", request.method));
        if *self.origin_is_down.borrow() {
            return Err(HttpError("down".to_owned()));
        }
        let answer = self.origin.borrow().get(&path).cloned();
        if *self.answers_late.borrow() {
            ManualClock::at(START).pause(1).await;
        }
        let status = if answer.is_some() { 200 } else { 404 };
        let body = answer.unwrap_or_default().into_bytes();
        Ok(HttpResponse { status, content_type: String::new(), body })
    }
}
