//! The code entry page, and the landing page of links in messages.

use http::StatusCode;
use maud::html;

use super::{
    super::{Look, View, alert, hidden, text::Signin, token},
    second::{code_field, restart},
};
use crate::core::signin::Method;

/// The page that asks for a code that was sent.
#[derive(Debug, Clone, Copy)]
pub struct EnterCode<'a> {
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// The steps that verify the code and that send another one.
    pub steps: (&'a str, &'a str),
    /// The login or address, as it was typed.
    pub login: &'a str,
    /// What has been sent where.
    pub sent: &'a str,
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

impl EnterCode<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        let described = self.error.map_or("hint", |_| "error hint");
        let (verify, again) = self.steps;
        let main = html! {
            h1 { (texts.code_title) }
            p id="hint" { (self.sent) }
            (alert(self.error))
            form method="post" action=(self.action) {
                (token(self.token))
                (hidden("step", verify))
                (hidden("username", self.login))
                label for="code" { (texts.code_label) }
                (code_field(Method::Email, described))
                button type="submit" { (texts.verify) }
            }
            form method="post" action=(self.action) {
                (token(self.token))
                (hidden("username", self.login))
                button type="submit" name="step" value=(again) class="quiet" { (texts.send_again) }
            }
            (restart(texts, self.action, self.token))
        };
        View::new(look, texts.code_title, main).status(status)
    }
}

/// The page of a link in a message: opening it does nothing. `form` is of the browser that asked: where it
/// posts, its token, and its step; another browser shows the code, to be typed where it was asked for.
pub fn code_link<'a>(look: &'a Look, code: &str, form: Option<(&str, &str, &str)>) -> View<'a> {
    let texts = Signin::of(look.language);
    let main = html! {
        h1 { (texts.sign_in) }
        @if let Some((action, form_token, step)) = form {
            p { (texts.code_link) }
            form method="post" action=(action) {
                (token(form_token))
                (hidden("step", step))
                (hidden("method", Method::Email.wire_name()))
                (hidden("code", code))
                button type="submit" { (texts.sign_in) }
            }
        } @else {
            p { (texts.code_elsewhere) }
            p class="key" dir="ltr" { (code) }
        }
    };
    View::new(look, texts.sign_in, main)
}
