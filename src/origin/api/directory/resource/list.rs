//! Resource lists: the requested part.

use std::marker::PhantomData;

use crate::{
    core::directory::Invalid,
    origin::{
        api::{
            directory::paging::{Paging, flag},
            endpoint::{Parameter, Query},
        },
        http::Parameters,
        store::{
            keyset::BY_NAME,
            resource::{By, Filter, Page, Record},
        },
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

/// Maximum number of parameters of a list.
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

/// The requested part of a list.
#[derive(Debug)]
pub struct ListQuery<R> {
    /// The named organization.
    pub owner: Option<String>,
    /// The conditions.
    pub page: Page,
    /// The part.
    pub paging: Paging,
    listed: PhantomData<R>,
}

impl<R: Record> ListQuery<R> {
    const ALL: [Parameter; MOST] = all(R::TABLE.filters);

    /// Adds a condition.
    pub fn only(&mut self, by: By, value: impl Into<Value>) {
        self.page.filters.push((by, value.into()));
    }

    /// Removes a filter from the conditions and returns its value.
    pub fn take(&mut self, by: By) -> Option<Value> {
        let place = self.page.filters.iter().position(|(known, _)| *known == by)?;
        Some(self.page.filters.remove(place).1)
    }
}

impl<R: Record> Query for ListQuery<R> {
    const PARAMETERS: &'static [Parameter] =
        Self::ALL.split_at(COMMON.len() + R::TABLE.filters.len()).0;

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let paging = Paging::by(BY_NAME, parameters)?;
        let mut filters = Vec::new();
        for filter in R::TABLE.filters {
            let value = if filter.is_flag {
                flag(parameters, filter.name)?.map(Value::from)
            } else {
                parameters.get(filter.name).map(Value::from)
            };
            filters.extend(value.map(|value| (filter.by, value)));
        }
        let prefix = parameters.get("q").map(str::to_owned);
        let page = Page { owner: None, prefix, filters, part: paging.part() };
        let owner = parameters.get("owner").map(str::to_owned);
        Ok(Self { owner, page, paging, listed: PhantomData })
    }
}
