//! Sign-up on the pages: a code to the address, then the account, then the sign-in.

use http::StatusCode;

use super::{Continuing, Visit, Visited};
use crate::{
    core::{
        directory::{Email, NewPassword, Text},
        message::Recipient,
        signin::{Account, Challenge, Evidence, Flow, Method},
    },
    origin::{
        authn::{familiar, password::SigninError},
        domain::{
            change_error::ChangeError,
            people::Person,
            sent_codes::{self, Asking, Bound, Purpose},
            signin::account,
            signup::{Admission, Candidate, Door, SignupError},
        },
        http::{Parameters, Response},
        pages::signin::{AskAddress, NewAccount},
        store::{
            accounts::{self, Named},
            factors,
            query::load,
            sent_codes::{self as rows, SentCode},
            users::User,
        },
    },
    ports::DatabaseError,
};

const STEPS: (&str, &str) = ("signup-verify", "signup-send");

/// Row state of a verified address.
const VERIFIED: &str = "verified";

impl Visit<'_> {
    /// Where users sign up, if enabled here.
    pub(super) fn door(&self) -> Option<Door<'_>> {
        let door = Door { application: self.application?, organization: self.organization };
        door.is_open(self.origin).then_some(door)
    }

    /// Handles steps whose name begins with `signup`.
    pub(super) async fn signing_up(
        &self,
        step: &str,
        form: &Parameters,
    ) -> Result<Visited, SigninError> {
        let (Some(door), Some(browser)) = (self.door(), self.steps().id()) else {
            return Ok(Visited::Page(self.start_again()));
        };
        let typed = form.get("username").unwrap_or_default().trim();
        if step == "signup" {
            return Ok(Visited::Page(self.ask_address(StatusCode::OK, "", None)));
        }
        let address = Email::read(typed).ok().map(String::from);
        let recipient = address.as_deref().and_then(Recipient::email);
        let Some(recipient) = recipient else {
            let why = Some(self.texts().address_wrong);
            return Ok(Visited::Page(self.ask_address(StatusCode::BAD_REQUEST, typed, why)));
        };
        let owner = &door.application.organization;
        let email = recipient.address();
        let bound = Bound { purpose: Purpose::Signup, by: &browser, owner, login: email };
        let guesser = familiar::guesser(self.origin, self.http, owner, email);
        let asking = Asking { ip: &self.http.client_ip, guesser: &guesser, owner, login: email };
        match step {
            "signup-send" => Ok(Visited::Page(self.send_signup(bound, asking, &recipient).await?)),
            "signup-verify" => {
                let code = form.get("code").unwrap_or_default();
                Ok(Visited::Page(self.verify_signup(door, bound, asking, code).await?))
            }
            "signup-create" => self.create(door, bound, form).await,
            _ => Ok(Visited::Page(self.start_again())),
        }
    }

    /// Sends a code to the address; if it already has an account, only the message says so.
    async fn send_signup(
        &self,
        bound: Bound<'_>,
        asking: Asking<'_>,
        recipient: &Recipient,
    ) -> Result<Response, DatabaseError> {
        let origin = self.origin;
        let text = accounts::login(bound.owner, bound.login);
        let found = asking.counted(origin, accounts::find(Named::Login(&text))).await?;
        let known = match found {
            Some(found) if asking.may_send(origin, bound.purpose, Some(recipient)).await? => {
                found.is_some()
            }
            _ => {
                let why = Some(self.texts().code_too_many);
                return Ok(self.signup_code(StatusCode::TOO_MANY_REQUESTS, bound.login, why));
            }
        };
        let (code, stored) = bound.issue(origin, (!known).then_some(recipient));
        origin.database.run(stored).await?;
        let message = if known {
            self.sender().exists(recipient.clone())
        } else {
            self.sender().code(recipient.clone(), Purpose::Signup, code.expose(), None)
        };
        origin.send_later(message);
        Ok(self.signup_code(StatusCode::OK, bound.login, None))
    }

    async fn verify_signup(
        &self,
        door: Door<'_>,
        bound: Bound<'_>,
        asking: Asking<'_>,
        typed: &str,
    ) -> Result<Response, DatabaseError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let email = bound.login;
        let Some(sent) = asking.typed(origin, bound.tried(now)).await? else {
            let why = Some(self.texts().locked);
            return Ok(self.signup_code(StatusCode::TOO_MANY_REQUESTS, email, why));
        };
        let right = sent.filter(|sent| bound.is(origin, sent, email, typed));
        let Some(right) = right else {
            let why = Some(self.texts().code_wrong);
            return Ok(self.signup_code(StatusCode::UNAUTHORIZED, email, why));
        };
        let content = crate::core::encoding::base64url(&origin.random.bytes::<16>());
        let after = SentCode { content, state: VERIFIED.to_owned() };
        let ends = now.plus(2 * sent_codes::LIFETIME);
        let replaced = rows::replaced(&bound.id(), &right, &after, ends);
        if origin.database.run(replaced).await?.is_empty() {
            return Ok(self.start_again());
        }
        asking.forget(origin).await?;
        Ok(self.new_account(door, email, &Parameters::default(), StatusCode::OK, None))
    }

    /// Creates the account and continues the sign-in with the policy's further requirements.
    async fn create(
        &self,
        door: Door<'_>,
        bound: Bound<'_>,
        form: &Parameters,
    ) -> Result<Visited, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let email = bound.login;
        let row = rows::find(&bound.id(), now).fetch(&*origin.database).await?;
        let Some(row) = row.filter(|row| row.state == VERIFIED) else {
            return Ok(Visited::Page(self.start_again()));
        };
        let refused = |why: &str| {
            let page = self.new_account(door, email, form, StatusCode::BAD_REQUEST, Some(why));
            Ok(Visited::Page(page))
        };
        let text = |name: &str| form.get(name).unwrap_or_default();
        let password = match NewPassword::read(text("password")) {
            Ok(password) => password,
            Err(error) => return refused(&error.why),
        };
        let candidate = Candidate {
            email,
            username: text("name"),
            display_name: text("display_name"),
            password: &password,
            admission: Admission {
                invitation: text("invitation"),
                accepts_terms: form.get("terms").is_some(),
            },
        };
        let texts = self.texts();
        let user = match door.create(origin, candidate).await {
            Ok(user) => user,
            Err(SignupError::Terms) => return refused(texts.terms_needed),
            Err(SignupError::Invitation) => return refused(texts.invitation_wrong),
            Err(SignupError::UsernameTaken) => return refused(texts.username_taken),
            Err(SignupError::AddressTaken | SignupError::IdentityTaken | SignupError::Closed) => {
                return Ok(Visited::Page(self.start_again()));
            }
            Err(SignupError::Change(ChangeError::Invalid(error))) => return refused(&error.why),
            Err(SignupError::Change(ChangeError::Quota { .. })) => {
                return refused(texts.signup_full);
            }
            Err(SignupError::Change(ChangeError::Database(error))) => return Err(error.into()),
            Err(SignupError::Change(error)) => {
                return Err(DatabaseError::Failed(error.to_string()).into());
            }
        };
        origin.database.run(bound.used(&row)).await?;
        self.begin_with(&user).await
    }

    /// The sign-in of the new user, with address and password proven.
    async fn begin_with(&self, user: &User) -> Result<Visited, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let named = Named::Id(&user.id);
        let queries = (accounts::find(named), factors::held(named, &self.steps().browser(), now));
        let (found, held) = load(&*origin.database, queries).await?;
        let person = found.and_then(|account| Person::active(account, now));
        let Some(person) = person else { return Ok(Visited::Page(self.start_again())) };
        let policy = self.rules().policy_of(origin, &person, self.acr);
        let method =
            if policy.first.has(Method::Password) { Method::Password } else { Method::Email };
        let mut flow = Flow::new(now);
        if method == Method::Email {
            let challenge = Challenge {
                method,
                content: VERIFIED.to_owned(),
                sent_to: user.email.clone(),
                failures: 0,
                expires_at: now.plus(1),
            };
            let Ok(issued) = flow.issued(policy, Account::default(), challenge, now) else {
                return Ok(Visited::Page(self.start_again()));
            };
            flow = issued;
        }
        let evidence = Evidence::by(method, user.id.clone(), now);
        let flow = flow.proved(policy, account(&person, &held), evidence, now);
        let Some(pending) = flow.ok().and_then(|flow| self.steps().begin(&user.name, flow)) else {
            return Ok(Visited::Page(self.start_again()));
        };
        let continuing = Continuing { pending, person, held, consents: Vec::new() };
        self.go_on(continuing, Self::nothing(), Vec::new()).await
    }

    fn ask_address(&self, status: StatusCode, address: &str, error: Option<&str>) -> Response {
        let texts = self.texts();
        self.with_token(error, |token| {
            let page = AskAddress {
                title: texts.create_account,
                why: texts.signup_why,
                label: texts.email,
                action: &self.action,
                token,
                step: "signup-send",
                kind: "email",
                login: address,
                error,
            };
            page.view(self.look, status)
        })
    }

    fn signup_code(&self, status: StatusCode, email: &str, error: Option<&str>) -> Response {
        let places = [("address", email)];
        let sent = crate::origin::pages::text::plain(self.texts().code_sent_to, &places);
        self.enter_code(status, STEPS, email, &sent, error)
    }

    fn new_account(
        &self,
        door: Door<'_>,
        email: &str,
        form: &Parameters,
        status: StatusCode,
        error: Option<&str>,
    ) -> Response {
        self.with_token(error, |token| {
            let text = |name: &str| form.get(name).unwrap_or_default();
            let page = NewAccount {
                action: &self.action,
                token,
                email,
                name: text("name"),
                display_name: text("display_name"),
                invitation: door.needs_invitation().then(|| text("invitation")),
                terms: door.terms(),
                error,
            };
            page.view(self.look, status)
        })
    }
}
