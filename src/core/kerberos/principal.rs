//! Principals: a realm and name components (RFC 4120 §6).

use std::fmt::{self, Write};

use der::AnyRef;

use super::{
    der_read::{Fields, int32, sequence_of, text},
    der_write,
};

/// Maximum number of name components. Real names have one to three.
const MOST_COMPONENTS: usize = 8;

/// Name type `NT-PRINCIPAL` (RFC 4120 §6.2).
pub const NT_PRINCIPAL: i32 = 1;
/// Name type `NT-WELLKNOWN` (RFC 6111).
pub const NT_WELLKNOWN: i32 = 11;

/// A name in a realm.
///
/// Two are equal if realm and components are, byte for byte; the name type is a hint and not compared
/// (RFC 4120 §6.2).
#[derive(Debug, Clone)]
pub struct Principal {
    /// The name type.
    pub name_type: i32,
    /// The parts of the name: `["HTTP", "hanzo.test"]`.
    pub components: Vec<String>,
    /// The realm, case-sensitive.
    pub realm: String,
}

impl PartialEq for Principal {
    fn eq(&self, other: &Self) -> bool {
        self.realm == other.realm && self.components == other.components
    }
}

impl Eq for Principal {}

impl Principal {
    /// Parses the text form: components separated by `/`, then `@` and the realm; `\` quotes the
    /// next character. `None` if there is no realm or no name.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = vec![String::new()];
        let mut in_realm = false;
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            let plain = match character {
                '\\' => characters.next()?,
                '/' if !in_realm => {
                    parts.push(String::new());
                    continue;
                }
                '@' if !in_realm => {
                    parts.push(String::new());
                    in_realm = true;
                    continue;
                }
                '@' => return None,
                other => other,
            };
            parts.last_mut()?.push(plain);
        }
        let realm = parts.pop().filter(|realm| in_realm && !realm.is_empty())?;
        let valid = parts.len() <= MOST_COMPONENTS
            && parts.iter().all(|part| !part.is_empty())
            && !text.chars().any(char::is_control);
        valid.then_some(Self { name_type: NT_PRINCIPAL, components: parts, realm })
    }

    pub(super) fn read(realm: AnyRef<'_>, name: AnyRef<'_>) -> der::Result<Self> {
        let realm = text(realm)?.to_owned();
        let mut members = Fields::of(name)?;
        let name_type = int32(members.required(0)?)?;
        let components = sequence_of(members.required(1)?, MOST_COMPONENTS)?
            .into_iter()
            .map(|component| text(component).map(str::to_owned))
            .collect::<der::Result<Vec<_>>>()?;
        members.finish()?;
        if components.is_empty() || realm.is_empty() {
            return Err(der::ErrorKind::Incomplete {
                expected_len: der::Length::ONE,
                actual_len: der::Length::ZERO,
            }
            .into());
        }
        Ok(Self { name_type, components, realm })
    }

    /// From a keytab, whose strings have no tags.
    pub(super) fn of_parts(name_type: i32, components: &[&[u8]], realm: &[u8]) -> Option<Self> {
        let text = |bytes: &[u8]| {
            std::str::from_utf8(bytes)
                .ok()
                .filter(|text| !text.chars().any(char::is_control))
                .map(str::to_owned)
        };
        let components = components.iter().map(|part| text(part)).collect::<Option<Vec<_>>>()?;
        let realm = text(realm).filter(|realm| !realm.is_empty())?;
        let valid = !components.is_empty() && components.len() <= MOST_COMPONENTS;
        valid.then_some(Self { name_type, components, realm })
    }

    /// The `PrincipalName` in DER.
    pub(super) fn name_der(&self) -> Vec<u8> {
        let components: Vec<u8> =
            self.components.iter().flat_map(|component| der_write::text(component)).collect();
        let list = der_write::element(der_write::SEQUENCE, &[&components]);
        der_write::element(
            der_write::SEQUENCE,
            &[
                &der_write::tagged(0, &der_write::integer(i64::from(self.name_type))),
                &der_write::tagged(1, &list),
            ],
        )
    }

    /// Whether a ticket for `other` is valid for this service. Active Directory matches services
    /// case-insensitively and keeps the client's spelling; the realm is compared exactly.
    pub fn is_service(&self, other: &Self) -> bool {
        self.realm == other.realm
            && self.components.len() == other.components.len()
            && self
                .components
                .iter()
                .zip(&other.components)
                .all(|(ours, theirs)| ours.eq_ignore_ascii_case(theirs))
    }

    /// Whether it is the anonymous principal of any realm (RFC 8062 §3).
    pub fn is_anonymous(&self) -> bool {
        self.components == ["WELLKNOWN", "ANONYMOUS"] || self.realm == "WELLKNOWN:ANONYMOUS"
    }
}

/// The text form, quoted unambiguously.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |f: &mut fmt::Formatter<'_>, text: &str| {
            text.chars().try_for_each(|character| {
                if matches!(character, '\\' | '/' | '@') {
                    f.write_char('\\')?;
                }
                f.write_char(character)
            })
        };
        for (position, component) in self.components.iter().enumerate() {
            if position > 0 {
                f.write_char('/')?;
            }
            quoted(f, component)?;
        }
        f.write_char('@')?;
        quoted(f, &self.realm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_pretend_to_have_another_realm() {
        let name = Principal {
            name_type: 1,
            components: vec!["alice@HANZO.TEST".into(), "a/b\\".into()],
            realm: "EVIL".into(),
        };
        assert_eq!(name.to_string(), r"alice\@HANZO.TEST/a\/b\\@EVIL");
        assert_eq!(Principal::parse(&name.to_string()), Some(name));
    }

    #[test]
    fn a_name_without_realm_or_component_is_none() {
        for text in ["", "alice", "alice@", "@REALM", "a//b@REALM", "a@b@c", "a\\", "a\0@R"] {
            assert_eq!(Principal::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_service_has_any_case_and_its_realm_one() {
        let service = Principal::parse("HTTP/hanzo.test@HANZO.TEST").unwrap();
        for (text, same) in [
            ("http/Hanzo.Test@HANZO.TEST", true),
            ("HTTP/hanzo.test@hanzo.test", false),
            ("HTTP/hanzo.test/x@HANZO.TEST", false),
            ("HTTP/other.test@HANZO.TEST", false),
        ] {
            assert_eq!(service.is_service(&Principal::parse(text).unwrap()), same, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_text_form_reads_back(
            components in proptest::collection::vec("[a-zA-Z/@\\\\. ]{1,9}", 1..4),
            realm in "[A-Z/@\\\\.]{1,9}",
        ) {
            let name = Principal { name_type: 1, components, realm };
            proptest::prop_assert_eq!(Principal::parse(&name.to_string()), Some(name));
        }
    }
}
