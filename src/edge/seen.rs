//! What this isolate has verified before: a bounded memory, so that a credential seen twice costs
//! no I/O and no cryptography.
//!
//! Two generations: when the young one is full it becomes the old one, and the old one is
//! forgotten; what is used again moves to the young one. Nothing enters but what was verified.

use std::{collections::HashMap, rc::Rc};

/// Entries of one generation.
const ENTRIES: usize = 8 * 1024;
/// Bytes of one generation.
const BYTES: usize = 12 * 1024 * 1024;
/// What an entry takes besides its name, about.
const OVERHEAD: usize = 512;

/// A bounded map from credentials to what is known of them.
#[derive(Debug)]
pub(super) struct Seen<T> {
    young: HashMap<Box<str>, Rc<T>>,
    old: HashMap<Box<str>, Rc<T>>,
    bytes: usize,
    entries: usize,
}

impl<T> Seen<T> {
    /// A memory of at most `2 × entries`.
    pub(super) fn bounded(entries: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), bytes: 0, entries }
    }

    /// What is known of `name`.
    pub(super) fn find(&mut self, name: &str) -> Option<Rc<T>> {
        if let Some(found) = self.young.get(name) {
            return Some(Rc::clone(found));
        }
        let (name, found) = self.old.remove_entry(name)?;
        self.insert(name, Rc::clone(&found));
        Some(found)
    }

    /// Remembers.
    pub(super) fn remember(&mut self, name: &str, what: Rc<T>) {
        self.old.remove(name);
        self.insert(Box::from(name), what);
    }

    /// Forgets.
    pub(super) fn forget(&mut self, name: &str) {
        self.young.remove(name);
        self.old.remove(name);
    }

    /// How many entries there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    fn insert(&mut self, name: Box<str>, what: Rc<T>) {
        let size = name.len() + OVERHEAD;
        if self.young.len() >= self.entries || self.bytes + size > BYTES {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += size;
        self.young.insert(name, what);
    }
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self::bounded(ENTRIES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_is_bounded_and_keeps_what_is_used() {
        let mut seen = Seen::bounded(10);
        seen.remember("hot", Rc::new(0));
        for number in 1..1000 {
            seen.remember(&number.to_string(), Rc::new(number));
            assert_eq!(seen.find("hot").as_deref(), Some(&0));
            assert!(seen.len() <= 20);
        }
        assert_eq!(seen.find("1"), None);
        seen.forget("hot");
        assert_eq!(seen.find("hot"), None);
    }

    #[test]
    fn the_memory_is_bounded_in_bytes() {
        let mut seen = Seen::default();
        let long = "x".repeat(8 * 1024);
        for number in 0..4000 {
            seen.remember(&format!("{number}{long}"), Rc::new(()));
        }
        assert!(seen.len() * long.len() < 2 * BYTES + long.len());
    }
}
