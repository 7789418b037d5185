//! The confirmation page of an IdP-initiated sign-in.

use http::StatusCode;
use maud::html;

use super::super::{
    Look, View, alert, hidden,
    text::{self, Common, Signin},
    token,
};

/// A person whom an identity provider has named without having been asked.
#[derive(Debug, Clone, Copy)]
pub struct Introduction<'a> {
    /// Where the form posts: a path of ours.
    pub action: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// The ticket for what has been said.
    pub ticket: &'a str,
    /// The name of the provider.
    pub provider: &'a str,
    /// Name, address and subject there; empty: unknown.
    pub person: [&'a str; 3],
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

impl Introduction<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let (texts, common) = (Signin::of(look.language), Common::of(look.language));
        let title = text::plain(texts.with_wallet_named, &[("wallet", self.provider)]);
        let main = html! {
            h1 { (title) }
            (alert(self.error))
            @for known in self.person.iter().filter(|known| !known.is_empty()).take(2) {
                p { bdi { (known) } }
            }
            form method="post" action=(self.action) {
                (token(self.token))
                (hidden("ticket", self.ticket))
                button type="submit" { (common.continue_) }
            }
        };
        View::new(look, texts.sign_in, main).status(status)
    }
}
