//! Counters in a fixed space: the row under which attempts of one account, network or client are
//! counted.
//!
//! A name that a client makes up must not become a row, or guessing fills the database. Each kind of
//! attempt has [`SLOTS`] rows; a pseudo-random function under the root key says which of them a
//! subject uses, so that a client cannot choose two that share one. A row holds one occupant: a
//! subject that finds another there takes the row over and begins at zero. Known and unknown
//! accounts are counted alike (ATTACKS G-98).
//!
//! A [`Spread`] says the same of subjects that only a statement of the database knows.

use crate::core::{
    encoding::base64url,
    root_key::{Purpose, RootKey},
};

/// Rows of one kind.
pub const SLOTS: u16 = u16::MAX;

/// Where one subject is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The row: `<kind>:<number>`.
    pub subject: String,
    /// The subject, as 128 bits of the function's output.
    pub occupant: String,
}

impl Slot {
    /// The slot for attempts of `kind` by `whom`.
    pub fn of(root: &RootKey, environment: &str, kind: &str, whom: &str) -> Self {
        let output = root.derive(Purpose::Attempts, &format!("{environment}/{kind}/{whom}"));
        let [high, low, occupant @ ..] = output.expose();
        let number = u16::from_be_bytes([*high, *low]) % SLOTS;
        let occupant = occupant.first_chunk::<16>().map(|bytes| base64url(bytes));
        Self { subject: format!("{kind}:{number}"), occupant: occupant.unwrap_or_default() }
    }
}

/// The modulus of a [`Spread`], a prime.
pub const PRIME: i64 = 2_147_483_647;

/// Where subjects are counted whose number the database finds: the subject `n` in the row
/// `<kind>:<(factor × n + summand) mod PRIME mod SLOTS>`. Factor and summand are secret, so that a client
/// cannot choose two subjects that share a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// The kind of attempt.
    pub kind: &'static str,
    /// From 1 to below [`PRIME`].
    pub factor: i64,
    /// From 0 to below [`PRIME`].
    pub summand: i64,
    /// What the occupant of a row begins with.
    pub occupant: String,
}

impl Spread {
    /// The rows of attempts of `kind` by `whom`.
    pub fn of(root: &RootKey, environment: &str, kind: &'static str, whom: &str) -> Self {
        let output = root.derive(Purpose::Attempts, &format!("{environment}/{kind}/{whom}"));
        let (numbers, occupant) = output.expose().split_at(8);
        let (factor, summand) = numbers.split_at(4);
        let number =
            |bytes: &[u8]| bytes.iter().fold(0, |number: i64, byte| number << 8 | i64::from(*byte));
        let occupant = occupant.first_chunk::<16>().map(|bytes| base64url(bytes));
        Self {
            kind,
            factor: number(factor) % (PRIME - 1) + 1,
            summand: number(summand) % PRIME,
            occupant: occupant.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ROOT: RootKey = RootKey::new([7; 32]);

    /// Fault 6: made-up names do not fill the database.
    #[test]
    fn any_number_of_subjects_uses_a_fixed_number_of_rows() {
        let slots: Vec<Slot> =
            (0..200_000).map(|n| Slot::of(&ROOT, "test", "account", &n.to_string())).collect();
        let rows: BTreeSet<&str> = slots.iter().map(|slot| &*slot.subject).collect();
        let occupants: BTreeSet<&str> = slots.iter().map(|slot| &*slot.occupant).collect();
        assert!(rows.len() <= usize::from(SLOTS) && rows.len() > 60_000, "{}", rows.len());
        assert_eq!(occupants.len(), slots.len());
    }

    #[test]
    fn kinds_environments_and_root_keys_have_slots_of_their_own() {
        let slot = Slot::of(&ROOT, "test", "account", "a");
        assert_eq!(slot, Slot::of(&ROOT, "test", "account", "a"));
        for other in [
            Slot::of(&ROOT, "test", "network", "a"),
            Slot::of(&ROOT, "live", "account", "a"),
            Slot::of(&RootKey::new([8; 32]), "test", "account", "a"),
        ] {
            assert_ne!(slot.occupant, other.occupant);
        }
    }

    /// Two subjects that share a row in one network do not in another.
    #[test]
    fn subjects_are_spread_over_the_rows_in_another_way_for_each_network() {
        let row = |network: u32, subject: i64| {
            let spread = Spread::of(&ROOT, "test", "account", &network.to_string());
            (spread.factor * subject + spread.summand) % PRIME % i64::from(SLOTS)
        };
        let rows: BTreeSet<i64> = (0..200_000).map(|subject| row(1, subject)).collect();
        assert!(rows.len() > 60_000, "{}", rows.len());
        let other = (2..10_000_000).find(|subject| row(1, *subject) == row(1, 1)).unwrap();
        assert!((2..50).all(|network| row(network, other) != row(network, 1)));
    }
}
