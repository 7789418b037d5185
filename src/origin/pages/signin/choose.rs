//! The account selection page.

use http::StatusCode;
use maud::{Markup, html};

use super::super::{
    Look, View, alert,
    text::{self, Signin},
    token,
};

/// An account that is signed in.
#[derive(Debug, Clone, Copy)]
pub struct Choosable<'a> {
    /// The id of its session.
    pub session: &'a str,
    /// `owner/name`
    pub name: &'a str,
    /// The name for people.
    pub display_name: &'a str,
}

/// The choice of an account.
#[derive(Debug, Clone, Copy)]
pub struct ChooseAccount<'a> {
    /// The application's name.
    pub application: &'a str,
    /// The accounts, the likeliest first.
    pub accounts: &'a [Choosable<'a>],
    /// Where it posts: a path of ours.
    pub action: &'a str,
    /// Where another account signs in: a path of ours.
    pub another: &'a str,
    /// [`FormToken::token`](crate::origin::authn::csrf::FormToken::token)
    pub token: &'a str,
    /// Why the last try failed.
    pub error: Option<&'a str>,
}

impl ChooseAccount<'_> {
    /// The page.
    pub fn view<'a>(&self, look: &'a Look, status: StatusCode) -> View<'a> {
        let texts = Signin::of(look.language);
        let application = html! { strong { (self.application) } };
        let main = html! {
            h1 { (texts.choose_title) }
            p { (text::markup(texts.choose_to, &[("application", application)])) }
            (alert(self.error))
            div class="accounts" {
                @for (at, account) in self.accounts.iter().enumerate() {
                    form method="post" action=(self.action) {
                        (token(self.token))
                        button type="submit" name="choose" value=(account.session) class="quiet"
                            autofocus[at == 0] {
                            strong { (named(account)) } span { (account.name) }
                        }
                    }
                }
            }
            a class="button quiet" href=(self.another) { (texts.choose_other) }
            (self.signing_out(texts))
        };
        View::new(look, texts.choose_title, main).status(status)
    }

    fn signing_out(&self, texts: &Signin) -> Markup {
        html! {
            form method="post" action=(self.action) {
                (token(self.token))
                @for account in self.accounts {
                    p { button type="submit" name="sign_out" value=(account.session) class="link" {
                        (text::plain(texts.sign_out_of, &[("person", account.name)]))
                    } }
                }
                @if self.accounts.len() > 1 {
                    p { button type="submit" name="sign_out" value="all" class="link" {
                        (texts.sign_out_all)
                    } }
                }
            }
        }
    }
}

const fn named<'a>(account: &Choosable<'a>) -> &'a str {
    if account.display_name.is_empty() { account.name } else { account.display_name }
}
