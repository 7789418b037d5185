//! Second-factor enrolment pages.

use http::StatusCode;
use maud::{Markup, PreEscaped, html};

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
    /// The factors that count, as far as codes can be sent.
    pub methods: Methods,
    /// The e-mail address of the account, masked; empty: the person types one.
    pub email: &'a str,
    /// The phone number of the account, likewise.
    pub phone: &'a str,
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
        let has_app = self.methods.has(Method::Totp);
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
            @if has_passkey && !self.methods.without(Method::Passkey).is_empty() {
                p class="or" { (texts.or) }
            }
            (choice(Method::Totp, texts.enrol_app, if has_passkey { "quiet" } else { "" }))
            @for method in [Method::Email, Method::Sms] {
                @if self.methods.has(method) {
                    form method="post" action=(self.action) {
                        (token(self.token))
                        (hidden("step", "enrol"))
                        (address(texts, method, if method == Method::Email { self.email } else { self.phone }))
                        button type="submit" name="method" value=(method.wire_name())
                            class=[(has_passkey || has_app).then_some("quiet")] {
                            (by_code(texts, method))
                        }
                    }
                }
            }
            (restart(texts, self.action, self.token))
        };
        let view = View::new(look, texts.enrol_title, main).status(status);
        if has_passkey { view.script(SCRIPT) } else { view }
    }
}

/// The address that codes go to, or the field for it.
pub(in crate::origin::pages) fn address(texts: &Signin, method: Method, known: &str) -> Markup {
    let (id, kind, complete) = match method {
        Method::Email => ("email", "email", "email"),
        _ => ("phone", "tel", "tel"),
    };
    html! {
        @if known.is_empty() {
            label for=(id) { (if method == Method::Email { texts.email } else { texts.phone }) }
            input id=(id) name="address" type=(kind) autocomplete=(complete) maxlength="254" required;
        } @else {
            p { (text::plain(texts.enrol_address, &[("address", known)])) }
        }
    }
}

/// What enrols an address.
pub(in crate::origin::pages) const fn by_code(texts: &Signin, method: Method) -> &'static str {
    match method {
        Method::Email => texts.enrol_email,
        _ => texts.enrol_sms,
    }
}

/// The page that asks for the code that was sent to an address, which is enrolled or becomes the account's.
#[derive(Debug, Clone, Copy)]
pub struct EnrolCode<'a> {
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// The step that verifies the code, and that sends another one.
    pub step: &'a str,
    /// E-mail or SMS.
    pub method: Method,
    /// What has been sent where.
    pub sent: &'a str,
    /// The address, if the form has to name it again.
    pub typed: &'a str,
    /// Whether it is a page of the account; else a step of a sign-in.
    pub is_account: bool,
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

impl EnrolCode<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        let described = self.error.map_or("hint", |_| "error hint");
        let fields = html! {
            (token(self.token))
            (hidden("step", self.step))
            (hidden("method", self.method.wire_name()))
            @if !self.typed.is_empty() { (hidden("address", self.typed)) }
        };
        let main = html! {
            h1 { (texts.code_title) }
            p id="hint" { (self.sent) }
            (alert(self.error))
            form method="post" action=(self.action) {
                (fields)
                label for="code" { (texts.code_label) }
                (code_field(self.method, described))
                button type="submit" { (texts.verify) }
            }
            form method="post" action=(self.action) {
                (fields)
                button type="submit" class="quiet" { (texts.send_again) }
            }
            @if self.is_account {
                p class="note" { a href=(self.action) { (Common::of(look.language).cancel) } }
            } @else {
                form method="post" action=(self.action) {
                    (token(self.token))
                    button type="submit" name="step" value="enrol" class="link" { (texts.other_ways) }
                }
                (restart(texts, self.action, self.token))
            }
        };
        View::new(look, texts.code_title, main).status(status)
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
    /// Whether it is a page of the account; else a step of a sign-in.
    pub is_account: bool,
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
                (code_field(Method::Totp, "hint"))
                button type="submit" { (texts.verify) }
            }
            @if self.is_account {
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
