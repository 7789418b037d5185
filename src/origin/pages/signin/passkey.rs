//! The form for using or creating a passkey.

use http::StatusCode;
use maud::{Markup, html};

use super::super::{
    Look, View, alert, hidden,
    text::{Common, Signin},
    token,
};

/// Runs the ceremonies of the forms of a page.
pub const SCRIPT: &str = include_str!("../scripts/passkey.js");

/// A form whose script runs a ceremony, and posts what comes of it. Without the script its button leads to a
/// page that says what is missing.
#[derive(Debug, Clone, Copy)]
pub struct PasskeyForm<'a> {
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// Its further fields.
    pub fields: &'a [(&'a str, &'a str)],
    /// Whether a passkey is created; else one is used.
    pub creates: bool,
    /// Whether passkeys are offered in the field of the username as well.
    pub is_conditional: bool,
    /// The text of its button.
    pub label: &'a str,
    /// The class of its button.
    pub class: &'a str,
}

impl PasskeyForm<'_> {
    /// The form, with `further` before its button.
    pub fn with(&self, texts: &Signin, further: &Markup) -> Markup {
        let kind = if self.creates { "create" } else { "get" };
        html! {
            form method="post" action=(self.action) data-passkey=(kind)
                data-conditional[self.is_conditional] {
                (token(self.token))
                @for (name, value) in self.fields { (hidden(name, value)) }
                (hidden("ceremony", kind))
                (hidden("credential", ""))
                p class="alert" role="alert" hidden
                    data-cancelled=(texts.passkey_cancelled) data-exists=(texts.passkey_exists)
                    data-failed=(texts.passkey_failed) {}
                (further)
                button type="submit" class=(self.class) { (self.label) }
            }
        }
    }
}

/// The page of the account on which the browser makes a passkey, with its title and what it is for.
pub fn add_passkey<'a>(
    look: &'a Look,
    status: StatusCode,
    (title, why): (&'a str, &str),
    action: &str,
    form_token: &str,
    error: Option<&str>,
) -> View<'a> {
    let texts = Signin::of(look.language);
    let form = PasskeyForm {
        action,
        token: form_token,
        fields: &[("step", "register")],
        creates: true,
        is_conditional: false,
        label: title,
        class: "",
    };
    let main = html! {
        h1 { (title) }
        p { (why) }
        (alert(error))
        (form.with(texts, &html! {}))
        p class="note" { a href=(action) { (Common::of(look.language).back) } }
    };
    View::new(look, title, main).status(status).script(SCRIPT)
}
