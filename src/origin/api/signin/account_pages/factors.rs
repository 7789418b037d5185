//! The second factors: an authenticator app, recovery codes, and remembered browsers.

use http::StatusCode;

use super::{Holder, code_page, with_token};
use crate::{
    core::{
        otp::{base32, qr, recovery::Digests, totp::Totp, uri},
        signin::{Method, Methods},
    },
    origin::{
        api::{
            endpoint::Rate,
            signin::enrolment::{self, Begun, Done, EnrolError},
        },
        authn::{enrolling::Enrolling, methods::address, session},
        domain::{
            change::{Change, Unrecorded},
            change_error::ChangeError,
            commit::commit,
            factors,
            sent_codes::masked,
        },
        http::{Parameters, Response},
        pages::{
            account::{FactorRow, Factors, Remembered, Section},
            signin::{RecoveryCodes, TotpSetup},
            text::Signin,
        },
        store::factors as rows,
    },
};

account_page! {
    /// Returns the page of the second factors.
    FactorsPage = GET "/account/factors" as "getFactorsPage";
    factors_page: (Factors, Session), page
}

account_page! {
    /// Enrols, prefers or removes a second factor of the person who is signed in.
    ChangeFactor = POST "/account/factors" as "changeFactor", rate: Rate::Guesses;
    change_factor: (Factors, Fresh), change
}

async fn page(holder: &Holder<'_>) -> Result<Response, ChangeError> {
    let now = holder.origin.clock.now();
    let remembering = rows::remembering(&holder.user().id, now);
    let remembered: Vec<Remembered> = remembering
        .fetch(&*holder.origin.database)
        .await?
        .into_iter()
        .map(|it| Remembered { device: it.device, expires_at: it.expires_at })
        .collect();
    let listed: Vec<FactorRow<'_>> = holder
        .held
        .factors
        .iter()
        .filter(|factor| factor.kind != "recovery")
        .map(|factor| FactorRow {
            kind: &factor.kind,
            address: if factor.kind == "totp" { "" } else { &factor.content },
            is_preferred: factor.is_preferred,
            used_at: factor.used_at,
        })
        .collect();
    let left = |factor: &rows::Factor| {
        serde_json::from_str::<Digests>(&factor.content).map_or(0, |digests| digests.len())
    };
    let recovery = holder.held.factor("recovery").map(left);
    let carries = |method| {
        let channel = address::channel(method);
        channel.is_some_and(|channel| holder.origin.messages.carries(channel))
    };
    let known = |method| {
        let to = factors::destination(holder.user(), method, None);
        to.map_or_else(String::new, |to| masked(&to))
    };
    let factors = Factors {
        rows: &listed,
        recovery,
        remembered: &remembered,
        sends: Methods::of([Method::Email, Method::Sms]).that(carries),
        email: &known(Method::Email),
        phone: &known(Method::Sms),
    };
    Ok(holder.page(|frame, texts| factors.content(frame, texts)))
}

async fn change(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    let kind = form.get("id").unwrap_or_default();
    let has = |kind: &str| holder.held.factors.iter().any(|factor| factor.kind == kind);
    let asks = |kind: &str| kind != "recovery" && has(kind);
    let is_protected =
        holder.held.passkeys > 0 || holder.held.factors.iter().any(|it| asks(&it.kind));
    let user = holder.user();
    let mut change = Change::unrecorded(Unrecorded::Step);
    match form.get("step") {
        Some("enrol") => return enrol(holder, form).await,
        Some("remove") if asks(kind) => factors::remove(&mut change, user, &holder.held, kind),
        Some("prefer") if asks(kind) => factors::prefer(&mut change, user, kind),
        Some("forget") => factors::forget_browsers(&mut change, user),
        Some("renew") if is_protected => {
            let codes = factors::renew_recovery(holder.origin, &mut change, user);
            commit(holder.origin, change).await?;
            return Ok(recovery_page(holder, &codes));
        }
        // Posted by the recovery codes page.
        Some("finish") => return Ok(holder.saved()),
        _ => return Ok(holder.unknown()),
    }
    commit(holder.origin, change).await?;
    Ok(holder.saved())
}

