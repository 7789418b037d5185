//! The identity headers of one caller for one service.

use super::response::pairs;
use crate::core::{
    gateway::{Attestor, Call, IdentityKeys},
    time::UnixTime,
};

/// The identity headers of one caller for one service, and what signs them for a call.
#[derive(Debug, Clone)]
pub struct IdentityHeaders {
    number: u64,
    headers: Vec<(&'static str, String)>,
    lines: String,
    attestor: Attestor,
}

impl IdentityHeaders {
    /// These headers, attested with `keys`; no others of this isolate have the same `number`.
    pub(in crate::edge) fn new(
        number: u64,
        headers: Vec<(&'static str, String)>,
        keys: &IdentityKeys,
    ) -> Self {
        let mut lines = String::with_capacity(512);
        pairs(&mut lines, &headers);
        let attestor = keys.attestor(&headers);
        Self { number, headers, lines, attestor }
    }

    /// A number by which the platform recognises them.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Name and value of each.
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// The number of headers, then name and value of each, a line each.
    pub fn lines(&self) -> &str {
        &self.lines
    }

    /// The signature of the identity for `call`.
    pub(in crate::edge) fn sign(&self, call: &Call<'_>, now: UnixTime) -> String {
        self.attestor.sign(call, now)
    }
}
