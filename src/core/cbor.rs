//! Reads one CBOR item (RFC 8949) of the kinds that authenticators (CTAP2 canonical form) and wallets (COSE)
//! write.
//!
//! Refused: indefinite lengths, tags, duplicate keys, deep nesting and large collections. So no two readings
//! of the same bytes differ, and reading takes a bounded time.

/// How deep collections may be nested: attestation object, statement, array of statements, and theirs.
const DEEPEST: u8 = 8;
/// How many entries a collection may have.
const LARGEST: u64 = 64;

/// An item. Texts and bytes are borrowed from the input.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cbor<'a> {
    /// An integer of either sign.
    Integer(i128),
    /// A byte string.
    Bytes(&'a [u8]),
    /// A text.
    Text(&'a str),
    /// An array.
    Array(Vec<Self>),
    /// A map, in the order in which it came.
    Map(Vec<(Self, Self)>),
    /// A simple value or a floating-point number, by its kind and bits.
    Other(u8, u64),
}

impl<'a> Cbor<'a> {
    /// Reads the first item of `bytes`; returns it with the bytes that follow it.
    pub(super) fn first(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut rest = bytes;
        Some((item(&mut rest, DEEPEST)?, rest))
    }

    /// Reads `bytes` as one item with nothing after it.
    pub(super) fn only(bytes: &'a [u8]) -> Option<Self> {
        Self::first(bytes).and_then(|(item, rest)| rest.is_empty().then_some(item))
    }

    /// The value of a map under an integer.
    pub(super) fn number_key(&self, key: i128) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(name, _)| *name == Cbor::Integer(key)).map(|(_, value)| value)
    }

    /// The value of a map under a text.
    pub(super) fn text_key(&self, key: &str) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// The bytes of a byte string.
    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    /// An integer that fits.
    pub(super) fn integer(&self) -> Option<i64> {
        if let Self::Integer(value) = self { i64::try_from(*value).ok() } else { None }
    }

    /// The text of a text string.
    pub(super) fn text(&self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

fn take<'a>(rest: &mut &'a [u8], count: u64) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(usize::try_from(count).ok()?)?;
    *rest = after;
    Some(taken)
}

/// The argument of a head (RFC 8949 §3); `None` for an indefinite length.
fn argument(rest: &mut &[u8], kind: u8) -> Option<u64> {
    let width = match kind {
        0..=23 => return Some(u64::from(kind)),
        24..=27 => 1 << (kind - 24),
        _ => return None,
    };
    Some(take(rest, width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn item<'a>(rest: &mut &'a [u8], depth: u8) -> Option<Cbor<'a>> {
    let depth = depth.checked_sub(1)?;
    let head = *take(rest, 1)?.first()?;
    let (major, kind) = (head >> 5, head & 0x1f);
    let number = argument(rest, kind)?;
    Some(match major {
        0 => Cbor::Integer(i128::from(number)),
        1 => Cbor::Integer(-1 - i128::from(number)),
        2 => Cbor::Bytes(take(rest, number)?),
        3 => Cbor::Text(std::str::from_utf8(take(rest, number)?).ok()?),
        4 if number <= LARGEST => {
            Cbor::Array((0..number).map(|_| item(rest, depth)).collect::<Option<_>>()?)
        }
        5 if number <= LARGEST => {
            let mut entries: Vec<(Cbor<'a>, Cbor<'a>)> = Vec::new();
            for _ in 0..number {
                let (key, value) = (item(rest, depth)?, item(rest, depth)?);
                if entries.iter().any(|(other, _)| *other == key) {
                    return None;
                }
                entries.push((key, value));
            }
            Cbor::Map(entries)
        }
        7 => Cbor::Other(kind, number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use ciborium::Value;
    use proptest::prelude::*;

    use super::*;

    /// Our reading in the terms of another one.
    fn same(ours: &Cbor<'_>, theirs: &Value) -> bool {
        match (ours, theirs) {
            (Cbor::Integer(a), Value::Integer(b)) => *a == i128::from(*b),
            (Cbor::Bytes(a), Value::Bytes(b)) => a == b,
            (Cbor::Text(a), Value::Text(b)) => a == b,
            (Cbor::Array(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (Cbor::Map(a), Value::Map(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b).all(|(a, b)| same(&a.0, &b.0) && same(&a.1, &b.1))
            }
            (Cbor::Other(..), Value::Float(_) | Value::Bool(_) | Value::Null) => true,
            _ => false,
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(|value| Value::Integer(value.into())),
            any::<Vec<u8>>().prop_map(Value::Bytes),
            ".{0,12}".prop_map(Value::Text),
            any::<bool>().prop_map(Value::Bool),
            Just(Value::Null),
        ];
        leaf.prop_recursive(4, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::btree_map("[a-z]{1,4}", inner, 0..6).prop_map(|map| {
                    Value::Map(map.into_iter().map(|(k, v)| (Value::Text(k), v)).collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_another_library_writes_is_read_as_the_same(value in values(), after: Vec<u8>) {
            let mut bytes = Vec::new();
            ciborium::into_writer(&value, &mut bytes).unwrap();
            let whole = Cbor::only(&bytes).unwrap();
            prop_assert!(same(&whole, &value), "{whole:?} {value:?}");
            let joined = [bytes.clone(), after.clone()].concat();
            let (first, rest) = Cbor::first(&joined).unwrap();
            prop_assert_eq!((first, rest), (whole, after.as_slice()));
            prop_assert_eq!(Cbor::first(&bytes[..bytes.len() - 1]), None);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            if let Some((ours, rest)) = Cbor::first(&bytes) {
                let read = &bytes[..bytes.len() - rest.len()];
                // What the other library refuses beside: reserved simple values.
                if let Ok(theirs) = ciborium::from_reader::<Value, _>(read) {
                    prop_assert!(same(&ours, &theirs), "{ours:?} {theirs:?}");
                }
            }
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_or_without_bound_is_refused() {
        for bytes in [
            &[0xa2, 0x01, 0x02, 0x01, 0x03][..],   // a duplicate key
            &[0xa2, 0x01, 0x02, 0x18, 0x01, 0x03], // the same key in two widths
            &[0x9f, 0x01, 0xff],                   // an indefinite array
            &[0x5f, 0x41, 0x01, 0xff],             // an indefinite byte string
            &[0xc0, 0x01],                         // a tag
            &[0x81; 9],                            // nested too deep
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // an array without end
            &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // a byte string without end
            &[0x61, 0xff],                         // a text that is not UTF-8
            &[0x1c],                               // a reserved width
            &[],
        ] {
            assert_eq!(Cbor::first(bytes), None, "{bytes:02x?}");
        }
        assert_eq!(Cbor::only(&[0x01, 0x00]), None);
    }
}
