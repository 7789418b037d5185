//! Reads keytab files, version 0x502 (MIT's `keytab_file_format`): the service's keys.

use super::{Etype, Key, Principal, error::KeytabError};
use crate::core::time::UnixTime;

/// Maximum keytab size.
const LARGEST: usize = 256 * 1024;
/// Maximum number of keytab entries.
const MOST_ENTRIES: usize = 1024;
/// Maximum number of keys tried for a ticket without a key version.
const MOST_TRIES: usize = 16;

/// The keys of one or more services.
#[derive(Debug, Clone)]
pub struct Keytab {
    entries: Vec<Entry>,
    ignored: Vec<(Principal, i32)>,
}

/// A key of a service.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The service.
    pub principal: Principal,
    /// The key's version.
    pub kvno: u32,
    /// When it was added to the keytab.
    pub written: UnixTime,
    /// The key.
    pub key: Key,
    /// Whether the file has the full 32-bit version, not only the lowest eight bits.
    whole_kvno: bool,
}

impl Keytab {
    /// Reads a keytab. Holes (deleted entries) and keys of refused types are skipped.
    pub fn read(file: &[u8]) -> Result<Self, KeytabError> {
        if file.len() > LARGEST {
            return Err(KeytabError::TooLarge);
        }
        // Version 0x501, in native byte order, is obsolete since 1996.
        let mut rest = file.strip_prefix(&[5, 2]).ok_or(KeytabError::Version)?;
        let mut keytab = Self { entries: Vec::new(), ignored: Vec::new() };
        for number in 0.. {
            if rest.is_empty() {
                break;
            }
            if number == MOST_ENTRIES {
                return Err(KeytabError::TooMany);
            }
            let truncated = KeytabError::Truncated(number);
            let mut cursor = Cursor(rest);
            let size = cursor.u32().ok_or_else(|| truncated.clone())?.cast_signed();
            if size == 0 {
                break; // the end, as MIT reads it
            }
            let length = usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX);
            let entry = cursor.take(length).ok_or(truncated)?;
            rest = cursor.0;
            if size > 0 {
                keytab.push(number, entry)?;
            }
        }
        if keytab.entries.is_empty() { Err(KeytabError::NoKeys) } else { Ok(keytab) }
    }

    fn push(&mut self, number: usize, entry: &[u8]) -> Result<(), KeytabError> {
        let raw = Raw::read(entry).ok_or(KeytabError::Truncated(number))?;
        let principal = Principal::of_parts(raw.name_type, &raw.components, raw.realm)
            .ok_or(KeytabError::Principal(number))?;
        let Some(etype) = Etype::from_number(raw.etype) else {
            self.ignored.push((principal, raw.etype));
            return Ok(());
        };
        let key = Key::new(etype, raw.key).ok_or(KeytabError::KeyLength(number))?;
        let written = UnixTime(i64::from(raw.written));
        let (kvno, whole_kvno) = (raw.kvno, raw.whole_kvno);
        self.entries.push(Entry { principal, kvno, written, key, whole_kvno });
        Ok(())
    }

    /// The keys, in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Skipped entries with refused encryption types: principal and type number.
    pub fn ignored(&self) -> &[(Principal, i32)] {
        &self.ignored
    }

    /// The candidate keys for a ticket for `service`; newest first if the ticket has no key
    /// version.
    pub(super) fn keys(&self, service: &Principal, etype: Etype, kvno: Option<u32>) -> Vec<&Entry> {
        let mut found: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| {
                entry.key.etype() == etype
                    && entry.principal.is_service(service)
                    && kvno.is_none_or(|kvno| entry.has_kvno(kvno))
            })
            .collect();
        found.sort_by_key(|entry| std::cmp::Reverse(entry.kvno));
        found.truncate(MOST_TRIES);
        found
    }
}

impl Entry {
    fn has_kvno(&self, kvno: u32) -> bool {
        self.kvno == kvno || (!self.whole_kvno && self.kvno == kvno & 0xff)
    }
}

/// The raw fields of an entry.
struct Raw<'a> {
    realm: &'a [u8],
    components: Vec<&'a [u8]>,
    name_type: i32,
    written: u32,
    kvno: u32,
    whole_kvno: bool,
    etype: i32,
    key: &'a [u8],
}

