//! Second-factor enrolment of the signed-in user, for the account pages and the published clients.

use http::StatusCode;

use crate::{
    core::{
        message::Recipient,
        otp::{Purpose, totp::Totp},
        signin::Method,
    },
    origin::{
        authn::{
            enrolling::{Enrolling, Proven, going_on},
            familiar,
            session::Current,
        },
        domain::{
            change::{Change, Unrecorded},
            commit::commit,
            factors,
            sent_codes::Asking,
        },
        http::{Envelope, Request},
        pages::letters::Sender,
        store::{factors::Held, identities},
    },
    ports::DatabaseError,
};

/// The data to show for a started enrolment.
#[derive(Debug)]
pub enum Begun {
    /// The secret of an app.
    App(Totp),
    /// A code was sent to this recipient.
    Sent(Recipient),
}

/// Why a factor is not enrolled.
#[derive(Debug)]
pub enum EnrolError {
    /// The account has no such address, and no valid one was entered.
    Address,
    /// No provider is configured for the channel.
    NoService,
    /// The mailbox is already the account's only first factor.
    MailboxOnly,
    /// Too many codes were sent.
    TooMany,
    /// No enrolment is pending, or the code is wrong.
    Wrong,
    /// Another account of the organization has the address.
    Taken,
    /// The account or session was changed concurrently.
    Stale,
    /// The database failed.
    Database(DatabaseError),
}

impl From<DatabaseError> for EnrolError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Conflict => Self::Taken,
            error => Self::Database(error),
        }
    }
}

impl From<EnrolError> for Envelope {
    fn from(error: EnrolError) -> Self {
        let refused =
            |text: &str, code| Self::error(text).code(code).with_status(StatusCode::BAD_REQUEST);
        match error {
            EnrolError::Address => refused(
                "the account has no such address: send one as dest that messages are sent to",
                "address_malformed",
            ),
            EnrolError::NoService => {
                refused("no service for messages of that kind is configured", "unsupported")
            }
            EnrolError::MailboxOnly => refused(
                "codes to this mailbox are the only way to sign in to the account: set a password \
                 or add a passkey first",
                "mailbox_only",
            ),
            EnrolError::TooMany => super::verification_codes::too_many(),
            EnrolError::Wrong => Self::error(
                "the code is wrong, or the setup has not been initiated in this session or has expired",
            )
            .code("invalid_passcode"),
            EnrolError::Taken => refused("another account has the address", "address_taken"),
            EnrolError::Stale => {
                Self::error("the account has been changed by another request: please try again")
                    .with_status(StatusCode::CONFLICT)
            }
            EnrolError::Database(error) => Self::internal(error),
        }
    }
}

/// Starts the enrolment. A code is sent to the account's address, else to the one in `typed`.
pub async fn begin(
    enrolling: Enrolling<'_>,
    held: &Held,
    http: &Request,
    sender: Sender<'_>,
    typed: Option<&str>,
) -> Result<Begun, EnrolError> {
    let Enrolling { origin, user, method, .. } = enrolling;
    if method == Method::Totp {
        return Ok(Begun::App(enrolling.begin_app().await?));
    }
    let to = factors::destination(user, method, typed).ok_or(EnrolError::Address)?;
    if !origin.messages.carries(to.channel()) {
        return Err(EnrolError::NoService);
    }
    let identities = identities::of_user(&user.id).fetch(&*origin.database).await?;
    if !factors::may_enrol(method, user, held, &identities) {
        return Err(EnrolError::MailboxOnly);
    }
    let guesser = familiar::guesser_of(origin, http, user);
    let (ip, owner) = (&http.client_ip, &user.owner);
    let asking = Asking { ip, guesser: &guesser, owner, login: &user.id };
    if !asking.allows(origin, Purpose::Verify, &to).await? {
        return Err(EnrolError::TooMany);
    }
    let code = enrolling.begin_address(&to).await?;
    origin.send_later(sender.code(to.clone(), Purpose::Verify, code.expose(), None));
    Ok(Begun::Sent(to))
}

/// An enrolled factor.
#[derive(Debug)]
pub struct Done {
    /// The recovery codes issued with the first factor, to be shown once.
    pub codes: Option<Vec<String>>,
    /// The cookies of the continued session.
    pub cookie: String,
}

/// Enrols the proven factor and upgrades the browser's session to two factors.
pub async fn complete(
    enrolling: Enrolling<'_>,
    proven: Proven,
    held: &Held,
    http: &Request,
    current: Current,
) -> Result<Done, EnrolError> {
    let Enrolling { origin, user, method, .. } = enrolling;
    let mut change = Change::unrecorded(Unrecorded::Step);
    let required = enrolling.enrol(proven, &mut change);
    let has_codes = held.factor("recovery").is_some();
    let codes = (!has_codes).then(|| factors::renew_recovery(origin, &mut change, user));
    let mut begun = going_on(origin, http, current, change, method).requiring(required);
    let committed = commit(origin, begun.change.take()).await?;
    begun.check(&committed).map_err(|_| EnrolError::Stale)?;
    Ok(Done { codes, cookie: begun.cookie })
}
