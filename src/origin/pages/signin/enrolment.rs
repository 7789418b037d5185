//! The pages on which a person enrols a second factor.

use http::StatusCode;
use maud::{PreEscaped, html};

use super::{
    super::{
        Look, View, alert, hidden,
        text::{self, Common, Signin},
        token,
    },
    passkey::{PasskeyForm, SCRIPT},
    second::{code_field, restart},
};
use crate::core::signin::{Method, Methods};

/// The page that asks which factor to enrol.
#[derive(Debug, Clone, Copy)]
pub struct Enrolment<'a> {
    /// The organization that demands one.
    pub organization: &'a str,
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// The factors that count.
    pub methods: Methods,
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

impl Enrolment<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        let organization = html! { strong { (self.organization) } };
        let choice = |method: Method, text: &str, class: &str| {
            html! {
                @if self.methods.has(method) {
                    form method="post" action=(self.action) {
                        (token(self.token))
                        (hidden("step", "enrol"))
                        button type="submit" name="method" value=(method.wire_name()) class=(class) { (text) }
                    }
                }
            }
        };
        let has_passkey = self.methods.has(Method::Passkey);
        let passkey = PasskeyForm {
            action: self.action,
            token: self.token,
            fields: &[("step", "enrol"), ("method", Method::Passkey.wire_name())],
            creates: true,
            is_conditional: false,
            label: texts.enrol_passkey,
            class: "",
        };
        let main = html! {
            h1 { (texts.enrol_title) }
            p { (text::markup(texts.enrol_why, &[("organization", organization)])) }
            (alert(self.error))
            @if has_passkey {
                p { (texts.enrol_passkey_why) }
                (passkey.with(texts, &html! {}))
            }
            @if has_passkey && self.methods.has(Method::Totp) { p class="or" { (texts.or) } }
            (choice(Method::Totp, texts.enrol_app, if has_passkey { "quiet" } else { "" }))
            (restart(texts, self.action, self.token))
        };
        let view = View::new(look, texts.enrol_title, main).status(status);
        if has_passkey { view.script(SCRIPT) } else { view }
    }
}

/// The page that shows the secret of an authenticator app, and asks for its first code.
#[derive(Debug, Clone)]
pub struct TotpSetup<'a> {
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// The address of the secret as a picture (SVG).
    pub qr: Option<String>,
    /// The secret, to be typed.
    pub key: &'a str,
    /// The address of the secret.
    pub uri: &'a str,
    /// What the form carries, of an enrolment on the account pages; `None`: the sign-in keeps it.
    pub carries: Option<&'a str>,
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

impl TotpSetup<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        let main = html! {
            h1 { (texts.enrol_app) }
            p id="hint" { (texts.enrol_scan) }
            (alert(self.error))
            @if let Some(qr) = &self.qr { a class="qr" href=(self.uri) { (PreEscaped(qr)) } }
            p { (texts.enrol_key) ": " span class="key" { (self.key) } }
            form method="post" action=(self.action) {
                (token(self.token))
                (hidden("step", "enrol"))
                (hidden("method", Method::Totp.wire_name()))
                label for="code" { (texts.code_label) }
                @if let Some(carried) = self.carries { (hidden("carried", carried)) }
                (code_field(Method::Totp, "hint"))
                button type="submit" { (texts.verify) }
            }
            @if self.carries.is_some() {
                p class="note" { a href=(self.action) { (Common::of(look.language).cancel) } }
            } @else {
                (restart(texts, self.action, self.token))
            }
        };
        View::new(look, texts.enrol_app, main).status(status)
    }
}

/// The page that shows new recovery codes, once.
#[derive(Debug, Clone, Copy)]
pub struct RecoveryCodes<'a> {
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// The codes.
    pub codes: &'a [String],
}

impl RecoveryCodes<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look) -> View<'a> {
        let texts = Signin::of(look.language);
        let main = html! {
            h1 { (texts.recovery_title) }
            p { (texts.recovery_why) }
            ul class="codes" { @for code in self.codes { li { (code) } } }
            form method="post" action=(self.action) {
                (token(self.token))
                button type="submit" name="step" value="finish" { (texts.recovery_saved) }
            }
        };
        View::new(look, texts.recovery_title, main).shown_once()
    }
}
