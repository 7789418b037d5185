//! Password reset: a code to the account's verified address, then a new password.

use super::{
    change::{Change, Unrecorded},
    change_error::ChangeError,
    commit::commit,
    people::Person,
    sent_codes::{self, Asking, Bound, LIFETIME},
    users,
};
use crate::{
    core::{directory::NewPassword, encoding::base64url, message::Recipient, otp::numeric::Code},
    origin::{
        Origin,
        store::{
            accounts::{self, Named},
            factors,
            sent_codes::{self as rows, SentCode},
            users::User,
        },
    },
    ports::DatabaseError,
};

/// A code that has been stored.
#[derive(Debug)]
pub struct Sent {
    /// The recipient; `None` if there is no account with a verified address.
    pub recipient: Option<Recipient>,
    /// The code.
    pub code: Code,
}

/// Stores a code for the account of the login; `None`: the guesser or its network asks too often. An unknown login takes the same
/// statements (ATTACKS G-98).
pub async fn ask(
    origin: &Origin,
    bound: Bound<'_>,
    asking: Asking<'_>,
) -> Result<Option<Sent>, DatabaseError> {
    let text = accounts::login(bound.owner, bound.login);
    let found = asking.counted(origin, accounts::find(Named::Login(&text))).await?;
    let Some(found) = found else { return Ok(None) };
    let person = found.and_then(|account| Person::active(account, origin.clock.now()));
    let recipient = person.and_then(|person| sent_codes::verified_address(&person.user));
    let recipient = asking.sent_to(origin, bound.purpose, recipient).await?;
    let (code, stored) = bound.issue(origin, recipient.as_ref());
    origin.database.run(stored).await?;
    Ok(Some(Sent { recipient, code }))
}

/// The result of an entered code.
#[derive(Debug)]
pub enum Verified {
    /// It was sent to the account's address.
    Right {
        /// The account.
        user: Box<User>,
        /// The row of the code.
        sent: SentCode,
        /// Its binding, as an index in the list.
        which: usize,
    },
    /// It is wrong.
    Wrong,
    /// Too many attempts.
    TooMany,
}

/// Verifies a code, which stays until [`keep`] or [`save`].
pub async fn verify(
    origin: &Origin,
    bound: Bound<'_>,
    asking: Asking<'_>,
    typed: &str,
) -> Result<Verified, DatabaseError> {
    let text = accounts::login(bound.owner, bound.login);
    verify_for(origin, &[bound], asking, &text, typed).await
}

/// As [`verify`], of a code that is bound to one of `bounds`, for the account that `text` names
/// ([`accounts::login`]).
pub async fn verify_for(
    origin: &Origin,
    bounds: &[Bound<'_>],
    asking: Asking<'_>,
    text: &str,
    typed: &str,
) -> Result<Verified, DatabaseError> {
    let now = origin.clock.now();
    let queries = Bound::tried_of(bounds, now).and(accounts::find(Named::Login(text)));
    let Some((sent, account)) = asking.typed(origin, queries).await? else {
        return Ok(Verified::TooMany);
    };
    let person = account.and_then(|account| Person::active(account, now));
    let known = person.and_then(|person| {
        let address = sent_codes::verified_address(&person.user)?;
        Some((person.user, address))
    });
    let address = known.as_ref().map_or("", |(_, address)| address.address());
    let answered = Bound::answered(origin, bounds, sent, address, typed);
    let (Some((user, _)), Some((bound, sent))) = (&known, answered) else {
        return Ok(Verified::Wrong);
    };
    let which = bounds.iter().position(|other| other.by == bound.by).unwrap_or_default();
    asking.forget(origin).await?;
    Ok(Verified::Right { user: Box::new(user.clone()), sent, which })
}

/// Keeps that the browser has typed the code, so that the new password is asked for next; `false`: the code
/// has been used meanwhile.
pub async fn keep(
    origin: &Origin,
    bound: Bound<'_>,
    user: &User,
    sent: &SentCode,
) -> Result<bool, DatabaseError> {
    let after =
        SentCode { content: base64url(&origin.random.bytes::<16>()), state: user.id.clone() };
    let ends = origin.clock.now().plus(LIFETIME);
    let mut change = Change::unrecorded(Unrecorded::Step);
    let kept = change.write(rows::replaced(&bound.id(), sent, &after, ends));
    Ok(commit(origin, change).await?.took_effect(kept))
}

/// Sets the password of `user`, opens every lock of the account, and ends its sessions, grants and tokens.
/// Second factors stay. `None`: the code has been used meanwhile.
pub async fn save(
    origin: &Origin,
    bound: Bound<'_>,
    sent: &SentCode,
    before: User,
    password: &NewPassword,
) -> Result<Option<User>, ChangeError> {
    let mut user = before.clone();
    users::set_password(origin, &mut user, password).await?;
    let mut change = Change::unrecorded(Unrecorded::Step);
    let taken = change.write(bound.used(sent));
    // The mailbox set the password, so codes to it are not a second factor.
    change.write(factors::bar_mailbox(&user.id, &user.email));
    if !commit(origin, change).await?.took_effect(taken) {
        return Ok(None);
    }
    users::update(origin, &before, &mut user).await?;
    Ok(Some(user))
}
