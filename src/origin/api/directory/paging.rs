//! Pagination: the requested part of a list, and the list reply.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::json;

use crate::{
    core::{
        directory::Invalid,
        encoding::{base64url, from_base64url},
    },
    origin::{
        api::endpoint::{Described, Parameter},
        http::Parameters,
        store::keyset::{Order, Part},
    },
    ports::Value,
};

/// Maximum and default page size, because earlier clients do not request pages.
const MAXIMUM_PAGE: i64 = 1000;

/// Maximum of `offset` and `p`.
const MAXIMUM_OFFSET: i64 = 1_000_000;

/// A part of a list.
#[derive(Debug, Clone)]
pub struct Paging {
    /// Maximum number of rows.
    pub limit: i64,
    /// Number of rows to skip.
    pub offset: i64,
    /// The values of the previous page's last row in the columns of the order.
    pub after: Option<Vec<Value>>,
}

/// The order selected by `sort`: by name, or newest first.
pub fn sorted(parameters: &Parameters, by_name: Order, by_age: Order) -> Result<Order, Invalid> {
    match parameters.get("sort") {
        None | Some("name") => Ok(by_name),
        Some("-createdTime") => Ok(by_age),
        Some(_) => Err(Invalid::member("sort", "must be name or -createdTime")),
    }
}

impl Paging {
    /// `limit`
    pub const LIMIT: Parameter =
        Parameter::optional("limit", "The most entries, 1 to 1000; 1000 if absent.")
            .integer(1, MAXIMUM_PAGE);
    /// `cursor`
    pub const CURSOR: Parameter = Parameter::optional("cursor", "The `cursor` of the page before.");
    /// `offset`
    pub const OFFSET: Parameter =
        Parameter::optional("offset", "How many entries are left out before the first.")
            .integer(0, MAXIMUM_OFFSET);
    /// `pageSize`
    pub const PAGE_SIZE: Parameter =
        Parameter::optional("pageSize", "The same as `limit`, as earlier clients write it.")
            .integer(1, MAXIMUM_PAGE);
    /// `p`
    pub const PAGE: Parameter =
        Parameter::optional("p", "The number of the page, from 1, as earlier clients write it.")
            .integer(1, MAXIMUM_OFFSET);

    /// Parses `limit` and `offset`, or `pageSize` and `p` (ATTACKS H-112).
    pub fn of(query: &Parameters) -> Result<Self, Invalid> {
        let limit = number(query, &["limit", "pageSize"], 1..=MAXIMUM_PAGE)?;
        let limit = limit.unwrap_or(MAXIMUM_PAGE);
        let offset = match number(query, &["p"], 1..=MAXIMUM_OFFSET)? {
            Some(page) => (page - 1) * limit,
            None => number(query, &["offset"], 0..=MAXIMUM_OFFSET)?.unwrap_or(0),
        };
        Ok(Self { limit, offset, after: None })
    }

    /// The same with `cursor`, for a list in that order.
    pub fn by(order: Order, query: &Parameters) -> Result<Self, Invalid> {
        let after = query.get("cursor").map(|text| read_cursor(order, text)).transpose()?;
        Ok(Self { after, ..Self::of(query)? })
    }

    /// The rows to read: one more than the page, to detect a next page.
    pub fn part(&self) -> Part {
        Part { after: self.after.clone(), limit: self.limit + 1, offset: self.offset }
    }

    /// Truncates the rows of [`part`](Self::part) to the page, and returns the cursor of the next
    /// page, or an empty string. `place` returns a row's values in the columns of the order.
    pub fn next<T>(
        &self,
        order: Order,
        found: &mut Vec<T>,
        place: impl FnOnce(&T) -> Vec<Value>,
    ) -> String {
        let limit = usize::try_from(self.limit).unwrap_or_default();
        let has_next = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| has_next);
        last.map(|last| cursor(order, &place(last))).unwrap_or_default()
    }
}

/// A boolean parameter.
pub fn flag(query: &Parameters, name: &str) -> Result<Option<bool>, Invalid> {
    match query.get(name) {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(_) => Err(Invalid::member(name, "must be true or false")),
    }
}

