//! Serialization of counters: eight-byte numbers and length-prefixed strings. They are written and
//! read by one build in one isolate, so they carry no version.

use crate::core::time::UnixTime;

/// Writes counters.
#[derive(Debug, Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn number(&mut self, number: impl Into<u64>) {
        self.0.extend(number.into().to_be_bytes());
    }

    pub(super) fn signed(&mut self, number: i64) {
        self.0.extend(number.to_be_bytes());
    }

    pub(super) fn time(&mut self, time: UnixTime) {
        self.signed(time.0);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend(text.as_bytes());
    }
}

/// Reads counters in the order in which they were written; `None` where they end early.
#[derive(Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self) -> Option<[u8; 8]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }

    pub(super) fn number<N: TryFrom<u64>>(&mut self) -> Option<N> {
        u64::from_be_bytes(self.bytes()?).try_into().ok()
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        self.bytes().map(i64::from_be_bytes)
    }

    pub(super) fn time(&mut self) -> Option<UnixTime> {
        self.signed().map(UnixTime)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}
