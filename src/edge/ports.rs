//! The ports of the edge: its platform dependencies.

use std::{fmt, rc::Rc};

use crate::ports::{Clock, Crypto, Http, LocationCache, Log, Random, Snapshots};

/// The ports of the edge.
pub struct Ports {
    /// What the origin published.
    pub snapshots: Rc<dyn Snapshots>,
    /// The origin.
    pub origin: Rc<dyn Http>,
    /// What the isolates of this location share.
    pub location: Rc<dyn LocationCache>,
    /// The time.
    pub clock: Rc<dyn Clock>,
    /// Random bytes.
    pub random: Rc<dyn Random>,
    /// Signatures.
    pub crypto: Rc<dyn Crypto>,
    /// Refusals and failures.
    pub log: Rc<dyn Log>,
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ports(…)")
    }
}
