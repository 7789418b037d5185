use std::{collections::BTreeSet, fs, path::Path};

use maud::html;

use super::*;

/// Every text of every set, by its set and name.
fn texts() -> impl Iterator<Item = (String, Wordings)> {
    let sets = [
        ("account", Account::NAMES, Account::each()),
        ("common", Common::NAMES, Common::each()),
        ("messages", Messages::NAMES, Messages::each()),
        ("signin", Signin::NAMES, Signin::each()),
    ];
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/origin/pages/text"));
    let files: BTreeSet<String> = files
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| !["mod", "tests"].contains(&name.as_str()))
        .collect();
    assert_eq!(files, sets.iter().map(|(set, ..)| (*set).to_owned()).collect());
    sets.into_iter().flat_map(|(set, names, each)| {
        let each = names.iter().zip(each);
        each.map(move |(name, wordings)| (format!("{set}::{name}"), *wordings))
    })
}

/// Every translation with the text's name, its language and its English wording.
fn translations() -> impl Iterator<Item = (String, Language, &'static str, &'static str)> {
    texts().flat_map(|(name, wordings)| {
        let english = wordings[0];
        let further = Language::ALL.into_iter().zip(wordings).skip(1);
        further.map(move |(language, wording)| (name.clone(), language, english, wording))
    })
}

fn places(text: &str) -> Vec<&str> {
    let mut places: Vec<&str> = parts(text)
        .filter_map(|part| match part {
            Part::Place(name) => Some(name),
            Part::Literal(_) => None,
        })
        .collect();
    places.sort_unstable();
    places
}

#[test]
fn every_text_is_in_every_language() {
    let untranslated: Vec<String> = texts()
        .filter(|(_, wordings)| {
            let [english, .., japanese, chinese, arabic] = wordings;
            [japanese, chinese, arabic].contains(&english)
        })
        .map(|(name, _)| name)
        .collect();
    assert!(untranslated.is_empty(), "not translated: {}", untranslated.join(", "));
    for (name, language, english, wording) in translations() {
        let words = english.split_whitespace().count();
        assert!(words <= 3 || wording != english, "{name} is English in {}", language.name());
    }
}

#[test]
fn every_translation_has_the_places_of_the_english_text() {
    for (name, language, english, wording) in translations() {
        let (known, found) = (places(english), places(wording));
        assert_eq!(found, known, "{name} in {}", language.name());
        let braces = wording.matches(['{', '}']).count();
        assert_eq!(braces, 2 * known.len(), "{name} in {}", language.name());
    }
}

#[test]
fn no_text_is_empty_or_has_blanks_around_it() {
    for (name, wordings) in texts() {
        for (language, wording) in Language::ALL.into_iter().zip(wordings) {
            assert!(!wording.is_empty(), "{name} in {}", language.name());
            assert_eq!(wording.trim(), wording, "{name} in {}", language.name());
            assert!(!wording.contains("  "), "{name} in {}", language.name());
        }
    }
}

/// Names, addresses and times keep their own direction within a right-to-left sentence (Unicode UAX #9
/// §2.4); plain numbers need no isolation.
#[test]
fn places_of_arabic_texts_are_isolated() {
    let is_number = |place: &str| ["code", "count", "days"].contains(&place);
    for (name, wordings) in texts() {
        let arabic = wordings[7];
        for place in places(arabic).into_iter().filter(|place| !is_number(place)) {
            let isolated =
                ['\u{2066}', '\u{2068}'].map(|opening| format!("{opening}{{{place}}}\u{2069}"));
            assert!(isolated.iter().any(|part| arabic.contains(part)), "{name}: {place}");
        }
    }
}

#[test]
fn the_log_has_the_english_wording() {
    for language in Language::ALL {
        let (wrong, internal) = (Signin::of(language).wrong, Common::of(language).internal);
        assert_eq!(english(wrong), "The username or password is wrong.");
        assert_eq!(english(internal), Common::of(Language::English).internal);
    }
    assert_eq!(english("else"), "else");
}

#[test]
fn each_language_has_its_own_texts() {
    let titles = Language::ALL.map(|language| Signin::of(language).sign_in);
    assert_eq!(titles[0], "Sign in");
    assert_eq!(titles.into_iter().collect::<BTreeSet<_>>().len(), Language::ALL.len());
}

#[test]
fn a_place_takes_its_value_escaped() {
    let name = html! { strong { "<b>" } };
    let filled = markup("to {application} & {missing}!", &[("application", name)]);
    assert_eq!(filled.0, "to <strong>&lt;b&gt;</strong> &amp; !");
    assert_eq!(plain("{a} and {a}", &[("a", "x")]), "x and x");
}
