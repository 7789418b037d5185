//! The platform's randomness.

use std::cell::RefCell;

use crate::ports::Random;

const POOL: usize = 1024;

/// `crypto.getRandomValues`, drawn a kilobyte at a time: a request id costs no crossing. Only
/// small requests are served from the pool, and what was handed out is wiped from it.
#[derive(Debug)]
pub struct SystemRandom {
    pool: RefCell<Vec<u8>>,
}

impl SystemRandom {
    /// An empty pool: a worker may draw randomness only while it handles a request.
    pub const fn new() -> Self {
        Self { pool: RefCell::new(Vec::new()) }
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self::new()
    }
}

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        if bytes.len() > 32 {
            draw(bytes);
            return;
        }
        let mut pool = self.pool.borrow_mut();
        if pool.len() < bytes.len() {
            pool.clear();
            pool.resize(POOL, 0);
            draw(&mut pool);
        }
        let rest = pool.len() - bytes.len();
        for (target, source) in bytes.iter_mut().zip(pool.iter_mut().skip(rest)) {
            *target = std::mem::take(source);
        }
        pool.truncate(rest);
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the implementation of the trait")]
#[expect(clippy::expect_used, reason = "without randomness nothing may be answered")]
fn draw(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the platform has randomness");
}
