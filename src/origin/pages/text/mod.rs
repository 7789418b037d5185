//! The texts of the pages, in every language.
//!
//! A set of texts is a struct with one field a text, so that a language that lacks one does not
//! compile. A text may have places, `{application}`, which [`markup`] and [`plain`] fill.

mod account;
mod common;
mod messages;
mod signin;

use maud::{Markup, PreEscaped, Render};

pub use self::{account::Account, common::Common, messages::Messages, signin::Signin};

/// Declares a set of texts: of each its name, and its wording in the order of
/// [`Language::ALL`](crate::core::locale::Language::ALL).
macro_rules! texts {
    ($(#[$about:meta])* $name:ident { $($field:ident: $english:literal;)+ }) => {
        $(#[$about])*
        #[derive(Debug)]
        #[expect(missing_docs, reason = "each is its own wording")]
        pub struct $name { $(pub $field: &'static str,)+ }

        impl $name {
            const ENGLISH: Self = Self { $($field: $english,)+ };

            /// The texts in that language.
            pub const fn of(_language: $crate::core::locale::Language) -> &'static Self {
                &Self::ENGLISH
            }
        }
    };
}
use texts;

/// The text with its places filled by markup.
pub fn markup(text: &str, places: &[(&str, Markup)]) -> Markup {
    let mut filled = String::with_capacity(text.len() + 64);
    for part in parts(text) {
        match part {
            Part::Literal(literal) => literal.render_to(&mut filled),
            Part::Place(name) => {
                let value = places.iter().find(|(known, _)| *known == name);
                filled.push_str(value.map_or("", |(_, value)| value.0.as_str()));
            }
        }
    }
    PreEscaped(filled)
}

/// The text with its places filled by plain text.
pub fn plain(text: &str, places: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 64);
    for part in parts(text) {
        filled.push_str(match part {
            Part::Literal(literal) => literal,
            Part::Place(name) => {
                places.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
            }
        });
    }
    filled
}

enum Part<'a> {
    Literal(&'a str),
    Place(&'a str),
}

fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut pieces = text.split('{');
    let first = Part::Literal(pieces.next().unwrap_or_default());
    let further = pieces.flat_map(|piece| {
        let (name, literal) = piece.split_once('}').unwrap_or((piece, ""));
        [Part::Place(name), Part::Literal(literal)]
    });
    std::iter::once(first).chain(further)
}

#[cfg(test)]
mod tests {
    use maud::html;

    use super::*;

    #[test]
    fn a_place_takes_its_value_escaped() {
        let name = html! { strong { "<b>" } };
        let filled = markup("to {application} & {missing}!", &[("application", name)]);
        assert_eq!(filled.0, "to <strong>&lt;b&gt;</strong> &amp; !");
        assert_eq!(plain("{a} and {a}", &[("a", "x")]), "x and x");
    }
}
