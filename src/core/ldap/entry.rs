//! Access to the attribute values of an entry.

use super::{Entry, LdapError};

impl Entry {
    /// The values of an attribute, case-insensitively, with or without the option `;binary`. Other
    /// options (`;lang-de`) denote different attributes.
    pub fn values(&self, name: &str) -> &[Vec<u8>] {
        let plain = |text: &str| {
            let lower = text.to_ascii_lowercase();
            lower.strip_suffix(";binary").map(ToOwned::to_owned).unwrap_or(lower)
        };
        let wanted = plain(name);
        let found =
            self.attributes.iter().find(|attribute| plain(&attribute.description) == wanted);
        found.map(|attribute| attribute.values.as_slice()).unwrap_or_default()
    }

    /// The first value that is UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values(name).iter().find_map(|value| std::str::from_utf8(value).ok())
    }

    /// Fails if the server returned only a range of the values, as Active Directory does beyond
    /// 1500 (`memberOf;range=0-1499`).
    pub(super) fn complete(&self, name: &str) -> Result<(), LdapError> {
        let prefix = format!("{};range=", name.to_ascii_lowercase());
        let mut descriptions = self.attributes.iter().map(|attribute| &attribute.description);
        match descriptions.find(|text| text.to_ascii_lowercase().starts_with(&prefix)) {
            Some(text) => Err(LdapError::Incomplete(text.clone())),
            None => Ok(()),
        }
    }
}
