//! The account pages, on which users view and change their own account with forms that work without
//! scripts.
//!
//! A page requires a session of this browser, and otherwise redirects to the sign-in. A form
//! requires its token. Changes of sign-in methods and of credentials also require a fresh proof
//! ([`Proof::Fresh`]); without one, the page redirects to [`confirm`].

/// Declares an account page or its form: section, required proof, and handler.
macro_rules! account_page {
    (
        $(#[doc = $line:literal])+
        $name:ident = GET $path:literal as $operation:literal;
        $handler:ident: ($section:ident, $proof:ident), $answer:path
    ) => {
        $crate::origin::api::endpoint::endpoint! {
            $(#[doc = $line])+
            pub $name = GET $path as $operation,
            who: $crate::origin::api::endpoint::Who::Public, cors: $crate::core::cors::CorsClass::None;
            reply: $crate::origin::api::endpoint::Page,
            error: $crate::origin::http::RestError;
            $handler
        }

        async fn $handler(
            origin: &$crate::origin::Origin,
            call: $crate::origin::api::endpoint::Call<'_, $name>,
        ) -> Result<$crate::origin::api::endpoint::Page, $crate::origin::http::RestError> {
            let of = (Section::$section, $crate::origin::api::signin::account_pages::Proof::$proof);
            $crate::origin::api::signin::account_pages::shown(origin, call.request, of, $answer).await
        }
    };
    (
        $(#[doc = $line:literal])+
        $name:ident = POST $path:literal as $operation:literal $(, rate: $rate:expr)?;
        $handler:ident: ($section:ident, $proof:ident), $answer:path
    ) => {
        $crate::origin::api::endpoint::endpoint! {
            $(#[doc = $line])+
            pub $name = POST $path as $operation,
            who: $crate::origin::api::endpoint::Who::Public, cors: $crate::core::cors::CorsClass::None
            $(, rate: $rate)?;
            body: $crate::origin::api::endpoint::Posted<$crate::origin::api::signin::schemas::AccountForm>,
            reply: $crate::origin::api::endpoint::Page,
            error: $crate::origin::http::RestError;
            $handler
        }

        async fn $handler(
            origin: &$crate::origin::Origin,
            call: $crate::origin::api::endpoint::Call<'_, $name>,
        ) -> Result<$crate::origin::api::endpoint::Page, $crate::origin::http::RestError> {
            let of = (Section::$section, $crate::origin::api::signin::account_pages::Proof::$proof);
            $crate::origin::api::signin::account_pages::posted(origin, call.request, of, $answer).await
        }
    };
}

pub mod access;
pub mod confirm;
pub mod delete;
pub mod factors;
pub mod identities;
pub mod keys;
pub mod login;
pub mod overview;
pub mod passkeys;
pub mod password;
pub mod profile;

use http::StatusCode;
use maud::Markup;

use super::{
    respond::{broken, issuer_host, look, plain_look, refused_here, refusing, with_token_cookie},
    visit::known_as,
};
use crate::{
    core::{self, locale::Language, message::Recipient, redirect, signin::Method},
    origin::{
        Origin,
        api::endpoint::Page,
        authn::{
            csrf::{self, FormToken},
            flow,
            session::{self, Current},
        },
        domain::{change_error::ChangeError, sent_codes::masked, signin},
        http::{Parameters, Request, Response, RestError, response},
        pages::{
            Look, View,
            account::{Frame, Section},
            letters::Sender,
            notice,
            signin::EnrolCode,
            text::{Account, Common, Signin, plain},
        },
        store::{
            accounts::Named,
            factors::{self as rows, Held},
            organizations::{self, Organization},
            query::load,
            users::User,
        },
    },
    ports::DatabaseError,
};

/// The proof that a page or form requires in addition to the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// None.
    Session,
    /// A proof within the last ten minutes, by a second factor if the account has one.
    Fresh,
}

/// The user of an account page.
struct Holder<'a> {
    origin: &'a Origin,
    http: &'a Request,
    section: Section,
    current: Current,
    held: Held,
    organization: Option<Organization>,
    look: Look,
}

/// Renders the page of `section` for the signed-in user.
async fn shown(
    origin: &Origin,
    http: &Request,
    (section, proof): (Section, Proof),
    page: impl AsyncFn(&Holder<'_>) -> Result<Response, ChangeError>,
) -> Result<Page, RestError> {
    let holder = match Holder::of(origin, http, section).await {
        Ok(holder) => holder,
        Err(response) => return Ok(Page(response)),
    };
    if proof == Proof::Fresh && !holder.is_fresh() {
        return Ok(Page(confirm::leading_to(&holder.look, section)));
    }
    Ok(Page(page(&holder).await.unwrap_or_else(|error| holder.failed(&error))))
}

/// Handles a form of the page of `section`.
async fn posted(
    origin: &Origin,
    http: &Request,
    (section, proof): (Section, Proof),
    change: impl AsyncFn(&Holder<'_>, &Parameters) -> Result<Response, ChangeError>,
) -> Result<Page, RestError> {
    let holder = match Holder::of(origin, http, section).await {
        Ok(holder) => holder,
        Err(response) => return Ok(Page(response)),
    };
    let form = http.body_parameters().unwrap_or_default();
    if !csrf::is_genuine(origin, http, form.get(csrf::FIELD)) {
        return Ok(Page(holder.refused(StatusCode::FORBIDDEN, holder.common().page_expired)));
    }
    if proof == Proof::Fresh && !holder.is_fresh() {
        return Ok(Page(confirm::leading_to(&holder.look, section)));
    }
    Ok(Page(change(&holder, &form).await.unwrap_or_else(|error| holder.failed(&error))))
}

impl<'a> Holder<'a> {
    /// The signed-in user; `Err` is the redirect to the sign-in.
    async fn of(origin: &'a Origin, http: &'a Request, section: Section) -> Result<Self, Response> {
        if let Some(elsewhere) = issuer_host(origin, http) {
            return Err(elsewhere);
        }
        match Self::find(origin, http, section).await {
            Ok(Some(holder)) => Ok(holder),
            Ok(None) => Err(login::leading_to(&plain_look(origin, http), section)),
            Err(error) => Err(broken(&error)),
        }
    }

    async fn find(
        origin: &'a Origin,
        http: &'a Request,
        section: Section,
    ) -> Result<Option<Self>, DatabaseError> {
        let Some(current) = session::current(origin, http).await? else { return Ok(None) };
        let user = &current.person.user;
        let browser = flow::browser(origin, http).unwrap_or_default();
        let queries = (
            organizations::by_name(&user.owner),
            rows::held(Named::Id(&user.id), &browser, origin.clock.now()),
        );
        let (organization, held) = load(&*origin.database, queries).await?;
        let look = look_of(origin, http, organization.as_ref(), user);
        Ok(Some(Self { origin, http, section, current, held, organization, look }))
    }

    /// The URL of the page, in the current language.
    fn address(&self) -> String {
        self.look.link(self.section.path())
    }

    const fn user(&self) -> &User {
        &self.current.person.user
    }

    fn texts(&self) -> &'static Account {
        Account::of(self.look.language)
    }

    fn common(&self) -> &'static Common {
        Common::of(self.look.language)
    }

    /// Whether the session has a fresh proof ([`Proof::Fresh`]).
    fn is_fresh(&self) -> bool {
        self.current.is_fresh(self.origin.clock.now())
    }

    /// The account's factors, for policy checks.
    fn account(&self) -> core::signin::Account {
        signin::account(&self.current.person, &self.held)
    }

    /// The page with `content`.
    fn page(&self, content: impl FnOnce(&Frame<'_>, &'static Account) -> Markup) -> Response {
        let saved = self.http.method == http::Method::GET && self.is_saved();
        let success = saved.then_some(self.texts().saved);
        self.framed(StatusCode::OK, None, success, content)
    }

    /// The page with `content`, after a refused form.
    fn again(
        &self,
        error: &str,
        content: impl FnOnce(&Frame<'_>, &'static Account) -> Markup,
    ) -> Response {
        self.framed(StatusCode::BAD_REQUEST, Some(error), None, content)
    }

    fn framed(
        &self,
        status: StatusCode,
        error: Option<&str>,
        success: Option<&str>,
        content: impl FnOnce(&Frame<'_>, &'static Account) -> Markup,
    ) -> Response {
        let token = FormToken::issue(self.origin, self.http);
        let frame =
            Frame { look: &self.look, section: self.section, token: &token.token, error, success };
        let page = frame.view(status, content).response();
        with_token_cookie(refusing(page, error), token)
    }

    /// The sender of messages to the user.
    fn sender(&self) -> Sender<'_> {
        let organization = self.organization.as_ref();
        let organization = organization.map_or(self.user().owner.as_str(), known_as);
        Sender { language: self.look.language, application: organization, organization }
    }

    fn is_saved(&self) -> bool {
        self.http.query_parameters().is_ok_and(|query| query.get("saved").is_some())
    }

    /// The redirect to the page after a change.
    fn saved(&self) -> Response {
        let address = self.look.link(&format!("{}?saved=1", self.section.path()));
        response::redirect(&address).unwrap_or_else(|| self.page(|_, _| maud::html! {}))
    }

    /// The page with the reason of a refusal.
    fn refused(&self, status: StatusCode, why: &str) -> Response {
        self.framed(status, Some(why), None, |frame, _| {
            maud::html! {
                p { a href=(frame.address()) { (self.common().back) } }
            }
        })
    }

    /// The page after a change that failed.
    fn failed(&self, error: &ChangeError) -> Response {
        match error {
            ChangeError::Stale => self.refused(StatusCode::CONFLICT, self.texts().stale),
            ChangeError::Database(error) => broken(error),
            error => self.refused(StatusCode::BAD_REQUEST, &self.why(error)),
        }
    }

    /// The reason of a refused change, for the user.
    fn why(&self, error: &ChangeError) -> String {
        plain(self.texts().failed, &[("why", &error.to_string())])
    }

    /// The page for a nonexistent object.
    fn unknown(&self) -> Response {
        self.refused(StatusCode::NOT_FOUND, self.texts().unknown)
    }
}

/// A page of a step, with a new form token.
fn with_token<'v>(
    holder: &'v Holder<'_>,
    error: Option<&str>,
    view: impl FnOnce(&str) -> View<'v>,
) -> Response {
    let token = FormToken::issue(holder.origin, holder.http);
    with_token_cookie(refusing(view(&token.token).response(), error), token)
}

