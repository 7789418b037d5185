//! Verification of edge proofs: the origin accepts only requests from an edge (ATTACKS F-90).

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::{
    core::{
        edge_proof::{
            BASE_HEADER, CLIENT_IP_HEADER, EDGE_PROOF_HEADER, EdgeProof, EdgeProofKeys,
            REQUEST_ID_HEADER,
        },
        request_head::RequestHead,
    },
    origin::{
        Origin, Trace,
        http::{Request, Response, RestError, journal::RequestLine},
    },
};

impl Origin {
    /// Handles a request from the platform. Host, client address and request id are taken from the
    /// edge proof; without a valid proof the response is 403.
    pub async fn receive(&self, head: &RequestHead<'_>, body: Vec<u8>) -> Response {
        let proof = match self.vouched(head) {
            Ok(proof) => proof,
            Err(cause) => {
                let error =
                    RestError::new(StatusCode::FORBIDDEN, "this host is reached through the edge");
                return self.turned_away(head, RestError { cause: Some(cause), ..error });
            }
        };
        let (Ok(method), Some(headers)) =
            (Method::from_bytes(head.method.as_bytes()), headers(head))
        else {
            let error = RestError::new(StatusCode::BAD_REQUEST, "the request is malformed");
            return self.turned_away(head, error);
        };
        let request = Request {
            method,
            base: proof.base.to_owned(),
            path: head.path.to_owned(),
            query: head.query.to_owned(),
            headers,
            body,
            client_ip: proof.client_ip.to_owned(),
            request_id: proof.request_id.to_owned(),
            trace: Trace::default(),
        };
        self.handle(request).await
    }

    fn turned_away(&self, head: &RequestHead<'_>, error: RestError) -> Response {
        let answer = error.into_response();
        self.record(RequestLine::unvouched(head.method, head.path), &answer);
        answer
    }

    /// The edge proof, or the reason for the log.
    fn vouched<'a>(&self, head: &RequestHead<'a>) -> Result<EdgeProof<'a>, String> {
        let missing = |name: &str| format!("the header {name} is missing");
        let required = |name| head.header(name).ok_or_else(|| missing(name));
        let proof = EdgeProof {
            method: head.method,
            target: head.target,
            base: required(BASE_HEADER)?,
            client_ip: head.header(CLIENT_IP_HEADER).unwrap_or_default(),
            request_id: required(REQUEST_ID_HEADER)?,
        };
        EdgeProofKeys::derive(&self.config.root_keys, &self.config.environment)
            .verify(&proof, required(EDGE_PROOF_HEADER)?, self.clock.now())
            .map_err(|error| error.to_string())?;
        Ok(proof)
    }
}

fn headers(head: &RequestHead<'_>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(head.headers.len());
    for (name, value) in &head.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
    }
    Some(headers)
}
