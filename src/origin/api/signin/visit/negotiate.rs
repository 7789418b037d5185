//! The first step with a Kerberos ticket (HTTP Negotiate, RFC 4559 §4).
//!
//! A 401 challenges for it, with the ordinary page as its body, which browsers without a ticket
//! show. Browsers outside the provider's networks are not challenged unless the URL or an earlier
//! success says so, because some would prompt the user for a password.

use http::{
    HeaderValue, StatusCode,
    header::{COOKIE, WWW_AUTHENTICATE},
};

use super::{Visit, Visited, broken};
use crate::{
    core::{
        federation::{Assertion, Protocol},
        kerberos::{SKEW, challenge},
        redirect,
    },
    origin::{
        authn::{
            csrf,
            federation::kerberos::{self, Accepted, Negotiated},
            password::SigninError,
            session,
        },
        domain::federation::{
            Refusal,
            kerberos::settings,
            offered::Offered,
            reference,
            requests::{Journey, Purpose, browser},
        },
        http::{Parameters, Response, response},
        store::resource::Stored,
    },
};

/// Query parameter that controls the challenge: `1`, or `0` for never.
pub const HINT: &str = "kerberos";

/// Query parameter with the provider.
const PROVIDER: &str = "provider";

/// How long a browser is challenged after a successful ticket, in seconds.
const REMEMBERED: i64 = 30 * 24 * 3600;

/// When to challenge for a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// If the URL says so.
    ByAddress,
    /// Also in a provider's networks, and after an earlier ticket.
    AsUsual,
    /// Always.
    Always,
}

/// A GET of a page.
#[derive(Debug, Clone, Copy)]
pub struct Arriving<'a> {
    /// When to challenge.
    pub asking: Asking,
    /// The login hint.
    pub login: &'a str,
    /// Maximum age of the authentication at the provider, in seconds.
    pub max_age: Option<i64>,
}

/// The result and its additional response headers.
#[derive(Debug)]
pub struct Landed {
    /// The result.
    pub visited: Visited,
    /// Additional response headers.
    pub besides: Besides,
}

/// Additional response headers.
#[derive(Debug, Default)]
pub struct Besides {
    challenge: Option<String>,
    cookie: Option<String>,
}

impl Besides {
    /// Adds them to the response.
    pub fn on(self, response: Response) -> Response {
        let response = match self.cookie {
            Some(cookie) => session::with_cookie(response, &cookie),
            None => response,
        };
        // With a 401, the token would request another round trip.
        match self.challenge {
            Some(token) if response.status() != StatusCode::UNAUTHORIZED => {
                response::with_header(response, WWW_AUTHENTICATE, &token)
            }
            _ => response,
        }
    }
}

impl Landed {
    fn on(visited: Visited) -> Self {
        Self { visited, besides: Besides::default() }
    }

    fn page(page: Response) -> Self {
        Self::on(Visited::Page(page))
    }
}

