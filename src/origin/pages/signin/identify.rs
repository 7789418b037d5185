//! The identifier page, optionally with the password.

use http::StatusCode;
use maud::{Markup, html};

use super::{
    super::{
        Look, View, alert, hidden,
        text::{self, Signin},
        token,
    },
    passkey::{PasskeyForm, SCRIPT},
    provider::{ProviderButton, buttons},
    wallet,
};
use crate::core::signin::{Method, Methods};

/// The id of the form that takes a password.
const BY_PASSWORD: &str = "by-password";

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
    /// What has succeeded before.
    pub success: Option<&'a str>,
    /// The methods by which a sign-in may begin.
    pub methods: Methods,
    /// The client; empty: the person's own account.
    pub client_id: &'a str,
    /// Whether a forgotten password can be replaced.
    pub resets: bool,
    /// Whether people may create an account.
    pub signs_up: bool,
    /// The identity providers to which the page leads.
    pub providers: &'a [ProviderButton<'a>],
    /// The organizations that are offered where a shared application asks for one; `None`: it does not.
    pub organizations: Option<&'a [&'a str]>,
}

impl Identify<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        let view = View::new(look, texts.sign_in, self.main(texts)).status(status);
        let view = if self.methods.has(Method::Passkey) { view.script(SCRIPT) } else { view };
        if self.methods.has(Method::Wallet) { view.script(wallet::SCRIPT) } else { view }
    }

    fn main(&self, texts: &Signin) -> Markup {
        let strong = |name| html! { strong { (name) } };
        let to = self.application.map_or_else(
            || html! { (texts.to_your_account) },
            |name| text::markup(texts.to_continue, &[("application", strong(name))]),
        );
        if self.methods.is_empty() {
            let none = strong(self.application.unwrap_or_default());
            return html! {
                h1 { (texts.sign_in) }
                p class="alert" role="alert" {
                    (text::markup(texts.no_method, &[("application", none)]))
                }
            };
        }
        html! {
            h1 { (texts.sign_in) }
            p { (to) }
            @if let Some(success) = self.success { p class="good" role="status" { (success) } }
            (alert(self.error))
            @if self.asks_first() { (self.identifier(texts)) }
            @else if self.methods.has(Method::Password) { (self.by_password(texts)) }
            @if self.has_form() && self.has_alternative() { p class="or" { (texts.or) } }
            @if !self.asks_first() && self.methods.has(Method::Email) { (self.by_code(texts)) }
            @if self.methods.has(Method::Passkey) { (self.by_passkey(texts)) }
            @if self.methods.has(Method::Wallet) {
                (wallet::form(self, texts))
            }
            @if !self.has_form() && self.has_button() && !self.providers.is_empty() {
                p class="or" { (texts.or) }
            }
            (buttons(self.providers, (self.action, self.token), texts))
            (self.further(texts))
            @if !self.organization.is_empty() && self.organizations.is_none() {
                p class="note" {
                    (text::plain(texts.organization, &[("organization", self.organization)]))
                    @if self.application.is_none() {
                        " " a href="/login?organization=" { (texts.other_organization) }
                    }
                }
            }
        }
    }

    /// Whether the page begins with fields to fill in.
    const fn has_form(&self) -> bool {
        self.asks_first() || self.methods.has(Method::Password)
    }

    /// Whether it has a button for a code or a passkey.
    const fn has_button(&self) -> bool {
        (self.methods.has(Method::Email) && !self.asks_first()) || self.methods.has(Method::Passkey)
    }

    /// Whether there is a choice below its fields. The form of a wallet shows only in browsers that have one.
    const fn has_alternative(&self) -> bool {
        self.has_button() || !self.providers.is_empty()
    }

    /// Whether the person says which organization the account is of.
    fn asks_organization(&self) -> bool {
        let is_account = self.application.is_none() && self.organization.is_empty();
        is_account || (self.organizations.is_some() && !self.login.contains('/'))
    }

    fn organization_field(&self, texts: &Signin) -> Markup {
        html! {
            @if self.asks_organization() {
                label for="organization" { (texts.organization_label) }
                input id="organization" name="organization" type="text" autofocus
                    autocomplete="organization" autocapitalize="none" autocorrect="off"
                    spellcheck="false" maxlength="64"
                    list=[self.organizations.is_some_and(|known| !known.is_empty()).then_some("organizations")];
                @if let Some(known) = self.organizations {
                    datalist id="organizations" {
                        @for name in known.iter() { option value=(name) {} }
                    }
                }
            }
        }
    }

    /// Whether the page asks for the login only: there is more than a password to choose from. Otherwise
    /// login and password are on one page, which programs fill in too.
    const fn asks_first(&self) -> bool {
        self.methods.has(Method::Email) && self.login.is_empty()
    }

    /// With passkeys the browser offers them in the field of the login (conditional mediation).
    const fn autocomplete(&self) -> &'static str {
        if self.methods.has(Method::Passkey) { "username webauthn" } else { "username" }
    }

    fn identifier(&self, texts: &Signin) -> Markup {
        let described = self.error.map(|_| "error");
        let is_choice = self.methods.has(Method::Password);
        let (step, name) =
            if is_choice { ("identify", texts.next) } else { ("code", texts.with_code) };
        html! {
            form method="post" action=(self.action) {
                (token(self.token))
                (hidden("step", step))
                (self.organization_field(texts))
                label for="username" { (texts.login) }
                input id="username" name="username" type="text" autocomplete=(self.autocomplete())
                    autocapitalize="none" autocorrect="off" spellcheck="false" maxlength="256"
                    required aria-describedby=[described] autofocus[!self.asks_organization()];
                button type="submit" { (name) }
            }
        }
    }

    /// The ways to a new password and a new account.
    fn further(&self, texts: &Signin) -> Markup {
        html! {
            @if self.resets || self.signs_up {
                form method="post" action=(self.action) {
                    (token(self.token))
                    (hidden("username", self.login))
                    @if self.resets {
                        button type="submit" name="step" value="forgot" class="link" {
                            (texts.forgot_password)
                        }
                    }
                    @if self.signs_up {
                        button type="submit" name="step" value="signup" class="link" {
                            (texts.create_account)
                        }
                    }
                }
            }
        }
    }

    /// Beside a password the button is of the form of the password, so that it takes the login that is
    /// typed there.
    fn by_code(&self, texts: &Signin) -> Markup {
        html! {
            @if self.methods.has(Method::Password) {
                button type="submit" form=(BY_PASSWORD) formnovalidate name="step" value="code"
                    class="quiet" { (texts.with_code) }
            } @else {
                form method="post" action=(self.action) {
                    (token(self.token))
                    (hidden("username", self.login))
                    button type="submit" name="step" value="code" { (texts.with_code) }
                }
            }
        }
    }

    fn by_passkey(&self, texts: &Signin) -> Markup {
        let is_conditional = self.methods.has(Method::Password);
        let form = PasskeyForm {
            action: self.action,
            token: self.token,
            fields: &[("step", "passkey")],
            creates: false,
            is_conditional,
            label: texts.with_passkey,
            class: if is_conditional { "quiet" } else { "" },
        };
        form.with(texts, &html! {})
    }

    fn by_password(&self, texts: &Signin) -> Markup {
        let described = self.error.map(|_| "error");
        let autocomplete = self.autocomplete();
        html! {
            form id=(BY_PASSWORD) method="post" action=(self.action) {
                (token(self.token))
                (self.organization_field(texts))
                label for="username" { (texts.login) }
                input id="username" name="username" type="text" value=(self.login)
                    autocomplete=(autocomplete) autocapitalize="none" autocorrect="off"
                    spellcheck="false" maxlength="256" required
                    aria-describedby=[described]
                    autofocus[self.login.is_empty() && !self.asks_organization()];
                label for="password" { (texts.password) }
                input id="password" name="password" type="password"
                    autocomplete="current-password" maxlength="256" required
                    aria-describedby=[described] autofocus[!self.login.is_empty()];
                button type="submit" { (texts.sign_in) }
            }
        }
    }
}
