//! Strict JSON for tokens, beyond `serde_json`: refuses duplicate members (RFC 7515 §4, RFC 7519
//! §4: two readers could take different values) and unbounded nesting.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor, value::StrDeserializer},
    forward_to_deserialize_any,
};

/// Objects and lists inside one another; our own claims need four (`act` inside `act`).
const MAXIMUM_DEPTH: u8 = 16;

/// The most members of one object; our own claims have about thirty. It bounds the quadratic search
/// for repeated names.
const MAXIMUM_MEMBERS: usize = 64;

/// Reads a value from what must be one JSON object with unique members throughout, also where
/// nothing of it is kept.
pub(super) fn from_object<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(Strictly::outermost(&mut reader)).ok()?;
    reader.end().ok()?;
    Some(value)
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
    /// Adds a name; `false` if the object has it already or has too many members.
    pub(super) fn note(&mut self, name: Text<'a>) -> bool {
        let is_new = self.0.len() < MAXIMUM_MEMBERS && !self.0.contains(&name);
        if is_new {
            self.0.push(name);
        }
        is_new
    }

    fn note_new<E: Error>(&mut self, name: Text<'a>) -> Result<(), E> {
        if self.note(name) { Ok(()) } else { Err(E::custom("a repeated member")) }
    }
}

/// How deep it may go on inside an object or a list.
fn inside<E: Error>(depth: u8) -> Result<u8, E> {
    depth.checked_sub(1).ok_or_else(|| E::custom("too deep"))
}

/// Has a value read as its type wants it, and fails on a repeated member or too deep a nesting, also
/// where nothing is kept.
pub(super) struct Strictly<D> {
    inner: D,
    depth: u8,
}

impl<D> Strictly<D> {
    pub(super) const fn outermost(inner: D) -> Self {
        Self { inner, depth: MAXIMUM_DEPTH }
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strictly<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(StrictVisitor { inner: visitor, depth: self.depth })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_option(StrictVisitor { inner: visitor, depth: self.depth })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    /// A name: there is nothing inside.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de, T: DeserializeSeed<'de>> DeserializeSeed<'de> for Strictly<T> {
    type Value = T::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T::Value, D::Error> {
        self.inner.deserialize(Strictly { inner: deserializer, depth: self.depth })
    }
}

/// A visitor that reads objects and lists strictly.
struct StrictVisitor<V> {
    inner: V,
    depth: u8,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for StrictVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let depth = inside(self.depth)?;
        self.inner.visit_map(StrictMap { inner, names: Names::default(), depth })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let depth = inside(self.depth)?;
        self.inner.visit_seq(StrictSeq { inner, depth })
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Strictly { inner, depth: self.depth })
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<V::Value, E> {
        self.inner.visit_bool(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<V::Value, E> {
        self.inner.visit_i64(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<V::Value, E> {
        self.inner.visit_u64(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<V::Value, E> {
        self.inner.visit_f64(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<V::Value, E> {
        self.inner.visit_str(value)
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<V::Value, E> {
        self.inner.visit_borrowed_str(value)
    }
}

/// The members of an object, with unique names.
struct StrictMap<'de, A> {
    inner: A,
    names: Names<'de>,
    depth: u8,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for StrictMap<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let Some(name) = self.inner.next_key::<Text<'de>>()? else { return Ok(None) };
        let key = seed.deserialize(StrDeserializer::new(&name.0))?;
        self.names.note_new(name)?;
        Ok(Some(key))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.inner.next_value_seed(Strictly { inner: seed, depth: self.depth })
    }
}

/// The elements of a list.
struct StrictSeq<A> {
    inner: A,
    depth: u8,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for StrictSeq<A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, A::Error> {
        self.inner.next_element_seed(Strictly { inner: seed, depth: self.depth })
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;

    use super::*;

    fn is_strict_object(text: &str) -> bool {
        from_object::<IgnoredAny>(text).is_some()
    }

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

    /// ATTACKS A-14, in the members that are kept as in those that are skipped.
    #[test]
    fn what_is_kept_is_read_as_strictly() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Kept {
            a: Option<Inner>,
            #[serde(default)]
            list: Vec<Inner>,
        }
        #[derive(Debug, PartialEq, Deserialize)]
        struct Inner {
            b: u8,
        }
        let read = |text: &str| from_object::<Kept>(text);
        let kept = Kept { a: Some(Inner { b: 1 }), list: vec![Inner { b: 2 }] };
        assert_eq!(read(r#"{"list":[{"b":2,"x":{}}],"\u0061":{"b":1}}"#), Some(kept));
        assert_eq!(read(r#"{"a":null}"#), Some(Kept { a: None, list: Vec::new() }));
        for text in [
            r#"{"a":null,"a":null}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            r#"{"a":{"b":1,"x":1,"x":1}}"#,
            r#"{"a":{"b":1},"list":[{"b":2,"\u0062":2}]}"#,
            r#"{"a":{"b":1},"x":{"y":1,"y":1}}"#,
            r#"{"a":{"b":1}} x"#,
            r#"[{"b":1}]"#,
            "null",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
