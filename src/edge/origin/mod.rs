//! Requests of the edge to the origin: its own, and those of clients that it forwards.

mod renewal;

use std::{fmt, rc::Rc};

use futures_util::future::{Either, select};

pub(super) use renewal::Renewal;

use super::{config::Config, ports::Ports};
use crate::{
    core::{
        edge_proof::{
            BASE_HEADER, CLIENT_IP_HEADER, EDGE_PROOF_HEADER, EdgeProof, EdgeProofKeys,
            REQUEST_ID_HEADER,
        },
        log::Line,
        request_head::RequestHead,
        request_id::RequestId,
    },
    ports::{HttpRequest, HttpResponse},
};

/// Timeout in milliseconds for data that a decision requires: a key, a signing key, the feed when
/// no grace is left. A slow origin makes the call late, not wrong.
const DEADLINE: u32 = 8_000;

/// Milliseconds between two checks of a condition that a call waits for.
const PAUSE: u32 = 50;

/// The edge's client for the origin.
#[derive(Debug)]
pub(super) struct OriginClient {
    config: Rc<Config>,
    ports: Rc<Ports>,
    proof_keys: EdgeProofKeys,
}

impl OriginClient {
    /// A client with the proof keys of the configured environment.
    pub(super) fn new(config: Rc<Config>, ports: Rc<Ports>) -> Self {
        let proof_keys = EdgeProofKeys::derive(&config.root_keys, &config.environment);
        Self { config, ports, proof_keys }
    }

    /// The response to a request of the edge's own; `None` if the origin fails or does not respond
    /// before the deadline.
    pub(super) async fn ask(
        &self,
        method: &'static str,
        path: &str,
        body: Vec<u8>,
    ) -> Option<HttpResponse> {
        let request_id = RequestId::new(self.ports.random.bytes());
        let base = self.config.issuer.as_str();
        let request_id = request_id.as_str();
        let proof = EdgeProof { method, target: path, base, client_ip: "", request_id };
        let headers = vec![
            (BASE_HEADER, base.to_owned()),
            (REQUEST_ID_HEADER, request_id.to_owned()),
            (EDGE_PROOF_HEADER, self.proof_keys.sign(&proof, self.ports.clock.now())),
            ("content-type", "application/json".to_owned()),
        ];
        let request = HttpRequest { method, url: [base, path].concat(), headers, body };
        let deadline = self.ports.clock.pause(DEADLINE);
        match select(self.ports.origin.send(request), deadline).await {
            Either::Left((Ok(response), _)) => return Some(response),
            Either::Left((Err(error), _)) => self.record_failure(method, path, error),
            Either::Right(_) => self.record_failure(method, path, "no answer in time"),
        }
        None
    }

    /// The headers with which a client's request is forwarded to the origin.
    pub(super) fn headers(
        &self,
        head: &RequestHead<'_>,
        request_id: RequestId,
    ) -> Vec<(&'static str, String)> {
        let RequestHead { method, target, base, client_ip, .. } = *head;
        let request_id = request_id.as_str();
        let proof = EdgeProof { method, target, base, client_ip, request_id };
        vec![
            (BASE_HEADER, base.to_owned()),
            (CLIENT_IP_HEADER, client_ip.to_owned()),
            (EDGE_PROOF_HEADER, self.proof_keys.sign(&proof, self.ports.clock.now())),
        ]
    }

    /// Waits until `is_over`, at most as long as a call may wait; returns whether it is over.
    pub(super) async fn wait_until(&self, is_over: impl Fn() -> bool) -> bool {
        for _ in 0..DEADLINE / PAUSE {
            if is_over() {
                return true;
            }
            self.ports.clock.pause(PAUSE).await;
        }
        is_over()
    }

    fn record_failure(&self, method: &str, path: &str, cause: impl fmt::Display) {
        let path = path.split('?').next().unwrap_or_default().to_owned();
        let line = Line { method: method.to_owned(), path, ..Line::failure("origin", cause) };
        self.ports.log.write(line.level, &line.text());
    }
}
