//! Refresh token rotation (RFC 6749 §6, RFC 9700 §4.14): each token is used once, and a second use
//! ends its whole family.

use std::fmt;

use crate::core::time::UnixTime;

/// A refresh token that exists, in the state that the store found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefreshToken {
    /// The family's one live token.
    Live(Live),
    /// Already used: who presents it again is a thief, or the victim of one.
    Consumed,
    /// Its family was revoked.
    Revoked,
}

/// A token that can still be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// To whom the grant was given.
    pub client_id: String,
    /// Whether the grant was established without a secret, so that none is asked for now.
    pub is_public: bool,
    /// When the token or its whole family ends, whichever is first.
    pub expires_at: UnixTime,
}

/// Who presents the token.
#[derive(Debug, Clone, Copy)]
pub struct Presenter<'a> {
    /// Its id.
    pub client_id: &'a str,
    /// Whether that is proven by the client's secret.
    pub authenticated: bool,
}

impl RefreshToken {
    /// The state, from what is stored.
    pub fn read(live: Live, consumed: bool, revoked: bool) -> Self {
        match (revoked, consumed) {
            (true, _) => Self::Revoked,
            (false, true) => Self::Consumed,
            (false, false) => Self::Live(live),
        }
    }

    /// Uses the token at `now`: the right to consume it in favour of a successor.
    pub fn rotate(self, by: Presenter<'_>, now: UnixTime) -> Result<Rotation, RefreshRefusal> {
        let live = match self {
            Self::Live(live) => live,
            Self::Consumed => return Err(RefreshRefusal::Replayed),
            Self::Revoked => return Err(RefreshRefusal::Revoked),
        };
        if live.client_id != by.client_id {
            return Err(RefreshRefusal::OtherClient);
        }
        if !live.is_public && !by.authenticated {
            return Err(RefreshRefusal::SecretRequired);
        }
        if now >= live.expires_at {
            return Err(RefreshRefusal::Expired);
        }
        Ok(Rotation { family_ends_at: live.expires_at })
    }
}

/// The right to consume one refresh token.
#[derive(Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Nothing that comes of it lives longer.
    pub family_ends_at: UnixTime,
}

/// Why a token is not refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshRefusal {
    /// Used before: the family must be revoked.
    Replayed,
    /// The family is revoked.
    Revoked,
    /// Given to another client.
    OtherClient,
    /// The grant was established with a secret.
    SecretRequired,
    /// Too old.
    Expired,
}

impl fmt::Display for RefreshRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Replayed => "the refresh token has been used",
            Self::Revoked => "the grant is revoked",
            Self::OtherClient => "the refresh token is another client's",
            Self::SecretRequired => "the client must authenticate",
            Self::Expired => "the refresh token has expired",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn live(is_public: bool) -> RefreshToken {
        let live = Live { client_id: "app".to_owned(), is_public, expires_at: UnixTime(100) };
        RefreshToken::read(live, false, false)
    }

    const APP: Presenter<'_> = Presenter { client_id: "app", authenticated: true };

    #[test]
    fn a_public_grant_is_refreshed_without_a_secret_and_another_is_not() {
        let bare = Presenter { authenticated: false, ..APP };
        assert!(live(true).rotate(bare, UnixTime(0)).is_ok());
        assert_eq!(live(false).rotate(bare, UnixTime(0)), Err(RefreshRefusal::SecretRequired));
        assert!(live(false).rotate(APP, UnixTime(99)).is_ok());
    }

    #[test]
    fn another_client_or_a_later_time_is_refused() {
        let other = Presenter { client_id: "other", ..APP };
        assert_eq!(live(true).rotate(other, UnixTime(0)), Err(RefreshRefusal::OtherClient));
        assert_eq!(live(true).rotate(APP, UnixTime(100)), Err(RefreshRefusal::Expired));
    }

    /// A family in the small: what the store's conditional statements do, one at a time.
    #[derive(Default)]
    struct Family {
        consumed: Vec<bool>,
        revoked: bool,
    }

    impl Family {
        fn live(&self) -> usize {
            if self.revoked { 0 } else { self.consumed.iter().filter(|used| !**used).count() }
        }

        fn read(&self, index: usize) -> RefreshToken {
            let live =
                Live { client_id: "app".to_owned(), is_public: true, expires_at: UnixTime(100) };
            RefreshToken::read(live, self.consumed[index], self.revoked)
        }

        /// The conditional `UPDATE` of the store; what did not win it is a replay.
        fn consume(&mut self, index: usize, _proof: Rotation) -> bool {
            if self.revoked || self.consumed[index] {
                self.revoked = true;
                return false;
            }
            self.consumed[index] = true;
            self.consumed.push(false);
            true
        }
    }

    proptest! {
        /// ATTACKS D-58, D-59: uses arrive in any order, several of them having read the state
        /// before any has written.
        #[test]
        fn at_most_one_refresh_token_of_a_family_lives_and_reuse_ends_it(
            rounds in proptest::collection::vec(
                proptest::collection::vec(any::<proptest::sample::Index>(), 1..4), 1..12)
        ) {
            let mut family = Family { consumed: vec![false], revoked: false };
            for round in rounds {
                let used: Vec<usize> =
                    round.iter().map(|index| index.index(family.consumed.len())).collect();
                let read: Vec<_> = used
                    .iter()
                    .map(|index| (*index, family.read(*index).rotate(APP, UnixTime(0))))
                    .collect();
                let mut winners = std::collections::BTreeMap::<usize, usize>::new();
                for (index, decision) in read {
                    match decision {
                        Ok(rotation) => {
                            if family.consume(index, rotation) {
                                *winners.entry(index).or_default() += 1;
                            }
                        }
                        Err(RefreshRefusal::Replayed) => family.revoked = true,
                        Err(refusal) => prop_assert_eq!(refusal, RefreshRefusal::Revoked),
                    }
                    prop_assert!(family.live() <= 1);
                }
                prop_assert!(winners.values().all(|wins| *wins == 1));
                let reused = used.iter().any(|a| used.iter().filter(|b| a == *b).count() > 1);
                if reused {
                    prop_assert!(family.revoked);
                }
            }
        }
    }
}
