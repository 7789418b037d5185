//! Randomness, from the system or repeatable.

use std::cell::Cell;

use crate::{core::encoding::sha256, ports::Random};

/// The system's randomness.
#[derive(Debug, Clone, Copy)]
pub struct OsRandom;

impl Random for OsRandom {
    #[expect(clippy::disallowed_methods, reason = "this is the implementation of the trait")]
    #[expect(clippy::expect_used, reason = "a system without randomness cannot run a test")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system has randomness");
    }
}

/// The same sequence in every run: SHA-256 of a seed and a counter.
#[derive(Debug, Clone)]
pub struct SeededRandom {
    seed: u64,
    counter: Cell<u64>,
}

impl SeededRandom {
    /// The sequence of `seed`.
    pub const fn new(seed: u64) -> Self {
        Self { seed, counter: Cell::new(0) }
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let counter = self.counter.get();
            self.counter.set(counter + 1);
            let block = sha256(&[self.seed.to_le_bytes(), counter.to_le_bytes()].concat());
            for (target, source) in chunk.iter_mut().zip(block) {
                *target = source;
            }
        }
    }
}
