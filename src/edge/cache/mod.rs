//! Bounded caches of an isolate: verified callers, refused credentials, identity headers.

mod caller;

use std::{
    cell::Cell,
    collections::{HashMap, VecDeque},
    rc::Rc,
};

pub(super) use caller::{Caller, Validity};

/// What an entry takes besides its text, about.
const OVERHEAD: usize = 1024;

/// The cache of callers by their credentials: a credential seen before costs no I/O and no
/// cryptography.
pub(super) type CredentialCache = BoundedCache<Caller>;

/// A map from texts to values, bounded in entries and bytes, with second-chance FIFO (CLOCK)
/// eviction: entries that are in use cannot be pushed out by many that are used once. Each insertion
/// evicts about one entry, so that no request pays for many.
#[derive(Debug)]
pub(super) struct BoundedCache<T> {
    entries: HashMap<Rc<str>, Entry<T>>,
    queue: VecDeque<Rc<str>>,
    bytes: usize,
    capacity: Capacity,
}

/// The bounds of a cache.
#[derive(Debug, Clone, Copy)]
pub(super) struct Capacity {
    /// Entries.
    pub(super) entries: usize,
    /// Bytes, about.
    pub(super) bytes: usize,
}

#[derive(Debug)]
struct Entry<T> {
    value: Rc<T>,
    /// Whether it was found since it was inserted or passed over.
    used: Cell<bool>,
}

impl<T> BoundedCache<T> {
    /// An empty cache.
    pub(super) fn new(capacity: Capacity) -> Self {
        Self { entries: HashMap::new(), queue: VecDeque::new(), bytes: 0, capacity }
    }

    /// The value of `text`.
    pub(super) fn find(&self, text: &str) -> Option<Rc<T>> {
        let entry = self.entries.get(text)?;
        entry.used.set(true);
        Some(Rc::clone(&entry.value))
    }

    /// Inserts or replaces the value of `text`.
    pub(super) fn insert(&mut self, text: impl Into<Rc<str>>, value: Rc<T>) {
        let text = text.into();
        let entry = Entry { value, used: Cell::new(false) };
        if self.entries.insert(Rc::clone(&text), entry).is_some() {
            return;
        }
        self.bytes += text.len() + OVERHEAD;
        self.queue.push_back(text);
        while self.entries.len() > self.capacity.entries || self.bytes > self.capacity.bytes {
            let Some(first) = self.queue.pop_front() else { return };
            if self.entries.get(&first).is_some_and(|entry| entry.used.replace(false)) {
                self.queue.push_back(first);
            } else {
                self.remove_entry(&first);
            }
        }
    }

    /// Removes the value of `text`.
    pub(super) fn remove(&mut self, text: &str) {
        if self.remove_entry(text) {
            // Rare, and the queue is short enough to be searched.
            self.queue.retain(|queued| **queued != *text);
        }
    }

    fn remove_entry(&mut self, text: &str) -> bool {
        let removed = self.entries.remove(text).is_some();
        if removed {
            self.bytes -= text.len() + OVERHEAD;
        }
        removed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CAPACITY: Capacity = Capacity { entries: 10, bytes: 64 * 1024 };

    #[test]
    fn a_cache_is_bounded_and_keeps_entries_in_use() {
        let mut cache = BoundedCache::new(CAPACITY);
        cache.insert("hot", Rc::new(0));
        for number in 1..1000 {
            cache.insert(number.to_string(), Rc::new(number));
            assert_eq!(cache.find("hot").as_deref(), Some(&0));
            assert!(cache.entries.len() <= 10);
        }
        assert_eq!(cache.find("1"), None);
        cache.remove("hot");
        assert_eq!(cache.find("hot"), None);
    }

    #[test]
    fn a_cache_is_bounded_in_bytes() {
        let mut cache = BoundedCache::new(Capacity { entries: 1000, bytes: 64 * 1024 });
        for number in 0..4000 {
            cache.insert(format!("{}{number}", "x".repeat(8 * 1024)), Rc::new(()));
            assert!(cache.entries.len() <= 7);
        }
    }

    proptest! {
        /// A value that is found is the one that was inserted last, and the sizes are right.
        #[test]
        fn a_value_found_is_the_one_inserted_last(
            steps in proptest::collection::vec((0u8..3, 0u8..20), 0..300),
        ) {
            let mut cache = BoundedCache::new(CAPACITY);
            let mut last = HashMap::new();
            for (number, (what, text)) in steps.into_iter().enumerate() {
                let text = text.to_string();
                match what {
                    0 => {
                        cache.insert(text.as_str(), Rc::new(number));
                        last.insert(text, number);
                    }
                    1 => {
                        cache.remove(&text);
                        last.remove(&text);
                    }
                    _ => {
                        let found = cache.find(&text);
                        prop_assert!(found.is_none() || found.as_deref() == last.get(&text));
                    }
                }
                let len = cache.entries.len();
                prop_assert!(len <= CAPACITY.entries && cache.queue.len() == len);
                let bytes: usize = cache.entries.keys().map(|text| text.len() + OVERHEAD).sum();
                prop_assert_eq!(bytes, cache.bytes);
            }
        }
    }
}
