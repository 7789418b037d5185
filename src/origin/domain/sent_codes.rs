//! Codes sent to an address: bindings and rate limits.

pub use crate::core::otp::Purpose;
use crate::{
    core::{
        directory::{Email, Phone, Text, folded},
        encoding::digest,
        limit::{AttemptLimit, Slot, Slowing},
        message::{Channel, Recipient},
        network::network,
        otp::numeric::{self, Code, Digits, Use},
        time::UnixTime,
    },
    origin::{
        Origin,
        domain::{
            change::Change,
            counting,
            guesses::{self as guesses_of, EVERYWHERE, Guesser, LOCKOUT},
        },
        store::{
            attempts::{self, Attempt},
            guesses, json_text,
            query::Query,
            sent_codes::{self as rows, SentCode},
            users::User,
        },
    },
    ports::{DatabaseError, Statement},
};

/// Lifetime of a code, in seconds.
pub const LIFETIME: i64 = 10 * 60;

/// Number of tries per code.
pub const TRIES: u32 = 5;

/// Limit of code requests per network.
const OF_NETWORK: AttemptLimit = AttemptLimit::within(30, 600);

/// Codes that one guesser asks for under one login: the next one a minute later.
const OF_LOGIN: AttemptLimit = AttemptLimit::within(1, 60);

/// Codes of one purpose for the address of an account: ten in a day, then one in a quarter of an hour at most.
const OF_ACCOUNT: Slowing = Slowing { free: 10, window: 24 * 3600, first: 60, longest: 15 * 60 };

/// Codes for an address of which the server knows nothing: ten in a day, then one in an hour at most.
const OF_STRANGER: Slowing = Slowing { longest: 3600, ..OF_ACCOUNT };

/// Messages about invitations to one address, of all organizations: five in a day, then one in an hour at
/// most, so that no organization uses up what others may send.
pub const OF_INVITATIONS: Slowing = Slowing { free: 5, ..OF_STRANGER };

/// Limit of code entries per network.
const TYPED: AttemptLimit = AttemptLimit::within(60, 600);

/// The binding of a code.
#[derive(Debug, Clone, Copy)]
pub struct Bound<'a> {
    /// What it is for.
    pub purpose: Purpose,
    /// The browser, the client or the user that asked for it.
    pub by: &'a str,
    /// The organization.
    pub owner: &'a str,
    /// The entered login or address.
    pub login: &'a str,
}

impl<'a> Bound<'a> {
    /// The id of the code's row.
    pub fn id(&self) -> String {
        let Self { purpose, by, owner, login } = self;
        let parts = [purpose.name(), by, &folded(owner), &folded(login)];
        digest(&format!("sent-code:{}", json_text(&parts)))
    }

    /// A new code for `recipient`, and the statement that stores its digest. Without a recipient a code is
    /// stored all the same, which is sent nowhere.
    pub fn issue(&self, origin: &Origin, recipient: Option<&Recipient>) -> (Code, Statement) {
        let (id, code) = (self.id(), Code::generate(&*origin.random, Digits::Six));
        let of = self.of(&id, recipient.map_or("", Recipient::address));
        let content = code.digest(&origin.config.root_keys, of);
        let row = SentCode { content, state: String::new() };
        let ends = origin.clock.now().plus(LIFETIME);
        (code, rows::store(&id, &row, ends))
    }

    /// Counts a try, and returns what it is compared with.
    pub fn tried(&self, now: UnixTime) -> Query<Option<SentCode>> {
        rows::tried(&self.id(), i64::from(TRIES), now)
    }

    /// The same code, if it was asked for by one of `askers`.
    pub fn of_each(self, askers: &'a [String]) -> Vec<Self> {
        askers.iter().map(|by| Self { by, ..self }).collect()
    }

    /// Counts a try of each of `bounds`, and returns what they are compared with.
    pub fn tried_of(bounds: &[Self], now: UnixTime) -> Query<Vec<Option<SentCode>>> {
        Query::list(bounds.iter().map(|bound| bound.tried(now)))
    }

