//! SCIM lists with one value in a user column: e-mail addresses, phone numbers, photos.

use serde_json::{Map, Value, json};

use crate::core::{
    directory::{Email, Phone, Picture, Text},
    scim::text,
};

/// A list whose preferred value is also a column of the account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mirrored {
    /// The attribute.
    pub(super) name: &'static str,
    /// The type of a value that the client did not send.
    r#type: &'static str,
    /// The value as the column has it; `None`: it cannot be in the column.
    column: fn(&str) -> Option<String>,
}

pub(super) const EMAILS: Mirrored = Mirrored {
    name: "emails",
    r#type: "work",
    column: |text| Email::read(text).ok().map(String::from).filter(|text| !text.is_empty()),
};

pub(super) const PHONES: Mirrored =
    Mirrored { name: "phoneNumbers", r#type: "work", column: |text| phone(text) };

pub(super) const PHOTOS: Mirrored = Mirrored {
    name: "photos",
    r#type: "photo",
    column: |text| Picture::read(text).ok().map(String::from).filter(|text| is_url(text)),
};

/// A picture that stands in the account itself is no URL, and no value of `photos`.
pub(super) fn is_url(picture: &str) -> bool {
    picture.starts_with("https://")
}

/// A number, or the number of an RFC 3966 URI.
fn phone(text: &str) -> Option<String> {
    let text = text.strip_prefix("tel:").unwrap_or(text);
    let number = text.split(';').next().unwrap_or_default();
    Phone::read(number).ok().map(String::from).filter(|number| !number.is_empty())
}

impl Mirrored {
    /// The place and the column of the value that the account has: the primary one, else the first
    /// that can be in the column.
    fn preferred(&self, values: &[Value]) -> Option<(usize, String)> {
        let column = |value: &Value| (self.column)(text(value.as_object()?, "value"));
        let is_primary = |value: &Value| value.get("primary") == Some(&Value::Bool(true));
        let at = |(index, value): (usize, &Value)| Some((index, column(value)?));
        if let Some(primary) = values.iter().enumerate().find(|(_, value)| is_primary(value)) {
            return at(primary);
        }
        values.iter().enumerate().find_map(at)
    }

    /// The column of a list; empty if it has none.
    pub(super) fn column(&self, values: &[Value]) -> String {
        self.preferred(values).map(|(_, column)| column).unwrap_or_default()
    }

    /// The list as a resource shows it: as the client sent it, with the account's own value where
    /// that has been changed since.
    pub(super) fn shown(&self, kept: &Map<String, Value>, column: &str) -> Vec<Value> {
        let mut values = kept.get(self.name).and_then(Value::as_array).cloned().unwrap_or_default();
        match self.preferred(&values) {
            Some((_, known)) if known == column => {}
            Some((index, _)) if column.is_empty() => {
                values.remove(index);
            }
            Some((index, _)) => {
                if let Some(object) = values.get_mut(index).and_then(Value::as_object_mut) {
                    object.insert("value".to_owned(), column.into());
                }
            }
            None if column.is_empty() => {}
            None => {
                for value in values.iter_mut().filter_map(Value::as_object_mut) {
                    value.remove("primary");
                }
                values.push(json!({"value": column, "type": self.r#type, "primary": true}));
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(emails: Value) -> Map<String, Value> {
        Map::from_iter([("emails".to_owned(), emails)])
    }

    #[test]
    fn the_account_has_the_primary_value_or_else_the_first() {
        let list = |value: Value| value.as_array().unwrap().clone();
        for (emails, column) in [
            (json!([]), ""),
            (json!([{"value": "A@x.y"}, {"value": "b@x.y"}]), "a@x.y"),
            (json!([{"value": "a@x.y"}, {"value": "b@x.y", "primary": true}]), "b@x.y"),
        ] {
            assert_eq!(EMAILS.column(&list(emails)), column);
        }
        let uri = json!([{"value": "tel:+1-201-555-0123;ext=7"}]);
        assert_eq!(PHONES.column(&list(uri)), "+1-201-555-0123");
        assert_eq!(PHOTOS.column(&list(json!([{"value": "http://x.y/a.png"}]))), "");
    }

    #[test]
    fn a_change_of_the_account_shows_in_the_list() {
        let sent = json!([{"value": "A@x.y", "type": "home"}, {"value": "b@x.y"}]);
        assert_eq!(Value::Array(EMAILS.shown(&kept(sent.clone()), "a@x.y")), sent);
        let changed = EMAILS.shown(&kept(sent.clone()), "c@x.y");
        assert_eq!(changed[0], json!({"value": "c@x.y", "type": "home"}));
        assert_eq!(EMAILS.shown(&kept(sent), "").len(), 1);
        let own = json!([{"value": "c@x.y", "type": "work", "primary": true}]);
        assert_eq!(Value::Array(EMAILS.shown(&Map::new(), "c@x.y")), own);
        assert!(EMAILS.shown(&Map::new(), "").is_empty());
    }
}
