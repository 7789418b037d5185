//! The second-factor page.

use http::StatusCode;
use maud::{Markup, html};

use super::{
    super::{
        Look, View, alert, hidden,
        text::{self, Signin},
        token,
    },
    passkey::{PasskeyForm, SCRIPT},
};
use crate::core::signin::{Method, Methods};

/// The second step of a sign-in.
#[derive(Debug, Clone, Copy)]
pub struct SecondFactor<'a> {
    /// Who signs in.
    pub person: &'a str,
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// The factor that is asked for.
    pub method: Method,
    /// The others that the person has.
    pub others: Methods,
    /// Where a code has been sent, if the factor is a code that is sent.
    pub sent: Option<&'a str>,
    /// For how many days this browser may be remembered; 0: it may not.
    pub remember_days: i64,
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

impl SecondFactor<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        let who = html! { strong { (self.person) } };
        let main = html! {
            h1 { (texts.second_title) }
            p { (text::markup(texts.second_for, &[("person", who)])) }
            (alert(self.error))
            @if self.method == Method::Passkey { (self.by_passkey(texts)) }
            @else if self.is_sent() && self.sent.is_none() { (self.ask_for_code(texts, "")) }
            @else { (self.form(texts)) }
            @if self.is_sent() && self.sent.is_some() { (self.ask_for_code(texts, "quiet")) }
            (self.other_ways(texts))
            (restart(texts, self.action, self.token))
        };
        let view = View::new(look, texts.second_title, main).status(status);
        if self.method == Method::Passkey { view.script(SCRIPT) } else { view }
    }

    fn by_passkey(&self, texts: &Signin) -> Markup {
        let form = PasskeyForm {
            action: self.action,
            token: self.token,
            fields: &[("step", "second"), ("method", Method::Passkey.wire_name())],
            creates: false,
            is_conditional: false,
            label: texts.use_passkey,
            class: "",
        };
        form.with(texts, &html! { p { (texts.passkey_hint) } (self.remember(texts)) })
    }

    /// The choice to remember this browser.
    fn remember(&self, texts: &Signin) -> Markup {
        html! {
            @if self.remember_days > 0 {
                label class="check" {
                    input type="checkbox" name="remember" value="1";
                    (text::plain(texts.remember_browser, &[("days", &self.remember_days.to_string())]))
                }
            }
        }
    }

    const fn is_sent(&self) -> bool {
        matches!(self.method, Method::Email | Method::Sms)
    }

    /// The form that has a code sent: the first, or another one.
    fn ask_for_code(&self, texts: &Signin, class: &str) -> Markup {
        let text = if self.sent.is_some() { texts.send_again } else { texts.with_code };
        html! {
            form method="post" action=(self.action) {
                (token(self.token))
                (hidden("step", "second"))
                button type="submit" name="method" value=(self.method.wire_name()) class=(class) {
                    (name(texts, self.method)) ": " (text)
                }
            }
        }
    }

    fn form(&self, texts: &Signin) -> Markup {
        let hint = match self.method {
            Method::Recovery => texts.recovery_hint,
            _ => self.sent.unwrap_or(texts.totp_hint),
        };
        let described = self.error.map_or("hint", |_| "error hint");
        html! {
            form method="post" action=(self.action) {
                (token(self.token))
                (hidden("step", "second"))
                (hidden("method", self.method.wire_name()))
                label for="code" { (name(texts, self.method)) }
                p id="hint" { (hint) }
                (code_field(self.method, described))
                (self.remember(texts))
                button type="submit" { (texts.verify) }
            }
        }
    }

    fn other_ways(&self, texts: &Signin) -> Markup {
        html! {
            @if !self.others.is_empty() {
                p class="or" { (texts.other_ways) }
                @for method in self.others.iter() {
                    form method="post" action=(self.action) {
                        (token(self.token))
                        (hidden("step", "second"))
                        button type="submit" name="method" value=(method.wire_name()) class="quiet" {
                            (name(texts, method))
                        }
                    }
                }
            }
        }
    }
}

/// The field for a code.
pub(super) fn code_field(method: Method, described: &str) -> Markup {
    html! {
        @if method == Method::Recovery {
            input id="code" name="code" type="text" autocomplete="off" autocapitalize="none"
                spellcheck="false" maxlength="32" required autofocus aria-describedby=(described);
        } @else {
            input id="code" name="code" class="digits" type="text" inputmode="numeric"
                autocomplete="one-time-code" pattern="[0-9 ]*" maxlength="10" required autofocus
                aria-describedby=(described);
        }
    }
}

/// The form that begins the sign-in again.
pub(super) fn restart(texts: &Signin, action: &str, form_token: &str) -> Markup {
    html! {
        form method="post" action=(action) {
            (token(form_token))
            button type="submit" name="step" value="restart" class="link" { (texts.not_you) }
        }
    }
}

/// The name of a factor.
pub(super) const fn name(texts: &Signin, method: Method) -> &'static str {
    match method {
        Method::Password => texts.password,
        Method::Email => texts.email_code,
        Method::Sms => texts.sms_code,
        Method::Passkey => texts.use_passkey,
        Method::Wallet => texts.with_wallet,
        Method::Totp => texts.totp,
        Method::Recovery => texts.recovery,
        Method::Provider => texts.with_provider,
    }
}
