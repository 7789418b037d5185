//! What `serde_json` leaves open and a token must not: an object that names a member twice
//! (RFC 7515 §4, RFC 7519 §4: two readers could take two different values), and endless nesting.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};

/// Objects and lists inside one another; our own claims need four (`act` inside `act`).
const MAXIMUM_DEPTH: u8 = 16;

/// Members of one object; our own claims are about thirty. Keeps the search below from becoming
/// quadratic in anything that a stranger sends.
const MAXIMUM_MEMBERS: usize = 64;

/// Refuses what is not one JSON object with unique members throughout.
pub(super) fn is_strict_object(text: &str) -> bool {
    let mut reader = serde_json::Deserializer::from_str(text);
    text.trim_start().starts_with('{')
        && Strict::outermost().deserialize(&mut reader).is_ok()
        && reader.end().is_ok()
}

/// The names already seen in one object.
#[derive(Default)]
pub(super) struct Names<'a>(Vec<Text<'a>>);

/// A string, borrowed from the JSON unless it is written with escapes (which are undone first: the
/// name `"\u0061lg"` is `alg`).
#[derive(Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl<'a> Names<'a> {
    /// Notes a name; `false` if it was there already or there are too many.
    pub(super) fn note(&mut self, name: Text<'a>) -> bool {
        let new = self.0.len() < MAXIMUM_MEMBERS && !self.0.contains(&name);
        if new {
            self.0.push(name);
        }
        new
    }
}

/// Walks over a value, keeps nothing, and fails on a repeated member or too deep a nesting.
#[derive(Clone, Copy)]
pub(super) struct Strict {
    depth: u8,
}

impl Strict {
    pub(super) const fn outermost() -> Self {
        Self { depth: MAXIMUM_DEPTH }
    }

    fn inner<E: Error>(self) -> Result<Self, E> {
        self.depth.checked_sub(1).map(|depth| Self { depth }).ok_or_else(|| E::custom("too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        let mut names = Names::default();
        while let Some(name) = map.next_key()? {
            if !names.note(name) {
                return Err(A::Error::custom("a repeated member"));
            }
            map.next_value_seed(inner)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        while seq.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_with_unique_members_is_strict() {
        for text in [
            "{}",
            r#" {"a":1,"b":[{"a":2},{"a":-3.5}],"c":{"a":null,"b":true}} "#,
            &format!("{}1{}", r#"{"a":"#.repeat(16), "}".repeat(16)),
        ] {
            assert!(is_strict_object(text), "{text}");
        }
    }

    #[test]
    fn repeated_members_depth_and_anything_but_an_object_are_refused() {
        let many: Vec<String> = (0..65).map(|n| format!(r#""m{n}":0"#)).collect();
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[[{"a":1,"a":2}]]}"#,
            r#"{"a":1}{"#,
            r#"{"a":1,}"#,
            "[]",
            "\"text\"",
            "null",
            "",
            &format!("{}1{}", r#"{"a":"#.repeat(17), "}".repeat(17)),
            &"[".repeat(100_000),
            &r#"{"a":"#.repeat(10_000),
            &format!("{{{}}}", many.join(",")),
        ] {
            assert!(!is_strict_object(text), "{}", text.get(..40).unwrap_or(text));
        }
    }
}
