//! Device approval (RFC 8628 §3.3): the verification page, and the endpoints of the published
//! portal.
//!
//! The page always shows code and application and asks for confirmation, even if the URL contains
//! the code, so that a user does not approve an attacker's device (RFC 8628 §5.4). Look-ups are
//! counted per client address to prevent guessing (§5.1).

mod lookup;
mod views;

use http::StatusCode;
use serde_json::json;

use self::{
    lookup::{LookupError, PendingDevice, look_up},
    views::{ask, back_to, enter, failed, not_found},
};
use super::{
    approval,
    respond::{broken, issuer_host, name_of, plain_look},
    schemas::{DeviceQuery, InEnvelope, Object, PageForm, UserCodeForm, enveloped},
    visit::{Arriving, Asking, Landed, Visit, Visited, unmet},
};
use crate::{
    core::{authorization::Approval, cors::CorsClass, oauth::device::UserCode},
    origin::{
        Origin,
        api::endpoint::{Audit, Call, Page, Posted, Rate, Unread, Who, endpoint},
        authn::{
            csrf,
            federation::ARRIVED,
            password::SigninError,
            session::{self, Begun, Current},
        },
        domain::{
            change::{Change, Unrecorded},
            commit::commit,
            consent,
        },
        http::{Envelope, Parameters, Request, Response, RestError},
        pages::{
            self,
            text::{Common, Signin},
        },
        store::query::Query,
    },
};

endpoint! {
    /// Returns the application behind the user code of a device. Takes a session.
    pub GetDevice = POST "/v1/iam/oauth/device/info" as "getDevice",
    who: Who::Person, rate: Rate::Guesses, audit: Audit::Nothing("reads");
    body: Unread<UserCodeForm>,
    reply: InEnvelope<Object>,
    error: RestError;
    get_device
}

async fn get_device(
    origin: &Origin,
    call: Call<'_, GetDevice>,
) -> Result<InEnvelope<Object>, RestError> {
    Ok(enveloped(described(origin, call.request).await))
}

endpoint! {
    /// Returns the page that asks for the user code of a device (RFC 8628 §3.3).
    pub EnterPage = GET "/login/oauth/device" as "getDeviceCodePage",
    who: Who::Public, cors: CorsClass::None;
    query: DeviceQuery,
    reply: Page,
    error: RestError;
    enter_page
}

async fn enter_page(origin: &Origin, call: Call<'_, EnterPage>) -> Result<Page, RestError> {
    Ok(Page(page(origin, call.request, None).await))
}

endpoint! {
    /// Returns the page on which a person approves a device.
    pub DevicePage = GET "/login/oauth/device/{code}" as "getDevicePage",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Guesses;
    path: (String,),
    body: Posted<PageForm>,
    reply: Page,
    error: RestError;
    device_page
}

async fn device_page(origin: &Origin, call: Call<'_, DevicePage>) -> Result<Page, RestError> {
    Ok(Page(page(origin, call.request, Some(&call.path.0)).await))
}

endpoint! {
    /// Posts a form of the page of a device: a login with a password, or a decision.
    pub DecideDevice = POST "/login/oauth/device/{code}" as "decideDevice",
    who: Who::Public, cors: CorsClass::None, rate: Rate::Guesses;
    path: (String,),
    body: Posted<PageForm>,
    reply: Page,
    error: RestError;
    decide_device
}

async fn decide_device(origin: &Origin, call: Call<'_, DecideDevice>) -> Result<Page, RestError> {
    Ok(Page(post(origin, call.request, &call.path.0).await))
}

async fn described(origin: &Origin, request: &Request) -> Result<Envelope, Envelope> {
    let parameters = request.body_parameters()?;
    if session::current(origin, request).await?.is_none() {
        return Err(Envelope::error("please sign in first").code("login_required"));
    }
    let code = parameters.any(&["userCode", "user_code"]).unwrap_or_default();
    let (device, ()) = look_up(origin, request, code, &[], Query::ready(())).await?;
    let application = device?.application;
    Ok(Envelope::ok(json!({
        "clientId": application.client_id,
        "displayName": name_of(&application),
    })))
}

/// Approves for `POST /v1/iam/login` of type `device`.
pub async fn approve(
    origin: &Origin,
    request: &Request,
    current: &Current,
    code: &str,
) -> Result<Envelope, Envelope> {
    let user = &current.person.user;
    let user_ids = [user.id.clone()];
    let (device, ()) = look_up(origin, request, code, &user_ids, Query::ready(())).await?;
    let device = device?;
    if !current.person.is_admitted_to(&device.application) || !device.admits(origin, current) {
        return Err(
            Envelope::error("this account may not use this application").code("access_denied")
        );
    }
    // The portal does not show the requested access; this module's page does.
    if approval::for_device(&device.application, &current.person) == Some(Approval::Platform) {
        return Err(Envelope::error("administering the platform is approved on the device page")
            .code("interaction_required"));
    }
    let known = approval::consent_of(&device.consents, current);
    if !consent::covers(&device.application, known, device.asked()) {
        return Err(Envelope::error("the application needs your consent: open the device page")
            .code("consent_required"));
    }
    let mut change = Change::unrecorded(Unrecorded::Step);
    let decided = device.decide(origin, &mut change, current, true);
    if commit(origin, change).await?.took_effect(decided) {
        return Ok(Envelope::ok("approved").about(&user.id, &user.name));
    }
    Err(LookupError::Unknown.into())
}

