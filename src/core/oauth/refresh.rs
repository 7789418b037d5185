//! Refresh token rotation (RFC 6749 §6, RFC 9700 §4.14): each token is used once, and a second use
//! ends its whole family.
//!
//! Two tabs of one application, or a client that lost the response, use the same token twice without
//! an attack. Within a short grace the same client gets the same successor again, as long as that has
//! not been used itself. The successor is derived from the token, so that it can be given
//! again although only its digest is stored; a family never has a second branch.

use std::fmt;

use hmac::Mac;

use crate::core::{
    encoding::base64url,
    root_key::{Purpose, RootKey},
    time::UnixTime,
};

/// How long a used token still gets its successor again, in seconds, unless configured otherwise.
pub const GRACE: i64 = 10;

/// The longest grace that can be configured, in seconds.
pub const MAXIMUM_GRACE: i64 = 60;

/// The successor of the refresh token `token`: a MAC of it, which is as hard to guess as the key.
pub fn successor(root: &RootKey, environment: &str, token: &str) -> String {
    let mut mac = root.hmac(Purpose::Refresh, environment);
    mac.update(token.as_bytes());
    base64url(&mac.finalize().into_bytes())
}

/// A refresh token that exists, in the state that the store found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefreshToken {
    /// The family's one live token.
    Live(Family),
    /// Already used: reuse after the grace period indicates a stolen token.
    Consumed(Family, Consumption),
    /// Its family was revoked.
    Revoked,
}

/// What a token may be used for, and by which client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// The client that the grant was issued to.
    pub client_id: String,
    /// Whether the grant was established without a secret, so that none is asked for now.
    pub is_public: bool,
    /// When the token or its whole family ends, whichever is first.
    pub expires_at: UnixTime,
}

/// How a token was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consumption {
    /// When.
    pub at: UnixTime,
    /// Whether its successor is known and has not been used.
    pub successor_is_live: bool,
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
    /// The state, from the stored facts.
    pub fn read(family: Family, consumption: Option<Consumption>, revoked: bool) -> Self {
        match (revoked, consumption) {
            (true, _) => Self::Revoked,
            (false, Some(consumption)) => Self::Consumed(family, consumption),
            (false, None) => Self::Live(family),
        }
    }

    /// Uses the token at `now`: the right to its successor, which is consumed for it or has been
    /// less than `grace` seconds ago.
    pub fn rotate(
        self,
        by: Presenter<'_>,
        now: UnixTime,
        grace: i64,
    ) -> Result<Rotation, RefreshRefusal> {
        let (family, consumption) = match self {
            Self::Live(family) => (family, None),
            Self::Consumed(family, consumption) => (family, Some(consumption)),
            Self::Revoked => return Err(RefreshRefusal::Revoked),
        };
        if family.client_id != by.client_id {
            return Err(RefreshRefusal::OtherClient);
        }
        if !family.is_public && !by.authenticated {
            return Err(RefreshRefusal::SecretRequired);
        }
        if now >= family.expires_at {
            return Err(RefreshRefusal::Expired);
        }
        let is_replay = |used: Consumption| !used.successor_is_live || now.since(used.at) >= grace;
        if consumption.is_some_and(is_replay) {
            return Err(RefreshRefusal::Replayed);
        }
        Ok(Rotation { family_ends_at: family.expires_at })
    }
}

