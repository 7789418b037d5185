//! The second step: a second factor that the person has enrolled.

use http::StatusCode;

use super::{Continuing, Visit, Visited};
use crate::{
    core::signin::{Method, Methods, Next},
    origin::{
        authn::{
            password::SigninError,
            steps::{SecondCode, Verified},
        },
        domain::{
            change::{Change, Position},
            people::Person,
        },
        http::{Parameters, Response},
        pages::signin::SecondFactor,
        store::factors::Held,
    },
};

impl Visit<'_> {
    /// The page that asks for a second factor, by `chosen` or the one that the person prefers.
    pub(super) fn second_page(
        &self,
        status: StatusCode,
        person: &Person,
        held: &Held,
        methods: Methods,
        chosen: Option<Method>,
        error: Option<&str>,
    ) -> Response {
        let method =
            chosen.filter(|it| methods.has(*it)).unwrap_or_else(|| preferred(held, methods));
        let days = self.rules().remembered_hours() / 24;
        self.with_token(error, |token| {
            let page = SecondFactor {
                person: &person.user.name,
                action: &self.action,
                token,
                method,
                others: methods.without(method),
                remember_days: days,
                error,
            };
            page.view(self.look, status)
        })
    }

    /// Verifies a second factor, or shows the page of the one that the person chose.
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
        let again = |status, error| {
            Visited::Page(self.second_page(status, &person, &held, methods, method, error))
        };
        let (Some(method), Some(code)) = (method, form.get("code")) else {
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

    /// Goes on after a second factor, and remembers the browser if the person asks for it.
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
    /// With a further cookie.
    fn with_cookie(mut self, cookie: Option<String>) -> Self {
        if let (Self::SignedIn(signed_in), Some(cookie)) = (&mut self, cookie) {
            signed_in.set(&cookie);
        }
        self
    }
}

/// The method that is asked for first: what the person prefers, else a passkey, else the first.
fn preferred(held: &Held, methods: Methods) -> Method {
    let preferred = held.factors.iter().find(|factor| factor.is_preferred);
    let preferred = preferred.and_then(|factor| Method::of_wire_name(&factor.kind));
    let order = [Method::Totp, Method::Passkey, Method::Email, Method::Sms];
    preferred
        .into_iter()
        .chain(order)
        .find(|method| methods.has(*method))
        .unwrap_or(Method::Recovery)
}
