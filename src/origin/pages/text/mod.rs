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
use crate::core::locale::Language;

/// Declares a set of texts: of each its name, and its wordings in the order of [`Language::ALL`].
///
/// A text that waits for its translation has its English wording alone; the test
/// `every_text_is_in_every_language` lists it.
macro_rules! texts {
    ($(#[$about:meta])* $name:ident { $($field:ident: $wordings:tt;)+ }) => {
        $(#[$about])*
        #[derive(Debug)]
        #[expect(missing_docs, reason = "each is its own wording")]
        pub struct $name { $(pub $field: &'static str,)+ }

        impl $name {
            /// Every text in every language.
            pub(super) fn each() -> &'static [super::Wordings] {
                static EACH: &[super::Wordings] = &[$(super::wordings!($wordings),)+];
                EACH
            }

            /// The name of each.
            #[cfg(test)]
            pub(super) const NAMES: &'static [&'static str] = &[$(stringify!($field),)+];

            /// The texts in that language.
            pub const fn of(language: $crate::core::locale::Language) -> &'static Self {
                use $crate::core::locale::Language;
                match language {
                    Language::English => const { &Self::worded(Language::English) },
                    Language::German => const { &Self::worded(Language::German) },
                    Language::French => const { &Self::worded(Language::French) },
                    Language::Spanish => const { &Self::worded(Language::Spanish) },
                    Language::Portuguese => const { &Self::worded(Language::Portuguese) },
                    Language::Japanese => const { &Self::worded(Language::Japanese) },
                    Language::Chinese => const { &Self::worded(Language::Chinese) },
                    Language::Arabic => const { &Self::worded(Language::Arabic) },
                }
            }

            const fn worded(language: $crate::core::locale::Language) -> Self {
                Self { $($field: super::wording(super::wordings!($wordings), language),)+ }
            }
        }
    };
}

/// The wordings of one text: in every language, or in English alone.
macro_rules! wordings {
    ([$($wording:literal),+ $(,)?]) => { [$($wording),+] };
    ($english:literal) => { [$english; crate::core::locale::Language::ALL.len()] };
}
use {texts, wordings};

/// One text in the order of [`Language::ALL`].
type Wordings = [&'static str; Language::ALL.len()];

const fn wording(wordings: Wordings, language: Language) -> &'static str {
    let [english, german, french, spanish, portuguese, japanese, chinese, arabic] = wordings;
    match language {
        Language::English => english,
        Language::German => german,
        Language::French => french,
        Language::Spanish => spanish,
        Language::Portuguese => portuguese,
        Language::Japanese => japanese,
        Language::Chinese => chinese,
        Language::Arabic => arabic,
    }
}

/// The English wording of a text, for the log; `text` itself if it is none of a page's.
pub fn english(text: &str) -> &str {
    let sets = [Common::each(), Signin::each(), Account::each(), Messages::each()];
    let texts = sets.into_iter().flatten();
    let mut found = texts.filter(|wordings| wordings.contains(&text));
    found.next().map_or(text, |[english, ..]| english)
}

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
mod tests;
