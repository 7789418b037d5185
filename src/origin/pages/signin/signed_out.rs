//! Sign-out pages.

use maud::html;

use super::super::{
    Look, View, hidden,
    text::{self, Common, Signin},
};

/// The page that asks `person` whether to sign out, with a form that posts `fields`.
pub fn sign_out<'a>(
    look: &'a Look,
    person: &str,
    action: &str,
    fields: &[(&str, String)],
) -> View<'a> {
    let texts = Signin::of(look.language);
    let who = html! { strong { (person) } };
    let main = html! {
        h1 { (texts.sign_out_title) }
        p { (text::markup(texts.signed_in_as, &[("person", who)])) }
        form method="post" action=(action) {
            @for (name, value) in fields { (hidden(name, value)) }
            button type="submit" { (texts.sign_out) }
        }
    };
    View::new(look, texts.sign_out_title, main)
}

/// The page after signing out, with the way back in.
pub fn signed_out<'a>(look: &'a Look, sign_in: &str) -> View<'a> {
    let texts = Signin::of(look.language);
    let main = html! {
        h1 { (texts.signed_out) }
        p { (Common::of(look.language).you_can_close) }
        a class="button quiet" href=(sign_in) { (texts.sign_in) }
    };
    View::new(look, texts.signed_out, main)
}