/// The cursor after a row with these values in the columns of the order.
fn cursor(order: Order, place: &[Value]) -> String {
    let values = place.iter().map(|value| match value {
        Value::Null => serde_json::Value::Null,
        Value::Integer(number) => json!(number),
        Value::Text(text) => json!(text),
    });
    let parts: Vec<_> = std::iter::once(json!(order.name)).chain(values).collect();
    base64url(json!(parts).to_string().as_bytes())
}

/// Parses the values of a cursor for a list in that order.
fn read_cursor(order: Order, text: &str) -> Result<Vec<Value>, Invalid> {
    let read = || {
        let parts: Vec<serde_json::Value> = serde_json::from_slice(&from_base64url(text)?).ok()?;
        let (name, values) = parts.split_first()?;
        if *name != order.name || values.len() != order.columns.len() {
            return None;
        }
        let value = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => Some(Value::from(text)),
            value => value.as_i64().map(Value::from),
        };
        values.iter().map(value).collect()
    };
    read().ok_or_else(|| Invalid::member("cursor", "must be the cursor of a page of this list"))
}

/// An object that is listed.
pub trait Listed: Serialize + Described {
    /// The list member with the objects.
    const PLURAL: &'static str;
    /// Whether lists have a total.
    const HAS_TOTAL: bool = true;
    /// Whether the last page has an empty cursor instead of none.
    const ENDS_EMPTY: bool = true;
}

/// A page of a list.
#[derive(Debug)]
pub struct ListOf<V> {
    /// The entries.
    pub entries: Vec<V>,
    /// The total of all pages; omitted if [`Listed::HAS_TOTAL`] is false.
    pub total: i64,
    /// The cursor of the next page; empty on the last.
    pub cursor: String,
}

impl<V: Listed> Serialize for ListOf<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(V::PLURAL, &self.entries)?;
        if V::HAS_TOTAL {
            map.serialize_entry("total", &self.total)?;
        }
        if V::ENDS_EMPTY || !self.cursor.is_empty() {
            map.serialize_entry("cursor", &self.cursor)?;
        }
        map.end()
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<V: Listed> schemars::JsonSchema for ListOf<V> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("ListOf{}", V::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let entries = generator.subschema_for::<Vec<V>>();
        let cursor = "The cursor of the next page; empty or absent: this is the last.";
        let total = "How many all pages have together; of all organizations, and of those that a \
                     filter or `q` finds, it may be bounded: at most 10,000.";
        let mut properties = serde_json::Map::new();
        properties.insert(V::PLURAL.to_owned(), entries.to_value());
        let text = json!({"type": "string", "description": cursor});
        properties.insert("cursor".to_owned(), text);
        let mut required = vec![V::PLURAL];
        required.extend(V::ENDS_EMPTY.then_some("cursor"));
        if V::HAS_TOTAL {
            let number = json!({"type": "integer", "description": total});
            properties.insert("total".to_owned(), number);
            required.push("total");
        }
        schemars::json_schema!({
            "type": "object", "properties": properties, "required": required,
        })
    }
}

fn number(
    query: &Parameters,
    names: &[&str],
    range: std::ops::RangeInclusive<i64>,
) -> Result<Option<i64>, Invalid> {
    let Some((name, text)) = names.iter().find_map(|name| Some((name, query.get(name)?))) else {
        return Ok(None);
    };
    let value = text.parse().ok().filter(|value| range.contains(value));
    let bounds = || format!("must be a number from {} to {}", range.start(), range.end());
    value.map(Some).ok_or_else(|| Invalid::member(name, &bounds()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::store::keyset::BY_NAME;

    #[test]
    fn a_cursor_is_read_back_and_a_made_up_one_is_refused() {
        let place = vec![Value::from("hanzo"), Value::from("a.b")];
        let text = cursor(BY_NAME, &place);
        assert_eq!(read_cursor(BY_NAME, &text), Ok(place.clone()));
        let other = Order { name: "-createdTime", ..BY_NAME };
        let short = cursor(BY_NAME, &place[..1]);
        let odd = cursor(BY_NAME, &[Value::Null, Value::Null]);
        for text in ["hanzo/a", "", "%", "aGFuem8", &cursor(other, &place), &short, &odd] {
            assert!(read_cursor(BY_NAME, text).is_err(), "{text}");
        }
    }
}
