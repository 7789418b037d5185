//! The page that asks the session's user for the password again.

use http::StatusCode;
use maud::html;

use super::super::{
    Look, View, alert,
    text::{self, Signin},
    token,
};

/// The step-up of a person who has no second factor.
#[derive(Debug, Clone, Copy)]
pub struct Confirm<'a> {
    /// Whose session it is.
    pub person: &'a str,
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// Whether a password can be typed.
    pub has_password: bool,
    /// Where the person signs in again instead.
    pub instead: &'a str,
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

impl Confirm<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        let who = html! { strong { (self.person) } };
        let described = self.error.map(|_| "error");
        let main = html! {
            h1 { (texts.second_title) }
            p { (text::markup(texts.second_for, &[("person", who)])) }
            (alert(self.error))
            @if self.has_password {
                form method="post" action=(self.action) {
                    (token(self.token))
                    input class="sr" type="text" name="username" value=(self.person)
                        autocomplete="username" readonly tabindex="-1" aria-hidden="true";
                    label for="password" { (texts.password) }
                    input id="password" name="password" type="password" required autofocus
                        autocomplete="current-password" maxlength="256"
                        aria-describedby=[described];
                    button type="submit" name="step" value="password" { (texts.verify) }
                }
                p class="note" { a href=(self.instead) { (texts.sign_in_instead) } }
            } @else {
                p { a class="button" href=(self.instead) { (texts.sign_in_instead) } }
            }
        };
        View::new(look, texts.second_title, main).status(status)
    }
}
