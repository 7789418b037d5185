//! The protected header of a token (RFC 7515 §4), parsed strictly: the sender chooses everything in it.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use super::{
    Algorithm, KeyId, ParseError, TokenType,
    json::{Names, Strictly, Text},
};

/// A header that names one of our algorithms, a key and a type of token, and asks for nothing
/// else. Members that we do not know are ignored (RFC 7515 §4), once they are unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// Only ever compared with the algorithm of the key.
    pub(super) algorithm: Algorithm,
    pub(super) key_id: KeyId,
    pub(super) token_type: TokenType,
}

impl Header {
    /// Reads a header.
    pub(super) fn parse(json: &[u8]) -> Result<Self, ParseError> {
        let text = std::str::from_utf8(json).map_err(|_| ParseError::Header)?;
        let members: HeaderMembers<'_> =
            serde_json::from_str(text).map_err(|_| ParseError::Header)?;
        if members.repeated {
            return Err(ParseError::RepeatedMember);
        }
        if members.forbidden {
            return Err(ParseError::ForbiddenMember);
        }
        let algorithm = members.alg.as_deref().and_then(Algorithm::from_name);
        let key_id = members.kid.filter(|kid| !kid.is_empty());
        let token_type = members.typ.as_deref().and_then(TokenType::from_header_type);
        Ok(Self {
            algorithm: algorithm.ok_or(ParseError::Algorithm)?,
            key_id: KeyId(key_id.ok_or(ParseError::KeyId)?.into_owned()),
            token_type: token_type.ok_or(ParseError::Type)?,
        })
    }
}

/// The header's members as they were sent.
#[derive(Default)]
struct HeaderMembers<'a> {
    alg: Option<Cow<'a, str>>,
    kid: Option<Cow<'a, str>>,
    typ: Option<Cow<'a, str>>,
    forbidden: bool,
    repeated: bool,
}

impl<'de> Deserialize<'de> for HeaderMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HeaderVisitor;
        impl<'de> Visitor<'de> for HeaderVisitor {
            type Value = HeaderMembers<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<HeaderMembers<'de>, A::Error> {
                HeaderMembers::read(map)
            }
        }
        deserializer.deserialize_map(HeaderVisitor)
    }
}

impl<'de> HeaderMembers<'de> {
    fn read<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut members = Self::default();
        let mut names = Names::default();
        while let Some(name) = map.next_key::<Text<'de>>()? {
            match name.0.as_ref() {
                "alg" => members.alg = Some(map.next_value::<Text<'de>>()?.0),
                "kid" => members.kid = Some(map.next_value::<Text<'de>>()?.0),
                "typ" => members.typ = Some(map.next_value::<Text<'de>>()?.0),
                other => {
                    members.forbidden |= is_forbidden(other);
                    let ignored = PhantomData::<IgnoredAny>;
                    map.next_value_seed(Strictly::outermost(ignored))?;
                }
            }
            members.repeated |= !names.note(name);
        }
        Ok(members)
    }
}

/// Members that change what a token means or which key it is checked with. We know no extension,
/// so any `crit` is refused (RFC 7515 §4.1.11); the key comes from our own set, so a token that
/// brings or points to one is an attack (RFC 8725 §3.10) and nothing is ever fetched; we decrypt
/// and decompress nothing (RFC 8725 §3.6).
fn is_forbidden(name: &str) -> bool {
    matches!(
        name,
        "crit" | "b64" | "jwk" | "jku" | "x5u" | "x5c" | "zip" | "enc" | "epk" | "p2s" | "p2c"
    )
}

impl TokenType {
    /// The type that a header's `typ` names: a media type, whose `application/` may be left out
    /// and whose case does not matter (RFC 7515 §4.1.9, RFC 9068 §4).
    fn from_header_type(typ: &str) -> Option<Self> {
        let name = match typ.split_at_checked("application/".len()) {
            Some((prefix, name)) if prefix.eq_ignore_ascii_case("application/") => name,
            _ => typ,
        };
        [Self::Access, Self::Id]
            .into_iter()
            .find(|token_type| name.eq_ignore_ascii_case(token_type.header_type()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_ours_is_read() {
        let header = Header::parse(br#"{"alg":"ES256","typ":"at+jwt","kid":"k"}"#).unwrap();
        assert_eq!(header.algorithm, Algorithm::Es256);
        assert_eq!(header.key_id.0, "k");
        assert_eq!(header.token_type, TokenType::Access);
    }

    #[test]
    fn the_type_is_a_media_type() {
        for (typ, expected) in [
            ("at+jwt", Some(TokenType::Access)),
            ("AT+JWT", Some(TokenType::Access)),
            ("application/at+jwt", Some(TokenType::Access)),
            ("Application/AT+jwt", Some(TokenType::Access)),
            ("JWT", Some(TokenType::Id)),
            ("logout+jwt", None),
            ("application/application/at+jwt", None),
            ("at+jwt ", None),
            ("", None),
        ] {
            assert_eq!(TokenType::from_header_type(typ), expected, "{typ}");
        }
    }

    #[test]
    fn a_header_that_is_not_ours_is_refused_for_the_right_reason() {
        for (json, reason) in [
            (r#"{"alg":"none","typ":"at+jwt","kid":"k"}"#, ParseError::Algorithm),
            (r#"{"typ":"at+jwt","kid":"k"}"#, ParseError::Algorithm),
            (r#"{"alg":"ES256","typ":"at+jwt"}"#, ParseError::KeyId),
            (r#"{"alg":"ES256","typ":"at+jwt","kid":""}"#, ParseError::KeyId),
            (r#"{"alg":"ES256","kid":"k"}"#, ParseError::Type),
            (r#"{"alg":"ES256","typ":"at+jwt","kid":7}"#, ParseError::Header),
            (r#"{"alg":null,"typ":"at+jwt","kid":"k"}"#, ParseError::Header),
            (r#"{"alg":"ES256","typ":"at+jwt","kid":"k","kid":"k"}"#, ParseError::RepeatedMember),
            (
                r#"{"alg":"ES256","typ":"at+jwt","kid":"k","\u0061lg":"none"}"#,
                ParseError::RepeatedMember,
            ),
            (r#"{"alg":"ES256","typ":"at+jwt","kid":"k","x":{"y":1,"y":1}}"#, ParseError::Header),
            ("[]", ParseError::Header),
            ("", ParseError::Header),
            ("\u{feff}{}", ParseError::Header),
        ] {
            assert_eq!(Header::parse(json.as_bytes()), Err(reason), "{json}");
        }
    }
}
