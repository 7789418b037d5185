//! Guess counting for passwords and codes, per guesser.
//!
//! Five wrong guesses lock one guesser out of one login for a quarter of an hour. All guessers
//! together are only slowed; known browsers of the user are slowed separately, so that attackers'
//! guesses keep no known browser out of an account. For an account with several logins, one
//! guesser's guesses count together.

use crate::{
    core::{
        directory::folded,
        limit::{AttemptLimit, Slot, Slowing},
        network::network,
    },
    origin::{
        Origin,
        store::{
            attempts::{self, Attempt},
            guesses::{self, Counters, First},
            query::Query,
            users::User,
        },
    },
    ports::Statement,
};

/// Five wrong passwords or codes, then a lock of a quarter of an hour (WIRE §4.5). A few wrong ones are
/// forgotten after a day.
pub const LOCKOUT: AttemptLimit =
    AttemptLimit { attempts: 5, window: 24 * 3600, freeze: Some(15 * 60) };

/// Wrong passwords for one login, or wrong codes for one account, from everywhere: 50 in a day, then one in a
/// quarter of an hour at most.
pub const EVERYWHERE: Slowing = Slowing { free: 50, window: 24 * 3600, first: 2, longest: 15 * 60 };

/// The guesser, as far as the server can identify it.
#[derive(Debug, Clone)]
pub struct Guesser {
    whom: String,
    is_familiar: bool,
}

impl Guesser {
    /// The network of that client address.
    pub fn of_network(address: &str) -> Self {
        Self { whom: network(address), is_familiar: false }
    }

    /// A confidential client, whose address does not identify the user's network.
    pub fn of_client(client_id: &str) -> Self {
        Self { whom: format!("client:{client_id}"), is_familiar: false }
    }

    /// A known browser of the user.
    pub fn of_browser(id: &str) -> Self {
        Self { whom: format!("browser:{id}"), is_familiar: true }
    }

    /// Whether it is a known browser.
    pub const fn is_familiar(&self) -> bool {
        self.is_familiar
    }

    /// The guesser's part of a counter name.
    pub fn name(&self) -> &str {
        &self.whom
    }

    /// The counter of the guesser's attempts of `kind` about `subject`.
    pub fn slot(&self, origin: &Origin, kind: &str, subject: &str) -> Slot {
        origin.slot(kind, &format!("{}/{subject}", self.whom))
    }
}

/// The counter name of a login in an organization.
pub fn login(owner: &str, login: &str) -> String {
    format!("{}/{}", folded(owner), folded(login))
}

/// The counters of guesses at the password of that login.
pub fn of_password(origin: &Origin, owner: &str, name: &str, guesser: &Guesser) -> Counters {
    let login = login(owner, name);
    let everywhere = if guesser.is_familiar { "password-known" } else { "password-all" };
    Counters {
        here: guesser.slot(origin, "password", &login),
        account: origin.spread("password-account", &guesser.whom),
        unknown: guesser.slot(origin, "password-account", &login),
        everywhere: origin.slot(everywhere, &login),
        first: (!guesser.is_familiar).then(|| First {
            here: guesser.slot(origin, "password-here", &login),
            everywhere: origin.slot("password-first", &login),
        }),
    }
}

/// The counters of guesses at a user's second factors, shared by all factors.
#[derive(Debug, Clone)]
pub struct FactorCounters {
    here: Slot,
    everywhere: Option<Slot>,
}

impl FactorCounters {
    /// The counters of `user`. A new password starts a new count.
    pub fn of(origin: &Origin, user: &User, guesser: &Guesser) -> Self {
        let whom = format!("{}:{}", user.id, user.not_before.0);
        let everywhere = if guesser.is_familiar { "factor-known" } else { "factor-all" };
        let everywhere = Some(origin.slot(everywhere, &whom));
        Self { here: guesser.slot(origin, "factor", &whom), everywhere }
    }

    /// The same for codes that cannot be guessed, which are not delayed by other guessers.
    #[must_use]
    pub fn of_guesser(self) -> Self {
        Self { everywhere: None, ..self }
    }

    /// Counts a guess.
    pub fn counted(&self, origin: &Origin) -> Query<Attempt> {
        let now = origin.clock.now();
        let everywhere = match &self.everywhere {
            Some(slot) => guesses::slowed(slot, EVERYWHERE, now),
            None => Query::ready(Attempt::Allowed),
        };
        attempts::counted(&self.here, LOCKOUT, now).and(everywhere).map(|counted| match counted {
            (Attempt::Allowed, everywhere) => everywhere,
            (refused, _) => refused,
        })
    }

    /// The statements that clear the guesser's failures after a correct code.
    pub fn forgotten(&self) -> Vec<Statement> {
        let everywhere = self.everywhere.as_ref().map(attempts::refund);
        [Some(attempts::forget(&self.here)), everywhere].into_iter().flatten().collect()
    }
}
