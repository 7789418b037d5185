//! What this isolate has verified before: a bounded memory, so that a credential seen twice costs
//! no I/O and no cryptography.
//!
//! The first in is the first out, except that what was used since it came in (or since it was
//! passed over) is passed over once more: nobody can push out what is in use by bringing much that
//! is used once. One entry leaves for one that comes, so that no request pays for many.

use std::{
    cell::Cell,
    collections::{HashMap, VecDeque},
    hash::{BuildHasherDefault, Hasher},
    rc::Rc,
};

/// Bytes of a text by which it is found. The end of a token is its signature, the end of a key its
/// secret and what is computed from it: as good as chance, and a small part of the whole.
const TAIL: usize = 32;

/// What an entry takes besides its text, about.
const OVERHEAD: usize = 768;

/// A map from credentials to what is known of them, bounded in entries and bytes.
#[derive(Debug)]
pub(super) struct CredentialCache<T> {
    /// By the hash of the tail. Two texts of one tail take turns, which costs time and nothing else.
    entries: HashMap<u64, Entry<T>, BuildHasherDefault<Hashed>>,
    queue: VecDeque<u64>,
    bytes: usize,
    capacity: Capacity,
}

/// How much is remembered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Capacity {
    /// Entries.
    pub(super) entries: usize,
    /// Bytes, about.
    pub(super) bytes: usize,
}

#[derive(Debug)]
struct Entry<T> {
    text: Rc<str>,
    what: Rc<T>,
    used: Cell<bool>,
}

impl<T> CredentialCache<T> {
    /// A memory that is empty and grows up to `capacity`.
    pub(super) fn bounded(capacity: Capacity) -> Self {
        Self { entries: HashMap::default(), queue: VecDeque::new(), bytes: 0, capacity }
    }

    /// What is known of `text`.
    pub(super) fn find(&self, text: &str) -> Option<Rc<T>> {
        let entry = self.entries.get(&hash(text)).filter(|entry| is_same(&entry.text, text))?;
        entry.used.set(true);
        Some(Rc::clone(&entry.what))
    }

    /// Remembers.
    pub(super) fn remember(&mut self, text: impl Into<Rc<str>>, what: Rc<T>) {
        let text = text.into();
        let (name, size) = (hash(&text), text.len() + OVERHEAD);
        self.bytes += size;
        match self.entries.insert(name, Entry { text, what, used: Cell::new(false) }) {
            Some(former) => self.bytes -= former.text.len() + OVERHEAD,
            None => self.queue.push_back(name),
        }
        while self.entries.len() > self.capacity.entries || self.bytes > self.capacity.bytes {
            let Some(first) = self.queue.pop_front() else { return };
            if self.entries.get(&first).is_some_and(|entry| entry.used.replace(false)) {
                self.queue.push_back(first);
            } else {
                self.remove(first);
            }
        }
    }

    /// Forgets.
    pub(super) fn forget(&mut self, text: &str) {
        let name = hash(text);
        if self.entries.get(&name).is_some_and(|entry| *entry.text == *text) {
            self.remove(name);
            // Rare, and the queue is short enough to be looked through.
            self.queue.retain(|queued| *queued != name);
        }
    }

    fn remove(&mut self, name: u64) {
        if let Some(entry) = self.entries.remove(&name) {
            self.bytes -= entry.text.len() + OVERHEAD;
        }
    }

    /// How many entries there are.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.entries.len()
    }
}

/// Compares eight bytes at a time; wasm's `memcmp` goes byte by byte, and tokens are long.
fn is_same(one: &str, other: &str) -> bool {
    let (one, one_end) = one.as_bytes().as_chunks::<8>();
    let (other, other_end) = other.as_bytes().as_chunks::<8>();
    let words =
        |(one, other): (&[u8; 8], &[u8; 8])| u64::from_ne_bytes(*one) == u64::from_ne_bytes(*other);
    one.len() == other.len() && one_end == other_end && one.iter().zip(other).all(words)
}

/// Mixes the last characters. Whoever makes two texts of one hash on purpose has them take turns.
fn hash(text: &str) -> u64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15; // 2⁶⁴ divided by the golden ratio
    let mix = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(GOLDEN);
    let bytes = text.as_bytes();
    let tail = bytes.get(bytes.len().saturating_sub(TAIL)..).unwrap_or_default();
    let (words, rest) = tail.as_chunks::<8>();
    let rest = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let hash = words.iter().fold(0, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let hash = mix(hash, rest);
    hash ^ hash.rotate_left(32)
}

/// The key is a hash already.
#[derive(Debug, Default, Clone, Copy)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CAPACITY: Capacity = Capacity { entries: 10, bytes: 64 * 1024 };

    #[test]
    fn the_memory_is_bounded_and_keeps_what_is_used() {
        let mut seen = CredentialCache::bounded(CAPACITY);
        seen.remember("hot", Rc::new(0));
        for number in 1..1000 {
            seen.remember(number.to_string(), Rc::new(number));
            assert_eq!(seen.find("hot").as_deref(), Some(&0));
            assert!(seen.len() <= 10);
        }
        assert_eq!(seen.find("1"), None);
        seen.forget("hot");
        assert_eq!(seen.find("hot"), None);
    }

    #[test]
    fn the_memory_is_bounded_in_bytes() {
        let mut seen = CredentialCache::bounded(Capacity { entries: 1000, bytes: 64 * 1024 });
        for number in 0..4000 {
            seen.remember(format!("{}{number}", "x".repeat(8 * 1024)), Rc::new(()));
            assert!(seen.len() <= 7);
        }
    }

    #[test]
    fn texts_that_end_alike_are_told_apart() {
        let tail = "x".repeat(TAIL);
        let (one, other) = (format!("1{tail}"), format!("2{tail}"));
        let mut seen = CredentialCache::bounded(CAPACITY);
        seen.remember(one.as_str(), Rc::new(1));
        assert_eq!(seen.find(&other), None);
        seen.forget(&other);
        assert_eq!(seen.find(&one).as_deref(), Some(&1));
        seen.remember(other.as_str(), Rc::new(2));
        assert_eq!((seen.find(&one), seen.find(&other).as_deref()), (None, Some(&2)));
        assert_eq!(seen.len(), 1);
    }

    proptest! {
        /// Whatever happens, what is found is what was last remembered, and the books are right.
        #[test]
        fn what_is_found_was_remembered(
            steps in proptest::collection::vec((0u8..3, 0u8..20), 0..300),
        ) {
            let mut seen = CredentialCache::bounded(CAPACITY);
            let mut last = HashMap::new();
            for (number, (what, text)) in steps.into_iter().enumerate() {
                let text = text.to_string();
                match what {
                    0 => {
                        seen.remember(text.as_str(), Rc::new(number));
                        last.insert(text, number);
                    }
                    1 => {
                        seen.forget(&text);
                        last.remove(&text);
                    }
                    _ => {
                        let found = seen.find(&text);
                        prop_assert!(found.is_none() || found.as_deref() == last.get(&text));
                    }
                }
                prop_assert!(seen.len() <= CAPACITY.entries && seen.queue.len() == seen.len());
                let bytes: usize =
                    seen.entries.values().map(|entry| entry.text.len() + OVERHEAD).sum();
                prop_assert_eq!(bytes, seen.bytes);
            }
        }
    }
}
