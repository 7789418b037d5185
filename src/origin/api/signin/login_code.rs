//! Code sign-in of `POST /v1/iam/login` ("Verification code"; WIRE §4.5), with a code from
//! `POST /v1/iam/verification-codes`.

use super::verification_codes::{askers, bound_login};
use crate::{
    core::signin::{Account as Standing, Challenge, Evidence, Flow, Method},
    origin::{
        authn::{familiar, password::SigninError, steps::Steps},
        domain::{
            change::{Change, Position, Unrecorded},
            people::Person,
            sent_codes::{Asking, Bound, LIFETIME, Purpose, verified_address},
            signin::account,
        },
        store::{
            accounts::{self, Named},
            consents::Consent,
            factors::{self, Held},
            users,
        },
    },
};

/// A code and its login.
#[derive(Debug, Clone, Copy)]
pub struct TypedLogin<'a> {
    /// The organization in which the login is looked up.
    pub owner: &'a str,
    /// The login.
    pub login: &'a str,
    /// The code.
    pub code: &'a str,
}

/// A user whose first factor was proven by a code.
#[derive(Debug)]
pub struct ByCode {
    /// The sign-in with that proof; [`Flow::next`] is the next step.
    pub flow: Flow,
    /// The person.
    pub person: Person,
    /// The user's second factors.
    pub held: Held,
    /// The user's consent to the client: at most one.
    pub consents: Vec<Consent>,
    /// The statements to commit with the next step.
    pub change: Change,
    /// The statements that must take effect.
    pub required: Vec<Position>,
}

/// Verifies the code, which is used once. Known and unknown accounts cause the same statements.
pub async fn verified(steps: Steps<'_>, typed: TypedLogin<'_>) -> Result<ByCode, SigninError> {
    let Steps { origin, http, rules, .. } = steps;
    let TypedLogin { owner, login, code } = typed;
    let now = origin.clock.now();
    let text = accounts::login(owner, login);
    let named = Named::Login(&text);
    let found = accounts::find(named)
        .and(factors::held(named, &steps.browser(), now))
        .and(accounts::consent(named, rules.client_id()));
    let guesser = familiar::guesser(origin, http, owner, login);
    let asking = Asking { ip: &http.client_ip, guesser: &guesser, owner, login };
    let found = asking.typed(origin, found).await?;
    let ((found, held), consent) = found.ok_or(SigninError::Locked(now))?;
    let login = bound_login(found.as_ref(), login).to_owned();
    let askers = askers(origin, http);
    let bounds = Bound { purpose: Purpose::Signin, by: "", owner, login: &login }.of_each(&askers);
    let sent = Bound::tried_of(&bounds, now).fetch(&*origin.database).await?;
    let person = found.and_then(|account| Person::active(account, now)).filter(|person| {
        rules.application.is_none_or(|application| person.is_admitted_to(application))
    });
    let known = person.and_then(|person| Some((verified_address(&person.user)?, person)));
    let address = known.as_ref().map_or("", |(address, _)| address.address());
    let answered = Bound::answered(origin, &bounds, sent, address, code);
    let (Some((address, person)), Some((bound, sent))) = (&known, answered) else {
        return Err(SigninError::Wrong);
    };
    let mut change = Change::unrecorded(Unrecorded::Step);
    let person = person.clone();
    let used = change.write(bound.used(&sent));
    let signed_in = change.write(users::signed_in_by_address(&person.user, now));
    let challenge = Challenge {
        method: Method::Email,
        content: sent.content,
        sent_to: address.address().to_owned(),
        failures: 0,
        expires_at: now.plus(LIFETIME),
    };
    let policy = steps.policy(&person);
    let evidence = Evidence::by(Method::Email, person.user.id.clone(), now);
    let flow = Flow::new(now)
        .issued(policy, Standing::default(), challenge, now)
        .and_then(|flow| flow.proved(policy, account(&person, &held), evidence, now))
        .map_err(|_| SigninError::Wrong)?;
    asking.forget_with(origin, &mut change).await?;
    let consents = consent.into_iter().collect();
    Ok(ByCode { flow, person, held, consents, change, required: vec![used, signed_in] })
}
