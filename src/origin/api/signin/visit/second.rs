//! The second step: a second factor that the person has enrolled.

use http::StatusCode;

use super::{Continuing, Visit, Visited};
use crate::{
    core::{
        encoding::base64url,
        limit::AttemptLimit,
        signin::{Method, Methods, Next},
    },
    origin::{
        authn::{
            flow,
            methods::codes::{self, TypedCode},
            password::{LOCKOUT, SigninError},
        },
        domain::{change::Change, people::Person, signin::account},
        http::{Parameters, Response},
        pages::signin::SecondFactor,
        store::{
            attempts::{self, Attempt},
            factors::{self, Held, RememberedBrowser},
        },
    },
};

/// Wrong codes of a person's second factors.
const WRONG: AttemptLimit = LOCKOUT;

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
        let (origin, now) = (self.origin, self.origin.clock.now());
        let Continuing { pending, person, held, consents } = continuing;
        let policy = self.rules().policy(origin, &person.roles, self.acr);
        let Ok(Next::Second(methods)) = pending.flow.next(policy, account(&held), now) else {
            return Ok(Visited::Page(self.start_again()));
        };
        let method = form.get("method").and_then(Method::of_wire_name);
        let method = method.filter(|method| methods.has(*method));
        let again = |status, error| {
            Visited::Page(self.second_page(status, &person, &held, methods, method, error))
        };
        let (Some(method), Some(code)) = (method, form.get("code")) else {
            return Ok(again(StatusCode::OK, None));
        };
        let user_id = &person.user.id;
        let slot = codes::slot(origin, user_id);
        if let Attempt::Refused(_) = attempts::count(&*origin.database, &slot, WRONG, now).await? {
            return Ok(again(StatusCode::TOO_MANY_REQUESTS, Some(self.texts().locked)));
        }
        let mut change = Self::nothing();
        let typed = TypedCode { user_id, held: &held, code };
        let verified = match method {
            Method::Totp => codes::totp(origin, typed, &mut change),
            Method::Recovery => codes::recovery(origin, typed, &mut change),
            _ => None,
        };
        let Some((evidence, position)) = verified else {
            return Ok(again(StatusCode::UNAUTHORIZED, Some(self.texts().code_wrong)));
        };
        let Ok(flow) = pending.flow.clone().proved(policy, account(&held), evidence, now) else {
            return Ok(Visited::Page(self.start_again()));
        };
        let mut cookie = None;
        if form.get("remember").is_some() && policy.remembers {
            cookie = Some(self.remember(&person, &mut change));
        }
        let pending = pending.with(flow);
        let continuing = Continuing { pending, person, held, consents };
        let visited = self.go_on(continuing, change, vec![position]).await?;
        Ok(match cookie {
            Some(cookie) => visited.with_cookie(cookie),
            None => visited,
        })
    }

    /// Remembers this browser for the person, and returns the cookie to set.
    fn remember(&self, person: &Person, change: &mut Change) -> String {
        let origin = self.origin;
        let now = origin.clock.now();
        let lifetime = self.rules().remembered_hours() * 3600;
        let value = base64url(&origin.random.bytes::<32>());
        let digest = flow::browser_digest(&value);
        let device = self.http.header("user-agent").unwrap_or_default();
        change.write(factors::remember(&RememberedBrowser {
            user_id: &person.user.id,
            owner: &person.user.owner,
            digest: &digest,
            device: &crate::core::device::name(device),
            expires_at: now.plus(lifetime),
            created_at: now,
        }));
        flow::remembering_cookie(origin, self.http, &value, lifetime)
    }
}

impl Visited {
    /// With a further cookie.
    fn with_cookie(mut self, cookie: String) -> Self {
        match &mut self {
            Self::SignedIn(signed_in) => {
                let set = &mut signed_in.begun.cookie;
                set.push('\n');
                set.push_str(&cookie);
                self
            }
            _ => self,
        }
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
