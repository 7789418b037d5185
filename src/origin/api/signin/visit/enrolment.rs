//! The enrolment of a second factor that the policy demands and the person does not have.

use http::StatusCode;

use super::{Continuing, Visit, Visited};
use crate::{
    core::{
        otp::{qr, uri},
        signin::{Challenge, Evidence, Method, Methods, Next},
    },
    origin::{
        authn::{
            flow::Pending,
            password::{SigninError, are_current},
        },
        domain::{
            change::{Change, Position},
            commit::commit,
            factors,
            signin::account,
        },
        http::{Parameters, Response},
        pages::signin::{Enrolment, RecoveryCodes, TotpSetup},
        store::factors::{Factor, Held},
    },
};

/// How long an enrolment that was begun waits, in seconds.
const WAITS: i64 = 600;

/// How many wrong codes end it.
const MOST_WRONG: u32 = 5;

impl Visit<'_> {
    /// The page that asks which factor to enrol.
    pub(super) fn enrolment_page(
        &self,
        status: StatusCode,
        methods: Methods,
        error: Option<&str>,
    ) -> Response {
        self.with_token(error, |token| {
            let page = Enrolment {
                organization: self.organization_name(),
                action: &self.action,
                token,
                methods,
                error,
            };
            page.view(self.look, status)
        })
    }

    /// Begins the enrolment of an authenticator app, or completes it with its first code.
    pub(super) async fn enrol(&self, form: &Parameters) -> Result<Visited, SigninError> {
        let Some(continuing) = self.continuing().await? else {
            return Ok(Visited::Page(self.start_again()));
        };
        let Some(Next::Enrol(methods)) = self.steps().next(&continuing) else {
            return Ok(Visited::Page(self.start_again()));
        };
        match form.get("method").and_then(Method::of_wire_name).filter(|it| methods.has(*it)) {
            Some(Method::Totp) => match form.get("code") {
                None => self.begin_totp(continuing).await,
                Some(code) => self.complete_totp(continuing, code).await,
            },
            Some(Method::Passkey) => self.enrol_passkey(continuing, methods, form).await,
            _ => Ok(Visited::Page(self.enrolment_page(StatusCode::OK, methods, None))),
        }
    }

    async fn begin_totp(&self, continuing: Continuing) -> Result<Visited, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let Continuing { pending, person, held, .. } = continuing;
        let policy = self.steps().policy(&person);
        let user_id = &person.user.id;
        let (_, sealed) = factors::new_totp(origin, user_id).map_err(unsealable)?;
        let challenge = Challenge {
            method: Method::Totp,
            content: sealed.clone(),
            sent_to: String::new(),
            failures: 0,
            expires_at: now.plus(WAITS),
        };
        let flow = pending.flow.clone().issued(policy, account(&person, &held), challenge, now);
        let Ok(flow) = flow else { return Ok(Visited::Page(self.start_again())) };
        self.store(&pending.with(flow)).await?;
        Ok(Visited::Page(self.totp_page(
            StatusCode::OK,
            &person.user.id,
            &person.user.name,
            &sealed,
            None,
        )))
    }

    async fn complete_totp(
        &self,
        continuing: Continuing,
        code: &str,
    ) -> Result<Visited, SigninError> {
        let (origin, now) = (self.origin, self.origin.clock.now());
        let Continuing { pending, person, held, consents } = continuing;
        let policy = self.steps().policy(&person);
        let user = &person.user;
        let Some(challenge) = pending.flow.challenge(Method::Totp, now).cloned() else {
            return Ok(Visited::Page(self.start_again()));
        };
        let sealed = challenge.content;
        let totp = factors::open_totp(origin, &user.id, &sealed);
        let Some(step) = totp.and_then(|totp| totp.verify(code, now, None)) else {
            let flow = pending.flow.clone().failed(MOST_WRONG);
            self.store(&pending.with(flow)).await?;
            let why = Some(self.texts().code_wrong);
            let status = StatusCode::UNAUTHORIZED;
            return Ok(Visited::Page(self.totp_page(status, &user.id, &user.name, &sealed, why)));
        };
        let evidence = Evidence::by(Method::Totp, user.id.clone(), now);
        let Ok(flow) =
            pending.flow.clone().enrolled(policy, account(&person, &held), evidence, now)
        else {
            return Ok(Visited::Page(self.start_again()));
        };
        let mut change = Self::nothing();
        factors::enrol_totp(origin, &mut change, user, sealed.clone(), step);
        let held = with_totp(held, sealed, step.0);
        let continuing = Continuing { pending: pending.with(flow), person, held, consents };
        self.completed(continuing, change, Vec::new()).await
    }

    /// Goes on after an enrolment; with the first factor the person gets recovery codes, which a page shows
    /// before. Each statement of `required` has to take effect.
    pub(super) async fn completed(
        &self,
        continuing: Continuing,
        mut change: Change,
        mut required: Vec<Position>,
    ) -> Result<Visited, SigninError> {
        if continuing.held.factor("recovery").is_some() {
            return self.go_on(continuing, change, required).await;
        }
        let origin = self.origin;
        let codes = factors::renew_recovery(origin, &mut change, &continuing.person.user);
        required.push(continuing.pending.store(origin, &mut change));
        are_current(&commit(origin, change).await?, &required)?;
        Ok(Visited::Page(self.with_token(None, |token| {
            RecoveryCodes { action: &self.action, token, codes: &codes }.view(self.look)
        })))
    }

    fn totp_page(
        &self,
        status: StatusCode,
        user_id: &str,
        name: &str,
        sealed: &str,
        error: Option<&str>,
    ) -> Response {
        let Some(totp) = factors::open_totp(self.origin, user_id, sealed) else {
            return self.start_again();
        };
        let uri = uri::otpauth(&totp, self.organization_name(), name);
        self.with_token(error, |token| {
            let page = TotpSetup {
                action: &self.action,
                token,
                qr: qr::svg(&uri, self.texts().enrol_app),
                key: &crate::core::otp::base32::encode(totp.secret().expose()),
                uri: &uri,
                carries: None,
                error,
            };
            page.view(self.look, status)
        })
    }

    /// Stores the sign-in after a step that proves nothing.
    pub(super) async fn store(&self, pending: &Pending) -> Result<(), SigninError> {
        let mut change = Self::nothing();
        let stored = pending.store(self.origin, &mut change);
        are_current(&commit(self.origin, change).await?, &[stored])
    }
}

fn unsealable(error: crate::core::seal::SealError) -> SigninError {
    SigninError::Database(crate::ports::DatabaseError::Failed(error.to_string()))
}

/// What the user has after the enrolment.
fn with_totp(mut held: Held, sealed: String, step: i64) -> Held {
    held.factors.push(Factor {
        kind: "totp".to_owned(),
        content: sealed,
        last_step: Some(step),
        is_preferred: false,
        created_at: crate::core::time::UnixTime::default(),
        used_at: None,
    });
    held
}
