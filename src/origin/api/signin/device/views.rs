//! The pages on which a person approves a device.

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
        authn::{
            csrf::{self, FormToken},
            session::Current,
        },
        http::{Request, Response, response},
        pages::{self, SignInForm},
    },
    ports::DatabaseError,
};

/// The path of the pages; the code may follow as one more segment.
pub(super) const PAGE: &str = "/login/oauth/device";

/// The page that asks for a code, after a failed lookup.
pub(super) fn not_found(error: LookupError) -> Response {
    enter(error.status(), Some(&error.to_string()))
}

/// The page that asks for a code, after an internal error.
pub(super) fn failed(error: &DatabaseError) -> Response {
    let page = enter(StatusCode::INTERNAL_SERVER_ERROR, Some("the request could not be completed"));
    response::with_cause(page, Some(error.to_string()))
}

/// The page that asks for a code.
pub(super) fn enter(status: StatusCode, error: Option<&str>) -> Response {
    let alert = error.map_or_else(String::new, |error| {
        let mut text = error.to_owned();
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        format!("<p class=\"alert\" role=\"alert\" id=\"error\">{}.</p>", pages::escape(&text))
    });
    let main = format!(
        "<h1>Connect a device</h1><p>Enter the code that your device shows.</p>{alert}\
         <form method=\"get\" action=\"{PAGE}\"><label for=\"code\">Code</label>\
         <input id=\"code\" name=\"code\" type=\"text\" autocomplete=\"off\" \
         autocapitalize=\"characters\" spellcheck=\"false\" maxlength=\"32\" required autofocus>\
         <button type=\"submit\">Continue</button></form>"
    );
    refusing(pages::answer(status, "Connect a device", &main), error)
}

/// The page that asks for a decision.
pub(super) fn ask(
    origin: &Origin,
    request: &Request,
    device: &PendingDevice,
    current: &Current,
    error: Option<&str>,
) -> Response {
    let user = &current.person.user;
    let code = pages::escape(device.code.as_str());
    let application = pages::escape(name_of(&device.application));
    let person = pages::escape(&format!("{}/{}", user.owner, user.name));
    if !current.person.is_admitted_to(&device.application) {
        let main = format!(
            "<h1>Not possible</h1><p class=\"alert\" role=\"alert\">The account \
             <strong>{person}</strong> may not use <strong>{application}</strong>.</p>"
        );
        let page = pages::answer(StatusCode::FORBIDDEN, "Not possible", &main);
        return response::with_reason(page, "the account may not use the application");
    }
    let notice = approval::for_device(&device.application, &current.person)
        .map(|notice| approval::description(notice, device.asked()));
    let token = FormToken::issue(origin, request);
    let alert = error.map_or_else(String::new, |error| {
        format!("<p class=\"alert\" role=\"alert\">{}</p>", pages::escape(error))
    });
    let main = format!(
        "<h1>Connect a device</h1>\
         <p><strong>{application}</strong> on another device asks to act for \
         <strong>{person}</strong>.</p>{alert}<p class=\"code\">{code}</p>\
         {notice}<p>Allow it only if your device shows this code right now.</p>\
         <form method=\"post\" action=\"{PAGE}/{code}\">{field}\
         <button type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>\
         <button type=\"submit\" name=\"decision\" value=\"deny\" class=\"quiet\">Deny</button>\
         </form>",
        field = pages::hidden(csrf::FIELD, &token.token),
        notice = notice.unwrap_or_default(),
    );
    let status = if error.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    let page = refusing(pages::answer(status, "Connect a device", &main), error);
    with_token_cookie(page, token)
}

/// The sign-in page of a device.
pub(super) fn sign_in_form(
    origin: &Origin,
    request: &Request,
    device: &PendingDevice,
    status: StatusCode,
    login: &str,
    error: Option<&str>,
) -> Response {
    let token = FormToken::issue(origin, request);
    let form = SignInForm {
        application: name_of(&device.application),
        organization: &device.application.organization,
        action: &format!("{PAGE}/{}", device.code.as_str()),
        token: &token.token,
        login,
        error,
        by_password: device.application.enable_password,
    };
    let page = refusing(pages::answer(status, "Sign in", &form.main()), error);
    with_token_cookie(page, token)
}

/// A redirect to the page of a code.
pub(super) fn back_to(code: &UserCode) -> Response {
    response::redirect(&format!("{PAGE}/{}", code.as_str()))
        .unwrap_or_else(|| not_found(LookupError::Unknown))
}
