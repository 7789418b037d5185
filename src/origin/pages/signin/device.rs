//! Device code entry and approval pages (RFC 8628 §3.3).

use http::StatusCode;
use maud::{Markup, html};

use super::{
    super::{
        Look, View, alert, hidden,
        text::{self, Signin},
    },
    approval::decision,
};

/// The page that asks for a code, with a form that leads to `action`.
pub fn device_code<'a>(
    look: &'a Look,
    status: StatusCode,
    action: &str,
    error: Option<&str>,
) -> View<'a> {
    let texts = Signin::of(look.language);
    let main = html! {
        h1 { (texts.device_title) }
        p { (texts.device_enter) }
        (alert(error))
        form method="get" action=(action) {
            @if let Some(asked) = look.asked() { (hidden("ui_locales", asked)) }
            label for="code" { (texts.code_label) }
            input id="code" name="code" type="text" autocomplete="off" autocapitalize="characters"
                spellcheck="false" maxlength="32" required autofocus
                aria-describedby=[error.map(|_| "error")];
            button type="submit" { (super::super::text::Common::of(look.language).continue_) }
        }
    };
    View::new(look, texts.device_title, main).status(status)
}

/// The page that asks whether a device may act for a person.
#[derive(Debug)]
pub struct DeviceRequest<'a> {
    /// The client's name.
    pub application: &'a str,
    /// Who decides, as `owner/name`.
    pub person: &'a str,
    /// The code that the device shows.
    pub code: &'a str,
    /// What the client asks for.
    pub permissions: Markup,
    /// Where the form posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

impl DeviceRequest<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        let main = html! {
            h1 { (texts.device_title) }
            p { (self.names(texts.device_asks)) }
            (alert(self.error))
            p class="code" { (self.code) }
            (self.permissions)
            p { (texts.device_check) }
            (decision(texts, self.action, self.token))
        };
        View::new(look, texts.device_title, main).status(status)
    }

    /// The page that says that the person may not use the client.
    pub fn not_admitted<'a>(&self, look: &'a Look) -> View<'a> {
        let texts = Signin::of(look.language);
        let main = html! {
            h1 { (texts.device_not_possible) }
            p class="alert" role="alert" { (self.names(texts.device_not_admitted)) }
        };
        View::new(look, texts.device_not_possible, main).status(StatusCode::FORBIDDEN)
    }

    fn names(&self, text: &str) -> Markup {
        let strong = |name| html! { strong { (name) } };
        let places = [("application", strong(self.application)), ("person", strong(self.person))];
        text::markup(text, &places)
    }
}
