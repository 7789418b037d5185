//! Normalization of attribute types and values for comparison.

use unicode_normalization::UnicodeNormalization;

use super::Value;
use crate::core::{
    encoding::hex,
    ldap::ber::{self, Reader},
};

/// Types with several names (RFC 4519, RFC 4524): OID, then names, the first being canonical.
const TYPES: [(&str, &[&str]); 20] = [
    ("2.5.4.3", &["cn", "commonname"]),
    ("2.5.4.4", &["sn", "surname"]),
    ("2.5.4.5", &["serialnumber"]),
    ("2.5.4.6", &["c", "countryname"]),
    ("2.5.4.7", &["l", "localityname"]),
    ("2.5.4.8", &["st", "stateorprovincename", "s"]),
    ("2.5.4.9", &["street", "streetaddress"]),
    ("2.5.4.10", &["o", "organizationname"]),
    ("2.5.4.11", &["ou", "organizationalunitname"]),
    ("2.5.4.12", &["title"]),
    ("2.5.4.13", &["description"]),
    ("2.5.4.17", &["postalcode"]),
    ("2.5.4.41", &["name"]),
    ("2.5.4.42", &["givenname", "gn"]),
    ("2.5.4.43", &["initials"]),
    ("2.5.4.44", &["generationqualifier"]),
    ("2.5.4.46", &["dnqualifier"]),
    ("0.9.2342.19200300.100.1.1", &["uid", "userid"]),
    ("0.9.2342.19200300.100.1.3", &["mail", "rfc822mailbox"]),
    ("0.9.2342.19200300.100.1.25", &["dc", "domaincomponent"]),
];

/// The canonical name of an attribute type.
pub(super) fn kind(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let found = TYPES.iter().find(|(oid, names)| *oid == lower || names.contains(&lower.as_str()));
    match found.and_then(|(_, names)| names.first()) {
        Some(name) => (*name).to_owned(),
        None => lower,
    }
}

/// Normalizes a text (RFC 4518): NFKC, lower case, trimmed, with runs of spaces collapsed.
pub(super) fn text(text: &str) -> Value {
    // Lowercasing may produce non-NFKC text: normalize before and after, as in NFKC_Casefold.
    let lower: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    let words: Vec<&str> =
        lower.split(char::is_whitespace).filter(|word| !word.is_empty()).collect();
    Value::Text(words.join(" "))
}

/// Decodes a hex value to text, if it has a string type.
pub(super) fn ber(bytes: Vec<u8>) -> Option<Value> {
    let mut reader = Reader::new(&bytes);
    let (tag, content) = reader.any().ok()?;
    reader.finish().ok()?;
    let is_text = matches!(tag, ber::OCTETS | 0x0c | 0x12 | 0x13 | 0x16 | 0x1a);
    Some(match std::str::from_utf8(content) {
        Ok(content) if is_text => text(content),
        _ => Value::Ber(bytes),
    })
}

/// Writes the normalized value with escapes.
pub(super) fn write(value: &Value, to: &mut String) {
    match value {
        Value::Text(text) => {
            for (index, char) in text.chars().enumerate() {
                let special = matches!(char, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=');
                if char == '\0' {
                    to.push_str("\\00");
                    continue;
                }
                if special || index == 0 && char == '#' {
                    to.push('\\');
                }
                to.push(char);
            }
        }
        Value::Ber(bytes) => {
            to.push('#');
            to.push_str(&hex(bytes));
        }
    }
}
