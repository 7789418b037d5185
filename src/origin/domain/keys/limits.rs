//! Key limits, and the administrators who may lift them.

use crate::{
    core::{
        apikey::KeyScope,
        directory::{Administrator, Move, Restrictions},
        time::UnixTime,
    },
    origin::store::keys::{Key, KeyLimits, KeyState},
};

/// The widening effect of a key change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Widening {
    /// The administrator required; `None` if the holder may also make it.
    pub needs: Option<Administrator>,
    /// Whether the key may do more than before.
    pub widens: bool,
}

/// Records in `key` the limits set by `by` (`None`: the holder) in this change.
pub fn note_changes(before: &Key, key: &mut Key, by: Option<Administrator>) -> Widening {
    let mut restrictions = Restrictions::of(&key.attributes);
    let mut found = Widening { needs: None, widens: key.act && !before.act };
    for (member, change, free) in Limited::of(key).since(&Limited::of(before)) {
        found.needs = found.needs.max(restrictions.needed(member, change));
        found.widens |= change == Move::Wider;
        restrictions.changed(member, change, free, by);
    }
    restrictions.store(&mut key.attributes);
    found
}

/// Records the limits with which `by` (`None`: the holder) creates a key.
pub fn note_creation(key: &mut Key, by: Option<Administrator>) {
    let unlimited = Limited {
        scope: KeyScope::default(),
        limits: KeyLimits::default(),
        disabled: false,
        expires_at: None,
    };
    let mut restrictions = Restrictions::default();
    for (member, change, free) in Limited::of(key).since(&unlimited) {
        restrictions.changed(member, change, free, by);
    }
    restrictions.store(&mut key.attributes);
}

struct Limited {
    scope: KeyScope,
    limits: KeyLimits,
    disabled: bool,
    expires_at: Option<UnixTime>,
}

impl Limited {
    fn of(key: &Key) -> Self {
        Self {
            scope: KeyScope::stored(&key.scope),
            limits: key.limits(),
            disabled: key.state != KeyState::Active,
            expires_at: key.expires_at,
        }
    }

    /// Each member, how it has moved since `before`, and whether it limits nothing now.
    fn since(&self, before: &Self) -> [(&'static str, Move, bool); 6] {
        let scope = if self.scope.to_string() == before.scope.to_string() {
            Move::None
        } else if self.scope.is_within(&before.scope) {
            Move::Narrower
        } else {
            Move::Wider
        };
        let limit = |member, before: Option<u64>, after: Option<u64>| {
            (member, Move::of_limit(before, after), after.is_none())
        };
        let (is, was) = (&self.limits, &before.limits);
        [
            ("scope", scope, self.scope.to_string().is_empty()),
            ("state", Move::of_switch(before.disabled, self.disabled), !self.disabled),
            (
                "expireTime",
                Move::of_limit(before.expires_at, self.expires_at),
                self.expires_at.is_none(),
            ),
            limit("rate", was.rate.map(u64::from), is.rate.map(u64::from)),
            limit("budget.month", was.budget.month, is.budget.month),
            limit("budget.total", was.budget.total, is.budget.total),
        ]
    }
}
