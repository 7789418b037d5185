//! The second factor in the calls of the published clients: `NextMfa` asks for one, `RequiredMfa` for its
//! enrolment (WIRE §4.5), and a further call of the same browser has `passcode` or `recoveryCode`.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Call, Person, refused};
use crate::{
    core::signin::{Method, Methods},
    origin::{
        authn::steps::{Advanced, Continuing, SecondCode, Steps, Verified},
        http::Envelope,
        store::factors::Held,
    },
};

/// What follows a step: the person, whose session begins, or the reply that asks for the next step.
pub(super) enum Followed {
    /// The session begins; with the cookie of a browser that is remembered.
    Person(Box<Person>),
    /// The reply.
    Asks(Box<Envelope>),
}

/// Goes on with the sign-in of this browser by the code that the call carries.
pub(super) async fn with_code(steps: Steps<'_>, call: &Call) -> Result<Followed, Envelope> {
    let continuing = steps.continuing().await?.ok_or_else(expired)?;
    let Some((method, code)) = call.second_factor() else { return Err(expired()) };
    let typed = SecondCode { method, code, remember: call.remembers() };
    let verified = steps.verify(continuing, typed).await.map_err(refused)?;
    match verified {
        Verified::Right(Advanced::Begins(mut signed_in), cookie) => {
            if let Some(cookie) = cookie {
                signed_in.set(&cookie);
            }
            Ok(Followed::Person(Box::new(Person::begun(*signed_in))))
        }
        Verified::Right(advanced, _) => followed(advanced),
        Verified::Wrong => Err(Envelope::error("the code is wrong or has been used already")
            .code("invalid_passcode")),
        Verified::Locked => Err(Envelope::error(
            "too many wrong codes: the second factor is locked for 15 minutes, please try again later",
        )
        .code("signin_locked")
        .with_status(StatusCode::TOO_MANY_REQUESTS)),
        Verified::Ended => Err(expired()),
    }
}

/// What follows a first factor.
#[expect(clippy::result_large_err, reason = "as the handlers of the front door return it")]
pub(super) fn followed(advanced: Advanced) -> Result<Followed, Envelope> {
    let envelope = match advanced {
        Advanced::Begins(signed_in) => {
            return Ok(Followed::Person(Box::new(Person::begun(*signed_in))));
        }
        Advanced::Second(methods, continuing) => asks("NextMfa", methods, Some(&continuing)),
        Advanced::Enrol(methods, _) => asks("RequiredMfa", methods, None),
        Advanced::Unmet => {
            return Err(Envelope::error(
                "the account allows no sign-in that is as strong as the request demands",
            )
            .code("unmet_authentication_requirements"));
        }
        Advanced::Ended => return Err(expired()),
    };
    Ok(Followed::Asks(Box::new(envelope)))
}

/// `data` says what is asked for, `data2` the factors, the preferred one first.
fn asks(what: &str, methods: Methods, continuing: Option<&Continuing>) -> Envelope {
    let held = continuing.map(|continuing| &continuing.held);
    let mut listed: Vec<Value> = methods
        .iter()
        .filter(|method| *method != Method::Recovery)
        .map(|method| {
            let kind = if method == Method::Totp { "totp" } else { method.wire_name() };
            let is_preferred = held.is_some_and(|held| is_preferred(held, kind));
            json!({"mfaType": method.wire_name(), "enabled": held.is_some(), "isPreferred": is_preferred})
        })
        .collect();
    listed.sort_by_key(|factor| factor["isPreferred"] != json!(true));
    Envelope::ok(what).and(listed)
}

fn is_preferred(held: &Held, kind: &str) -> bool {
    held.factor(kind).is_some_and(|factor| factor.is_preferred)
}

fn expired() -> Envelope {
    Envelope::error("there is no sign-in that waits for a second factor, or it has expired")
        .code("mfa_expired")
}
