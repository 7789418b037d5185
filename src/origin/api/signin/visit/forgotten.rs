//! Password reset on the pages: a code to the verified address, then a new password. It is no
//! sign-in: the user then signs in with the new password, and with the second factor as before.

use http::StatusCode;

use super::{Visit, Visited};
use crate::{
    core::{
        directory::{NewPassword, Text},
        signin::Method,
    },
    origin::{
        authn::{familiar, password::SigninError},
        domain::{
            change_error::ChangeError,
            people::Person,
            reset,
            sent_codes::{self, Asking, Bound, Purpose},
        },
        http::{Parameters, Response},
        pages::{
            letters::Changed,
            signin::{AskAddress, ChoosePassword},
        },
        store::{
            accounts::{self, Named},
            sent_codes as rows,
        },
    },
    ports::DatabaseError,
};

const STEPS: (&str, &str) = ("forgot-verify", "forgot-send");

impl Visit<'_> {
    /// Whether password reset is available here.
    pub(super) fn resets(&self) -> bool {
        let carries = self.origin.messages.carries(crate::core::message::Channel::Email);
        carries && self.rules().first(self.origin).has(Method::Password)
    }

    /// Handles steps whose name begins with `forgot`.
    pub(super) async fn forgotten(
        &self,
        step: &str,
        form: &Parameters,
    ) -> Result<Visited, SigninError> {
        let login = form.get("username").unwrap_or_default();
        let Some(browser) = self.steps().id().filter(|_| self.resets()) else {
            return Ok(Visited::Page(self.start_again()));
        };
        let (owner, name) = self.named(form.get("organization"), login);
        let bound = Bound { purpose: Purpose::Reset, by: &browser, owner, login: name };
        let guesser = familiar::guesser(self.origin, self.http, owner, name);
        let asking = Asking { ip: &self.http.client_ip, guesser: &guesser, owner, login: name };
        let page = match step {
            "forgot-send" if !name.trim().is_empty() => {
                self.send_reset(login, bound, asking).await?
            }
            "forgot-verify" => self.verify_reset(login, bound, asking, form).await?,
            "forgot-save" => return self.save_reset(login, bound, form).await,
            _ => self.ask_login(login),
        };
        Ok(Visited::Page(page))
    }

    fn ask_login(&self, login: &str) -> Response {
        let texts = self.texts();
        self.with_token(None, |token| {
            let page = AskAddress {
                title: texts.forgot_title,
                why: texts.forgot_why,
                label: texts.login,
                action: &self.action,
                token,
                step: "forgot-send",
                kind: "text",
                login,
                error: None,
            };
            page.view(self.look, StatusCode::OK)
        })
    }

    async fn send_reset(
        &self,
        login: &str,
        bound: Bound<'_>,
        asking: Asking<'_>,
    ) -> Result<Response, DatabaseError> {
        let sent = reset::ask(self.origin, bound, asking).await?;
        let Some(sent) = sent else {
            let why = Some(self.texts().code_too_many);
            return Ok(self.reset_page(StatusCode::TOO_MANY_REQUESTS, login, why));
        };
        self.send(sent.recipient, Purpose::Reset, sent.code.expose());
        Ok(self.reset_page(StatusCode::OK, login, None))
    }

    async fn verify_reset(
        &self,
        login: &str,
        bound: Bound<'_>,
        asking: Asking<'_>,
        form: &Parameters,
    ) -> Result<Response, DatabaseError> {
        let typed = form.get("code").unwrap_or_default();
        Ok(match reset::verify(self.origin, bound, asking, typed).await? {
            reset::Verified::Right { user, sent, .. } => {
                if reset::keep(self.origin, bound, &user, &sent).await? {
                    self.password_page(StatusCode::OK, login, None)
                } else {
                    self.start_again()
                }
            }
            reset::Verified::Wrong => {
                let why = Some(self.texts().code_wrong);
                self.reset_page(StatusCode::UNAUTHORIZED, login, why)
            }
            reset::Verified::TooMany => {
                let why = Some(self.texts().locked);
                self.reset_page(StatusCode::TOO_MANY_REQUESTS, login, why)
            }
        })
    }

    async fn save_reset(
        &self,
        login: &str,
        bound: Bound<'_>,
        form: &Parameters,
    ) -> Result<Visited, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let proven = rows::find(&bound.id(), now).fetch(&*origin.database).await?;
        let Some(proven) = proven.filter(|row| !row.state.is_empty()) else {
            return Ok(Visited::Page(self.start_again()));
        };
        let named = Named::Id(&proven.state);
        let account = accounts::find(named).fetch(&*origin.database).await?;
        let Some(person) = account.and_then(|account| Person::active(account, now)) else {
            return Ok(Visited::Page(self.start_again()));
        };
        let refused = |why: &str| {
            let page = self.password_page(StatusCode::BAD_REQUEST, login, Some(why));
            Ok(Visited::Page(page))
        };
        let password = match NewPassword::read(form.get("password").unwrap_or_default()) {
            Ok(password) => password,
            Err(error) => return refused(&error.why),
        };
        match reset::save(origin, bound, &proven, person.user, &password).await {
            Ok(Some(user)) => {
                let to = sent_codes::verified_address(&user);
                if let Some(to) = to {
                    let notice = self.sender().changed(
                        to,
                        (&format!("{}/{}", user.owner, user.name), user.language()),
                        Changed::Password,
                        now,
                    );
                    origin.send_later(notice);
                }
                let done = self.texts().password_changed;
                let page = self.first_page_after(StatusCode::OK, login, None, Some(done));
                Ok(Visited::Page(page))
            }
            Ok(None) | Err(ChangeError::Stale) => Ok(Visited::Page(self.start_again())),
            Err(ChangeError::Invalid(error)) => refused(&error.why),
            Err(ChangeError::Database(error)) => Err(error.into()),
            Err(error) => Err(DatabaseError::Failed(error.to_string()).into()),
        }
    }

    fn reset_page(&self, status: StatusCode, login: &str, error: Option<&str>) -> Response {
        self.enter_code(status, STEPS, login, self.texts().code_sent, error)
    }

    fn password_page(&self, status: StatusCode, login: &str, error: Option<&str>) -> Response {
        self.with_token(error, |token| {
            let step = "forgot-save";
            let page = ChoosePassword { action: &self.action, token, step, login, error };
            page.view(self.look, status)
        })
    }
}
