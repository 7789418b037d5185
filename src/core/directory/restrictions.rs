//! Limits set by administrators, and the kind of administrator who may lift them.
//!
//! More users may narrow an object than may widen it again: a holder can disable a key, but cannot
//! enable one disabled by an administrator. An object records, per member, the kind of
//! administrator that set a limit; widening that member requires at least the same kind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The attribute that keeps them.
pub const RESTRICTIONS: &str = "restrictions";

/// What kind of administrator has set a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Administrator {
    /// Of the object's organization.
    Organization,
    /// Of the platform.
    Platform,
}

/// How a change moves one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Not at all.
    None,
    /// It allows less.
    Narrower,
    /// It allows more, or something else.
    Wider,
}

impl Move {
    /// Between limits that allow more the higher they are; `None` is no limit.
    pub fn of_limit<T: PartialOrd>(before: Option<T>, after: Option<T>) -> Self {
        match (before, after) {
            (None, None) => Self::None,
            (None, Some(_)) => Self::Narrower,
            (Some(before), Some(after)) if before == after => Self::None,
            (Some(before), Some(after)) if after < before => Self::Narrower,
            _ => Self::Wider,
        }
    }

    /// Of a flag that switches the object off.
    pub const fn of_switch(before: bool, after: bool) -> Self {
        match (before, after) {
            (false, true) => Self::Narrower,
            (true, false) => Self::Wider,
            _ => Self::None,
        }
    }
}

/// The limits that administrators have set, by member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Restrictions(BTreeMap<String, Administrator>);

impl Restrictions {
    /// Those of an object with these attributes.
    pub fn of(attributes: &Map<String, Value>) -> Self {
        let stored = attributes.get(RESTRICTIONS).cloned();
        stored.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default()
    }

    /// Keeps them in the object's attributes.
    pub fn store(&self, attributes: &mut Map<String, Value>) {
        match serde_json::to_value(self) {
            Ok(value) if !self.0.is_empty() => {
                attributes.insert(RESTRICTIONS.to_owned(), value);
            }
            _ => {
                attributes.remove(RESTRICTIONS);
            }
        }
    }

    /// The administrator that a change of `member` requires; `None`: none beyond the member's own.
    pub fn needed(&self, member: &str, change: Move) -> Option<Administrator> {
        if change == Move::Wider { self.0.get(member).copied() } else { None }
    }

    /// Notes that `by` has set a limit of `member` that is set already (`None`: the holder): from now on, lifting it
    /// requires the same kind.
    pub fn confirmed(&mut self, member: &str, by: Option<Administrator>) {
        self.changed(member, Move::Narrower, false, by);
    }

    /// Notes a change of `member` that `by` has made (`None`: the holder); `free` says whether the
    /// member is now without any limit.
    pub fn changed(&mut self, member: &str, change: Move, free: bool, by: Option<Administrator>) {
        if change == Move::None {
            return;
        }
        if free {
            self.0.remove(member);
        } else if let Some(by) = by {
            let level = self.0.entry(member.to_owned()).or_insert(by);
            *level = by.max(*level);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_administrator_has_set_takes_one_of_the_same_kind_to_widen() {
        let mut limits = Restrictions::default();
        limits.changed("rate", Move::Narrower, false, None);
        assert_eq!(limits.needed("rate", Move::Wider), None);
        limits.changed("rate", Move::Narrower, false, Some(Administrator::Platform));
        limits.changed("rate", Move::Narrower, false, Some(Administrator::Organization));
        limits.changed("rate", Move::Narrower, false, None);
        assert_eq!(limits.needed("rate", Move::Wider), Some(Administrator::Platform));
        assert_eq!(limits.needed("rate", Move::Narrower), None);
        assert_eq!(limits.needed("scope", Move::Wider), None);
        limits.changed("rate", Move::Wider, true, Some(Administrator::Platform));
        assert_eq!(limits, Restrictions::default());
    }

    #[test]
    fn they_are_kept_with_the_object_and_leave_nothing_behind() {
        let mut attributes = Map::new();
        let mut limits = Restrictions::default();
        limits.changed("state", Move::Narrower, false, Some(Administrator::Organization));
        limits.store(&mut attributes);
        assert_eq!(attributes["restrictions"]["state"], "organization");
        assert_eq!(Restrictions::of(&attributes), limits);
        Restrictions::default().store(&mut attributes);
        assert!(attributes.is_empty());
    }

    #[test]
    fn a_limit_is_wider_the_higher_it_is_and_widest_without() {
        for (before, after, change) in [
            (None, None, Move::None),
            (Some(5), Some(5), Move::None),
            (None, Some(5), Move::Narrower),
            (Some(5), Some(4), Move::Narrower),
            (Some(5), Some(6), Move::Wider),
            (Some(5), None, Move::Wider),
        ] {
            assert_eq!(Move::of_limit(before, after), change);
        }
    }
}
