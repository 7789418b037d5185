//! `mfa/setup`: initiate, verify, enable. `enable` takes the factor's first code, or one that
//! `verify` has accepted. Where a sign-in requires the enrolment (`RequiredMfa`), the calls name
//! its client, and `enable` completes it.

use serde_json::{Value, json};

use super::{MfaForm, enrolee::Enrolee, method, parameters};
use crate::{
    core::{
        otp::{Purpose, base32, totp::Totp, uri},
        signin::{Acr, Method},
    },
    origin::{
        Origin,
        api::{
            endpoint::{Audit, Call, Rate, Unread, Who, endpoint},
            signin::{
                account::cross_site,
                enrolment::{self, Begun, EnrolError},
                login::refused,
                schemas::{InEnvelope, Object},
                verification_codes::Subject,
                visit::known_as,
            },
        },
        authn::{
            caller, csrf,
            enrolling::Enrolling,
            familiar,
            methods::address,
            password::SigninError,
            session,
            steps::{Advanced, Completed, Continuing, Enrolled, Steps},
        },
        domain::{
            factors,
            sent_codes::{Asking, masked},
            signin::SigninRules,
        },
        http::{Envelope, Parameters, Request, Response, RestError, response},
        store::organizations,
    },
    ports::DatabaseError,
};

endpoint! {
    /// Begins the setup of a second factor.
    ///
    /// Of an app, the reply has the secret, and the address that is shown as a QR code; of an address, a code
    /// is sent there. Nothing changes before `enable`.
    pub InitiateMfa = POST "/v1/iam/mfa/setup/initiate" as "initiateMfaSetup",
    who: Who::Person, rate: Rate::Guesses, audit: Audit::Nothing("begins; what is enabled leaves an entry");
    body: Unread<MfaForm>,
    reply: InEnvelope<Object>,
    error: RestError;
    initiate
}

async fn initiate(
    origin: &Origin,
    call: Call<'_, InitiateMfa>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(no_store(initiated(origin, call.request).await).into())
}

endpoint! {
    /// Accepts the first code of the factor that is set up, for `enable` to follow.
    pub VerifyMfa = POST "/v1/iam/mfa/setup/verify" as "verifyMfaSetup",
    who: Who::Person, rate: Rate::Guesses, audit: Audit::Nothing("a step; what is enabled leaves an entry");
    body: Unread<MfaForm>,
    reply: InEnvelope<()>,
    error: RestError;
    verify
}

async fn verify(origin: &Origin, call: Call<'_, VerifyMfa>) -> Result<InEnvelope<()>, RestError> {
    Ok(no_store(verified(origin, call.request).await).into())
}

endpoint! {
    /// Enables the factor that is set up, by its first code (`passcode`), or after `verify`.
    ///
    /// With the first factor of the account the reply has recovery codes, once.
    pub EnableMfa = POST "/v1/iam/mfa/setup/enable" as "enableMfa",
    who: Who::Person, rate: Rate::Guesses;
    body: Unread<MfaForm>,
    reply: InEnvelope<Object>,
    error: RestError;
    enable
}

async fn enable(
    origin: &Origin,
    call: Call<'_, EnableMfa>,
) -> Result<InEnvelope<Object>, RestError> {
    let mut cookie = None;
    let response = no_store(enabled(origin, call.request, &mut cookie).await);
    Ok(match cookie {
        Some(cookie) => session::with_cookie(response, &cookie).into(),
        None => response.into(),
    })
}

fn no_store(result: Result<Envelope, Envelope>) -> Response {
    let (Ok(envelope) | Err(envelope)) = result;
    response::no_store(envelope.into_response())
}

