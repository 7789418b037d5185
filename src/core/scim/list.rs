//! List requests and list responses (RFC 7644 §3.4.2, §3.4.3).

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    error::Refusal, filter::Filter, projection::Projection, resource::Resource,
    schema::ResourceType, sort::Sorting,
};

/// The schema of a search request.
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// The schema of a list.
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// The most resources of one response.
pub const MAXIMUM_RESULTS: usize = 200;

/// How many resources a response has unless the client asks for more or fewer.
const DEFAULT_RESULTS: usize = 100;

/// What a client asks of a list, as it stands in the query or the body.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(default, rename_all = "camelCase")]
pub struct RawQuery {
    /// The condition that resources meet.
    pub filter: Option<String>,
    /// The attribute that the list is sorted by.
    pub sort_by: Option<String>,
    /// `ascending` (the default) or `descending`.
    pub sort_order: Option<String>,
    /// The number of the first resource, from 1.
    pub start_index: Option<i64>,
    /// The most resources.
    pub count: Option<i64>,
    /// The only attributes that the response has.
    pub attributes: Vec<String>,
    /// Attributes that the response does not have.
    pub excluded_attributes: Vec<String>,
}

/// What a client asks of a list of one type.
#[derive(Debug)]
pub struct ListQuery {
    /// The condition that resources meet.
    pub filter: Option<Filter>,
    /// The order.
    pub sorting: Option<Sorting>,
    /// How many resources come before the first.
    pub offset: usize,
    /// The most resources.
    pub count: usize,
    /// The attributes.
    pub projection: Projection,
}

/// A page of resources.
#[derive(Debug, Default)]
pub struct Page {
    /// The resources, with the attributes that the client asks for.
    pub resources: Vec<Resource>,
    /// How many there are on all pages.
    pub total: usize,
}

impl ListQuery {
    /// Whether the page can be read without the resources before it: nothing filters or sorts them.
    pub const fn is_plain(&self) -> bool {
        self.filter.is_none() && self.sorting.is_none()
    }

    /// The page with these resources of `total`.
    pub fn page(
        &self,
        resource_type: &'static ResourceType,
        mut resources: Vec<Resource>,
        total: usize,
    ) -> Page {
        for resource in &mut resources {
            self.projection.apply(resource_type, resource);
        }
        Page { resources, total }
    }

    /// The page of those of `resources` that meet the condition, in the order that is asked for.
    pub fn chosen(
        &self,
        resource_type: &'static ResourceType,
        mut resources: Vec<Resource>,
    ) -> Page {
        resources.retain(|it| self.filter.as_ref().is_none_or(|filter| filter.matches(it)));
        if let Some(sorting) = &self.sorting {
            sorting.sort(&mut resources);
        }
        let total = resources.len();
        let page = resources.into_iter().skip(self.offset).take(self.count).collect();
        self.page(resource_type, page, total)
    }
}

impl RawQuery {
    /// Reads it, for one type of resources. With `among_types` the filter may name attributes of
    /// other types.
    pub fn read(
        &self,
        resource_type: &'static ResourceType,
        among_types: bool,
    ) -> Result<ListQuery, Refusal> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let filter = match given(&self.filter) {
            None => None,
            Some(text) if among_types => Some(Filter::parse_among(resource_type, &text)?),
            Some(text) => Some(Filter::parse(resource_type, &text)?),
        };
        let order = self.sort_order.as_deref();
        let sorting = match given(&self.sort_by) {
            None => None,
            Some(by) => match Sorting::read(resource_type, &by, order) {
                Err(_) if among_types => None,
                sorting => Some(sorting?),
            },
        };
        let attributes = self.attributes.iter().map(String::as_str);
        let excluded = self.excluded_attributes.iter().map(String::as_str);
        let (offset, count) = self.page();
        Ok(ListQuery {
            filter,
            sorting,
            offset,
            count,
            projection: Projection::read(resource_type, attributes, excluded)?,
        })
    }

    /// How many resources come before the page, and how many it has. Numbers out of bounds mean the
    /// nearest bound (RFC 7644 §3.4.2.4).
    pub fn page(&self) -> (usize, usize) {
        let bounded = |number: i64, maximum: usize| {
            usize::try_from(number.max(0)).unwrap_or(usize::MAX).min(maximum)
        };
        let start = self.start_index.unwrap_or(1).max(1).saturating_sub(1);
        let count = self.count.map_or(DEFAULT_RESULTS, |count| bounded(count, MAXIMUM_RESULTS));
        (bounded(start, 10_000_000), count)
    }
}

impl Page {
    /// The message, of a page after `offset` resources.
    pub fn response(&self, offset: usize) -> Value {
        json!({
            "schemas": [LIST_RESPONSE],
            "totalResults": self.total,
            "startIndex": offset + 1,
            "itemsPerPage": self.resources.len(),
            "Resources": self.resources,
        })
    }
}
