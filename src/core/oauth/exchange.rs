//! Token exchange (RFC 8693): a service acts for a user with a token that names it as actor and has
//! less authority.

use std::fmt;

use crate::core::{
    time::UnixTime,
    token::{Actor, Claims},
};

/// The grant type.
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// The one type of token that is exchanged, and that comes of it.
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// What an application must be allowed to exchange tokens.
pub const CAPABILITY: &str = "token-exchange";

/// The longest life of an exchanged token, in seconds.
pub const LIFETIME: i64 = 3600;

/// The longest chain of actors in one token; more would not fit into it.
const MAXIMUM_DEPTH: usize = 4;

/// The `act` claim of the new token: `actor`, acting for the actor of the subject's token. No party
/// occurs twice in the chain, the subject included.
pub fn delegated(subject: &Claims, actor: Actor) -> Result<Actor, ExchangeRefusal> {
    let mut chain = vec![subject.sub.as_str()];
    let mut next = subject.act.as_ref();
    while let Some(known) = next {
        chain.push(&known.sub);
        next = known.act.as_deref();
    }
    if chain.contains(&actor.sub.as_str()) {
        return Err(ExchangeRefusal::Loop);
    }
    if chain.len() > MAXIMUM_DEPTH {
        return Err(ExchangeRefusal::TooDeep);
    }
    Ok(Actor { act: subject.act.clone().map(Box::new), ..actor })
}

/// When the new token ends: within the hour, not after the subject's token, and not after what the
/// application's own access tokens live.
pub fn expires_at(subject: &Claims, access_lifetime: i64, now: UnixTime) -> UnixTime {
    now.plus(LIFETIME.min(access_lifetime)).min(subject.exp)
}

/// Why a token is not exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeRefusal {
    /// The actor occurs in the chain already.
    Loop,
    /// Too many act for one another.
    TooDeep,
}

impl fmt::Display for ExchangeRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loop => "the actor acts in the subject_token already",
            Self::TooDeep => "too many act for one another",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(sub: &str) -> Actor {
        Actor { sub: sub.to_owned(), owner: String::new(), name: String::new(), act: None }
    }

    fn claims(act: Option<Actor>) -> Claims {
        let mut claims: Claims = serde_json::from_value(serde_json::json!({
            "iss": "https://hanzo.id", "sub": "alice", "aud": "app", "exp": 5000, "nbf": 0,
            "iat": 0, "jti": "j", "tokenType": "access-token",
        }))
        .unwrap();
        claims.act = act;
        claims
    }

    #[test]
    fn who_acts_now_is_outermost() {
        let act = delegated(&claims(Some(actor("first"))), actor("second")).unwrap();
        assert_eq!(act.sub, "second");
        assert_eq!(act.act.unwrap().sub, "first");
    }

    /// ATTACKS D-65.
    #[test]
    fn no_party_acts_twice_and_the_chain_ends() {
        let once = delegated(&claims(None), actor("a")).unwrap();
        assert_eq!(delegated(&claims(Some(once.clone())), actor("a")), Err(ExchangeRefusal::Loop));
        assert_eq!(delegated(&claims(None), actor("alice")), Err(ExchangeRefusal::Loop));
        let mut chain = once;
        for name in ["b", "c", "d"] {
            chain = delegated(&claims(Some(chain)), actor(name)).unwrap();
        }
        assert_eq!(delegated(&claims(Some(chain)), actor("e")), Err(ExchangeRefusal::TooDeep));
    }

    #[test]
    fn the_new_token_ends_within_the_hour_and_not_after_the_old() {
        assert_eq!(expires_at(&claims(None), 86_400, UnixTime(0)), UnixTime(3600));
        assert_eq!(expires_at(&claims(None), 600, UnixTime(0)), UnixTime(600));
        assert_eq!(expires_at(&claims(None), 86_400, UnixTime(4000)), UnixTime(5000));
    }
}