    /// The one of `bounds` whose code `typed` is, sent to `recipient`, with the code.
    pub fn answered<'b>(
        origin: &Origin,
        bounds: &'b [Self],
        sent: Vec<Option<SentCode>>,
        recipient: &str,
        typed: &str,
    ) -> Option<(&'b Self, SentCode)> {
        let all = bounds.iter().zip(sent);
        let mut all = all.filter_map(|(bound, sent)| Some((bound, sent?)));
        all.find(|(bound, sent)| bound.is(origin, sent, recipient, typed))
    }

    /// Whether `typed` is the code that was sent to `recipient`.
    pub fn is(&self, origin: &Origin, sent: &SentCode, recipient: &str, typed: &str) -> bool {
        let id = self.id();
        let of = self.of(&id, recipient);
        !recipient.is_empty()
            && sent.state.is_empty()
            && numeric::matches(&origin.config.root_keys, of, typed, &sent.content)
    }

    /// Ends the code. The statement returns a row once.
    pub fn used(&self, sent: &SentCode) -> Statement {
        rows::used(&self.id(), sent)
    }

    fn of<'b>(&self, id: &'b str, recipient: &'b str) -> Use<'b> {
        Use { purpose: self.purpose.name(), recipient, flow: id }
    }
}

/// The sender of a code request or entry.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The client's address.
    pub ip: &'a str,
    /// The guesser.
    pub guesser: &'a Guesser,
    /// The organization.
    pub owner: &'a str,
    /// The entered login or address.
    pub login: &'a str,
}

impl Asking<'_> {
    /// Counts the request for a code, and reads `further`; `None`: the network, or the guesser under this
    /// login, asks too often. Known and unknown logins are counted alike (ATTACKS G-98).
    pub async fn counted<T: 'static>(
        &self,
        origin: &Origin,
        further: Query<T>,
    ) -> Result<Option<T>, DatabaseError> {
        let now = origin.clock.now();
        let network = origin.slot("code-network", &network(self.ip));
        let login = self.guesser.slot(origin, "code-login", &self.whom());
        let attempts = attempts::counted(&network, OF_NETWORK, now)
            .and(attempts::counted(&login, OF_LOGIN, now));
        let ((network, login), further) = counting::counted(origin, attempts, further).await?;
        let allowed = network == Attempt::Allowed && login == Attempt::Allowed;
        Ok(allowed.then_some(further))
    }

    /// Counts the code that `recipient` is to be sent, or that an unknown login is not; `false`: there were
    /// too many, and it has to wait.
    ///
    /// For the address of an account each purpose and organization has a count of its own, and so have all browsers
    /// together that the person has signed in with: what strangers ask for delays nothing there.
    pub async fn may_send(
        &self,
        origin: &Origin,
        purpose: Purpose,
        recipient: Option<&Recipient>,
    ) -> Result<bool, DatabaseError> {
        let whom = recipient.map_or_else(|| self.whom(), |known| known.address().to_owned());
        let known = if self.guesser.is_familiar() { "known" } else { "" };
        let (of, by, limit) = match purpose {
            // These go to an address that is typed, in whichever organization, by anyone.
            Purpose::Signup | Purpose::Verify => (String::new(), "", OF_STRANGER),
            _ => (folded(self.owner), known, OF_ACCOUNT),
        };
        let parts = [purpose.name(), by, &of, &whom];
        let slot = origin.slot("code-address", &json_text(&parts));
        let database = origin.directory().database;
        let now = origin.clock.now();
        // An account proves few addresses: no session has codes sent to as many as there are.
        let of_account = match purpose {
            Purpose::Verify => {
                guesses::slowed(&origin.slot("code-verify", &self.whom()), OF_STRANGER, now)
            }
            _ => Query::ready(Attempt::Allowed),
        };
        let counted = guesses::slowed(&slot, limit, now).and(of_account).fetch(&*database).await?;
        Ok(counted == (Attempt::Allowed, Attempt::Allowed))
    }

    /// The recipient, unless it has to wait: the reply is the same if nothing is sent, because an address that
    /// has to wait is one that an account has (ATTACKS G-98).
    pub async fn sent_to(
        &self,
        origin: &Origin,
        purpose: Purpose,
        recipient: Option<Recipient>,
    ) -> Result<Option<Recipient>, DatabaseError> {
        let may_send = self.may_send(origin, purpose, recipient.as_ref()).await?;
        Ok(recipient.filter(|_| may_send))
    }

    /// Counts the request of a person who is known, and the code that `to` is to be sent; `false`: there were
    /// too many.
    pub async fn allows(
        &self,
        origin: &Origin,
        purpose: Purpose,
        to: &Recipient,
    ) -> Result<bool, DatabaseError> {
        let counted = self.counted(origin, Query::ready(())).await?;
        Ok(counted.is_some() && self.may_send(origin, purpose, Some(to)).await?)
    }

    /// Counts a code that was typed, by network, by guesser and login, and by login, and reads `further`; `None`:
    /// there were too many.
    pub async fn typed<T: 'static>(
        &self,
        origin: &Origin,
        further: Query<T>,
    ) -> Result<Option<T>, DatabaseError> {
        let now = origin.clock.now();
        let network = origin.slot("code-typed", &network(self.ip));
        let login = self.wrong(origin);
        let attempts = attempts::counted(&network, TYPED, now)
            .and(attempts::counted(&login, LOCKOUT, now))
            .and(guesses::slowed(&self.all(origin), EVERYWHERE, now));
        let (((network, login), all), further) =
            counting::counted(origin, attempts, further).await?;
        // What others type in the same network is not the person's.
        let network_allows = network == Attempt::Allowed || self.guesser.is_familiar();
        let allowed = network_allows && login == Attempt::Allowed && all == Attempt::Allowed;
        Ok(allowed.then_some(further))
    }

    /// Forgets the wrong codes of the login, after a right one.
    pub async fn forget(&self, origin: &Origin) -> Result<(), DatabaseError> {
        origin.directory().database.batch(self.forgotten(origin).into()).await.map(drop)
    }

    /// [`Self::forget`] as a part of `change`, where codes are counted in the same database.
    pub async fn forget_with(
        &self,
        origin: &Origin,
        change: &mut Change,
    ) -> Result<(), DatabaseError> {
        if origin.place.number == 0 {
            change.write_all(self.forgotten(origin));
            return Ok(());
        }
        self.forget(origin).await
    }

    fn forgotten(&self, origin: &Origin) -> [Statement; 2] {
        [attempts::forget(&self.wrong(origin)), attempts::refund(&self.all(origin))]
    }

    /// Where the codes are counted that are typed under the login by all, or by all browsers that are known.
    fn all(&self, origin: &Origin) -> Slot {
        let kind = if self.guesser.is_familiar() { "code-known" } else { "code-all" };
        origin.slot(kind, &self.whom())
    }

    fn wrong(&self, origin: &Origin) -> Slot {
        self.guesser.slot(origin, "code-wrong", &self.whom())
    }

    fn whom(&self) -> String {
        guesses_of::login(self.owner, self.login)
    }
}