async fn initiated(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let sent = parameters(request)?;
    let method = method(&sent)?;
    let typed = sent.any(&["dest", "email", "phone"]);
    let door = Door::of(origin, request, &sent).await?;
    if let Some(continuing) = door.continuing(method).await? {
        return door.initiated(continuing, method, typed).await;
    }
    let enrolee = Enrolee::of(origin, request).await?;
    let Enrolee { current, held } = &enrolee;
    let (user, session) = (&current.person.user, &current.session.id);
    let organization = organizations::find(&*origin.database, &user.owner).await?;
    let mut sender = door.subject.sender(request, &user.owner);
    sender.organization = organization.as_ref().map_or(user.owner.as_str(), known_as);
    if door.subject.application.is_none() {
        sender.application = sender.organization;
    }
    let enrolling = Enrolling { origin, user, session, method };
    let begun = enrolment::begin(enrolling, held, request, sender, typed).await;
    Ok(match begun.map_err(Envelope::from)? {
        Begun::App(totp) => app(&totp, &user.owner, &user.name),
        Begun::Sent(to) => code_sent(method, &masked(&to)),
    })
}

async fn verified(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let sent = parameters(request)?;
    let method = method(&sent)?;
    let Enrolee { current, .. } = Enrolee::of(origin, request).await?;
    let (user, session) = (&current.person.user, &current.session.id);
    let enrolling = Enrolling { origin, user, session, method };
    let proven = enrolling.typed(sent.any(&["passcode", "code"]).unwrap_or_default()).await?;
    let proven = proven.ok_or_else(|| Envelope::from(EnrolError::Wrong))?;
    if !enrolling.keep(proven).await? {
        return Err(EnrolError::Stale.into());
    }
    Ok(Envelope::ok(Value::Null).about(&user.id, &user.name))
}

async fn enabled(
    origin: &Origin,
    request: &Request,
    cookie: &mut Option<String>,
) -> Result<Envelope, Envelope> {
    let sent = parameters(request)?;
    let method = method(&sent)?;
    let code = sent.any(&["passcode", "code"]).filter(|code| !code.is_empty());
    let door = Door::of(origin, request, &sent).await?;
    if let Some(continuing) = door.continuing(method).await? {
        return door.enabled(continuing, method, code.unwrap_or_default(), cookie).await;
    }
    let Enrolee { current, held } = Enrolee::of(origin, request).await?;
    let (user, session) = (&current.person.user, &current.session.id);
    let enrolling = Enrolling { origin, user, session, method };
    let proven = match code {
        Some(code) => enrolling.typed(code).await?,
        None => enrolling.proven().await?,
    };
    let proven = proven.ok_or_else(|| Envelope::from(EnrolError::Wrong))?;
    let done = enrolment::complete(enrolling, proven, &held, request, current.clone()).await;
    let done = done.map_err(Envelope::from)?;
    *cookie = Some(done.cookie);
    Ok(on(method, done.codes).about(&user.id, &user.name))
}

/// The client named in a call, whose sign-in may await the enrolment.
struct Door<'a> {
    origin: &'a Origin,
    request: &'a Request,
    subject: Subject,
    acr: Option<Acr>,
}

impl<'a> Door<'a> {
    async fn of(
        origin: &'a Origin,
        request: &'a Request,
        sent: &Parameters,
    ) -> Result<Self, Envelope> {
        let subject = Subject::load(origin, sent).await?;
        let acr = sent.any(&["acr_values", "acrValues"]);
        let acr = acr.and_then(|values| values.split(' ').filter_map(Acr::parse).min());
        Ok(Self { origin, request, subject, acr })
    }

