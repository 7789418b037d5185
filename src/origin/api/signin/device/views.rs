//! The device approval pages.

use http::StatusCode;

use super::{
    super::{
        approval,
        respond::{name_of, refusing, with_token_cookie},
    },
    lookup::{LookupError, PendingDevice},
};
use crate::{
    core::oauth::device::UserCode,
    origin::{
        Origin,
        authn::{csrf::FormToken, session::Current},
        http::{Request, Response, response},
        pages::{
            Look,
            signin::{DeviceRequest, device_code, permissions},
            text::{Common, Signin},
        },
    },
    ports::DatabaseError,
};

/// The path of the pages; the code may follow as one more segment.
pub(super) const PAGE: &str = "/login/oauth/device";

/// The code entry page, after a failed look-up.
pub(super) fn not_found(look: &Look, error: LookupError) -> Response {
    let texts = Signin::of(look.language);
    let why = match error {
        LookupError::Unknown => texts.device_unknown,
        LookupError::RateLimited => texts.device_too_many,
    };
    let page = enter(look, error.status(), Some(why));
    response::with_reason(page, error.to_string())
}

/// The code entry page, after an internal error.
pub(super) fn failed(look: &Look, error: &DatabaseError) -> Response {
    let why = Common::of(look.language).internal;
    let page = enter(look, StatusCode::INTERNAL_SERVER_ERROR, Some(why));
    response::with_cause(page, Some(error.to_string()))
}

/// The code entry page.
pub(super) fn enter(look: &Look, status: StatusCode, error: Option<&str>) -> Response {
    refusing(device_code(look, status, PAGE, error).response(), error)
}

/// The decision page.
pub(super) fn ask(
    origin: &Origin,
    request: &Request,
    device: &PendingDevice,
    current: &Current,
    error: Option<&str>,
) -> Response {
    let look = device.look(origin, request);
    let texts = Signin::of(look.language);
    let user = &current.person.user;
    let token = FormToken::issue(origin, request);
    let asked = device.asked();
    let scopes: Vec<&str> = asked.scope.iter().collect();
    let page = DeviceRequest {
        application: name_of(&device.application),
        person: &format!("{}/{}", user.owner, user.name),
        code: device.code.as_str(),
        permissions: approval::for_device(&device.application, &current.person)
            .map(|kind| permissions(texts, kind, &scopes, asked.resource))
            .unwrap_or_default(),
        action: &look.link(&device.address()),
        token: &token.token,
        error,
    };
    if !current.person.is_admitted_to(&device.application) {
        let page = page.not_admitted(&look).response();
        return response::with_reason(page, "the account may not use the application");
    }
    let status = if error.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    with_token_cookie(refusing(page.view(&look, status).response(), error), token)
}

/// A redirect to the page of a code.
pub(super) fn back_to(look: &Look, code: &UserCode) -> Response {
    response::redirect(&look.link(&format!("{PAGE}/{}", code.as_str())))
        .unwrap_or_else(|| not_found(look, LookupError::Unknown))
}
