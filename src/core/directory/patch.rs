//! Serde types for the members of sent objects.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, SeqAccess, Unexpected, Visitor},
};
use serde_json::{Map, Value};

use super::Invalid;

/// The longest entry of a list, in bytes.
const MAXIMUM_ENTRY: usize = 2048;

/// Reads `object` as a `T`. An error names the path of the member (`redirectUris[2]`).
pub fn read<T: DeserializeOwned>(object: Map<String, Value>) -> Result<T, Invalid> {
    serde_path_to_error::deserialize(object).map_err(|error| {
        let path = error.path().to_string();
        let text = error.into_inner().to_string();
        match text.split_once(INNER) {
            Some((path, why)) => Invalid::member(path, why),
            None => Invalid::at(&path, &requirement(&text)),
        }
    })
}

/// Ends the path in the text of an error that was found by [`read`] within another object.
const INNER: char = '\u{1}';

/// The error of a part of an object, which [`read`] of the whole takes apart again.
fn inner<E: Error>(error: Invalid) -> E {
    match error.path {
        Some(path) => E::custom(format_args!("{path}{INNER}{}", error.why)),
        None => E::custom(error.why),
    }
}

/// What serde's `invalid type: …, expected …` asks for, as `must be …`; other texts are the types'
/// own.
fn requirement(text: &str) -> String {
    let is_serdes = text.starts_with("invalid ");
    match text.split_once(", expected ").filter(|_| is_serdes) {
        Some((_, expected)) => format!("must be {expected}"),
        None => match text.split_once(", expected ").filter(|_| text.starts_with("unknown ")) {
            Some((_, expected)) => format!("must be {}", expected.replace('`', "")),
            None => text.to_owned(),
        },
    }
}

/// A value that JSON writes as a string.
pub trait Text: Sized {
    /// Reads a text that is not blank. The error does not name the member.
    fn read(text: &str) -> Result<Self, Invalid>;

    /// Whether `text` stands for no value.
    fn is_blank(text: &str) -> bool {
        text.is_empty()
    }
}

impl Text for String {
    fn read(text: &str) -> Result<Self, Invalid> {
        Ok(text.to_owned())
    }
}

/// A text member of a sent object. A flag, number, list or object is an [`Option`] instead: absent
/// and `null` are the same there, and none of them can be blank.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Not sent: the stored value stays.
    #[default]
    Absent,
    /// `null`: the stored value stays, except where the member says otherwise.
    Null,
    /// `""`, or the mask of a secret: the member decides whether the stored value stays
    /// ([`Self::given`]) or is cleared ([`Self::change`]).
    Blank,
    /// A valid value.
    Value(T),
}

impl<T> Patch<T> {
    /// The value; `None` if blank.
    pub fn given(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The value; `None` if blank.
    pub const fn as_given(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    /// What replaces the stored value, where blank clears it: `Some(None)`.
    pub fn change(self) -> Option<Option<T>> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Blank => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }

    /// Replaces the stored text, where blank clears it.
    pub fn set(self, stored: &mut String)
    where
        T: Into<String>,
    {
        if let Some(value) = self.change() {
            *stored = value.map(Into::into).unwrap_or_default();
        }
    }

    /// The value; if blank, absent or `null`, the default.
    pub fn or_default(self) -> T
    where
        T: Default,
    {
        self.given().unwrap_or_default()
    }

    /// Refuses a value that differs from `stored`: the object is named by its path, and nothing
    /// renames it.
    pub fn unchanged(&self, member: &str, stored: &str) -> Result<(), Invalid>
    where
        T: AsRef<str>,
    {
        match self {
            Self::Value(value) if value.as_ref() != stored => {
                Err(Invalid::at(member, "cannot be changed"))
            }
            _ => Ok(()),
        }
    }
}

impl<'de, T: Text> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Option::<String>::deserialize(deserializer)? {
            None => Ok(Self::Null),
            Some(text) if T::is_blank(&text) => Ok(Self::Blank),
            Some(text) => T::read(&text).map(Self::Value).map_err(D::Error::custom),
        }
    }
}

/// A list of at most `MAXIMUM` texts. An entry that occurs again is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T, const MAXIMUM: usize = 100>(pub Vec<T>);

struct Entry<T>(T);

