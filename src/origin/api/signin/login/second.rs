//! Second factors for the published clients: `NextMfa` requests one, `RequiredMfa` its enrolment
//! (WIRE §4.5), and a further call of the same browser has `passcode` or `recoveryCode`.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Call, Person, refused};
use crate::{
    core::{
        locale::Language,
        otp::Purpose,
        signin::{Method, Methods, Next},
    },
    origin::{
        api::signin::{
            account::malformed,
            respond::name_of,
            verification_codes::too_many,
            visit::{known_as, preferred},
        },
        authn::{
            methods::address,
            steps::{Advanced, CodeSent, Continuing, SecondCode, Steps, Verified},
        },
        domain::{sent_codes::masked, signin::SigninRules},
        http::Envelope,
        pages::letters::Sender,
        store::factors::Held,
    },
};

/// The result of a step: the user of a new session, or a reply that requests the next step.
pub(super) enum Followed {
    /// The session starts; with the remembered-browser cookie.
    Person(Box<Person>),
    /// The reply.
    Asks(Box<Envelope>),
}

/// Continues this browser's sign-in with the call's code.
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
        Verified::Right(advanced, _) => followed(steps, advanced).await,
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

/// Continues after a first factor, sending a code if that is the preferred second factor.
pub(super) async fn followed(steps: Steps<'_>, advanced: Advanced) -> Result<Followed, Envelope> {
    let envelope = match advanced {
        Advanced::Begins(signed_in) => {
            return Ok(Followed::Person(Box::new(Person::begun(*signed_in))));
        }
        Advanced::Second(methods, continuing) => {
            let first = preferred(&continuing.held, methods);
            let asks = asks("NextMfa", methods, Some(&continuing));
            if address::channel(first).is_some()
                && let Some(continuing) = steps.read_again(&continuing).await?
            {
                // After a failure here, the user can request another code.
                sent(steps, continuing, first).await.ok();
            }
            asks
        }
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

/// Sends a code for the second factor of this browser's sign-in.
pub(in crate::origin::api::signin) async fn send(
    steps: Steps<'_>,
    method: Method,
) -> Result<Envelope, Envelope> {
    let continuing = steps.continuing().await?.ok_or_else(expired)?;
    match steps.next(&continuing) {
        Some(Next::Second(methods)) if methods.has(method) => {
            let asks = asks("NextMfa", methods, Some(&continuing));
            sent(steps, continuing, method).await.map(|()| asks)
        }
        _ => Err(expired()),
    }
}

async fn sent(steps: Steps<'_>, continuing: Continuing, method: Method) -> Result<(), Envelope> {
    let (to, code) = match steps.code_for(continuing, method, "").await.map_err(refused)? {
        CodeSent::Sent(_, to, code) => (to, code),
        CodeSent::TooMany(_) => return Err(too_many()),
        CodeSent::NoService(_) => {
            let why = "no service for messages of that kind is configured";
            return Err(malformed(why).code("unsupported"));
        }
        CodeSent::Ended => return Err(expired()),
    };
    let SigninRules { application, organization } = steps.rules;
    let organization = organization.map_or("", known_as);
    let language = Language::negotiated(None, steps.http.header("accept-language"));
    let application = application.map_or(organization, name_of);
    let sender = Sender { language, application, organization };
    steps.origin.send_later(sender.code(to, Purpose::Signin, code.expose(), None));
    Ok(())
}

/// `data` is the request, `data2` the factors, the preferred one first.
fn asks(what: &str, methods: Methods, continuing: Option<&Continuing>) -> Envelope {
    let held = continuing.map(|continuing| &continuing.held);
    let mut listed: Vec<Value> = methods
        .iter()
        .filter(|method| *method != Method::Recovery)
        .map(|method| {
            let kind = if method == Method::Totp { "totp" } else { method.wire_name() };
            let is_preferred = held.is_some_and(|held| is_preferred(held, kind));
            let to = held.and_then(|held| address::enrolled(held, method));
            json!({
                "mfaType": method.wire_name(),
                "enabled": held.is_some(),
                "isPreferred": is_preferred,
                "dest": to.map(|to| masked(&to)),
            })
        })
        .collect();
    if let Some(held) = held {
        let first = preferred(held, methods).wire_name();
        listed.sort_by_key(|factor| factor["mfaType"] != first);
    }
    Envelope::ok(what).and(listed)
}

fn is_preferred(held: &Held, kind: &str) -> bool {
    held.factor(kind).is_some_and(|factor| factor.is_preferred)
}

fn expired() -> Envelope {
    Envelope::error("there is no sign-in that waits for a second factor, or it has expired")
        .code("mfa_expired")
}
