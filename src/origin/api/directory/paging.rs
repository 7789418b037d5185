//! The part of a list that a request asks for.

use crate::{
    core::directory::Invalid,
    origin::{api::endpoint::Parameter, http::Parameters},
};

/// The most rows of one reply, and how many there are unless the client asks for fewer: earlier
/// clients do not ask for pages.
const MAXIMUM_PAGE: i64 = 1000;

/// The most of `offset` and `p`.
const MAXIMUM_OFFSET: i64 = 1_000_000;

/// A part of a list.
#[derive(Debug, Clone, Copy)]
pub struct Paging {
    /// How many rows.
    pub limit: i64,
    /// How many rows are before them.
    pub offset: i64,
}

impl Paging {
    /// `limit`
    pub const LIMIT: Parameter =
        Parameter::optional("limit", "The most entries: 1 to 1000, the default.")
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

    /// Reads `limit` and `offset`, or `pageSize` and `p` (ATTACKS H-112).
    pub fn of(query: &Parameters) -> Result<Self, Invalid> {
        let limit = number(query, &["limit", "pageSize"], 1..=MAXIMUM_PAGE)?;
        let limit = limit.unwrap_or(MAXIMUM_PAGE);
        let offset = match number(query, &["p"], 1..=MAXIMUM_OFFSET)? {
            Some(page) => (page - 1) * limit,
            None => number(query, &["offset"], 0..=MAXIMUM_OFFSET)?.unwrap_or(0),
        };
        Ok(Self { limit, offset })
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
