//! The wire format of a feed page.
//!
//! Bytes, all numbers big-endian: [`FORMAT`] (1), `epoch` (8), `next` (8), `more` (1: 0 or 1), then
//! 20 for each entry: fingerprint (8), sequence (8), `until` in minutes (4). A million entries are
//! 20 MB, in pages.

use std::fmt;

use super::{Fingerprint, Revocation, Sequence, minutes, of_minutes};

/// Format version. In the previous one, an entry had 16 bytes and the head 17, so that no input is
/// valid in both.
const FORMAT: u8 = 2;

const HEAD: usize = 18;
const ENTRY: usize = 20;

/// Entries after a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The history of the numbers. It increases when the database is restored from a backup:
    /// numbers of an older history are meaningless in a newer one.
    pub epoch: u64,
    /// The number to continue from.
    pub next: u64,
    /// Whether more entries are available.
    pub more: bool,
    /// The entries.
    pub entries: Vec<Revocation>,
}

/// Bytes that are not a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageError;

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a page of the revocation feed")
    }
}

impl std::error::Error for PageError {}

impl Page {
    /// How many entries a page has at most.
    pub const ENTRIES: usize = 10_000;

    /// The page as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD + self.entries.len() * ENTRY);
        bytes.push(FORMAT);
        bytes.extend(self.epoch.to_be_bytes());
        bytes.extend(self.next.to_be_bytes());
        bytes.push(u8::from(self.more));
        for entry in &self.entries {
            bytes.extend(entry.subject.0.to_be_bytes());
            bytes.extend(entry.sequence.0.to_be_bytes());
            bytes.extend(minutes(entry.until).to_be_bytes());
        }
        bytes
    }

    /// Reads a page.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PageError> {
        let ([FORMAT], rest) = take(bytes)? else { return Err(PageError) };
        let (epoch, rest) = take(rest)?;
        let (next, rest) = take(rest)?;
        let ([more], rest) = take(rest)?;
        let (entries, []) = rest.as_chunks::<ENTRY>() else { return Err(PageError) };
        Ok(Self {
            epoch: u64::from_be_bytes(epoch),
            next: u64::from_be_bytes(next),
            more: more == 1,
            entries: entries.iter().map(|bytes| entry(bytes)).collect::<Result<_, _>>()?,
        })
    }
}

fn entry(bytes: &[u8]) -> Result<Revocation, PageError> {
    let (subject, rest) = take(bytes)?;
    let (sequence, rest) = take(rest)?;
    let (until, _) = take::<4>(rest)?;
    Ok(Revocation {
        subject: Fingerprint(u64::from_be_bytes(subject)),
        sequence: Sequence(u64::from_be_bytes(sequence)),
        until: of_minutes(u32::from_be_bytes(until)),
    })
}

fn take<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), PageError> {
    bytes.split_first_chunk().map(|(first, rest)| (*first, rest)).ok_or(PageError)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::core::{revocation::NEVER, time::UnixTime};

    proptest! {
        #[test]
        fn a_page_reads_back_what_it_writes(
            epoch: u64, next: u64, more: bool,
            entries in proptest::collection::vec((any::<u64>(), any::<u64>(), any::<u32>()), 0..40),
        ) {
            let entry = |(subject, sequence, until): (u64, u64, u32)| Revocation {
                subject: Fingerprint(subject),
                sequence: Sequence(sequence),
                until: of_minutes(until),
            };
            let page = Page { epoch, next, more, entries: entries.into_iter().map(entry).collect() };
            prop_assert_eq!(Page::from_bytes(&page.to_bytes()), Ok(page));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let read = Page::from_bytes(&bytes);
            let whole = bytes.len() >= HEAD && (bytes.len() - HEAD).is_multiple_of(ENTRY);
            prop_assert_eq!(read.is_ok(), whole && bytes[0] == FORMAT);
        }
    }

    /// ATTACKS H-119: 2038 and 9999 are times like any other, and an entry is never forgotten
    /// before its end.
    #[test]
    fn the_end_of_an_entry_is_rounded_up_and_holds_the_year_9999() {
        let ends = [-1, 59, 60, 2_147_483_648, 4_294_967_296, NEVER.0];
        let entry = |until| Revocation {
            subject: Fingerprint(1),
            sequence: Sequence(1),
            until: UnixTime(until),
        };
        let page =
            Page { epoch: 1, next: 2, more: false, entries: ends.map(entry).into_iter().collect() };
        let read = Page::from_bytes(&page.to_bytes()).unwrap();
        for (entry, end) in read.entries.iter().zip(ends) {
            assert!((0..60).contains(&(entry.until.0 - end.max(0))), "{end}: {entry:?}");
        }
    }
}