/// The right to the successor of one refresh token.
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

    fn family(is_public: bool) -> Family {
        Family { client_id: "app".to_owned(), is_public, expires_at: UnixTime(100) }
    }

    fn live(is_public: bool) -> RefreshToken {
        RefreshToken::read(family(is_public), None, false)
    }

    fn consumed(at: i64, successor_is_live: bool) -> RefreshToken {
        let consumption = Consumption { at: UnixTime(at), successor_is_live };
        RefreshToken::read(family(false), Some(consumption), false)
    }

    const APP: Presenter<'_> = Presenter { client_id: "app", authenticated: true };

    #[test]
    fn a_public_grant_is_refreshed_without_a_secret_and_another_is_not() {
        let bare = Presenter { authenticated: false, ..APP };
        assert!(live(true).rotate(bare, UnixTime(0), GRACE).is_ok());
        let refused = live(false).rotate(bare, UnixTime(0), GRACE);
        assert_eq!(refused, Err(RefreshRefusal::SecretRequired));
        assert!(live(false).rotate(APP, UnixTime(99), GRACE).is_ok());
    }

    #[test]
    fn another_client_or_a_later_time_is_refused() {
        let other = Presenter { client_id: "other", ..APP };
        let rotate = |by, now| live(true).rotate(by, UnixTime(now), GRACE);
        assert_eq!(rotate(other, 0), Err(RefreshRefusal::OtherClient));
        assert_eq!(rotate(APP, 100), Err(RefreshRefusal::Expired));
    }

    /// Issue 10, fault 30.
    #[test]
    fn a_used_token_gets_its_unused_successor_again_for_the_grace_and_for_its_client() {
        let rotate = |token: RefreshToken, now| token.rotate(APP, UnixTime(now), 10);
        assert!(rotate(consumed(50, true), 50).is_ok() && rotate(consumed(50, true), 59).is_ok());
        // Another isolate's clock may be a little behind.
        assert!(rotate(consumed(50, true), 49).is_ok());
        assert_eq!(rotate(consumed(50, true), 60), Err(RefreshRefusal::Replayed));
        assert_eq!(rotate(consumed(50, false), 50), Err(RefreshRefusal::Replayed));
        let none = consumed(50, true).rotate(APP, UnixTime(50), 0);
        assert_eq!(none, Err(RefreshRefusal::Replayed));
        for (by, refusal) in [
            (Presenter { client_id: "other", ..APP }, RefreshRefusal::OtherClient),
            (Presenter { authenticated: false, ..APP }, RefreshRefusal::SecretRequired),
        ] {
            assert_eq!(consumed(50, true).rotate(by, UnixTime(50), 10), Err(refusal));
        }
        let consumption = Consumption { at: UnixTime(50), successor_is_live: true };
        let revoked = RefreshToken::read(family(false), Some(consumption), true);
        assert_eq!(rotate(revoked, 50), Err(RefreshRefusal::Revoked));
    }

    #[test]
    fn a_successor_is_another_one_for_each_token_root_key_and_environment() {
        let (root, other) = (RootKey::new([1; 32]), RootKey::new([2; 32]));
        let one = successor(&root, "test", "token");
        assert_eq!(one, successor(&root, "test", "token"));
        assert_eq!(one.len(), 43);
        for different in [
            successor(&root, "test", "token2"),
            successor(&root, "live", "token"),
            successor(&other, "test", "token"),
            successor(&root, "test", &one),
        ] {
            assert_ne!(different, one);
        }
    }

    /// A family in the small: what the store's conditional statements do, one at a time. Token
    /// `index + 1` is the successor of `index`.
    #[derive(Default)]
    struct Chain {
        consumed: Vec<Option<UnixTime>>,
        revoked: bool,
    }

    impl Chain {
        fn live(&self) -> usize {
            if self.revoked { 0 } else { self.consumed.iter().filter(|at| at.is_none()).count() }
        }

        fn has_live_successor(&self, index: usize) -> bool {
            self.consumed.get(index + 1).is_some_and(Option::is_none)
        }

        fn read(&self, index: usize) -> RefreshToken {
            let consumption = self.consumed[index]
                .map(|at| Consumption { at, successor_is_live: self.has_live_successor(index) });
            RefreshToken::read(family(true), consumption, self.revoked)
        }

        /// The conditional statements of the store: whether the successor is given out.
        fn consume(&mut self, index: usize, now: UnixTime, grace: i64) -> bool {
            if self.revoked {
                return false;
            }
            if self.consumed[index].is_none() {
                self.consumed[index] = Some(now);
                self.consumed.push(None);
                return true;
            }
            let again = self.has_live_successor(index)
                && self.consumed[index].is_some_and(|at| now.since(at) < grace);
            self.revoked |= !again;
            again
        }
    }

    proptest! {
        /// ATTACKS D-58, D-59: uses arrive in any order and at any time, several of them having
        /// read the state before any has written.
        #[test]
        fn a_family_has_one_live_token_and_ends_with_a_use_that_no_grace_covers(
            grace in 0..4_i64,
            rounds in proptest::collection::vec(
                (0..3_i64, proptest::collection::vec(any::<proptest::sample::Index>(), 1..4)), 1..12)
        ) {
            let mut chain = Chain { consumed: vec![None], revoked: false };
            let mut now = UnixTime(0);
            for (pause, round) in rounds {
                now = now.plus(pause);
                let used: Vec<usize> =
                    round.iter().map(|index| index.index(chain.consumed.len())).collect();
                let late = |index: &usize| {
                    chain.consumed[*index].is_some_and(|at| {
                        now.since(at) >= grace || !chain.has_live_successor(*index)
                    })
                };
                let replays = used.iter().any(late);
                let read: Vec<_> = used
                    .iter()
                    .map(|index| (*index, chain.read(*index).rotate(APP, now, grace)))
                    .collect();
                let before = chain.consumed.len();
                for (index, decision) in read {
                    match decision {
                        Ok(_) => { chain.consume(index, now, grace); }
                        Err(RefreshRefusal::Replayed) => chain.revoked = true,
                        Err(refusal) => prop_assert_eq!(refusal, RefreshRefusal::Revoked),
                    }
                    prop_assert!(chain.live() <= 1);
                }
                prop_assert!(chain.consumed.len() <= before + 1, "one successor a round");
                prop_assert!(chain.revoked || !replays);
            }
        }
    }
}
