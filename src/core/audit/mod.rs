//! The audit trail: entries, and the hash chain that reveals changes.
//!
//! The entries of an organization are numbered from 1. The hash of an entry is the SHA-256 of the JSON
//! array `[organizationId, number, owner, action, kind, name, actor, record, recordedAt, previous]`
//! without white space, where `previous` is the hash of the entry before it (`""` for the first) and
//! `record` is the JSON object with its members in the order of their names. An exported trail can be
//! verified without this server.

mod difference;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::difference::{Members, difference};
use super::{
    encoding::{hex, sha256},
    log::Caller,
    time::UnixTime,
};

/// What an entry says besides the columns by which it is found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Record {
    /// The caller; `None`: a job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<Actor>,
    /// The method of the request.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// The path of the request.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The id of the request.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request_id: String,
    /// The client's address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// The members of the object before the change that the change touched; secrets are masked.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub before: Map<String, Value>,
    /// The same members after it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub after: Map<String, Value>,
}

/// The caller, as an entry names it.
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "AuditActor"))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Actor {
    /// The subject: a user's id, or `owner/name` of an application.
    pub subject: String,
    /// The home organization and name: `owner/name`.
    pub name: String,
    /// The organization that the credential acts in.
    pub organization: String,
    /// `token`, `session`, `client` or `key`.
    pub credential: String,
    /// The id of the credential.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub credential_id: String,
    /// The client that obtained the credential.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client: String,
    /// Who acts for the subject (RFC 8693 §4.1): subjects, the current one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acting: Vec<String>,
}

impl From<Caller> for Actor {
    fn from(caller: Caller) -> Self {
        Self {
            subject: caller.subject,
            name: caller.name,
            organization: caller.organization,
            credential: caller.credential.to_owned(),
            credential_id: caller.id,
            client: caller.client,
            acting: caller.acting,
        }
    }
}

/// An entry of the trail, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// The id of the organization; empty if there is none.
    pub organization_id: String,
    /// From 1, without gaps.
    pub number: i64,
    /// The name of the organization.
    pub owner: String,
    /// The operation id of the endpoint, or the name of a job.
    pub action: String,
    /// The kind of the object.
    pub kind: String,
    /// The name of the object.
    pub name: String,
    /// The subject of the caller; empty for a job.
    pub actor: String,
    /// The text of a [`Record`].
    pub record: String,
    /// When it was appended.
    pub recorded_at: UnixTime,
    /// The hash; `None` until it is sealed.
    pub hash: Option<String>,
}

impl Entry {
    /// The hash of this entry after one whose hash is `previous`, in hexadecimal.
    pub fn hash_after(&self, previous: &str) -> String {
        let text = |value: &str| Value::from(value).to_string();
        let fields = [
            text(&self.organization_id),
            self.number.to_string(),
            text(&self.owner),
            text(&self.action),
            text(&self.kind),
            text(&self.name),
            text(&self.actor),
            self.record.clone(),
            self.recorded_at.0.to_string(),
            text(previous),
        ];
        hex(&sha256(format!("[{}]", fields.join(",")).as_bytes()))
    }

    /// The record.
    pub fn content(&self) -> Record {
        serde_json::from_str(&self.record).unwrap_or_default()
    }
}

/// The hashes that `entries`, in their order, have after one whose hash is `previous`.
pub fn chain<'a>(
    previous: &str,
    entries: impl IntoIterator<Item = &'a Entry>,
) -> impl Iterator<Item = String> {
    let mut previous = previous.to_owned();
    entries.into_iter().map(move |entry| {
        previous = entry.hash_after(&previous);
        previous.clone()
    })
}

/// What a check of a part of a trail found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Every entry has the number and the hash that it must have; the hash of the last one.
    Intact(String),
    /// The first entry that was changed, or that stands where another is missing.
    Broken(i64),
}

/// Checks sealed `entries`, which follow the entry `number` with the hash `previous`.
pub fn verify(number: i64, previous: &str, entries: &[Entry]) -> Finding {
    let mut last = previous.to_owned();
    for ((entry, hash), expected) in entries.iter().zip(chain(previous, entries)).zip(number + 1..)
    {
        if entry.number != expected || entry.hash.as_deref() != Some(&hash) {
            return Finding::Broken(expected);
        }
        last = hash;
    }
    Finding::Intact(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: i64, record: &str) -> Entry {
        Entry {
            organization_id: "id".to_owned(),
            number,
            owner: "acme".to_owned(),
            action: "createUser".to_owned(),
            kind: "user".to_owned(),
            name: "ann \"a\"".to_owned(),
            actor: "admin".to_owned(),
            record: record.to_owned(),
            recorded_at: UnixTime(1),
            hash: None,
        }
    }

    fn sealed(count: i64) -> Vec<Entry> {
        let entries: Vec<Entry> = (1..=count).map(|number| entry(number, "{}")).collect();
        let hashes: Vec<String> = chain("", &entries).collect();
        entries
            .into_iter()
            .zip(hashes)
            .map(|(entry, hash)| Entry { hash: Some(hash), ..entry })
            .collect()
    }

    /// The text that is hashed is what the documentation of the module says (checked with Python:
    /// `hashlib.sha256(json.dumps([...], separators=(",", ":")).encode()).hexdigest()`).
    #[test]
    fn the_hash_is_that_of_the_documented_array() {
        let text = r#"["id",1,"acme","createUser","user","ann \"a\"","admin",{"a":1},1,""]"#;
        assert_eq!(entry(1, r#"{"a":1}"#).hash_after(""), hex(&sha256(text.as_bytes())));
    }

    #[test]
    fn a_trail_that_is_whole_is_intact() {
        let entries = sealed(5);
        let last = entries[4].hash.clone().unwrap();
        assert_eq!(verify(0, "", &entries), Finding::Intact(last.clone()));
        let third = entries[2].hash.clone().unwrap();
        assert_eq!(verify(3, &third, &entries[3..]), Finding::Intact(last));
    }

    #[test]
    fn a_changed_a_missing_and_an_exchanged_entry_are_found() {
        for number in 1..=5_usize {
            let mut changed = sealed(5);
            changed[number - 1].record = r#"{"path":"/x"}"#.to_owned();
            assert_eq!(verify(0, "", &changed), Finding::Broken(i64::try_from(number).unwrap()));
            let mut removed = sealed(6);
            removed.remove(number - 1);
            assert_eq!(verify(0, "", &removed), Finding::Broken(i64::try_from(number).unwrap()));
        }
        // A whole new end does not follow the hash of what was before it.
        let mut replaced = sealed(5);
        let other: Vec<Entry> = (3..=5).map(|number| entry(number, r#"{"path":"/y"}"#)).collect();
        for (place, hash) in chain("", &other).enumerate() {
            replaced[2 + place] = Entry { hash: Some(hash), ..other[place].clone() };
        }
        assert_eq!(verify(0, "", &replaced), Finding::Broken(3));
    }
}