impl<'a> Raw<'a> {
    fn read(entry: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor(entry);
        let count = cursor.u16()?;
        let realm = cursor.counted()?;
        let components = (0..count).map(|_| cursor.counted()).collect::<Option<Vec<_>>>()?;
        let name_type = cursor.u32()?.cast_signed();
        let written = cursor.u32()?;
        let [low] = cursor.array()?;
        let etype = i32::from(cursor.u16()?.cast_signed());
        let key = cursor.counted()?;
        // Later versions of the format append the full key version; zero means unknown.
        let whole = cursor.u32().filter(|kvno| *kvno != 0);
        Some(Self {
            realm,
            components,
            name_type,
            written,
            kvno: whole.unwrap_or(u32::from(low)),
            whole_kvno: whole.is_some(),
            etype,
            key,
        })
    }
}

/// Reads big-endian numbers and counted bytes.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn counted(&mut self) -> Option<&'a [u8]> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry of `HTTP/a.test@A.TEST`, with what follows the key.
    fn entry(kvno: u8, etype: u16, key: &[u8], tail: &[u8]) -> Vec<u8> {
        let counted =
            |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
        let parts = [
            &[0, 2][..],
            &counted(b"A.TEST"),
            &counted(b"HTTP"),
            &counted(b"a.test"),
            &[0, 0, 0, 1, 0, 0, 0, 9, kvno],
            &etype.to_be_bytes(),
            &counted(key),
            tail,
        ]
        .concat();
        [&u32::try_from(parts.len()).unwrap().to_be_bytes()[..], &parts].concat()
    }

    fn file(entries: &[Vec<u8>]) -> Vec<u8> {
        [vec![5, 2], entries.concat()].concat()
    }

    #[test]
    fn the_version_of_32_bits_wins_unless_it_is_zero_or_absent() {
        let key = [7; 16];
        let keytab = Keytab::read(&file(&[
            entry(44, 17, &key, &300_u32.to_be_bytes()),
            entry(5, 17, &key, &[0; 4]),
            entry(6, 17, &key, &[]),
            entry(7, 17, &key, &[0, 0, 1, 7, 0, 0, 0, 0]), // and flags
        ]))
        .unwrap();
        let kvnos: Vec<u32> = keytab.entries().iter().map(|entry| entry.kvno).collect();
        assert_eq!(kvnos, [300, 5, 6, 263]);
        let service = Principal::parse("HTTP/a.test@A.TEST").unwrap();
        let found = |kvno| keytab.keys(&service, Etype::Aes128Sha1, kvno).len();
        assert_eq!(found(Some(300)), 1);
        assert_eq!(found(Some(44)), 0);
        assert_eq!(found(Some(256 + 6)), 1, "only the low eight bits are known");
        assert_eq!(found(None), 4);
    }

    #[test]
    fn withdrawn_types_are_skipped_and_reported() {
        let keytab =
            Keytab::read(&file(&[entry(1, 23, &[1; 16], &[]), entry(1, 18, &[1; 32], &[])]))
                .unwrap();
        assert_eq!(keytab.entries().len(), 1);
        assert_eq!(keytab.ignored()[0].1, 23);
        let only_rc4 = Keytab::read(&file(&[entry(1, 23, &[1; 16], &[])]));
        assert_eq!(only_rc4.unwrap_err(), KeytabError::NoKeys);
    }

    #[test]
    fn a_broken_keytab_says_where() {
        let good = entry(1, 18, &[1; 32], &[]);
        assert_eq!(Keytab::read(&[]).unwrap_err(), KeytabError::Version);
        assert_eq!(Keytab::read(&[5, 1]).unwrap_err(), KeytabError::Version);
        assert_eq!(
            Keytab::read(&file(&[entry(1, 18, &[1; 16], &[])])).unwrap_err(),
            KeytabError::KeyLength(0)
        );
        for length in 3..2 + good.len() {
            let cut = file(std::slice::from_ref(&good))[..length].to_vec();
            assert_eq!(Keytab::read(&cut).unwrap_err(), KeytabError::Truncated(0), "{length}");
        }
        let hole = i32::MIN.to_be_bytes().to_vec();
        assert_eq!(Keytab::read(&file(&[good, hole])).unwrap_err(), KeytabError::Truncated(1));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = Keytab::read(&[vec![5, 2], bytes].concat());
        }
    }
}
