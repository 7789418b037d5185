//! Lifetimes of tokens and token families: the bounds of an application's settings.

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

/// The lifetimes of what one application obtains, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Of an access token.
    pub access: i64,
    /// Of a grant with all its refreshes. Always longer than an access token's: a refresh token
    /// that ended with the access token would be useless.
    pub family: i64,
}

impl Lifetimes {
    /// The shortest that an access token lives.
    pub const SHORTEST: i64 = MINUTE;
    /// The longest that an access token lives.
    pub const LONGEST: i64 = 30 * DAY;

    /// From what an application has configured, brought to sense.
    pub fn configured(access: i64, refresh: i64) -> Self {
        let access = access.clamp(Self::SHORTEST, Self::LONGEST);
        let family = if refresh > access { refresh.min(366 * DAY) } else { 2 * access };
        Self { access, family }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sensible_configuration_is_taken_as_it_is() {
        let lifetimes = Lifetimes::configured(7 * DAY, 30 * DAY);
        assert_eq!(lifetimes, Lifetimes { access: 7 * DAY, family: 30 * DAY });
    }

    proptest! {
        #[test]
        fn a_family_outlives_its_access_tokens_however_it_is_configured(
            access: i64, refresh: i64
        ) {
            let lifetimes = Lifetimes::configured(access, refresh);
            prop_assert!(lifetimes.access >= MINUTE && lifetimes.family > lifetimes.access);
        }
    }
}
