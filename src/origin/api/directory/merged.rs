//! Lists across organizations in several databases: each database returns its first rows, and the
//! first of all form the page.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::paging::Paging;
use crate::{
    core::directory::Invalid,
    origin::{
        Origin,
        domain::homes,
        http::RestError,
        store::{
            keyset::{Order, Part},
            query::Query,
        },
    },
    ports::{DatabaseError, Value},
};

/// Maximum offset of a page over several databases, because each of them reads that many rows.
const MAXIMUM_OFFSET: i64 = 10_000;

/// The page of `query` in that order, the total, and the cursor of the next page. `place` returns a
/// row's values in the columns of the order, of which the first is the organization. With an
/// organization, the page comes from the request's database.
pub async fn paged<T: 'static>(
    origin: &Origin,
    owner: Option<&str>,
    (order, paging): (Order, &Paging),
    query: impl Fn(&Part) -> Query<(Vec<T>, i64)>,
    place: impl Fn(&T) -> Vec<Value>,
) -> Result<(Vec<T>, i64, String), RestError> {
    let part = paging.part();
    let (mut rows, total) = if owner.is_some() || !origin.databases.are_several() {
        query(&part).fetch(&*origin.database).await?
    } else {
        if part.offset > MAXIMUM_OFFSET {
            let why = "is at most 10000 in a list of all organizations: name one in owner";
            return Err(Invalid::member("offset", why).into());
        }
        let first = Part { limit: part.offset + part.limit, offset: 0, ..part.clone() };
        let owner = |row: &T| match place(row).into_iter().next() {
            Some(Value::Text(owner)) => owner,
            _ => String::new(),
        };
        let (rows, total) = merged(origin, || query(&first), owner, &place).await?;
        let skip = usize::try_from(part.offset).unwrap_or_default();
        (rows.into_iter().skip(skip).collect(), total)
    };
    let cursor = paging.next(order, &mut rows, place);
    Ok((rows, total, cursor))
}

/// The rows of `query` in every database, ordered by `place`, and the sum of their counts. `owner`
/// is the organization whose database has a row. While an organization is being moved, two
/// databases have its rows: those of its home count.
pub async fn merged<T: 'static>(
    origin: &Origin,
    query: impl Fn() -> Query<(Vec<T>, i64)>,
    owner: impl Fn(&T) -> String,
    place: impl Fn(&T) -> Vec<Value>,
) -> Result<(Vec<T>, i64), DatabaseError> {
    let asked = origin.everywhere().map(async |at| query().fetch(&*at.database).await);
    let found = join_all(asked).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    let total = found.iter().map(|(_, count)| count).sum();
    let owners = |rows: &[T]| rows.iter().map(&owner).collect::<BTreeSet<_>>();
    let (mut once, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for named in found.iter().flat_map(|(rows, _)| owners(rows)) {
        if !once.insert(named.clone()) {
            twice.insert(named);
        }
    }
    let mut elsewhere = BTreeSet::new();
    for named in twice {
        let home = homes::number_of(origin, &named).await?;
        elsewhere.extend((0..found.len()).filter(|it| *it != home).map(|it| (it, named.clone())));
    }
    let numbered = found.into_iter().enumerate();
    let rows =
        numbered.flat_map(|(number, (rows, _))| rows.into_iter().map(move |row| (number, row)));
    let mut rows: Vec<T> = rows
        .filter(|(number, row)| elsewhere.is_empty() || !elsewhere.contains(&(*number, owner(row))))
        .map(|(_, row)| row)
        .collect();
    rows.sort_by_cached_key(place);
    Ok((rows, total))
}