async fn page(origin: &Origin, request: &Request, code: Option<&str>) -> Response {
    if let Some(elsewhere) = issuer_host(origin, request) {
        return elsewhere;
    }
    let look = plain_look(origin, request);
    let Some(code) = code else {
        let typed = request.query_parameters().unwrap_or_default();
        let Some(typed) = typed.any(&["code", "user_code"]) else {
            return enter(&look, StatusCode::OK, None);
        };
        return match UserCode::parse(typed) {
            Some(code) => back_to(&look, &code),
            None => not_found(&look, LookupError::Unknown),
        };
    };
    let session = session::find(origin, request);
    match look_up(origin, request, code, &session::claimed(request), session).await {
        Ok((Ok(device), Some(current))) if device.admits(origin, &current) => {
            ask(origin, request, &device, &current, None)
        }
        Ok((Ok(device), _)) => {
            let look = device.look(origin, request);
            let visit = device.visit(origin, request, &look);
            let query = request.query_parameters().unwrap_or_default();
            if let Some(ticket) = query.get(ARRIVED) {
                let visited = visit.arrived(ticket, &Parameters::default()).await;
                visited_page(origin, &device, &visit, visited).await
            } else {
                let arriving = Arriving { asking: Asking::AsUsual, login: "", max_age: None };
                let Landed { visited, besides } = visit.landed(arriving).await;
                besides.on(visited_page(origin, &device, &visit, visited).await)
            }
        }
        Ok((Err(error), _)) => not_found(&look, error),
        Err(error) => failed(&look, &error),
    }
}

/// Handles a sign-in step or a decision.
async fn post(origin: &Origin, request: &Request, code: &str) -> Response {
    let session = session::find(origin, request);
    let found = look_up(origin, request, code, &session::claimed(request), session).await;
    let look = plain_look(origin, request);
    let again = Common::of(look.language).page_expired;
    let (device, current) = match found {
        Ok((Ok(device), current)) => (device, current),
        Ok((Err(error), _)) => return not_found(&look, error),
        Err(error) => return failed(&look, &error),
    };
    let current = current.filter(|current| device.admits(origin, current));
    let form = request.body_parameters().unwrap_or_default();
    let genuine = csrf::is_genuine(origin, request, form.get(csrf::FIELD));
    match (current, form.get("decision")) {
        (Some(current), Some(_)) if !genuine => {
            ask(origin, request, &device, &current, Some(again))
        }
        (Some(current), Some(decision)) => {
            finish(origin, request, &device, &current, decision == "allow").await
        }
        _ => sign_in(origin, request, &device, &form).await,
    }
}

async fn sign_in(
    origin: &Origin,
    request: &Request,
    device: &PendingDevice,
    form: &Parameters,
) -> Response {
    let look = device.look(origin, request);
    let visit = device.visit(origin, request, &look);
    let visited = visit.step(form).await;
    visited_page(origin, device, &visit, visited).await
}

/// The response to a step or an arrival.
async fn visited_page(
    origin: &Origin,
    device: &PendingDevice,
    visit: &Visit<'_>,
    visited: Visited,
) -> Response {
    let look = visit.look;
    match visited {
        Visited::Page(page) => page,
        Visited::Unmet => unmet(look),
        Visited::SignedIn(mut signed_in) => match begun(origin, &mut signed_in.begun).await {
            Ok(()) => session::with_cookie(back_to(look, &device.code), &signed_in.begun.cookie),
            Err(SigninError::Database(error)) => broken(&error),
            Err(error) => visit.retry(&error),
        },
    }
}

async fn begun(origin: &Origin, begun: &mut Begun) -> Result<(), SigninError> {
    let committed = commit(origin, begun.change.take()).await?;
    begun.check(&committed)
}

async fn finish(
    origin: &Origin,
    request: &Request,
    device: &PendingDevice,
    current: &Current,
    allow: bool,
) -> Response {
    if !current.person.is_admitted_to(&device.application) {
        return ask(origin, request, device, current, None);
    }
    let look = device.look(origin, request);
    let texts = Signin::of(look.language);
    let (title, text) = if allow {
        (texts.device_connected, texts.device_go_back)
    } else {
        (texts.device_denied, texts.device_not_connected)
    };
    let mut change = Change::unrecorded(Unrecorded::Step);
    if allow {
        let known = approval::consent_of(&device.consents, current);
        let (user, now) = (&current.person.user, origin.clock.now());
        let application = &device.application;
        consent::give(&mut change, user, application, known, device.asked(), now);
    }
    let decided = device.decide(origin, &mut change, current, allow);
    match commit(origin, change).await {
        Ok(committed) if committed.took_effect(decided) => {
            pages::notice(&look, StatusCode::OK, title, text)
        }
        Ok(_) => not_found(&look, LookupError::Unknown),
        Err(error) => broken(&error),
    }
}
