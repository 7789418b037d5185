//! A directory user.

use super::{
    Active, Attribute, Directory, Dn, Entry, Group, GroupRule, LdapError, SubjectRule, sync::time,
};
use crate::core::{
    encoding::{base64url, hex, sha256},
    time::UnixTime,
};

/// A directory user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The distinguished name, which changes when the user is renamed or moved.
    pub dn: Dn,
    /// The permanent identifier of the user.
    pub subject: String,
    /// The non-empty attributes named in the settings.
    pub attributes: Vec<Attribute>,
    /// The groups; `None` if not searched.
    pub groups: Option<Vec<Group>>,
    /// Whether the user may sign in.
    pub active: bool,
    /// The last change of the entry, by the server's clock.
    pub modified: Option<UnixTime>,
}

impl Person {
    /// Reads an entry. Groups are those of `memberOf`, or unknown yet.
    pub(super) fn read(directory: &Directory, entry: &Entry) -> Result<Self, LdapError> {
        let settings = directory.settings();
        let dn = within(&entry.dn, &directory.base)?;
        let subject = subject(&settings.subject, entry)?;
        let mut attributes = Vec::new();
        for name in &settings.attributes {
            entry.complete(name)?;
            let mut values = entry.values(name).to_vec();
            // Values are unordered (RFC 4511 §4.1.7): sort them for a stable fingerprint.
            values.sort();
            if !values.is_empty() {
                attributes.push(Attribute { description: name.clone(), values });
            }
        }
        let groups = match settings.groups {
            GroupRule::None => Some(Vec::new()),
            GroupRule::MemberOf => Some(Group::of_entry(directory, entry)?),
            GroupRule::Search { .. } => None,
        };
        let modified = entry.text(&settings.modified).and_then(time::parse);
        Ok(Self { dn, subject, attributes, groups, active: active(directory, entry), modified })
    }

    /// The values of an attribute.
    pub fn values(&self, name: &str) -> &[Vec<u8>] {
        let found =
            self.attributes.iter().find(|known| known.description.eq_ignore_ascii_case(name));
        found.map(|attribute| attribute.values.as_slice()).unwrap_or_default()
    }

    /// The values of an attribute that are UTF-8.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values(name).iter().filter_map(|value| std::str::from_utf8(value).ok())
    }

    /// The first value of an attribute that is UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).next()
    }

    /// A digest of all synchronized attributes: equal if there is nothing to update.
    pub fn fingerprint(&self) -> String {
        let mut bytes = Vec::new();
        let mut part = |part: &[u8]| {
            bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend_from_slice(part);
        };
        part(self.dn.as_str().as_bytes());
        part(&[u8::from(self.active)]);
        for attribute in &self.attributes {
            part(attribute.description.as_bytes());
            part(&attribute.values.len().to_string().into_bytes());
            attribute.values.iter().for_each(|value| part(value));
        }
        for group in self.groups.iter().flatten() {
            part(group.dn.normalized().as_bytes());
        }
        base64url(&sha256(&bytes))
    }
}

/// Parses a name, which must be within `base`.
pub(super) fn within(name: &str, base: &Dn) -> Result<Dn, LdapError> {
    let dn = Dn::parse(name).map_err(|source| LdapError::Dn { name: name.to_owned(), source })?;
    if dn.is_within(base) { Ok(dn) } else { Err(LdapError::OutsideBase(name.to_owned())) }
}

fn active(directory: &Directory, entry: &Entry) -> bool {
    match &directory.settings().active {
        Active::Everyone => true,
        // Absent or malformed, for example because the service account may not read it: unknown.
        Active::UserAccountControl => entry
            .text("userAccountControl")
            .and_then(|text| text.parse::<i64>().ok())
            .is_some_and(|flags| flags & 2 == 0),
        Active::DisabledIf { attribute, value } => !entry
            .values(attribute)
            .iter()
            .any(|found| found.eq_ignore_ascii_case(value.as_bytes())),
    }
}

/// What identifies a person for good.
pub(super) fn subject(rule: &SubjectRule, entry: &Entry) -> Result<String, LdapError> {
    let attribute = rule.attribute();
    let subject = match (rule, entry.values(attribute)) {
        (SubjectRule::EntryUuid, [value]) => uuid(value),
        (SubjectRule::ObjectGuid, [value]) => guid(value),
        (SubjectRule::Attribute(_), [value]) => text(value),
        _ => None,
    };
    subject
        .ok_or_else(|| LdapError::Subject { attribute: attribute.to_owned(), dn: entry.dn.clone() })
}

fn text(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let valid = (1..=255).contains(&text.len()) && !text.chars().any(char::is_control);
    valid.then(|| text.to_owned())
}

fn uuid(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?.to_ascii_lowercase();
    let parts = text.split('-').map(|part| {
        let hex = part.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hex { part.len() } else { 0 }
    });
    parts.eq([8, 4, 4, 4, 12]).then_some(text)
}

/// Formats a 16-byte GUID, whose first three fields are little-endian (MS-DTYP §2.3.4.2).
fn guid(value: &[u8]) -> Option<String> {
    let bytes = <[u8; 16]>::try_from(value).ok()?;
    let (first, rest) = bytes.split_first_chunk::<4>()?;
    let (second, rest) = rest.split_first_chunk::<2>()?;
    let (third, rest) = rest.split_first_chunk::<2>()?;
    let (clock, node) = rest.split_first_chunk::<2>()?;
    let first = u32::from_le_bytes(*first);
    let [second, third] = [second, third].map(|field| u16::from_le_bytes(*field));
    Some(format!("{first:08x}-{second:04x}-{third:04x}-{}-{}", hex(clock), hex(node)))
}