impl<'de, T: Text> Deserialize<'de> for Entry<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() || text.len() > MAXIMUM_ENTRY {
            return Err(D::Error::custom("is empty or too long"));
        }
        T::read(&text).map(Self).map_err(D::Error::custom)
    }
}

impl<'de, T: Text + PartialEq, const MAXIMUM: usize> Deserialize<'de> for List<T, MAXIMUM> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>, usize);

        impl<'de, T: Text + PartialEq> Visitor<'de> for Entries<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of strings")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sent: A) -> Result<Vec<T>, A::Error> {
                let mut entries = Vec::new();
                let mut count = 0;
                while let Some(Entry(entry)) = sent.next_element()? {
                    count += 1;
                    if count > self.1 {
                        return Err(A::Error::custom("has too many entries"));
                    }
                    if !entries.contains(&entry) {
                        entries.push(entry);
                    }
                }
                Ok(entries)
            }
        }

        deserializer.deserialize_seq(Entries(PhantomData, MAXIMUM)).map(Self)
    }
}

/// A whole number from 0 to `MAXIMUM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count<const MAXIMUM: u64>(pub u64);

impl<'de, const MAXIMUM: u64> Deserialize<'de> for Count<MAXIMUM> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number(u64);

        impl Visitor<'_> for Number {
            type Value = u64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from 0 to {}", self.0)
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<u64, E> {
                if number > self.0 {
                    return Err(E::invalid_value(Unexpected::Unsigned(number), &self));
                }
                Ok(number)
            }
        }

        deserializer.deserialize_u64(Number(MAXIMUM)).map(Self)
    }
}

/// Seconds, sent as a number of hours; fractions of an hour are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seconds(pub i64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Hours;

        impl Visitor<'_> for Hours {
            type Value = i64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of hours")
            }

            fn visit_i64<E: Error>(self, hours: i64) -> Result<i64, E> {
                u64::try_from(hours)
                    .map_err(|_| E::custom("is out of range"))
                    .and_then(|hours| self.visit_u64(hours))
            }

            fn visit_u64<E: Error>(self, hours: u64) -> Result<i64, E> {
                u32::try_from(hours)
                    .map_err(|_| E::custom("is out of range"))
                    .and_then(|hours| self.visit_f64(hours.into()))
            }

            fn visit_f64<E: Error>(self, hours: f64) -> Result<i64, E> {
                let seconds = hours * 3600.0;
                if !(0.0..=1e9).contains(&seconds) {
                    return Err(E::custom("is out of range"));
                }
                #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
                Ok(seconds.round() as i64)
            }
        }

        deserializer.deserialize_f64(Hours).map(Self)
    }
}

/// The members of a sent object that have no field of their own, kept as they are
/// ([`Attributes`](super::Attributes)). `C` says which of them are checked, and holds these.
#[derive(Debug, Clone, Default)]
pub struct Kept<C> {
    /// All of them, as sent.
    pub members: Map<String, Value>,
    /// Those that are checked.
    pub checked: C,
}

/// No member is checked.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Unchecked {}

impl<'de, C: DeserializeOwned> Deserialize<'de> for Kept<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Map::deserialize(deserializer)?;
        let checked = read(members.clone()).map_err(inner)?;
        Ok(Self { members, checked })
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{Count, Kept, List, Patch, Seconds};

    impl<T: JsonSchema> JsonSchema for Patch<T> {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            format!("Patch_{}", T::schema_name()).into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            <Option<T>>::json_schema(generator)
        }
    }

    impl<T: JsonSchema, const MAXIMUM: usize> JsonSchema for List<T, MAXIMUM> {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            format!("List_{}_{MAXIMUM}", T::schema_name()).into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let items = generator.subschema_for::<T>();
            json_schema!({"type": "array", "items": items, "maxItems": MAXIMUM})
        }
    }

    impl<const MAXIMUM: u64> JsonSchema for Count<MAXIMUM> {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            format!("Count_{MAXIMUM}").into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({"type": "integer", "minimum": 0, "maximum": MAXIMUM})
        }
    }

    impl JsonSchema for Seconds {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "Hours".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({"type": "number", "minimum": 0, "maximum": 277_777})
        }
    }

    impl<C: JsonSchema> JsonSchema for Kept<C> {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            format!("Kept_{}", C::schema_name()).into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            C::json_schema(generator)
        }
    }
}

#[cfg(test)]
mod tests;
