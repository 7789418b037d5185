//! Lists of users' objects (sessions, grants): visibility and pagination.

use std::collections::BTreeMap;

use super::caller::DirectoryCaller;
use crate::{
    core::{
        directory::{Invalid, folded},
        encoding::{base64url, from_base64url},
    },
    origin::{
        api::endpoint::{Parameter, Query},
        http::{Parameters, RestError},
        store::{
            people::{MAXIMUM_ROWS, People, Which},
            users::Target,
        },
    },
};

/// Maximum and default number of users per page.
const MAXIMUM_PEOPLE: i64 = 200;

/// The requested users.
#[derive(Debug)]
pub struct PeopleQuery {
    owner: Option<String>,
    name: Option<String>,
    /// Only rows of this client.
    pub application: Option<String>,
    limit: i64,
    after: String,
}

impl Query for PeopleQuery {
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("owner", "The organization of the people; the caller's if absent."),
        Parameter::optional("organization", "The same as `owner`."),
        Parameter::optional("name", "The username of the only person."),
        Parameter::optional("user", "The same as `name`."),
        Parameter::optional("application", "Only of this client: its `client_id`."),
        Parameter::optional("limit", "The most people of a page: 1 to 200, the default.")
            .integer(1, MAXIMUM_PEOPLE),
        Parameter::optional("cursor", "Where to continue: `cursor` of the page before."),
    ];

    fn read(parameters: &Parameters) -> Result<Self, Invalid> {
        let text = |names: [&str; 2]| {
            let [first, second] = names.map(|name| parameters.get(name));
            if first.is_some() && second.is_some() && first != second {
                let [first, second] = names;
                return Err(Invalid::member(first, &format!("is another than {second}")));
            }
            Ok(first.or(second).filter(|text| !text.is_empty()).map(str::to_owned))
        };
        let limit = parameters.get("limit").map_or(Some(MAXIMUM_PEOPLE), |text| text.parse().ok());
        let limit = limit.filter(|limit| (1..=MAXIMUM_PEOPLE).contains(limit));
        let after = parameters.get("cursor").map_or(Some(Vec::new()), from_base64url);
        let after = after.and_then(|name| String::from_utf8(name).ok());
        Ok(Self {
            owner: text(["owner", "organization"])?,
            name: text(["name", "user"])?.map(|name| folded(&name)),
            application: parameters.get("application").map(str::to_owned),
            limit: limit.ok_or_else(|| Invalid::member("limit", "must be from 1 to 200"))?,
            after: after.ok_or_else(|| Invalid::member("cursor", "is not one of this list"))?,
        })
    }
}

impl PeopleQuery {
    /// The users visible to `caller`: those of an organization that it administers, else itself.
    pub fn people<'a>(&'a self, caller: &'a DirectoryCaller) -> Result<People<'a>, RestError> {
        let owner = self.owner.as_deref().unwrap_or(&caller.principal.owner);
        caller.scoped_to(owner)?;
        caller.has_role()?;
        let which = match self.name.as_deref() {
            Some(name) if caller.administers(owner) => Which::Name(name),
            None if caller.administers(owner) => Which::After(&self.after),
            Some(name) => {
                caller.may_seek(owner, name)?;
                Which::Id(&caller.principal.subject)
            }
            None => Which::Id(&caller.principal.subject),
        };
        Ok(People { owner, which, limit: self.limit })
    }
}

/// The rows of a page.
#[derive(Debug)]
pub struct PeoplePage<T> {
    /// Their users, by id.
    pub people: BTreeMap<String, Target>,
    /// The rows, ordered by user name.
    pub rows: Vec<T>,
    /// The cursor of the next page.
    pub cursor: Option<String>,
}

impl<T> PeoplePage<T> {
    /// The page of `rows`, ordered by user name, without the rows of users with a greater role than
    /// `caller` anywhere.
    pub fn new(
        caller: &DirectoryCaller,
        (people, last): (Vec<Target>, Option<String>),
        mut rows: Vec<T>,
        person_of: fn(&T) -> &str,
    ) -> Self {
        let people = people.into_iter().map(|target| (target.user.id.clone(), target));
        let people: BTreeMap<String, Target> = people.collect();
        let mut last = last;
        // A full page may have only part of the last user's rows; that user begins the next page.
        if i64::try_from(rows.len()).is_ok_and(|count| count >= MAXIMUM_ROWS)
            && let Some(person) = rows.last().map(|row| person_of(row).to_owned())
            && rows.iter().any(|row| person_of(row) != person)
        {
            rows.retain(|row| person_of(row) != person);
            let before = rows.last().and_then(|row| people.get(person_of(row)));
            last = before.map(|target| target.user.name.clone());
        }
        rows.retain(|row| {
            let target = people.get(person_of(row));
            target.is_some_and(|target| caller.not_below(target).is_ok())
        });
        Self { people, rows, cursor: last.map(|name| base64url(name.as_bytes())) }
    }
}
