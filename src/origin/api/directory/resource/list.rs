//! Lists of resources: which part a request asks for, and the reply.

use std::marker::PhantomData;

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::Served;
use crate::{
    core::{
        directory::Invalid,
        encoding::{base64url, from_base64url},
    },
    origin::{
        api::{
            directory::paging::Paging,
            endpoint::{Parameter, Query},
        },
        http::Parameters,
        store::resource::{By, Filter, Page, Record},
    },
    ports::Value,
};

/// The parameters of every list, before those of the resource.
const COMMON: [Parameter; 7] = [
    Parameter::optional("owner", "The organization; the caller's if absent."),
    Paging::LIMIT,
    Paging::CURSOR,
    Parameter::optional(
        "q",
        "Only those whose name, or display name in any case, begins with this text. Needs `owner`, \
         unless the caller has one.",
    ),
    Paging::OFFSET,
    Paging::PAGE_SIZE,
    Paging::PAGE,
];

/// The most parameters of a list.
const MOST: usize = 16;

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks the indexes")]
const fn all(filters: &[Filter]) -> [Parameter; MOST] {
    let mut all = [COMMON[0]; MOST];
    let mut place = 0;
    while place < COMMON.len() {
        all[place] = COMMON[place];
        place += 1;
    }
    let mut next = 0;
    while next < filters.len() {
        let filter = filters[next];
        let parameter = Parameter::optional(filter.name, filter.about);
        all[place + next] = if filter.is_flag { parameter.flag() } else { parameter };
        next += 1;
    }
    all
}

/// The part of a list that a request asks for.
#[derive(Debug)]
pub struct ListQuery<R> {
    /// The organization that the request names.
    pub owner: Option<String>,
    /// The part.
    pub page: Page,
    listed: PhantomData<R>,
}

impl<R: Record> ListQuery<R> {
    const ALL: [Parameter; MOST] = all(R::TABLE.filters);

    /// Adds a condition.
    pub fn only(&mut self, by: By, value: impl Into<Value>) {
        self.page.filters.push((by, value.into()));
    }

    /// Takes the value of a filter of the table out of the conditions.
    pub fn take(&mut self, by: By) -> Option<Value> {
        let place = self.page.filters.iter().position(|(known, _)| *known == by)?;
        Some(self.page.filters.remove(place).1)
    }
}

impl<R: Record> Query for ListQuery<R> {
    const PARAMETERS: &'static [Parameter] =
        Self::ALL.split_at(COMMON.len() + R::TABLE.filters.len()).0;

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let Paging { limit, offset } = Paging::of(parameters)?;
        let after = parameters.get("cursor").map(read_cursor).transpose()?;
        let mut filters = Vec::new();
        for filter in R::TABLE.filters {
            let Some(text) = parameters.get(filter.name) else { continue };
            let value = match (filter.is_flag, text) {
                (false, text) => text.into(),
                (true, "true" | "1") => true.into(),
                (true, "false" | "0") => false.into(),
                (true, _) => return Err(Invalid::member(filter.name, "must be true or false")),
            };
            filters.push((filter.by, value));
        }
        let prefix = parameters.get("q").map(str::to_owned);
        let page = Page { owner: None, after, prefix, filters, limit, offset };
        let owner = parameters.get("owner").map(str::to_owned);
        Ok(Self { owner, page, listed: PhantomData })
    }
}

/// The cursor after the entry `name` of `owner`.
pub fn cursor(owner: &str, name: &str) -> String {
    base64url(format!("{owner}/{name}").as_bytes())
}

/// Owner and name of the last entry before a cursor.
pub fn read_cursor(text: &str) -> Result<(String, String), Invalid> {
    let read = || {
        let text = String::from_utf8(from_base64url(text)?).ok()?;
        let (owner, name) = text.split_once('/')?;
        Some((owner.to_owned(), name.to_owned()))
    };
    read().ok_or_else(|| Invalid::member("cursor", "must be the cursor of a page of this list"))
}

/// A page of a list.
#[derive(Debug)]
pub struct ListOf<R: Served> {
    /// The entries.
    pub entries: Vec<R::View>,
    /// How many all pages have together.
    pub total: i64,
    /// The cursor of the next page; empty: this is the last.
    pub cursor: String,
}

impl<R: Served> Serialize for ListOf<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(R::PLURAL, &self.entries)?;
        if R::HAS_TOTAL {
            map.serialize_entry("total", &self.total)?;
        }
        map.serialize_entry("cursor", &self.cursor)?;
        map.end()
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<R: Served> schemars::JsonSchema for ListOf<R> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("ListOf{}", <R::View as schemars::JsonSchema>::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let entries = generator.subschema_for::<Vec<R::View>>();
        let cursor = "The cursor of the next page; empty: this is the last.";
        let total = "How many all pages have together; of all organizations at most 10,000.";
        let mut properties = serde_json::Map::new();
        properties.insert(R::PLURAL.to_owned(), entries.to_value());
        let text = serde_json::json!({"type": "string", "description": cursor});
        properties.insert("cursor".to_owned(), text);
        let mut required = vec![R::PLURAL, "cursor"];
        if R::HAS_TOTAL {
            let number = serde_json::json!({"type": "integer", "description": total});
            properties.insert("total".to_owned(), number);
            required.push("total");
        }
        schemars::json_schema!({
            "type": "object", "properties": properties, "required": required,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_a_made_up_one_is_refused() {
        let read = read_cursor(&cursor("hanzo", "a.b")).unwrap();
        assert_eq!(read, ("hanzo".to_owned(), "a.b".to_owned()));
        for text in ["hanzo/a", "", "%", "aGFuem8"] {
            assert!(read_cursor(text).is_err(), "{text}");
        }
    }
}
