//! The page on which a person says who they are, and types a password if that is asked at once.

use http::StatusCode;
use maud::{Markup, html};

use super::super::{
    Look, View, alert,
    text::{self, Signin},
    token,
};

/// The first page of a sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Identify<'a> {
    /// The application's name; `None`: the person's own account.
    pub application: Option<&'a str>,
    /// The organization's name.
    pub organization: &'a str,
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// The username, if it is known already.
    pub login: &'a str,
    /// Why the last try failed.
    pub error: Option<&'a str>,
    /// Whether the application takes passwords at all.
    pub by_password: bool,
}

impl Identify<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        View::new(look, texts.sign_in, self.main(texts)).status(status)
    }

    fn main(&self, texts: &Signin) -> Markup {
        let to = self.application.map_or_else(
            || html! { (texts.to_your_account) },
            |name| text::markup(texts.to_continue, &[("application", html! { strong { (name) } })]),
        );
        if !self.by_password {
            let none = html! { strong { (self.application.unwrap_or_default()) } };
            return html! {
                h1 { (texts.sign_in) }
                p class="alert" role="alert" { (text::markup(texts.no_method, &[("application", none)])) }
            };
        }
        let described = self.error.map(|_| "error");
        html! {
            h1 { (texts.sign_in) }
            p { (to) }
            (alert(self.error))
            form method="post" action=(self.action) {
                (token(self.token))
                label for="username" { (texts.login) }
                input id="username" name="username" type="text" value=(self.login)
                    autocomplete="username" autocapitalize="none" autocorrect="off"
                    spellcheck="false" maxlength="256" required
                    aria-describedby=[described] autofocus[self.login.is_empty()];
                label for="password" { (texts.password) }
                input id="password" name="password" type="password"
                    autocomplete="current-password" maxlength="256" required
                    aria-describedby=[described] autofocus[!self.login.is_empty()];
                button type="submit" { (texts.sign_in) }
            }
            p class="note" {
                (text::plain(texts.organization, &[("organization", self.organization)]))
            }
        }
    }
}