/// The page that asks for a sent code; `step` verifies it or sends another.
fn code_page(
    holder: &Holder<'_>,
    step: &str,
    method: Method,
    to: &Recipient,
    error: Option<(StatusCode, &str)>,
) -> Response {
    let texts = Signin::of(holder.look.language);
    let sent = plain(texts.code_sent_to, &[("address", &masked(to))]);
    let (status, error) = error.map_or((StatusCode::OK, None), |(status, why)| (status, Some(why)));
    with_token(holder, error, |token| {
        let page = EnrolCode {
            action: &holder.address(),
            token,
            step,
            method,
            sent: &sent,
            typed: to.address(),
            is_account: true,
            error,
        };
        page.view(&holder.look, status)
    })
}

/// The look of the user's pages, with the preferred language.
fn look_of(
    origin: &Origin,
    http: &Request,
    organization: Option<&Organization>,
    user: &User,
) -> Look {
    let mut look = look(origin, http, organization, None);
    if let (None, Some(language)) = (look.asked(), user.language()) {
        look.language = language;
    }
    look
}

/// The section to return to after a sign-in or step-up.
fn destination(query: &Parameters) -> Section {
    query.get("continue").and_then(Section::of).unwrap_or(Section::Overview)
}

/// The query parameter that returns to `section`.
fn continuing(section: Section) -> String {
    redirect::encoded(&[("continue", section.path().to_owned())])
}

/// Redirects to a local URL.
fn onward(address: &str) -> Response {
    response::redirect(address).unwrap_or_else(|| refused_here("the address is malformed"))
}

/// A message page for a signed-out user.
fn farewell(origin: &Origin, http: &Request, language: Language) -> Response {
    let mut look = plain_look(origin, http);
    look.language = language;
    let texts = Account::of(look.language);
    notice(&look, StatusCode::OK, texts.deleted, texts.deleted_text)
}
