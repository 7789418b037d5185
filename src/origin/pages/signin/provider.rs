//! Identity provider buttons, and the sign-up page for federated users.

use http::StatusCode;
use maud::{Markup, html};

use super::super::{
    Look, View, hidden,
    text::{self, Common, Signin},
    token,
};

/// A provider, on a button.
#[derive(Debug, Clone, Copy)]
pub struct ProviderButton<'a> {
    /// What the form names it by.
    pub id: &'a str,
    /// What people know it by.
    pub name: &'a str,
}

/// The buttons.
pub(super) fn buttons(
    providers: &[ProviderButton<'_>],
    (action, form_token): (&str, &str),
    texts: &Signin,
) -> Markup {
    html! {
        @if !providers.is_empty() {
            form method="post" action=(action) {
                (token(form_token))
                (hidden("step", "provider"))
                @for provider in providers {
                    button type="submit" name="provider" value=(provider.id) class="quiet" {
                        (text::plain(texts.with_wallet_named, &[("wallet", provider.name)]))
                    }
                }
            }
        }
    }
}

/// The page that asks for what a new account needs besides what the provider has said.
#[derive(Debug, Clone, Copy)]
pub struct Completion<'a> {
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// The ticket for what the provider has said.
    pub ticket: &'a str,
    /// The name of the provider.
    pub provider: &'a str,
    /// The person's name there.
    pub name: &'a str,
    /// Whether an invitation is needed.
    pub asks_invitation: bool,
    /// The address of the terms; `None`: there are none.
    pub terms: Option<&'a str>,
}

impl Completion<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        let main = html! {
            h1 { (texts.create_account) }
            p { bdi { (self.provider) } @if !self.name.is_empty() { ": " bdi { (self.name) } } }
            form method="post" action=(self.action) {
                (token(self.token))
                (hidden("step", "arrived"))
                (hidden("ticket", self.ticket))
                @if self.asks_invitation {
                    label for="invitation" { (texts.invitation) }
                    input id="invitation" name="invitation" type="text" autocomplete="off"
                        spellcheck="false" maxlength="64" required autofocus;
                }
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
            (super::second::restart(texts, self.action, self.token))
        };
        View::new(look, texts.create_account, main).status(status)
    }
}

/// The page of an answer of a provider that is refused: the id of the request is for its administrators.
pub fn unverified<'a>(look: &'a Look, request_id: &str, back: Option<&str>) -> View<'a> {
    let texts = Signin::of(look.language);
    let main = html! {
        h1 { (texts.sign_in) }
        p class="alert" role="alert" { (texts.provider_failed) }
        p class="note key" dir="ltr" { (request_id) }
        p {
            @if let Some(back) = back { a href=(back) { (Common::of(look.language).back) } }
            @else { a href="/login" { (texts.sign_in) } }
        }
    };
    View::new(look, texts.sign_in, main).status(StatusCode::FORBIDDEN)
}
