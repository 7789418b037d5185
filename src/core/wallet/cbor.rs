//! A reader of the CBOR (RFC 8949) that wallets of Cardano send: definite lengths, no floats, no
//! tags, no key twice in a map.

const MAXIMUM_DEPTH: usize = 8;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Bool(bool),
    Null,
}

impl<'a> Item<'a> {
    /// The one value that `bytes` are.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut input = bytes;
        let item = Self::read(&mut input, MAXIMUM_DEPTH)?;
        input.is_empty().then_some(item)
    }

    fn read(input: &mut &'a [u8], depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        let (&first, rest) = input.split_first()?;
        *input = rest;
        let (major, information) = (first >> 5, first & 31);
        if major == 7 {
            return match information {
                20 => Some(Self::Bool(false)),
                21 => Some(Self::Bool(true)),
                22 => Some(Self::Null),
                _ => None,
            };
        }
        let argument = argument(input, information)?;
        let length = usize::try_from(argument).ok()?;
        match major {
            0 => i64::try_from(argument).ok().map(Self::Integer),
            1 => Some(Self::Integer(-1 - i64::try_from(argument).ok()?)),
            2 => take(input, length).map(Self::Bytes),
            3 => str::from_utf8(take(input, length)?).ok().map(Self::Text),
            4 => (0..length)
                .map(|_| Self::read(input, depth))
                .collect::<Option<_>>()
                .map(Self::Array),
            5 => {
                let mut entries: Vec<(Self, Self)> = Vec::new();
                for _ in 0..length {
                    let key = Self::read(input, depth)?;
                    if entries.iter().any(|(other, _)| *other == key) {
                        return None;
                    }
                    entries.push((key, Self::read(input, depth)?));
                }
                Some(Self::Map(entries))
            }
            _ => None,
        }
    }

    /// The value of a key of a map.
    pub(super) fn member(&self, key: &Self) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// The argument of a head: in it, or in the one to eight bytes behind it.
fn argument(input: &mut &[u8], information: u8) -> Option<u64> {
    let length = match information {
        0..24 => return Some(information.into()),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    Some(take(input, length)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn take<'a>(input: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(taken)
}

/// The head of a byte string, and its bytes.
pub(super) fn byte_string(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len();
    let mut encoded = match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length), _) if length < 24 => vec![0x40 | length],
        (Ok(length), _) => vec![0x58, length],
        (_, Ok(length)) => [&[0x59], length.to_be_bytes().as_slice()].concat(),
        _ => [&[0x5b], (length as u64).to_be_bytes().as_slice()].concat(),
    };
    encoded.extend(bytes);
    encoded
}
