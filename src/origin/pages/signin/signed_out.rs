//! The pages of signing out.

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

/// The page after signing out; or, of a person who was not signed in, the way to sign in.
pub fn signed_out(look: &Look, was_signed_in: bool) -> View<'_> {
    let texts = Signin::of(look.language);
    let (title, text) = if was_signed_in {
        (texts.signed_out, Common::of(look.language).you_can_close)
    } else {
        (texts.sign_in, texts.open_application)
    };
    View::new(look, title, html! { h1 { (title) } p { (text) } })
}
