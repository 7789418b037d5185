//! Enrolment of a second factor required by the policy.

use http::StatusCode;

use super::{Continuing, Visit, Visited};
use crate::{
    core::{
        otp::{base32, qr, uri},
        signin::{Method, Methods, Next},
    },
    origin::{
        authn::{
            familiar,
            flow::Pending,
            methods::address,
            password::{self, SigninError},
            steps::{Completed, Enrolled},
        },
        domain::{
            change::{Change, Position},
            factors,
            sent_codes::{Asking, Purpose, masked, recipient},
        },
        http::{Parameters, Response},
        pages::{
            signin::{EnrolCode, Enrolment, RecoveryCodes, TotpSetup},
            text::plain,
        },
    },
    ports::DatabaseError,
};

impl Visit<'_> {
    /// The page that asks which factor to enrol.
    pub(super) fn enrolment_page(
        &self,
        status: StatusCode,
        continuing: &Continuing,
        methods: Methods,
        error: Option<&str>,
    ) -> Response {
        let Continuing { person, .. } = continuing;
        let carries = |method| {
            let channel = address::channel(method);
            channel.is_none_or(|channel| self.origin.messages.carries(channel))
        };
        let known = |method| {
            let to = factors::destination(&person.user, method, None);
            to.map_or_else(String::new, |to| masked(&to))
        };
        let (email, phone) = (known(Method::Email), known(Method::Sms));
        self.with_token(error, |token| {
            let page = Enrolment {
                organization: self.organization_name(),
                action: &self.action,
                token,
                methods: methods.that(carries),
                email: &email,
                phone: &phone,
                error,
            };
            page.view(self.look, status)
        })
    }

    /// Starts a factor's enrolment, or completes it with its first code.
    pub(super) async fn enrol(&self, form: &Parameters) -> Result<Visited, SigninError> {
        let Some(continuing) = self.continuing().await? else {
            return Ok(Visited::Page(self.start_again()));
        };
        let Some(Next::Enrol(methods)) = self.steps().next(&continuing) else {
            return Ok(Visited::Page(self.start_again()));
        };
        let method = form.get("method").and_then(Method::of_wire_name);
        match (method.filter(|it| methods.has(*it)), form.get("code")) {
            (Some(Method::Passkey), _) => self.enrol_passkey(continuing, methods, form).await,
            (Some(method @ (Method::Totp | Method::Email | Method::Sms)), Some(code)) => {
                self.complete(continuing, method, code).await
            }
            (Some(Method::Totp), None) => self.begin_app(continuing).await,
            (Some(method @ (Method::Email | Method::Sms)), None) => {
                self.begin_address(continuing, methods, method, form.get("address")).await
            }
            _ => Ok(Visited::Page(self.enrolment_page(StatusCode::OK, &continuing, methods, None))),
        }
    }

    async fn begin_app(&self, continuing: Continuing) -> Result<Visited, SigninError> {
        let begun = self.steps().begin_app(continuing).await?;
        Ok(Visited::Page(begun.map_or_else(
            || self.start_again(),
            |(continuing, _)| self.enrolling_page(StatusCode::OK, &continuing, Method::Totp, None),
        )))
    }

    /// Sends a code to the account's address, or to the entered one if the account has none.
    async fn begin_address(
        &self,
        continuing: Continuing,
        methods: Methods,
        method: Method,
        typed: Option<&str>,
    ) -> Result<Visited, SigninError> {
        let user = &continuing.person.user;
        let again = |status, why| {
            Ok(Visited::Page(self.enrolment_page(status, &continuing, methods, Some(why))))
        };
        let to = factors::destination(user, method, typed);
        let Some(to) = to.filter(|to| self.origin.messages.carries(to.channel())) else {
            let texts = self.texts();
            let is_email = method == Method::Email;
            let why = if is_email { texts.address_wrong } else { texts.number_wrong };
            return again(StatusCode::BAD_REQUEST, why);
        };
        let guesser = familiar::guesser_of(self.origin, self.http, user);
        let (ip, owner) = (&self.http.client_ip, &user.owner);
        let asking = Asking { ip, guesser: &guesser, owner, login: &user.id };
        if !asking.allows(self.origin, Purpose::Verify, &to).await? {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let why = self.texts().code_too_many;
            let now = self.origin.clock.now();
            if continuing.pending.flow.challenge(method, now).is_some() {
                let page = self.enrolling_page(status, &continuing, method, Some(why));
                return Ok(Visited::Page(page));
            }
            return again(status, why);
        }
        let whom = (method, Purpose::Verify);
        let begun = self.steps().begin_address(continuing, whom, &to, &self.action).await?;
        let Some((continuing, code)) = begun else { return Ok(Visited::Page(self.start_again())) };
        self.send(Some(to), Purpose::Verify, code.expose());
        Ok(Visited::Page(self.enrolling_page(StatusCode::OK, &continuing, method, None)))
    }

    async fn complete(
        &self,
        continuing: Continuing,
        method: Method,
        code: &str,
    ) -> Result<Visited, SigninError> {
        let enrolled = match self.steps().complete(continuing, method, code).await? {
            Completed::Right(enrolled) => *enrolled,
            Completed::Wrong(continuing) => {
                let (status, why) = (StatusCode::UNAUTHORIZED, Some(self.texts().code_wrong));
                let page = self.enrolling_page(status, &continuing, method, why);
                return Ok(Visited::Page(page));
            }
            Completed::Ended => return Ok(Visited::Page(self.start_again())),
        };
        let Enrolled { continuing, change, required, codes } = enrolled;
        match self.shown_codes(continuing, change, required, codes).await {
            // Another account of the organization has the address.
            Err(SigninError::Database(DatabaseError::Conflict)) => {
                let why = Some(self.texts().address_taken);
                Ok(Visited::Page(self.first_page(StatusCode::CONFLICT, "", why)))
            }
            shown => shown,
        }
    }

    /// Continues after a passkey enrolment; the first factor comes with recovery codes. Each
    /// statement of `required` must take effect.
    pub(super) async fn completed(
        &self,
        continuing: Continuing,
        mut change: Change,
        required: Vec<Position>,
    ) -> Result<Visited, SigninError> {
        let has_codes = continuing.held.factor("recovery").is_some();
        let user = &continuing.person.user;
        let codes = (!has_codes).then(|| factors::renew_recovery(self.origin, &mut change, user));
        self.shown_codes(continuing, change, required, codes).await
    }

    /// Continues, after the page with new recovery codes.
    async fn shown_codes(
        &self,
        continuing: Continuing,
        mut change: Change,
        mut required: Vec<Position>,
        codes: Option<Vec<String>>,
    ) -> Result<Visited, SigninError> {
        let Some(codes) = codes else { return self.go_on(continuing, change, required).await };
        let origin = self.origin;
        required.push(continuing.pending.store(origin, &mut change));
        password::take(origin, change, &required).await?;
        Ok(Visited::Page(self.with_token(None, |token| {
            RecoveryCodes { action: &self.action, token, codes: &codes }.view(self.look)
        })))
    }

    /// The page that asks for the first code of the factor being enrolled.
    pub(super) fn enrolling_page(
        &self,
        status: StatusCode,
        continuing: &Continuing,
        method: Method,
        error: Option<&str>,
    ) -> Response {
        if method == Method::Totp {
            return self.app_page(status, continuing, error);
        }
        let now = self.origin.clock.now();
        let sent = continuing.pending.flow.challenge(method, now);
        let to = sent.and_then(|sent| recipient(address::channel(method)?, &sent.sent_to));
        let Some(to) = to else { return self.start_again() };
        let sent = plain(self.texts().code_sent_to, &[("address", &masked(&to))]);
        self.with_token(error, |token| {
            let page = EnrolCode {
                action: &self.action,
                token,
                step: "enrol",
                method,
                sent: &sent,
                typed: "",
                is_account: false,
                error,
            };
            page.view(self.look, status)
        })
    }

    fn app_page(
        &self,
        status: StatusCode,
        continuing: &Continuing,
        error: Option<&str>,
    ) -> Response {
        let Some(totp) = self.steps().app(continuing) else { return self.start_again() };
        let uri = uri::otpauth(&totp, self.organization_name(), &continuing.person.user.name);
        self.with_token(error, |token| {
            let page = TotpSetup {
                action: &self.action,
                token,
                qr: qr::svg(&uri, self.texts().enrol_app),
                key: &base32::encode(totp.secret().expose()),
                uri: &uri,
                is_account: false,
                error,
            };
            page.view(self.look, status)
        })
    }

    /// Stores the sign-in after a step without evidence.
    pub(super) async fn store(&self, pending: &Pending) -> Result<(), SigninError> {
        self.steps().store(pending).await
    }
}