fn enrolling<'a>(holder: &'a Holder<'_>, method: Method) -> Enrolling<'a> {
    let session = &holder.current.session.id;
    Enrolling { origin: holder.origin, user: holder.user(), session, method }
}

/// Starts an enrolment, or completes it with the first code.
async fn enrol(holder: &Holder<'_>, form: &Parameters) -> Result<Response, ChangeError> {
    let method = form.get("method").map_or(Some(Method::Totp), Method::of_wire_name);
    let method = method.filter(|it| matches!(it, Method::Totp | Method::Email | Method::Sms));
    let Some(method) = method else { return Ok(holder.unknown()) };
    let enrolling = enrolling(holder, method);
    let Some(code) = form.get("code") else {
        let typed = form.get("address");
        return match enrolment::begin(enrolling, &holder.held, holder.http, holder.sender(), typed)
            .await
        {
            Ok(Begun::App(totp)) => Ok(app_page(holder, &totp, None)),
            Ok(Begun::Sent(to)) => Ok(code_page(holder, "enrol", method, &to, None)),
            Err(error) => failed(holder, method, error).await,
        };
    };
    let done = match enrolling.typed(code).await? {
        Some(proven) => {
            let current = holder.current.clone();
            enrolment::complete(enrolling, proven, &holder.held, holder.http, current).await
        }
        None => Err(EnrolError::Wrong),
    };
    match done {
        Ok(Done { codes, cookie }) => {
            let page = codes.map_or_else(|| holder.saved(), |codes| recovery_page(holder, &codes));
            Ok(session::with_cookie(page, &cookie))
        }
        Err(error) => failed(holder, method, error).await,
    }
}

/// The page after a failed enrolment: the same step, if still pending.
async fn failed(
    holder: &Holder<'_>,
    method: Method,
    error: EnrolError,
) -> Result<Response, ChangeError> {
    let signin = Signin::of(holder.look.language);
    let (status, why) = match error {
        EnrolError::Database(error) => return Err(error.into()),
        EnrolError::Stale => return Err(ChangeError::Stale),
        EnrolError::Wrong => (StatusCode::UNAUTHORIZED, signin.code_wrong),
        EnrolError::TooMany => (StatusCode::TOO_MANY_REQUESTS, signin.code_too_many),
        EnrolError::Taken => (StatusCode::CONFLICT, signin.address_taken),
        EnrolError::MailboxOnly => (StatusCode::CONFLICT, holder.texts().mailbox_only),
        EnrolError::NoService => (StatusCode::SERVICE_UNAVAILABLE, holder.common().internal),
        EnrolError::Address if method == Method::Sms => {
            (StatusCode::BAD_REQUEST, signin.number_wrong)
        }
        EnrolError::Address => (StatusCode::BAD_REQUEST, signin.address_wrong),
    };
    let enrolling = enrolling(holder, method);
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS) {
        if method == Method::Totp {
            if let Some(totp) = enrolling.app().await? {
                return Ok(app_page(holder, &totp, Some(why)));
            }
        } else if let Some(to) = enrolling.address().await? {
            return Ok(code_page(holder, "enrol", method, &to, Some((status, why))));
        }
    }
    let is_gone = status == StatusCode::UNAUTHORIZED;
    Ok(if is_gone {
        holder.refused(StatusCode::FORBIDDEN, holder.texts().enrolment_expired)
    } else {
        holder.refused(status, why)
    })
}

fn app_page(holder: &Holder<'_>, totp: &Totp, error: Option<&str>) -> Response {
    let user = holder.user();
    let uri = uri::otpauth(totp, &user.owner, &user.name);
    let key = base32::encode(totp.secret().expose());
    let status = if error.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let label = Signin::of(holder.look.language).enrol_app;
    let page = |token: &str| {
        let setup = TotpSetup {
            action: &holder.address(),
            token,
            qr: qr::svg(&uri, label),
            key: &key,
            uri: &uri,
            is_account: true,
            error,
        };
        setup.view(&holder.look, status)
    };
    with_token(holder, error, page)
}

fn recovery_page(holder: &Holder<'_>, codes: &[String]) -> Response {
    let action = &holder.address();
    with_token(holder, None, |token| RecoveryCodes { action, token, codes }.view(&holder.look))
}
