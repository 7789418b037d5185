//! The second factors: an authenticator app, recovery codes, and remembered browsers.

use http::StatusCode;

use super::{Holder, Proof, posted, shown};
use crate::{
    core::{
        cors::CorsClass,
        encoding::{base64url, from_base64url},
        otp::{base32, qr, recovery::Digests, uri},
        seal,
        signin::{Acr, Method, second_name},
        time::UnixTime,
    },
    origin::{
        Origin,
        api::{
            endpoint::{Call, Page, Posted, Rate, Who, endpoint},
            signin::{
                respond::{broken, refusing, with_token_cookie},
                schemas::AccountForm,
            },
        },
        authn::{
            csrf::FormToken,
            session::{self, Proved},
        },
        domain::{
            change::{Change, Unrecorded},
            change_error::ChangeError,
            commit::commit,
            factors,
        },
        http::{Parameters, Response, RestError},
        pages::{
            View,
            account::{FactorRow, Factors, Remembered, Section},
            signin::{RecoveryCodes, TotpSetup},
            text::Signin,
        },
        store::factors as rows,
    },
    ports::DatabaseError,
};

/// How long an enrolment that was begun waits, in seconds.
const WAITS: i64 = 600;

endpoint! {
    /// Returns the page of the second factors.
    pub FactorsPage = GET "/account/factors" as "getFactorsPage",
    who: Who::Public, cors: CorsClass::None;
    reply: Page,
    error: RestError;
    factors_page
}

async fn factors_page(origin: &Origin, call: Call<'_, FactorsPage>) -> Result<Page, RestError> {
    shown(origin, call.request, (Section::Factors, Proof::Session), page).await
}

endpoint! {
    /// Enrols, prefers or removes a second factor of the person who is signed in.
    pub ChangeFactor = POST "/account/factors" as "changeFactor",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Guesses;
    body: Posted<AccountForm>,
    reply: Page,
    error: RestError;
    change_factor
}

async fn change_factor(origin: &Origin, call: Call<'_, ChangeFactor>) -> Result<Page, RestError> {
    posted(origin, call.request, (Section::Factors, Proof::Fresh), change).await
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
    let factors = Factors { rows: &listed, recovery, remembered: &remembered };
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
        Some("enrol") => {
            return match form.get("carried") {
                Some(carried) => complete(holder, carried, form.get("code")).await,
                None => begin(holder),
            };
        }
        Some("remove") if asks(kind) => factors::remove(&mut change, user, &holder.held, kind),
        Some("prefer") if asks(kind) => factors::prefer(&mut change, user, kind),
        Some("forget") => factors::forget_browsers(&mut change, user),
        Some("renew") if is_protected => {
            let codes = factors::renew_recovery(holder.origin, &mut change, user);
            commit(holder.origin, change).await?;
            return Ok(recovery_page(holder, &codes));
        }
        // The page of new recovery codes posts it.
        Some("finish") => return Ok(holder.saved()),
        _ => return Ok(holder.unknown()),
    }
    commit(holder.origin, change).await?;
    Ok(holder.saved())
}

/// An enrolment that was begun: the sealed secret, and when the enrolment ends.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Begun {
    sealed: String,
    ends_at: UnixTime,
}

impl Begun {
    /// The text that the form carries. It is worth something in this session only.
    fn carried(&self, holder: &Holder<'_>) -> Result<String, seal::SealError> {
        let config = &holder.origin.config;
        let text = serde_json::to_vec(self).unwrap_or_default();
        let random = &*holder.origin.random;
        let context = context(holder);
        let sealed = seal::seal(&config.root_keys, &config.environment, random, &context, &text)?;
        Ok(base64url(sealed.as_bytes()))
    }

    fn read(holder: &Holder<'_>, carried: &str) -> Option<Self> {
        let config = &holder.origin.config;
        let sealed = String::from_utf8(from_base64url(carried)?).ok()?;
        let opened = seal::open(&config.root_keys, &config.environment, &context(holder), &sealed);
        let begun: Self = serde_json::from_slice(opened.ok()?.expose()).ok()?;
        (holder.origin.clock.now() < begun.ends_at).then_some(begun)
    }
}

fn context(holder: &Holder<'_>) -> String {
    format!("totp-enrolment:{}:{}", holder.user().id, holder.current.session.id)
}

fn begin(holder: &Holder<'_>) -> Result<Response, ChangeError> {
    let origin = holder.origin;
    let (_, sealed) = factors::new_totp(origin, &holder.user().id).map_err(unsealable)?;
    let ends_at = origin.clock.now().plus(WAITS);
    let begun = Begun { sealed, ends_at };
    let carried = begun.carried(holder).map_err(unsealable)?;
    Ok(totp_page(holder, &begun, &carried, None))
}

async fn complete(
    holder: &Holder<'_>,
    carried: &str,
    code: Option<&str>,
) -> Result<Response, ChangeError> {
    let (origin, user, now) = (holder.origin, holder.user(), holder.origin.clock.now());
    let Some(begun) = Begun::read(holder, carried) else {
        return Ok(holder.refused(StatusCode::FORBIDDEN, holder.texts().enrolment_expired));
    };
    let totp = factors::open_totp(origin, &user.id, &begun.sealed);
    let code = code.unwrap_or_default();
    let Some(step) = totp.and_then(|totp| totp.verify(code, now, None)) else {
        let why = Signin::of(holder.look.language).code_wrong;
        return Ok(totp_page(holder, &begun, carried, Some(why)));
    };
    let mut change = Change::unrecorded(Unrecorded::Step);
    factors::enrol_totp(origin, &mut change, user, begun.sealed, step);
    let has_codes = holder.held.factor("recovery").is_some();
    let codes = (!has_codes).then(|| factors::renew_recovery(origin, &mut change, user));
    // The code is a proof of the new factor: the session goes on as one of two.
    let methods = ["otp", "mfa"];
    let before = holder.current.session.methods.iter().map(String::as_str);
    let all: Vec<String> = before.chain(methods).map(str::to_owned).collect();
    let seconds = [second_name(Method::Totp)];
    let proved = Proved { methods: &methods, seconds: &seconds, acr: Acr::of(&all).as_str() };
    let current = holder.current.clone();
    let mut going_on = session::rotated(origin, holder.http, current, change, proved);
    let committed = commit(origin, going_on.change.take()).await?;
    if going_on.check(&committed).is_err() {
        return Err(ChangeError::Stale);
    }
    let page = codes.map_or_else(|| holder.saved(), |codes| recovery_page(holder, &codes));
    Ok(session::with_cookie(page, &going_on.cookie))
}

fn totp_page(holder: &Holder<'_>, begun: &Begun, carried: &str, error: Option<&str>) -> Response {
    let user = holder.user();
    let Some(totp) = factors::open_totp(holder.origin, &user.id, &begun.sealed) else {
        return broken(&"the secret of an enrolment does not open");
    };
    let uri = uri::otpauth(&totp, &user.owner, &user.name);
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
            carries: Some(carried),
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

fn with_token<'v>(
    holder: &'v Holder<'_>,
    error: Option<&str>,
    view: impl FnOnce(&str) -> View<'v>,
) -> Response {
    let token = FormToken::issue(holder.origin, holder.http);
    with_token_cookie(refusing(view(&token.token).response(), error), token)
}

fn unsealable(error: seal::SealError) -> ChangeError {
    DatabaseError::Failed(error.to_string()).into()
}