impl Visit<'_> {
    /// Handles a GET of the page: signs in with the ticket, redirects to the provider named in the
    /// URL, or renders the page, possibly with a challenge.
    pub async fn landed(&self, arriving: Arriving<'_>) -> Landed {
        match self.by_ticket(arriving).await {
            Ok(landed) => landed,
            Err(SigninError::Database(error)) => Landed::page(broken(&error)),
            Err(error) => Landed::page(self.retry(&error)),
        }
    }

    /// Whether the request carries an acceptable ticket.
    pub fn has_ticket(&self) -> bool {
        self.takes_tickets()
            && !self.accepting(None).is_empty()
            && kerberos::token_of(self.http).is_some()
    }

    async fn by_ticket(&self, arriving: Arriving<'_>) -> Result<Landed, SigninError> {
        let query = self.http.query_parameters().unwrap_or_default();
        let named = query.get(PROVIDER);
        let accepting: Vec<&Offered> =
            if self.takes_tickets() { self.accepting(named) } else { Vec::new() };
        if let (Some(named), true) = (named, accepting.is_empty())
            && let Some(visited) = self.led(named, arriving.login).await
        {
            return Ok(Landed::on(visited));
        }
        let token = kerberos::token_of(self.http).filter(|_| !accepting.is_empty());
        if let Some(token) = token {
            let Some(cookie) = csrf::binding(self.origin, self.http) else {
                return self.by_first_ticket(arriving).await;
            };
            let negotiated =
                kerberos::negotiated(self.origin, self.http, &accepting, cookie, token).await?;
            if let Some(negotiated) = negotiated {
                return self.negotiated(negotiated, arriving, cookie).await;
            }
        }
        let is_asked = match (query.get(HINT), named.is_some(), arriving.asking) {
            (Some("0"), ..) | (None, false, Asking::ByAddress) => false,
            (Some(_), ..) | (_, true, _) | (_, _, Asking::Always) => !accepting.is_empty(),
            (None, false, Asking::AsUsual) => self.is_usual(&accepting),
        };
        if !is_asked || self.continuing().await?.is_some() || self.code_awaited().await?.is_some() {
            return Ok(Landed::page(self.page(arriving.login).await));
        }
        let page = self.first_page(StatusCode::OK, arriving.login, None);
        Ok(Landed::page(asking(page, &challenge(None))))
    }

    /// The same for a browser that sends a ticket on its first visit: its response sets the cookie
    /// that the sign-in is bound to.
    async fn by_first_ticket(&self, arriving: Arriving<'_>) -> Result<Landed, SigninError> {
        let (_, set) = csrf::bound(self.origin, self.http);
        let set = set.unwrap_or_default();
        let pair = set.split(';').next().unwrap_or_default();
        let mut http = self.http.clone();
        if let Ok(pair) = HeaderValue::from_str(pair) {
            http.headers.append(COOKIE, pair);
        }
        if csrf::binding(self.origin, &http).is_none() {
            // The browser has several cookies with that name.
            return Ok(Landed::page(self.start_again()));
        }
        let visit = Visit {
            http: &http,
            action: self.action.clone(),
            leads_to: self.leads_to.clone(),
            resumes: None,
            ..*self
        };
        let mut landed = Box::pin(visit.by_ticket(arriving)).await?;
        let cookie = landed.besides.cookie.take();
        landed.besides.cookie =
            Some(cookie.map_or(set.clone(), |cookie| format!("{set}\n{cookie}")));
        Ok(landed)
    }

    async fn negotiated(
        &self,
        negotiated: Negotiated<'_>,
        arriving: Arriving<'_>,
        cookie: &str,
    ) -> Result<Landed, SigninError> {
        let Accepted { offered, assertion, reply } = match negotiated {
            Negotiated::Continues(challenge) => {
                let page = self.first_page(StatusCode::OK, arriving.login, None);
                return Ok(Landed::page(asking(page, &challenge)));
            }
            Negotiated::Refused { offered, subject, refusal, is_without_ticket } => {
                let error = (!is_without_ticket).then_some(self.texts().provider_failed);
                return self.without_ticket(offered, &subject, refusal, arriving, error).await;
            }
            Negotiated::Accepted(accepted) => *accepted,
        };
        if let Some(age) = self.too_old(&assertion, arriving) {
            let refusal = Refusal::new("age", age);
            let error = Some(self.texts().provider_failed);
            let subject = &assertion.subject;
            return self.without_ticket(offered, subject, refusal, arriving, error).await;
        }
        let purpose = Purpose::SignIn {
            client_id: self.client_id().to_owned(),
            return_to: self.action.clone(),
        };
        let journey = Journey::to(&offered.provider, browser(cookie), purpose, assertion);
        let visited = self.verified(offered, journey, &Parameters::default()).await?;
        let id = &offered.provider.meta().id;
        let cookie = Some(self.remembering(id, REMEMBERED));
        Ok(Landed { visited, besides: Besides { challenge: reply, cookie } })
    }

    /// The page after a refused token. The reason goes to the log and the provider's
    /// administrators.
    async fn without_ticket(
        &self,
        offered: &Offered,
        subject: &str,
        refusal: Refusal,
        arriving: Arriving<'_>,
        error: Option<&str>,
    ) -> Result<Landed, SigninError> {
        let refusal = self.noted(offered, subject, refusal).await?;
        let status = if error.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
        let page = self.first_page(status, arriving.login, error);
        let page = response::with_cause(page, Some(refusal.to_string()));
        let cookie = self.remembered().map(|_| self.remembering("", 0));
        let besides = Besides { challenge: None, cookie };
        Ok(Landed { visited: Visited::Page(page), besides })
    }

    /// The refusal if the ticket is older than the request allows.
    fn too_old(&self, assertion: &Assertion, arriving: Arriving<'_>) -> Option<String> {
        let (most, at) = (arriving.max_age?, assertion.authenticated_at?);
        let age = self.origin.clock.now().since(at);
        (age > most.max(SKEW)).then(|| format!("the person signed in {age} s ago, {most} s count"))
    }

    /// The providers that verify tickets: the named one, or all.
    fn accepting(&self, named: Option<&str>) -> Vec<&Offered> {
        let mut all = self.providers.iter().filter(|it| it.protocol == Protocol::Kerberos);
        match named {
            Some(named) => all.find(|offered| offered.is_named(named)).into_iter().collect(),
            None => all.collect(),
        }
    }

    /// Whether the request is a top-level navigation: frames and images are never challenged.
    fn takes_tickets(&self) -> bool {
        let shown = self.http.header("sec-fetch-dest").is_none_or(|it| it == "document");
        shown && self.resumes.is_none()
    }

    /// Whether the browser is in a provider's network or has used a ticket before.
    fn is_usual(&self, accepting: &[&Offered]) -> bool {
        let remembered = self.remembered();
        let issuer = self.origin.config.issuer_for(&self.http.base);
        accepting.iter().any(|offered| {
            let provider = &offered.provider;
            remembered == Some(provider.meta().id.as_str())
                || settings(provider, issuer).is_ok_and(|it| it.asks(&self.http.client_ip))
        })
    }

    /// The page URL that challenges for a ticket of that provider, for another account than the
    /// session's.
    pub(super) fn asking_address(&self, offered: &Offered) -> String {
        let pairs = [("another", "1".to_owned()), (PROVIDER, reference(&offered.provider))];
        let separator = if self.action.contains('?') { '&' } else { '?' };
        format!("{}{separator}{}", self.action, redirect::encoded(&pairs))
    }

    fn remembered(&self) -> Option<&str> {
        self.http.cookie(self.remembering_cookie())
    }

    fn remembering(&self, provider_id: &str, lifetime: i64) -> String {
        let name = self.remembering_cookie();
        session::set_cookie(self.origin, self.http, name, provider_id, Some(lifetime))
    }

    fn remembering_cookie(&self) -> &'static str {
        if session::is_secure(self.origin, self.http) {
            "__Host-hanzo_kerberos"
        } else {
            "hanzo_kerberos"
        }
    }
}

/// The page as the body of a 401.
fn asking(mut page: Response, challenge: &str) -> Response {
    *page.status_mut() = StatusCode::UNAUTHORIZED;
    let page = response::with_header(page, WWW_AUTHENTICATE, challenge);
    response::with_reason(page, "the browser is asked for a ticket of Kerberos")
}
