//! Codes sent by e-mail or SMS, as first or second factor.

use crate::{
    core::{
        message::{Channel, Recipient},
        otp::numeric::{self, Code, Digits, Use},
        signin::{Challenge, Evidence, Method},
    },
    origin::{
        Origin,
        domain::{
            change::{Change, Position},
            sent_codes::{self, Purpose, recipient, verified_address},
        },
        store::{
            factors::{self, Held},
            users::{self, User},
        },
    },
};

/// Separates the digest from the page URL in the content of a challenge.
const PAGE: char = ' ';

/// A code to send, and its challenge.
#[derive(Debug)]
pub struct Issued {
    /// The challenge, for [`Flow::issued`](crate::core::signin::Flow::issued).
    pub challenge: Challenge,
    /// The code, for the message.
    pub code: Code,
}

/// The channel of the method's codes.
pub const fn channel(method: Method) -> Option<Channel> {
    match method {
        Method::Email => Some(Channel::Email),
        Method::Sms => Some(Channel::Sms),
        _ => None,
    }
}

/// The enrolled address for second-factor codes.
pub fn enrolled(held: &Held, method: Method) -> Option<Recipient> {
    let address = |kind| held.factor(kind).map(|factor| factor.content.as_str());
    match method {
        Method::Email => Recipient::email(address("email")?),
        Method::Sms => Recipient::phone(address("sms")?),
        _ => None,
    }
}

/// A new code for that purpose in the sign-in `flow_id`, at the page `page`. Without a recipient, a
/// challenge is still created, but no code is sent, so that an unknown login is treated like a
/// known one (ATTACKS G-98).
pub fn issue(
    origin: &Origin,
    method: Method,
    (purpose, flow_id): (Purpose, &str),
    recipient: Option<&Recipient>,
    page: &str,
) -> Issued {
    let code = Code::generate(&*origin.random, Digits::Six);
    let address = recipient.map_or("", Recipient::address);
    let digest = code.digest(&origin.config.root_keys, of(purpose, flow_id, address));
    let challenge = Challenge {
        method,
        content: format!("{digest}{PAGE}{page}"),
        sent_to: address.to_owned(),
        failures: 0,
        expires_at: origin.clock.now().plus(sent_codes::LIFETIME),
    };
    Issued { challenge, code }
}

/// The page of the sign-in that `challenge` belongs to.
pub fn page(challenge: &Challenge) -> Option<&str> {
    challenge.content.split_once(PAGE).map(|(_, page)| page)
}

/// Verifies a code as a first factor of `user`, sent to the verified address. The statement records
/// the sign-in, and takes no effect if the address was changed concurrently.
pub fn first(
    origin: &Origin,
    flow_id: &str,
    challenge: &Challenge,
    typed: &str,
    user: &User,
    change: &mut Change,
) -> Option<(Evidence, Position)> {
    let known = verified_address(user)?;
    if known.address() != challenge.sent_to
        || !answers(origin, (Purpose::Signin, flow_id), challenge, typed)
    {
        return None;
    }
    let now = origin.clock.now();
    let position = change.write(users::signed_in_by_address(user, now));
    Some((Evidence::by(Method::Email, user.id.clone(), now), position))
}

/// Verifies a code as a second factor of the user with that enrolled address. The statement records
/// the use, and takes no effect if the factor was changed concurrently.
pub fn second(
    origin: &Origin,
    flow_id: &str,
    challenge: &Challenge,
    typed: &str,
    (user, held): (&User, &Held),
    change: &mut Change,
) -> Option<(Evidence, Position)> {
    let known = enrolled(held, challenge.method)?;
    if known.address() != challenge.sent_to
        || !answers(origin, (Purpose::Second, flow_id), challenge, typed)
    {
        return None;
    }
    let (now, method) = (origin.clock.now(), challenge.method);
    let kind = method.wire_name();
    let content = held.factor(kind).map(|factor| factor.content.as_str())?;
    let position = change.write(factors::address_used(&user.id, kind, content, now));
    Some((Evidence::by(method, user.id.clone(), now), position))
}

/// Verifies a code for an address being enrolled.
pub fn enrolling(
    origin: &Origin,
    flow_id: &str,
    challenge: &Challenge,
    typed: &str,
    user: &User,
) -> Option<(Evidence, Recipient)> {
    let to = recipient(channel(challenge.method)?, &challenge.sent_to)?;
    let evidence = || Evidence::by(challenge.method, user.id.clone(), origin.clock.now());
    answers(origin, (Purpose::Verify, flow_id), challenge, typed).then(|| (evidence(), to))
}

fn answers(
    origin: &Origin,
    (purpose, flow_id): (Purpose, &str),
    challenge: &Challenge,
    typed: &str,
) -> bool {
    let digest = challenge.content.split(PAGE).next().unwrap_or_default();
    let of = of(purpose, flow_id, &challenge.sent_to);
    !challenge.sent_to.is_empty() && numeric::matches(&origin.config.root_keys, of, typed, digest)
}

const fn of<'a>(purpose: Purpose, flow: &'a str, recipient: &'a str) -> Use<'a> {
    Use { purpose: purpose.name(), recipient, flow }
}
