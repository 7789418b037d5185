//! E-mail address and phone number of the signed-in user: a new one is verified by a code sent to
//! it, and the old address is notified.

use http::StatusCode;

use crate::{
    core::message::{Channel, Recipient},
    origin::{
        Origin,
        domain::{
            change_error::ChangeError,
            factors,
            guesses::Guesser,
            sent_codes::{self, Asking, Bound, Purpose, recipient},
            users,
        },
        http::Envelope,
        pages::letters::{Changed, Sender},
        store::users::User,
    },
    ports::DatabaseError,
};

/// The context of a request to change an address.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The client's address.
    pub ip: &'a str,
    /// The sender, for guess counting.
    pub guesser: &'a Guesser,
    /// The sender of messages.
    pub sender: Sender<'a>,
}

/// Why an address is not verified.
#[derive(Debug)]
pub enum AddressError {
    /// It is not a deliverable address.
    Malformed,
    /// No provider is configured for the channel.
    NoService,
    /// Too many codes were sent.
    TooMany,
    /// The code is wrong, has expired or has been used.
    Wrong,
    /// Another account of the organization has the address.
    Taken,
    /// The account was changed concurrently.
    Stale,
    /// The change failed.
    Failed(ChangeError),
}

impl From<DatabaseError> for AddressError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<AddressError> for Envelope {
    fn from(error: AddressError) -> Self {
        let refused =
            |text: &str, code| Self::error(text).code(code).with_status(StatusCode::BAD_REQUEST);
        match error {
            AddressError::Malformed => {
                refused("the address is none that messages are sent to", "address_malformed")
            }
            AddressError::NoService => {
                refused("no service for messages of that kind is configured", "unsupported")
            }
            AddressError::TooMany => super::verification_codes::too_many(),
            AddressError::Wrong => refused("the code is wrong or has expired", "code_invalid"),
            AddressError::Taken => refused("another account has the address", "address_taken"),
            AddressError::Stale => {
                Self::error("the account has been changed by another request: please try again")
                    .with_status(StatusCode::CONFLICT)
            }
            AddressError::Failed(error) => Self::internal(error),
        }
    }
}

/// Sends a code to `address`, claimed by `user`. The reply does not reveal whether another account
/// has it.
pub async fn ask(
    origin: &Origin,
    caller: Caller<'_>,
    user: &User,
    kind: Channel,
    address: &str,
) -> Result<(), AddressError> {
    let recipient = recipient(kind, address).ok_or(AddressError::Malformed)?;
    if !origin.messages.carries(kind) {
        return Err(AddressError::NoService);
    }
    let asking = asking(caller, user);
    if !asking.allows(origin, Purpose::Verify, &recipient).await? {
        return Err(AddressError::TooMany);
    }
    let bound = bound(user, &recipient);
    let (code, stored) = bound.issue(origin, Some(&recipient));
    origin.database.run(stored).await?;
    let message = caller.sender.code(recipient.clone(), Purpose::Verify, code.expose(), None);
    origin.send_later(message);
    Ok(())
}

/// Sets the user's address to `address` if `code` was sent there, and notifies the old address.
/// Returns the updated user. The caller must have required a fresh sign-in where needed.
pub async fn confirm(
    origin: &Origin,
    caller: Caller<'_>,
    before: &User,
    kind: Channel,
    address: &str,
    code: &str,
) -> Result<User, AddressError> {
    let now = origin.clock.now();
    let recipient = recipient(kind, address).ok_or(AddressError::Malformed)?;
    let bound = bound(before, &recipient);
    let asking = asking(caller, before);
    let sent = asking.typed(origin, bound.tried(now)).await?.ok_or(AddressError::TooMany)?;
    let sent = sent.filter(|sent| bound.is(origin, sent, recipient.address(), code));
    let sent = sent.ok_or(AddressError::Wrong)?;
    if origin.database.run(bound.used(&sent)).await?.is_empty() {
        return Err(AddressError::Wrong);
    }
    asking.forget(origin).await?;
    let mut user = before.clone();
    let what = match kind {
        Channel::Email => {
            recipient.address().clone_into(&mut user.email);
            user.email_verified = true;
            Changed::Email(recipient.address())
        }
        Channel::Sms => {
            recipient.address().clone_into(&mut user.phone);
            Changed::Phone(recipient.address())
        }
    };
    let is_new = user.email != before.email || user.phone != before.phone;
    match users::update(origin, before, &mut user).await {
        Ok(()) => {}
        Err(ChangeError::Database(DatabaseError::Conflict)) => return Err(AddressError::Taken),
        Err(ChangeError::Stale) => return Err(AddressError::Stale),
        Err(error) => return Err(AddressError::Failed(error)),
    }
    if is_new {
        factors::readdressed(origin, before, &recipient).await?;
    }
    if let Some(to) = sent_codes::verified_address(before).filter(|_| is_new) {
        origin.send_later(caller.sender.changed(
            to,
            (&format!("{}/{}", user.owner, user.name), user.language()),
            what,
            now,
        ));
    }
    Ok(user)
}

fn asking<'a>(caller: Caller<'a>, user: &'a User) -> Asking<'a> {
    let Caller { ip, guesser, .. } = caller;
    Asking { ip, guesser, owner: &user.owner, login: &user.id }
}

fn bound<'a>(user: &'a User, recipient: &'a Recipient) -> Bound<'a> {
    Bound { purpose: Purpose::Verify, by: &user.id, owner: &user.owner, login: recipient.address() }
}
