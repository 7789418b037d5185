//! The second step: an enrolled second factor.

use http::StatusCode;

use super::{Continuing, Visit, Visited};
use crate::{
    core::signin::{Challenge, Method, Methods, Next},
    origin::{
        authn::{
            methods::address,
            password::SigninError,
            steps::{CodeSent, SecondCode, Verified},
        },
        domain::{
            change::{Change, Position},
            people::Person,
            sent_codes::{Purpose, masked},
        },
        http::{Parameters, Response},
        pages::{signin::SecondFactor, text::plain},
        store::factors::Held,
    },
};

impl Visit<'_> {
    /// The second-factor page, for the `chosen` or the preferred method.
    pub(super) fn second_page(
        &self,
        status: StatusCode,
        person: &Person,
        held: &Held,
        methods: Methods,
        chosen: Option<Method>,
        error: Option<&str>,
    ) -> Response {
        self.second_page_of(status, (person, held), methods, (chosen, None), error)
    }

    /// [`Self::second_page`], after a code was sent for the chosen method.
    pub(super) fn second_page_of(
        &self,
        status: StatusCode,
        (person, held): (&Person, &Held),
        methods: Methods,
        (chosen, sent): (Option<Method>, Option<&Challenge>),
        error: Option<&str>,
    ) -> Response {
        let method =
            chosen.filter(|it| methods.has(*it)).unwrap_or_else(|| preferred(held, methods));
        let sent = sent.and_then(|_| address::enrolled(held, method));
        let sent = sent
            .map(|recipient| plain(self.texts().code_sent_to, &[("address", &masked(&recipient))]));
        // Browsers are remembered only at a sign-in.
        let days =
            if self.resumes.is_some() { 0 } else { self.rules().remembered_hours(person) / 24 };
        self.with_token(error, |token| {
            let page = SecondFactor {
                person: &person.user.name,
                action: &self.action,
                token,
                method,
                others: methods.without(method),
                sent: sent.as_deref(),
                remember_days: days,
                error,
            };
            page.view(self.look, status)
        })
    }

    /// Verifies a second factor, or shows the page of the chosen method.
    pub(super) async fn second(&self, form: &Parameters) -> Result<Visited, SigninError> {
        let Some(continuing) = self.continuing().await? else {
            return Ok(Visited::Page(self.start_again()));
        };
        let Some(Next::Second(methods)) = self.steps().next(&continuing) else {
            return Ok(Visited::Page(self.start_again()));
        };
        let method = form.get("method").and_then(Method::of_wire_name);
        let method = method.filter(|method| methods.has(*method));
        if method == Some(Method::Passkey) {
            return self.second_by_passkey(continuing, methods, form).await;
        }
        let (person, held) = (continuing.person.clone(), continuing.held.clone());
        let now = self.origin.clock.now();
        let sent =
            method.and_then(|method| continuing.pending.flow.challenge(method, now).cloned());
        let again = |status, error| {
            let chosen = (method, sent.as_ref());
            let whose = (&person, &held);
            Visited::Page(self.second_page_of(status, whose, methods, chosen, error))
        };
        let (Some(method), Some(code)) = (method, form.get("code")) else {
            if let Some(method) = method.filter(|method| address::channel(*method).is_some()) {
                return self.send_second(continuing, methods, method).await;
            }
            return Ok(again(StatusCode::OK, None));
        };
        let remember = form.get("remember").is_some();
        let typed = SecondCode { method, code, remember };
        Ok(match self.steps().verify(continuing, typed).await? {
            Verified::Right(advanced, cookie) => self.shown(advanced).with_cookie(cookie),
            Verified::Wrong => again(StatusCode::UNAUTHORIZED, Some(self.texts().code_wrong)),
            Verified::Locked => again(StatusCode::TOO_MANY_REQUESTS, Some(self.texts().locked)),
            Verified::Ended => Visited::Page(self.start_again()),
        })
    }

    /// Sends a code to the enrolled address.
    async fn send_second(
        &self,
        continuing: Continuing,
        methods: Methods,
        method: Method,
    ) -> Result<Visited, SigninError> {
        let page = |status, continuing: &Continuing, is_sent: bool, error| {
            let Continuing { pending, person, held, .. } = continuing;
            let sent = pending.flow.challenge(method, self.origin.clock.now());
            let chosen = (Some(method), sent.filter(|_| is_sent));
            Visited::Page(self.second_page_of(status, (person, held), methods, chosen, error))
        };
        Ok(match self.steps().code_for(continuing, method, &self.action).await? {
            CodeSent::Sent(continuing, to, code) => {
                self.send(Some(to), Purpose::Second, code.expose());
                page(StatusCode::OK, &continuing, true, None)
            }
            CodeSent::TooMany(continuing) => {
                let why = Some(self.texts().code_too_many);
                page(StatusCode::TOO_MANY_REQUESTS, &continuing, true, why)
            }
            CodeSent::NoService(continuing) => {
                let why = Some(self.common().internal);
                page(StatusCode::SERVICE_UNAVAILABLE, &continuing, false, why)
            }
            CodeSent::Ended => Visited::Page(self.start_again()),
        })
    }

    /// Continues after a second factor, and remembers the browser if requested.
    pub(super) async fn seconded(
        &self,
        continuing: Continuing,
        form: &Parameters,
        change: Change,
        position: Position,
    ) -> Result<Visited, SigninError> {
        let remember = form.get("remember").is_some();
        let seconded = self.steps().seconded(continuing, change, position, remember).await?;
        let (advanced, cookie) = seconded;
        Ok(self.shown(advanced).with_cookie(cookie))
    }
}

impl Visited {
    /// Adds a cookie.
    fn with_cookie(mut self, cookie: Option<String>) -> Self {
        if let (Self::SignedIn(signed_in), Some(cookie)) = (&mut self, cookie) {
            signed_in.set(&cookie);
        }
        self
    }
}

/// The default method: the preferred one, else a passkey, else the first.
pub fn preferred(held: &Held, methods: Methods) -> Method {
    let preferred = held.factors.iter().find(|factor| factor.is_preferred);
    let preferred = preferred.and_then(|factor| Method::of_wire_name(&factor.kind));
    let order = [Method::Totp, Method::Passkey, Method::Email, Method::Sms];
    preferred
        .into_iter()
        .chain(order)
        .find(|method| methods.has(*method))
        .unwrap_or(Method::Recovery)
}
