//! The report of an isolate's counts to the origin, and the reply.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Spend;
use crate::core::{encoding::base64url, time::UnixTime};

/// The limit of exact integers in JavaScript (and so in D1).
const NUMBERS: u64 = 1 << 53;

/// Calls that the origin has not counted yet.
///
/// `(isolate, number)` identifies a batch: its content never changes, and it is counted once however
/// often it arrives. An isolate sends the next batch when this one has arrived or was given up; the
/// origin ignores a number that is not above the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The isolate: 128 random bits, base64url, new for each isolate.
    pub isolate: String,
    /// 1, 2, …
    pub number: u64,
    /// When the first of the calls was made, by the clock of the isolate.
    pub since: UnixTime,
    /// The ids of keys, and how much of its budget each of them has spent: one unit for a call.
    pub counts: Vec<(String, u32)>,
}

/// Bytes that are not a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchError(pub &'static str);

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a batch of calls: {}", self.0)
    }
}

impl std::error::Error for BatchError {}

impl Batch {
    /// How many keys it names at most.
    pub const KEYS: usize = 1000;
    /// How many calls of one key it counts at most.
    pub const CALLS: u32 = 1_000_000;

    /// The name of the isolate with that random identity.
    pub fn isolate(identity: [u8; 16]) -> String {
        base64url(&identity)
    }

    /// Reads a batch.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BatchError> {
        let batch: Self = serde_json::from_slice(bytes).map_err(|_| BatchError("malformed"))?;
        let plain =
            |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if batch.isolate.len() != 22 || !plain(&batch.isolate) {
            return Err(BatchError("isolate"));
        }
        if !(1..NUMBERS).contains(&batch.number) {
            return Err(BatchError("number"));
        }
        if !(1..=Self::KEYS).contains(&batch.counts.len()) {
            return Err(BatchError("counts"));
        }
        if batch.counts.iter().any(|(key, _)| !(1..=64).contains(&key.len()) || !plain(key)) {
            return Err(BatchError("key"));
        }
        if batch.counts.iter().any(|(_, calls)| !(1..=Self::CALLS).contains(calls)) {
            return Err(BatchError("calls"));
        }
        Ok(batch)
    }
}

/// The origin's reply: the usage of those keys of a batch that exist.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UsageReply {
    /// In no order.
    pub keys: Vec<KeyUsage>,
}

/// The usage of a key by the reports of all isolates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUsage {
    /// The id of the key.
    pub key: String,
    /// What it has spent.
    pub spend: Spend,
    /// Whether nothing is left of its budget.
    pub over: bool,
    /// Seconds for which the key is refused because all isolates together have admitted as many calls
    /// as its rate allows; 0 if it is not.
    #[serde(default)]
    pub wait: u32,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn batch() -> Batch {
        Batch {
            isolate: Batch::isolate([7; 16]),
            number: 1,
            since: UnixTime(1_800_000_000),
            counts: vec![("k1".to_owned(), 3), ("a-b_c".to_owned(), 1)],
        }
    }

    fn read(batch: &Batch) -> Result<Batch, BatchError> {
        Batch::from_bytes(serde_json::to_string(batch).unwrap().as_bytes())
    }

    #[test]
    fn a_batch_reads_back_what_it_writes() {
        assert_eq!(read(&batch()), Ok(batch()));
        let text = serde_json::to_string(&batch()).unwrap();
        assert!(text.ends_with(r#""counts":[["k1",3],["a-b_c",1]]}"#), "{text}");
    }

    #[test]
    fn an_absurd_batch_is_refused() {
        let counts = |key: &str, calls| vec![(key.to_owned(), calls)];
        for (batch, why) in [
            (Batch { isolate: "short".to_owned(), ..batch() }, "isolate"),
            (Batch { isolate: "'".repeat(22), ..batch() }, "isolate"),
            (Batch { number: 0, ..batch() }, "number"),
            (Batch { number: NUMBERS, ..batch() }, "number"),
            (Batch { counts: Vec::new(), ..batch() }, "counts"),
            (Batch { counts: vec![("k".to_owned(), 1); Batch::KEYS + 1], ..batch() }, "counts"),
            (Batch { counts: counts("", 1), ..batch() }, "key"),
            (Batch { counts: counts(&"k".repeat(65), 1), ..batch() }, "key"),
            (Batch { counts: counts("a b", 1), ..batch() }, "key"),
            (Batch { counts: counts("k", 0), ..batch() }, "calls"),
            (Batch { counts: counts("k", Batch::CALLS + 1), ..batch() }, "calls"),
        ] {
            assert_eq!(read(&batch), Err(BatchError(why)));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, text in r#"[{}\[\]",:a-z0-9-]{0,80}"#) {
            prop_assert!(Batch::from_bytes(&bytes).is_err());
            prop_assert!(Batch::from_bytes(text.as_bytes()).is_err());
        }
    }
}
