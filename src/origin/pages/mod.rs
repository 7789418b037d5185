//! The hosted pages: HTML that works without scripts, in eight languages, in the theme of the
//! organization.
//!
//! A page is a [`View`] of typed content; [maud] escapes everything that is put into it. `look` and
//! `theme` have its appearance, `text` its wording, and one module per topic its content.

use http::{HeaderValue, StatusCode, header};
use maud::{Markup, html};

pub mod account;
mod layout;
pub mod letters;
mod new_password;
pub mod reference;
pub mod signin;
pub mod text;
mod theme;

use self::text::Common;
pub use self::{
    layout::{Look, View},
    theme::Theme,
};
use super::authn::csrf;
use crate::origin::http::{Response, response};

/// The script that posts the form of the `form_post` response mode without a click.
const SUBMIT: &str = "document.forms[0].submit()";

/// Text as it may stand in an element or in a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The page that sends the browser on to `location` after a form of ours.
///
/// It stands in place of a redirect because the policy of a form follows redirects, those of the
/// client behind its own address too, and would stop a person at a client that leads to a second
/// origin. A client that cannot be known beforehand cannot be named in a policy either.
pub fn onward(look: &Look, location: &str) -> Response {
    let texts = Common::of(look.language);
    let main = html! {
        h1 { (texts.one_moment) }
        p { (texts.redirected) " " a href=(location) { (texts.continue_) } }
    };
    let refresh = html! { meta http-equiv="refresh" content={ "0;url=" (location) }; };
    View::new(look, texts.one_moment, main).head(refresh).posting_to("'none'").response()
}

/// The page of the `form_post` response mode: it posts `fields` to `action`, by itself or by a
/// click where scripts do not run. Where the client leads from there is not ours to say, so this
/// policy has no `form-action`; the page has this one form.
pub fn form_post(look: &Look, action: &str, fields: &[(&str, String)]) -> Response {
    let texts = Common::of(look.language);
    let main = html! {
        h1 { (texts.one_moment) }
        p { (texts.redirected) }
        form method="post" action=(action) {
            @for (name, value) in fields { (hidden(name, value)) }
            button type="submit" { (texts.continue_) }
        }
    };
    View::new(look, texts.one_moment, main).posting_to("").script(SUBMIT).response()
}

/// A page that says one thing.
pub fn notice(look: &Look, status: StatusCode, title: &str, text: &str) -> Response {
    let main = html! { h1 { (title) } p { (text) } };
    View::new(look, title, main).status(status).response()
}

/// The page of a refusal or failure that no form answers: `why` is for those who run the application, and
/// `request_id` for those who run this server.
pub fn failure(look: &Look, status: StatusCode, why: &str, request_id: &str) -> Response {
    let texts = Common::of(look.language);
    let help = if status.is_server_error() { texts.internal } else { texts.failed_help };
    let main = html! {
        h1 { (texts.failed_title) }
        p { (help) }
        p class="alert" lang="en" dir="ltr" { (why) }
        p class="note key" dir="ltr" { (request_id) }
    };
    View::new(look, texts.failed_title, main).status(status).response()
}

/// A hidden field.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// The hidden field of a form token.
pub fn token(token: &str) -> Markup {
    hidden(csrf::FIELD, token)
}

/// Why the last try failed.
pub fn alert(error: Option<&str>) -> Markup {
    html! { @if let Some(error) = error { p class="alert" role="alert" id="error" { (error) } } }
}

/// A document of HTML without secrets, whose forms search on this server, and which browsers keep for
/// `seconds`.
pub fn public(status: StatusCode, page: String, seconds: u32) -> Response {
    let mut response = response::html(status, page);
    let headers = response.headers_mut();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
                  frame-ancestors 'none'; base-uri 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.remove(header::PRAGMA);
    if let Ok(age) = HeaderValue::from_str(&format!("public, max-age={seconds}")) {
        headers.insert(header::CACHE_CONTROL, age);
    }
    response
}
