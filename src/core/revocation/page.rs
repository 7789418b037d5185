//! A piece of the feed as it travels from the origin to an edge.
//!
//! Bytes, all numbers big-endian: `epoch` (8), `next` (8), `more` (1: 0 or 1), then 16 for each
//! entry: fingerprint (8), `through` (4), `until` (4). A million entries are 16 MB, in pages.

use std::fmt;

use super::{Fingerprint, Revocation, seconds};
use crate::core::time::UnixTime;

const HEAD: usize = 17;
const ENTRY: usize = 16;

/// What was revoked after some number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Which history the numbers are of. It grows when the database was restored from a backup:
    /// numbers of an older history mean nothing in a newer one.
    pub epoch: u64,
    /// The number to ask after next.
    pub next: u64,
    /// Whether there is more to be had already.
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
        bytes.extend(self.epoch.to_be_bytes());
        bytes.extend(self.next.to_be_bytes());
        bytes.push(u8::from(self.more));
        for entry in &self.entries {
            bytes.extend(entry.subject.0.to_be_bytes());
            bytes.extend(seconds(entry.through).to_be_bytes());
            bytes.extend(seconds(entry.until).to_be_bytes());
        }
        bytes
    }

    /// Reads a page.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PageError> {
        let (epoch, rest) = take(bytes)?;
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
    let (through, rest) = take(rest)?;
    let (until, _) = take::<4>(rest)?;
    Ok(Revocation {
        subject: Fingerprint(u64::from_be_bytes(subject)),
        through: UnixTime(u32::from_be_bytes(through).into()),
        until: UnixTime(u32::from_be_bytes(until).into()),
    })
}

fn take<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), PageError> {
    bytes.split_first_chunk().map(|(first, rest)| (*first, rest)).ok_or(PageError)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::core::revocation::FOREVER;

    proptest! {
        #[test]
        fn a_page_reads_back_what_it_writes(
            epoch: u64, next: u64, more: bool,
            entries in proptest::collection::vec((any::<u64>(), any::<u32>(), any::<u32>()), 0..40),
        ) {
            let entry = |(subject, through, until): (u64, u32, u32)| Revocation {
                subject: Fingerprint(subject),
                through: UnixTime(through.into()),
                until: UnixTime(until.into()),
            };
            let page = Page { epoch, next, more, entries: entries.into_iter().map(entry).collect() };
            prop_assert_eq!(Page::from_bytes(&page.to_bytes()), Ok(page));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let read = Page::from_bytes(&bytes);
            prop_assert_eq!(read.is_ok(), bytes.len() >= HEAD && (bytes.len() - HEAD).is_multiple_of(ENTRY));
        }
    }

    #[test]
    fn a_time_out_of_range_is_moved_into_it() {
        let entry = |through| Revocation {
            subject: Fingerprint(1),
            through: UnixTime(through),
            until: UnixTime(i64::MAX),
        };
        let page =
            Page { epoch: 1, next: 2, more: false, entries: vec![entry(-1), entry(i64::MAX)] };
        let read = Page::from_bytes(&page.to_bytes()).unwrap();
        let times: Vec<_> = read.entries.iter().map(|entry| entry.through).collect();
        assert_eq!(times, [UnixTime(0), FOREVER]);
        assert!(read.entries.iter().all(|entry| entry.until == FOREVER));
    }
}