    fn steps(&self) -> Steps<'_> {
        let Subject { application, organization } = &self.subject;
        let rules =
            SigninRules { application: application.as_ref(), organization: organization.as_ref() };
        let Self { origin, request: http, acr, .. } = *self;
        Steps { origin, http, rules, acr, resumes: None }
    }

    /// This browser's sign-in that requires the enrolment of `method`.
    async fn continuing(&self, method: Method) -> Result<Option<Continuing>, Envelope> {
        if self.subject.application.is_none() || caller::is_presented(self.request) {
            return Ok(None);
        }
        if !csrf::is_from_ours(self.origin, self.request) {
            return Err(cross_site().code("cross_site"));
        }
        let found = self.steps().continuing().await?;
        Ok(found.filter(|continuing| self.steps().enrols(continuing, method)))
    }

    async fn initiated(
        &self,
        continuing: Continuing,
        method: Method,
        typed: Option<&str>,
    ) -> Result<Envelope, Envelope> {
        let (steps, origin) = (self.steps(), self.origin);
        let user = continuing.person.user.clone();
        let gone = || Envelope::from(EnrolError::Wrong);
        if method == Method::Totp {
            let begun = steps.begin_app(continuing).await.map_err(refused)?;
            let (_, totp) = begun.ok_or_else(gone)?;
            return Ok(app(&totp, &user.owner, &user.name));
        }
        let to = factors::destination(&user, method, typed);
        let to = to.ok_or_else(|| Envelope::from(EnrolError::Address))?;
        if !address::channel(method).is_some_and(|channel| origin.messages.carries(channel)) {
            return Err(EnrolError::NoService.into());
        }
        let ip = &self.request.client_ip;
        let guesser = familiar::guesser_of(origin, self.request, &user);
        let asking = Asking { ip, guesser: &guesser, owner: &user.owner, login: &user.id };
        if !asking.allows(origin, Purpose::Verify, &to).await? {
            return Err(EnrolError::TooMany.into());
        }
        let begun = steps
            .begin_address(continuing, (method, Purpose::Verify), &to, "")
            .await
            .map_err(refused)?;
        let (_, code) = begun.ok_or_else(gone)?;
        let sender = self.subject.sender(self.request, &user.owner);
        origin.send_later(sender.code(to.clone(), Purpose::Verify, code.expose(), None));
        Ok(code_sent(method, &masked(&to)))
    }

    async fn enabled(
        &self,
        continuing: Continuing,
        method: Method,
        code: &str,
        cookie: &mut Option<String>,
    ) -> Result<Envelope, Envelope> {
        let (steps, origin) = (self.steps(), self.origin);
        let completed = steps.complete(continuing, method, code).await.map_err(refused)?;
        let Completed::Right(enrolled) = completed else { return Err(EnrolError::Wrong.into()) };
        let Enrolled { continuing, change, required, codes } = *enrolled;
        let user = continuing.person.user.clone();
        let taken = |error| match error {
            SigninError::Database(DatabaseError::Conflict) => EnrolError::Taken.into(),
            error => refused(error),
        };
        let advanced = steps.advance(continuing, change, required).await.map_err(taken)?;
        if let Advanced::Begins(mut signed_in) = advanced {
            let begun = &mut signed_in.begun;
            let change = begun.change.take();
            let committed = crate::origin::domain::commit::commit(origin, change).await;
            begun.check(&committed.map_err(|error| taken(error.into()))?).map_err(refused)?;
            *cookie = Some(begun.cookie.clone());
        }
        Ok(on(method, codes).about(&user.id, &user.name))
    }
}

fn app(totp: &Totp, issuer: &str, account: &str) -> Envelope {
    Envelope::ok(json!({
        "mfaType": Method::Totp.wire_name(),
        "secret": base32::encode(totp.secret().expose()),
        "url": uri::otpauth(totp, issuer, account),
        "enabled": false,
    }))
}

fn code_sent(method: Method, to: &str) -> Envelope {
    let kind = method.wire_name();
    Envelope::ok(json!({"mfaType": kind, "secret": "", "url": "", "dest": to, "enabled": false}))
}

fn on(method: Method, codes: Option<Vec<String>>) -> Envelope {
    let codes = codes.unwrap_or_default();
    let kind = method.wire_name();
    Envelope::ok(json!({"mfaType": kind, "enabled": true, "recoveryCodes": codes}))
}
