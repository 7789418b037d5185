//! Sign-up and password reset pages, except the code page.

use http::StatusCode;
use maud::{Markup, html};

use super::{
    super::{
        Look, View, alert, hidden, new_password,
        text::{self, Common, Signin},
        token,
    },
    second::restart,
};

/// The page that asks for the address or login to which a code is sent.
#[derive(Debug, Clone, Copy)]
pub struct AskAddress<'a> {
    /// The title.
    pub title: &'a str,
    /// What it is for.
    pub why: &'a str,
    /// The name of the field.
    pub label: &'a str,
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// The step that sends the code.
    pub step: &'a str,
    /// The type of the field: `email` or `text`.
    pub kind: &'a str,
    /// What was typed.
    pub login: &'a str,
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

impl AskAddress<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        let described = self.error.map_or("hint", |_| "error hint");
        let autocomplete = if self.kind == "email" { "email" } else { "username" };
        let main = html! {
            h1 { (self.title) }
            p id="hint" { (self.why) }
            (alert(self.error))
            form method="post" action=(self.action) {
                (token(self.token))
                (hidden("step", self.step))
                label for="username" { (self.label) }
                input id="username" name="username" type=(self.kind) value=(self.login)
                    autocomplete=(autocomplete) autocapitalize="none" spellcheck="false"
                    maxlength="254" required autofocus aria-describedby=(described);
                button type="submit" { (texts.with_code) }
            }
            (back(texts, self.action, self.token))
        };
        View::new(look, self.title, main).status(status)
    }
}

/// The page that asks for what a new account needs besides the verified address.
#[derive(Debug, Clone, Copy)]
pub struct NewAccount<'a> {
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// The verified address.
    pub email: &'a str,
    /// The username that was typed.
    pub name: &'a str,
    /// The person's name that was typed.
    pub display_name: &'a str,
    /// The code of an invitation that was typed; `None`: none is needed.
    pub invitation: Option<&'a str>,
    /// The address of the terms; `None`: there are none.
    pub terms: Option<&'a str>,
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

impl NewAccount<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        let main = html! {
            h1 { (texts.create_account) }
            (alert(self.error))
            form method="post" action=(self.action) {
                (token(self.token))
                (hidden("step", "signup-create"))
                label for="username" { (texts.email) }
                input id="username" name="username" type="email" value=(self.email)
                    autocomplete="username" readonly;
                label for="display_name" { (texts.your_name) }
                input id="display_name" name="display_name" type="text" value=(self.display_name)
                    autocomplete="name" maxlength="200" autofocus;
                label for="name" { (texts.username_optional) }
                input id="name" name="name" type="text" value=(self.name) autocomplete="off"
                    autocapitalize="none" spellcheck="false" maxlength="63"
                    pattern="[a-zA-Z0-9][a-zA-Z0-9._\\-]*";
                @if let Some(invitation) = self.invitation {
                    label for="invitation" { (texts.invitation) }
                    input id="invitation" name="invitation" type="text" value=(invitation)
                        autocomplete="off" spellcheck="false" maxlength="64" required;
                }
                (field(look, texts))
                @if let Some(terms) = self.terms {
                    label class="check" {
                        input type="checkbox" name="terms" value="1" required;
                        span { (text::markup(texts.accept_terms, &[("terms", html! {
                            a href=(terms) target="_blank" rel="noopener noreferrer" { (texts.terms) }
                        })])) }
                    }
                }
                button type="submit" { (texts.create_account) }
            }
            (back(texts, self.action, self.token))
        };
        View::new(look, texts.create_account, main).status(status).script(new_password::SCRIPT)
    }
}

/// The page that asks for a new password.
#[derive(Debug, Clone, Copy)]
pub struct ChoosePassword<'a> {
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// The step that saves it.
    pub step: &'a str,
    /// The login, as it was typed.
    pub login: &'a str,
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

impl ChoosePassword<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        let main = html! {
            h1 { (texts.choose_password) }
            (alert(self.error))
            form method="post" action=(self.action) {
                (token(self.token))
                (hidden("step", self.step))
                input type="hidden" name="username" value=(self.login) autocomplete="username";
                (field(look, texts))
                button type="submit" { (texts.save_password) }
            }
            (restart(texts, self.action, self.token))
        };
        View::new(look, texts.choose_password, main).status(status).script(new_password::SCRIPT)
    }
}

fn field(look: &Look, texts: &Signin) -> Markup {
    let common = Common::of(look.language);
    new_password::field(common, "password", texts.new_password, texts.password_rules)
}

fn back(texts: &Signin, action: &str, form_token: &str) -> Markup {
    html! {
        form method="post" action=(action) {
            (token(form_token))
            button type="submit" name="step" value="restart" class="link" { (texts.have_account) }
        }
    }
}