/// The address for codes: the verified e-mail address.
pub fn verified_address(user: &User) -> Option<Recipient> {
    if user.email_verified { Recipient::email(&user.email) } else { None }
}

/// The address that `text` is, as the directory keeps it; `None`: none that messages are sent to.
pub fn recipient(channel: Channel, text: &str) -> Option<Recipient> {
    match channel {
        Channel::Email => Recipient::email(&String::from(Email::read(text.trim()).ok()?)),
        Channel::Sms => Recipient::phone(&String::from(Phone::read(text.trim()).ok()?)),
    }
}

/// The address as far as a person needs it to know it again: `a•••@hanzo.example`.
pub fn masked(recipient: &Recipient) -> String {
    let address = recipient.address();
    if let (Channel::Email, Some((local, domain))) = (recipient.channel(), address.rsplit_once('@'))
    {
        return format!("{}•••@{domain}", local.chars().take(1).collect::<String>());
    }
    let last = address.len().saturating_sub(2);
    format!("•••{}", address.get(last..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_address_keeps_the_first_letter_and_the_domain_or_two_digits() {
        let email = Recipient::email("alice@hanzo.example").unwrap();
        assert_eq!(masked(&email), "a•••@hanzo.example");
        assert_eq!(masked(&Recipient::phone("+1 555 000 0042").unwrap()), "•••42");
    }

    #[test]
    fn a_code_of_another_purpose_browser_organization_or_login_has_another_id() {
        let of = Bound { purpose: Purpose::Reset, by: "b", owner: "hanzo", login: "Alice" };
        assert_eq!(of.id(), Bound { login: "alice", ..of }.id());
        for other in [
            Bound { purpose: Purpose::Signin, ..of },
            Bound { by: "c", ..of },
            Bound { owner: "acme", ..of },
            Bound { login: "bob", ..of },
            Bound { by: "bhanzo", owner: "", ..of },
        ] {
            assert_ne!(of.id(), other.id(), "{other:?}");
        }
    }
}
